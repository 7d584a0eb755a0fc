"""Validation of plain data against the published JSON Schemas: `jsonschema_rs` validates, `jsonschema` explains.

`schemas/*.schema.json` are the public formats of all files that are read and written. They are inside the package in an
installed wheel, and next to it in a source tree.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from seatsync.finding import Finding, Location, Severity, in_order
from seatsync.reading.tree import Node, YamlList, YamlMap

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

    from seatsync.reading.schema_problems import Problem

NAMES: Final = (
    "project",
    "fragment",
    "snapshot",
    "fleet",
    "plan",
    "findings",
    "forecast",
    "diff",
    "why",
    "drift",
    "apply",
    "plan-diff",
    "account",
    "status",
    "fleet-status",
    "fleet-report",
    "fleet-run",
    "refresh",
    "notices",
    "report-reclaim",
    "report-usage",
    "policy-test",
    "report-contracts",
    "report-cost",
)
"""Names of all schemas."""

MAX_FINDINGS: Final = 1000
"""The maximum number of findings reported for a file."""

_LAST_INDEX: Final = str(2**64 - 1)
_SECTIONS: Final = ("users", "lists", "teams", "subscriptions", "contracts")


def schema_text(name: str) -> str:
    """Return the text of a published schema; `name` is one of `NAMES`."""
    file = f"{name}.schema.json"
    package = Path(__file__).parents[1]
    packaged = package / "schemas" / file
    return (packaged if packaged.is_file() else package.parent / "schemas" / file).read_text(encoding="utf-8")


def resolved(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a part of a schema merged with the definition in its `$ref`; keys of the part take precedence."""
    if "$ref" not in part:
        return part
    return {**whole["$defs"][part["$ref"].rpartition("/")[2]], **part}


def check(node: Node, schema_name: str, file: str) -> list[Finding]:
    """Return the schema violations of a file as SCHEMA001, sorted by location. An empty file is an empty mapping."""
    document = YamlMap(file) if node is None else node
    found = [
        Finding(
            "SCHEMA001",
            Severity.ERROR,
            problem.message,
            _place(document, problem, file),
            problem.hint,
            replacement=problem.replacement,
        )
        for problem in _problems(document, schema_name)
    ]
    return in_order(found)[:MAX_FINDINGS]


def validate_document(document: object, name: str) -> list[str]:
    """Return the schema violations of a document that we wrote: one text each, beginning with the path."""
    return [f"/{'/'.join(map(str, problem.path))}: {problem.message}" for problem in _problems(document, name)]


def is_valid(document: object, name: str) -> bool:
    """Return True if a document is valid under a schema. Raises `ValueError` for some texts with a lone surrogate."""
    return _validator(name).is_valid(document)


@cache
def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(schema_text(name))
    return schema


@cache
def _validator(name: str) -> Draft202012Validator:
    # Imported here because only runs that read files need it, and it is slow to import.
    from jsonschema_rs import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(_schema(name), validate_formats=False)


def _problems(document: object, name: str) -> list[Problem]:
    if _validator(name).is_valid(document):
        return []
    # Imported here because few runs need it, and importing it takes longer than validating most files.
    from seatsync.reading import schema_problems  # noqa: PLC0415

    errors = list(islice(_validator(name).iter_errors(document), MAX_FINDINGS))
    invalid = {tuple(map(str, error.instance_path[:2])) for error in errors}
    found = schema_problems.problems(_invalid_part(document, invalid), _schema(name))
    return found or [schema_problems.unexplained(error.instance_path[:1], error.message) for error in errors]


def _invalid_part(document: object, invalid: set[tuple[str, ...]]) -> object:
    """Return a document without its valid entries, because explaining all of a large document takes minutes."""
    if not isinstance(document, Mapping):
        return document
    part = dict(document)
    for section in _SECTIONS:
        entries = part.get(section)
        if isinstance(entries, Mapping) and (section,) not in invalid:
            part[section] = {
                key: entry for key, entry in entries.items() if key == "" or (section, _as_step(key)) in invalid
            }
    return part


def _as_step(key: str) -> str:
    """Return a key as in the paths of `jsonschema_rs`, which parses numeric keys as indexes and omits empty ones."""
    digits = key.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return key
    short = digits.lstrip("0") or "0"
    return short if len(short) <= len(_LAST_INDEX) and int(short) <= int(_LAST_INDEX) else key


def _place(document: Node, problem: Problem, file: str) -> Location:
    """Return the location of the value or key of a problem; the top of the file for a problem of the whole file."""
    node, location = document, Location(file, 1, 1, 1, 1)
    for depth, step in enumerate(problem.path, start=1):
        if isinstance(node, YamlList):
            location, node = node.item_at(int(step)), node[int(step)]
            continue
        entries, key = cast("YamlMap", node), str(step)  # only mappings and lists have a path
        location = entries.key_at(key) if problem.at_key and depth == len(problem.path) else entries.value_at(key)
        node = entries[key]
    return location
