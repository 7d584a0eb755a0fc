"""Text of a diff: changes by team and contract, then new findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TypeAlias

from seatsync.account.actions.step import Facts
from seatsync.declaration.comparing import Difference
from seatsync.declaration.normal import Json
from seatsync.document_diff import FieldChange, field_changes
from seatsync.planning.picture import Preview
from seatsync.planning.plan import PlannedStep
from seatsync.reporting.diff import WORKING_TREE, Diff
from seatsync.reporting.escape import quoted, visible
from seatsync.reporting.findings_text import LineOf, count_line, paragraphs
from seatsync.reporting.paint import Paint
from seatsync.reporting.wording import place

_Fields: TypeAlias = Mapping[str, Json]


def render(diff: Diff, line_of: LineOf, paint: Paint) -> str:
    """Return the whole comparison."""
    head = WORKING_TREE if diff.head is None else visible(diff.head)
    blocks = [f"Account {paint.bold(visible(diff.account))}, from {visible(diff.base)} to {head}, on {diff.at}\n"]
    for scope, group in groupby(diff.differences or (), key=lambda difference: difference.scope):
        lines = [paint.bold(place(scope)), *(f"  {_symbol(item, paint)} {words(item)}" for item in group)]
        blocks.append("".join(f"{line}\n" for line in lines))
    blocks.append(paint.bold(last_line(diff)) + "\n")
    if diff.findings:
        blocks += [f"{paint.bold('New findings')}\n", paragraphs(diff.findings, line_of, paint)]
        blocks.append(paint.bold(count_line(diff.findings)) + "\n")
    return "\n".join(blocks)


def words(item: Difference) -> str:
    """Describe a difference without its scope and kind: `primary admin: ana@acme.example -> cho@acme.example`."""
    names = {kind: quoted(name) for kind, name in item.of}
    subject = _SUBJECTS[item.what, *names].format_map(names)
    if item.kind == "change":
        return f"{subject}: {_change(item)}"
    facts = item.new if item.old is None else item.old
    if item.what == "person":
        full = _full_name(facts)
        return f"{subject} ({full})" if full else subject
    if isinstance(facts, list):
        return f"{subject} ({_days(facts)})" if facts else subject
    if isinstance(facts, str | int) and item.what != "policy":
        return f"{subject} {_plain(facts)}"
    return f"{subject}: {_plain(facts)}" if facts else subject


def last_line(diff: Diff) -> str:
    """Return `Diff: 3 added, 2 changed, 2 removed.`, or the reason why there is no diff."""
    if diff.differences is None:
        revisions = " and ".join(visible(revision) for revision in diff.unreadable)
        return f"No diff: the files at {revisions} cannot be read."
    if not diff.differences:
        return "Nothing changes."
    count = diff.summary
    return f"Diff: {count['add']} added, {count['change']} changed, {count['remove']} removed."


def _symbol(item: Difference, paint: Paint) -> str:
    if item.kind == "add":
        return paint.green("+")
    return paint.red("-") if item.kind == "remove" else paint.yellow("~")


def _change(item: Difference) -> str:
    old, new = item.old, item.new
    if item.what == "name":
        return f"{_full_name(old) or 'none'} -> {_full_name(new) or 'none'}"
    if isinstance(old, list) and isinstance(new, list):
        return f"{_days(old) or 'at all times'} -> {_days(new) or 'at all times'}"
    if item.what == "SSO configuration" and isinstance(old, dict) and isinstance(new, dict):
        return "; ".join(field_phrases(field_changes(old, new)))
    if isinstance(old, dict) and isinstance(new, dict):
        fields = [name for name in _in_order({**old, **new}) if old.get(name) != new.get(name)]
        return ", ".join(f"{_field(name)} {_plain(old.get(name))} -> {_plain(new.get(name))}" for name in fields)
    return f"{_plain(old)} -> {_plain(new)}"


def field_phrases(changes: Iterable[FieldChange], *, raw: bool = False) -> Iterator[str]:
    """Describe the changes of each field: `domains: acme.test removed, acme.example added`.

    `raw`: fields keep the spelling of the document.
    """
    for path, group in groupby(changes, key=lambda change: change.path):
        parts = ", ".join(map(_field_change, group))
        name = ".".join(path)
        yield f"{visible(name) if raw else _field(name)}: {parts}"


def sso_change(planned: PlannedStep, preview: Preview | None) -> str:
    """Describe how a step changes an SSO configuration; empty if there was none, or without a preview."""
    old = None if preview is None else dict(preview.replaced_sso).get(planned.id)
    new = planned.step.get("sso")
    if old is None:
        return ""
    if not isinstance(new, Facts):
        return f"was {_plain(_document(old))}"
    return "; ".join(field_phrases(field_changes(_document(old), _document(new))))


def _document(facts: Facts) -> dict[str, Json]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in facts.items if value is not None
    }


def _field_change(change: FieldChange) -> str:
    if change.kind == "add":
        return f"{_plain(change.new)} added"
    return (
        f"{_plain(change.old)} removed" if change.kind == "remove" else f"{_plain(change.old)} -> {_plain(change.new)}"
    )


def _full_name(facts: Json) -> str:
    names = facts if isinstance(facts, dict) else {}
    return " ".join(visible(str(names[name])) for name in ("first_name", "last_name") if names.get(name))


def _days(entries: list[Json]) -> str:
    """Return the days of an entry: `from 2027-01-01 until 2027-03-31`."""
    spans = (entry for entry in entries if isinstance(entry, dict))
    return " and ".join(" ".join(f"{name} {day}" for name, day in span.items() if day is not None) for span in spans)


def _plain(value: Json) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return " and ".join(_plain(item) for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(
            f"{_field(name)} {_plain(value[name])}" for name in _in_order(value) if value[name] is not None
        )
    return str(value).lower() if isinstance(value, bool) else quoted(str(value))


def _in_order(facts: _Fields) -> list[str]:
    """Return the fields of a mapping in reading order: those of a purchase first, all others by name."""
    return sorted(facts, key=lambda name: (_FIELDS.index(name) if name in _FIELDS else len(_FIELDS), name))


def _field(name: str) -> str:
    return visible(name.replace("_", " "))


_FIELDS = (
    *("team", "product", "offering", "license_type", "deployment", "seats", "tokens", "channel", "contract_manager"),
    *("starts", "ends", "code", "reason", "until"),
)

_SUBJECTS: dict[tuple[str, ...], str] = {
    ("account",): "account",
    ("time zone",): "time zone",
    ("target",): "target",
    ("policy", "field"): "policy {field}",
    ("person", "user"): "person {user}",
    ("name", "user"): "name of {user}",
    ("address",): "address",
    ("previous address", "user"): "previous address of {user}:",
    ("team",): "the team",
    ("contract",): "the contract",
    ("former name",): "former name",
    ("former name", "group"): "former name of group {group}:",
    ("primary admin",): "primary admin",
    ("role", "user"): "role of {user}",  # in a drift; a diff has the lists of admins instead
    ("secondary admin", "user"): "secondary admin {user}",
    ("SSO admin", "user"): "SSO admin {user}",
    ("SSO configuration",): "SSO configuration",
    ("contract manager",): "contract manager",
    ("software coordinator",): "software coordinator",
    ("subscription", "subscription"): "subscription {subscription}",
    ("facts",): "the contract",
    ("product", "product"): "product {product}",
    ("group", "group"): "group {group}",
    ("group member", "group", "user"): "{user} in group {group}",
    ("group product", "group", "product"): "{product} for group {group}",
    ("seat", "product", "user"): "{product} for {user}",
    ("service", "service", "user"): "service {service} for {user}",
    ("support", "user"): "support benefits for {user}",
    ("member", "user"): "member {user}",
}
"""Names of things by kind, and by the kinds of the things they belong to."""
