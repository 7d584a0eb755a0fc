"""Failures while modules are imported end with at most one line, the right exit code, and no traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
import zoneinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from seatsync.declaration.project import is_zone
from tests.commands.running import ROOT, Run

PROGRAM = """
import os, resource, signal, sys

MODULE = sys.argv.pop(1)

def leave_descriptors(number):
    resource.setrlimit(resource.RLIMIT_NOFILE, (3 + number, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

def get(number):
    os.kill(os.getpid(), number)

class InDestructor:
    def __del__(self):
        get(signal.SIGINT)

class Faulty:
    def __del__(self):
        raise ValueError("in a destructor")

def wrap():
    class Field:
        def __set_name__(self, owner, name):
            get(signal.SIGINT)
    class Owner:
        field = Field()

def fail(error):
    raise error

class Trouble:
    def find_spec(self, name, path=None, target=None):
        if name == MODULE:
            del sys.meta_path[0]
            TROUBLE

from seatsync.cli import main
sys.meta_path.insert(0, Trouble())
sys.exit(main())
"""
FULL = "seatsync: too many open files; raise the limit with `ulimit -n`\n"
STEPS = ["-C", "examples/quickstart", "plan", "--target", "file:account.yaml"]
FILES = ["-C", "examples/quickstart", "validate"]
MODULES = [
    ("seatsync.cli.groups", ["--help"]),
    ("__future__", ["--help"]),
    ("click", ["--version"]),
    ("locale", ["--help"]),
    ("seatsync.commands.shared.console", FILES),
    ("jsonschema_rs", FILES),
    ("seatsync.planning.plan", STEPS),
    ("seatsync.reporting.plan.plan_text", STEPS),
    ("pygls", ["lsp"]),
]
at_any_import = pytest.mark.parametrize(
    ("module", "arguments"), MODULES, ids=[f"{module} {arguments[-1:]}" for module, arguments in MODULES]
)


def with_trouble(trouble: str, module: str, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the program with a failing import of a module; return exit code, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("TROUBLE", trouble), module, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    return done.returncode, done.stdout, done.stderr


@at_any_import
def test_ctrl_c(module: str, arguments: list[str]) -> None:
    assert with_trouble("get(signal.SIGINT)", module, *arguments) == (130, "", "seatsync: interrupted\n")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_other_signals_end_it_without_a_word(name: str) -> None:
    code = {"SIGTERM": -15, "SIGHUP": -1}[name]  # of which a shell makes 128 + n
    assert with_trouble(f"get(signal.{name})", "click", "--help") == (code, "", "")


@pytest.mark.parametrize("trouble", ["InDestructor()", "wrap()"])
def test_ctrl_c_where_python_hides_it(trouble: str) -> None:
    for module, arguments in (("click", ["--help"]), ("seatsync.planning.plan", STEPS)):
        assert with_trouble(trouble, module, *arguments) == (130, "", "seatsync: interrupted\n")


def test_ctrl_c_while_an_error_is_printed() -> None:
    assert with_trouble("get(signal.SIGINT)", "seatsync.reporting.escape", "nonsense") == (130, "", "")


def test_ctrl_c_while_a_shell_completes() -> None:
    words = {"COMP_WORDS": "seatsync plan --", "COMP_CWORD": "2", "_SEATSYNC_COMPLETE": "bash_complete"}
    for module in ("click.shell_completion", "seatsync.commands.plan"):
        interrupted = with_trouble("get(signal.SIGINT)", module, **words)
        assert interrupted == (130, "", "seatsync: interrupted\n")


@at_any_import
def test_no_descriptor_left(module: str, arguments: list[str]) -> None:
    assert with_trouble("leave_descriptors(0)", module, *arguments) == (1, "", FULL)


def test_no_descriptor_left_for_a_library_in_c() -> None:
    said = "dlopen: cannot open shared object file: Too many open files"
    assert with_trouble(f"fail(ImportError('{said}'))", "jsonschema_rs", *STEPS) == (1, "", FULL)


@pytest.mark.parametrize("number", [1, 2])
def test_too_few_descriptors_for_a_store(tmp_path: Path, run: Run, number: int) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    assert run("account", "create", "--name", "acme", "--target", url) == 0
    said = f"seatsync: {url}: too many open files; raise the limit with `ulimit -n`\n"
    shortage = f"leave_descriptors({number})"
    assert with_trouble(shortage, "seatsync.cli.groups", "account", "log", "--target", url) == (1, "", said)


def test_a_time_zone_that_cannot_be_read_is_not_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_descriptor(_: str) -> ZoneInfo:
        raise OSError(errno.EMFILE, "Too many open files")

    is_zone.cache_clear()  # another test may have asked for it
    with monkeypatch.context() as patched:
        patched.setattr(zoneinfo, "ZoneInfo", no_descriptor)
        with pytest.raises(OSError, match="Too many open files"):
            is_zone("Asia/Tokyo")
    assert is_zone("Asia/Tokyo")
    unknown = ["Asia", "Asia/Tokyo/x", "../Tokyo", "x" * 300, "\0", "Asia/Atlantis"]
    assert [name for name in unknown if is_zone(name)] == []


def test_no_descriptor_left_with_debug() -> None:
    code, out, err = with_trouble("leave_descriptors(0)", "seatsync.planning.plan", *STEPS, "--debug")
    assert (code, out) == (1, "")
    assert err.endswith(FULL)
    assert err.removesuffix(FULL).rstrip("\n'\")").endswith("Too many open files")


@at_any_import
def test_no_memory_left(module: str, arguments: list[str]) -> None:
    assert with_trouble("fail(MemoryError())", module, *arguments) == (1, "", "seatsync: not enough memory\n")


@pytest.mark.parametrize("trouble", ["leave_descriptors(0)", "fail(MemoryError())"])
def test_error_is_printed_without_the_escaping_module(trouble: str) -> None:
    said = "seatsync: No such command 'nons\\xefnse'; see `seatsync --help`\n"
    assert with_trouble(trouble, "seatsync.reporting.escape", "nonsïnse") == (1, "", said)


@pytest.mark.parametrize("module", ["click", "jsonschema_rs"])
def test_a_library_that_is_missing(module: str) -> None:
    assert with_trouble(f"fail(ModuleNotFoundError(name='{module}'))", module, *FILES) == (
        1,
        "",
        f"seatsync: the Python module {module} is missing; install seatsync again, with its dependencies\n",
    )


def test_an_error_in_a_destructor_is_for_debug_alone() -> None:
    assert with_trouble("Faulty()", "click", "--version") == (0, "seatsync 0.1.0\n", "")
    code, _, err = with_trouble("Faulty()", "seatsync.rules.manual", "--debug", "explain", "ROLE002")
    assert (code, err.splitlines()[-1]) == (0, "ValueError: in a destructor")
