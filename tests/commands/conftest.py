"""A command line, an empty folder, a repository, and one whose account is as declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import DAY, FILES, Run, write


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(capfd)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="repository")
def _repository(folder: Path) -> Path:
    """A repository without an account."""
    write(folder, FILES)
    return folder


@pytest.fixture(name="loaded")
def _loaded(repository: Path, run: Run) -> Path:
    """A repository, and an account that was loaded from it."""
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    return repository
