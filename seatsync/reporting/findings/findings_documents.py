"""Findings as JSON (`seatsync/findings/1`) and SARIF 2.1.0, with fingerprints that survive moved lines."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import quote

from seatsync import __version__
from seatsync.declaration.files import PROJECT_FILE
from seatsync.declaration.project_values import OwnRule
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.planning.plan import finding_json
from seatsync.reporting.escape import json_safe, prose, visible
from seatsync.rules.manual import SECTIONS, Page, all_pages, own_page

_NUMBER = re.compile(r"\d+")


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """Return one fingerprint per finding, in order: 64 hexadecimal digits, unique within a run.

    A fingerprint depends on the rule, the things concerned and the message, and on the file if no thing is concerned.
    Places and numbers are ignored, because counts, dates and lines change while the finding remains. Findings that are
    equal in all of this are numbered in order.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in findings:
        text = _identity(finding)
        seen[text] += 1
        found.append(sha256(f"{seen[text]} {text}".encode()).hexdigest())
    return found


def _identity(finding: Finding) -> str:
    """Return a text that is equal for equal findings."""
    file = finding.location.file if finding.location is not None and not finding.things else ""
    return json.dumps([finding.code, sorted(finding.things), file, _NUMBER.sub("0", finding.message)])


FORMAT = "seatsync/findings/1"


def render_json(findings: Sequence[Finding]) -> str:
    """Return the document with the findings in the given order and their number by severity."""
    document = {
        "format": FORMAT,
        "findings": [finding_json(finding) for finding in findings],
        "summary": {str(severity): sum(f.severity is severity for f in findings) for severity in Severity},
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

_TOP = "SRCROOT"
_LINE_HASH = 32  # digits
# SARIF messages support links, `[text](1)`, and placeholders, `{0}`; values must not contain them.
_LINK = "]("
_BLANK = re.compile(r"\{(\d+)\}")
_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):[ \n]*", re.MULTILINE)

_Json: TypeAlias = dict[str, object]


def render_sarif(findings: Sequence[Finding], below: str, own: Sequence[OwnRule] = ()) -> str:
    """Return the document; `below` is the project's folder in the repository (`""`, `"config/"`), `own` its rules."""
    pages = [*all_pages().values(), *map(own_page, own)]
    indexes = {page.code: index for index, page in enumerate(pages)}
    known = fingerprints(findings)
    document: _Json = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(pages)},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_TOP: {"description": {"text": "The top of the repository."}}},
                "results": [
                    _result(finding, mark, indexes, below) for finding, mark in zip(findings, known, strict=True)
                ],
            }
        ],
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _driver(pages: Sequence[Page]) -> _Json:
    return {
        "name": "seatsync",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(page) for page in pages],
    }


def _rule(page: Page) -> _Json:
    parts = _HEADING.split(page.text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {
        "id": page.code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": " ".join(sections["What"].split())},
        "help": {"text": page.text, "markdown": _markdown(page, sections)},
        "defaultConfiguration": {"level": LEVELS[page.severity]},
    }


def _markdown(page: Page, sections: dict[str, str]) -> str:
    texts = [(name, " ".join(sections[name].split())) for name in ("What", "Why", "Source")]
    own = page.code not in all_pages()  # its text is not ours, and not Markdown
    said = [f"**{name}:** {prose(text) if own else text}" for name, text in texts]
    examples = (("Wrong", page.wrong), ("Right", page.right))
    return "\n\n".join([*said, *(f"**{name}:**\n\n```yaml\n{text}```" for name, text in examples if text)])


def _result(finding: Finding, mark: str, indexes: dict[str, int], below: str) -> _Json:
    hint = f"\nHint: {finding.hint}" if finding.hint else ""
    return {
        "ruleId": finding.code,
        **({"ruleIndex": indexes[finding.code]} if finding.code in indexes else {}),
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding.message + hint)},
        "locations": [{"physicalLocation": _physical(finding.location, below)}],
        **({"relatedLocations": _related(finding.related, below)} if finding.related else {}),
        "fingerprints": {"seatsync/v1": mark},
        "partialFingerprints": {"primaryLocationLineHash": f"{mark[:_LINE_HASH]}:1"},
    }


def _related(places: Sequence[Related], below: str) -> list[_Json]:
    return [
        {
            "id": number,
            "physicalLocation": _physical(place.location, below),
            "message": {"text": _message(place.message)},
        }
        for number, place in enumerate(places, 1)
    ]


def _physical(place: Location | None, below: str) -> _Json:
    """Return a place; the project file for findings without one."""
    if place is None:
        return {"artifactLocation": _artifact(below + PROJECT_FILE)}
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {"artifactLocation": _artifact(below + place.file), "region": region}


def _artifact(file: str) -> _Json:
    """Return a file's relative URI, with the bytes of its name percent-encoded."""
    return {"uri": quote(file.encode("utf-8", sys.getfilesystemencodeerrors())), "uriBaseId": _TOP}


def _message(text: str) -> str:
    shown = "\n".join(visible(line) for line in text.split("\n"))
    if _LINK in shown:
        shown = shown.replace("\\", "\\\\").replace("[", "\\[")
    return _BLANK.sub(r"{{\1}}", shown)
