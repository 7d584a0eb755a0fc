"""Sending notices: each is recorded before and after, so that none is sent twice by itself.

What was recorded as being sent by a run that ended may have arrived or not: its outcome is unknown. Whoever knows that
it arrived says so (`delivered`); otherwise it is sent again only by name, with the same Message-ID.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.headerregistry import Address
from typing import NamedTuple

from seatsync.account.sent_notices import Notice
from seatsync.errors import WrongUsage
from seatsync.notices.composing import Envelope, Letter, Unaddressable, compose
from seatsync.notices.due import Due
from seatsync.notices.rendering import Rendered, Templates
from seatsync.notices.submission import Outcome
from seatsync.targets.target import RecordsNotices

LONGEST_WAIT = 30.0
"""Seconds between two mails at most: the lock of a store lasts longer."""
_A_MOMENT = 0.25
_LINEAGE = 8  # characters of it in a Message-ID
ENDED = "the run that sent it ended before the mail server answered"


class Draft(NamedTuple):
    """A notice to send: its record so far, the name of its recipient, and its text."""

    notice: Notice
    name: str
    text: Rendered


class Sender(NamedTuple):
    """How messages are made: templates, the address they come from, and the account.

    `now` is the time for the mails, `stamp` the one that is recorded, which `--at` can change.
    """

    templates: Templates
    address: Address
    lineage: str
    now: Callable[[], datetime]
    stamp: Callable[[], str]

    def draft(self, due: Due) -> Draft:
        """Return the draft of a notice that is due."""
        account = "".join(char for char in self.lineage if char.isascii() and char.isalnum())[:_LINEAGE] or "account"
        number = f"<{due.id}.{account}@{self.address.domain}>"
        text = self.templates.render(due.kind, due.parsed, due.language)
        notice = Notice(due.id, due.kind, due.to, due.causes, text.subject, number, "sending", "", "", due.facts)
        return Draft(notice, due.name, text)

    def again(self, notice: Notice, name: str, language: str | None) -> Draft:
        """Return the draft of a notice that was tried before."""
        return Draft(notice, name, self.templates.render(notice.kind, json.loads(notice.facts), language))

    def letter(self, draft: Draft) -> Letter:
        """Return the message of a draft. Raises Unaddressable."""
        notice = draft.notice
        return compose(draft.text, Envelope(self.address, notice.recipient, draft.name, notice.message_id, self.now()))


class Pace(NamedTuple):
    """The rate of sending: seconds between two mails. `seconds` is a monotonic clock; `stopped` ends all waiting."""

    interval: float
    pause: Callable[[float], None]
    seconds: Callable[[], float]
    stopped: Callable[[], object]

    def wait(self, since: float | None) -> None:
        """Wait until the interval since the last mail is over."""
        while since is not None and not self.stopped():
            left = since + min(self.interval, LONGEST_WAIT) - self.seconds()
            if left <= 0:
                return
            self.pause(min(left, _A_MOMENT))


def settled(session: RecordsNotices, at: str) -> tuple[Notice, ...]:
    """Record as unknown what an earlier run left behind, and return all notices. The lock shows that it has ended."""
    known = session.read_notices()
    left = [each for each in known if each.state == "sending"]
    if left:
        session.record_notices([each._replace(state="unknown", at=at, detail=ENDED) for each in left])
    return session.read_notices() if left else known


def send_all(
    session: RecordsNotices,
    drafts: Sequence[Draft],
    sender: Sender,
    deliver: Callable[[Letter], Outcome],
    pace: Pace,
) -> Iterator[Notice]:
    """Send notices one by one, and yield each with its outcome.

    It ends early if the server accepts nothing more, or if it is told to stop. A notice whose recipient cannot be
    written into a mail counts as refused.
    """
    last: float | None = None
    for draft in drafts:
        pace.wait(last)
        if pace.stopped():
            return
        begun = draft.notice._replace(state="sending", at=sender.stamp(), detail="")
        try:
            letter = sender.letter(draft)
        except Unaddressable as error:
            refused = begun._replace(state="refused", detail=str(error))
            session.record_notices([refused])
            yield refused
            continue
        session.record_notices([begun])
        last = pace.seconds()
        outcome = deliver(letter)
        facts = "" if outcome.state == "sent" else begun.facts
        ended = begun._replace(state=outcome.state, at=sender.stamp(), detail=outcome.detail, facts=facts)
        session.record_notices([ended])
        yield ended
        if outcome.stop:
            return


def to_resend(known: Sequence[Notice], names: Sequence[str]) -> list[Notice]:
    """Return the notices to send again, with the Message-IDs they have. Raises WrongUsage for one that was sent."""
    found = _chosen(known, names)
    for each in found:
        if each.state == "sent" or not each.facts:
            raise WrongUsage(f"notice {each.id} was sent on {each.at}; it is not sent again")
    return found


def delivered(known: Sequence[Notice], names: Sequence[str], at: str) -> list[Notice]:
    """Return notices as sent, because somebody knows that they arrived. Raises WrongUsage for one that is settled."""
    found = _chosen(known, names)
    for each in found:
        if each.state not in {"unknown", "sending"}:
            raise WrongUsage(f"notice {each.id} is {each.state}, not unknown")
    return [each._replace(state="sent", at=at, detail="known to have arrived", facts="") for each in found]


def _chosen(known: Sequence[Notice], names: Sequence[str]) -> list[Notice]:
    """Return the notices that ids or their beginnings name, each once. Raises WrongUsage."""
    return list(dict.fromkeys(_named(known, name) for name in names))


def _named(known: Sequence[Notice], name: str) -> Notice:
    found = [each for each in known if name and each.id.startswith(name.lower())]
    if len(found) != 1:
        many = f"{len(found)} notices begin with it" if found else "there is no such notice"
        raise WrongUsage(f"{name}: {many}; `seatsync notify --list` lists them")
    return found[0]
