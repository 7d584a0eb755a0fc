"""REF001, REF004, REF005: references to undeclared names, with the nearest declared one, and people in no scope."""

import re
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import NamedTuple

from seatsync.declaration.declared import Declaration, DeclaredUser
from seatsync.declaration.mentions import ListMention, Mention
from seatsync.declaration.named_lists import circles
from seatsync.finding import Cause, Finding, Location, Related, Severity
from seatsync.reading.tree import YamlMap, node_at

_COMPARISONS = 2_000_000  # per run: about a quarter of a second
_SHORT, _LONG = 4, 8  # names up to these lengths may differ by one and two letters; longer ones by three
_CANDIDATES = 10  # nearest people of whom the first who is not somebody else is suggested
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_DIGITS = re.compile(r"\d+")
_TWICE = re.compile(r"(.)\1+")


class Suggester:
    """Suggestions from a fixed collection of names, cached, with a limited number of comparisons in total."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._left = max(1, _COMPARISONS // max(1, len(names)))
        self._known: dict[str, str | None] = {}

    def nearest(self, name: str) -> str | None:
        """Return the nearest name if it is close enough, or None, also if no comparisons are left."""
        if name not in self._known:
            if self._left == 0:
                return None
            self._left -= 1
            self._known[name] = nearest(name, self._names)
        return self._known[name]


def nearest(name: str, names: Collection[str]) -> str | None:
    """Return the member of `names` nearest to `name`, the first of several; None if none is close enough.

    Of addresses, only those that may belong to the same person are considered.
    """
    folded = name.casefold()
    for other in names:
        if other.casefold() == folded:
            return other
    return next((other for other in _by_distance(name, names) if "@" not in name or may_be_same(name, other)), None)


def nearest_person(local: str, names: Collection[str]) -> str | None:
    """Return the local part of an address that is nearest to a text, None if none may be the same person."""
    found = nearest(f"{local}@", [f"{name}@" for name in names])
    return None if found is None else found[:-1]


def _by_distance(name: str, names: Collection[str]) -> list[str]:
    # Imported here because most runs have no misspelt names.
    from rapidfuzz import process  # noqa: PLC0415
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    # Given a mapping, the library would compare its values.
    most = _CANDIDATES if "@" in name else 1
    found = process.extract(name, tuple(names), scorer=OSA.distance, score_cutoff=_allowed(name), limit=most)
    return [str(other) for other, *_ in found]


def _allowed(name: str) -> int:
    """Return how many letters may differ, by the length of the part before the `@`: the domain is mostly shared."""
    length = len(name.partition("@")[0])
    return 1 if length <= _SHORT else 2 if length <= _LONG else 3


def may_be_same(address: str, known: str) -> bool:
    """Return True if two similar addresses may be one person's: their first names and their numbers are the same.

    A first name may have swapped letters, or one of them twice (`bne`, `marrta`): that is a slip of the keys. An
    address of one word may differ in one letter after the first, and a long one as far as all names may.
    """
    mine, theirs = (each.rpartition("@")[0].casefold() for each in (address, known))
    if _DIGITS.findall(mine) != _DIGITS.findall(theirs):
        return False
    words, others = ([word for word in _NOT_LETTERS.split(local) if word] for local in (mine, theirs))
    if not words or len(words) != len(others):
        return mine == theirs
    one, other = words[0], others[0]
    if len(words) == 1 and one[0] == other[0] and (len(one) > _LONG or _distance(one, other) <= 1):
        return True
    return _is_slip(one, other)


def _distance(one: str, other: str) -> int:
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    return int(OSA.distance(one, other))


def _is_slip(one: str, other: str) -> bool:
    """Return True if two words are equal but for two swapped neighbours or doubled letters."""
    if _TWICE.sub(r"\1", one) == _TWICE.sub(r"\1", other):
        return True
    apart = [index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]
    return len(one) == len(other) and len(apart) == 2 and one[apart[0]] == other[apart[1]]  # noqa: PLR2004 - a pair


class _Reference(NamedTuple):
    """A reference to a person who is not declared."""

    user: str
    written: str
    at: Location


def declared_names(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every person, team and group that is referred to is declared.

    What: People with a role, a seat, a service or a place in a group are declared under `users` or in the CSV of
    people. Teams named by a subscription, by a person's `seats`, by the CSV or by `directory_sync` are declared under
    `teams`, and groups named by the CSV in their team. The finding suggests a declared name if one is similar.

    Why: A misspelt address would invite a stranger, and seats for a misspelt team would be lost.

    Source: seatsync

    Wrong:
        teams:
          design:
            secondary_admins: [bne@acme.example]

    Right:
        teams:
          design:
            secondary_admins: [ben@acme.example]
    """
    if declared.whole("users"):
        yield from _unknown_persons(declared)
    if declared.whole("teams"):
        yield from _unknown_teams(declared)
        yield from _unknown_groups(declared)


