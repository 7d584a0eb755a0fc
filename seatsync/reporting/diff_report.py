"""The report of `diff`: a value, and its renderings as text, JSON (`seatsync/diff/1`) and Markdown.

Changes are in a code block, where nothing is markup, a mention or a link. `escape.py` escapes all other values.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from seatsync.account.actions.spec import Facts
from seatsync.account.attributes import MENU_ROLES, ROLE_TITLES
from seatsync.account.model import Scope
from seatsync.declaration.comparing import Difference
from seatsync.declaration.normal import Json
from seatsync.document_diff import FieldChange, field_changes
from seatsync.finding import Finding, in_bulk
from seatsync.planning.plan import PlannedStep, finding_json
from seatsync.planning.preview import Preview
from seatsync.reporting.escape import code, comment_safe, json_safe, prose, quoted, visible
from seatsync.reporting.findings.findings_pages import rows
from seatsync.reporting.findings.findings_text import LineOf, count_line, paragraphs
from seatsync.reporting.plan.wording import place
from seatsync.reporting.terminal import Paint


@dataclass(frozen=True, slots=True)
class Diff:
    """A comparison of two revisions of a repository; `head` is None for the working tree.

    `differences` is None if the files of a revision cannot be read; `unreadable` lists such revisions. `findings` are
    those that only the head has.
    """

    account: str
    base: str
    head: str | None
    at: str
    differences: tuple[Difference, ...] | None
    unreadable: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def summary(self) -> dict[str, int]:
        """Number of differences of each kind."""
        counts = {"add": 0, "change": 0, "remove": 0}
        for difference in self.differences or ():
            counts[difference.kind] += 1
        return counts


WORKING_TREE = "the working tree"
"""Name of the uncommitted files in place of a revision."""


_UNENDED = "\x00"  # marks a last line without a line end; readable files contain no NUL


def unified(file: str, old: bytes, new: bytes, paint: Paint) -> Iterator[str]:
    """Yield the lines of a unified diff of two UTF-8 contents; line ends other than LF are visible."""
    name = visible(file)
    for line in difflib.unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}", lineterm=""):
        shown = visible(line.removesuffix(_UNENDED))
        painted = {"+": paint.green, "-": paint.red}.get(line[:1], str)(shown)
        yield f"{painted}\n" + ("\\ No newline at end of file\n" if line.endswith(_UNENDED) else "")


def _lines(content: bytes) -> list[str]:
    lines = content.decode().split("\n")
    last = lines.pop()
    return [*lines, last + _UNENDED] if last else lines


# JSON

FORMAT = "seatsync/diff/1"


def render_json(diff: Diff) -> str:
    """Return the document with both revisions, the changes and the new findings."""
    differences = diff.differences
    document = {
        "format": FORMAT,
        "account": diff.account,
        "base": diff.base,
        "head": diff.head,
        "at": diff.at,
        "changes": None if differences is None else [_change_json(difference) for difference in differences],
        "unreadable": list(diff.unreadable),
        "findings": [finding_json(finding) for finding in in_bulk(diff.findings)],
        "summary": diff.summary,
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _change_json(difference: Difference) -> dict[str, Any]:
    return {
        "kind": difference.kind,
        "scope": _scope_json(difference.scope),
        "what": difference.what,
        "of": dict(difference.of),
        "old": difference.old,
        "new": difference.new,
        "words": words(difference),
    }


def _scope_json(scope: Scope) -> dict[str, str]:
    return {} if scope.kind == "account" else {scope.kind: scope.name}


# Text

_Fields: TypeAlias = Mapping[str, Json]


def render_text(diff: Diff, line_of: LineOf, paint: Paint) -> str:
    """Return the whole comparison."""
    head = WORKING_TREE if diff.head is None else visible(diff.head)
    blocks = [f"Account {paint.bold(visible(diff.account))}, from {visible(diff.base)} to {head}, on {diff.at}\n"]
    for scope, group in groupby(diff.differences or (), key=lambda difference: difference.scope):
        lines = [paint.bold(place(scope)), *(f"  {_symbol(item, paint)} {words(item)}" for item in group)]
        blocks.append("".join(f"{line}\n" for line in lines))
    blocks.append(paint.bold(last_line(diff)) + "\n")
    if diff.findings:
        new = in_bulk(diff.findings)
        blocks += [f"{paint.bold('New findings')}\n", paragraphs(new, line_of, paint)]
        blocks.append(paint.bold(count_line(new)) + "\n")
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
    if isinstance(facts, str | int) and item.what not in {"policy", "portal"}:
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
        return "; ".join(field_phrases(field_changes(_without_none(old), _without_none(new))))
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


def _without_none(facts: Mapping[str, Json]) -> dict[str, Json]:
    """Return the fields with a value, so that a URL is removed, and not changed to none."""
    return {name: value for name, value in facts.items() if value is not None}


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
    if isinstance(value, dict) and value.keys() == {"amount", "currency", "per"}:
        return visible(f"{value['amount']} {value['currency']} per {value['per']}")
    if isinstance(value, dict):
        fields = (f"{_field(name)} {_plain(value[name])}" for name in _in_order(value) if value[name] is not None)
        return ", ".join(fields) or "none"
    return str(value).lower() if isinstance(value, bool) else quoted(str(value))


def _in_order(facts: _Fields) -> list[str]:
    """Return the fields of a mapping in reading order: those of a purchase first, all others by name."""
    return sorted(facts, key=lambda name: (_FIELDS.index(name) if name in _FIELDS else len(_FIELDS), name))


def _field(name: str) -> str:
    return visible(name.replace("_", " "))


_FIELDS = (
    *("team", "product", "offering", "license_type", "deployment", "seats", "tokens", "channel", "contract_manager"),
    *("starts", "ends", "auto_renew", "from_renewal", "price", "code", "reason", "from", "until"),
    *("each", "must", "message", "severity"),
)

_SUBJECTS: dict[tuple[str, ...], str] = {
    ("account",): "account",
    ("time zone",): "time zone",
    ("target",): "target",
    ("policy", "field"): "policy {field}",
    ("portal", "field"): "portal {field}",
    ("rule", "rule"): "rule {rule}",
    ("rate", "product"): "rate of {product}",
    ("person", "user"): "person {user}",
    ("name", "user"): "name of {user}",
    ("language", "user"): "language of {user}",
    ("address",): "address",
    ("previous address", "user"): "previous address of {user}:",
    ("team",): "the team",
    ("contract",): "the contract",
    ("former name",): "former name",
    ("former name", "group"): "former name of group {group}:",
    ("primary admin",): "primary admin",
    ("role", "user"): "role of {user}",  # in a drift; a diff has the lists of admins instead
    **{(ROLE_TITLES[role], "user"): f"{ROLE_TITLES[role]} {{user}}" for role in MENU_ROLES},
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


# Markdown

LARGEST = 65_536
"""GitHub's limit for one comment in characters, applied to bytes to be safe."""

