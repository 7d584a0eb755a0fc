"""Ids of people and products in the Team Admin API, looked up by as few calls as possible."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize

from seatsync.account.actions.spec import Step
from seatsync.account.email import identity
from seatsync.portal.call_estimate import lists_everybody, looked_up
from seatsync.portal.sources.export_tables import one_line
from seatsync.vendor.http_client import Client
from seatsync.vendor.team_admin import RemotePerson, people, pools


class NoSuchId(Exception):
    """A person or product that the API does not list, or not clearly, so that nothing can be done about it there."""


class RemoteIds:
    """The ids that were looked up so far. `planned` are the steps of a run in their order.

    Everything is by the vendor's id of a team. Its methods raise NoSuchId, or Failed if they cannot read.
    """

    def __init__(self, client: Client, planned: Iterable[Step]) -> None:
        self._client = client
        self._people: dict[tuple[str, str], str] = {}
        self._products: dict[str, dict[str, set[str]]] = {}
        self._listed: set[str] = set()
        by_team: dict[str, list[Step]] = {}
        for step in planned:
            by_team.setdefault(step.scope.name, []).append(step)
        self._wanted = {team: len(looked_up(steps)) for team, steps in by_team.items()}

    def product(self, team_id: str, name: str) -> str:
        """Return the id of a product of which the team has a pool."""
        if team_id not in self._products:
            self.read_products(team_id)
        found = self._products[team_id].get(name, set())
        if len(found) > 1:
            raise NoSuchId(f"the API lists several products that are called {name}")
        if not found:
            raise NoSuchId(f"the API lists no pool of {name}, so it cannot be assigned or taken away there")
        return min(found)

    def read_products(self, team_id: str) -> frozenset[str]:
        """Read the pools of a team now, and return the ids of its products."""
        found: dict[str, set[str]] = {}
        for pool in pools(self._client, team_id):
            name = normalize("NFC", one_line(pool.product))  # as the mirror has it
            found.setdefault(name, set()).add(pool.product_id)
        self._products[team_id] = found
        return frozenset().union(*found.values())

    def person(self, team: str, team_id: str, written: str, members: int) -> str:
        """Return the id of a member of a team, which has about so many members."""
        user = identity(written) or written
        known = self._people.get((team_id, user))
        if known is None and lists_everybody(self._wanted.get(team, 0), members):
            self._list(team_id)
        elif known is None:
            self._keep_all(team_id, people(self._client, team_id, written))
        if (team_id, user) not in self._people:
            self._list(team_id)  # an address may be written in another way there
        found = self._people.get((team_id, user))
        if found is None:
            raise NoSuchId(f"the API does not list {written}; right after an invitation, try again some minutes later")
        return found

    def keep(self, team_id: str, user: str, user_id: str) -> None:
        """Remember the id of a person (an identity)."""
        self._people[team_id, user] = user_id

    def _list(self, team_id: str) -> None:
        if team_id not in self._listed:
            self._keep_all(team_id, people(self._client, team_id))
            self._listed.add(team_id)

    def _keep_all(self, team_id: str, found: Iterable[RemotePerson]) -> None:
        for each in found:
            user = identity(each.email or "")
            if user is not None:
                self.keep(team_id, user, each.id)
