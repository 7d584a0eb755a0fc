"""A plan has the same steps for a snapshot file and for a store loaded from it.

Leavers aside: a file does not remember who was declared, so these repositories prune all members.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.commands.running import Run

EXAMPLES = sorted(file.parent for file in (Path(__file__).parents[2] / "examples").glob("*/account.yaml"))
DAY = "2026-06-15"
PRUNE = "  prune: [seats, admins, groups, members]\n"


def states(example: Path) -> list[str]:
    """Yield the declarations of an example: the first one, and the one with the files of `later`."""
    return ["", "later"] if (example / "later").is_dir() else [""]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_snapshot_and_store(example: Path, folder: Path, run: Run) -> None:
    for state in states(example):
        place = folder / (state or "first")
        shutil.copytree(example, place)
        if state:
            for file in (example / state).glob("*.yaml"):
                known = [old for old in place.rglob(file.name) if state not in old.relative_to(place).parts]
                shutil.copy(file, known[0] if known else place)
        project = (place / "seatsync.yaml").read_text(encoding="utf-8").replace("policy:\n", f"policy:\n{PRUNE}", 1)
        more = "" if "policy:" in project else f"policy:\n{PRUNE}"
        (place / "seatsync.yaml").write_text(project + more, encoding="utf-8")
        store = f"sqlite:///{(place / 'account.db').relative_to(place)}"
        assert run("-C", str(place), "account", "create", "--target", store, "--at", DAY) == 0
        loaded = run("-C", str(place), "account", "load", "account.yaml", "--target", store, "--at", DAY)
        assert loaded == 0, run.said
        plans = []
        for target in ("file:account.yaml", store):
            run("-C", str(place), "plan", "--format", "json", "--target", target, "--at", DAY)
            plans.append(json.loads(run.out))
        snapshot, database = plans
        assert snapshot["format"] == database["format"], "both are plans or both are findings"
        for part in ("steps", "unmanaged", "findings", "intent"):
            assert snapshot.get(part) == database.get(part)
