"""Folders for stores, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.targets.stores import STORES, Folders, in_postgresql


@pytest.fixture(params=STORES)
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return an empty folder, whose store is in SQLite or in PostgreSQL."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            stack.enter_context(in_postgresql(tmp_path))
        yield tmp_path


@pytest.fixture(params=[(first, second) for first in STORES for second in STORES], ids="-".join)
def folders(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Folders]:
    """Return two empty folders, each with a store of its own."""
    found = Folders(tmp_path / "source", tmp_path / "target")
    with ExitStack() as stack:
        for folder, kind in zip(found, request.param, strict=True):
            folder.mkdir()
            if kind == "postgresql":
                stack.enter_context(in_postgresql(folder))
        yield found
