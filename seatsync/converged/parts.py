"""The parts of a repository that changed since the last plan without steps, checked and planned by themselves."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from seatsync.account.actions import Step
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.converged.kept import EVERYWHERE, Kept, Thing
from seatsync.converged.watched import Watched, stamp_of
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.files import Files, Unreadable
from seatsync.declaration.including import Included
from seatsync.declaration.load import load_part
from seatsync.declaration.normal import Prints, print_of_things, prints_of
from seatsync.finding import Finding, Severity, in_order
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Plan
from seatsync.rules import check

_ELSEWHERE = frozenset({"POLICY003"})
"""Of what is protected, most stands in other parts. None of it lacks as long as no part declares other names."""


class Changed(NamedTuple):
    """Some parts as they are now, with what the rules warn of in them. `numbers` are their places in what is kept."""

    numbers: frozenset[int]
    declared: Declaration
    findings: tuple[Finding, ...]


def changed_parts(kept: Kept, files: Watched, included: Sequence[Included]) -> frozenset[int] | None:
    """The parts with a file of another content than is kept; None where other files are included than were."""
    if [(file.name, file.real) for file in included] != [(file.name, file.real) for file in kept.files]:
        return None
    found = set()
    for file in kept.files:
        if file.stamp is None or stamp_of(file.real) != file.stamp:
            try:
                files.content(file.real)
            except Unreadable:
                return None
            if files.digests[file.real] != file.sha256:
                found.add(file.part)
    return frozenset(found)


def checked_parts(
    kept: Kept, numbers: frozenset[int], project: Project, files: Files, included: Sequence[Included], day: str
) -> Changed | None:
    """Some parts, read and checked by every rule; None where it takes all files to say what is wrong with them.

    They say of people, purchases and names of teams just what they said before, and name nothing outside of them:
    what the rules say of all other parts is therefore what they said before, too.
    """
    part = [file for file, known in zip(included, kept.files, strict=True) if known.part in numbers]
    loaded = load_part(project, part, files)
    declared = loaded.declaration
    if declared is None or not _says_the_same(kept, numbers, declared):
        return None
    checked = check(declared, day, loaded.findings)
    found = [*checked.findings, *(silenced.finding for silenced in checked.suppressed)]
    for finding in found:
        if finding.code in EVERYWHERE or (finding.severity is Severity.ERROR and finding.code not in _ELSEWHERE):
            return None
    own = tuple(finding for finding in checked.findings if finding.severity is Severity.WARNING)
    return Changed(numbers, declared, own)


def _says_the_same(kept: Kept, numbers: frozenset[int], declared: Declaration) -> bool:
    """Whether parts that stand alone say of everything but the insides of their teams what they said before."""
    parts = [kept.parts[number] for number in numbers]
    teams = declared.teams.values()
    return (
        all(part.alone for part in parts)
        and sorted(declared.teams) == sorted(name for part in parts for name in part.declared)
        and not declared.contracts
        and all(team.renamed_from is None for team in teams)
        and declared.complete
        and not declared.unread
        and _same_things(kept, numbers, declared)
    )


def _same_things(kept: Kept, numbers: frozenset[int], declared: Declaration) -> bool:
    """Whether the people and subscriptions of some parts are those that are kept, part by part."""
    part_of = {file.name: file.part for file in kept.files}
    for number in numbers:
        people = {user: said for user, said in declared.users.items() if part_of[said.file] == number}
        bought = {key: sub for key, sub in declared.subscriptions.items() if part_of[sub.at.file] == number}
        if print_of_things(people, bought) != kept.parts[number].things:
            return False
    return True


def spoken(kept: Kept, changed: Changed | None) -> tuple[Finding, ...]:
    """All warnings of the files, as they are now."""
    if changed is None:
        return tuple(finding for _, finding in kept.findings)
    others = (finding for part, finding in kept.findings if part not in changed.numbers)
    return tuple(in_order([*others, *changed.findings]))


class Terms(NamedTuple):
    """What a plan is made for, beside declaration and account."""

    target: str
    clock: Clock
    route: Callable[[Step], str]
    policy: str


def planned(kept: Kept, changed: Changed | None, account: Account, terms: Terms) -> Plan | None:
    """The plan for the whole account, of which `account` has the parts that changed; None where a guard may fire.

    All other parts are as they were: nothing is to be done in them, and what is unmanaged there is known.
    """
    prints = kept.prints
    if changed is not None:
        prints = Prints(prints.rest, {**prints.teams, **prints_of(changed.declared).teams})
    request = Request(
        account=account,
        target=terms.target,
        clock=terms.clock,
        route=terms.route,
        config_digest=prints.digest(),
        policy=terms.policy,
        cases=kept.cases,
        applied_policy=kept.applied_policy,
    )
    if changed is None:
        return _nothing_to_do(request)._replace(unmanaged=kept.unmanaged)
    plan = make_plan(changed.declared, request)
    # A guard weighs what is taken away against all there is: where it is quiet for the parts, it is for the whole.
    if plan.findings:
        return None
    return plan._replace(unmanaged=_unmanaged(kept, changed.numbers, plan.unmanaged))


def _nothing_to_do(request: Request) -> Plan:
    account = request.account
    return Plan(
        account=account.name,
        lineage=account.lineage,
        serial=account.serial,
        target=request.target,
        actor=None,
        at=request.clock.day,
        config_digest=request.config_digest,
        policy=request.policy,
    )


def _unmanaged(kept: Kept, numbers: frozenset[int], found: Sequence[Thing]) -> tuple[Thing, ...]:
    """What is unmanaged anywhere. Things of one team or subscription are of one part, and in order there."""
    own = {("team", name) for number in numbers for name in kept.parts[number].teams}
    own |= {("subscription", key) for number in numbers for key in kept.parts[number].subscriptions}
    others = [thing for thing in kept.unmanaged if thing[0] not in own]
    return tuple(sorted([*others, *found], key=lambda thing: thing[0]))
