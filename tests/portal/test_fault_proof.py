"""The proof of `fault_proof.py` on fewer faults, and that it finds machines that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.portal.machines.api_calls import ApiCall
from seatsync.portal.machines.api_steps import TeamAdminSteps
from seatsync.targets.machine import Carried, Shown
from seatsync.vendor.http_client import Answer, Failed
from tests.portal.fault_proof import prove

SOME = 300


def test_each_step_takes_effect_once_and_no_result_is_false() -> None:
    figures = prove(SOME)
    kinds = {name.removeprefix("fault ") for name in figures if name.startswith("fault ")}
    both = {f"{kind} {when}" for kind in ("drop", "reset", "500", "503") for when in ("before", "after")}
    assert kinds == {*both, "429 before", "cut after", "in invite", "in assign", "in unassign"}
    outcomes = {name for name in figures if "." in name}
    assert outcomes == {"user.invite done", "seat.assign done", "seat.unassign done", "seat.assign refused"}
    assert figures["again after unknown"]


@dataclass
class Careless:
    """A call that is as wrong as the subclass says."""

    call: ApiCall

    @property
    def origin(self) -> str:
        return self.call.origin

    def write(self) -> Answer:
        return self.call.write()

    def is_done(self, answer: Answer | None = None) -> bool | None:
        return self.call.is_done(answer)

    def changes(self) -> Shown:
        return self.call.changes()

    def remark(self) -> str:
        return self.call.remark()


class DoesNotReadBack(Careless):
    def is_done(self, answer: Answer | None = None) -> bool | None:  # noqa: ARG002 - does not care
        return True


class RepeatsBlindly(Careless):
    def is_done(self, answer: Answer | None = None) -> bool | None:
        return None if answer is None else self.call.is_done(answer)


class BelievesRefusals(Careless):
    """Takes 404, 409 and 422 for a failure, also of what is done."""

    def is_done(self, answer: Answer | None = None) -> bool | None:
        return self.call.is_done(answer) if answer is None or answer.ok else False


class TakesSilenceForFailure(Careless):
    def write(self) -> Answer:
        try:
            return self.call.write()
        except Failed as failed:
            raise Failed(failed.url, failed.reason, sent=False) from None


class TakesSilenceForSuccess(Careless):
    def write(self) -> Answer:
        try:
            return self.call.write()
        except Failed as failed:
            return Answer(failed.url, 200, {}, b"{}", None)

    def is_done(self, answer: Answer | None = None) -> bool | None:
        return True if answer is not None and answer.ok else self.call.is_done(answer)


def machine(how: Callable[[ApiCall], ApiCall]) -> type[TeamAdminSteps]:
    """Return a machine whose calls are careless."""

    class Wrong(TeamAdminSteps):
        def _call(self, step: Step, account: Account, clock: Clock) -> ApiCall:
            return how(super()._call(step, account, clock))

    return Wrong


class ForgetsEarlierRuns(TeamAdminSteps):
    def carry_out(self, step: Step, account: Account, clock: Clock, *, asked: bool) -> Carried:  # noqa: ARG002 - forgets
        return super().carry_out(step, account, clock, asked=False)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (machine(DoesNotReadBack), "a false success"),
        (machine(RepeatsBlindly), "repeated although reading shows it"),
        (machine(BelievesRefusals), "a false failure"),
        (machine(TakesSilenceForFailure), "a false failure"),
        (machine(TakesSilenceForSuccess), "a false success"),
        (ForgetsEarlierRuns, "repeated although reading shows it"),
    ],
    ids=["no-read-back", "blind", "believes-refusals", "silence-fails", "silence-succeeds", "forgets"],
)
def test_a_wrong_machine_is_found(wrong: type[TeamAdminSteps], found: str) -> None:
    with pytest.raises(AssertionError, match=found):
        prove(SOME * 3, wrong)
