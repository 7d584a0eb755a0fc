"""Places that steps come from: the case files again, each step with the text at its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatsync.planning.plan import PlannedStep
from tests.planning.case_files import all_cases
from tests.planning.test_make import plan_for
from tests.planning.words import line_of

KEPT = Path(__file__).parent / "reasons.txt"


def told(folder: Path) -> str:
    blocks = []
    for case in all_cases():
        plan = plan_for(case, folder)
        texts = {
            name: (folder / name).read_text(encoding="utf-8").splitlines() for name in ("seatsync.yaml", "all.yaml")
        }
        blocks.append("\n".join([f"== {case}", *(_line(planned, texts) for planned in plan.steps)]))
    return "\n\n".join(blocks) + "\n"


def _line(planned: PlannedStep, texts: dict[str, list[str]]) -> str:
    place = planned.reason
    if place is None:
        return f"{line_of(planned)}  <- nothing"
    row = texts[place.file][place.line - 1]
    return f"{line_of(planned)}  <- {row.strip()[:40]} @ {row[place.column - 1 : place.end_column - 1]}"


@pytest.mark.skipif("UPDATE_PLANS" in os.environ, reason="the plans are being written anew")
def test_reasons(tmp_path: Path) -> None:
    assert told(tmp_path) == KEPT.read_text(encoding="utf-8")


@pytest.mark.skipif("UPDATE_PLANS" not in os.environ, reason="only when the plans are to be written anew")
def test_write_the_reasons_again(tmp_path: Path) -> None:
    KEPT.write_text(told(tmp_path), encoding="utf-8")
