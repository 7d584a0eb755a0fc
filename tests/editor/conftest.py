"""Fixture for a command line to compare with."""

from __future__ import annotations

import pytest

from tests.commands.running import Run


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(capfd)
