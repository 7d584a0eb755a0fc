"""Fixtures: a command line, an empty folder, a repository, one with a matching account, and one with a mirror."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.mirrors import BOUGHT, CHANGED, GROUPS, PROJECT, USERS, WANT, mirror, put
from tests.commands.running import DAY, FILES, Run, replace_in, write
from tests.notices.mail_server import MailServer, environment, serving


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(capfd)


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Return a mail server that the environment names."""
    with serving(MailServer()) as server:
        for name, value in environment(server).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="repository")
def _repository(folder: Path) -> Path:
    """Return a repository without an account."""
    write(folder, FILES)
    return folder


@pytest.fixture(name="loaded")
def _loaded(repository: Path, run: Run) -> Path:
    """Return a repository with an account loaded from it."""
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    return repository


@pytest.fixture(name="portal")
def _portal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a portal and exports, before the first look."""
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-15")
    monkeypatch.delenv("CI", raising=False)
    write(folder, {"seatsync.yaml": PROJECT, "want.yaml": WANT})
    put("14", users=USERS, groups=GROUPS, subscriptions=BOUGHT)
    return folder


@pytest.fixture(name="seen")
def _seen(portal: Path, run: Run) -> Path:
    """Return the project after the first look."""
    assert run("refresh") == 0, run.said
    return portal


@pytest.fixture(name="applied")
def _applied(seen: Path, run: Run) -> Path:
    """Return the project after an apply without steps."""
    assert run("apply", "--auto-approve") == 0, run.said
    return seen


@pytest.fixture(name="asked")
def _asked(applied: Path, run: Run) -> Path:
    """Return the project with an open case for each of five steps."""
    for old, new in CHANGED:
        replace_in(applied / "want.yaml", old, new)
    assert run("apply", "--auto-approve") == 3, run.said
    assert {case.id: case.step.action for case in mirror().cases} == {
        "CASE-1": "user.invite",
        "CASE-2": "admin.assign_secondary",
        "CASE-3": "seat.assign",
        "CASE-4": "seat.unassign",
        "CASE-5": "admin.revoke",
    }
    return applied
