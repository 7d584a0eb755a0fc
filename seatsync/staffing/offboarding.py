"""Offboard a person: remove them from every file, and pass their roles to a successor."""

from __future__ import annotations

from shlex import quote

from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, DeclaredUser, Mention, People
from seatsync.editing.operations import Path
from seatsync.finding import Finding, Severity
from seatsync.reading.tree import YamlMap
from seatsync.staffing.proposal import (
    Proposal,
    ProposalError,
    admin_lists,
    days_in,
    declared_person,
    external_lists,
    is_named,
    managed_subscriptions,
    member_lists,
)

_TAKE_OVER = "name a successor with --replace-by"
_BUY_ANEW = "turn off auto-renewal, and have somebody else buy again at the end of the term"


def offboard(declared: Declaration, person: str, successor: str | None) -> Proposal:
    """Propose to remove a person from the files. `successor` takes over the roles, never the seats.

    A primary admin, contract manager or software coordinator without a successor blocks the change (STEP004), and so
    does the contract manager of a purchase from the store (STEP002). Raises `ProposalError` for undeclared people.
    """
    user = declared_person(declared, person)
    after = None if successor is None else declared_person(declared, successor)
    if after == user:
        message = f"{successor} cannot be their own successor"
        raise ProposalError(Finding("REF001", Severity.ERROR, message, None, "name somebody else with --replace-by"))
    offboarding = _Offboarding(Proposal.of(declared), user, after)
    for team in declared.teams.values():
        offboarding.team(team)
    offboarding.subscriptions()
    for contract in declared.contracts.values():
        offboarding.contract(contract)
    offboarding.entry()
    return offboarding.proposal


class _Offboarding:
    """The offboarding of one person, with an optional successor."""

    def __init__(self, proposal: Proposal, user: str, successor: str | None) -> None:
        self.proposal, self.changes, self.declared = proposal, proposal.changes, proposal.declared
        self.user, self.successor = user, successor
        self.who = proposal.shown(user)

    def team(self, team: DeclaredTeam) -> None:
        """Remove the person from a team; roles first, as the successor may get one."""
        if is_named(team.primary, self.user):
            self._hand_over(
                team.primary, team.node, ("teams", team.name, "primary_admin"), f"primary admin of team {team.name}"
            )
        elif team.primary is None and managed_subscriptions(self.declared, team.name, self.user):
            self.proposal.notes.append(
                f"team {team.name} declares no primary admin; if {self.who} is the primary admin in the account, name"
                f" another with `seatsync edit promote SOMEBODY primary --team {quote(team.name)}`"
            )
        if self._person().section is None:  # first, so that the lists do not report rows that are removed
            self.changes.rows.update(mention.at for mention in team.in_rows() if mention.user == self.user)
        for label, people, path in (*admin_lists(team), *member_lists(team)):
            self.proposal.remove(f"{label} of team {team.name}", team, people, path, self.user)
        for label, people, path in admin_lists(team):
            if self.successor is not None and is_named(team.primary, self.user):
                self._end_external(team)
                self.proposal.remove(f"{label} of team {team.name}", team, people, path, self.successor)
            elif self.user in people.ids:
                self._inherit(label, team, people, path)
        for product, people in team.seats.items():
            self.proposal.remove(f"{product} in team {team.name}", team, people, ("seats", product), self.user)

    def _inherit(self, label: str, team: DeclaredTeam, people: People, path: Path) -> None:
        """Give the successor an admin role, unless they have one in the team."""
        if self.successor is None or is_named(team.primary, self.successor):
            return
        has = next((name for name, listed, _ in admin_lists(team) if self.successor in listed.ids), None)
        if has is None:
            self._end_external(team)
            for days in days_in(people, self.user):
                self.proposal.add(team, path, self.successor, days)
        elif has == label:
            if None in days_in(people, self.user) and None not in days_in(people, self.successor):
                self.proposal.remove(f"{label} of team {team.name}", team, people, path, self.successor)
                self.proposal.add(team, path, self.successor)
        else:
            self.proposal.notes.append(f"{self.proposal.shown(self.successor)} stays {has} of team {team.name}")

    def _end_external(self, team: DeclaredTeam) -> None:
        """Remove the successor, who gets a role, from the external users."""
        for label, people, path in external_lists(team):
            if self.successor is not None:
                self.proposal.remove(f"{label} of team {team.name}", team, people, path, self.successor)

    def subscriptions(self) -> None:
        """Hand over every subscription that the person manages."""
        for sub in self.declared.subscriptions.values():
            if is_named(sub.contract_manager, self.user):
                label = f"contract manager of subscription {sub.id}"
                path = ("subscriptions", sub.id, "contract_manager")
                self._manager(sub.contract_manager, sub.channel, sub.node, path, label)

    def contract(self, contract: DeclaredContract) -> None:
        """Remove the person from a contract."""
        path, of = ("contracts", contract.number), f"of contract {contract.number}"
        if is_named(contract.contract_manager, self.user):
            there = (*path, "contract_manager")
            self._manager(contract.contract_manager, contract.channel, contract.node, there, f"contract manager {of}")
        if is_named(contract.coordinator, self.user):
            there = (*path, "software_coordinator")
            self._hand_over(contract.coordinator, contract.node, there, f"software coordinator {of}")
        for product, people in contract.users.items():
            self.changes.remove_person(f"{product} {of}", people, (*path, "products", product, "users"), self.user)
        for service, people in contract.services.items():
            self.changes.remove_person(f"{service} {of}", people, (*path, "services", service), self.user)
        for name, people in (("support", contract.support), ("members", contract.members)):
            self.changes.remove_person(f"{name} {of}", people, (*path, name), self.user)

    def entry(self) -> None:
        """Remove the person's own entry or rows."""
        person = self._person()
        if person.section is None:
            self.changes.rows.add(person.at)
        else:
            self.changes.remove(self.who, person.section.file, ("users", person.email))

    def _manager(self, now: Mention | None, channel: str, node: YamlMap, path: Path, label: str) -> None:
        if channel == "store" and now is not None:
            message = f"{self.who} is {label}, which was bought in the store, and cannot be replaced"
            self.proposal.block("STEP002", message, now.at, _BUY_ANEW)
        else:
            self._hand_over(now, node, path, label)

    def _hand_over(self, now: Mention | None, node: YamlMap, path: Path, label: str) -> None:
        """Give a mandatory role to the successor, or block the change if there is none."""
        if self.successor is not None:
            self.changes.set(None, node.file, path, self.proposal.shown(self.successor))
        elif now is not None:
            self.proposal.block("STEP004", f"{self.who} is {label}", now.at, _TAKE_OVER)

    def _person(self) -> DeclaredUser:
        return self.declared.users[self.user]
