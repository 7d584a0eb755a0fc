"""Options that several commands take, as decorators, and the options of a plan as a value."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import wraps
from inspect import cleandoc
from typing import Any, NamedTuple

import click


class PlanOptions(NamedTuple):
    """Options of `plan` and `apply` that choose the account, the scope and the kind of plan."""

    target: str | None = None
    actor: str | None = None
    teams: tuple[str, ...] = ()
    day: str | None = None
    allow: tuple[str, ...] = ()
    undo: str | None = None
    hand_in: bool = False
    partial: bool = False
    routes: tuple[str, ...] = ()


class RefreshOptions(NamedTuple):
    """Options of a refresh. `wanted`: of one before something else. `allow` are all values of `--allow`."""

    wanted: bool = False
    target: str | None = None
    exports: str | None = None
    exported: str | None = None
    stale_ok: bool = False
    day: str | None = None
    allow: tuple[str, ...] = ()


class ReportOptions(NamedTuple):
    """Options of every report: what it is about, for whom, and where it goes. `table` is the one of a CSV file."""

    directory: str | None = None
    target: str | None = None
    actor: str | None = None
    teams: tuple[str, ...] = ()
    day: str | None = None
    form: str = "text"
    table: str | None = None
    output: tuple[str, ...] = ()


class FleetOptions(NamedTuple):
    """Options of every command of `fleet`: the file, the selected accounts, and the format of log lines."""

    file: str | None = None
    select: tuple[str, ...] = ()
    log_format: str = "text"


class RunningOptions(NamedTuple):
    """How the runs of a fleet are carried out, and shown. `workers`: None for the default of the store."""

    workers: int | None = None
    wait: bool = False
    again: bool = False
    lease: float = 30.0
    form: str = "text"
    output: tuple[str, ...] = ()


class EditOptions(NamedTuple):
    """Options of every edit command."""

    target: str | None = None
    day: str | None = None
    dry_run: bool = False


_MOST_APPROVALS = 100
_MOST_WORKERS = 64
_SHORTEST_LEASE = 1.0
_EXAMPLES = "\n\nExamples:\n"


def read_day(value: str) -> str:
    """Return a date written as 2026-11-21. Raises `click.BadParameter` for any other text."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        from seatsync.reading.slips import how_to_write  # noqa: PLC0415 - for a mistake

        raise click.BadParameter(f"{value!r} is not a date; {how_to_write(value)}")
    return value


def read_route(value: str) -> str:
    """Return the name of a route of steps. Raises `click.BadParameter` for any other text."""
    from seatsync.account.attributes import ROUTES  # noqa: PLC0415 - `--help` needs none

    if value not in ROUTES:
        raise click.BadParameter(f"{value!r} is not a route; use one of {', '.join(ROUTES)}")
    return value


def read_time(value: str) -> str:
    """Return a date, or a time such as 2026-11-21T14:30, with or without a zone. Raises `click.BadParameter`."""
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        example = "write 2026-11-21, 2026-11-21T14:30 or 2026-11-21T14:30Z"
        raise click.BadParameter(f"{value!r} is neither a date nor a time; {example}") from error
    return value


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    """Store a global option for the console, given before or after the command."""
    if value is not None:
        context.obj[option.name] = value


def _flag(*names: str, text: str) -> click.Option:
    return click.Option(names, is_flag=True, default=None, expose_value=False, callback=_keep, help=text)


GLOBAL: tuple[click.Parameter, ...] = (
    _flag("-v", "--verbose", text="Show reasons, unmanaged entries and timings."),
    _flag("--debug", text="Show everything, and the traceback of an internal error."),
    _flag("--color/--no-color", text="Force or disable colours (default: on a terminal, unless NO_COLOR is set)."),
    # Kept for existing command lines; there is no cache.
    click.Option(["--no-cache"], is_flag=True, expose_value=False, help="Has no effect: there is no cache."),
)
"""Options of every command and group, accepted before and after the name of a command."""

HELP_OPTIONS = ("-h", "--help")
FOLDERS = click.Option(
    ["-C", "folders"],
    metavar="DIR",
    multiple=True,
    expose_value=False,
    callback=_keep,
    help="Run as if started in DIR.",
)


