"""Every command and its options, as one explicit table: what `--help` shows without importing any command."""

from __future__ import annotations

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


def _day(value: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"{value!r} is no day; days are written 2026-11-21")
    return value


def _option(names: str, metavar: str | None = None, text: str = "", **more: Any) -> Option:  # noqa: ANN401 - as Option has it
    written = tuple(name for name in names.split() if name.startswith("-"))
    called = [name for name in names.split() if not name.startswith("-")] or [written[-1].lstrip("-").replace("-", "_")]
    return Option(called[0], written, metavar, text, **more)


def _flag(names: str, text: str) -> Option:
    return _option(names, None, text, flag=True)


def _argument(name: str, metavar: str, *, required: bool = True) -> Argument:
    return Argument(name, metavar, required)


DIRECTORY = _argument("directory", "[DIR]", required=False)
TARGET = _option("--target", "URL", "The account: sqlite:///FILE, file:SNAPSHOT.yaml, …", envvar="SEATSYNC_TARGET")
ACTOR = _option("--as actor", "EMAIL", "Act and see as this person; without it, as the owner.")
TEAM = _option("--team teams", "NAME", "Only this team (repeatable).", multiple=True)
AT = _option("--at day", "DATE", "Take this day for today.", envvar="SEATSYNC_AT", read=_day)
ALLOW = _option("--allow", "GUARD", "Let one guard pass, such as GUARD001.seats=132 (repeatable).", multiple=True)
STRICT = _flag("--strict", "Warnings count as errors.")
FORMAT = _option("--format form", "FORMAT", "text (the default) or json.", default="text")
FOUND = _option(
    "--format form",
    "FORMAT",
    "text (the default), json; of findings alone sarif, junit, github or gitlab.",
    default="text",
)
DIFF_FORMAT = _option(
    "--format form",
    "FORMAT",
    "text (the default), json or markdown; of findings alone sarif, junit, github or gitlab.",
    default="text",
)
PLAN_FORMAT = _option(
    "--format form",
    "FORMAT",
    "text (the default), json, markdown or html; of findings alone sarif, junit, github or gitlab.",
    default="text",
)
OUTPUT = _option("--output", "[FORMAT=]FILE", "Write there; FORMAT=FILE writes one more beside.", multiple=True)
DETAILED = _flag("--detailed-exitcode", "Exit with 2 where there are changes.")
LONGEST_FORECAST = 36_500  # days
MOST_APPROVALS = 100
BY_PERSON = _flag("--by-person", "As text: each person's steps in order, and whom they wait for.")
APPROVED = _flag("--auto-approve", "Do not ask.")
REBASE = _flag("--rebase", "Go on where the account has changed since, but nothing that the plan reads or writes.")
UNDO = _option("--undo", "RUN", "Back to before this run of apply (`seatsync account runs` lists them).")
REQUIRED = _option(
    "--require-approval",
    "[N]",
    "Only where N people have approved the plan's intent (1).",
    alone=1,
    numbers=(1, MOST_APPROVALS),
    envvar="SEATSYNC_REQUIRE_APPROVAL",
)
AUTHOR = _option(
    "--author",
    "EMAIL",
    "Who wrote the change, and so does not approve it (repeatable).",
    multiple=True,
    envvar="SEATSYNC_AUTHOR",
)
APPROVALS = _option(
    "--approvals",
    "FILE",
    "Approvals, `EMAIL INTENT` a line (repeatable); $SEATSYNC_APPROVALS has more of them.",
    multiple=True,
)
APPROVING = (REQUIRED, AUTHOR, APPROVALS)

# One entry a command: its name, its line in the listing, its module, its options, and more about it for its own help.


class Entry(NamedTuple):
    """A command. `run` of its module takes a console and the options by name."""

    name: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    more: str = ""


