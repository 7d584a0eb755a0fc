"""The plan document: ordered steps with their context, written as JSON with digests."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Final, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from seatsync.account.actions.spec import Channel, Kind, Step
from seatsync.account.attributes import AUTOMATIC_ROUTES
from seatsync.account.history import canonical, plain_value, to_canonical, to_plain
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.finding import Finding, Location

FORMAT = "seatsync/plan/1"

_AT_A_TIME = 50
"""Number of list items serialised together."""

_T = TypeVar("_T")
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


class PlannedStep(NamedTuple):
    """A step of a plan. `needs` are ids of earlier steps; `performers` are the people who may perform it by then.

    `notes` are sentences that explain some of its `codes` (STEP009, STEP010), or warn of what the model lacks (`LOST`).
    """

    id: int
    step: Step
    kind: Kind
    channel: Channel
    route: str
    needs: tuple[int, ...] = ()
    performers: tuple[str, ...] = ()
    allowed: bool = True
    effects: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    reason: Location | None = None
    case: str | None = None
    notes: tuple[str, ...] = ()


LOST: Final[Mapping[str, str]] = {
    "person": "with the membership the person loses the team's hubs and projects; tell their admins first",
    "everybody": "the team's hubs and projects are lost with it; tell their admins first",
}
"""Notes on steps by which people leave a team of the real account, by who leaves (`ActionSpec.departs`)."""


class Lasting(NamedTuple):
    """An effect of a step that an undo cannot revert: a mail, a form or support request, a purchase, an open case.

    `vendor`: only the vendor can revert it; `accept`: the person has to accept an invitation again.
    """

    why: Literal["mail", "form", "support", "purchase", "case", "vendor", "accept"]
    step: Step
    case: str | None = None


class Kept(NamedTuple):
    """A thing that an undo does not revert because of the later change `serial`, or (None) because others need it."""

    thing: tuple[tuple[str, str], ...]
    serial: int | None = None


class Undo(NamedTuple):
    """The run that a plan reverts, its effects that cannot be reverted, and things that stay due to later changes.

    `whole` is True if nothing of the run stays because of later changes, the actor's visibility or `--team`.
    `done` are cases that the run opened and a later run carried out.
    """

    run: int
    whole: bool = True
    lasting: tuple[Lasting, ...] = ()
    kept: tuple[Kept, ...] = ()
    done: tuple[str, ...] = ()


class Required(NamedTuple):
    """Approvals of the intent required before a plan is applied; `authors` cannot approve."""

    approvals: int
    authors: tuple[str, ...]


class Work(NamedTuple):
    """The steps of one route for a person (None: nobody is known who may), and the checklist entries they make."""

    person: str | None
    route: str
    steps: int
    entries: int


class MachineWork(NamedTuple):
    """The steps of a team that a machine carries out on the real account, and the calls of an API that this takes.

    `minutes` are the whole ones from the beginning of an apply until the last of them is done, at the budget of calls.
    """

    route: str
    team: str
    steps: int
    calls: int
    minutes: int


class Limit(NamedTuple):
    """The routes to which a plan is limited, and the number of steps that are left out by that."""

    routes: tuple[str, ...]
    left_out: int


class CostChange(NamedTuple):
    """The cost per year in a currency, before and after a plan.

    `bought` is what everything in term costs, `assigned` what the counted seats cost that people hold.
    """

    currency: str
    bought: tuple[Decimal, Decimal]
    assigned: tuple[Decimal, Decimal]


UNKNOWN: Final = "SOURCE007"


class Excluded(NamedTuple):
    """A team, contract, or subscription without team that a plan leaves out, and the codes of its errors.

    The only code is `UNKNOWN` for what the target knows nothing about, which is no error.
    """

    kind: str
    name: str
    findings: tuple[str, ...]


class Plan(NamedTuple):
    """A whole plan. `policy` is canonical JSON text; `unmanaged` and `unseen` are things by name, sorted.

    `teams` limits the plan; empty means all. `left_out` are scopes left unchanged because of errors, or because they
    are unknown. There are no steps about `unknown` and `assumed` facts, which no source shows, and about `synced`
    things, which a directory keeps. `head` is the last hash of the account's log, None if the target keeps no log.
    `no_work` are performers who leave the account during the plan or are pending; work lists avoid them. `work` is what
    people are to do on the real account, None if the plan is not for a portal; `machine` is what machines do there.
    `limit` is that of `--route`. `cost` is by currency, empty where no price is declared.
    """

    account: str
    lineage: str | None
    serial: int | None
    target: str
    actor: str | None
    at: str
    config_digest: str
    policy: str
    allow: tuple[str, ...] = ()
    steps: tuple[PlannedStep, ...] = ()
    unmanaged: tuple[tuple[tuple[str, str], ...], ...] = ()
    unseen: tuple[tuple[tuple[str, str], ...], ...] = ()
    findings: tuple[Finding, ...] = ()
    undo: Undo | None = None
    require: Required | None = None
    teams: tuple[str, ...] = ()
    left_out: tuple[Excluded, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    synced: tuple[tuple[tuple[str, str], ...], ...] = ()
    no_work: tuple[str, ...] = ()
    head: str | None = None
    work: tuple[Work, ...] | None = None
    machine: tuple[MachineWork, ...] = ()
    limit: Limit | None = None
    cost: tuple[CostChange, ...] = ()

    @property
    def faulty(self) -> tuple[Excluded, ...]:
        """Teams and contracts left out because of errors."""
        return tuple(each for each in self.left_out if each.findings != (UNKNOWN,))

    @property
    def is_whole(self) -> bool:
        """False if `--route` leaves steps out."""
        return self.limit is None or not self.limit.left_out

    @property
    def summary(self) -> dict[str, int]:
        """Number of steps by kind, and of those that a person has to carry out or confirm."""
        counts = {"add": 0, "change": 0, "remove": 0, "manual": 0}
        for planned in self.steps:
            counts[planned.kind] += 1
            counts["manual"] += planned.route not in AUTOMATIC_ROUTES
        return counts

    def intent(self) -> str:
        """Return the digest people approve (`sha256:…`): actions, scopes, arguments in order, policy and overrides."""
        steps = (f"{',' if rank else ''}{to_canonical(planned.step)}" for rank, planned in enumerate(self.steps))
        return _digest(chain(("[[",), steps, (f"],{canonical(json.loads(self.policy))},{canonical(self.allow)}]",)))


class _Each(Generic[_T]):
    """A list of a document whose items are made while it is written, to save memory."""

    def __init__(self, things: tuple[_T, ...], make: Callable[[_T], object]) -> None:
        self.things = things
        self.make = make

    def __iter__(self) -> Iterator[object]:
        return map(self.make, self.things)

    def __len__(self) -> int:
        return len(self.things)


def digest(document: object) -> str:
    """Return the SHA-256 of a document's canonical JSON in UTF-8, as `sha256:…`."""
    return _digest(_pieces(document, within=2))


