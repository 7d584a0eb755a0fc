"""Findings about files that were written from exports, at the rows of the exports that caused them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from seatsync.finding import Finding, Related
from seatsync.portal.observation import Coverage, Key, Kind, Observation, Origin, Purchase

_ROLES: Mapping[str, str] = {"ROLE005": "sso"}
"""The role in a team that a finding is about; of others it is the primary admin."""


def at_rows(findings: Iterable[Finding], chosen: Mapping[Coverage, Observation], folder: str) -> list[Finding]:
    """Return findings with the location of the row that each is about; other locations become related ones.

    `folder` is the folder of the files that were written, as in messages. A finding about nothing in the exports stays
    where it is in these files.
    """
    found = []
    for finding in findings:
        places = [] if finding.location is None else [Related(finding.location, "declared here")]
        places = [_below(folder, place) for place in (*places, *finding.related)]
        role = _ROLES.get(finding.code, "primary")
        origin = next(_origins(dict(finding.things), chosen, role), None)
        if origin is not None:
            found.append(finding._replace(location=origin.location, related=tuple(places)))
        else:
            at = places[0].location if places and finding.location is not None else None
            found.append(finding._replace(location=at, related=tuple(places[at is not None :])))
    return found


def _below(folder: str, place: Related) -> Related:
    at = place.location
    return place if folder in {"", "."} else Related(at._replace(file=f"{folder}/{at.file}"), place.message)


def _origins(things: Mapping[str, str], chosen: Mapping[Coverage, Observation], role: str) -> Iterator[Origin]:
    """Yield the cells that show the subjects of a finding, the most telling first."""
    team, user, product = (things.get(kind) for kind in ("team", "user", "product"))
    teams = sorted({name for _, name in chosen}) if team is None else [team]
    wanted: list[tuple[Kind, Key]] = []
    if product is not None and user is not None:
        wanted.append(("seats", (product, user)))
    if user is not None:
        wanted += [("roles", (user,)), ("people", (user,))]
    if "subscription" in things:
        wanted.append(("subscriptions", (things["subscription"],)))
    if "group" in things and user is not None:
        wanted.insert(0, ("groups", (things["group"], user)))
    for kind, key in wanted:
        for name in teams:
            observation = chosen.get((kind, name))
            fact = None if observation is None else observation.facts[kind, name].get(key)
            if fact is not None:
                yield fact.origin
    if team is not None:
        yield from _origins_in(team, product, things.get("group"), chosen, role)


def _origins_in(
    team: str, product: str | None, group: str | None, chosen: Mapping[Coverage, Observation], role: str
) -> Iterator[Origin]:
    """Yield the cells that show a product or group of a team, or else a role in it."""

    def facts(kind: Kind) -> Iterable[tuple[Key, object, Origin]]:
        observation = chosen.get((kind, team))
        found = {} if observation is None else observation.facts[kind, team]
        return [(key, fact.value, fact.origin) for key, fact in found.items()]

    if product is not None:
        bought = facts("subscriptions")
        yield from (origin for _, value, origin in bought if isinstance(value, Purchase) and value.product == product)
        yield from (origin for key, _, origin in facts("seats") if key[0] == product)
    elif group is not None:
        yield from (origin for key, _, origin in facts("groups") if key[0] == group)
    else:
        yield from (origin for _, value, origin in facts("roles") if value == role)
