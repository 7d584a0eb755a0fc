"""Manual pages of rules as text."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import indent, wrap

from seatsync.reporting.terminal import Paint
from seatsync.rules.manual import ABOUT_PREAMBLE, PREAMBLE, SECTIONS, Page

_WIDTH = 120


def whole_manual(pages: Iterable[Page], paint: Paint) -> str:
    """Return the preamble of the examples, then each page, with empty lines between them."""
    about = "\n".join(wrap(ABOUT_PREAMBLE, _WIDTH))
    return "\n".join([f"{about}\n\n{indent(PREAMBLE, '    ')}", *(_page(page, paint) for page in pages)])


def one_page(page: Page, paint: Paint) -> str:
    """Return one page, and a pointer to the preamble of its examples."""
    return f"{_page(page, paint)}\n`seatsync explain` without a code shows the configuration that examples add to.\n"


def _page(page: Page, paint: Paint) -> str:
    headings = tuple(f"{section}:" for section in SECTIONS)
    lines = []
    for line in page.text.splitlines():
        heading = next((heading for heading in headings if line.startswith(heading)), "")
        lines.append(f"{paint.bold(heading)}{line[len(heading) :]}")
    text = "".join(f"{line}\n" for line in lines)
    return f"{paint.bold(page.code)} ({page.severity}): {page.title}\n\n{text}"