def _digest(pieces: Iterable[str]) -> str:
    found = sha256()
    for piece in pieces:
        found.update(piece.encode("utf-8", "surrogatepass"))
    return f"sha256:{found.hexdigest()}"


def _pieces(document: object, within: int) -> Iterator[str]:
    """Yield canonical JSON, with lists and mappings down to a depth (`within`) in pieces."""
    if within and isinstance(document, dict):
        for rank, name in enumerate(sorted(document)):
            yield f"{',' if rank else '{'}{canonical(name)}:"
            yield from _pieces(document[name], within - 1)
        yield "}" if document else "{}"
    elif within and isinstance(document, list):
        for rank, item in enumerate(document):
            yield "," if rank else "["
            yield from _pieces(item, within - 1)
        yield "]" if document else "[]"
    elif isinstance(document, _Each):
        items = iter(document)
        yield "["
        for rank in range(0, len(document), _AT_A_TIME):
            yield ("," if rank else "") + canonical(list(islice(items, _AT_A_TIME)))[1:-1]
        yield "]"
    else:
        yield canonical(document)


def plan_digest(plan: Plan) -> str:
    """Return the digest at the end of the plan document."""
    return digest(_body(plan))


def to_json(plan: Plan) -> str:
    """Return the plan document as one text."""
    return "".join(json_pieces(plan))


def json_pieces(plan: Plan) -> Iterator[str]:
    r"""Yield the plan document of the public contract, with digests, in ASCII; one line per item of a list.

    `##` is escaped as `#\u0023`, because build runners interpret `##[` anywhere in a log as a command.
    """
    document = _body(plan)
    document["digest"] = digest(document)
    return (text.replace("##", "#\\u0023") for text in _written(document))


