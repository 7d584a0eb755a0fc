from __future__ import annotations

import errno
import importlib
import inspect
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import click
import pytest

from seatsync import cli, cli_settings, entry
from seatsync.cli_table import ACCOUNT, EDIT, HELP, MAIN_JOB, Entry
from seatsync.commands import explain
from seatsync.commands.console import Console
from seatsync.errors import Interrupted, SeatsyncError
from tests.commands.running import ROOT, Run, loaded_by

TABLE = [
    (entry, cli_settings.MODULES.get(entry.name, entry.name))
    for entry in (*MAIN_JOB, *HELP)
    if entry.name != "completion"
]
TABLE += [(entry, f"account.{entry.name}") for entry in ACCOUNT]
TABLE += [(entry, f"edit.{entry.name}") for entry in EDIT]

NO_DAY = "is no day; days are written 2026-11-21"
FAULT = "this should not have happened ({}); please report this, with "

HELP_TEXT = """\
Usage: seatsync [OPTIONS] COMMAND [ARGS]...

  Keeps a software vendor's account (who administers which team, who holds
  which seat) equal to YAML.

Options:
  -C DIR                Run as if started in DIR.
  -v, --verbose         Tell more: reasons, what is unmanaged, timings.
  --debug               Tell all, and show the traceback of a fault.
  --color / --no-color  Colours or none; else on a terminal, unless NO_COLOR
                        is set.
  --no-cache            Neither read nor write .seatsync/cache.
  --version             Show the version and exit.
  -h, --help            Show this message and exit.

The main job:
  init        A new repository, or one written from an account.
  validate    Shape, references and rules; needs no account.
  diff        What changes between two git revisions; needs no account.
  plan        The steps from the account's state to the declared one.
  apply       Carry a plan out.
  ci          The right job for the build server that it runs on.
  show        A saved plan again, in any format.
  forecast    What dates will change, and what will run short.
  drift       What was changed in the account outside of seatsync.
  why         Why somebody has what they have: through what, declared where.
  codeowners  CODEOWNERS, from who may perform steps; needs no account.
  import      An account's state as a repository.
  fmt         Canonical YAML, comments kept; needs no account.
  edit        Change the files as people come, go and move; comments kept.

The embedded account:
  account  What the vendor's portal does, not the configuration.

Help:
  explain     A rule: what, why, source, an example and its repair.
  schema      Print a JSON Schema.
  lsp         The language server, for editors to start.
  completion  Completion for bash, zsh or fish.

  `seatsync COMMAND --help` tells more about a command.
"""


Fail = Callable[[BaseException], None]