MAIN_JOB: tuple[Entry, ...] = (
    Entry(
        "init",
        "A new repository, or one written from an account.",
        (
            DIRECTORY,
            _option("--from source", "TARGET", "Write what this account holds."),
            AT,
        ),
        "Writes a small commented repository into DIR (this folder if left out). Never overwrites a file.",
    ),
    Entry(
        "validate",
        "Shape, references and rules; needs no account.",
        (DIRECTORY, AT, STRICT, FOUND, OUTPUT),
        "Checks the repository that holds DIR. Needs no account, no network and no credentials.",
    ),
    Entry(
        "diff",
        "What changes between two git revisions; needs no account.",
        (
            _argument("base", "BASE"),
            _argument("head", "[HEAD]", required=False),
            TEAM,
            AT,
            STRICT,
            DIFF_FORMAT,
            OUTPUT,
            DETAILED,
        ),
        "Compares what the files declare at two git revisions; without HEAD, at BASE and as they stand in the folder."
        " Layout makes no difference. Findings are shown where HEAD has them and BASE has not.",
    ),
    Entry(
        "plan",
        "The steps from the account's state to the declared one.",
        (
            DIRECTORY,
            TARGET,
            ACTOR,
            TEAM,
            AT,
            ALLOW,
            STRICT,
            PLAN_FORMAT,
            OUTPUT,
            _option("--out", "FILE", "Save the plan for `apply`."),
            DETAILED,
            BY_PERSON,
            UNDO,
            *APPROVING,
        ),
        "Writes nothing to the account. The steps stand in an order in which they can be carried out.",
    ),
    Entry(
        "apply",
        "Carry a plan out.",
        (
            _argument("what", "[DIR | PLAN]", required=False),
            TARGET,
            ACTOR,
            TEAM,
            AT,
            ALLOW,
            STRICT,
            FORMAT,
            OUTPUT,
            APPROVED,
            REBASE,
            UNDO,
            *APPROVING,
        ),
        "From a folder: plans, shows the plan, asks, and applies. From a saved plan: applies exactly that, or refuses.",
    ),
    Entry(
        "ci",
        "The right job for the build server that it runs on.",
        (
            Argument("job", None, required=False, choices=("check", "plan", "apply")),
            TARGET,
            AT,
            ALLOW,
            STRICT,
            REBASE,
            _option("--base", "REVISION", "check: compare with this, not with what the build server names."),
            _option("--out", "DIR", "Write files there; on a build server, by default into seatsync-ci."),
            _option("--plan", "FILE", "apply: this saved plan; by default plan.json of that folder."),
            _option("--intent", "DIGEST", "apply: the plan must have this intent; by default $SEATSYNC_INTENT."),
            *APPROVING,
        ),
        "Knows GitHub Actions and GitLab CI by their environment. A pull request is checked: findings and what changes,"
        " without account or secret. A trusted branch is checked and planned, if its account can be read. A plan is"
        " applied by `seatsync ci apply` alone. What came of it stands in the log, in annotations, on the job's page,"
        " in outputs for later jobs, and in files.",
    ),
    Entry(
        "show",
        "A saved plan again, in any format.",
        (_argument("plan", "PLAN"), PLAN_FORMAT, OUTPUT, BY_PERSON),
        "Shows a plan that `plan --out PLAN` saved, after checking that nobody altered it.",
    ),
    Entry(
        "forecast",
        "What dates will change, and what will run short.",
        (
            DIRECTORY,
            TARGET,
            TEAM,
            AT,
            _option(
                "--days",
                "N",
                "How many days to look ahead (365).",
                default=365,
                numbers=(1, LONGEST_FORECAST),
            ),
            FORMAT,
            OUTPUT,
            _flag("--detailed-exitcode", "Exit with 2 where something runs short."),
        ),
        "Reads the files alone: terms and entries that begin and end, and the days on which a team will have too few"
        " seats or secondary admins. With --target also the invitations of that account that fall due again.",
    ),
    Entry(
        "drift",
        "What was changed in the account outside of seatsync.",
        (
            DIRECTORY,
            TARGET,
            ACTOR,
            TEAM,
            AT,
            STRICT,
            FORMAT,
            OUTPUT,
            DETAILED,
            _flag("--adopt adopt_changes", "Write what was changed in the portal back into the files."),
        ),
        "Compares the files, the account, and what was applied last: what was changed in the portal, in git, or in"
        " both. Changes nothing in the account; with --adopt it changes files, for review, and never commits.",
    ),
    Entry(
        "why",
        "Why somebody has what they have: through what, declared where.",
        (_argument("person", "PERSON"), _argument("product", "[PRODUCT]", required=False), TARGET, AT, FORMAT, OUTPUT),
        "Says whether somebody is entitled, to PRODUCT or to anything, through which seat, group or role, where that is"
        " declared and since which commit, and what the account has. Changes nothing.",
    ),
    Entry(
        "codeowners",
        "CODEOWNERS, from who may perform steps; needs no account.",
        (
            DIRECTORY,
            AT,
            _option("--output", "FILE", "Write this file, not the one where the git host looks."),
            _flag("--check", "Write nothing; exit with 1 where the file is out of date."),
        ),
        "Writes who reviews which file where GitHub and GitLab look for it: a section between two marks, with every"
        " other line of the file left as it is. Needs no account, no network and no credentials.",
    ),
    Entry(
        "import",
        "An account's state as a repository.",
        (_argument("source", "TARGET"), _option("--out directory", "DIR", "Write there; by default here."), AT),
        "Writes a repository that declares what the account holds, so that a plan against it has no steps.",
    ),
    Entry(
        "fmt",
        "Canonical YAML, comments kept; needs no account.",
        (
            DIRECTORY,
            _flag("--check", "Write nothing; exit with 1 and list the files that would change."),
            _flag("--diff", "Write nothing; show what would change."),
        ),
        "Writes the repository's YAML files in their canonical order and style: all of them, or none where one has"
        " errors. What they say stays the same, and every comment stays with what it stands above or beside.",
    ),
)

