"""Pages of the rules' manual, as text."""

from __future__ import annotations

from collections.abc import Iterable

from seatsync.reporting.paint import Paint
from seatsync.rules.manual import SECTIONS, Page


def pages(found: Iterable[Page], paint: Paint) -> str:
    """Each page under its code, with an empty line between two."""
    return "\n".join(_page(page, paint) for page in found)


def _page(page: Page, paint: Paint) -> str:
    headings = tuple(f"{section}:" for section in SECTIONS)
    lines = []
    for line in page.text.splitlines():
        heading = next((heading for heading in headings if line.startswith(heading)), "")
        lines.append(f"{paint.bold(heading)}{line[len(heading) :]}")
    text = "".join(f"{line}\n" for line in lines)
    return f"{paint.bold(page.code)} ({page.severity}): {page.title}\n\n{text}"
