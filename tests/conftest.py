"""The environment of every test: no network, known seeds, and none of the user's settings.

Outside CI each run has new seeds, for hypothesis and for the order of sets (PYTHONHASHSEED), and prints them.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

# By default pytest shows the compared values only for modules named test_*, but not for those that tests share.
_SHARED = sorted(path.stem for path in Path(__file__).parent.iterdir() if path.stem != "conftest")
pytest.register_assert_rewrite(*(f"tests.{name}" for name in _SHARED))

_IN_CI = bool(os.environ.get("CI"))
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("fresh", deadline=None, database=None, print_blob=True)
settings.register_profile("search", settings.get_profile("fresh"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if _IN_CI else "fresh"))

_OURS = ("SEATSYNC_", "_SEATSYNC_")
_OF_TERMINALS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seeds of this run, and restart Python, which reads PYTHONHASHSEED only at start-up.

    Bytecode is cached whatever the environment says: otherwise every worker and process would compile all modules.
    """
    if hasattr(config, "workerinput"):
        return  # workers of pytest-xdist inherit them
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if os.environ.get("PYTHONHASHSEED", "random") == "random":
        os.environ["PYTHONHASHSEED"] = "0" if _IN_CI else str(secrets.randbelow(2**32))
        config.pluginmanager.getplugin("capturemanager").stop_global_capturing()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    if config.option.hypothesis_seed is None and not settings().derandomize:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))


def _seeds(config: pytest.Config) -> str:
    """Return the seeds of this run, as the settings that repeat it."""
    hashing, seed = os.environ["PYTHONHASHSEED"], config.option.hypothesis_seed
    if seed is None:
        return f"PYTHONHASHSEED={hashing}; hypothesis runs the same examples every time"
    return f"to repeat this run: PYTHONHASHSEED={hashing} PYTEST_ADDOPTS=--hypothesis-seed={seed}"


def pytest_report_header(config: pytest.Config) -> str:
    return _seeds(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if terminalreporter.stats.keys() & {"failed", "error"}:
        terminalreporter.write_line(_seeds(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, skip those that need a missing file, and measure coverage by fixed examples only.

    A slow test that began last would run alone, while the other processes have nothing left to do.
    The coverage of random examples differs between runs, that of files beside the repository between machines, and
    measuring either costs more than running it.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        for mark in list(item.iter_markers("beside")):
            path, reason = mark.args
            item.add_marker("no_cover" if path.exists() else pytest.mark.skip(reason=reason), append=False)
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.function):
            item.add_marker("no_cover")


def _is_local(address: object) -> bool:
    """Return True if a socket address is local."""
    if not isinstance(address, tuple):
        return True  # a path: a Unix socket
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] in {"localhost", ""}


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that leaves the machine."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(real: object) -> object:
        def call(self: socket.socket, address: object) -> object:
            if not _is_local(address):
                raise AssertionError(f"a test wants to reach {address!r}")
            return real(self, address)  # type: ignore[operator]  # one of the two methods above

        return call

    def local_lookup(host: str | None, *rest: object, **more: object) -> object:
        if host is not None and not _is_local((host,)):
            raise AssertionError(f"a test wants to look up {host!r}")
        return lookup(host, *rest, **more)  # type: ignore[arg-type]  # passed on unchanged

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", local_lookup)
        yield


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove environment variables of seatsync and for colours."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name in _OF_TERMINALS:
            monkeypatch.delenv(name)


@pytest.fixture
def postgres_schema() -> Iterator[str]:
    """Return the name of a new schema on the server of the tests, which is dropped afterwards."""
    from tests.postgres import server  # noqa: PLC0415 - few tests need a server

    schema = server().new_schema()
    yield schema
    server().drop(schema)
