from __future__ import annotations

import errno
import inspect
import os
import pty
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import click
import pytest

from seatsync import cli
from seatsync.cli.groups import CommandEntry, LazyGroup, root
from seatsync.commands import explain
from seatsync.commands.shared import console as process
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import EditOptions, FleetOptions, ReportOptions, RunningOptions
from seatsync.errors import Interrupted, SeatsyncError
from tests.commands.running import ROOT, Run, loaded_by


def commands(group: LazyGroup, *path: str) -> Iterator[tuple[tuple[str, ...], CommandEntry, click.Command]]:
    """Yield every command of a group and its subgroups: path, entry and command."""
    for name, listed in group.listed.items():
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*path, name), listed, command
        if isinstance(command, LazyGroup):
            yield from commands(command, *path, name)


ALL = list(commands(root))
each_command = pytest.mark.parametrize(("path", "listed", "command"), ALL, ids=["-".join(path) for path, _, _ in ALL])

NO_DAY = "is not a date; write it as 2026-11-21"
FAULT = "internal error ({}); please report this as a bug, with "

HELP_TEXT = """\
Usage: seatsync [OPTIONS] COMMAND [ARGS]...

  Keep a software vendor's account (who administers which team, who holds
  which seat) equal to YAML files.

Options:
  -C DIR                Run as if started in DIR.
  -v, --verbose         Show reasons, unmanaged entries and timings.
  --debug               Show everything, and the traceback of an internal
                        error.
  --color / --no-color  Force or disable colours (default: on a terminal,
                        unless NO_COLOR is set).
  --no-cache            Has no effect: there is no cache.
  --version             Show the version and exit.
  -h, --help            Show this message and exit.

The main job:
  init        Create a repository, from an example or an account.
  validate    Check shape, references and rules; needs no account.
  diff        Compare two git revisions; needs no account.
  refresh     Record in the mirror what is new in the vendor's account.
  login       Sign in with the vendor, so that seatsync can use its APIs.
  logout      End the sign-in with the vendor, and revoke its tokens.
  plan        Show the steps from the account's state to the declared one.
  apply       Apply a plan to the account.
  ci          Check, plan or apply on a build server.
  show        Show a saved plan, or compare two.
  forecast    Show upcoming dated changes and shortages.
  status      Show open cases by person: since when, what waits for them.
  drift       Show changes made in the account outside of seatsync.
  report      Report on usage, contracts, cost and unused seats.
  notify      Tell people by mail what concerns them.
  why         Explain what a person is entitled to, and where it is declared.
  codeowners  Write CODEOWNERS from the declared roles; needs no account.
  import      Write an account's state as a repository.
  fmt         Format the YAML files, keeping comments; needs no account.
  policy      Test the rules that the project writes itself; needs no account.
  fleet       Look after many accounts at once.
  edit        Edit the files as people join, move and leave; keeps comments.

The embedded account:
  account  Cases, usage and log of an account; simulate the vendor's portal.
  demo     Try seatsync with a made-up portal on this machine.

Help:
  explain  Explain a rule: what, why, source, an example and its fix.
  schema   Print a JSON Schema.
  lsp      Run the language server for an editor.

  Run `seatsync COMMAND --help` for more about a command.

Examples:
  seatsync init acme-seats
  seatsync validate
  seatsync plan
"""


Fail = Callable[[BaseException], None]


