"""`seatsync init`: a new repository, small, complete and commented, or one written from an account."""

from __future__ import annotations

from datetime import MAXYEAR

import click

from seatsync.commands.import_ import import_account, report_added
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.new_repository import suppression_notice, with_git_ignored
from seatsync.commands.shared.plan_inputs import url_of
from seatsync.commands.shared.real_account.from_exports import Start, exports_url, repository_from_exports
from seatsync.commands.shared.repository import contents
from seatsync.declaration.writing.write import for_editors, write_repository
from seatsync.errors import FileProblem
from seatsync.reporting.escape import visible

_PROJECT = """\
# The project file: the account of this repository, and the limits of what seatsync may change.
version: 1
account: acme
target: sqlite:///.seatsync/account.db   # the embedded account; relative to this folder

# The files that declare the account. Split them as you like: they are merged.
include: [people.yaml, subscriptions.yaml, teams/*.yaml]

policy:
  max_removals: 20%              # a plan that removes more users, admins, seats and so on is refused
  email_domains: [acme.example]  # every user needs an address of these domains
  protected: {users: [ana@acme.example]}   # never removed or demoted
"""

_PEOPLE = """\
# Everyone named in the other files, by e-mail address. Names are optional.
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example: {first_name: Ben, last_name: Ode}
  cho@acme.example: {first_name: Cho, last_name: Park}
  dee@acme.example: {first_name: Dee, last_name: Kim}
"""

_TEAM = """\
teams:
  design:
    # Exactly one primary admin. Secondary admins are deputies; one of them can become the next primary admin.
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]

    # Groups: every member gets a seat of every product of the group.
    groups:
      modellers: {members: [dee@acme.example], products: [AutoCAD]}

    # Seats by product. A seat can be temporary: {user: dee@acme.example, until: 2027-03-31}
    seats:
      AutoCAD: [ben@acme.example, cho@acme.example]
"""

_SUBSCRIPTIONS = """\
# Purchases. seatsync never buys: a difference becomes a step for the contract manager.
subscriptions:
  "574-10000001":
    team: design
    product: AutoCAD
    offering: single-user        # or multi-user; flex and token-flex have tokens instead of seats
    seats: 5
    channel: store               # or reseller
    contract_manager: ana@acme.example
    starts: {year:04}-01-01
    ends: {next_year:04}-12-31
"""


def starter_files(year: int) -> dict[str, str]:
    """Return the files by name, the project file last. The subscription term is this year and the next."""
    return {
        "people.yaml": _PEOPLE,
        "subscriptions.yaml": _SUBSCRIPTIONS.format(year=year, next_year=min(year + 1, MAXYEAR)),
        "teams/design.yaml": _TEAM,
        "seatsync.yaml": _PROJECT,
    }


@options.command
@options.directory
@click.option(
    "--from", "source", metavar="TARGET", help="Declare what this account contains: a URL, or a folder of exports."
)
@options.for_exports
@options.day
def run(
    console: Console,
    *,
    directory: str | None,
    source: str | None,
    name: str | None,
    exported: str | None,
    stale_ok: bool,
    day: str | None,
) -> int:
    """Create a repository, from an example or an account.

    Writes a small commented repository to DIR (default: the current folder). Never overwrites a file. TARGET may also
    be a folder with exports of the vendor's portal: the repository then has a mirror of that account.

    Examples:
      seatsync init acme-seats
      seatsync init acme-seats --from exports
    """
    start = Start(directory, day, stale_ok, name, exported)
    source = None if source is None else url_of(console, source)
    exports = None if source is None else exports_url(console, source)
    if exports is not None:
        return repository_from_exports(console, exports, start)
    start.refuse()
    if source is not None:
        imported = import_account(console, source, directory, day, authoritative=True)
        if imported.added:
            report_added(console, imported, directory)
            return 0
        account, new = imported.account, imported.new
        declared = f"They declare account {visible(account.name)} as it is: {contents(account, 'nothing')}.\n"
        _say(console, new.files, f"{declared}{suppression_notice(new.suppressed)}\nNext: seatsync plan")
        return 0
    folder = console.path(directory or ".")
    if folder.exists() and not folder.is_dir():
        raise FileProblem(str(folder), "is not a folder")
    files = for_editors(starter_files(int(console.clock(day, "UTC").day[:4])))
    files = with_git_ignored(console, folder, files)
    write_repository(folder, files)
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
