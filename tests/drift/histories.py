"""History of an account since the last apply, as one change in the portal."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.account.actions.spec import Step
from seatsync.account.history import HistoryEntry
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change
from seatsync.insight.drift_states import SinceApply


def in_portal(before: Sequence[Change], after: Account) -> SinceApply:
    """Return a history in which all rows of an account were replaced by those of another."""
    rows = (*(row.reversed() for row in reversed(before)), *after.rows())
    step = Step.make("account.load", WHOLE_ACCOUNT)
    return SinceApply((HistoryEntry(1, 1, "2026-06-15T12:00:00Z", None, step, rows),))
