"""The kit of tests with a made-up portal: a project with nothing to change, on the portal's clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.portals import portal_project
from tests.commands.running import Run


def test_a_project_as_the_portal_has_it(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, write=True) as double:
        assert run("refresh", "--exports", "exports") == 0, run.said
        assert run("plan", "--detailed-exitcode") == 0, run.said
        assert run("apply", "--auto-approve") == 0, run.said
        before = double.clock.now()
        assert run("account", "log") == 0
        assert double.clock.now() == before