class Command(click.Command):
    """A command whose help page ends with examples: lines as they are typed."""

    examples: tuple[str, ...] = ()
    function: Callable[..., int]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog, and the examples as they are, without wrapping."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            formatter.write("".join(f"  {line}\n" for line in self.examples))


def command(function: Callable[..., int]) -> Command:
    """Turn a function of a console and plain arguments, which returns an exit code, into a command.

    Its docstring is the help text, and ends with a paragraph of examples. The global options are added.
    """

    @wraps(function)
    def run(**arguments: object) -> int:
        from seatsync.commands.shared.console import console  # noqa: PLC0415 - `--help` needs none

        return function(console(**click.get_current_context().obj), **arguments)

    text, _, examples = cleandoc(function.__doc__ or "").partition(_EXAMPLES)
    made = click.command(cls=Command, help=text)(run)
    made.examples = tuple(line.removeprefix("  ") for line in examples.split("\n"))
    made.params.extend(GLOBAL)
    made.function = function
    return made


def _format(text: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    return click.option("--format", "form", metavar="FORMAT", default="text", help=text)


directory = click.argument("directory", metavar="[DIR]", required=False)
people = click.argument("people", metavar="PERSON...", nargs=-1, required=True)
target = click.option(
    "--target",
    metavar="URL",
    envvar="SEATSYNC_TARGET",
    show_envvar=True,
    help="URL of the account (sqlite:///FILE, postgresql://HOST/DATABASE, …), or its name in the project file.",
)
actor = click.option(
    "--as", "actor", metavar="EMAIL", help="Act with the role and view of this person (default: the owner)."
)
teams = click.option("--team", "teams", metavar="NAME", multiple=True, help="Limit to this team (repeatable).")
routes = click.option(
    "--route",
    "routes",
    metavar="ROUTE",
    type=read_route,
    multiple=True,
    help="Limit to steps of this route: api, csv, console, form, support, purchase, … (repeatable).",
)
day = click.option(
    "--at",
    "day",
    metavar="DATE",
    type=read_day,
    envvar="SEATSYNC_AT",
    show_envvar=True,
    help="Use this date as today.",
)
allow = click.option(
    "--allow", metavar="GUARD", multiple=True, help="Override one guard, such as GUARD001.seats=132 (repeatable)."
)
strict = click.option("--strict", is_flag=True, help="Treat warnings as errors.")
text_or_json = _format("text (default) or json.")
text_json_or_markdown = _format("text (default), json or markdown.")
text_json_or_junit = _format("text (default), json or junit.")
format_of_findings = _format("text (default), json, sarif, junit, github or gitlab.")
format_of_diff = _format("text (default), json or markdown; for the findings only: sarif, junit, github or gitlab.")
format_of_report = _format("text (default), csv, json or html.")
format_of_plan = _format(
    "text (default), json, markdown or html; for the findings only: sarif, junit, github or gitlab."
)
output = click.option(
    "--output",
    metavar="[FORMAT=]FILE",
    multiple=True,
    help="Write to FILE; FORMAT=FILE writes a further format (repeatable).",
)
detailed_exitcode = click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
by_person = click.option(
    "--by-person", is_flag=True, help="Text format: group the steps by person, with the people they wait for."
)
auto_approve = click.option("--auto-approve", is_flag=True, help="Apply without confirmation.")
rebase = click.option(
    "--rebase",
    is_flag=True,
    help="Apply although the account has changed, if nothing that the plan reads or writes did.",
)
hand_in = click.option(
    "--hand-in", is_flag=True, help="As the owner, hand in other people's forms too (by default, these become cases)."
)
partial = click.option(
    "--partial",
    is_flag=True,
    help="Skip teams and contracts with errors, apply the rest, and exit with 1.",
)
undo = click.option(
    "--undo", metavar="RUN", help="Return to the state before this run of apply (`seatsync account runs` lists them)."
)
run_dir = click.option(
    "--run-dir",
    metavar="DIR",
    help="Write the checklist of the run to DIR (default: runs/NUMBER in the project; only with `portal:`).",
)
exports = click.option(
    "--exports", metavar="DIR", help="Read the exports in DIR alone (default: what `portal` in seatsync.yaml names)."
)
exported = click.option(
    "--exported",
    metavar="DATE|TIME",
    type=read_time,
    help="The exports were downloaded on this date, or at this time, unless their names have another date.",
)
stale_ok = click.option("--stale-ok", is_flag=True, help="Use exports once although they are older than `max_age`.")


def refreshing(function: Callable[..., int]) -> Callable[..., int]:
    """Add `--refresh` and the options of how to refresh."""
    first = click.option("--refresh", is_flag=True, help="Run `seatsync refresh` first.")
    return first(exports(exported(stale_ok(function))))


_fleet_file = click.option("--file", metavar="FILE", help="The file of the fleet (default: the nearest fleet.yaml).")
_select = click.option(
    "--select",
    metavar="LABEL=VALUE|ACCOUNT",
    multiple=True,
    help="Only accounts with this label, without it (LABEL!=VALUE), or of this name or pattern (repeatable).",
)
_log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Format of the lines about the run on standard error (default text).",
)
seeing = click.option("--as", "actor", metavar="EMAIL", help="Show what this person sees (default: everything).")


