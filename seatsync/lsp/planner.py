"""Plans of repositories as they are saved, each made by a process of its own, so that typing never waits for them."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path

from seatsync.lsp.plan_lenses import PlanLenses, from_json


class Planner:
    """The latest plan of each repository and day. `command` takes them as arguments, and writes lenses as JSON."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._plans: dict[tuple[Path, str], asyncio.Task[PlanLenses | None]] = {}

    async def plan(self, root: Path, day: str) -> PlanLenses | None:
        """Return the plan of the saved files on a day, None if no account is at hand; it is made if it is outdated."""
        while True:
            plan = self._plans.get((root, day))
            if plan is None or _is_outdated(plan):
                plan = self._plans[root, day] = asyncio.create_task(self._make(root, day))
            await asyncio.wait([plan])
            if not plan.cancelled():
                return plan.result()

    def forget(self) -> None:
        """Forget all plans, because files have changed; those being made are made again."""
        for plan in self._plans.values():
            plan.cancel()
        self._plans.clear()

    async def _make(self, root: Path, day: str) -> PlanLenses | None:
        command = [*self._command, str(root), day]
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
        try:
            output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            last = errors.decode(errors="replace").rstrip().rpartition("\n")[2]
            return PlanLenses((f"No plan: {last.removeprefix('seatsync: ')}",), {})
        return from_json(output)


def _is_outdated(plan: asyncio.Task[PlanLenses | None]) -> bool:
    """Return True if an account has changed since its plan was made."""
    if not plan.done() or plan.cancelled():
        return plan.done()
    lenses = plan.result()
    return lenses is not None and lenses.account is not None and not lenses.account.is_current()
