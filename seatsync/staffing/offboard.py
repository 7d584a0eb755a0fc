"""Somebody leaves: they are taken out of every file, and their roles go to whoever takes over."""

from __future__ import annotations

from shlex import quote

from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, DeclaredUser, Mention, People
from seatsync.editing.operations import Path
from seatsync.finding import Finding, Severity
from seatsync.reading.tree import YamlMap
from seatsync.staffing.proposal import (
    Proposal,
    Stopped,
    days_in,
    is_named,
    managed_in,
    person_of,
    places_of,
    roles_of,
)

_TAKE_OVER = "name who takes over with --replace-by"
_BUY_ANEW = "turn auto-renewal off, and let somebody else buy anew at the end of the term"


def offboard(declared: Declaration, written: str, heir: str | None) -> Proposal:
    """What is to be done to the files when a person leaves. `heir` takes over the roles, never the seats.

    A primary admin, contract manager or software coordinator without an heir stands in the way (STEP004), and so does
    the contract manager of a purchase from the store (STEP002). Raises `Stopped` for people who are not declared.
    """
    user = person_of(declared, written)
    after = None if heir is None else person_of(declared, heir)
    if after == user:
        raise Stopped(Finding("REF001", Severity.ERROR, f"{heir} cannot take over from themselves", None, ""))
    leaving = _Leaving(Proposal.of(declared), user, after)
    for team in declared.teams.values():
        leaving.team(team)
    leaving.subscriptions()
    for contract in declared.contracts.values():
        leaving.contract(contract)
    leaving.entry()
    return leaving.proposal


class _Leaving:
    """One person who leaves, and their heir."""

    def __init__(self, proposal: Proposal, user: str, heir: str | None) -> None:
        self.proposal, self.files, self.declared = proposal, proposal.files, proposal.declared
        self.user, self.heir = user, heir
        self.who = proposal.shown(user)

    def team(self, team: DeclaredTeam) -> None:
        """Out of a team: roles first, for the heir may get one."""
        if is_named(team.primary, self.user):
            self._hand_over(
                team.primary, team.node, ("teams", team.name, "primary_admin"), f"primary admin of team {team.name}"
            )
        elif team.primary is None and managed_in(self.declared, team.name, self.user):
            self.proposal.notes.append(
                f"team {team.name} names no primary admin; if {self.who} is it in the account, that stays so until"
                f" `seatsync edit promote SOMEBODY primary --team {quote(team.name)}` names another"
            )
        for what, people, path in (*roles_of(team), *places_of(team)):
            self.proposal.take(f"{what} of team {team.name}", team, people, path, self.user)
        for what, people, path in roles_of(team):
            if self.heir is not None and is_named(team.primary, self.user):
                self.proposal.take(f"{what} of team {team.name}", team, people, path, self.heir)
            elif self.user in people.ids:
                self._inherit(what, team, people, path)
        for product, people in team.seats.items():
            self.proposal.take(f"{product} in team {team.name}", team, people, ("seats", product), self.user)
        for mention in (*team.rows, *(mention for held in team.by_user.values() for mention in held)):
            if mention.user == self.user and self._person().section is None:
                self.files.rows.add(mention.at)

    def _inherit(self, what: str, team: DeclaredTeam, people: People, path: Path) -> None:
        """The heir gets a place in a list of admins, unless they have a role in the team."""
        if self.heir is None or is_named(team.primary, self.heir):
            return
        has = next((name for name, listed, _ in roles_of(team) if self.heir in listed.ids), None)
        if has is None:
            for days in days_in(people, self.user):
                self.proposal.add(team, path, self.heir, days)
        elif has == what:
            if None in days_in(people, self.user) and None not in days_in(people, self.heir):
                self.proposal.take(f"{what} of team {team.name}", team, people, path, self.heir)
                self.proposal.add(team, path, self.heir)
        else:
            self.proposal.notes.append(f"{self.proposal.shown(self.heir)} stays {has} of team {team.name}")

    def subscriptions(self) -> None:
        """No contract manager of any subscription any more."""
        for sub in self.declared.subscriptions.values():
            if is_named(sub.contract_manager, self.user):
                what = f"contract manager of subscription {sub.id}"
                path = ("subscriptions", sub.id, "contract_manager")
                self._manager(sub.contract_manager, sub.channel, sub.node, path, what)

    def contract(self, contract: DeclaredContract) -> None:
        """Out of a contract."""
        path, of = ("contracts", contract.number), f"of contract {contract.number}"
        if is_named(contract.contract_manager, self.user):
            there = (*path, "contract_manager")
            self._manager(contract.contract_manager, contract.channel, contract.node, there, f"contract manager {of}")
        if is_named(contract.coordinator, self.user):
            there = (*path, "software_coordinator")
            self._hand_over(contract.coordinator, contract.node, there, f"software coordinator {of}")
        for product, people in contract.users.items():
            self.files.remove_person(f"{product} {of}", people, (*path, "products", product, "users"), self.user)
        for service, people in contract.services.items():
            self.files.remove_person(f"{service} {of}", people, (*path, "services", service), self.user)
        for name, people in (("support", contract.support), ("members", contract.members)):
            self.files.remove_person(f"{name} {of}", people, (*path, name), self.user)

    def entry(self) -> None:
        """The person's own entry."""
        person = self._person()
        if person.section is None:
            self.files.rows.add(person.at)
        else:
            self.files.remove(self.who, person.section.file, ("users", person.email))

    def _manager(self, now: Mention | None, channel: str, node: YamlMap, path: Path, what: str) -> None:
        if channel == "store" and now is not None:
            message = f"{self.who} is {what}, which was bought in the store, and cannot be replaced"
            self.proposal.obstacle("STEP002", message, now.at, _BUY_ANEW)
        else:
            self._hand_over(now, node, path, what)

    def _hand_over(self, now: Mention | None, node: YamlMap, path: Path, what: str) -> None:
        """What has to be somebody's goes to the heir, or stands in the way."""
        if self.heir is not None:
            self.files.set(None, node.file, path, self.proposal.shown(self.heir))
        elif now is not None:
            self.proposal.obstacle("STEP004", f"{self.who} is {what}", now.at, _TAKE_OVER)

    def _person(self) -> DeclaredUser:
        return self.declared.users[self.user]
