"""The tree of commands: name, module (imported when the command runs) and one-line help of each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem, shell_complete

from seatsync import __version__
from seatsync.commands.shared.options import FOLDERS, GLOBAL, HELP_OPTIONS, Command
from seatsync.errors import WrongUsage

NAME = "seatsync"
COMPLETE_VARIABLE = "_SEATSYNC_COMPLETE"


class CommandEntry(NamedTuple):
    """A command: the module in `seatsync.commands` that defines it as `run`, and its one-line help."""

    module: str
    help: str


MAIN_JOB = {
    "init": CommandEntry("init", "Create a repository, from an example or an account."),
    "validate": CommandEntry("validate", "Check shape, references and rules; needs no account."),
    "diff": CommandEntry("diff", "Compare two git revisions; needs no account."),
    "refresh": CommandEntry("refresh", "Record in the mirror what is new in the vendor's account."),
    "login": CommandEntry("login", "Sign in with the vendor, so that seatsync can use its APIs."),
    "logout": CommandEntry("logout", "End the sign-in with the vendor, and revoke its tokens."),
    "plan": CommandEntry("plan", "Show the steps from the account's state to the declared one."),
    "apply": CommandEntry("apply", "Apply a plan to the account."),
    "ci": CommandEntry("ci", "Check, plan or apply on a build server."),
    "show": CommandEntry("show", "Show a saved plan, or compare two."),
    "forecast": CommandEntry("forecast", "Show upcoming dated changes and shortages."),
    "status": CommandEntry("status", "Show open cases by person: since when, what waits for them."),
    "drift": CommandEntry("drift", "Show changes made in the account outside of seatsync."),
    "report": CommandEntry("report", "Report on usage, contracts, cost and unused seats."),
    "notify": CommandEntry("notify", "Tell people by mail what concerns them."),
    "why": CommandEntry("why", "Explain what a person is entitled to, and where it is declared."),
    "codeowners": CommandEntry("codeowners", "Write CODEOWNERS from the declared roles; needs no account."),
    "import": CommandEntry("import_", "Write an account's state as a repository."),
    "fmt": CommandEntry("fmt", "Format the YAML files, keeping comments; needs no account."),
    "policy": CommandEntry("policy", "Test the rules that the project writes itself; needs no account."),
    "fleet": CommandEntry("fleet", "Look after many accounts at once."),
    "edit": CommandEntry("edit", "Edit the files as people join, move and leave; keeps comments."),
}

EMBEDDED = {
    "account": CommandEntry("account", "Cases, usage and log of an account; simulate the vendor's portal."),
    "demo": CommandEntry("demo", "Try seatsync with a made-up portal on this machine."),
}

DEMO = {
    "portal": CommandEntry("demo.portal", "Serve a made-up portal on this machine, to try login, refresh and apply."),
}

HELP = {
    "explain": CommandEntry("explain", "Explain a rule: what, why, source, an example and its fix."),
    "schema": CommandEntry("schema", "Print a JSON Schema."),
    "lsp": CommandEntry("lsp", "Run the language server for an editor."),
}

REPORTS = {
    "usage": CommandEntry("report.usage", "Show who uses what they hold, by product, team, group or person."),
    "reclaim": CommandEntry("report.reclaim", "Show seats that can be reclaimed, and why others cannot."),
    "contracts": CommandEntry("report.contracts", "Show what ends when, who manages it, what it costs, and orders."),
    "cost": CommandEntry("report.cost", "Show what is paid in a year, by team, product, group or person."),
    "all": CommandEntry("report.all_", "Write every report as a folder of pages."),
}

FLEET = {
    "report": CommandEntry("fleet.report", "Report on usage, contracts, cost or unused seats of all accounts."),
    "status": CommandEntry("fleet.status", "Show every account: last seen and applied, cases, drift, short pools."),
    "validate": CommandEntry("fleet.validate", "Check the files of every account."),
    "refresh": CommandEntry("fleet.refresh", "Record in every mirror what is new in the vendor's account."),
    "plan": CommandEntry("fleet.plan", "Show what there is to change in every account."),
    "apply": CommandEntry("fleet.apply", "Apply the plan of every account when its intent is approved."),
    "approve": CommandEntry("fleet.approve", "Approve the plans of accounts, and apply what waited for that."),
    "drift": CommandEntry("fleet.drift", "Show changes made in the accounts outside of seatsync."),
    "worker": CommandEntry("fleet.worker", "Work through the queue of a fleet until told to stop."),
}

POLICY = {
    "test": CommandEntry("policy.test_", "Run the cases of the project's own rules; needs no account."),
}

EDIT = {
    "onboard": CommandEntry("edit.onboard", "Declare new people, and give them what they need."),
    "offboard": CommandEntry("edit.offboard", "Remove leavers from every file."),
    "assign": CommandEntry("edit.assign", "Give people a seat, permanently or for some days."),
    "unassign": CommandEntry("edit.unassign", "Take a seat away from people."),
    "swap": CommandEntry("edit.swap", "Give people another product in place of one they have."),
    "extend": CommandEntry("edit.extend", "Set a later last day for what people have for a limited time."),
    "promote": CommandEntry("edit.promote", "Give people a role in a team."),
    "move": CommandEntry("edit.move", "Move people from one team or group to another."),
    "address": CommandEntry("edit.address", "Change the addresses of people in every file."),
    "rename": CommandEntry("edit.rename", "Rename a team or a group in all files."),
    "from-csv": CommandEntry("edit.from_csv", "Bring the people of a CSV into the files."),
    "wind-down": CommandEntry("edit.wind_down", "Wind a team down."),
    "request": CommandEntry("edit.request", "Do what a filled form asks for."),
}

ACCOUNT = {
    "create": CommandEntry("account.create", "Create a new, empty account."),
    "load": CommandEntry("account.load", "Load a snapshot or repository into an empty account."),
    "purchase": CommandEntry("account.purchase", "Record an order: new seats, a renewal, a contract."),
    "accept": CommandEntry("account.accept", "Accept the invitation of a pending person."),
    "confirm": CommandEntry(
        "account.confirm", "Close cases that were carried out or granted, and record their effect."
    ),
    "withdraw": CommandEntry("account.withdraw", "Close cases that are no longer wanted, or will not be done."),
    "show": CommandEntry("account.overview", "Show what the account contains, and what is only assumed."),
    "cases": CommandEntry("account.cases", "List cases: what people carry out."),
    "mail": CommandEntry("account.mail", "List the mails that were sent, or show one."),
    "log": CommandEntry("account.log", "Show the audit log."),
    "runs": CommandEntry("account.runs", "List the changes and cases of each run, for `apply --undo`."),
    "usage": CommandEntry("account.record_usage", "Record usage exports and usage reports of the portal."),
    "copy": CommandEntry("account.copy_", "Copy an account, with its log, to another store."),
    "roles": CommandEntry("account.roles_", "Print the SQL that lets roles of PostgreSQL use an account."),
    "upgrade": CommandEntry("account.upgrade", "Bring the store of an account to the version of this seatsync."),
    "verify": CommandEntry("account.verify", "Check the audit log and the account for tampering."),
}


class LazyGroup(Command, click.Group):
    """A group whose commands are imported when they run, and listed from a table under headings."""

    def __init__(
        self,
        name: str,
        sections: Mapping[str, Mapping[str, CommandEntry]],
        *,
        params: Sequence[click.Parameter] = (),
        examples: Sequence[str],
        **more: Any,  # noqa: ANN401 - passed to click
    ) -> None:
        super().__init__(name, params=[*params, *GLOBAL], no_args_is_help=False, **more)
        self.examples = tuple(examples)
        self.sections = sections
        self.listed = {name: listed for section in sections.values() for name, listed in section.items()}

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.listed)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name in self.listed and cmd_name not in self.commands:
            module = import_module(f"seatsync.commands.{self.listed[cmd_name].module}")
            self.add_command(module.run, cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list for each section, without importing any command."""
        for heading, section in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name, listed.help) for name, listed in section.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and options that complete a word, without importing any command."""
        names = [
            CompletionItem(name, help=each.help) for name, each in self.listed.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)


edit = LazyGroup(
    "edit",
    {"Commands": EDIT},
    help=f"{MAIN_JOB['edit'].help}\n\nThen shows the resulting plan. Either all files are written or none, and none if"
    " that would cause an error.",
    examples=["seatsync edit assign dee@acme.example AutoCAD --dry-run", "seatsync edit offboard dee@acme.example"],
)
account = LazyGroup(
    "account",
    {"Commands": ACCOUNT},
    help=f"{EMBEDDED['account'].help}\n\nWorks on a file: an embedded account, or the mirror of the real one.",
    examples=["seatsync account create", "seatsync account show", "seatsync account cases"],
)
report = LazyGroup(
    "report",
    {"Reports": REPORTS},
    help=f"{MAIN_JOB['report'].help}\n\nReads the account and what is recorded about usage; changes neither. With --as,"
    " shows what that person sees.",
    examples=["seatsync report reclaim", "seatsync report all --out site"],
)
fleet = LazyGroup(
    "fleet",
    {"Commands": FLEET},
    help=f"{MAIN_JOB['fleet'].help}\n\nfleet.yaml names them; --select limits a command to some.",
    examples=["seatsync fleet status", "seatsync fleet status --select region=eu --select tier!=test"],
)
policy = LazyGroup(
    "policy",
    {"Commands": POLICY},
    help=f"{MAIN_JOB['policy'].help}\n\n`validate` and `plan` check the rules, and `explain POLICY101` shows one.",
    examples=["seatsync policy test"],
)
demo = LazyGroup(
    "demo",
    {"Commands": DEMO},
    help=f"{EMBEDDED['demo'].help}\n\nNothing in it is real, and nothing leaves this machine.",
    examples=["seatsync demo portal"],
)
root = click.version_option(__version__, message=f"{NAME} %(version)s")(
    LazyGroup(
        NAME,
        {"The main job": MAIN_JOB, "The embedded account": EMBEDDED, "Help": HELP},
        help="Keep a software vendor's account (who administers which team, who holds which seat) equal to YAML files.",
        epilog="Run `seatsync COMMAND --help` for more about a command.",
        context_settings={"help_option_names": HELP_OPTIONS},
        params=[FOLDERS],
        examples=["seatsync init acme-seats", "seatsync validate", "seatsync plan"],
    )
)
root.add_command(edit)
root.add_command(report)
root.add_command(fleet)
root.add_command(policy)
root.add_command(account)
root.add_command(demo)


def run(words: list[str]) -> int:
    """Run a command line; return its exit code. Raises `WrongUsage`."""
    options: dict[str, Any] = {}
    try:
        if COMPLETE_VARIABLE in os.environ:
            return shell_complete(root, {"obj": options}, NAME, COMPLETE_VARIABLE, os.environ[COMPLETE_VARIABLE])
        with root.make_context(NAME, words or ["--help"], obj=options) as context:
            code: int = root.invoke(context)
            return code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.ClickException as error:
        where = error.ctx if isinstance(error, click.UsageError) else None
        path = NAME if where is None else where.command_path
        raise WrongUsage(f"{error.format_message().rstrip('.')}; see `{path} --help`") from error
