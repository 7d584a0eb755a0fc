"""Requests of people who do not use git: the text of a filled form as data, and the change of the files it asks for.

A value of a form is only ever an argument of the functions behind `seatsync edit`: never a command line, an option or
the name of a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.account import email
from seatsync.declaration.declared import Declaration
from seatsync.declaration.fields import is_day
from seatsync.finding import Finding, Severity
from seatsync.reading.plain_text import most_similar, problem_in_value, shown
from seatsync.staffing.addresses import change_addresses
from seatsync.staffing.extension import extend
from seatsync.staffing.moves import move
from seatsync.staffing.offboarding import offboard
from seatsync.staffing.onboarding import OnboardOptions, onboard
from seatsync.staffing.proposal import Proposal, ProposalError, declared_team
from seatsync.staffing.seat_changes import assign, unassign
from seatsync.staffing.swaps import swap

REQUEST, REASON = "Request", "Reason"
_PEOPLE, _COLLEAGUE, _NEW_ADDRESS = "People", "Colleague", "New address"
_TEAM, _NEW_TEAM, _GROUP, _NEW_GROUP = "Team", "New team", "Group", "New group"
_PRODUCT, _NEW_PRODUCT = "Product", "New product"
_FIRST_DAY, _LAST_DAY = "First day", "Last day"
_FIRST_NAME, _LAST_NAME = "First name", "Last name"

FIELDS = (
    *(REQUEST, _PEOPLE, _TEAM, _NEW_TEAM, _GROUP, _NEW_GROUP, _PRODUCT, _NEW_PRODUCT, _COLLEAGUE, _NEW_ADDRESS),
    *(_FIRST_NAME, _LAST_NAME, _FIRST_DAY, _LAST_DAY, REASON),
)
"""The labels of a form. `Reason` is for the people who read it."""
_ADDRESSES, _DAYS = {_PEOPLE, _COLLEAGUE, _NEW_ADDRESS}, {_FIRST_DAY, _LAST_DAY}

_HEADING = re.compile(r"^ {0,3}###[ \t]+(.*)$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")
_BETWEEN_ADDRESSES = re.compile(r"[\s,;]+")
_EMPTY = "_No response_"
_LONGEST = 320
"""Characters of a value: as many as the longest address has."""

_Values: TypeAlias = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Request:
    """A valid form: the people and the other fields that are filled in, each with its values."""

    kind: Kind
    people: tuple[str, ...]
    values: _Values

    def one(self, label: str) -> str | None:
        """Return the value of a field with one, None if it is empty."""
        return next(iter(self.values.get(label, ())), None)

    def must(self, label: str) -> str:
        """Return the value of a field that the kind of request needs."""
        return self.values[label][0]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: its name in the form, the fields that it needs and may have, and those with several values."""

    name: str
    propose: Callable[[Declaration, Request, str], Proposal]
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    several: tuple[str, ...] = (_PEOPLE,)


def _join(declared: Declaration, request: Request, day: str) -> Proposal:
    options = OnboardOptions(
        request.one(_TEAM),
        request.one(_COLLEAGUE),
        request.values.get(_PRODUCT, ()),
        request.values.get(_GROUP, ()),
        request.one(_LAST_DAY),
        (request.one(_FIRST_NAME), request.one(_LAST_NAME)),
    )
    return onboard(declared, request.people, options, day)


def _leave(declared: Declaration, request: Request, _: str) -> Proposal:
    return offboard(declared, request.people, None)


def _get(declared: Declaration, request: Request, _: str) -> Proposal:
    days = request.one(_FIRST_DAY), request.one(_LAST_DAY)
    product, team = request.must(_PRODUCT), request.one(_TEAM)
    return assign(declared, request.people, product, team, days if any(days) else None)


def _give_back(declared: Declaration, request: Request, _: str) -> Proposal:
    return unassign(declared, request.people, request.must(_PRODUCT), request.one(_TEAM))


def _keep(declared: Declaration, request: Request, day: str) -> Proposal:
    if _PRODUCT in request.values and _GROUP in request.values:
        raise ProposalError(_fault(f"{_PRODUCT} and {_GROUP} are both filled in", "make a request for each"))
    what = request.one(_PRODUCT) or request.one(_GROUP)
    return extend(declared, request.people, what, request.one(_TEAM), request.must(_LAST_DAY), day)


def _swap(declared: Declaration, request: Request, _: str) -> Proposal:
    return swap(declared, request.people, request.must(_PRODUCT), request.must(_NEW_PRODUCT), request.one(_TEAM))


def _move_to_team(declared: Declaration, request: Request, _: str) -> Proposal:
    old, new = (declared_team(declared, request.must(label)).name for label in (_TEAM, _NEW_TEAM))
    return move(declared, request.people, old, new, None)


def _move_to_group(declared: Declaration, request: Request, _: str) -> Proposal:
    return move(declared, request.people, request.must(_GROUP), request.must(_NEW_GROUP), request.must(_TEAM))


def _address(declared: Declaration, request: Request, _: str) -> Proposal:
    new = request.values[_NEW_ADDRESS]
    if len(request.people) != len(new):
        hint = "write one new address for each person, in the same order"
        raise ProposalError(_fault(f"{_PEOPLE} and {_NEW_ADDRESS} differ in number", hint))
    return change_addresses(declared, list(zip(request.people, new, strict=True)))


