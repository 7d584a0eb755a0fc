"""Attempts of a run on several machines: a later one takes over, and an earlier one writes nothing any more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from seatsync.errors import Overtaken, TargetBusy, TargetProblem, WrongUsage
from seatsync.targets.sql import inquiries, postgres
from seatsync.targets.sql.lock import Lock, RunKey
from seatsync.targets.sql.session import SqlSession
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import open_target
from tests.postgres import server
from tests.targets.sample import BEN, CLOCK
from tests.targets.stores import FREE, alter, at, in_postgresql, opened, store

OVERTAKEN = (
    "this run paused for so long that another one has taken its lock; plan again; the steps done so far are saved"
)


def attempt(target: SqlTarget, number: int, key: str = "apply-acme-1") -> SqlTarget:
    """Return a target as an attempt of a run has it."""
    return replace(target, run=RunKey(key, number))


def session(target: SqlTarget) -> AbstractContextManager[SqlSession]:
    return target.session(BEN, CLOCK)


@pytest.fixture
def target(folder: Path) -> SqlTarget:
    return store(folder)


@pytest.mark.parametrize("key", ["apply-acme-1", "plan-acme-7"])
def test_a_later_attempt_takes_over_at_once(target: SqlTarget, key: str) -> None:
    with session(attempt(target, 7)) as earlier:
        with session(attempt(target, 8, key)) as later:
            assert later.perform([(FREE, False)])[0].status == "done"
            with pytest.raises(Overtaken) as caught:
                earlier.perform([(FREE, False)])
            assert str(caught.value) == f"{target.url}: {OVERTAKEN}"
        with pytest.raises(Overtaken):
            earlier.note("still here")
    assert target.read().account.serial == 2
    assert inquiries.verify(target).ok


def test_without_the_check_of_the_token_an_earlier_attempt_would_write(
    target: SqlTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session(attempt(target, 7)) as earlier, session(attempt(target, 8)):
        monkeypatch.setattr(Lock, "renew", lambda _: None)
        assert earlier.perform([(FREE, False)])[0].status == "done"


def test_an_earlier_attempt_does_not_begin_any_more(target: SqlTarget) -> None:
    with session(attempt(target, 8)):
        pass
    with pytest.raises(Overtaken) as caught, session(attempt(target, 7)):
        pass
    said = "a newer attempt of this run has taken over (number 8, this one is 7); leave the account to it"
    assert str(caught.value) == f"{target.url}: {said}"
    with session(target):  # without a run, everything is as it was
        pass
    with session(attempt(target, 8)):
        pass


def test_the_same_attempt_waits_for_itself(target: SqlTarget) -> None:
    with session(attempt(target, 7)), pytest.raises(TargetBusy), session(attempt(target, 7)):
        pass


def test_people_are_not_overtaken(target: SqlTarget) -> None:
    with session(attempt(target, 7)):
        pass
    with session(target) as by_hand:
        with pytest.raises(TargetBusy), session(attempt(target, 8)):
            pass
        assert by_hand.perform([(FREE, False)])[0].status == "done"


def test_nobody_overtakes_by_hand(target: SqlTarget) -> None:
    with session(attempt(target, 7)), pytest.raises(TargetBusy), session(target):
        pass


def test_the_log_has_the_key(target: SqlTarget) -> None:
    with session(attempt(target, 7)) as run:
        run.covers({})
        run.note("allowing GUARD001")
    with session(target) as run:
        run.note("by hand")
    with opened(target) as database:
        facts = [json.loads(what) for (what,) in database.rows("SELECT what FROM audit ORDER BY seq DESC LIMIT 3")]
    assert [each.get("key") for each in facts] == [None, "apply-acme-1", "apply-acme-1"]


class TestOfTheEnvironment:
    @pytest.mark.parametrize("text", ["apply-acme:1764460800000", f"{'x' * 200}:0"])
    def test_a_run(self, text: str, folder: Path) -> None:
        key, _, number = text.partition(":")
        assert _opened(folder, {"SEATSYNC_RUN": text}).run == RunKey(key, int(number))

    def test_none(self, folder: Path) -> None:
        assert _opened(folder, {}).run is None
        assert _opened(folder, {"SEATSYNC_RUN": ""}).run is None

    @pytest.mark.parametrize(
        "text", ["x", "x:", ":1", "x:y", "x:-1", "x y:1", f"{'x' * 201}:1", "x:1234567890123456789"]
    )
    def test_a_malformed_one(self, text: str, folder: Path) -> None:
        with pytest.raises(WrongUsage) as caught:
            _opened(folder, {"SEATSYNC_RUN": text})
        rule = "KEY has up to 200 letters, digits, dots, dashes and underscores, NUMBER up to 18 digits"
        assert str(caught.value) == f"SEATSYNC_RUN is not of the form KEY:NUMBER; {rule}"


def _opened(folder: Path, environ: Mapping[str, str]) -> SqlTarget:
    target = open_target(at(folder).url, folder, environ)
    assert isinstance(target, SqlTarget)
    return target


class TestInPostgresql:
    """The lock of a holder on any machine, whose process cannot be looked up."""

    @pytest.fixture
    def shared(self, tmp_path: Path) -> Iterator[SqlTarget]:
        with in_postgresql(tmp_path):
            yield store(tmp_path)

    def test_a_connection_that_has_ended_frees_the_lock_at_once(self, shared: SqlTarget) -> None:
        with suppress(TargetBusy), session(shared) as ended:  # leaving it needs the connection, too
            row = ended.database.row("SELECT pg_backend_pid()")
            assert row is not None
            refused(shared)
            with server().connected() as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", row)
            with session(shared) as taken:
                assert taken.perform([(FREE, False)])[0].status == "done"
            with pytest.raises(TargetBusy, match="the connection"):
                ended.perform([(FREE, False)])
        assert inquiries.verify(shared).ok

    def test_a_lease_that_is_over_counts_although_the_connection_is_there(self, shared: SqlTarget) -> None:
        with session(shared) as stopped:
            alter(shared, "UPDATE lock SET expires = 0")
            with session(shared) as taken:
                with pytest.raises(Overtaken):
                    stopped.note("woken up")
                refused(shared)
                assert taken.perform([(FREE, False)])[0].status == "done"

    def test_an_attempt_that_is_stopped_inside_a_transaction_is_in_nobodys_way(self, shared: SqlTarget) -> None:
        impatient = replace(shared, patience=0)
        with suppress(TargetBusy), session(attempt(shared, 7)) as stopped:
            with suppress(TargetBusy), stopped.writing() as writer:
                writer.audit("note", text="never saved", run=7)
                with pytest.raises(TargetBusy, match="another process is writing"), session(impatient):
                    pass
                with session(attempt(shared, 8)) as later:
                    assert later.perform([(FREE, False)])[0].status == "done"
            with pytest.raises(TargetBusy, match="the connection"):
                stopped.note("woken up")
        with opened(shared) as database:
            assert database.row("SELECT count(*) FROM audit WHERE what LIKE '%never%' OR what LIKE '%woken%'") == (0,)
        assert inquiries.verify(shared).ok

    @pytest.mark.parametrize("narrow", [True, False])
    def test_the_transactions_of_others_go_on(
        self, shared: SqlTarget, monkeypatch: pytest.MonkeyPatch, *, narrow: bool
    ) -> None:
        """Also while they do nothing between two statements. Without the condition about the holder they end."""
        if not narrow:
            monkeypatch.setattr(postgres, "_IS_OF", " AND ?::bigint + ?::bigint IS NOT NULL")
        with session(attempt(shared, 7)), opened(shared) as other:
            with nullcontext() if narrow else pytest.raises(TargetProblem, match="the connection"), other.writing():
                other.run("UPDATE meta SET serial = serial")
                expected = pytest.raises(TargetBusy, match="another process is writing") if narrow else nullcontext()
                with expected, session(attempt(replace(shared, patience=0), 8)):
                    pass
            with session(attempt(shared, 9)) as later:
                assert later.perform([(FREE, False)])[0].status == "done"

    def test_the_clock_of_the_server_counts(self, shared: SqlTarget, monkeypatch: pytest.MonkeyPatch) -> None:
        with session(shared):
            monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
            refused(shared)

    def test_locks_of_other_schemas_do_not_count(self, shared: SqlTarget, tmp_path: Path) -> None:
        folder = tmp_path / "other"
        folder.mkdir()
        with in_postgresql(folder), session(shared), session(store(folder)):
            pass


def refused(target: SqlTarget) -> None:
    """Expect that somebody holds the lock."""
    with pytest.raises(TargetBusy, match="has been changing this account since"), session(target):
        pass
