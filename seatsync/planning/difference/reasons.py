"""Places in the files that steps come from: the declared value, or for removals the key that lacks one."""

from __future__ import annotations

from seatsync.account.actions.seat_actions import UNASSIGN_SEAT
from seatsync.account.actions.spec import ActionSpec, Facts, Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ADDRESS
from seatsync.account.email import identity
from seatsync.account.model import Account
from seatsync.declaration.declared import ROLE_LISTS, Declaration, DeclaredContract, DeclaredGroup, DeclaredTeam
from seatsync.declaration.mentions import Mention, People
from seatsync.finding import Location
from seatsync.reading.tree import Node, YamlList, YamlMap

_MANY = 1000


class Reasons:
    """Lookup of reasons. Long lists of people are indexed on first use."""

    def __init__(self, declared: Declaration, base: Account) -> None:
        self.declared = declared
        self.base = base
        self._ranks: dict[int, dict[str, int]] = {}

    def of(self, step: Step) -> Location | None:
        """Return the place that a step comes from; None if nothing declared concerns it."""
        user = identity(str(step.get("user") or step.get("primary_admin") or "")) or ""
        spec = ACTIONS[step.action]
        if spec.reason == "person":
            return self._person(step, user)
        key = step.get("subscription")
        if isinstance(key, str):
            return self._subscription(spec, step, key)
        if step.scope.kind == "contract":
            contract = self.declared.contracts.get(step.scope.name)
            return self._in_contract(contract, step, spec, user) if contract is not None else None
        team = self.declared.teams.get(step.scope.name)
        if team is None and spec.renames == "team":
            team = self.declared.teams.get(step.text("to"))
        return self._in_team(team, step, spec, user) if team is not None else None

    def _person(self, step: Step, user: str) -> Location | None:
        if step.action in CHANGES_ADDRESS:
            person = self.declared.users.get(identity(step.text("to")) or "")
            if person is None:
                return None
            return next((mention.at for mention in person.previous if mention.user == user), person.at)
        person = self.declared.users.get(user)
        return person.at if person is not None else None

    def _subscription(self, spec: ActionSpec, step: Step, key: str) -> Location | None:
        entry = self.declared.subscriptions.get(key)
        if entry is None:
            return None
        wanted = step.get("wanted")
        if isinstance(wanted, Facts) and entry.from_renewal is not None:
            renewed = entry.node["from_renewal"]
            for name in spec.keys:
                if (
                    isinstance(renewed, YamlMap)
                    and name in renewed
                    and wanted.get(name) not in {None, entry.node[name]}
                ):
                    return renewed.value_at(name)
        for name in spec.keys:
            if name in entry.node:
                return entry.node.value_at(name)
        return entry.at

    def _in_team(self, team: DeclaredTeam, step: Step, spec: ActionSpec, user: str) -> Location:
        group_name = step.get("group")
        group = team.groups.get(group_name) if isinstance(group_name, str) else None
        match spec.reason:
            case "seat":
                return self._seat(team, group, step, user, gains=spec.kind == "add")
            case "group":
                return self._group(team, group, step, spec, user)
            case "role":
                return self._role(team, spec, user)
            case "member":
                return self._mention(team, user) or team.at
            case "entry":
                return self._entry(team, spec, user)
            case "key":
                return _key_or(team.node, spec.keys[0], team.at)
            case "value":
                return _value_or(team.node, spec.keys[0], team.at)
        return team.at

    def _seat(self, team: DeclaredTeam, group: DeclaredGroup | None, step: Step, user: str, *, gains: bool) -> Location:
        product = step.text("product")
        if step.get("group") is not None:
            if group is None:
                return _key_or(team.node, "groups", team.at)
            if gains and product in group.products:
                return group.products.place_of(product)
            return _key_or(group.node, "products", group.at)
        if gains:
            people = team.seats.get(product)
            found = (people and self._in_list(people, user)) or _mentioned(team.by_user.get(product, ()), user)
            if found is not None:
                return found
        seats = team.node.get("seats")
        if isinstance(seats, YamlMap) and product in seats:
            return seats.key_at(product)
        return _key_or(team.node, "seats", team.at)

    def _group(
        self, team: DeclaredTeam, group: DeclaredGroup | None, step: Step, spec: ActionSpec, user: str
    ) -> Location:
        if spec.renames == "group":
            to = team.groups.get(step.text("to"))
            return _value_or(to.node, "renamed_from", to.at) if to is not None else team.at
        if group is None:
            return _key_or(team.node, "groups", team.at)
        if spec.holding != "group member":
            return group.at
        if spec.kind == "add":
            return self._in_list(group.members, user) or group.at
        return _key_or(group.node, "members", group.at)

    def _role(self, team: DeclaredTeam, spec: ActionSpec, user: str) -> Location:
        if spec.role is None:
            now = self.base.teams.get(team.name)
            was_sso = now is not None and now.role_of(user) == "sso"
            return _key_or(team.node, ROLE_LISTS["sso" if was_sso else "secondary"], team.at)
        people = team.sso_admins if spec.role == "sso" else team.secondary
        found = self._in_list(people, user) if spec.role != "primary" else None
        if found is None and team.primary is not None and team.primary.user == user:
            return team.primary.at
        return found or team.at

    def _entry(self, team: DeclaredTeam, spec: ActionSpec, user: str) -> Location:
        """Return the person's entry in the list under the key of an action."""
        lists = (people for role, people in team.role_lists() if ROLE_LISTS[role] == spec.keys[0])
        return next(filter(None, (self._in_list(people, user) for people in lists)), team.at)

    def _mention(self, team: DeclaredTeam, user: str) -> Location | None:
        """Return the place of the first thing in a team that makes someone a member of it."""
        if team.primary is not None and team.primary.user == user:
            return team.primary.at
        for people in team.lists():
            found = self._in_list(people, user)
            if found is not None:
                return found
        mentions = [mention for mentions in team.by_user.values() for mention in mentions]
        manages = [
            sub.contract_manager
            for sub in self.declared.subscriptions.values()
            if sub.team == team.name and sub.contract_manager is not None
        ]
        return _mentioned([*mentions, *team.rows, *manages], user)

    def _in_contract(self, contract: DeclaredContract, step: Step, spec: ActionSpec, user: str) -> Location:
        node, role = contract.node, spec.role
        if role is not None:
            mention = contract.contract_manager if role == "manager" else contract.coordinator
            return mention.at if mention is not None else contract.at
        match spec.reason:
            case "seat" | "benefit" | "product":
                people = self._holders(contract, step, spec)
                found = self._in_list(people, user) if people is not None and spec.kind == "add" else None
                return found or _within(node, spec.section, step, contract.at)
            case "member":
                return self._contract_mention(contract, user) or contract.at
            case "key":
                return _key_or(node, spec.keys[0], contract.at)
            case "value":
                return _value_or(node, spec.keys[0], contract.at)
        return contract.at

    def _holders(self, contract: DeclaredContract, step: Step, spec: ActionSpec) -> People | None:
        if spec.holding == "seat":
            return contract.users.get(str(step.get("product")))
        return contract.services.get(str(step.get("service"))) if spec.holding == "service" else contract.support

    def _contract_mention(self, contract: DeclaredContract, user: str) -> Location | None:
        for mention in (contract.contract_manager, contract.coordinator):
            if mention is not None and mention.user == user:
                return mention.at
        for people in contract.lists():
            found = self._in_list(people, user)
            if found is not None:
                return found
        return None

    def _in_list(self, people: People, user: str) -> Location | None:
        if len(people.ids) < _MANY:
            return people.at(people.ids.index(user)) if user in people.ids else None
        ranks = self._ranks.get(id(people))
        if ranks is None:
            ranks = self._ranks[id(people)] = {}
            for index, listed in people.items():
                ranks.setdefault(listed, index)
        return people.at(ranks[user]) if user in ranks else None


def _mentioned(mentions: list[Mention] | tuple[Mention, ...], user: str) -> Location | None:
    return next((mention.at for mention in mentions if mention.user == user), None)


def _key_or(node: YamlMap, key: str, otherwise: Location) -> Location:
    return node.key_at(key) if key in node else otherwise


def _value_or(node: YamlMap, key: str, otherwise: Location) -> Location:
    return node.value_at(key) if key in node else otherwise


def _within(node: YamlMap, section: str, step: Step, otherwise: Location) -> Location:
    """Return the key of a step's product or service in a section of a contract, else the section's key, or default."""
    inner: Node = node.get(section)
    name = step.get("product") or step.get("service")
    if isinstance(inner, YamlMap) and isinstance(name, str) and name in inner:
        thing = inner[name]
        listed = step.action == UNASSIGN_SEAT.name and isinstance(thing, YamlMap) and "users" in thing
        return thing.key_at("users") if listed and isinstance(thing, YamlMap) else inner.key_at(name)
    if isinstance(inner, YamlList) or section in node:
        return node.key_at(section)
    return otherwise
