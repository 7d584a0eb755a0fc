"""The rows of sources that caused something: findings about files that were written from exports, and changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from seatsync.account.model import Change
from seatsync.finding import Finding, Related
from seatsync.portal.observation import Coverage, Key, Kind, Observation, Origin, Purchase
from seatsync.portal.settled_cases import KIND_OF

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


# Changes


class ChangeOrigins:
    """Where changes were seen: at a row of a source or, where something is missing, in the source as a whole."""

    def __init__(self, fresh: Mapping[Coverage, Observation]) -> None:
        self.fresh = fresh
        self.people = [(about, source) for about, source in fresh.items() if about[0] == "people"]

    def of(self, rows: Iterable[Change]) -> str:
        """Return the file and row that shows rows best, or the file."""
        roughly = ""
        for row in sorted(rows, key=lambda row: row.table != "team"):  # who became primary admin, not who was
            for exact, origin in self._of(row):
                if exact:
                    return origin
                if not roughly or row.table == "team_member":  # with a membership goes the rest
                    roughly = origin
        return roughly or min((each.source for each in self.fresh.values()), default="")

    def _of(self, row: Change) -> Iterator[tuple[bool, str]]:
        if row.table == "user":
            abouts, key = [about for about, _ in self.people], row.key
        elif row.table == "subscription":
            team = "" if row.new is None else row.new[0] or ""
            abouts, key = [about for about in self.fresh if about[0] == "subscriptions"], row.key
            abouts.sort(key=lambda about: about[1] != team)  # where it is now, not where it was
        elif row.table == "team" and row.new is not None:
            abouts, key = [("roles", row.key[0])], (str(row.new[0]),)
        else:
            kinds: tuple[Kind, ...] = (KIND_OF.get(row.table, "people"),)
            kinds += ("direct_seats",) if row.table == "team_seat" else ()
            abouts, key = [(kind, row.key[0]) for kind in kinds], row.key[1:]
        for about in abouts:
            source = self.fresh.get(about)
            if source is None:
                continue
            fact = source.facts[about].get(key) if row.new is not None else None
            if fact is not None:
                yield True, f"{source.source}:{fact.origin.location.line}"
            elif row.table not in {"user", "subscription"} or row.new is None:
                yield False, source.source
