"""`seatsync init`: a new repository, with comments to begin from, or one written from an account."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.commands.import_ import amount, imported, what_is_suppressed
from seatsync.commands.starter import IGNORED, starter_files
from seatsync.declaration.for_editors import for_editors
from seatsync.declaration.including import OWN_FOLDER
from seatsync.declaration.placing import write_repository
from seatsync.errors import FileProblem
from seatsync.reporting.escape import visible


@options.command
@options.directory
@click.option("--from", "source", metavar="TARGET", help="Write what this account holds.")
@options.day
def run(console: Console, *, directory: str | None, source: str | None, day: str | None) -> int:
    """Begin a repository, empty or from an account.

    Writes a small commented repository into DIR (this folder if left out). Never overwrites a file.
    """
    if source is not None:
        account, files, as_it_is = imported(console, source, directory, day, begins=True)
        _say(
            console,
            files,
            f"They declare account {visible(account.name)} as it is: {amount(account)}.\n{what_is_suppressed(as_it_is)}"
            "\nNext: seatsync plan",
        )
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
        console.say(f"{folder / IGNORED} is there already; put {OWN_FOLDER}/ into it")
    _say(
        console,
        files,
        "Next:\n"
        "  seatsync validate                       what the files say is checked, without an account\n"
        "  seatsync account create --name acme     an account to try it on, in .seatsync/account.db\n"
        "  seatsync plan                           what is to be done in the account",
    )
    return 0


def _say(console: Console, files: dict[str, str], more: str) -> None:
    names = "".join(f"  {visible(name)}\n" for name in sorted(files))
    console.answer(f"Wrote\n{names}\n{more}\n")
