"""The table of `seatsync edit` commands, each with command lines and what they are to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path as FilePath
from random import Random
from typing import TypeAlias

from seatsync.declaration.declared import ROLE_LISTS, Declaration
from seatsync.declaration.mentions import People
from tests.planning.states import GROUPS, PEOPLE, PRODUCTS, TEAMS
from tests.staffing.kit import Asked, EditCase, Json, Words, covers, members_of, person, products_of

Days: TypeAlias = tuple[str | None, str | None]
Path: TypeAlias = tuple[str, ...]
_NO_DAYS: Days = (None, None)
_LATER = "2027-06-30"
"""A day after all days of the repositories."""
_EXTERNAL = ROLE_LISTS["external"]


def _some(random: Random, declared: Declaration, likely: Iterable[str] = ()) -> list[str]:
    """Return one or two declared people, mostly of the likely ones."""
    people = [user for user in PEOPLE if user in declared.users]
    if random.random() < 0.9:
        people = [user for user in people if user in set(likely)] or people
    return random.sample(people, min(len(people), random.choice([1, 1, 2])))


def _product(random: Random, declared: Declaration, team: str) -> str:
    """Return a product, mostly one that a team has bought."""
    bought = sorted({sub.product for sub in declared.subscriptions.values() if sub.team == team})
    return random.choice(bought if bought and random.random() < 0.9 else PRODUCTS)


def _direct(declared: Declaration, team: str, product: str) -> set[str]:
    """Return the people with a direct seat on any day."""
    said = declared.teams[team]
    seats = said.seats.get(product)
    return {*(seats.ids if seats is not None else ()), *(mention.user for mention in said.by_user.get(product, ()))}


def _listed(declared: Declaration, team: str, product: str) -> set[str]:
    """Return the people with a seat through a named list."""
    seats = declared.teams[team].seats.get(product)
    return {person.user for mention in (() if seats is None else seats.lists) for person in mention.people}


def _items(team: Json, *path: str) -> list[Json]:
    """Return a list of a team, which is made if it is missing."""
    for key in path[:-1]:
        team = team.setdefault(key, {})
    found: list[Json] = team.setdefault(path[-1], [])
    return found


def _take(items: list[Json], user: str) -> list[Days]:
    """Remove the entries of a person, and return their days."""
    taken = [entry for entry in items if person(entry) == user]
    items[:] = [entry for entry in items if person(entry) != user]
    return [_NO_DAYS if isinstance(entry, str) else (entry[1], entry[2]) for entry in taken]


def _put(items: list[Json], user: str, days: Days) -> None:
    """Add an entry of a person; one without days is instead of all others."""
    if days == _NO_DAYS:
        _take(items, user)
        items.append(user)
    elif user not in items and [user, *days] not in items:
        items.append([user, *days])


def _assign(random: Random, declared: Declaration) -> Asked:
    team = random.choice(TEAMS)
    people, product = _some(random, declared), _product(random, declared, team)
    days: Days = random.choice([_NO_DAYS, ("2026-05-01", "2027-01-31")])
    options = [] if days == _NO_DAYS else ["--from", str(days[0]), "--until", str(days[1])]

    def expected(tree: Json) -> Json:
        for user in people:
            items = _items(tree["teams"][team], "seats", product)
            _take(items, user)
            _put(items, user, days)
        return tree

    return Asked((*people, product, "--team", team, *options), expected)


def _unassign(random: Random, declared: Declaration) -> Asked:
    team, product = random.choice(
        [(team, product) for team in TEAMS for product in declared.teams[team].products()] or [(TEAMS[0], PRODUCTS[0])]
    )
    people = _some(random, declared, _direct(declared, team, product))

    def expected(tree: Json) -> Json:
        for user in people:
            for days in _take(_items(tree["teams"][team], "seats", product), user):
                _put(_items(tree["teams"][team], "members"), user, days)
        return tree

    return Asked((*people, product, "--team", team), expected)


def _promote(random: Random, declared: Declaration) -> Asked:
    role = random.choice(["primary", "secondary", "sso"])
    people, name = _some(random, declared)[: 1 if role == "primary" else 2], random.choice(TEAMS)

    def expected(tree: Json) -> Json:
        team = tree["teams"][name]
        for user in people:
            former = team.get("primary_admin") if role == "primary" else None
            for key in (key for key in ROLE_LISTS.values() if key in team):
                _take(team[key], user)
                if former not in {None, user} and key != _EXTERNAL:
                    _take(team[key], former)
            if role == "primary":
                team["primary_admin"] = user
            if role != "primary" or former not in {None, user}:
                key = ROLE_LISTS["sso" if role == "sso" else "secondary"]
                _put(_items(team, key), str(former) if role == "primary" else user, _NO_DAYS)
        return tree

    return Asked((*people, role, "--team", name), expected)


def _without(people: list[str]) -> Callable[[Json], Json]:
    """Return a function that returns a declaration without some people, and without what becomes empty."""

    def without(tree: Json) -> Json:
        if isinstance(tree, dict):
            inner = {key: without(value) for key, value in tree.items() if not {key, str(value)} & {*people}}
            return {key: value for key, value in inner.items() if value not in ({}, [], None)}
        if isinstance(tree, list):
            return [item for item in tree if isinstance(item, dict) or person(item) not in people]
        return tree

    return without


def _offboard(random: Random, declared: Declaration) -> Asked:
    people = _some(random, declared)

    def expected(tree: Json) -> Json:
        """Return it without the people; who manages a purchase from the store keeps that alone."""
        after = _without(people)(tree)
        for section in ("subscriptions", "contracts"):
            for name, bought in tree.get(section, {}).items():
                manager = bought.get("contract_manager")
                if manager in people and bought["channel"] == "store":
                    after[section][name]["contract_manager"] = manager
                    after["users"][manager] = tree["users"][manager]
        return after

    return Asked((*people,), expected, _without([]))


def _move(random: Random, declared: Declaration) -> Asked:
    people = _some(random, declared)
    if random.random() < 0.3:
        old, new = random.sample(TEAMS, 2)
        return Asked((*people, old, new), lambda tree: tree, _without(people))
    team = random.choice(TEAMS)
    groups = [*declared.teams[team].groups]
    old, new = random.sample(groups if len(groups) > 1 else GROUPS, 2)
    people = _some(random, declared, declared.teams[team].groups[old].members.ids if old in groups else ())

    def expected(tree: Json) -> Json:
        groups = tree["teams"][team]["groups"]
        for user in people:
            has = _take([*_items(groups[new], "members")], user)
            for days in _take(_items(groups[old], "members"), user):
                if not any(covers([user, *other], [user, *days]) for other in has):
                    _put(_items(groups[new], "members"), user, days)
                elif declared.users[user].section is None:
                    _put(_items(tree["teams"][team], "members"), user, days)  # the row stays
        return tree

    return Asked((*people, old, new, "--team", team), expected)


def _onboard(random: Random, declared: Declaration) -> Asked:
    people, name = random.sample(["q1@acme.example", "q2@acme.example"], random.choice([1, 2])), random.choice(TEAMS)
    like = random.choice([None, *(user for user in PEOPLE if user in declared.users)])
    product = random.choice([None, _product(random, declared, name)])
    group = random.choice([None, *declared.teams[name].groups])
    until = random.choice([None, "2027-01-31"])
    options = {"--team": name, "--like": like, "--product": product, "--group": group, "--until": until}

    def expected(tree: Json) -> Json:
        wanted = dict(_copied(tree["teams"][name], declared, name, like)) if like is not None else {}
        if group is not None:
            wanted["groups", group, "members"] = _NO_DAYS
        if product is not None:
            wanted["seats", product] = _NO_DAYS
        for user in people:
            tree["users"][user] = {}
            for path, (starts, ends) in (wanted or {("members",): _NO_DAYS}).items():
                _put(_items(tree["teams"][name], *path), user, (starts, until or ends))
        return tree

    given = [word for option, value in options.items() if value is not None for word in (option, value)]
    return Asked((*people, *given), expected)


def _copied(team: Json, declared: Declaration, name: str, user: str) -> Iterator[tuple[Path, Days]]:
    """Yield what somebody has in a team, except roles of admins."""
    paths: list[Path] = [("seats", product) for product in team.get("seats", {})]
    paths += [("groups", group, "members") for group in team["groups"]]
    paths += [(_EXTERNAL,)] if _EXTERNAL in team else []
    for path in paths:
        for _, end in _take([*_items(team, *path)], user):
            yield path, (None, end)
    said = declared.teams[name]
    days = [said.members.days.get(index, _NO_DAYS) for index, member in said.members.items() if member == user]
    days += [row.days or _NO_DAYS for row in said.rows if row.user == user]
    for _, end in days:
        yield ("members",), (None, end)


def _extend(random: Random, declared: Declaration) -> Asked:
    name = random.choice(TEAMS)
    team = declared.teams[name]
    what = random.choice([None, *team.products(), *team.groups])
    dated = {people.ids[index] for people in team.lists() for index in people.days}
    dated |= {mention.user for held in team.by_user.values() for mention in held if mention.days}
    people = _some(random, declared, dated)

    def expected(tree: Json) -> Json:
        team = tree["teams"][name]
        for user in people:
            for path in _granting(team, what, user):
                items = _items(team, *path)
                listed = _is_listed(_people_at(declared, name, path), user)
                for entry in [entry for entry in items if person(entry) == user and entry != user and entry[2]]:
                    if not listed:
                        items.remove(entry)
                    items.append([user, entry[1], _LATER])
        return tree

    words = (*people, *([] if what is None else [what]), "--team", name, "--until", _LATER)
    return Asked(words, expected)


def _granting(team: Json, what: str | None, user: str) -> list[Path]:
    """Return the lists whose entries of a person grant a product, a group, or anything."""
    groups = {name: group for name, group in team["groups"].items() if what in {None, name, *dict(products_of(group))}}
    inside: list[Path] = [("groups", name, "members") for name in groups]
    if what in GROUPS:
        return inside
    seats: list[Path] = [("seats", product) for product in team.get("seats", {}) if what in (None, product)]
    if what is not None:
        return seats if any(person(entry) == user for path in seats for entry in _items(team, *path)) else inside
    return [*seats, *inside, *((key,) for key in (*ROLE_LISTS.values(), "members") if key in team)]


def _people_at(declared: Declaration, name: str, path: Path) -> People | None:
    team = declared.teams[name]
    if path[0] == "seats":
        return team.seats.get(path[1])
    if path[0] == "groups":
        return team.groups[path[1]].members
    roles = {ROLE_LISTS[role]: people for role, people in team.role_lists()}
    return roles.get(path[0], team.members)


def _is_listed(people: People | None, user: str) -> bool:
    """Return True if somebody is in a list through a named list."""
    return people is not None and any(
        named == user and people.through(index) is not None for index, named in people.items()
    )


def _swap(random: Random, declared: Declaration) -> Asked:
    name = random.choice(TEAMS)
    new = _product(random, declared, name)
    old = next(product for product in PRODUCTS if product != new)
    listed = _listed(declared, name, old)  # what a list gives is not swapped
    people = [user for user in _some(random, declared, _direct(declared, name, old)) if user not in listed]

    def expected(tree: Json) -> Json:
        team = tree["teams"][name]
        for user in people:
            gives = [_items(team, "seats", new)]
            groups = team["groups"].values()
            gives += [members_of(group, days) for group in groups for each, days in products_of(group) if each == new]
            has = [days for items in gives for days in _take([*items], user)]
            for days in _take(_items(team, "seats", old), user):
                if not any(covers([user, *other], [user, *days]) for other in has):
                    _put(_items(team, "seats", new), user, days)
                elif declared.users[user].section is None:
                    _put(_items(team, "members"), user, days)  # the row stays
        return tree

    return Asked((*people, old, new, "--team", name), expected)


def _address(random: Random, declared: Declaration) -> Asked:
    pairs = {user: f"{random.choice(['new', 'Odd'])}.{user}" for user in _some(random, declared)}
    after = {old: new.lower() for old, new in pairs.items()}

    def changed(tree: Json) -> Json:
        if isinstance(tree, dict):
            return {after.get(key, key): changed(value) for key, value in tree.items()}
        if isinstance(tree, list):
            return [changed(item) for item in tree]
        return after[tree] if isinstance(tree, str) and tree in after else tree

    def expected(tree: Json) -> Json:
        tree = changed(tree)
        for old, new in after.items():
            tree["users"][new]["previous_emails"] = [old]
        return tree

    return Asked(tuple(word for pair in pairs.items() for word in pair), expected)


def _rename(random: Random, declared: Declaration) -> Asked:
    name = random.choice(TEAMS)
    group = random.choice([None, *declared.teams[name].groups])

    def expected(tree: Json) -> Json:
        if group is not None:
            found = tree["teams"][name]["groups"]
            found["the new"] = {**found.pop(group), "renamed_from": group}
            return tree
        tree["teams"]["the new"] = {**tree["teams"].pop(name), "renamed_from": name}
        for sub in tree["subscriptions"].values():
            if sub.get("team") == name:
                sub["team"] = "the new"
        return tree

    words = ("team", name, "the new") if group is None else ("group", group, "the new", "--team", name)
    return Asked(words, expected)


def _wind_down(random: Random, _: Declaration) -> Asked:
    name, other = random.sample(TEAMS, 2)
    options = random.choice([(), ("--to", other)])

    def expected(tree: Json) -> Json:
        """Return it with a team that has only its admins, and its subscriptions if they have no other team."""
        for sub in tree["subscriptions"].values():
            if sub.get("team") == name and options:
                sub["team"] = other
        team = tree["teams"][name]
        tree["teams"][name] = {key: team[key] for key in team if key not in {"seats", "groups", "members"}}
        if _EXTERNAL in team:
            team[_EXTERNAL].clear()
        return tree

    return Asked((name, *options), expected)


_NEW = ("q1@acme.example", "q2@acme.example")


def _from_csv(random: Random, declared: Declaration) -> Asked:
    rows = [_row(random, declared) for _ in range(random.randint(1, 5))]
    root = declared.project.root
    file = root.parent / f"{root.name}.csv"
    file.write_text("\n".join(["email;first_name;team;product;group;role;until", *map(";".join, rows)]), "utf-8")

    def expected(tree: Json) -> Json:
        for user, first_name, name, product, group, role, until in rows:
            if user in _NEW:
                tree["users"][user] = {"first_name": first_name}
            team, days = tree["teams"][name], (None, until or None)
            if product:
                _put(_items(team, "seats", product), user, days)
            elif group:
                _put(_items(team, "groups", group, "members"), user, days)
            elif role and team.get("primary_admin") != user:
                for key in (key for key in ROLE_LISTS.values() if key in team):
                    _take(team[key], user)
                _put(_items(team, "secondary_admins"), user, days)
            elif not role:
                _put(_items(team, "members"), user, days)
        return tree

    return Asked((str(file),), expected)


def _row(random: Random, declared: Declaration) -> tuple[str, ...]:
    """Return a row of a CSV that gives somebody one thing, new people for some days."""
    user, name = random.choice([*_NEW, *(user for user in PEOPLE if user in declared.users)]), random.choice(TEAMS)
    things = [("", "", ""), ("", "", "secondary"), (_product(random, declared, name), "", "")]
    things += [("", group, "") for group in declared.teams[name].groups]
    names = ("Quinn", "2027-01-31") if user in _NEW else ("", "")
    return (user, names[0], name, *random.choice(things), names[1])


def _with_a_wrong_row(words: Words) -> Words:
    """Return the name of a CSV with a further row, of a team that is not declared."""
    file = FilePath(words[0])
    wrong = file.with_suffix(".wrong.csv")
    wrong.write_text(f"{file.read_text('utf-8')}\nnobody@acme.example;;nowhere;;;;", "utf-8")
    return (str(wrong),)


CASES = (
    EditCase("onboard", _onboard, lambda words: ("nobody", *words)),
    EditCase("offboard", _offboard, lambda words: ("nobody", *words)),
    EditCase("assign", _assign),
    EditCase("unassign", _unassign),
    EditCase("swap", _swap),
    EditCase("extend", _extend),
    EditCase("promote", _promote),
    EditCase("move", _move),
    EditCase("address", _address, lambda words: ("nobody@acme.example", "x@acme.example", *words)),
    EditCase("rename", _rename, lambda words: (words[0], "nowhere", *words[2:])),
    EditCase("wind-down", _wind_down, lambda words: (f"{words[0]}x", *words[1:])),
    EditCase("from-csv", _from_csv, _with_a_wrong_row),
)
