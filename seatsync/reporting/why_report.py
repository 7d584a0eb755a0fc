"""The report of `why`, as text and as JSON (`seatsync/why/1`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.model import Scope
from seatsync.clock import NEVER, Days, lasts
from seatsync.finding import Location
from seatsync.insight.why_answer import Answer, Assignment, Commit, ConsultedAccount, Entitlement, Entry, Holding
from seatsync.reporting.escape import json_safe, quoted, visible
from seatsync.reporting.plan.wording import place
from seatsync.reporting.terminal import Paint

FORMAT = "seatsync/why/1"


def render_json(answer: Answer) -> str:
    """Return the document; `in_account` is null without an account, and `since` without a known commit."""
    document = {
        "format": FORMAT,
        "person": answer.person,
        "name": answer.full_name,
        "at": answer.day,
        "product": answer.product,
        "entitled": answer.entitled,
        "declared": None if answer.declared_at is None else _place(answer.declared_at, answer),
        "entitlements": [_entitlement_json(each, answer) for each in answer.entitlements],
        "roles": [_role(each, answer) for each in answer.others if each.assignment.kind == "role"],
        "memberships": [_membership(each, answer) for each in answer.others if each.assignment.kind == "member"],
        "account": _account(answer.account),
        "account_problem": answer.account.problem or None,
        "history_problem": answer.history.problem or None,
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _entitlement_json(entitlement: Entitlement, answer: Answer) -> dict[str, Any]:
    return {
        "scope": _scope(entitlement.scope),
        "kind": entitlement.kind,
        "name": entitlement.name,
        "entitled": entitlement.entitled,
        "in_term": entitlement.paid,
        "ways": [{"group": each.assignment.group, **_state_json(each, answer)} for each in entitlement.holdings],
    }


def _role(holding: Holding, answer: Answer) -> dict[str, Any]:
    assignment = holding.assignment
    facts = {"scope": _scope(assignment.scope), "role": assignment.name, "subscription": assignment.subscription}
    return {**facts, **_state_json(holding, answer)}


def _membership(holding: Holding, answer: Answer) -> dict[str, Any]:
    return {
        "scope": _scope(holding.assignment.scope),
        "group": holding.assignment.group,
        **_state_json(holding, answer),
    }


def _state_json(holding: Holding, answer: Answer) -> dict[str, Any]:
    return {
        "declared": holding.on(answer.day),
        "in_account": holding.actual,
        "entries": [_entry(entry, answer) for entry in holding.entries],
    }


def _entry(entry: Entry, answer: Answer) -> dict[str, Any]:
    starts, ends = (None, None) if entry.days is None or entry.days == NEVER else entry.days
    document = {
        "by": entry.way or None,
        "from": starts,
        "until": ends,
        "holds": lasts(entry.days, answer.day),
        "at": _place(entry.at, answer),
    }
    if entry.through is not None:
        document["list"], document["list_at"] = entry.through[0], _place(entry.through[1], answer)
    if entry.product is not None:
        document["product_at"] = _place(entry.product, answer)
    return document


def _place(at: Location, answer: Answer) -> dict[str, Any]:
    since = answer.history.of(at)
    return {
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
        "since": _commit(since) if isinstance(since, Commit) else None,
        "since_problem": since if isinstance(since, str) else None,
    }


def _commit(commit: Commit) -> dict[str, str]:
    return {"commit": commit.id, "author": commit.author, "day": commit.day, "summary": commit.summary}


def _scope(scope: Scope) -> dict[str, str]:
    return {} if scope.kind == "account" else {scope.kind: scope.name}


def _account(account: ConsultedAccount) -> dict[str, Any] | None:
    if account.problem:
        return None
    status = account.user.status if account.user is not None else None
    return {"name": account.name, "serial": account.serial, "status": "unknown" if account.unknown else status}


_PERMISSIONS = {
    "primary": "manages users, groups and seats, names all other admins and the next primary admin, sets up SSO",
    "secondary": "manages users, groups and seats, names secondary admins and the primary admin",
    "sso": "manages users, groups and seats, names secondary admins and the primary admin, sets up SSO",
    "external": "no permissions in the team; can hold seats and be in groups",
    "manager": "billing, renewals and purchases, which team the subscription is in, who is contract manager next",
    "coordinator": "manages users, seats, services, support; is notified of new releases",
}
_CONTRACT_MANAGER_PERMISSIONS = (
    "billing, renewals and purchases, names the coordinator; manages users, seats, services, support"
)

_WAYS = {
    "product": "by product: ",
    "user": "by user: ",
    "csv": "by CSV: ",
    "group": "member: ",
    "default": "by default, as contract manager: ",
    "": "",
}
_DIGITS = 10  # of a commit's hash that are shown


def render_text(answer: Answer, paint: Paint) -> str:
    """Return the whole answer."""
    blocks = [list(_heading(answer, paint))]
    blocks += [list(_entitlement(each, answer, paint)) for each in answer.entitlements]
    if answer.product is not None and not answer.entitlements:
        blocks.append([f"{paint.bold(quoted(answer.product))}: {paint.red('not entitled')}", *_not_declared(answer)])
    blocks += [list(_other(each, answer, paint)) for each in answer.others]
    if answer.product is None and len(blocks) == 1:
        blocks.append(["no seats, roles or memberships"])
    blocks.append(list(_problems(answer)))
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)


def _heading(answer: Answer, paint: Paint) -> Iterator[str]:
    name = f" ({visible(answer.full_name)})" if answer.full_name else ""
    yield f"{paint.bold(visible(answer.person))}{name}, on {answer.day}"
    if answer.declared_at is None:
        yield "  not declared"
    else:
        yield f"  declared: {_at(answer.declared_at, answer)}"
    if not answer.account.problem:
        serial = "" if answer.account.serial is None else f" (serial {answer.account.serial})"
        yield f"  in account {visible(answer.account.name)}{serial}: {_status(answer.account)}"


def _status(account: ConsultedAccount) -> str:
    """Return whether the person is in the account, and has accepted the invitation."""
    user = account.user
    if account.unknown:
        return "unknown" if user is None else "a user; no source shows whether the invitation was accepted"
    if user is None:
        return "not a user"
    invited = f", invited {visible(user.invited_at)}" if user.invited_at else ""
    return f"pending{invited}" if user.status == "pending" else "active"


def _entitlement(entitlement: Entitlement, answer: Answer, paint: Paint) -> Iterator[str]:
    declared = any(holding.entries for holding in entitlement.holdings)
    word = (
        paint.green("entitled") if entitlement.entitled else paint.red("not entitled" if declared else "not declared")
    )
    yield f"{paint.bold(f'{quoted(entitlement.name)} in {place(entitlement.scope)}')}: {word}"
    if not entitlement.paid and declared:
        where, name = place(entitlement.scope), quoted(entitlement.name)
        yield f"  no subscription of {where} to {name} is in term on {answer.day}"
    for holding in entitlement.holdings:
        through = "direct" if holding.assignment.group is None else f"through group {quoted(holding.assignment.group)}"
        yield f"  {through}{_state(holding, answer)}"
        yield from (f"    {line}" for line in _entries(holding, answer))


def _other(holding: Holding, answer: Answer, paint: Paint) -> Iterator[str]:
    yield f"{paint.bold(_title(holding.assignment))}{_state(holding, answer)}"
    if holding.assignment.kind == "role":
        contract = holding.assignment.name == "manager" and holding.assignment.scope.kind == "contract"
        yield f"  {paint.dim(_CONTRACT_MANAGER_PERMISSIONS if contract else _PERMISSIONS[holding.assignment.name])}"
    yield from (f"  {line}" for line in _entries(holding, answer))


def _title(assignment: Assignment) -> str:
    if assignment.kind == "member":
        return f"Member of {place(assignment.scope)}" + (
            f", group {quoted(assignment.group)}" if assignment.group is not None else ""
        )
    title = ROLE_TITLES[assignment.name]
    title = title[0].upper() + title[1:]
    if assignment.subscription is None:
        return f"{title} of {place(assignment.scope)}"
    return f"{title} of subscription {quoted(assignment.subscription)}, {_within(assignment.scope)}"


def _within(scope: Scope) -> str:
    return "which is in no team" if scope.kind == "account" else place(scope)


def _state(holding: Holding, answer: Answer) -> str:
    """Return the state of a holding in the account and in the files on the day."""
    if not holding.entries:
        return ": in the account, not declared"
    on = holding.on(answer.day)
    if holding.actual is None:
        unknown = "" if answer.account.problem else ": unknown in the account"
        return unknown if on else ": not on this day"
    if on:
        return ": in the account" if holding.actual else ": not in the account yet"
    return ": not on this day, still in the account" if holding.actual else ": not on this day"


def _entries(holding: Holding, answer: Answer) -> Iterator[str]:
    for entry in holding.entries:
        yield f"{_WAYS[entry.way]}{_at(entry.at, answer, window(entry.days, answer.day))}"
        if entry.through is not None:
            yield f"through list {quoted(entry.through[0])}: {_at(entry.through[1], answer)}"
        if entry.product is not None:
            yield f"product: {_at(entry.product, answer)}"


def window(days: Days | None, day: str) -> str:
    """Return the days of an entry: `, from 2026-08-01 until 2026-09-30`, and whether they are over or to come."""
    if days is None:
        return ""
    if days == NEVER:
        return ", on no day"
    words = [f"{word} {limit}" for word, limit in zip(("from", "until"), days, strict=True) if limit is not None]
    return f", {' '.join(words)}" + ("" if lasts(days, day) else _off(days, day))


def _off(days: Days, day: str) -> str:
    return " (not yet)" if days[0] is not None and day < days[0] else " (ended)"


def _at(at: Location, answer: Answer, days: str = "") -> str:
    """Return a place with its days and the commit that added it."""
    since = answer.history.of(at)
    text = f"{visible(str(at))}{days}"
    if since is None:
        return text
    return f"{text}, {_since(since) if isinstance(since, Commit) else visible(since)}"


def _since(commit: Commit) -> str:
    return f"since {commit.day} ({commit.id[:_DIGITS]}, {visible(commit.author)}: {visible(commit.summary)})"


def _not_declared(answer: Answer) -> Iterator[str]:
    where = "not declared" if answer.account.problem else "not declared, and not in the account"
    yield f"  {where}"


def _problems(answer: Answer) -> Iterator[str]:
    """Yield the reasons why the account or the history is missing."""
    if answer.account.problem:
        yield f"The account was not read: {visible(answer.account.problem)}."
    if answer.history.problem:
        yield f"The history was not read: {visible(answer.history.problem)}."
