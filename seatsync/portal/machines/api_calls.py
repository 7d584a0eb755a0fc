"""Steps as calls of the Team Admin API: how each is made, how it is read back, and what that shows.

A seat can be read back exactly. Somebody who was invited may not be listed, so that only finding them proves something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from seatsync.account.actions.admin_actions import MAKE_EXTERNAL
from seatsync.account.actions.effects import Refused, added, gone
from seatsync.account.actions.spec import Step
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.model import EXTERNAL, NOBODY, Account, Change, User, user_values
from seatsync.clock import Clock
from seatsync.portal.machines.remote_ids import RemoteIds
from seatsync.portal.sources.export_tables import word
from seatsync.portal.sources.row_readers import ROLES, STATUSES
from seatsync.targets.machine import Shown
from seatsync.vendor.http_client import Answer, Client
from seatsync.vendor.team_admin import RemotePerson, RemoteSeat, people, person, seats, team_path
from seatsync.vendor.team_admin_changes import assign, invite, invited, unassign


@dataclass(frozen=True, slots=True)
class Context:
    """What every call needs: the client, the ids, the step with its team's id, and the mirror before it."""

    client: Client
    ids: RemoteIds
    team_id: str
    step: Step
    account: Account
    clock: Clock


class ApiCall(Protocol):
    """A step as a call of the API. Every method that reads or writes raises Failed."""

    @property
    def origin(self) -> str:
        """The endpoint that shows the effect."""

    def write(self) -> Answer:
        """Make the change once."""

    def is_done(self, answer: Answer | None = None) -> bool | None:
        """Return whether the effect is there, None if that cannot be told. `answer` is the one to the change."""

    def changes(self) -> Shown:
        """Return how the mirror follows what was read last."""

    def remark(self) -> str:
        """Return what a person should know of a step that is done, by what was read last; mostly empty."""


@dataclass(slots=True)
class _OfSeat:
    """A step about the direct assignment of a product. `held` is how the person holds it, as read last."""

    context: Context
    user_id: str
    product_id: str
    held: RemoteSeat | None = None

    @property
    def origin(self) -> str:
        """The assignments of the team."""
        return _origin(self.context, "assignments")

    def remark(self) -> str:
        """Return nothing."""
        return ""

    def _read(self) -> RemoteSeat | None:
        """Return how the person holds the product now, None if they do not. The list of one pair does not lag."""
        client, team_id = self.context.client, self.context.team_id
        self.held = next(iter(seats(client, team_id, user_id=self.user_id, product_id=self.product_id)), None)
        return self.held


class Assigning(_OfSeat):
    """The direct assignment of a product."""

    __slots__ = ()

    def write(self) -> Answer:
        """Assign the product."""
        return assign(self.context.client, self.context.team_id, self.user_id, self.product_id)

    def is_done(self, answer: Answer | None = None) -> bool | None:  # noqa: ARG002 - as in ApiCall
        """Return True for a direct seat, False for none; a seat of another or no type may be a direct one besides."""
        held = self._read()
        return False if held is None else (held.is_direct or None)

    def changes(self) -> Shown:
        """Return the seat as a row, unless the mirror has it, or does not know the person."""
        team, product, user = _seat(self.context)
        if _has(self.context.account, team, product, user) or user not in self.context.account.teams[team].members:
            return ()
        return ((self.context.step, (added("team_seat", team, product, user),)),)


class Unassigning(_OfSeat):
    """The removal of the direct assignment of a product."""

    __slots__ = ()

    def write(self) -> Answer:
        """Remove the assignment."""
        return unassign(self.context.client, self.context.team_id, self.user_id, self.product_id)

    def is_done(self, answer: Answer | None = None) -> bool | None:
        """Return True if there is no seat, or only one that a group gives; None if its type is not told.

        Of a product that the API does not support it lists no seats either. A refusal may mean that.
        """
        held = self._read()
        if held is not None:
            return None if held.is_direct is None else not held.is_direct
        was_refused = answer is not None and not answer.ok
        return not was_refused or self.product_id in self.context.ids.read_products(self.context.team_id)

    def changes(self) -> Shown:
        """Return the seat as a row that disappears, if the mirror has it."""
        key = _seat(self.context)
        return ((self.context.step, (gone("team_seat", *key),)),) if _has(self.context.account, *key) else ()

    def remark(self) -> str:
        """Return that the person keeps the seat, if it is known that a group gives it as well."""
        is_inherited = self.held is not None and self.held.is_direct is False
        return "still held through a group, so no seat is free" if is_inherited else ""


@dataclass(slots=True)
class Inviting:
    """An invitation to a team. `found` is the person as read last."""

    context: Context
    found: RemotePerson | None = None

    @property
    def origin(self) -> str:
        """The people of the team."""
        return _origin(self.context, "users")

    def write(self) -> Answer:
        """Invite the person; whoever is in the team already is not invited again."""
        step = self.context.step
        return invite(self.context.client, self.context.team_id, step.text("user"), *_names(step))

    def is_done(self, answer: Answer | None = None) -> bool | None:
        """Return True if the person is found in the team, False if somebody else is, None if nobody is.

        The API may not list people who were invited, or not yet. A success is taken at its word, but not one that
        answers with something else than a person.
        """
        context = self.context
        said = invited(answer) if answer is not None and answer.ok else None
        if said is None:
            listed = people(context.client, context.team_id, context.step.text("user"))
            self.found = next((each for each in listed if each.email is not None), None)
        else:
            self.found = person(context.client, context.team_id, said.id) or said
        if self.found is None:
            return False if answer is not None and answer.ok and answer.body.strip() else None
        if self.found.email is not None and identity(self.found.email) != _user(context):
            return False
        context.ids.keep(context.team_id, _user(context), self.found.id)
        return True

    def changes(self) -> Shown:
        """Return the new member as the mirror would have them, but with the status and role that were read."""
        context, user, team = self.context, _user(self.context), self.context.step.scope.name
        rows = attempt(context.account, context.step, context.clock)
        if isinstance(rows, Refused):  # a member already, as the mirror has it
            return ()
        shown: Shown = ((context.step, tuple(self._as_read(row) for row in rows)),)
        if not _is_external(self.found):
            return shown
        step = MAKE_EXTERNAL.step(context.step.scope, user=context.step.text("user"))
        return (*shown, (step, (added("team_admin", team, user, values=EXTERNAL),)))

    def remark(self) -> str:
        """Return nothing."""
        return ""

    def _as_read(self, row: Change) -> Change:
        """Return the row of a new person as active, if that was read."""
        status = None if self.found is None else STATUSES.get(word(self.found.status or ""))
        if row.table != "user" or status != "active":
            return row
        step = self.context.step
        return added("user", *row.key, values=user_values(User(step.text("user"), *_names(step))))


def _origin(context: Context, what: str) -> str:
    return f"team-admin:{team_path(context.team_id, what)}"


def _names(step: Step) -> tuple[str, str]:
    return str(step.get("first_name") or ""), str(step.get("last_name") or "")


def _user(context: Context) -> str:
    written = context.step.text("user")
    return identity(written) or written


def _seat(context: Context) -> tuple[str, str, str]:
    return context.step.scope.name, context.step.text("product"), _user(context)


def _has(account: Account, team: str, product: str, user: str) -> bool:
    return user in account.teams[team].seats.get(product, NOBODY)


def _is_external(found: RemotePerson | None) -> bool:
    words = () if found is None else found.roles or ()
    return any(ROLES.get(word(text)) == "external" for text in words)
