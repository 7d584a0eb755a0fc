"""What is to be kept of a plan without steps: its files in parts that can be looked at by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seatsync.account.model import Account
from seatsync.converged.kept import EVERYWHERE, NO_PART, Kept, KeptFile, Part, Thing
from seatsync.converged.links import Links
from seatsync.converged.watched import Watched
from seatsync.declaration.declared import Declaration
from seatsync.declaration.including import PROJECT_FILE, Included
from seatsync.declaration.normal import print_of_things, prints_of
from seatsync.finding import Finding, Severity
from seatsync.targets.sql_part import Seen


@dataclass(frozen=True, slots=True)
class Converged:
    """A plan without steps and all it was made from. `spoken` and `silenced` are the findings of the files."""

    declared: Declaration
    account: Account
    spoken: Sequence[Finding]
    silenced: Sequence[Finding]
    unmanaged: tuple[Thing, ...]
    cases: dict[str, str]
    applied_policy: str | None


def keep(made: Converged, key: str, seen: Seen, files: Sequence[Included], watched: Watched) -> Kept | None:
    """What to keep; None where the places of all that was said cannot be told."""
    names = [file.name for file in files]
    findings = [*made.spoken, *made.silenced]
    if len(set(names)) < len(names) or not _as_read(made.declared, files, watched):
        return None
    if any(not _files_of(finding) <= {*names, PROJECT_FILE} for finding in findings):
        return None
    links = Links(names, made.declared, made.account)
    roots = [links.root(number) for number in range(len(names))]
    ranks = {root: rank for rank, root in enumerate(dict.fromkeys(roots))}
    part_of = {name: ranks[root] for name, root in zip(names, roots, strict=True)}
    placed = [(finding, _parts(finding, part_of)) for finding in findings]
    bound = {part for finding, parts in placed if finding.code in EVERYWHERE or len(parts) > 1 for part in parts}
    return Kept(
        key=key,
        seen=seen,
        files=tuple(
            KeptFile(file.name, file.real, watched.digests[file.real], watched.stamps[file.real], part_of[file.name])
            for file in files
        ),
        parts=_made(made, links, ranks, bound),
        prints=prints_of(made.declared),
        findings=tuple(
            (next(iter(parts)) if len(parts) == 1 else NO_PART, finding)
            for finding, parts in placed[: len(made.spoken)]
            if finding.severity is not Severity.INFO
        ),
        unmanaged=made.unmanaged,
        cases=made.cases,
        applied_policy=made.applied_policy,
    )


def _as_read(declared: Declaration, files: Sequence[Included], watched: Watched) -> bool:
    """Whether these files, and no others, were read: the folder may have changed since."""
    places = {person.file for person in declared.users.values()}
    for things in (declared.teams, declared.subscriptions, declared.contracts):
        places.update(thing.at.file for thing in things.values())
    read = {file.real for file in files} | {watched.inside(PROJECT_FILE)}
    return places <= {file.name for file in files} and watched.digests.keys() == read


def _files_of(finding: Finding) -> set[str]:
    """The files that a finding speaks of; that of one without a place has no name."""
    own = finding.location.file if finding.location is not None else ""
    return {own, *(related.location.file for related in finding.related)}


def _parts(finding: Finding, part_of: Mapping[str, int]) -> set[int]:
    """The parts that a finding speaks of. The project file is one of its own."""
    return {part_of.get(name, NO_PART) for name in _files_of(finding)}


def _made(made: Converged, links: Links, ranks: Mapping[int, int], bound: set[int]) -> tuple[Part, ...]:
    def ranked(numbers: Mapping[str, int], names: Iterable[str]) -> list[list[str]]:
        found: list[list[str]] = [[] for _ in ranks]
        for name in names:
            rank = ranks.get(links.root(numbers[name]))
            if rank is not None:
                found[rank].append(name)
        return found

    declared, account = made.declared, made.account
    users = ranked(links.users, declared.users)
    bought = ranked(links.subscriptions, declared.subscriptions)
    contracts = ranked(links.contracts, (*declared.contracts, *account.contracts))
    declared_teams, teams = ranked(links.teams, declared.teams), ranked(links.teams, account.teams)
    subscriptions = ranked(links.subscriptions, account.subscriptions)
    found = []
    for rank in range(len(ranks)):
        people = {user: declared.users[user] for user in users[rank]}
        own = {key: declared.subscriptions[key] for key in bought[rank]}
        claims = any(person.previous for person in people.values())
        found.append(
            Part(
                alone=rank not in bound and not contracts[rank] and not claims,
                declared=tuple(sorted(declared_teams[rank])),
                things=print_of_things(people, own),
                teams=tuple(teams[rank]),
                subscriptions=tuple(subscriptions[rank]),
            )
        )
    return tuple(found)
