"""Protocols for steps that a machine carries out on the real account, and their record in a mirror.

A step is begun in the mirror before the machine may do anything, and settled by what reading it back shows.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from seatsync.account.actions.spec import Step
from seatsync.account.model import Account, Change
from seatsync.clock import Clock
from seatsync.targets.target import CaseRequest, Outcome

Shown: TypeAlias = tuple[tuple[Step, tuple[Change, ...]], ...]
"""Changes as steps, each with the rows that it changes. There can be none, or more than were asked for."""


class Carried(NamedTuple):
    """The result of a step on the real account.

    `done`: its effect was read back, and `changes` are the rows by which a mirror follows it, shown at `origin` at the
    instant `at` (`…Z`, which is later than the clock of a long run); `detail` is empty or a remark. `refused`: it was
    certainly not carried out, for the reason in `detail`. `unknown`: it may have been, and `detail` tells what
    prevented an answer. `stop`: no other step can be carried out now, because nothing answers or nobody is signed in;
    `passing`: that may be over later.
    """

    status: Literal["done", "refused", "unknown"]
    detail: str = ""
    changes: Shown = ()
    origin: str = ""
    at: str = ""
    stop: bool = False
    passing: bool = False


class Machine(Protocol):
    """Carries out steps on the real account, one at a time. Neither method raises an error of the network."""

    def carry_out(self, step: Step, account: Account, clock: Clock, *, asked: bool) -> Carried:
        """Carry out a step and read it back. `account` is the mirror before it, which is not changed.

        `asked`: an earlier run may have carried it out, so it is only carried out after reading that it was not.
        """

    def look(self, step: Step, account: Account, clock: Clock) -> Carried:
        """Return whether an earlier run carried a step out, by reading alone; `refused` means that it did not."""


@runtime_checkable
class SettlesSteps(Protocol):
    """Optional capability of sessions of a mirror: they record steps of machines."""

    def begin(self, request: CaseRequest) -> Outcome:
        """Record that a step is about to be carried out, as an open case, whose id is the detail of the outcome.

        What the step needs is done, so `needs` of the request do not count. A step that the mirror does not allow is
        refused.
        """

    def keep(self) -> None:
        """Keep the lock, while a machine waits for longer than a holder may be idle."""

    def settle(self, case: str, carried: Carried) -> Outcome:
        """Record the result of a step that was begun, with its changes, in one transaction.

        Returns `done`, or `refused` with the reason; in both cases the case is closed. If the result is unknown, the
        case stays open, and the outcome is `case` with its id.
        """
