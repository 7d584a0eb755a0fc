"""Carries out steps through the Team Admin API, so that each takes effect once, whatever becomes of an answer.

An answer that was lost, or that does not tell what was done, is settled by reading back before anything is repeated. A
refusal is checked against what is there: it may mean that the step was done before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.spec import Step
from seatsync.account.actions.user_actions import INVITE
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.errors import Interrupted, SeatsyncError
from seatsync.portal.machines.api_calls import ApiCall, Assigning, Context, Inviting, Unassigning
from seatsync.portal.machines.remote_ids import NoSuchId, RemoteIds
from seatsync.targets.machine import Carried
from seatsync.vendor.http_client import Answer, Client, Failed

_ATTEMPTS: Final = 4
"""How often a change is made at most."""
_NOT_SIGNED_IN, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_SEATS: Final[Mapping[str, Callable[[Context, str, str], ApiCall]]] = {
    ASSIGN_SEAT.name: Assigning,
    UNASSIGN_SEAT.name: Unassigning,
}


class TeamAdminSteps:
    """The machine of route `api`.

    `team_ids` are the vendor's ids by name, `planned` the steps of the run in order. `at` is the instant at which every
    step is taken to be read back; None: the present.
    """

    def __init__(
        self, client: Client, team_ids: Mapping[str, str], planned: Iterable[Step] = (), at: str | None = None
    ) -> None:
        self._client, self._team_ids, self._at = client, team_ids, at
        self._ids = RemoteIds(client, planned)
        self._refused: dict[str, str] = {}

    def carry_out(self, step: Step, account: Account, clock: Clock, *, asked: bool) -> Carried:
        """Carry out a step and read it back. `asked`: it is read first whether an earlier run carried it out."""
        try:
            call = self._call(step, account, clock)
        except NoSuchId as error:
            return Carried("unknown" if asked else "refused", str(error))
        except SeatsyncError as error:
            return self._gave_up(step.scope.name, error, may_be_done=asked)
        return self._attempts(step.scope.name, call, asked=asked)

    def look(self, step: Step, account: Account, clock: Clock) -> Carried:
        """Return whether an earlier run carried a step out."""
        try:
            call = self._call(step, account, clock)
            is_done = call.is_done()
        except NoSuchId as error:
            return Carried("unknown", str(error))
        except SeatsyncError as error:
            return self._gave_up(step.scope.name, error, may_be_done=True)
        if is_done is None:
            return Carried("unknown", "the API does not show whether it was done")
        return self._done(call) if is_done else Carried("refused", "was not carried out")

    def _call(self, step: Step, account: Account, clock: Clock) -> ApiCall:
        """Return a step as a call, with the ids it needs. Raises NoSuchId, or SeatsyncError if they cannot be read."""
        team = step.scope.name
        if team in self._refused:
            raise NoSuchId(self._refused[team])
        team_id = self._team_ids.get(team)
        if step.scope.kind != "team" or team not in account.teams or step.get("user") is None:
            raise NoSuchId("the API does not do this")
        if team_id is None:
            raise NoSuchId("the team was read last by another id than the project file has; refresh, and plan again")
        context = Context(self._client, self._ids, team_id, step, account, clock)
        if step.action == INVITE.name:
            return Inviting(context)
        make = _SEATS.get(step.action)
        if make is None:
            raise NoSuchId("the API does not do this")
        product_id = self._ids.product(team_id, step.text("product"))
        user_id = self._ids.person(team, team_id, step.text("user"), len(account.teams[team].members))
        return make(context, user_id, product_id)

    def _attempts(self, team: str, call: ApiCall, *, asked: bool) -> Carried:
        """Make a change until its result is known."""
        may_be_done, problem, passing = asked, "", False
        try:
            if asked and call.is_done():
                return self._done(call)
            for number in range(1, _ATTEMPTS + 1):
                try:
                    answer = call.write()
                except Failed as failed:
                    if not failed.sent:
                        raise
                    may_be_done, problem, passing = True, _words(failed), failed.passing
                    if call.is_done():
                        return self._done(call)
                    if failed.lasting:
                        break
                    if number < _ATTEMPTS:
                        self._client.pause(number)
                    continue
                if answer.status in {_NOT_SIGNED_IN, _FORBIDDEN}:
                    raise answer.failed()
                before, may_be_done = may_be_done, True
                return self._judged(call, answer, may_be_done=before)
        except SeatsyncError as error:
            return self._gave_up(team, error, may_be_done=may_be_done)
        return Carried("unknown", problem, stop=True, passing=passing)

    def _judged(self, call: ApiCall, answer: Answer, *, may_be_done: bool) -> Carried:
        """Return the result that an answer means, after reading back. `may_be_done`: by an attempt before this one."""
        is_done = call.is_done(answer)
        if is_done or (answer.ok and is_done is None):
            return self._done(call)
        if answer.ok:
            return Carried("unknown", f"answered {answer.status}, but reading back does not show it")
        return Carried("unknown" if is_done is None and may_be_done else "refused", _words(answer.failed()))

    def _done(self, call: ApiCall) -> Carried:
        at = self._at or Clock.of(self._client.now()).stamp
        return Carried("done", call.remark(), call.changes(), call.origin, at)

    def _gave_up(self, team: str, error: SeatsyncError, *, may_be_done: bool) -> Carried:
        """Return the result of a step that an error ended. What is refused in one team may be allowed in others.

        A signal that arrived in a wait is no result: it ends the run.
        """
        if isinstance(error, Interrupted):
            raise error
        words, status = (_words(error), error.status) if isinstance(error, Failed) else (str(error), 0)
        if status in {_FORBIDDEN, _NOT_FOUND}:
            self._refused[team] = words
        if status == _NOT_SIGNED_IN:
            words += "; sign in again (`seatsync login`), or set a new SEATSYNC_ACCESS_TOKEN"
        stop = status in {0, _NOT_SIGNED_IN}
        return Carried("unknown" if may_be_done else "refused", words, stop=stop, passing=error.passing)


def _words(failed: Failed) -> str:
    """Return an error without the address, with the id and code by which the vendor finds it."""
    return failed.reason + failed.traces