_JOINING = (_TEAM, _COLLEAGUE, _PRODUCT, _GROUP, _LAST_DAY, _FIRST_NAME, _LAST_NAME)
KINDS = (
    Kind("Join a team", _join, (), _JOINING, (_PEOPLE, _PRODUCT, _GROUP)),
    Kind("Leave", _leave),
    Kind("Get a product", _get, (_PRODUCT,), (_TEAM, _FIRST_DAY, _LAST_DAY)),
    Kind("Give a product back", _give_back, (_PRODUCT,), (_TEAM,)),
    Kind("Keep something for longer", _keep, (_LAST_DAY,), (_PRODUCT, _GROUP, _TEAM)),
    Kind("Swap a product", _swap, (_PRODUCT, _NEW_PRODUCT), (_TEAM,)),
    Kind("Move to another team", _move_to_team, (_TEAM, _NEW_TEAM)),
    Kind("Move to another group", _move_to_group, (_TEAM, _GROUP, _NEW_GROUP)),
    Kind("Change an address", _address, (_NEW_ADDRESS,), (), (_PEOPLE, _NEW_ADDRESS)),
)
"""What a form can ask for. Roles of admins, whole teams and names are changed by people who use git."""


def request_proposal(declared: Declaration, form: str, day: str) -> Proposal:
    """Propose what a filled form asks for. What is wrong with the form blocks it; else as the function of its kind."""
    request = read_request(form)
    if isinstance(request, Request):
        return request.kind.propose(declared, request, day)
    proposal = Proposal.of(declared)
    proposal.blocking.extend(request)
    return proposal


def read_request(form: str) -> Request | tuple[Finding, ...]:
    """Read the text of a filled form: headings `### LABEL` with the values below. Return all findings if there are any.

    HTML comments, `_No response_` and text above the first heading are no values.
    """
    _, *parts = _HEADING.split(_LINE_END.sub("\n", _COMMENT.sub("", form)))
    labels = [heading.strip() for heading in parts[::2]]
    texts = dict(zip(labels, parts[1::2], strict=True))
    findings = [*_wrong_labels(labels)]
    kind, wrong = _kind_of(_lines(texts.get(REQUEST, "")))
    if findings or kind is None:
        return (*findings, *wrong)
    values = {label: _values(label, text) for label, text in texts.items() if label not in {REQUEST, REASON}}
    values = {label: each for label, each in values.items() if each}
    findings = [*_wrong_fields(kind, values), *(each for label in values for each in _wrong_values(label, values))]
    if findings:
        return tuple(findings)
    return Request(kind, values[_PEOPLE], values)


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.split("\n"))
    return tuple(line for line in lines if line and line != _EMPTY)


def _values(label: str, text: str) -> tuple[str, ...]:
    """Return the values of a field: one in each line, or addresses with any signs between them."""
    lines = _lines(text)
    if label not in _ADDRESSES:
        return lines
    return tuple(filter(None, _BETWEEN_ADDRESSES.split(" ".join(lines))))


def _wrong_labels(labels: list[str]) -> Iterator[Finding]:
    for label in dict.fromkeys(labels):
        if label not in FIELDS:
            meant = most_similar(label, [*FIELDS])
            hint = f"did you mean {meant}?" if meant else "remove ### at the start of its line"
            yield _fault(f"the form has no field {shown(label)}", hint)
        elif labels.count(label) > 1:
            yield _fault(f"the form has {labels.count(label)} fields {label}", "keep one of them")


def _kind_of(lines: tuple[str, ...]) -> tuple[Kind | None, list[Finding]]:
    """Return the kind of a request, or what is wrong with it."""
    found = [kind for kind in KINDS if [kind.name.casefold()] == [line.casefold() for line in lines]]
    if found:
        return found[0], []
    problem = f"{shown(' '.join(lines))} is nothing that a form can ask for" if lines else "it is empty"
    return None, [_fault(f"{REQUEST}: {problem}", f"write one of: {'; '.join(kind.name for kind in KINDS)}")]


def _wrong_fields(kind: Kind, values: _Values) -> Iterator[Finding]:
    """Yield a finding for each field that is missing, has no meaning for the kind, or has too many values."""
    needs = (_PEOPLE, *kind.needs)
    for label in needs:
        if label not in values:
            yield _fault(f"{label} is empty", f"fill it in, as is needed for: {kind.name}")
    for label, found in values.items():
        if label not in (*needs, *kind.may):
            yield _fault(f"{label} is filled in, but means nothing for: {kind.name}", f"leave {label} empty")
        elif len(found) > 1 and label not in kind.several:
            yield _fault(f"{label} has {len(found)} values", "write one")


def _wrong_values(label: str, values: _Values) -> Iterator[Finding]:
    """Yield a finding for each value of a field that cannot be one."""
    for value in values[label]:
        problem, hint = problem_in_value(value), "remove it"
        if problem is None and len(value) > _LONGEST:
            problem, hint = f"{shown(value)} is too long", f"use at most {_LONGEST} characters"
        elif problem is None and label in _ADDRESSES:
            reason = email.problem(value)
            problem, hint = f"{shown(value)} is not an e-mail address" if reason else None, reason
        elif problem is None and label in _DAYS and not is_day(value):
            problem, hint = f"{shown(value)} is not a date", "write dates as 2026-12-31"
        if problem is not None:
            yield _fault(f"{label}: {problem}", hint)


def _fault(message: str, hint: str) -> Finding:
    return Finding("SCHEMA001", Severity.ERROR, message, None, hint)
