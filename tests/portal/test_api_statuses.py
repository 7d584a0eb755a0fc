"""Every status of an answer to a change by the Team Admin API, whether the change was made or not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from seatsync.account.actions.spec import Step
from seatsync.demo.exchange import Arrived, Fault
from tests.demo.conversation import ANA
from tests.portal.made_up_steps import assign, invite, running, unassign

STEPS: Mapping[str, Step] = {
    "invite": invite("fay@acme.example"),
    "assign": assign(ANA, "Maya"),
    "unassign": unassign(ANA),
}

NOT_MADE: Mapping[int, str] = {
    200: "unknown",  # it is not there when it is read back
    201: "unknown",
    204: "unknown",
    400: "refused",
    401: "refused, stop",
    403: "refused",
    404: "refused",
    409: "refused",
    415: "refused",
    422: "refused",
    429: "done at the second time",
    500: "done at the second time",
    502: "done at the second time",
    503: "done at the second time",
    504: "done at the second time",
}
"""What an answer means that is no sign of a change, once."""
MADE: Mapping[int, str] = {
    **dict.fromkeys((200, 201, 204, 400, 404, 409, 415, 422, 500, 502, 503, 504), "done"),
    401: "refused, stop",  # these two are believed, as they come before anything is done
    403: "refused",
    429: "done at the second time",  # which finds it there
}
"""What an answer means after the change was made."""
INVITED_BLINDLY = 204
"""A success without a body is a success all the same, as people who are invited may not be listed."""


def carried(step: Step, status: int, *, made: bool) -> tuple[str, int]:
    """Return what becomes of a step, and how many effects it has."""
    left = [Fault("status", after=made, status=status)]

    def spoil(arrived: Arrived) -> Fault | None:
        return left.pop() if arrived.method != "GET" and left else None

    with running(faults=spoil) as run:
        found = run.carry(step)
        writes = sum(not call.startswith("GET") for call in run.calls())
        assert writes in {1, 2}
        again = " at the second time" if writes > 1 else ""
        return f"{found.status}{', stop' if found.stop else ''}{again}", len(run.effects())


@pytest.mark.parametrize("status", NOT_MADE)
@pytest.mark.parametrize("name", STEPS)
def test_a_change_that_was_not_made(name: str, status: int) -> None:
    expected = "done" if name == "invite" and status == INVITED_BLINDLY else NOT_MADE[status]
    assert carried(STEPS[name], status, made=False) == (expected, int("second" in expected))


@pytest.mark.parametrize("status", MADE)
@pytest.mark.parametrize("name", STEPS)
def test_a_change_that_was_made(name: str, status: int) -> None:
    assert carried(STEPS[name], status, made=True) == (MADE[status], 1)
