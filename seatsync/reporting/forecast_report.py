"""The report of `forecast`, as text and as JSON (`seatsync/forecast/1`)."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from typing import TypeAlias

from seatsync.account.attributes import ROLE_TITLES
from seatsync.finding import Location
from seatsync.insight.forecast import ROLE_KINDS, DatedChange, Forecast, Gap, Shortage
from seatsync.reporting.escape import json_safe, number_of, quoted, visible
from seatsync.reporting.plan.wording import place
from seatsync.reporting.status_report import case_json, reminders
from seatsync.reporting.terminal import Paint

FORMAT = "seatsync/forecast/1"

_Json: TypeAlias = dict[str, object]


def render_json(forecast: Forecast) -> str:
    """Return the document; fields that a change does not have are omitted."""
    document: _Json = {
        "format": FORMAT,
        "account": forecast.account,
        "at": forecast.window.at,
        "until": forecast.window.until,
        "teams": list(forecast.window.teams),
        "changes": [_change(change) for change in forecast.changes],
        "shortages": [_shortage_json(short) for short in forecast.shortages],
        "admins": [_gap_json(gap) for gap in forecast.gaps],
        "summary": {
            "changes": len(forecast.changes),
            "shortages": len(forecast.shortages),
            "admins": len(forecast.gaps),
        },
    }
    if forecast.cases:
        document["cases"] = [case_json(each) for each in forecast.cases]
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _change(change: DatedChange) -> _Json:
    """Return one change; the name of its thing has the kind of the thing as key."""
    names = {"group_member": "group", "group_product": "group", "group": "group", "seat": "product"}
    names |= {"service": "service", "subscription": "subscription"}
    facts: _Json = {
        "day": change.day,
        "change": change.change,
        "kind": change.kind,
        "scope": {} if change.scope.kind == "account" else {change.scope.kind: change.scope.name},
        "user": change.user,
        names.get(change.kind, "thing"): change.thing,
        **({} if change.product is None else {"product": change.product}),
        "seats": change.seats,
        "tokens": change.tokens,
        "before": change.before,
        "last": change.last,
        "invited": change.invited,
        **_place(change.at),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _shortage_json(short: Shortage) -> _Json:
    return {
        "team": short.team,
        "product": short.product,
        "first": short.first,
        "last": short.last,
        "seats": short.seats,
        "assigned": len(short.holders),
        "missing": short.missing,
        "holders": list(short.holders),
        "ended": [{"subscription": ending.subscription, "last": ending.last} for ending in short.ended],
        **({"reduced": [asdict(reduction) for reduction in short.reduced]} if short.reduced else {}),
        **_place(short.at),
    }


def _gap_json(gap: Gap) -> _Json:
    return {
        "team": gap.team,
        "first": gap.first,
        "last": gap.last,
        "secondary_admins": gap.admins,
        "wanted": gap.wanted,
        **_place(gap.at),
    }


def _place(at: Location) -> _Json:
    return {"file": at.file, "line": at.line, "column": at.column}


_MOST_HOLDERS = 20


def render_text(forecast: Forecast, paint: Paint, *, verbose: bool = False) -> str:
    """Return the whole forecast; `verbose` adds places in the files and lists all people of large teams."""
    window = forecast.window
    blocks = [f"Account {paint.bold(visible(forecast.account))}, {window.at} to {window.until}\n"]
    days = groupby(forecast.changes, key=lambda change: change.day)
    dated = [_day(day, list(changes), paint, verbose=verbose) for day, changes in days]
    if dated:
        blocks.append("".join(dated))
    blocks += [_shortage(short, paint, verbose=verbose) for short in forecast.shortages]
    blocks += [_gap(gap, paint, verbose=verbose) for gap in forecast.gaps]
    if forecast.cases:
        blocks.append(reminders(forecast.cases, paint))
    blocks.append(paint.bold(_last_line(forecast)) + "\n")
    return "\n".join(blocks)


def _day(day: str, changes: list[DatedChange], paint: Paint, *, verbose: bool) -> str:
    lines = [paint.bold(day)]
    for change in changes:
        lines.append(f"  {_symbol(change, paint)} {_sentence(change)}")
        if verbose:
            lines.append("      " + paint.dim(visible(str(change.at))))
    return "".join(f"{line}\n" for line in lines)


def _symbol(change: DatedChange, paint: Paint) -> str:
    if change.change == "begins":
        return paint.green("+")
    return paint.red("-") if change.change == "ends" else paint.yellow("~")


def _sentence(change: DatedChange) -> str:
    """Describe a change with its team and last day: `team design: AutoCAD for dee@acme.example (until 2026-07-31)`."""
    if change.kind == "invitation":
        since = "(date unknown)" if change.invited is None else f"on {change.invited}"
        return f"{_user(change)} was invited {since}, and needs a new invitation"
    text = _what(change) if change.scope.kind == "account" else f"{place(change.scope)}: {_what(change)}"
    return text if change.last is None else f"{text} (until {change.last})"


def _what(change: DatedChange) -> str:
    thing = quoted(change.thing or "")
    words = {
        "contract": "its term",
        **{kind: f"{_user(change)} as {ROLE_TITLES[role]}" for role, kind in ROLE_KINDS.items()},
        "seat": f"{thing} for {_user(change)}",
        "group": f"group {thing}",
        "group_product": f"{quoted(change.product or '')} for group {thing}",
        "group_member": f"{_user(change)} in group {thing}",
        "member": f"{_user(change)} as member",
        "service": f"service {thing} for {_user(change)}",
        "support": f"support benefits for {_user(change)}",
    }
    if change.kind in words:
        return words[change.kind]
    renews = " renews" if change.change == "renews" else ""
    instead = "" if change.before is None else f" instead of {change.before}"
    return f"subscription {thing}{renews}, {_quantity(change)} of {quoted(change.product or '')}{instead}"


def _quantity(change: DatedChange) -> str:
    return number_of(change.seats, "seat") if change.seats is not None else number_of(change.tokens or 0, "token")


def _user(change: DatedChange) -> str:
    return visible(change.user or "")


def _shortage(short: Shortage, paint: Paint, *, verbose: bool) -> str:
    count = len(short.holders)
    numbers = (
        f"{number_of(short.seats, 'seat')} of {quoted(short.product)} for {number_of(count, 'person', 'people')}, "
        f"{short.missing} too few"
    )
    where = f"team {quoted(short.team)}, {_period(short.first, short.last)}"
    lines = [f"{paint.red('short:')} {where}: {numbers}"]
    lines += [f"  subscription {quoted(ending.subscription)} ends on {ending.last}" for ending in short.ended]
    lines += [
        f"  subscription {quoted(each.subscription)} renews on {each.day} with "
        f"{number_of(each.seats, 'seat')} instead of {each.before}"
        for each in short.reduced
    ]
    which = "" if short.seats == 0 else f"{short.missing} of these {count} "
    lines.append(f"  {which}would be without a seat: {_listed(short.holders, verbose=verbose)}")
    if verbose:
        lines.append("  " + paint.dim(visible(str(short.at))))
    return "".join(f"{line}\n" for line in lines)


def _listed(names: tuple[str, ...], *, verbose: bool) -> str:
    shown = names if verbose else names[:_MOST_HOLDERS]
    more = f", and {len(names) - len(shown)} more (listed with -v)" if len(shown) < len(names) else ""
    return ", ".join(map(visible, shown)) + more


def _gap(gap: Gap, paint: Paint, *, verbose: bool) -> str:
    there = "no secondary admin" if gap.admins == 0 else number_of(gap.admins, "secondary admin")
    wanted = "" if gap.wanted == 1 else f" of the {gap.wanted} that the policy requires"
    text = f"{paint.red('short:')} team {quoted(gap.team)}, {_period(gap.first, gap.last)}: {there}{wanted}\n"
    return text + (f"  {paint.dim(visible(str(gap.at)))}\n" if verbose else "")


def _period(first: str, last: str | None) -> str:
    if last is None:
        return f"from {first} on"
    return f"on {first}" if first == last else f"{first} to {last}"


def _last_line(forecast: Forecast) -> str:
    changes = number_of(len(forecast.changes), "change")
    cases = [f"{number_of(len(forecast.cases), 'open case')}"] if forecast.cases else []
    if not forecast.short:
        if not forecast.changes and not cases:
            return _NOTHING
        return f"Forecast: {', '.join([changes, *cases])}, and nothing runs short."
    counts = ((len(forecast.shortages), "seats"), (len(forecast.gaps), "admins"))
    short = [f"{number_of(count, 'shortage')} of {what}" for count, what in counts if count]
    return f"Forecast: {', '.join([changes, *short, *cases])}."


_NOTHING = "Forecast: no dated changes, and nothing runs short."
