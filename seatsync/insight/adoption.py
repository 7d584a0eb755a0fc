"""Operations on files that write changes made in the portal back into the repository."""

from __future__ import annotations

from collections.abc import Callable, Container
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from seatsync.account.actions.spec import Facts
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.history import TrackedPeople
from seatsync.account.model import NOBODY, Account, Contract, Scope, Team
from seatsync.clock import lasts, later
from seatsync.declaration.declared import ROLE_LISTS, Declaration, DeclaredContract, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.mentions import People
from seatsync.editing.changeset import ChangeSet, csv_not_edited
from seatsync.editing.operations import Path
from seatsync.insight.drift import Drift
from seatsync.insight.drift_facts import Fact
from seatsync.planning.difference.desired_purchases import renewed_in_account
from seatsync.reading.tree import YamlMap


@dataclass(slots=True)
class Edits(ChangeSet[Fact]):
    """As `ChangeSet`; `portal` is the present account, `shown` maps identities to addresses as written."""

    today: str = field(kw_only=True)
    portal: Account = field(kw_only=True)
    shown: dict[str, str] = field(kw_only=True)
    met: set[str] = field(default_factory=set)

    def add_person(self, fact: Fact | None, node: YamlMap, path: Path, user: str) -> None:
        """Add a person to a list in the file of `node`."""
        self.add_item(fact, node.file, path, self.written(user, node))

    def written(self, user: str, node: YamlMap) -> str:
        """Return a person's address as written; also declare a person who is not declared yet."""
        shown = self.shown.get(user, user)
        if user not in self.declared.users and user not in self.met:
            self.met.add(user)
            person = self.portal.users.get(user)
            names = {} if person is None else {"first_name": person.first_name, "last_name": person.last_name}
            value = Facts(tuple((name, text) for name, text in names.items() if text))
            self.set(None, self._people_file(node), ("users", shown), value)
        return shown

    def _people_file(self, node: YamlMap) -> str:
        """Return the file for a new person: that of `node` if it declares people, else that of the first person."""
        files = [person.section.file for person in self.declared.users.values() if person.section is not None]
        return node.file if node.file in files or not files else files[0]


_LISTS = {ROLE_TITLES[role]: key for role, key in ROLE_LISTS.items()}
_FIELDS = {"contract manager": "contract_manager", "software coordinator": "software_coordinator"}
_NUMBERS = frozenset({"seats", "tokens"})
_PURCHASE = "a purchase is declared by hand"


def operations(declared: Declaration, facts: list[Fact], drift: Drift, day: str) -> Edits:
    """Return the edits that make the files declare the state of the portal, and the facts that are left.

    `facts` are all of the drift; only those changed in the portal alone, and notes, are written.
    """
    edits = Edits(declared, day, today=day, portal=drift.portal, shown=drift.shown)
    for fact in facts:
        if fact.status == "portal":
            write = _in_team if fact.scope.kind == "team" else _in_contract if fact.scope.kind == "contract" else _alone
            write(fact, edits)
        elif fact.status == "note":
            _renewal(fact, facts, edits)
    external = _external_users(facts, edits)
    _members(facts, edits, drift.tracked, external)
    return edits


def _external_users(facts: list[Fact], edits: Edits) -> set[tuple[Scope, str]]:
    """Return the external users that the edits list, with their teams.

    If the files of a team get the key, list all its external users: it makes everybody else a regular member.
    """
    new = [fact for fact in facts if fact.status == "portal" and fact.portal == ROLE_TITLES["external"]]
    found = {(fact.scope, fact.name("user")) for fact in new}
    for scope in dict.fromkeys(fact.scope for fact in new):
        name = scope.name
        team, portal = edits.declared.teams.get(name), edits.portal.teams.get(name)
        if team is None or portal is None or team.external is not None:
            continue
        ignore = edits.declared.policy_of(team).ignore
        known = {fact.name("user"): fact for fact in new if fact.scope == scope}
        for user in sorted(portal.external - known.keys()):
            if not ignore.user(user):
                path = ("teams", name, ROLE_LISTS["external"])
                edits.add_person(next(iter(known.values())), team.node, path, user)
                found.add((scope, user))
    return found


