"""The recipes of `docs/ci` as parsed files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.node_packages import MINUTES, run

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
ACTION = CI / "action" / "action.yml"
WORKFLOWS = sorted((CI / "workflows").glob("*.yml"))
PORTAL = sorted((CI / "portal").glob("seatsync-*.yml"))
"""The workflows of a project with `portal:`."""


def workflow(name: str, folder: str = "workflows") -> dict[str, Any]:
    """Return a workflow by its name after `seatsync-`; the key `on`, a boolean in YAML 1.1, is restored."""
    return loaded(CI / folder / f"seatsync-{name}.yml")


def loaded(path: Path) -> dict[str, Any]:
    """Return the data of a recipe."""
    read: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in read.items()}


def steps(recipe: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every step of a workflow or an action, in order."""
    jobs = recipe["jobs"].values() if "jobs" in recipe else [recipe["runs"]]
    return [step for job in jobs for step in job["steps"]]


def scripted(folder: Path, job: dict[str, Any]) -> list[Any]:
    """Run the script of `actions/github-script` in `job`; return its API calls in order, as name and arguments.

    `job` also has the `payload` of the event, and what each list of the API contains.
    """
    if shutil.which("node") is None:
        pytest.skip("no Node here")
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    done = run(HERE, ["node", "github_script.mjs", str(folder / "job.json")], MINUTES)
    assert done.returncode == 0, done.stderr
    answer: list[Any] = json.loads(done.stdout)
    return answer
