"""Repositories are read one at a time in the background, and requests wait only for what they need."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Semaphore

import pytest

from seatsync.lsp.reader import Reader
from seatsync.lsp.workspace import Views, Workspace
from tests.commands.running import write
from tests.editor.repository import FILES, today


@dataclass(slots=True)
class Watched(Workspace):
    """A workspace whose reads wait for `go`, and are counted."""

    go: Event = field(default_factory=Event)
    entered: Semaphore = field(default_factory=lambda: Semaphore(0))
    lock: Lock = field(default_factory=Lock)
    begun: list[str] = field(default_factory=list)

    def read(self, root: Path, unsaved: dict[str, bytes]) -> Views | None:
        assert self.lock.acquire(blocking=False), "two reads at the same time"
        try:
            self.begun.append(unsaved[str(root / "people.yaml")].decode())
            self.entered.release()
            assert self.go.wait(60)
            return Workspace.read(self, root, unsaved)
        finally:
            self.lock.release()


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    write(tmp_path, FILES)
    return tmp_path.resolve()


def typed(workspace: Workspace, root: Path, text: str) -> None:
    workspace.update((root / "people.yaml").as_uri(), str(root / "people.yaml"), text, 1)
    workspace.stale.add(root)


def test_what_is_typed_during_a_read_needs_one_more(root: Path) -> None:
    workspace = Watched(today)
    reader = Reader(workspace)

    async def play() -> None:
        typed(workspace, root, "0")
        asked = [asyncio.create_task(reader.fresh(root))]
        await asyncio.to_thread(workspace.entered.acquire)
        for number in range(1, 9):
            typed(workspace, root, str(number))
            asked.append(asyncio.create_task(reader.fresh(root)))
        await asyncio.sleep(0)
        asked[3].cancel()  # the editor asks again after each letter
        workspace.go.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert workspace.begun == ["0", "8"]
        assert [isinstance(each, asyncio.CancelledError) for each in found] == [number == 3 for number in range(9)]
        assert {each.exact.text("people.yaml") for each in found[1:] if isinstance(each, Views)} == {"8"}

    asyncio.run(play())


def test_names_come_from_the_last_read_at_once(root: Path) -> None:
    workspace = Watched(today)
    reader = Reader(workspace)

    async def play() -> None:
        workspace.go.set()
        typed(workspace, root, FILES["people.yaml"])
        first = await reader.any(root)
        await asyncio.to_thread(workspace.entered.acquire)
        workspace.go.clear()
        typed(workspace, root, "users: [")
        running = asyncio.create_task(reader.fresh(root))
        await asyncio.to_thread(workspace.entered.acquire)
        assert await reader.any(root) is first
        workspace.go.set()
        last = await running
        assert last is not None
        assert last.exact.unreadable() == {"people.yaml"}
        assert last.readable.declaration is not None
        assert "ana@acme.example" in last.readable.declaration.users
        assert await reader.any(root) is last

    asyncio.run(play())


def test_read_that_fails_is_tried_again(root: Path) -> None:
    class Failing(Watched):
        def read(self, root: Path, unsaved: dict[str, bytes]) -> Views | None:
            self.begun.append("")
            if len(self.begun) == 1:
                raise ValueError("of ours")
            return Workspace.read(self, root, unsaved)

    workspace = Failing(today)
    reader = Reader(workspace)

    async def play() -> None:
        typed(workspace, root, "")
        with pytest.raises(ValueError, match="of ours"):
            await reader.fresh(root)
        assert await reader.fresh(root) is not None

    asyncio.run(play())