def _members(facts: list[Fact], edits: Edits, tracked: TrackedPeople, external: Container[tuple[Scope, str]]) -> None:
    """Declare new bare members, and people who lost everything else that made them members.

    Where only `leavers` are pruned, others than the `tracked` people remain members undeclared. `external` are external
    users that the edits list, with their teams.
    """
    known = {(fact.scope, fact.name("user")): fact for fact in facts if fact.what == "member"}
    for scope in sorted({scope for fact in facts if fact.status == "portal" for scope in _scopes(fact)}):
        entry = _entry(scope, edits.declared)
        prune = edits.declared.policy_of(entry).prune
        if entry is None or not prune & {"members", "leavers"}:
            continue
        for user in _bare_members(scope, entry, edits):
            fact = known.get((scope, user))
            stays = "members" not in prune and user not in tracked.get(scope, NOBODY)
            if not stays and (scope, user) not in external and (fact is None or fact.status == "portal"):
                edits.add_person(fact, entry.node, (f"{scope.kind}s", scope.name, "members"), user)


def _entry(scope: Scope, declared: Declaration) -> DeclaredTeam | DeclaredContract | None:
    return declared.teams.get(scope.name) if scope.kind == "team" else declared.contracts.get(scope.name)


def _scopes(fact: Fact) -> set[Scope]:
    """Return the scope of a fact, and both teams of a moved subscription."""
    moved = fact.of[-1:] == (("fact", "team"),)
    teams = (fact.applied, fact.portal) if moved else ()
    return {fact.scope, *(Scope("team", team) for team in teams if isinstance(team, str))}


def _alone(fact: Fact, edits: Edits) -> None:
    if fact.what == "person":
        _person(fact, edits)
    else:
        _subscription(fact, edits)


def _person(fact: Fact, edits: Edits) -> None:
    """Write names. New people are declared with their first assignment; people who left stay declared."""
    entry = edits.declared.users.get(fact.name("user"))
    if not isinstance(fact.portal, Facts) or entry is None:
        return
    for name, written in (("first_name", entry.first_name), ("last_name", entry.last_name)):
        value = fact.portal.get(name)
        if written is None or written == value:
            continue
        if entry.section is None:
            edits.skip(fact, csv_not_edited(entry.at.file))
            return
        path = ("users", entry.email, name)
        if value:
            edits.set(fact, entry.section.file, path, str(value))
        else:
            edits.remove(fact, entry.section.file, path)


def _subscription(fact: Fact, edits: Edits) -> None:
    key = fact.name("subscription")
    entry = edits.declared.subscriptions.get(key)
    if entry is None or "fact" not in dict(fact.of):
        edits.skip(fact, _PURCHASE)
    elif fact.name("fact") == "team" and fact.portal not in edits.declared.teams:
        edits.skip(fact, f"team {fact.portal} is not declared" if fact.portal else "it is in no team now")
    else:
        _value(fact, entry.node, ("subscriptions", key, *_field(entry, fact.name("fact"), edits)), edits)


def _field(entry: DeclaredSubscription, name: str, edits: Edits) -> Path:
    """Return the path of a fact within its subscription: that of `from_renewal` for a number that counts by now."""
    now = edits.portal.subscriptions.get(entry.id)
    adopted = now is not None and renewed_in_account(entry, now)  # `from_renewal` goes with the old term
    counts = name in _NUMBERS and entry.number_changed(edits.today) and not adopted
    return ("from_renewal", name) if counts else (name,)