def _unknown_persons(declared: Declaration) -> Iterator[Finding]:
    undeclared = list(_undeclared_persons(declared))
    if not undeclared:
        return
    suggester = Suggester(declared.users.keys())
    moved = {mention.user: user.email for _, user in declared.moved() for mention in user.previous}
    for reference in undeclared:
        suggestion = suggester.nearest(reference.user)
        hint, instead = "declare them under `users`, or correct the address", ""
        if reference.user in moved:
            instead = moved[reference.user]
            hint = f"this is a previous address of {instead}; use the new one"
        elif suggestion is not None:
            instead = declared.shown(suggestion)
            hint = f"did you mean {instead}?"
        yield _finding(f"{reference.written} is not declared", reference.at, hint, ("user", reference.user), instead)


def _unknown_teams(declared: Declaration) -> Iterator[Finding]:
    suggester = Suggester(declared.teams.keys())
    renamed = {old: team.name for team in declared.teams.values() for old in team.renamed_from}
    for name, at in _undeclared_teams(declared):
        suggestion = suggester.nearest(name)
        hint, instead = "declare it under `teams`, or correct the name", ""
        if name in renamed:
            instead = renamed[name]
            hint = f"it was renamed to {instead}; use the new name"
        elif suggestion is not None:
            instead = suggestion
            hint = f"did you mean {suggestion}?"
        yield _finding(f"team {name} is not declared", at, hint, ("team", name), instead)


def _unknown_groups(declared: Declaration) -> Iterator[Finding]:
    for group in declared.undeclared_groups:
        team = declared.teams[group.team]
        if "groups" in team.broken:
            continue
        renamed = {old: known.name for known in team.groups.values() for old in known.renamed_from}
        instead = renamed.get(group.name) or Suggester(team.groups.keys()).nearest(group.name) or ""
        hint = f"did you mean {instead}?" if instead else "declare it under `groups` of the team, or correct the name"
        if group.name in renamed:
            hint = f"it was renamed to {instead}; use the new name"
        message = f"group {group.name} of team {team.name} is not declared"
        yield _finding(message, group.at, hint, ("group", group.name), instead, ("team", team.name))


def _finding(
    message: str, at: Location, hint: str, thing: tuple[str, str], instead: str, *within: tuple[str, str]
) -> Finding:
    return Finding("REF001", Severity.ERROR, message, at, hint=hint, things=(*within, thing), replacement=instead)


