"""The manual: one page for each code of a finding, and the preamble that their examples share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from textwrap import indent

from seatsync.declaration.project_values import OwnRule
from seatsync.finding import Severity
from seatsync.reading.tree import Node, YamlMap
from seatsync.rules import ALL_RULES, reading_pages, safety_pages, source_pages, step_pages, usage_pages

SECTIONS = ("What", "Why", "Source", "Wrong", "Right")
"""Sections of every page, in order."""

PREAMBLE = """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
  eli@acme.example: {}
  fay@acme.example: {}
  gus@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    members: [cho@acme.example, dee@acme.example, eli@acme.example, fay@acme.example, gus@acme.example]
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
contracts:
  "110001234567":
    contract_manager: ana@acme.example
    license_type: maintenance
    channel: store
    products: {AutoCAD 2019: {seats: 1, serial: "123-45678901"}}
"""
"""The configuration of account acme, on 2026-06-15, that the example of a page is merged into."""

ABOUT_PREAMBLE = (
    "Examples are merged into the configuration below, of account acme on 2026-06-15. An example shows only its own"
    " part: its values replace those with the same key. Comments like `# policy: …` stand for lines of `seatsync.yaml`."
)
"""Explanation of the preamble for readers."""

FAMILIES = (
    "FILE",
    "YAML",
    "SCHEMA",
    "TIME",
    "REF",
    "ROLE",
    "SEAT",
    "CLASSIC",
    "POLICY",
    "SOURCE",
    "USAGE",
    "STEP",
    "ACCESS",
    "GUARD",
    "PLAN",
)
"""The families of codes in the order of the manual."""

_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):[ ]*", re.MULTILINE)
_TEXT = re.compile(r"\bS[0-4]\b")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the manual: the rule in one sentence (`title`) and the text below it.

    `source` lists the vendor's pages as findings do ("S0 S1"). `wrong` and `right` are the two examples.
    """

    code: str
    severity: Severity
    title: str
    text: str
    source: str
    wrong: str
    right: str


def page(code: str) -> Page | None:
    """Return the page of a code in capitals, or None if there is no such code."""
    return all_pages().get(code)


@cache
def all_pages() -> dict[str, Page]:
    """Return every page by its code, in the order of the manual."""
    return {code: _parsed(code, severity, text) for code, severity, text in _texts()}


def own_page(rule: OwnRule) -> Page:
    """Return the page of a rule of the project: its message, expression and first cases."""
    must = indent(rule.must.strip(), "    ")
    wrong, right = ("".join(map(case_text, cases[:1])) for cases in (rule.fails, rule.passes))
    what = f"What: For every {rule.each} this must be true:\n\n{must}"
    text = f"{what}\n\nWhy: {rule.message}\n\nSource: the project's own policy, {rule.at}"
    for heading, example in (("Wrong", wrong), ("Right", right)):
        text += f"\n\n{heading}:\n{indent(example, '    ')}".rstrip() if example else ""
    return Page(rule.code, rule.severity, rule.message, text, "", wrong, right)


def case_text(case: YamlMap) -> str:
    """Return a case of a rule as YAML, one variable on a line."""
    return "".join(f"{name}: {_plain(value)}\n" for name, value in case.items())


def _plain(value: Node) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_plain(each)}' for name, each in value.items())}}}"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts() -> list[tuple[str, Severity, str]]:
    """Return code, severity and text of every page, by family and number."""
    rules = ((rule.code, rule.severity, rule.page) for rule in ALL_RULES)
    return sorted(
        (*reading_pages.PAGES, *rules, *source_pages.PAGES, *usage_pages.PAGES, *step_pages.PAGES, *safety_pages.PAGES),
        key=lambda page: _rank(page[0]),
    )


def _rank(code: str) -> tuple[int, str]:
    return FAMILIES.index(code.rstrip("0123456789")), code


def _parsed(code: str, severity: Severity, docstring: str) -> Page:
    title, _, text = cleandoc(docstring).partition("\n")
    text = text.strip("\n")
    parts = _HEADING.split(text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return Page(
        code=code,
        severity=severity,
        title=title,
        text=text,
        source=" ".join(_TEXT.findall(sections["Source"])),
        wrong=_example(sections["Wrong"]),
        right=_example(sections["Right"]),
    )


def _example(block: str) -> str:
    return cleandoc(f"\n{block.rstrip()}") + "\n"