def _renewal(fact: Fact, facts: list[Fact], edits: Edits) -> None:
    """Write a later term, or whether a subscription renews by itself.

    With a later term, the number that counts from the renewal on becomes the declared one. `facts` are all of the
    drift: a number that was changed in the portal is written for that.
    """
    key, name = fact.name("subscription"), fact.name("fact")
    entry, path = edits.declared.subscriptions[key], ("subscriptions", key)
    if entry.from_renewal is not None and name == "auto_renew":
        edits.skip(fact, "its `from_renewal` needs `auto_renew: true`; change both by hand")
        return
    if entry.from_renewal is not None and not entry.number_changed(edits.today):
        edits.skip(fact, f"its `from_renewal` counts from {later(entry.ends, 1)}; adopt the term on that day")
        return
    if entry.from_renewal is not None and name == "ends":
        unit = "seats" if entry.tokens is None else "tokens"
        of = (("subscription", key), ("fact", unit))
        if not any(each.of == of and each.status == "portal" for each in facts):
            edits.set(fact, entry.node.file, (*path, unit), entry.from_renewal)
        edits.remove(fact, entry.node.file, (*path, "from_renewal"))
    _value(fact, entry.node, (*path, name), edits)


def _value(fact: Fact, node: YamlMap, path: Path, edits: Edits) -> None:
    """Write a field with a single value or person."""
    if fact.portal is None:
        edits.remove(fact, node.file, path)
    elif path[-1] in {"contract_manager", "software_coordinator", "primary_admin"}:
        edits.set(fact, node.file, path, edits.written(str(fact.portal), node))
    else:
        edits.set(fact, node.file, path, fact.portal if isinstance(fact.portal, int) else str(fact.portal))


def _in_team(fact: Fact, edits: Edits) -> None:
    if fact.what == "subscription":
        _subscription(fact, edits)
        return
    team = edits.declared.teams.get(fact.scope.name)
    if team is None or fact.scope.name not in edits.portal.teams:
        if fact.what == "team" or team is None:
            edits.skip(fact, "remove a deleted team by hand, with everything that names it")
        return
    write = _TEAM.get(fact.what)
    if write is not None:
        write(fact, team, ("teams", team.name), edits)