@pytest.fixture(name="fail")
def _fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Return a function that makes `explain` raise an exception."""

    def fail(error: BaseException) -> None:
        def all_pages() -> None:
            raise error

        monkeypatch.setattr(explain, "all_pages", all_pages)

    return fail


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ()])
def test_help(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == 0
    assert (run.out, run.err) == (HELP_TEXT, "")


def test_version(run: Run) -> None:
    assert run("--version") == 0
    assert (run.out, run.err) == ("seatsync 0.1.0\n", "")


@each_command
def test_listing_matches_the_help_of_each_command(
    path: tuple[str, ...], listed: CommandEntry, command: click.Command
) -> None:
    assert listed.help == command.get_short_help_str(100)


_AS_ONE = {
    "asked": ReportOptions._fields,
    "how": EditOptions._fields,
    "which": FleetOptions._fields,
    "running": RunningOptions._fields,
}
"""Options that come as one value, by its name."""


@each_command
def test_every_command_takes_the_options_it_declares(
    path: tuple[str, ...], listed: CommandEntry, command: click.Command
) -> None:
    if not isinstance(command, LazyGroup):
        console, *parameters = inspect.signature(inspect.unwrap(command.callback or print)).parameters.values()
        assert console.name == "console"
        names = {p.name for p in parameters}
        for value, fields in _AS_ONE.items():
            if value in names:
                names = (names - {value}) | set(fields)
        assert names == {p.name for p in command.params if p.expose_value}
        assert all(p.kind is p.KEYWORD_ONLY for p in parameters)


@each_command
def test_every_command_has_help(run: Run, path: tuple[str, ...], listed: CommandEntry, command: click.Command) -> None:
    for option in ("--help", "-h"):
        assert run(*path, option) == 0
        assert run.out.startswith(f"Usage: seatsync {' '.join(path)} [OPTIONS]")
        assert run.out.split("\n\n")[1] == f"  {listed.help}"
        assert run.err == ""


@each_command
def test_every_command_takes_the_global_options(
    path: tuple[str, ...], listed: CommandEntry, command: click.Command
) -> None:
    parameters = command.get_params(click.Context(command, help_option_names=["-h", "--help"]))
    assert [p.opts[-1] for p in parameters][-5:] == ["--verbose", "--debug", "--color", "--no-cache", "--help"]


def test_help_imports_no_command_and_no_library_but_click() -> None:
    for option in ("--help", "--version"):
        ours, packages = loaded_by(option)
        commands = ["seatsync.commands", "seatsync.commands.shared", "seatsync.commands.shared.options"]
        assert ours == ["seatsync", "seatsync.cli", "seatsync.cli.groups", *commands, "seatsync.errors"]
        libraries = {"yaml", "jsonschema", "jsonschema_rs", "email_validator", "rapidfuzz", "sqlite3", "deepdiff"}
        assert packages & {*libraries, "pathlib", "dataclasses", "traceback", "zoneinfo", "json"} == set()


def test_a_command_imports_no_other() -> None:
    ours, _ = loaded_by("account", "log", "--help")
    names = [name for name in ours if name.startswith("seatsync.commands.")]
    assert [name for name in names if not name.startswith("seatsync.commands.shared")] == [
        "seatsync.commands.account",
        "seatsync.commands.account.log",
    ]


def test_validate_imports_neither_account_nor_planner_nor_other_formatters() -> None:
    ours, packages = loaded_by("-C", "examples/quickstart", "validate", "--at", "2026-06-15")
    rooms = {name.split(".")[1] for name in ours if "." in name}
    assert rooms & {"applying", "insight", "editing", "planning", "targets"} == set()
    assert [name for name in ours if name.startswith("seatsync.account.")] == [
        f"seatsync.account.{name}" for name in ("attributes", "email", "entitlements")
    ]
    assert [name for name in ours if name.startswith("seatsync.reporting.")] == [
        f"seatsync.reporting.{name}" for name in ("escape", "findings", "findings.findings_text", "formats", "terminal")
    ]
    slow = {
        "dataclasses",
        "hashlib",
        "jsonschema",
        "email_validator",
        "rapidfuzz",
        "sqlite3",
        "secrets",
        "traceback",
        "subprocess",
    }
    assert packages & slow == set()


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]])
def test_a_project_without_prices_loads_nothing_of_cost_usage_and_notices(command: list[str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "quickstart")
    ours, _ = loaded_by("-C", str(tmp_path / "quickstart"), *command, "--at", "2026-06-15")
    assert [name for name in ours if "usage" in name or "notice" in name] == []
    assert {"seatsync.planning.costs", "seatsync.rules.manual", "seatsync.account.orders"} & set(ours) == set()


@pytest.mark.parametrize("stream", ["nobody reads it", "it is closed"])
def test_version_where_it_cannot_be_written(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["seatsync", "--version"])
    if stream == "it is closed":
        monkeypatch.setattr(sys, "stdout", None)
        assert cli.main() == 0
    else:
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor
            monkeypatch.setattr(sys, "stdout", pipe)
            assert cli.main() == 128 + 13


def test_the_package_is_a_program() -> None:
    done = seatsync("--color", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, "seatsync 0.1.0\n", "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("nonsense",), "No such command 'nonsense'; see `seatsync --help`"),
        (("plan", "--nonsense"), "No such option"),
        (("account", "accept"), "Missing option '--user'; see `seatsync account accept --help`"),
        (("show",), "Missing argument 'PLAN'; see `seatsync show --help`"),
        (("explain", "A", "B"), "Got unexpected extra argument (B); see `seatsync explain --help`"),
        (
            ("validate", "--at", "21.11.2026"),
            f"Invalid value for '--at' (env var: 'SEATSYNC_AT'): '21.11.2026' {NO_DAY}; see `seatsync validate --help`",
        ),
        (
            ("validate", "--at", "20261121"),
            f"Invalid value for '--at' (env var: 'SEATSYNC_AT'): '20261121' {NO_DAY}; see `seatsync validate --help`",
        ),
        (("-C", "/nowhere", "explain"), "-C /nowhere: there is no such folder"),
        (("explain", "\x1b[2J\udcff"), "there is no rule \\x1b[2J\\udcff; the codes are "),
    ],
)
def test_wrong_usage_is_one_line_and_1(run: Run, arguments: tuple[str, ...], line: str) -> None:
    assert run(*arguments) == 1
    assert run.out == ""
    assert run.err.startswith(f"seatsync: {line}")
    assert run.err.count("\n") == 1
    assert line.endswith(("codes are ", "option")) or run.err == f"seatsync: {line}\n"


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (SeatsyncError("stop\nhere"), 1, "stop\\nhere"),
        (Interrupted(15, "3 of 9 steps are done"), 143, "interrupted; 3 of 9 steps are done"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "/x: permission denied"),
        (OSError(), 1, "oserror"),
        (MemoryError(), 1, "not enough memory"),
        (
            KeyError("secret"),
            1,
            FAULT.format("KeyError") + "the output of the same command with --debug",
        ),
    ],
)
def test_every_error_leaves_by_one_door(run: Run, fail: Fail, error: BaseException, code: int, line: str) -> None:
    fail(error)
    assert run("explain") == code
    assert (run.out, run.err) == ("", f"seatsync: {line}\n")


def test_a_system_exit_keeps_its_code(run: Run, fail: Fail) -> None:
    fail(SystemExit(7))
    assert run("explain") == 7
    fail(SystemExit("words"))
    assert run("explain") == 1


@pytest.mark.parametrize("written", ["canary-4711", " canary-4711\n"])
def test_debug_shows_the_traceback_without_secrets(
    run: Run, fail: Fail, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("SEATSYNC_TOKEN", written)
    monkeypatch.setenv("SEATSYNC_ACCESS_TOKEN", "e")  # no secret: it would be masked in every word
    monkeypatch.setenv("SEATSYNC_CLIENT_SECRET", " ")
    fail(RuntimeError("canary-4711 \x1b[2J"))
    assert run("explain", "--debug") == 1
    first, *_, cause, last = run.err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert cause == "RuntimeError: [SEATSYNC_TOKEN] \\x1b[2J"
    assert last == "seatsync: " + FAULT.format("RuntimeError") + "the output above"
    assert "canary" not in run.err


def seatsync(*arguments: str, line: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program; with `line`, as `{}` of that shell command."""
    command = [sys.executable, "-m", "seatsync", *arguments]
    if line:
        command = ["bash", "-c", line.format('"$@"'), "bash", *command]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, **environment}
    )


