"""Earlier applies of a store, and altered records of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.errors import TargetProblem
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.store import SqlTarget
from tests.targets.sample import BEN, BUILD, CLOCK, DESIGN
from tests.targets.stores import alter, store


@pytest.fixture(name="target")
def _target(folder: Path) -> SqlTarget:
    """Create a store with two runs: the second, number 3, replaced the declaration applied by the first."""
    target = store(folder)
    for name in ("one", "two"):
        with target.session(None, CLOCK) as session:
            session.perform([(Step.make("group.create", BUILD, group=name), False)])
            session.applied(f'{{"{name}":1}}', "{}", "")
    return target


def undone(target: SqlTarget) -> str | None:
    with target.session(None, CLOCK) as session:
        session.undone(3)
    return target.read().applied_declaration


def test_replaced_texts_are_restored(target: SqlTarget) -> None:
    assert undone(target) == '{"one":1}'
    assert inquiries.verify(target).ok


@pytest.mark.parametrize("statement", ["UPDATE replaced SET text = '{}x'", "DELETE FROM replaced"])
def test_altered_or_missing_texts_are_not_restored(target: SqlTarget, statement: str) -> None:
    alter(target, statement)
    assert undone(target) == '{"two":1}'


def test_a_log_that_cannot_be_read(target: SqlTarget) -> None:
    alter(target, "UPDATE audit SET what = '[]' WHERE seq = 1")
    with pytest.raises(TargetProblem, match="the log cannot be read"):
        target.opened(1)


def test_steps_that_were_altered(target: SqlTarget) -> None:
    alter(target, "UPDATE audit SET changes = '[1]' WHERE serial = 2")
    with pytest.raises(TargetProblem, match="the log cannot be read"):
        target.journal()
    with pytest.raises(TargetProblem, match="audit entry 3 was altered; run `seatsync account verify` for details"):
        target.journal(2)


def test_cases_open_after_the_last_apply(target: SqlTarget) -> None:
    serial = target.read().account.serial
    assert target.after_apply() == (serial, [])
    form = Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN)
    with target.session(None, CLOCK) as session:
        (opened,) = session.perform([(form, True)])
        assert target.after_apply() == (serial, [])
        session.applied("{}", "{}", "")
    assert target.after_apply() == (serial, list(target.read().cases))
    assert [case.id for case in target.read().cases] == [opened.detail]
    (closed,) = administration.confirm(target, None, None, CLOCK)
    assert closed.status == "done"
    found = target.after_apply()
    assert found is not None
    assert (found[0], [case.id for case in found[1]]) == (serial, [opened.detail])


def test_nothing_was_applied(folder: Path) -> None:
    assert store(folder).after_apply() is None