HELP: tuple[Entry, ...] = (
    Entry(
        "explain",
        "A rule: what, why, source, an example and its repair.",
        (_argument("code", "[CODE]", required=False),),
        "Prints the manual page of a rule, such as ROLE002; without CODE, of all of them.",
    ),
    Entry(
        "schema",
        "Print a JSON Schema.",
        (
            _argument("name", "[NAME]", required=False),
            _flag("--write", "Write into schemas/ of the repository what editors check its files by."),
        ),
        "Prints the schema of that name; without NAME, the names there are. With --write, those of the files that"
        " people write go where `init` and `import` put them, over those of an earlier version.",
    ),
    Entry(
        "lsp",
        "The language server, for editors to start.",
        (AT,),
        "Speaks the language server protocol over standard input and output: findings while typing, completion, what a"
        " person holds, go to definition, rename, quick fixes. Needs the package pygls: pip install 'seatsync[lsp]'",
    ),
    Entry(
        "completion",
        "Completion for bash, zsh or fish.",
        (Argument("shell", None, choices=("bash", "zsh", "fish")),),
        'Prints a script for the shell: put  eval "$(seatsync completion bash)"  into ~/.bashrc, the same with zsh into'
        " ~/.zshrc, or  seatsync completion fish | source  into ~/.config/fish/config.fish.",
    ),
)

_PERSON = _argument("person", "PERSON")
_EDIT = (
    AT,
    TARGET,
    _flag("--dry-run", "Write nothing; show how the files would change."),
)

