from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import normalised
from seatsync.errors import TargetProblem
from seatsync.insight.drift import drift
from seatsync.insight.drift_states import Comparison, SinceApply
from seatsync.targets.target import State
from tests.commands.running import DAY, FILES, write
from tests.planning.states import pair


def declared(folder: Path) -> Declaration:
    write(folder, FILES)
    declaration = load(folder).declaration
    assert declaration is not None
    return declaration


@pytest.mark.parametrize(
    ("declaration", "policy"),
    [
        ("[1]", None),
        ("{", None),
        ('{"users":[]}', None),
        ('{"users":{"nobody":{}}}', None),
        (None, "{"),
        (None, "[]"),
        (None, '{"email_domains":["@"]}'),
    ],
)
def test_a_memory_that_is_no_declaration(declaration: str | None, policy: str | None, tmp_path: Path) -> None:
    said = declared(tmp_path)
    account, _ = pair(Random(1))
    state = State(account, (), declaration or normalised(said), policy)
    with pytest.raises(TargetProblem) as problem:
        drift(said, state, Comparison(account, Clock.at(DAY), since=SinceApply()), "sqlite:///x")
    assert str(problem.value) == (
        "sqlite:///x: its record of the last apply cannot be read; check it with `seatsync account verify`"
    )


def test_without_a_remembered_policy_that_of_the_files_counts(tmp_path: Path) -> None:
    said = declared(tmp_path)
    account, _ = pair(Random(1))
    found = drift(
        said, State(account, (), normalised(said), None), Comparison(account, Clock.at(DAY), since=SinceApply()), "x"
    )
    assert not found.of("git")
