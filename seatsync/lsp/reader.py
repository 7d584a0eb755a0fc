"""Reads repositories in the background: one read of a repository at a time, whatever is typed meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

from seatsync.lsp.workspace import Views, Workspace


class Reader:
    """The reads of a workspace. Roots in `Workspace.stale` have changed since their last read began."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._running: dict[Path, asyncio.Task[None]] = {}

    async def any(self, root: Path) -> Views | None:
        """Return a repository as it was read last; it is read if it never was."""
        if root not in self._workspace.views:
            await self._read(root)
        return self._workspace.views.get(root)

    async def fresh(self, root: Path) -> Views | None:
        """Return a repository with everything that had changed when this was called."""
        if root in self._running:
            await self._read(root)
        if root in self._workspace.stale or root not in self._workspace.views:
            await self._read(root)
        return self._workspace.views.get(root)

    async def _read(self, root: Path) -> None:
        """Wait for the read that is running, or for a new one. It goes on if whoever waits is cancelled."""
        if root not in self._running:
            self._running[root] = asyncio.create_task(self._run(root))
        await asyncio.shield(self._running[root])

    async def _run(self, root: Path) -> None:
        workspace = self._workspace
        workspace.stale.discard(root)
        try:
            unsaved = workspace.unsaved()
            workspace.store(root, await asyncio.to_thread(workspace.read, root, unsaved), unsaved)
        except Exception:
            workspace.stale.add(root)
            raise
        finally:
            del self._running[root]