EDIT: tuple[Entry, ...] = (
    Entry(
        "offboard",
        "Somebody leaves: out of every file.",
        (_PERSON, _option("--replace-by heir", "OTHER", "Who takes over the roles (seats are freed)."), *_EDIT),
        "A primary admin, contract manager or software coordinator cannot leave without somebody who takes over.",
    ),
    Entry(
        "assign",
        "A seat, for good or for some days.",
        (
            _PERSON,
            _argument("product", "PRODUCT"),
            _option("--team", "TEAM", "In this team; else the only one that can be meant."),
            _option("--contract", "NO", "Of this contract of the classic view."),
            _option("--from starts", "DATE", "From this day on.", read=_day),
            _option("--until", "DATE", "Through this day.", read=_day),
            *_EDIT,
        ),
        "Somebody who has that seat already gets it for these days instead.",
    ),
    Entry(
        "unassign",
        "A seat less.",
        (
            _PERSON,
            _argument("product", "PRODUCT"),
            _option("--team", "TEAM", "In this team; else the only one that can be meant."),
            _option("--contract", "NO", "Of this contract of the classic view."),
            *_EDIT,
        ),
        "Whoever has nothing else in the team stays its member.",
    ),
    Entry(
        "promote",
        "A role in a team.",
        (
            _PERSON,
            Argument("role", None, choices=("primary", "secondary", "sso")),
            _option("--team", "TEAM", "In this team; else the only one that the person is in."),
            *_EDIT,
        ),
        "In place of the role that the person has there. A former primary admin stays as secondary admin.",
    ),
    Entry(
        "move",
        "From one team or group to another.",
        (
            _PERSON,
            _argument("old", "FROM"),
            _argument("new", "TO"),
            _option("--team", "TEAM", "FROM and TO are groups of this team."),
            *_EDIT,
        ),
        "Between teams go seats, membership, and places in groups of the same name; admin roles end. Two names that are"
        " no teams are groups of one team.",
    ),
)

ACCOUNT: tuple[Entry, ...] = (
    Entry(
        "create",
        "Make a new, empty account.",
        (
            _option("--name", "NAME", "What the account is called.", required=True),
            _option("--timezone", "TZ", "Where its days begin and end (UTC).", default="UTC"),
            AT,
            TARGET,
        ),
    ),
    Entry(
        "load",
        "Load a snapshot or repository into an empty account.",
        (_argument("source", "SOURCE"), AT, TARGET),
        "The account must still be empty, and keeps its own lineage.",
    ),
    Entry(
        "purchase",
        "Record an order: new seats, a renewal, a contract.",
        (
            _option("--order", "NO", "The order's number.", required=True),
            _option("--company", "NAME", "The company that bought.", required=True),
            _option("--manager", "EMAIL", "Who bought, and becomes contract manager.", required=True),
            _option("--product", "P", "What was bought.", required=True),
            _option("--channel", "store|reseller", "Where it was bought.", required=True),
            _option("--starts", "DATE", "First day of the term.", required=True, read=_day),
            _option("--ends", "DATE", "Last day of the term.", read=_day),
            _option("--subscription", "ID", "A subscription; a known one is renewed or topped up."),
            _option("--team", "TEAM", "The team it is for; a new one is made."),
            _option("--offering", "O", "single-user, multi-user, flex or token-flex."),
            _option("--seats", "N", "How many seats there are then in all.", numbers=(0, None)),
            _option("--tokens", "N", "How many tokens there are then in all.", numbers=(0, None)),
            _option("--contract", "NO", "A contract of the classic view; a known one is renewed or topped up."),
            _option("--license-type", "L", "perpetual, maintenance or education."),
            _option("--deployment", "D", "stand-alone or networked."),
            _option("--serial", "S", "The serial number of the contract's product."),
            _option("--product-key", "K", "Its product key, where it has no serial number."),
            AT,
            TARGET,
        ),
        "Either --subscription, --team, --offering and --seats or --tokens; or --contract, --license-type, --seats and"
        " --serial. Of what is known already, the new total and term are enough.",
    ),
    Entry(
        "accept",
        "A pending person accepts the invitation.",
        (_option("--user", "EMAIL", "Who accepts.", required=True), AT, TARGET),
    ),
    Entry(
        "confirm",
        "Close cases: a form or support request was granted.",
        (
            Argument("cases", "[CASE]...", required=False, many=True),
            _flag("--all everything", "Every open case."),
            _option("--evidence", "TEXT", "What shows that it was granted."),
            AT,
            TARGET,
        ),
    ),
    Entry("cases", "Open forms and support requests.", (_flag("--all everything", "The closed ones too."), TARGET)),
    Entry("mail", "What was sent to whom, and why.", (_argument("mail", "[ID]", required=False), TARGET)),
    Entry("log", "The audit log.", (_option("--person", "EMAIL", "Only what concerns this person."), TARGET)),
    Entry("runs", "What each run changed or opened, for `apply --undo`.", (TARGET,)),
    Entry("verify", "Check the audit log and the account for tampering.", (TARGET,)),
)
