"""The recipes of `docs/ci` as parsed files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
ACTION = CI / "action" / "action.yml"
WORKFLOWS = sorted((CI / "workflows").glob("*.yml"))


def workflow(name: str) -> dict[str, Any]:
    """Return a workflow by its name after `seatsync-`; the key `on`, a boolean in YAML 1.1, is restored."""
    return loaded(CI / "workflows" / f"seatsync-{name}.yml")


def loaded(path: Path) -> dict[str, Any]:
    """Return the data of a recipe."""
    read: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in read.items()}


def steps(recipe: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every step of a workflow or an action, in order."""
    jobs = recipe["jobs"].values() if "jobs" in recipe else [recipe["runs"]]
    return [step for job in jobs for step in job["steps"]]
