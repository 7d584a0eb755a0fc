"""REF003: addresses that look like others, and names that differ only in case."""

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

    What: The part before the `@`, and each part of the domain, keeps to the letters of one script (except Japanese,
    Chinese and Korean, which use several). No two addresses look alike while their letters differ, as a Latin and a
    Cyrillic a do. Teams, groups of a team, products and services are not told apart by capitals alone. The finding
    stands at the later one.

    Why: Who reads the change takes one for the other: a seat, or a role, goes to a stranger.

    Source: the configuration's own

    Wrong:
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          аna@acme.example: {first_name: Ana, last_name: Silva}   # this a is Cyrillic

    Right:
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          ana.silva@acme.example: {first_name: Ana, last_name: Silva}
    """
    yield from _addresses(declared)
    yield from _twins(((team.name, team.at) for team in declared.teams.values()), "team")
    for team in declared.teams.values():
        groups = ((group.name, group.at) for group in team.groups.values())
        yield from _twins(groups, "group", ("team", team.name))
    yield from _twins(_products(declared), "product")
    yield from _twins(_services(declared), "service")


def _addresses(declared: Declaration) -> Iterator[Finding]:
    unusual = [user for user in declared.users if not user.isascii() or _A_LABEL in user]
    if not unusual:
        return
    rank = {user: place for place, user in enumerate(declared.users)}
    seen: dict[str, str] = {}
    reported: set[str] = set()
    for user in unusual:
        shown = _spelt(user)
        scripts = mixed_in(shown)
        looks = skeleton(shown)
        other = looks if looks.isascii() and looks in declared.users else seen.setdefault(looks, user)
        if scripts:
            reported.add(user)
            yield _mixed(declared, user, scripts, other)
        elif other != user and other not in reported:
            yield _alike(declared, *sorted((user, other), key=rank.__getitem__))


def mixed_in(address: str) -> tuple[str, ...]:
    """The scripts that are mixed in the part before the `@` or in one part of the domain."""
    local, _, domain = address.rpartition("@")
    return next(filter(None, map(mixed_scripts, (local, *domain.split(".")))), ())


def _spelt(user: str) -> str:
    """An identity with its domain in the letters that people see."""
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
    twin = () if other == user else (Related(declared.users[other].at, "it looks like this one"),)
    hint = "type the address anew; if it really is so, a `# …` comment spares the next reader the doubt"
    return _finding(declared, user, f"{_written(declared, user)} mixes {listed(scripts)} letters", hint, twin)


def _alike(declared: Declaration, earlier: str, later: str) -> Finding:
    message = f"{_written(declared, later)} looks like {_written(declared, earlier)}, but is another address"
    hint = "type the address anew, or remove the one that is wrong"
    return _finding(declared, later, message, hint, (Related(declared.users[earlier].at, "it looks like this one"),))


def _written(declared: Declaration, user: str) -> str:
    """An address as declared; with its ASCII form where the domain has other letters."""
    shown = declared.shown(user)
    return f"{shown} ({user})" if _A_LABEL in user and not shown.isascii() else shown


def _finding(declared: Declaration, user: str, message: str, hint: str, related: tuple[Related, ...]) -> Finding:
    at = declared.users[user].at
    return Finding("REF003", Severity.WARNING, message, at, hint=hint, related=related, things=(("user", user),))


def _twins(names: Iterator[tuple[str, Location]], kind: str, *scope: tuple[str, str]) -> Iterator[Finding]:
    """A finding for each name that an earlier one equals but for its capitals."""
    first: dict[str, tuple[str, Location]] = {}
    for name, at in names:
        earlier, place = first.setdefault(name.casefold(), (name, at))
        if earlier != name:
            yield Finding(
                "REF003",
                Severity.WARNING,
                f"{kind} {name} differs from {kind} {earlier} only in capitals",
                at,
                hint="if they are one, write both alike; if not, choose names that can be told apart",
                related=(Related(place, f"{kind} {earlier}"),),
                things=(*scope, (kind, name)),
            )


def _products(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """The products that were bought, each once; one that is only assigned is SEAT002's business."""
    seen: set[str] = set()
    for sub in declared.subscriptions.values():
        if sub.product not in seen and "product" not in sub.broken:
            seen.add(sub.product)
            yield sub.product, sub.node.value_at("product")
    for contract in declared.contracts.values():
        yield from _new_keys(contract.node.get("products"), seen)


def _services(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """The services of all contracts, each once."""
    seen: set[str] = set()
    for contract in declared.contracts.values():
        yield from _new_keys(contract.node.get("services"), seen)


def _new_keys(section: object, seen: set[str]) -> Iterator[tuple[str, Location]]:
    if isinstance(section, YamlMap):
        for name in section:
            if name not in seen:
                seen.add(name)
                yield name, section.key_at(name)
