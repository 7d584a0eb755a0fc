"""Every action on a known account: `steps/*.txt` has the expected rows or the refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import Scope
from tests.account.sample import effect

STEPS = Path(__file__).parent / "steps"


def blocks() -> Iterator[tuple[str, str, str]]:
    """Yield each case: its location, the step, and the expected result."""
    for path in sorted(STEPS.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        starts = [n for n, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
        for start in starts:
            answer = []
            for line in lines[start + 1 :]:
                if not line.startswith("    "):
                    break
                answer.append(line[4:])
            yield f"{path.stem}:{start + 1}", lines[start], "\n".join(answer)


def read(line: str) -> Step:
    """Parse a step: action, scope, and arguments in JSON."""
    head, brace, args = line.partition(" {")
    action, kind, *name = head.split(" ", 2)
    assert kind in ("team", "contract", "account")
    pairs = json.loads(brace + args, object_pairs_hook=mapping).items
    return Step(action, Scope(kind, json.loads(f'"{"".join(name)}"')), pairs)  # type: ignore[arg-type]  # asserted


def mapping(pairs: list[tuple[str, object]]) -> Facts:
    items = ((key, tuple(value) if isinstance(value, list) else value) for key, value in pairs)
    return Facts(tuple(items))  # type: ignore[arg-type]  # text, numbers, lists of text or nothing, as JSON has it


@pytest.mark.parametrize(("line", "expected"), [pytest.param(*rest, id=place) for place, *rest in blocks()])
def test_step(line: str, expected: str) -> None:
    assert effect(read(line)).replace("\0", "\\0") == expected


EFFECTS = {(name, kind) for name, spec in ACTIONS.items() for kind in spec.effects}


def test_every_effect_is_met() -> None:
    """Every action succeeds and is refused at least once in each kind of scope."""
    met: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for _, line, expected in blocks():
        step = read(line)
        met[expected.startswith("STEP")].add((step.action, step.scope.kind))
    deleted = {("team.delete", "team")}  # takes a team that is empty already: see test_engine_states.py
    assert set(EFFECTS) - met[False] == deleted
    assert set(EFFECTS) - met[True] == set()


def test_every_action_has_an_effect() -> None:
    assert [name for name, spec in ACTIONS.items() if not spec.effects] == []