_FOR_FINDINGS, _FOR_REST = 20_000, 1_000
_LONGEST = 300
_FOR_COUNT = 60
_Pair: TypeAlias = tuple[Difference, bool]
"""A difference, and whether it is shown."""

_SIGNS = {"add": "+", "remove": "-", "change": "!"}
_WORDS = {"add": "added", "change": "changed", "remove": "removed"}
_FIRST = frozenset(
    {
        *(
            "account",
            "time zone",
            "target",
            "policy",
            "portal",
            "rule",
            "SSO configuration",
            "contract manager",
            "software coordinator",
        ),
        *("primary admin", *(ROLE_TITLES[role] for role in MENU_ROLES)),
    }
)
"""Kinds of differences that are shown first: permissions and policy."""


def marker(account: str) -> str:
    """Return the invisible first line of every comment, by which the next run finds its own comment."""
    return f"<!-- seatsync:diff:{comment_safe(account)} -->"


def render_markdown(diff: Diff, most: int = LARGEST) -> str:
    """Return the comment, of at most `most` bytes."""
    top = "".join(_top(diff))
    found = rows(in_bulk(diff.findings), _FOR_FINDINGS)
    new = f"#### New findings\n\n{found}\n" if found else ""
    return top + new + _changes(diff, most - _size(top + new) - _FOR_REST)


def _top(diff: Diff) -> Iterator[str]:
    head = WORKING_TREE if diff.head is None else code(_brief(diff.head))
    yield f"{marker(_brief(diff.account))}\n### Changed in the files of account {code(_brief(diff.account))}\n\n"
    yield f"**{prose(_brief(last_line(diff)))}**\n\n"
    yield f"From {code(_brief(diff.base))} to {head}, on {diff.at}\n\n"


def _changes(diff: Diff, room: int) -> str:
    """Return the differences as a `diff` code block; every line starts with a sign, so none can end the block.

    If not all fit, roles and policy have priority, then removals; the rest is counted.
    """
    items = diff.differences or ()
    shown = _that_fit(items, room)
    text = "".join(_block(list(group)) for _, group in groupby(zip(items, shown, strict=True), key=_scope))
    left = [item for item, fits in zip(items, shown, strict=True) if not fits]
    rest = f"Not shown: {_counted(left)}. `seatsync diff` prints all.\n" if left else ""
    return "\n".join(filter(None, (f"```diff\n{text}```\n" if text else "", rest)))


def _scope(pair: _Pair) -> Scope:
    return pair[0].scope


def _that_fit(items: Sequence[Difference], room: int) -> list[bool]:
    """Return a flag per item, true for the most important ones that fit."""
    shown = [False] * len(items)
    scopes: set[Scope] = set()
    for number in sorted(range(len(items)), key=lambda number: _weight(items[number])):
        item = items[number]
        room -= _size(_line(item)) + (0 if item.scope in scopes else _size(_head(item.scope)) + _FOR_COUNT)
        if room < 0:
            break
        shown[number] = True
        scopes.add(item.scope)
    return shown


def _weight(item: Difference) -> int:
    if item.what in _FIRST:
        return 0
    return 1 if item.kind == "remove" else 2


def _block(group: Sequence[_Pair]) -> str:
    """Return the lines shown for one team or contract, and a count of the others."""
    lines = [_line(item) for item, fits in group if fits]
    if not lines:
        return ""
    left = [item for item, fits in group if not fits]
    more = f"# and {_counted(left)}\n" if left else ""
    return f"{_head(group[0][0].scope)}{''.join(lines)}{more}"


def _counted(items: Sequence[Difference]) -> str:
    """Return counts by kind: `2 added, 1 removed`."""
    counts = ((word, sum(item.kind == kind for item in items)) for kind, word in _WORDS.items())
    return ", ".join(f"{count} {word}" for word, count in counts if count)


def _head(scope: Scope) -> str:
    return f"@@ {place(scope)} @@\n"


def _line(item: Difference) -> str:
    return f"{_SIGNS[item.kind]} {words(item)}\n"


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
