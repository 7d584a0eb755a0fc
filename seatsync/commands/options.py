"""Options that several commands take, as decorators; and the decorator that makes a function a command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps

import click

_MOST_APPROVALS = 100


def read_day(value: str) -> str:
    """Return a day written 2026-11-21, as it is. Raises `click.BadParameter` for any other text."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise click.BadParameter(f"{value!r} is not a date; write dates as 2026-11-21")
    return value


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    """Keep a global option for the console, wherever it stands in the line."""
    if value is not None:
        context.obj[option.name] = value


def _flag(*names: str, text: str) -> click.Option:
    return click.Option(names, is_flag=True, default=None, expose_value=False, callback=_keep, help=text)


GLOBAL: tuple[click.Parameter, ...] = (
    _flag("-v", "--verbose", text="Tell more: reasons, what is unmanaged, timings."),
    _flag("--debug", text="Tell all, and show the traceback of a fault."),
    _flag("--color/--no-color", text="Colours or none; else on a terminal, unless NO_COLOR is set."),
    # There is no cache any more; command lines that ask for none stay right.
    click.Option(["--no-cache"], is_flag=True, expose_value=False, help="Has no effect: there is no cache."),
)
"""Options of every command and group: they may stand before and after a command's name."""

FOLDERS = click.Option(
    ["-C", "folders"],
    metavar="DIR",
    multiple=True,
    expose_value=False,
    callback=_keep,
    help="Run as if started in DIR.",
)


def command(function: Callable[..., int]) -> click.Command:
    """Make a command of a function of a console and plain arguments, which returns an exit code.

    The docstring is the help. The command takes the global options too.
    """

    @wraps(function)
    def run(**arguments: object) -> int:
        from seatsync.commands.process import console  # noqa: PLC0415 - `--help` needs none

        return function(console(**click.get_current_context().obj), **arguments)

    made = click.command()(run)
    made.params.extend(GLOBAL)
    return made


def _format(text: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    return click.option("--format", "form", metavar="FORMAT", default="text", help=text)


directory = click.argument("directory", metavar="[DIR]", required=False)
person = click.argument("person")
target = click.option(
    "--target",
    metavar="URL",
    envvar="SEATSYNC_TARGET",
    show_envvar=True,
    help="The account: sqlite:///FILE, file:SNAPSHOT.yaml, …",
)
actor = click.option("--as", "actor", metavar="EMAIL", help="Act and see as this person; without it, as the owner.")
teams = click.option("--team", "teams", metavar="NAME", multiple=True, help="Only this team (repeatable).")
day = click.option(
    "--at",
    "day",
    metavar="DATE",
    type=read_day,
    envvar="SEATSYNC_AT",
    show_envvar=True,
    help="Take this day for today.",
)
allow = click.option(
    "--allow", metavar="GUARD", multiple=True, help="Let one guard pass, such as GUARD001.seats=132 (repeatable)."
)
strict = click.option("--strict", is_flag=True, help="Warnings count as errors.")
text_or_json = _format("text (the default) or json.")
format_of_findings = _format("text (the default), json; of findings alone sarif, junit, github or gitlab.")
format_of_diff = _format("text (the default), json or markdown; of findings alone sarif, junit, github or gitlab.")
format_of_plan = _format(
    "text (the default), json, markdown or html; of findings alone sarif, junit, github or gitlab."
)
output = click.option(
    "--output", metavar="[FORMAT=]FILE", multiple=True, help="Write there; FORMAT=FILE writes one more beside."
)
detailed_exitcode = click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where there are changes.")
by_person = click.option(
    "--by-person", is_flag=True, help="As text: each person's steps in order, and whom they wait for."
)
auto_approve = click.option("--auto-approve", is_flag=True, help="Do not ask.")
rebase = click.option(
    "--rebase",
    is_flag=True,
    help="Go on where the account has changed since, but nothing that the plan reads or writes.",
)
hand_in = click.option(
    "--hand-in", is_flag=True, help="As the owner: hand in the forms of others too; without it they become cases."
)
partial = click.option(
    "--partial",
    is_flag=True,
    help="Leave out the teams and contracts that have errors, and apply the rest; exits with 1.",
)
undo = click.option(
    "--undo", metavar="RUN", help="Back to before this run of apply (`seatsync account runs` lists them)."
)
dry_run = click.option("--dry-run", is_flag=True, help="Write nothing; show how the files would change.")

_require_approval = click.option(
    "--require-approval",
    metavar="[N]",
    is_flag=False,
    flag_value=1,
    type=click.IntRange(1, _MOST_APPROVALS),
    envvar="SEATSYNC_REQUIRE_APPROVAL",
    show_envvar=True,
    help="Only where N people have approved the plan's intent (1).",
)
_author = click.option(
    "--author",
    metavar="EMAIL",
    multiple=True,
    envvar="SEATSYNC_AUTHOR",
    show_envvar=True,
    help="Who wrote the change, and so does not approve it (repeatable).",
)
_approvals = click.option(
    "--approvals",
    metavar="FILE",
    multiple=True,
    help="Approvals, `EMAIL INTENT` a line (repeatable); $SEATSYNC_APPROVALS has more of them.",
)


def approving(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options about approvals: how many are required, who may not give them, and which there are."""
    return _require_approval(_author(_approvals(function)))