def _undeclared_teams(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """Yield each reference to an undeclared team."""
    for sub in declared.subscriptions.values():
        if sub.team is not None and sub.team not in declared.teams:
            yield sub.team, sub.node.value_at("team")
    for undeclared in declared.undeclared_teams:
        yield undeclared.name, undeclared.at
    yield from _undeclared_in_portal(declared)


def _undeclared_in_portal(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """Yield each undeclared team with directory sync or with an id of the vendor's API.

    Before any team is declared, ids of teams tell `refresh` and `import` which ones there are.
    """
    portal = declared.project.portal
    if portal is None:
        return
    section = declared.project.node.get("portal")
    used = portal.team_admin
    for path, named in (
        (("directory_sync",), portal.directory_sync),
        (("team_admin", "teams"), () if used is None or not declared.teams else used.teams),
    ):
        node = node_at(section, *path)
        missing = [name for name, _ in named if name not in declared.teams]
        if isinstance(node, YamlMap):
            yield from ((name, node.key_at(name)) for name in missing)


def _undeclared_persons(declared: Declaration) -> Iterator[_Reference]:
    """Yield each reference to an undeclared person."""
    for mention in _single_mentions(declared):
        if mention.user not in declared.users:
            yield _Reference(mention.user, mention.written, mention.at)
    is_declared = declared.users.__contains__
    for people in chain((named.members for named in declared.lists.values()), declared.people()):
        if all(map(is_declared, people.ids)):
            continue
        missing = set(people.ids).difference(declared.users)
        for index, user in people.items():
            if user in missing and people.through(index) is None:
                yield _Reference(user, people.written(index), people.at(index))


def _single_mentions(declared: Declaration, *, of_teams: bool = False) -> Iterator[Mention]:
    """Yield the holders of roles for one person; with `of_teams`, skip subscriptions that are in no team."""
    mentions = [team.primary for team in declared.teams.values()]
    subscriptions = (sub for sub in declared.subscriptions.values() if sub.team is not None or not of_teams)
    mentions += [sub.contract_manager for sub in subscriptions]
    for contract in declared.contracts.values():
        mentions += [contract.contract_manager, contract.coordinator]
    return (mention for mention in mentions if mention is not None)


def declared_lists(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every named list that is mentioned is declared, and no list contains itself.

    What: The name after `list:` in an entry of people is declared under `lists`. A list does not mention itself, also
    not through other lists; the finding is placed at the mention that closes the circle. The finding suggests a
    declared name if one is similar.

    Why: seatsync cannot tell whom such an entry includes.

    Source: seatsync

    Wrong:
        lists:
          core: {members: [ben@acme.example]}
        teams:
          design:
            secondary_admins: [{list: cor}]

    Right:
        lists:
          core: {members: [ben@acme.example]}
        teams:
          design:
            secondary_admins: [{list: core}]
    """
    if not declared.whole("lists"):
        return
    suggester = Suggester(declared.lists.keys())
    for people in chain((named.members for named in declared.lists.values()), declared.people()):
        for mention in people.lists:
            if mention.name not in declared.lists:
                meant = suggester.nearest(mention.name)
                hint = f"did you mean {meant}?" if meant else "declare it under `lists`, or correct the name"
                yield _of_list(mention, f"list {mention.name} is not declared", hint, instead=meant or "")
    for name, mention in circles(declared.lists) if declared.lists else ():
        through = "" if name == mention.name else f", through list {name}"
        first = Related(declared.lists[mention.name].at, f"list {mention.name}")
        message = f"list {mention.name} contains itself{through}"
        yield _of_list(mention, message, "remove one of the mentions of the circle", first)


def _of_list(mention: ListMention, message: str, hint: str, *related: Related, instead: str = "") -> Finding:
    things = (("list", mention.name),)
    return Finding("REF004", Severity.ERROR, message, mention.at, hint, "", related, things, instead)


def in_no_scope(declared: Declaration, day: str) -> Iterator[Finding]:
    """A declared person is in a team or a contract.

    What: The person has a role, a seat, a service, a place in a group or a membership somewhere; past and future
    entries count. The contract manager of a team's subscription is in the team.

    Why: Only members of teams and contracts belong to the account. Other people are never invited, and people who
    leave their last team leave the account.

    Source: S1 S3

    Wrong:
        users:
          hal@acme.example: {}

    Right:
        users:
          hal@acme.example: {}
        teams:
          build:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            members: [hal@acme.example]
    """
    if not declared.whole("lists", "teams", "contracts", "subscriptions") or _partly_known(declared):
        return
    placed = {undeclared.user for undeclared in declared.undeclared_teams}
    placed.update(undeclared.user for undeclared in declared.undeclared_groups)
    placed.update(mention.user for mention in _single_mentions(declared, of_teams=True))
    for people in declared.people():
        placed.update(people.ids)
    for team in declared.teams.values():
        placed.update(mention.user for mentions in (team.rows, *team.by_user.values()) for mention in mentions)
    left = [user for user in declared.users if user not in placed and not _has_seats(declared.users[user])]
    suggested = _suggested(declared) if left else frozenset()
    for user in left:
        if user not in suggested:
            person = declared.users[user]
            yield Finding(
                "REF005",
                Severity.INFO,
                f"{person.email} is in no team and no contract, so they are never invited",
                person.at,
                hint="add them to the `members` of a team, or give them a seat or a role",
                things=(("user", user),),
                cause=Cause("", " people are in no team and no contract, so they are never invited"),
            )


def _suggested(declared: Declaration) -> AbstractSet[str]:
    """Return the people that REF001 suggests for undeclared ones: probably they are named, but misspelt."""
    suggester = Suggester(declared.users.keys())
    return {
        suggestion
        for reference in _undeclared_persons(declared)
        if (suggestion := suggester.nearest(reference.user)) is not None
    }


def _has_seats(person: DeclaredUser) -> bool:
    """Return True if seats are declared by user, even if they could not be read."""
    entry = None if person.section is None else person.section.get(person.email)
    return isinstance(entry, YamlMap) and bool(entry.get("seats"))


def _partly_known(declared: Declaration) -> bool:
    """Return True if a field was refused that may have named somebody."""
    broken = [team.broken for team in declared.teams.values()]
    broken += [group.broken for team in declared.teams.values() for group in team.groups.values()]
    broken += [contract.broken for contract in declared.contracts.values()]
    broken += [sub.broken for sub in declared.subscriptions.values()]
    return any(broken)
