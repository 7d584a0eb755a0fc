"""The manual: one page for every code that a finding can carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc

from seatsync.finding import Severity
from seatsync.rules import ALL_RULES
from seatsync.rules.pages import account, reading, safety

SECTIONS = ("What", "Why", "Source", "Wrong", "Right")
"""What every page has, in this order."""

_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):[ ]*", re.MULTILINE)
_TEXT = re.compile(r"\bS[0-4]\b")


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the rule in a sentence (`title`), and `text`, all of the page below it.

    `source` are the source texts, as findings carry them ("S0 S1"). `wrong` and `right` are the two examples.
    """

    code: str
    severity: Severity
    title: str
    text: str
    source: str
    wrong: str
    right: str


def page(code: str) -> Page | None:
    """The page of a code, in capitals; None where there is no such code."""
    return all_pages().get(code)


@cache
def all_pages() -> dict[str, Page]:
    """Every page by its code, in the order of the manual."""
    return {code: _parsed(code, severity, text) for code, severity, text in _texts()}


def _texts() -> Iterator[tuple[str, Severity, str]]:
    """Code, severity and text of every page: what is found in reading, the rules, then the account's side."""
    checked = {rule.code: (rule.code, rule.severity, rule.check.__doc__ or "") for rule in ALL_RULES}
    yield from reading.PAGES[:-1]
    yield from (checked.pop(code) for code in ("TIME001", "TIME002", "REF001"))
    yield reading.PAGES[-1]
    yield from checked.values()
    yield from account.PAGES
    yield from safety.PAGES


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
