"""Offboard people: remove them from every file, and pass their roles to a successor."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, DeclaredUser
from seatsync.declaration.mentions import Mention
from seatsync.editing.operations import Path
from seatsync.finding import Finding, Severity
from seatsync.reading.people_csv import TEAM_COLUMNS
from seatsync.reading.tree import YamlMap
from seatsync.staffing.proposal import (
    Proposal,
    ProposalError,
    admin_lists,
    days_in,
    declared_or_gone,
    declared_person,
    external_lists,
    for_people,
    is_named,
    managed_subscriptions,
    member_lists,
)

_TAKE_OVER = "name a successor with --replace-by"


def offboard(declared: Declaration, people: tuple[str, ...], successor: str | None) -> Proposal:
    """Propose to remove some people from the files. `successor` takes over the roles, never the seats.

    A primary admin, contract manager or software coordinator without a successor blocks the change (STEP004). The
    contract manager of a purchase from the store cannot be replaced (STEP002): they keep it until the end of its term,
    and nothing else. Who is not declared is gone already, unless somebody has nearly the same address, which blocks it.
    Raises `ProposalError` for a successor who is not declared.
    """
    after = None if successor is None else declared_person(declared, successor)
    leavers: list[str] = []

    def add(proposal: Proposal, user: str) -> None:
        if user == after:
            message, hint = f"{successor} cannot be their own successor", "name somebody else with --replace-by"
            raise ProposalError(Finding("REF001", Severity.ERROR, message, None, hint))
        if user not in declared.users:
            proposal.notes.append(f"{user} is not declared")
            return
        leavers.append(user)
        _offboard(_Offboarding(proposal, user, after))

    proposal = for_people(declared, people, add, lambda person: declared_or_gone(declared, person))
    for team in declared.teams.values() if after is not None else ():
        _inherit_role(proposal, team, leavers, after or "")
    return proposal


def _offboard(offboarding: _Offboarding) -> None:
    declared = offboarding.declared
    offboarding.changes.leave_lists(offboarding.user)
    for team in declared.teams.values():
        offboarding.team(team)
    offboarding.subscriptions()
    for contract in declared.contracts.values():
        offboarding.contract(contract)
    offboarding.entry()


def _inherit_role(proposal: Proposal, team: DeclaredTeam, leavers: Sequence[str], successor: str) -> None:
    """Give the successor the admin role of the leavers in a team; a primary admin has no other, and a role is kept."""
    if team.primary is not None and team.primary.user in leavers:
        for label, people, path in (*external_lists(team), *admin_lists(team)):
            proposal.remove(f"{label} of team {team.name}", team, people, path, successor)
    if team.primary is not None and team.primary.user in {successor, *leavers}:
        return
    has = next((label for label, people, _ in admin_lists(team) if successor in people.ids), None)
    for label, people, path in admin_lists(team):
        days = [each for user in leavers for each in days_in(people, user)]
        if days and has is None:
            for title, others, there in external_lists(team):
                proposal.remove(f"{title} of team {team.name}", team, others, there, successor)
            for each in [None] if None in days else dict.fromkeys(days):
                proposal.add(team, path, successor, each)
            has = label
        elif days and has != label:
            proposal.notes.append(f"{proposal.shown(successor)} stays {has} of team {team.name}")
        elif None in days and None not in days_in(people, successor):
            proposal.remove(f"{label} of team {team.name}", team, people, path, successor)
            proposal.add(team, path, successor)


class _Offboarding:
    """The offboarding of one person, with an optional successor."""

    def __init__(self, proposal: Proposal, user: str, successor: str | None) -> None:
        self.proposal, self.changes, self.declared = proposal, proposal.changes, proposal.declared
        self.user, self.successor = user, successor
        self.who = proposal.shown(user)
        self.keeps_purchase = False

    def team(self, team: DeclaredTeam) -> None:
        """Remove the person from a team."""
        if is_named(team.primary, self.user):
            self._hand_over(
                team.primary, team.node, ("teams", team.name, "primary_admin"), f"primary admin of team {team.name}"
            )
        elif team.primary is None and managed_subscriptions(self.declared, team.name, self.user):
            self.proposal.notes.append(
                f"team {team.name} declares no primary admin; if {self.who} is the primary admin in the account, name"
                f" another with `seatsync edit promote SOMEBODY primary --team {quote(team.name)}`"
            )
        for label, people, path in (*admin_lists(team), *member_lists(team)):
            self.proposal.remove(f"{label} of team {team.name}", team, people, path, self.user)
        for product, people in team.seats.items():
            self.proposal.remove(f"{product} in team {team.name}", team, people, ("seats", product), self.user)

    def subscriptions(self) -> None:
        """Hand over every subscription that the person manages."""
        for sub in self.declared.subscriptions.values():
            if is_named(sub.contract_manager, self.user):
                label = f"contract manager of subscription {sub.id}"
                path = ("subscriptions", sub.id, "contract_manager")
                renews = "turn off its auto-renewal, " if sub.auto_renew else ""
                if sub.channel == "store":
                    self._keep_purchase(label, f"it ends on {sub.ends}: {renews}")
                else:
                    self._hand_over(sub.contract_manager, sub.node, path, label)

    def contract(self, contract: DeclaredContract) -> None:
        """Remove the person from a contract."""
        path, of = ("contracts", contract.number), f"of contract {contract.number}"
        if is_named(contract.contract_manager, self.user):
            if contract.channel == "store":
                self._keep_purchase(f"contract manager {of}", f"it ends on {contract.ends}: " if contract.ends else "")
            else:
                there = (*path, "contract_manager")
                self._hand_over(contract.contract_manager, contract.node, there, f"contract manager {of}")
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
        """Remove the person's own entry or rows; of one who keeps a purchase, only what they declare beside names."""
        person = self.declared.users[self.user]
        if person.section is not None:
            self._entry_in_yaml(person, person.section)
        elif self.keeps_purchase:
            self.changes.edit_rows({}, dict.fromkeys(TEAM_COLUMNS, ""), person.at)
            for team in self.declared.teams.values():
                if any(mention.user == self.user for mention in team.in_rows()):
                    self.changes.remove_rows({"email": self.user, "team": team.name})
        else:
            self.changes.remove_rows({"email": self.user})

    def _entry_in_yaml(self, person: DeclaredUser, section: YamlMap) -> None:
        path, node = ("users", person.email), section[person.email]
        if not self.keeps_purchase:
            self.changes.remove(self.who, section.file, path)
        elif isinstance(node, YamlMap) and "seats" in node:
            self.changes.remove(self.who, section.file, (*path, "seats"))

    def _keep_purchase(self, label: str, end: str) -> None:
        """Leave a purchase from the store as it is, and tell what to do about it."""
        self.keeps_purchase = True
        self.proposal.notes.append(
            f"{self.who} stays {label}, which was bought in the store and cannot be handed over; {end}have somebody"
            f" else buy anew, then remove it from the files and run `seatsync edit offboard {quote(self.who)}` again"
        )

    def _hand_over(self, now: Mention | None, node: YamlMap, path: Path, label: str) -> None:
        """Give a mandatory role to the successor, or block the change if there is none."""
        if self.successor is not None:
            self.changes.set(None, node.file, path, self.proposal.shown(self.successor))
        elif now is not None:
            self.proposal.block("STEP004", f"{self.who} is {label}", now.at, _TAKE_OVER)