def _written(document: dict[str, Any]) -> Iterator[str]:
    for rank, (name, value) in enumerate(document.items()):
        yield f"{',' if rank else '{'}\n {json.dumps(name)}: "
        if not isinstance(value, list | _Each) or not value:
            yield json.dumps(list(value) if isinstance(value, _Each) else value)
            continue
        for place, item in enumerate(value):
            yield f"{',' if place else '['}\n  {json.dumps(item)}"
        yield "\n ]"
    yield "\n}\n"


def thing_json(thing: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return an unmanaged, unseen or synced thing in the form of the plan document."""
    return dict(thing)


def assumed_json(assumed: Assumed) -> dict[str, object]:
    """Return an assumed fact in the form of the plan document."""
    corrected = {} if assumed.instead_of is None else {"instead_of": plain_value(assumed.instead_of)}
    return {**dict(assumed.things), "fact": assumed.fact, "value": plain_value(assumed.value), **corrected}


def finding_json(finding: Finding) -> dict[str, Json]:
    """Return a finding in the form of the findings document, without place if it has none."""
    document: dict[str, Json] = {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "hint": finding.hint,
        "source": finding.source,
    }
    if finding.location is not None:
        document.update(_span_json(finding.location))
    document["related"] = [{**_span_json(r.location), "message": r.message} for r in finding.related]
    if finding.passing:
        document["passing"] = True
    return document


def _body(plan: Plan) -> dict[str, Any]:
    body = {
        "format": FORMAT,
        "account": {"name": plan.account, "lineage": plan.lineage, "serial": plan.serial, "head": plan.head},
        "target": plan.target,
        "actor": plan.actor,
        "at": plan.at,
        "config": {"digest": plan.config_digest},
        "policy": json.loads(plan.policy),
        "allow": list(plan.allow),
        "steps": _Each(plan.steps, _step_document),
        "left_out": [{each.kind: each.name, "findings": list(each.findings)} for each in plan.left_out],
        "unknown": [each._asdict() for each in plan.unknown],
        "assumed": _Each(plan.assumed, assumed_json),
        "synced": _Each(plan.synced, thing_json),
        "unmanaged": _Each(plan.unmanaged, thing_json),
        "unseen": _Each(plan.unseen, thing_json),
        "findings": _Each(plan.findings, finding_json),
        "summary": plan.summary,
        "intent": plan.intent(),
    }
    if plan.undo is not None:
        body["undo"] = _undo_document(plan.undo)
    if plan.require is not None:
        body["require"] = {"approvals": plan.require.approvals, "authors": list(plan.require.authors)}
    if plan.teams:
        body["teams"] = list(plan.teams)
    if plan.no_work:
        body["no_work"] = list(plan.no_work)
    if plan.work is not None:
        body["work"] = [each._asdict() for each in plan.work]
    if plan.machine:
        body["machine"] = [each._asdict() for each in plan.machine]
    if plan.limit is not None:
        body["limit"] = {"routes": list(plan.limit.routes), "left_out": plan.limit.left_out}
    if plan.cost:
        body["cost"] = [
            {"currency": each.currency, "bought": _change_json(each.bought), "assigned": _change_json(each.assigned)}
            for each in plan.cost
        ]
    return body


def _change_json(amounts: tuple[Decimal, Decimal]) -> dict[str, str]:
    before, after = amounts
    return {"before": f"{before:f}", "after": f"{after:f}", "difference": f"{after - before:f}"}


def _undo_document(undo: Undo) -> dict[str, Any]:
    return {
        "run": undo.run,
        "whole": undo.whole,
        "lasting": [{"why": each.why, **to_plain(each.step), "case": each.case} for each in undo.lasting],
        "kept": [{"thing": thing_json(each.thing), "serial": each.serial} for each in undo.kept],
    }


def _step_document(planned: PlannedStep) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": planned.id,
        **to_plain(planned.step),
        "effects": list(planned.effects),
        "channel": planned.channel,
        "route": planned.route,
        "needs": list(planned.needs),
        "performers": list(planned.performers),
        "allowed": planned.allowed,
        "kind": planned.kind,
        "codes": list(planned.codes),
        "reason": _span_json(planned.reason) if planned.reason else None,
    }
    if planned.case is not None:
        document["case"] = planned.case
    if planned.notes:
        document["notes"] = list(planned.notes)
    return document


def _span_json(place: Location) -> dict[str, Json]:
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }
