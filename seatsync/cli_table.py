"""Every command and its options, as one explicit table: what `--help` shows without importing any command."""

from typing import NamedTuple

from seatsync.cli_options import (
    ACTOR,
    ALLOW,
    APPROVED,
    APPROVING,
    AT,
    BY_PERSON,
    DETAILED,
    DIFF_FORMAT,
    DIRECTORY,
    FORMAT,
    FOUND,
    LONGEST_FORECAST,
    OUTPUT,
    PLAN_FORMAT,
    REBASE,
    STRICT,
    TARGET,
    TEAM,
    UNDO,
    Argument,
    Parameter,
    argument,
    flag,
    option,
    read_day,
)


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
            option("--from source", "TARGET", "Write what this account holds."),
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
            argument("base", "BASE"),
            argument("head", "[HEAD]", required=False),
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
            option("--out", "FILE", "Save the plan for `apply`."),
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
            argument("what", "[DIR | PLAN]", required=False),
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
            option("--base", "REVISION", "check: compare with this, not with what the build server names."),
            option("--out", "DIR", "Write files there; on a build server, by default into seatsync-ci."),
            option("--plan", "FILE", "apply: this saved plan; by default plan.json of that folder."),
            option("--intent", "DIGEST", "apply: the plan must have this intent; by default $SEATSYNC_INTENT."),
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
        (argument("plan", "PLAN"), PLAN_FORMAT, OUTPUT, BY_PERSON),
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
            option(
                "--days",
                "N",
                "How many days to look ahead (365).",
                default=365,
                numbers=(1, LONGEST_FORECAST),
            ),
            FORMAT,
            OUTPUT,
            flag("--detailed-exitcode", "Exit with 2 where something runs short."),
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
            flag("--adopt adopt_changes", "Write what was changed in the portal back into the files."),
        ),
        "Compares the files, the account, and what was applied last: what was changed in the portal, in git, or in"
        " both. Changes nothing in the account; with --adopt it changes files, for review, and never commits.",
    ),
    Entry(
        "why",
        "Why somebody has what they have: through what, declared where.",
        (argument("person", "PERSON"), argument("product", "[PRODUCT]", required=False), TARGET, AT, FORMAT, OUTPUT),
        "Says whether somebody is entitled, to PRODUCT or to anything, through which seat, group or role, where that is"
        " declared and since which commit, and what the account has. Changes nothing.",
    ),
    Entry(
        "codeowners",
        "CODEOWNERS, from who may perform steps; needs no account.",
        (
            DIRECTORY,
            AT,
            option("--output", "FILE", "Write this file, not the one where the git host looks."),
            flag("--check", "Write nothing; exit with 1 where the file is out of date."),
        ),
        "Writes who reviews which file where GitHub and GitLab look for it: a section between two marks, with every"
        " other line of the file left as it is. Needs no account, no network and no credentials.",
    ),
    Entry(
        "import",
        "An account's state as a repository.",
        (argument("source", "TARGET"), option("--out directory", "DIR", "Write there; by default here."), AT),
        "Writes a repository that declares what the account holds, so that a plan against it has no steps.",
    ),
    Entry(
        "fmt",
        "Canonical YAML, comments kept; needs no account.",
        (
            DIRECTORY,
            flag("--check", "Write nothing; exit with 1 and list the files that would change."),
            flag("--diff", "Write nothing; show what would change."),
        ),
        "Writes the repository's YAML files in their canonical order and style: all of them, or none where one has"
        " errors. What they say stays the same, and every comment stays with what it stands above or beside.",
    ),
)

HELP: tuple[Entry, ...] = (
    Entry(
        "explain",
        "A rule: what, why, source, an example and its repair.",
        (argument("code", "[CODE]", required=False),),
        "Prints the manual page of a rule, such as ROLE002; without CODE, of all of them.",
    ),
    Entry(
        "schema",
        "Print a JSON Schema.",
        (
            argument("name", "[NAME]", required=False),
            flag("--write", "Write into schemas/ of the repository what editors check its files by."),
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

_PERSON = argument("person", "PERSON")
_EDIT = (
    AT,
    TARGET,
    flag("--dry-run", "Write nothing; show how the files would change."),
)

EDIT: tuple[Entry, ...] = (
    Entry(
        "offboard",
        "Somebody leaves: out of every file.",
        (_PERSON, option("--replace-by heir", "OTHER", "Who takes over the roles (seats are freed)."), *_EDIT),
        "A primary admin, contract manager or software coordinator cannot leave without somebody who takes over.",
    ),
    Entry(
        "assign",
        "A seat, for good or for some days.",
        (
            _PERSON,
            argument("product", "PRODUCT"),
            option("--team", "TEAM", "In this team; else the only one that can be meant."),
            option("--contract", "NO", "Of this contract of the classic view."),
            option("--from starts", "DATE", "From this day on.", read=read_day),
            option("--until", "DATE", "Through this day.", read=read_day),
            *_EDIT,
        ),
        "Somebody who has that seat already gets it for these days instead.",
    ),
    Entry(
        "unassign",
        "A seat less.",
        (
            _PERSON,
            argument("product", "PRODUCT"),
            option("--team", "TEAM", "In this team; else the only one that can be meant."),
            option("--contract", "NO", "Of this contract of the classic view."),
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
            option("--team", "TEAM", "In this team; else the only one that the person is in."),
            *_EDIT,
        ),
        "In place of the role that the person has there. A former primary admin stays as secondary admin.",
    ),
    Entry(
        "move",
        "From one team or group to another.",
        (
            _PERSON,
            argument("old", "FROM"),
            argument("new", "TO"),
            option("--team", "TEAM", "FROM and TO are groups of this team."),
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
            option("--name", "NAME", "What the account is called.", required=True),
            option("--timezone", "TZ", "Where its days begin and end (UTC).", default="UTC"),
            AT,
            TARGET,
        ),
    ),
    Entry(
        "load",
        "Load a snapshot or repository into an empty account.",
        (argument("source", "SOURCE"), AT, TARGET),
        "The account must still be empty, and keeps its own lineage.",
    ),
    Entry(
        "purchase",
        "Record an order: new seats, a renewal, a contract.",
        (
            option("--order", "NO", "The order's number.", required=True),
            option("--company", "NAME", "The company that bought.", required=True),
            option("--manager", "EMAIL", "Who bought, and becomes contract manager.", required=True),
            option("--product", "P", "What was bought.", required=True),
            option("--channel", "store|reseller", "Where it was bought.", required=True),
            option("--starts", "DATE", "First day of the term.", required=True, read=read_day),
            option("--ends", "DATE", "Last day of the term.", read=read_day),
            option("--subscription", "ID", "A subscription; a known one is renewed or topped up."),
            option("--team", "TEAM", "The team it is for; a new one is made."),
            option("--offering", "O", "single-user, multi-user, flex or token-flex."),
            option("--seats", "N", "How many seats there are then in all.", numbers=(0, None)),
            option("--tokens", "N", "How many tokens there are then in all.", numbers=(0, None)),
            option("--contract", "NO", "A contract of the classic view; a known one is renewed or topped up."),
            option("--license-type", "L", "perpetual, maintenance or education."),
            option("--deployment", "D", "stand-alone or networked."),
            option("--serial", "S", "The serial number of the contract's product."),
            option("--product-key", "K", "Its product key, where it has no serial number."),
            AT,
            TARGET,
        ),
        "Either --subscription, --team, --offering and --seats or --tokens; or --contract, --license-type, --seats and"
        " --serial. Of what is known already, the new total and term are enough.",
    ),
    Entry(
        "accept",
        "A pending person accepts the invitation.",
        (option("--user", "EMAIL", "Who accepts.", required=True), AT, TARGET),
    ),
    Entry(
        "confirm",
        "Close cases: a form or support request was granted.",
        (
            Argument("cases", "[CASE]...", required=False, many=True),
            flag("--all everything", "Every open case."),
            option("--evidence", "TEXT", "What shows that it was granted."),
            AT,
            TARGET,
        ),
    ),
    Entry("cases", "Open forms and support requests.", (flag("--all everything", "The closed ones too."), TARGET)),
    Entry("mail", "What was sent to whom, and why.", (argument("mail", "[ID]", required=False), TARGET)),
    Entry("log", "The audit log.", (option("--person", "EMAIL", "Only what concerns this person."), TARGET)),
    Entry("runs", "What each run changed or opened, for `apply --undo`.", (TARGET,)),
    Entry("verify", "Check the audit log and the account for tampering.", (TARGET,)),
)
