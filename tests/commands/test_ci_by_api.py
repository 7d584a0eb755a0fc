"""`seatsync ci` in a project that uses the vendor's APIs: trusted jobs call them, pull requests never do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from seatsync.demo.double import Double
from seatsync.vendor.settings import ACCESS_TOKEN
from tests.commands.portals import portal_project
from tests.commands.running import Run, replace_in
from tests.commands.test_ci_portal import Kind, Pipeline
from tests.gits import commit, git

_STEP: Final = "assign Maya to cho@acme.example (api)"


@pytest.fixture(name="started", params=["github", "gitlab"])
def _started(
    request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> Iterator[tuple[Pipeline, Double]]:
    """Yield a pipeline without any export, and the portal that it calls, after the job that created the mirror."""
    kind: Kind = request.param
    pipeline = Pipeline(folder, monkeypatch, run, kind)
    with portal_project(monkeypatch, pipeline.origin, write=True, exports=False) as double:
        pipeline.machine.mkdir()
        commit(pipeline.origin, "start")
        assert pipeline.job("schedule") == 0, run.said
        assert double.calls, "a job of a schedule refreshes by API"
        propose(pipeline)
        double.clock.advance(3600)
        double.calls.clear()
        yield pipeline, double


def propose(pipeline: Pipeline) -> None:
    """Propose that Cho gets Maya."""
    git(pipeline.origin, "switch", "--quiet", "--create", "seat")
    team = pipeline.origin / "teams" / "design.yaml"
    replace_in(team, "      Revit:\n", "      Maya:\n        - cho@acme.example\n      Revit:\n")
    commit(pipeline.origin, "seat-for-cho")
    git(pipeline.origin, "switch", "--quiet", "main")


def effects(double: Double) -> list[str]:
    return [f"{each.kind} {each.product} {each.user}" for each in double.effects]


def test_an_apply_refreshes_and_carries_out_steps_by_api(started: tuple[Pipeline, Double]) -> None:
    pipeline, double = started
    pipeline.merge()
    assert pipeline.job("push", "plan", "--refresh") == 0, pipeline.run.said
    assert _STEP in pipeline.run.out
    assert effects(double) == []
    intent, made = pipeline.outputs["intent"], pipeline.here / "seatsync-ci"
    double.clock.advance(3600)
    double.calls.clear()
    assert pipeline.job("push", "apply", "--rebase", "--intent", intent, made=made) == 0, pipeline.run.said
    assert effects(double) == ["assign Maya cho@acme.example"]
    outputs = pipeline.outputs
    assert (outputs["verdict"], outputs["open-cases"], "run" in outputs) == ("applied", "0", False)
    refreshed = json.loads((pipeline.here / outputs["refresh"]).read_text(encoding="utf-8"))
    assert refreshed["sources"] != []
    assert pipeline.job("push", "plan", "--refresh") == 0
    assert pipeline.outputs["verdict"] == "no-changes"


def test_a_pull_request_makes_no_call_and_needs_no_sign_in(started: tuple[Pipeline, Double]) -> None:
    pipeline, double = started
    mirror = pipeline.digest(pipeline.mirror)
    pipeline.patch.delenv(ACCESS_TOKEN)
    pipeline.patch.setenv("SEATSYNC_TOKEN_FILE", str(pipeline.top / "nobody.json"))
    target = f"sqlite:///{pipeline.copy()}"
    for job in ((), ("check",), ("plan", "--target", target)):
        assert pipeline.job("pull", *job, branch="seat") == 0, pipeline.run.said
    assert _STEP in pipeline.run.out
    assert pipeline.outputs["has-new-steps"] == "true"
    for refused in (("plan", "--refresh"), ("apply",)):
        assert pipeline.job("pull", *refused, "--target", target, branch="seat") == 1
        assert "this run is for neither a protected nor the default branch" in pipeline.run.err
    assert double.calls == []
    # A trusted job does need the sign-in, and does nothing without it.
    pipeline.merge()
    assert pipeline.job("push", "plan", "--refresh") == 1
    assert pipeline.run.err.endswith("seatsync: nobody is signed in; sign in with `seatsync login`\n")
    assert pipeline.digest(pipeline.mirror) == mirror
