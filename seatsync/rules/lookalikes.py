"""REF003: addresses that look alike, and names that differ only in case."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.declaration.declared import Declaration
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.tree import YamlMap
from seatsync.reading.words import listed
from seatsync.rules.confusables import mixed_scripts, skeleton

_A_LABEL = "xn--"


def lookalikes(declared: Declaration, day: str) -> Iterator[Finding]:
    """No address mixes scripts or looks like another one, and no two names differ only in case.

    What: The part before the `@`, and each label of the domain, uses the letters of one script (except Japanese,
    Chinese and Korean, which combine several). No two addresses with different letters look alike, such as a Latin and
    a Cyrillic a. Names of teams, of groups in a team, of products and of services differ in more than case. The finding
    is placed at the later of the two.

    Why: Reviewers mistake one for the other, and a seat or a role goes to a stranger.

    Source: seatsync

    Wrong:
        users:
          аna@acme.example: {}   # the first letter is Cyrillic

    Right:
        users:
          ana.silva@acme.example: {}
    """
    yield from _addresses(declared)
    yield from _same_but_for_case(((team.name, team.at) for team in declared.teams.values()), "team")
    for team in declared.teams.values():
        groups = ((group.name, group.at) for group in team.groups.values())
        yield from _same_but_for_case(groups, "group", ("team", team.name))
    yield from _same_but_for_case(_products(declared), "product")
    yield from _same_but_for_case(_services(declared), "service")


def _addresses(declared: Declaration) -> Iterator[Finding]:
    unusual = [user for user in declared.users if not user.isascii() or _A_LABEL in user]
    if not unusual:
        return
    rank = {user: place for place, user in enumerate(declared.users)}
    seen: dict[str, str] = {}
    reported: set[str] = set()
    for user in unusual:
        shown = _decoded(user)
        scripts = mixed_in(shown)
        looks = skeleton(shown)
        other = looks if looks.isascii() and looks in declared.users else seen.setdefault(looks, user)
        if scripts:
            reported.add(user)
            yield _mixed(declared, user, scripts, other)
        elif other != user and other not in reported:
            yield _alike(declared, *sorted((user, other), key=rank.__getitem__))


def mixed_in(address: str) -> tuple[str, ...]:
    """Return the scripts that are mixed in the part before the `@` or in one label of the domain."""
    local, _, domain = address.rpartition("@")
    return next(filter(None, map(mixed_scripts, (local, *domain.split(".")))), ())


def _decoded(user: str) -> str:
    """Return an identity with its domain decoded from punycode."""
    local, _, domain = user.rpartition("@")
    return f"{local}@{'.'.join(map(_label, domain.split('.')))}"


def _label(label: str) -> str:
    if not label.startswith(_A_LABEL):
        return label
    try:
        return label.removeprefix(_A_LABEL).encode().decode("punycode")
    except UnicodeError:
        return label


def _mixed(declared: Declaration, user: str, scripts: tuple[str, ...], other: str) -> Finding:
    twin = () if other == user else (Related(declared.users[other].at, "looks like this address"),)
    hint = "retype the address; if it is correct, confirm that in a comment beside it"
    return _finding(declared, user, f"{_written(declared, user)} mixes {listed(scripts)} letters", hint, twin)


def _alike(declared: Declaration, earlier: str, later: str) -> Finding:
    message = f"{_written(declared, later)} looks like {_written(declared, earlier)}, but is a different address"
    hint = "retype the address, or remove the wrong one"
    return _finding(declared, later, message, hint, (Related(declared.users[earlier].at, "looks like this address"),))


def _written(declared: Declaration, user: str) -> str:
    """Return an address as declared, followed by its ASCII form if its domain has other letters."""
    shown = declared.shown(user)
    return f"{shown} ({user})" if _A_LABEL in user and not shown.isascii() else shown


def _finding(declared: Declaration, user: str, message: str, hint: str, related: tuple[Related, ...]) -> Finding:
    at = declared.users[user].at
    return Finding("REF003", Severity.WARNING, message, at, hint=hint, related=related, things=(("user", user),))


def _same_but_for_case(names: Iterator[tuple[str, Location]], kind: str, *scope: tuple[str, str]) -> Iterator[Finding]:
    """Yield a finding for each name that differs from an earlier one only in case."""
    first: dict[str, tuple[str, Location]] = {}
    for name, at in names:
        earlier, place = first.setdefault(name.casefold(), (name, at))
        if earlier != name:
            yield Finding(
                "REF003",
                Severity.WARNING,
                f"{kind} {name} differs from {kind} {earlier} only in case",
                at,
                hint="use one spelling if they are the same; otherwise choose names that differ more",
                related=(Related(place, f"{kind} {earlier}"),),
                things=(*scope, (kind, name)),
            )


def _products(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """Yield each purchased product once; SEAT002 reports products that are only assigned."""
    seen: set[str] = set()
    for sub in declared.subscriptions.values():
        if sub.product not in seen and "product" not in sub.broken:
            seen.add(sub.product)
            yield sub.product, sub.node.value_at("product")
    for contract in declared.contracts.values():
        yield from _new_keys(contract.node.get("products"), seen)


def _services(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """Yield each service of the contracts once."""
    seen: set[str] = set()
    for contract in declared.contracts.values():
        yield from _new_keys(contract.node.get("services"), seen)


def _new_keys(section: object, seen: set[str]) -> Iterator[tuple[str, Location]]:
    if isinstance(section, YamlMap):
        for name in section:
            if name not in seen:
                seen.add(name)
                yield name, section.key_at(name)
