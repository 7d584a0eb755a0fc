"""`seatsync init`: create a commented starter repository, or one from an account."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.commands.import_ import account_summary, import_account, suppression_notice
from seatsync.commands.starter import IGNORED, starter_files
from seatsync.declaration.for_editors import for_editors
from seatsync.declaration.including import OWN_FOLDER
from seatsync.declaration.placing import write_repository
from seatsync.errors import FileProblem
from seatsync.reporting.escape import visible


@options.command
@options.directory
@click.option("--from", "source", metavar="TARGET", help="Declare what this account contains.")
@options.day
def run(console: Console, *, directory: str | None, source: str | None, day: str | None) -> int:
    """Create a repository, from an example or an account.

    Writes a small commented repository to DIR (default: the current folder). Never overwrites a file.
    """
    if source is not None:
        account, files, suppressed = import_account(console, source, directory, day, authoritative=True)
        declared = f"They declare account {visible(account.name)} as it is: {account_summary(account)}.\n"
        _say(console, files, f"{declared}{suppression_notice(suppressed)}\nNext: seatsync plan")
        return 0
    folder = console.path(directory or ".")
    if folder.exists() and not folder.is_dir():
        raise FileProblem(str(folder), "is not a folder")
    files = for_editors(starter_files(int(console.clock(day, "UTC").day[:4])))
    ignores = (folder / IGNORED).exists()
    if ignores:
        del files[IGNORED]
    write_repository(folder, files)
    if ignores:
        console.info(f"{folder / IGNORED} already exists; add {OWN_FOLDER}/ to it")
    _say(
        console,
        files,
        "Next:\n"
        "  seatsync validate                       check the files; needs no account\n"
        "  seatsync account create --name acme     create an account to try it on, in .seatsync/account.db\n"
        "  seatsync plan                           show the steps for the account",
    )
    return 0


def _say(console: Console, files: dict[str, str], more: str) -> None:
    names = "".join(f"  {visible(name)}\n" for name in sorted(files))
    console.output(f"Wrote\n{names}\n{more}\n")
