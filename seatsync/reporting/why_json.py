"""JSON document of the seats, roles and memberships of a person: `seatsync/why/1`."""

from __future__ import annotations

import json
from typing import Any

from seatsync.account.model import Scope
from seatsync.declaration.declared import lasts
from seatsync.finding import Location
from seatsync.reporting.escape import json_safe
from seatsync.why.answer import Answer, Commit, ConsultedAccount, Entitlement, Entry, Holding

FORMAT = "seatsync/why/1"


def render(answer: Answer) -> str:
    """Return the document; `in_account` is null without an account, and `since` without a known commit."""
    document = {
        "format": FORMAT,
        "person": answer.person,
        "name": answer.full_name,
        "at": answer.day,
        "product": answer.product,
        "entitled": answer.entitled,
        "declared": None if answer.declared_at is None else _place(answer.declared_at, answer),
        "entitlements": [_entitlement(each, answer) for each in answer.entitlements],
        "roles": [_role(each, answer) for each in answer.others if each.assignment.kind == "role"],
        "memberships": [_membership(each, answer) for each in answer.others if each.assignment.kind == "member"],
        "account": _account(answer.account),
        "account_problem": answer.account.problem or None,
        "history_problem": answer.history.problem or None,
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _entitlement(entitlement: Entitlement, answer: Answer) -> dict[str, Any]:
    return {
        "scope": _scope(entitlement.scope),
        "kind": entitlement.kind,
        "name": entitlement.name,
        "entitled": entitlement.entitled,
        "in_term": entitlement.paid,
        "ways": [{"group": each.assignment.group, **_state(each, answer)} for each in entitlement.holdings],
    }


def _role(holding: Holding, answer: Answer) -> dict[str, Any]:
    assignment = holding.assignment
    facts = {"scope": _scope(assignment.scope), "role": assignment.name, "subscription": assignment.subscription}
    return {**facts, **_state(holding, answer)}


def _membership(holding: Holding, answer: Answer) -> dict[str, Any]:
    return {"scope": _scope(holding.assignment.scope), "group": holding.assignment.group, **_state(holding, answer)}


def _state(holding: Holding, answer: Answer) -> dict[str, Any]:
    return {
        "declared": holding.on(answer.day),
        "in_account": holding.actual,
        "entries": [_entry(entry, answer) for entry in holding.entries],
    }


def _entry(entry: Entry, answer: Answer) -> dict[str, Any]:
    starts, ends = entry.days or (None, None)
    document = {
        "by": entry.way or None,
        "from": starts,
        "until": ends,
        "holds": lasts(entry.days, answer.day),
        "at": _place(entry.at, answer),
    }
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
    return {"name": account.name, "serial": account.serial, "status": status}
