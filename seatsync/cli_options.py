"""What a command may be given: kinds of options and arguments, and the options that several commands share."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple, TypeAlias


class Option(NamedTuple):
    """An option of a command. `name` is the argument of `run` that gets its value, `written` how it is written.

    `read` returns the value that a text stands for, and raises ValueError with a sentence; `numbers` are the least and
    the largest whole number it may be (None: any), `envvar` the variable that stands in for it; `alone` is its value
    where it stands without one.
    """

    name: str
    written: tuple[str, ...]
    metavar: str | None = None
    text: str = ""
    flag: bool = False
    multiple: bool = False
    required: bool = False
    default: str | int | None = None
    envvar: str | None = None
    read: Callable[[str], str] | None = None
    numbers: tuple[int, int | None] | None = None
    alone: int | None = None


class Argument(NamedTuple):
    """An argument of a command; `many`: any number of them. `choices`: what it may be, where that is a list."""

    name: str
    metavar: str | None
    required: bool = True
    many: bool = False
    choices: tuple[str, ...] = ()


Parameter: TypeAlias = Option | Argument


def read_day(value: str) -> str:
    """A day as it is written; ValueError for any other text."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"{value!r} is no day; days are written 2026-11-21")
    return value


def option(names: str, metavar: str | None = None, text: str = "", **more: Any) -> Option:  # noqa: ANN401 - as Option has it
    """An option by all its names: those with dashes, and that of the argument if it is called otherwise."""
    written = tuple(name for name in names.split() if name.startswith("-"))
    called = [name for name in names.split() if not name.startswith("-")] or [written[-1].lstrip("-").replace("-", "_")]
    return Option(called[0], written, metavar, text, **more)


def flag(names: str, text: str) -> Option:
    """An option without a value."""
    return option(names, None, text, flag=True)


def argument(name: str, metavar: str, *, required: bool = True) -> Argument:
    """An argument that is a text."""
    return Argument(name, metavar, required)


DIRECTORY = argument("directory", "[DIR]", required=False)
TARGET = option("--target", "URL", "The account: sqlite:///FILE, file:SNAPSHOT.yaml, …", envvar="SEATSYNC_TARGET")
ACTOR = option("--as actor", "EMAIL", "Act and see as this person; without it, as the owner.")
TEAM = option("--team teams", "NAME", "Only this team (repeatable).", multiple=True)
AT = option("--at day", "DATE", "Take this day for today.", envvar="SEATSYNC_AT", read=read_day)
ALLOW = option("--allow", "GUARD", "Let one guard pass, such as GUARD001.seats=132 (repeatable).", multiple=True)
STRICT = flag("--strict", "Warnings count as errors.")
FORMAT = option("--format form", "FORMAT", "text (the default) or json.", default="text")
FOUND = option(
    "--format form",
    "FORMAT",
    "text (the default), json; of findings alone sarif, junit, github or gitlab.",
    default="text",
)
DIFF_FORMAT = option(
    "--format form",
    "FORMAT",
    "text (the default), json or markdown; of findings alone sarif, junit, github or gitlab.",
    default="text",
)
PLAN_FORMAT = option(
    "--format form",
    "FORMAT",
    "text (the default), json, markdown or html; of findings alone sarif, junit, github or gitlab.",
    default="text",
)
OUTPUT = option("--output", "[FORMAT=]FILE", "Write there; FORMAT=FILE writes one more beside.", multiple=True)
DETAILED = flag("--detailed-exitcode", "Exit with 2 where there are changes.")
LONGEST_FORECAST = 36_500  # days
MOST_APPROVALS = 100
BY_PERSON = flag("--by-person", "As text: each person's steps in order, and whom they wait for.")
APPROVED = flag("--auto-approve", "Do not ask.")
REBASE = flag("--rebase", "Go on where the account has changed since, but nothing that the plan reads or writes.")
UNDO = option("--undo", "RUN", "Back to before this run of apply (`seatsync account runs` lists them).")
REQUIRED = option(
    "--require-approval",
    "[N]",
    "Only where N people have approved the plan's intent (1).",
    alone=1,
    numbers=(1, MOST_APPROVALS),
    envvar="SEATSYNC_REQUIRE_APPROVAL",
)
AUTHOR = option(
    "--author",
    "EMAIL",
    "Who wrote the change, and so does not approve it (repeatable).",
    multiple=True,
    envvar="SEATSYNC_AUTHOR",
)
APPROVALS = option(
    "--approvals",
    "FILE",
    "Approvals, `EMAIL INTENT` a line (repeatable); $SEATSYNC_APPROVALS has more of them.",
    multiple=True,
)
APPROVING = (REQUIRED, AUTHOR, APPROVALS)

# One entry a command: its name, its line in the listing, its module, its options, and more about it for its own help.
