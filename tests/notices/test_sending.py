"""The order of recording and sending, the rate, and what is left behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address

import pytest

from seatsync.account.sent_notices import Notice
from seatsync.errors import TargetProblem
from seatsync.notices.composing import Letter
from seatsync.notices.due import Due
from seatsync.notices.rendering import Templates
from seatsync.notices.sending import Draft, Pace, Sender, send_all, settled
from seatsync.notices.submission import Outcome

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
STAMP = "2026-06-15T12:00:00Z"
FACTS = '{"account":"acme","person":{"name":"Ana"},"days":7,"order":{"number":"O-1","contract":null}}'


class Session:
    """A session that records in memory; it may lose its lock before the n-th time."""

    def __init__(self, *known: Notice, fails: int = 0) -> None:
        self.kept = {each.id: each for each in known}
        self.events: list[str] = []
        self.fails = fails

    def read_notices(self) -> tuple[Notice, ...]:
        return tuple(self.kept.values())

    def record_notices(self, notices: Sequence[Notice]) -> None:
        if len(self.events) + 1 == self.fails:
            raise TargetProblem("sqlite:///account.db", "this run paused for so long that another has taken its lock")
        for each in notices:
            self.kept[each.id] = each
            self.events.append(f"{each.id} {each.state}")


class Time:
    """A clock that only pauses move on."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def seconds(self) -> float:
        return self.now


SENDER = Sender(Templates(), Address("", "seats", "acme.example"), "9b1c1a52-0000", lambda: NOON, lambda: STAMP)


def drafts(count: int) -> list[Draft]:
    dues = [
        Due(f"n{number}", "welcome", f"p{number}@acme.example", "", None, ((str(number),),), FACTS)
        for number in range(count)
    ]
    return [SENDER.draft(due) for due in dues]


def run(session: Session, count: int, rate: float, time: Time, stop_after: int | None = None) -> list[float]:
    """Send notices; return the moments at which they were handed over."""
    moments: list[float] = []

    def deliver(_: Letter) -> Outcome:
        session.events.append("handed over")
        moments.append(time.now)
        return Outcome("sent", "250 OK")

    pace = Pace(60 / rate, time.pause, time.seconds, lambda: len(moments) == stop_after)
    list(send_all(session, drafts(count), SENDER, deliver, pace))
    return moments


def test_each_is_recorded_before_and_after() -> None:
    session = Session()
    run(session, 2, 60, Time())
    assert session.events == ["n0 sending", "handed over", "n0 sent", "n1 sending", "handed over", "n1 sent"]
    assert session.kept["n0"].message_id == "<n0.9b1c1a52@acme.example>"
    assert (session.kept["n0"].at, session.kept["n0"].facts) == (STAMP, "")


@pytest.mark.parametrize(("rate", "expected"), [(60, [0, 1, 2, 3]), (6, [0, 10, 20, 30]), (1, [0, 30, 60, 90])])
def test_the_rate_is_bounded_and_waits_are_shorter_than_a_lease(rate: float, expected: list[float]) -> None:
    assert run(Session(), 4, rate, Time()) == pytest.approx(expected)


def test_a_run_that_is_told_to_stop_does_not_wait() -> None:
    time = Time()
    assert run(Session(), 4, 2, time, stop_after=2) == [0, 30]
    assert time.now == 30


def test_nothing_is_sent_without_its_record() -> None:
    session = Session(fails=1)
    with pytest.raises(TargetProblem):
        run(session, 2, 60, Time())
    assert session.events == []


def test_a_lost_lock_leaves_the_mail_as_being_sent_and_stops() -> None:
    session = Session(fails=3)
    with pytest.raises(TargetProblem):
        run(session, 2, 60, Time())
    assert session.events == ["n0 sending", "handed over"]
    session.fails = 0
    assert settled(session, STAMP)[0].state == "unknown"
    assert session.kept["n0"].detail == "the run that sent it ended before the mail server answered"
    assert session.kept["n0"].facts == FACTS


def test_an_address_that_cannot_be_written_stops_no_other_mail() -> None:
    first, second = drafts(2)
    odd = first._replace(notice=first.notice._replace(recipient="=?utf-8?q?x?=@acme.example"))
    session, sent = Session(), list[Letter]()

    def deliver(letter: Letter) -> Outcome:
        sent.append(letter)
        return Outcome("sent", "250 OK")

    pace = Pace(0, lambda _: None, lambda: 0, lambda: False)
    found = list(send_all(session, [odd, second], SENDER, deliver, pace))
    assert [each.state for each in found] == ["refused", "sent"]
    assert found[0].detail == "=?utf-8?q?x?=@acme.example cannot be written as the recipient of a mail"
    assert [each.to for each in sent] == ["p1@acme.example"]
    assert session.events == ["n0 refused", "n1 sending", "n1 sent"]