@pytest.fixture(name="fail")
def _fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Let `explain` raise something."""

    def fail(error: BaseException) -> None:
        def run(_: Console, *, code: str | None) -> int:
            raise error

        monkeypatch.setattr(explain, "run", run)

    return fail


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ()])
def test_help(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == 0
    assert (run.out, run.err) == (HELP_TEXT, "")


def test_version(run: Run) -> None:
    assert run("--version") == 0
    assert (run.out, run.err) == ("seatsync 0.1.0\n", "")


@pytest.mark.parametrize(("entry", "module"), TABLE, ids=[module for _, module in TABLE])
def test_every_command_takes_the_options_it_is_given(entry: Entry, module: str) -> None:
    function = importlib.import_module(f"seatsync.commands.{module}").run
    console, *parameters = inspect.signature(function).parameters.values()
    assert console.name == "console"
    assert {p.name for p in parameters} == {p.name for p in entry.parameters}
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters)


@pytest.mark.parametrize(("entry", "module"), TABLE, ids=[module for _, module in TABLE])
def test_every_command_has_help(run: Run, entry: Entry, module: str) -> None:
    assert run(*module.replace("import_", "import").split("."), "--help") == 0
    assert entry.summary in run.out.replace("\n  ", " ")
    assert run.err == ""


def test_version_imports_nothing() -> None:
    ours, packages = loaded_by("--version")
    assert ours == ["seatsync", "seatsync.entry"]
    assert packages & {"click", "re", "typing", "pathlib"} == set()


def test_help_imports_no_command_and_no_library_but_click() -> None:
    ours, packages = loaded_by("--help")
    rest = [f"seatsync.cli_{name}" for name in ("click", "options", "settings", "table")]
    assert ours == ["seatsync", "seatsync.cli", *rest, "seatsync.entry", "seatsync.errors"]
    libraries = {"yaml", "jsonschema", "jsonschema_rs", "email_validator", "rapidfuzz", "sqlite3", "deepdiff", "rich"}
    assert packages & {*libraries, "pathlib", "dataclasses", "traceback", "zoneinfo", "json"} == set()


def test_validate_imports_neither_account_nor_planner_nor_other_formatters() -> None:
    ours, packages = loaded_by("-C", "examples/quickstart", "validate", "--at", "2026-06-15")
    rooms = {name.split(".")[1] for name in ours if "." in name}
    assert rooms & {"applying", "drift", "editing", "planning", "targets", "why"} == set()
    assert [name for name in ours if name.startswith("seatsync.account.")] == [
        f"seatsync.account.{name}" for name in ("email", "entitlements", "facets")
    ]
    assert [name for name in ours if name.startswith("seatsync.reporting.")] == [
        f"seatsync.reporting.{name}" for name in ("counting", "escape", "findings_text", "formats", "paint", "progress")
    ]
    slow = {
        "click",
        "dataclasses",
        "hashlib",
        "inspect",
        "jsonschema",
        "jsonschema_rs",
        "email_validator",
        "rapidfuzz",
        "sqlite3",
        "secrets",
        "traceback",
        "subprocess",
    }
    assert packages & slow == set()


@pytest.mark.parametrize("stream", ["nobody reads it", "it is closed"])
def test_version_where_it_cannot_be_written(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["seatsync", "--version"])
    if stream == "it is closed":
        monkeypatch.setattr(sys, "stdout", None)
        assert entry.main() == 0
    else:
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor
            monkeypatch.setattr(sys, "stdout", pipe)
            assert entry.main() == 128 + 13


def test_version_at_once_is_the_version_of_the_command_line() -> None:
    for arguments in (["--version"], ["--color", "--version"]):
        done = subprocess.run([sys.executable, "-m", "seatsync", *arguments], capture_output=True, cwd=ROOT, check=True)
        assert (done.stdout, done.stderr) == (b"seatsync 0.1.0\n", b"")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("nonsense",), "No such command 'nonsense'; see `seatsync --help`"),
        (("plan", "--nonsense"), "No such option"),
        (("account", "create"), "Missing option '--name'; see `seatsync account create --help`"),
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
            FAULT.format("KeyError") + "the output of the same command and --debug",
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


def test_debug_shows_the_traceback_without_secrets(run: Run, fail: Fail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_TOKEN", "canary-4711")
    fail(RuntimeError("canary-4711 \x1b[2J"))
    assert run("explain", "--debug") == 1
    first, *_, cause, last = run.err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert cause == "RuntimeError: [SEATSYNC_TOKEN] \\x1b[2J"
    assert last == "seatsync: " + FAULT.format("RuntimeError") + "all that stands above"
    assert "canary" not in run.err


def seatsync(*arguments: str, line: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program; with `line`, as the part `{}` of that shell line."""
    command = [sys.executable, "-m", "seatsync", *arguments]
    if line:
        command = ["bash", "-c", line.format('"$@"'), "bash", *command]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, **environment}
    )


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
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
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def colours() -> bool:
        return cli_settings.Settings().paint(Terminal()).on  # type: ignore[arg-type]  # all that is asked of it

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
    assert cli_settings._ask("?") == answer
    assert shown.getvalue() == screen


def test_the_width_of_a_terminal() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0), os.fdopen(theirs, "w") as terminal:
        assert cli_settings._width(terminal) == 80
        termios.tcsetwinsize(theirs, (24, 132))
        assert cli_settings._width(terminal) == 132


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


def test_a_reader_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert cli.main(["explain", "ROLE002"]) == 141


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run: Run, shell: str) -> None:
    assert run("completion", shell) == 0
    assert f"_SEATSYNC_COMPLETE={shell}_complete" in run.out
    assert run.err == ""


def test_completion_completes() -> None:
    done = seatsync(_SEATSYNC_COMPLETE="bash_complete", COMP_WORDS="seatsync account cr", COMP_CWORD="2")
    assert (done.returncode, done.stdout) == (0, "plain,create\n")


def test_folders_add_up_as_in_git(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert run("-C", str(tmp_path / "a"), "-C", "b", "validate") == 1
    assert run.err.startswith(f"seatsync: no seatsync.yaml in {tmp_path}/a/b or above it; ")