table = click.option("--table", metavar="NAME", help="CSV format: the table to write (default: the first).")
dry_run = click.option("--dry-run", is_flag=True, help="Write nothing; show the changes to the files.")


def _as_one(
    function: Callable[..., int],
    name: str,
    kind: type[EditOptions | FleetOptions | ReportOptions | RunningOptions],
    options: Iterable[Any],
) -> Callable[..., int]:
    """Add options, the last one first, which the function gets as one value under `name`."""

    @wraps(function)
    def run(console: object, **arguments: Any) -> int:  # noqa: ANN401 - options as click passes them
        mine = {field: arguments.pop(field) for field in kind._fields}
        return function(console, **{name: kind(**mine)}, **arguments)

    found: Callable[..., int] = run
    for each in options:
        found = each(found)
    return found


def reporting(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options of every report, which the function gets as one value, `asked`."""
    found = (output, table, format_of_report, day, teams, seeing, target, directory)
    return _as_one(function, "asked", ReportOptions, found)


def editing(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options of every edit command, which the function gets as one value, `how`."""
    return _as_one(function, "how", EditOptions, (dry_run, target, day))


def of_fleet(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options of every command of `fleet`, which the function gets as one value, `which`."""
    return _as_one(function, "which", FleetOptions, (_log_format, _select, _fleet_file))


_workers = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(0, _MOST_WORKERS),
    help="Work in N processes of this machine (default: 1 if the store is a file, else 0).",
)
_wait = click.option("--wait", is_flag=True, help="Wait for the workers; end when every run has ended.")
_again = click.option("--again", is_flag=True, help="Also run where nothing has changed since the last run.")
lease = click.option(
    "--lease",
    metavar="SECONDS",
    type=click.FloatRange(_SHORTEST_LEASE),
    default=30.0,
    help="Give up a worker that is silent for so long (default 30).",
)


def running(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options of commands of `fleet` that run, which the function gets as one value, `running`."""
    return _as_one(function, "running", RunningOptions, (output, text_or_json, lease, _again, _wait, _workers))


def for_exports(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options of a repository that is made of exports."""
    name = click.option("--name", metavar="NAME", help="Of exports: name of the account (default: that of the folder).")
    return name(exported(stale_ok(function)))


_require_approval = click.option(
    "--require-approval",
    metavar="[N]",
    is_flag=False,
    flag_value=1,
    type=click.IntRange(1, _MOST_APPROVALS),
    envvar="SEATSYNC_REQUIRE_APPROVAL",
    show_envvar=True,
    help="Require N approvals of the plan's intent (default 1).",
)
_author = click.option(
    "--author",
    metavar="EMAIL",
    multiple=True,
    envvar="SEATSYNC_AUTHOR",
    show_envvar=True,
    help="Author of the change, who may not approve it (repeatable).",
)
_approvals = click.option(
    "--approvals",
    metavar="FILE",
    multiple=True,
    help="File of approvals, one `EMAIL INTENT` per line (repeatable); adds to $SEATSYNC_APPROVALS.",
)


def requiring(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options `--require-approval` and `--author`."""
    return _require_approval(_author(function))


def approving(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options `--require-approval`, `--author` and `--approvals`."""
    return requiring(_approvals(function))