def test_closed_pipe_ends_the_run_quietly() -> None:
    done = seatsync("explain", line="set -o pipefail; {} | true")
    assert (done.returncode, done.stderr) in {(141, ""), (0, "")}
    done = seatsync("explain", line="{} > >(exec 0<&-; sleep 0.3) 2>&1; exit $?")
    assert done.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line() -> None:
    done = seatsync("explain", line="{} > /dev/full")
    assert (done.returncode, done.stderr) == (1, "seatsync: no space left on device\n")
    done = seatsync("nonsense", line="{} 2> /dev/full")
    assert (done.returncode, done.stderr) == (1, "")


def test_closed_streams_are_no_fault() -> None:
    done = seatsync("explain", "ROLE002", line="{} <&- >&- 2>&-")
    assert done.returncode == 0


def test_any_encoding_of_the_terminal_will_do() -> None:
    done = seatsync("explain", "naïve\u2028", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stderr.startswith("seatsync: there is no rule naïve\\u2028;")


@pytest.mark.parametrize(
    ("arguments", "environment", "colours"),
    [
        ((), {}, False),
        (("--color",), {}, True),
        (("--color",), {"NO_COLOR": "1"}, True),
        (("--color", "--no-color"), {}, False),
    ],
)
def test_colours_on_request(arguments: tuple[str, ...], environment: dict[str, str], *, colours: bool) -> None:
    before = seatsync(*arguments, "explain", "ROLE002", **environment)
    after = seatsync("explain", "ROLE002", *arguments, **environment)
    assert before.stdout == after.stdout
    assert ("\x1b[" in before.stdout) is colours


class Terminal:
    """Stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def colours() -> bool:
        return process.paint(Terminal(), color=None).on  # type: ignore[arg-type]  # all that is asked of it

    monkeypatch.setenv("TERM", "xterm")
    assert colours()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colours()
    monkeypatch.setenv("NO_COLOR", "")
    assert colours()
    monkeypatch.setenv("TERM", "dumb")
    assert not colours()


@pytest.mark.parametrize(("typed", "answer", "screen"), [("yes\n", "yes", "?"), (" no ", "no", "?\n"), ("", "", "?\n")])
def test_asking(monkeypatch: pytest.MonkeyPatch, typed: str, answer: str, screen: str) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    shown = StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    assert process._ask("?") == answer
    assert shown.getvalue() == screen


def test_the_width_of_a_terminal() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0), os.fdopen(theirs, "w") as terminal:
        assert process._width(terminal) == 80
        termios.tcsetwinsize(theirs, (24, 132))
        assert process._width(terminal) == 132


def test_completion_in_this_process(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SEATSYNC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "seatsync expl")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert run() == 0
    assert run.said == ("plain,explain\n", "")


def test_streams_that_are_missing_or_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert cli.main(["explain", "ROLE002"]) == 0
    assert cli.main(["explain", "ROLE999"]) == 1
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_standard_error_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert cli.main(["explain", "ROLE999"]) == 1


def test_closed_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert cli.main(["explain", "ROLE002"]) == 141


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run: Run, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    monkeypatch.setenv("_SEATSYNC_COMPLETE", f"{shell}_source")
    assert run() == 0
    assert f"_SEATSYNC_COMPLETE={shell}_complete" in run.out
    assert run.err == ""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("seatsync expl", ["plain,explain"]),
        ("seatsync edit un", ["plain,unassign"]),
        ("seatsync account cr", ["plain,create"]),
        ("seatsync forecast --da", ["plain,--days"]),
        ("seatsync -C examples ci pl", ["plain,plan"]),
        ("seatsync explain --no-", ["plain,--no-color", "plain,--no-cache"]),
        ("seatsync nonsense x", []),
    ],
)
def test_completion(run: Run, monkeypatch: pytest.MonkeyPatch, words: str, offered: list[str]) -> None:
    monkeypatch.setenv("_SEATSYNC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert run() == 0
    assert run.said == ("\n".join(offered) + "\n", "")


def test_completion_of_commands_imports_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SEATSYNC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "seatsync ")
    monkeypatch.setenv("COMP_CWORD", "1")
    ours, _ = loaded_by()
    assert [name for name in ours if name.startswith("seatsync.commands.")] == [
        "seatsync.commands.shared",
        "seatsync.commands.shared.options",
    ]


def test_options_before_and_after_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def console(**options: object) -> Console:
        seen.append(options)
        raise SeatsyncError("seen")

    monkeypatch.setattr(process, "console", console)
    assert run("-v", "-C", "a", "account", "--color", "log", "--no-cache", "--no-color", "--target", "x") == 1
    assert run("account", "log") == 1
    assert seen == [{"folders": ("a",), "verbose": True, "color": False}, {"folders": ()}]


def test_folders_add_up_as_in_git(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert run("-C", str(tmp_path / "a"), "-C", "b", "validate") == 1
    assert run.err.startswith(f"seatsync: no seatsync.yaml in {tmp_path}/a/b or above it; ")