def _primary(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    _value(fact, team.node, (*path, "primary_admin"), edits)


def _role(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    user = fact.name("user")
    for role, people in team.role_lists():
        if fact.portal != ROLE_TITLES[role]:
            edits.remove_person(fact, people, (*path, ROLE_LISTS[role]), user)
    if isinstance(fact.portal, str):
        edits.add_person(fact, team.node, (*path, _LISTS[fact.portal]), user)


def _sso(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    there = fact.portal if isinstance(fact.portal, Facts) else None
    value = None if there is None else Facts(tuple(item for item in there.items if item[1] is not None))
    edits.set(fact, team.node.file, (*path, "sso"), value)


def _group(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    name = fact.name("group")
    there = (*path, "groups", name)
    if fact.portal is None:
        edits.remove(fact, team.groups[name].node.file, there)
        return
    if name in team.groups:
        edits.skip(fact, "it is declared for other days; change its `from` and `until` by hand")
        return
    group = edits.portal.teams[team.name].groups[name]
    members = tuple(edits.written(user, team.node) for user in sorted(group.members))
    lists = (("members", members), ("products", tuple(sorted(group.products))))
    edits.set(fact, team.node.file, there, Facts(tuple(item for item in lists if item[1])))


def _group_member(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    name, user = fact.name("group"), fact.name("user")
    if not _in_both(name, team, edits):
        return  # the whole group is added or removed
    there = (*path, "groups", name, "members")
    if fact.portal is None:
        edits.remove_person(fact, team.groups[name].members, there, user)
    else:
        edits.add_person(fact, team.node, there, user)


def _in_both(group: str, team: DeclaredTeam, edits: Edits) -> bool:
    """Return True if a group is declared for today, and in the portal."""
    declared = group in team.groups and lasts(team.groups[group].days, edits.today)
    return declared and group in edits.portal.teams[team.name].groups


def _group_product(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    name, product = fact.name("group"), fact.name("product")
    if not _in_both(name, team, edits):
        return
    there = (*path, "groups", name, "products")
    if fact.portal is None:
        edits.remove_product(fact, team.groups[name].products, there, product)
    else:
        edits.add_item(fact, team.node.file, there, product)


def _seat(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    product, user = fact.name("product"), fact.name("user")
    there = (*path, "seats", product)
    if fact.portal is None:
        edits.remove_person(fact, team.seats.get(product), there, user)
        mentions = (mention for mention in team.by_user.get(product, ()) if mention.user == user)
        edits.remove_by_user(fact, mentions, team.name)
    else:
        edits.add_person(fact, team.node, there, user)


def _member(fact: Fact, team: DeclaredTeam, path: Path, edits: Edits) -> None:
    """Remove a member; new members are written by `_members`."""
    user = fact.name("user")
    if fact.portal is None:
        edits.remove_person(fact, team.members, (*path, "members"), user)
        rows = [mention.at.file for mention in team.rows if mention.user == user]
        if rows:
            edits.skip(fact, csv_not_edited(rows[0]))


_TEAM: dict[str, Callable[[Fact, DeclaredTeam, Path, Edits], None]] = {
    "primary admin": _primary,
    "role": _role,
    "SSO configuration": _sso,
    "group": _group,
    "group member": _group_member,
    "group product": _group_product,
    "seat": _seat,
    "member": _member,
}


def _in_contract(fact: Fact, edits: Edits) -> None:
    contract = edits.declared.contracts.get(fact.scope.name)
    whole = fact.what in {"contract", "product"} and "fact" not in dict(fact.of)
    if contract is None or fact.scope.name not in edits.portal.contracts or whole:
        edits.skip(fact, _PURCHASE)
        return
    path, product = ("contracts", contract.number), fact.name("product")
    if fact.what == "contract":
        _value(fact, contract.node, (*path, fact.name("fact")), edits)
    elif fact.what == "product":
        _value(fact, contract.node, (*path, "products", product, fact.name("fact")), edits)
    elif fact.what in _FIELDS:
        _value(fact, contract.node, (*path, _FIELDS[fact.what]), edits)
    else:
        _held(fact, contract, path, edits)


def _held(fact: Fact, contract: DeclaredContract, path: Path, edits: Edits) -> None:
    """Write a person in a list of a contract."""
    product, service, user = fact.name("product"), fact.name("service"), fact.name("user")
    lists: dict[str, tuple[People | None, Path]] = {
        "seat": (contract.users.get(product), ("products", product, "users")),
        "service": (contract.services.get(service), ("services", service)),
        "support": (contract.support, ("support",)),
        "member": (contract.members, ("members",)),
    }
    people, there = lists[fact.what]
    if fact.portal is None:
        edits.remove_person(fact, people, (*path, *there), user)
    elif fact.what == "seat" and product not in contract.products:
        edits.skip(fact, f"product {product} is not declared for the contract")
    elif fact.what != "member":
        edits.add_person(fact, contract.node, (*path, *there), user)


def _bare_members(scope: Scope, entry: DeclaredTeam | DeclaredContract, edits: Edits) -> list[str]:
    """Return the undeclared members in the portal who hold nothing else in the scope."""
    name, portal = scope.name, edits.portal
    now = portal.teams.get(name) if isinstance(entry, DeclaredTeam) else portal.contracts.get(name)
    if now is None:
        return []
    ignore = edits.declared.policy_of(entry).ignore
    listed = entry.members.on(edits.today)
    if isinstance(entry, DeclaredTeam):
        listed = entry.members_on(edits.today)
        listed |= entry.external.on(edits.today) & _external_in(now) if entry.external is not None else set()
    held = _held_in_team(name, now, edits.portal) if isinstance(now, Team) else _held_in_contract(now)
    return sorted(user for user in now.members - held - listed if not ignore.user(user))


def _external_in(now: Team | Contract) -> AbstractSet[str]:
    return now.external if isinstance(now, Team) else NOBODY


def _held_in_team(name: str, team: Team, portal: Account) -> set[str]:
    managers = {sub.contract_manager for sub in portal.subscriptions_of(name).values()}
    groups = (group.members for group in team.groups.values())
    return {team.primary, *team.admins, *managers}.union(*team.seats.values(), *groups)


def _held_in_contract(contract: Contract) -> set[str]:
    holders = (*contract.seats.values(), *contract.services.values(), contract.support)
    return {contract.contract_manager, contract.coordinator}.union(*holders)
