"""Findings as a Markdown list and as an HTML page, and the manual pages of their codes as text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from string import Template
from textwrap import indent, wrap

from seatsync import __version__
from seatsync.finding import Finding, Severity
from seatsync.reporting.escape import code, element, number_of, prose, shown, visible
from seatsync.reporting.findings.findings_text import LineOf, count_line, excerpt
from seatsync.reporting.terminal import PLAIN, Paint
from seatsync.rules.manual import ABOUT_PREAMBLE, PREAMBLE, SECTIONS, Page

_WIDTH = 120


def whole_manual(pages: Iterable[Page], paint: Paint) -> str:
    """Return the preamble of the examples, then each page, with empty lines between them."""
    about = "\n".join(wrap(ABOUT_PREAMBLE, _WIDTH))
    return "\n".join([f"{about}\n\n{indent(PREAMBLE, '    ')}", *(_page(page, paint) for page in pages)])


def one_page(page: Page, paint: Paint) -> str:
    """Return one page, and a pointer to the preamble of its examples."""
    return f"{_page(page, paint)}\n`seatsync explain` without a code shows the configuration that examples add to.\n"


def own_page(page: Page, paint: Paint) -> str:
    """Return the page of a rule of the project, whose text is escaped."""
    text = "\n".join(map(visible, page.text.split("\n")))
    return _page(replace(page, title=visible(page.title), text=text), paint)


def _page(page: Page, paint: Paint) -> str:
    headings = tuple(f"{section}:" for section in SECTIONS)
    lines = []
    for line in page.text.splitlines():
        heading = next((heading for heading in headings if line.startswith(heading)), "")
        lines.append(f"{paint.bold(heading)}{line[len(heading) :]}")
    text = "".join(f"{line}\n" for line in lines)
    return f"{paint.bold(page.code)} ({page.severity}): {page.title}\n\n{text}"


_LONGEST = 300
_ORDER = list(Severity)


def rows(findings: Sequence[Finding], most: int) -> str:
    """Return one line per finding within `most` bytes, errors first, and the number of those that do not fit."""
    texts = [_row(finding) for finding in sorted(findings, key=lambda finding: _ORDER.index(finding.severity))]
    shown = 0
    for text in texts:
        most -= len(text.encode("utf-8", "surrogatepass"))
        if most < 0:
            break
        shown += 1
    left = len(texts) - shown
    return "".join(texts[:shown]) + (f"- and {number_of(left, 'more finding')}\n" if left else "")


def _row(finding: Finding) -> str:
    where = f" ({code(_brief(str(finding.location)))})" if finding.location else ""
    hint = f"<br>{prose(_brief(finding.hint))}" if finding.hint else ""
    return f"- **{finding.severity}** {finding.code}: {prose(_brief(finding.message))}{where}{hint}\n"


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_PAGE = Path(__file__).with_name("page")


def render_page(findings: Sequence[Finding], line_of: LineOf) -> str:
    """Return the page, with the lines of the files that the findings refer to."""
    content = section("findings", "Details", listed(findings, line_of))
    return framed("findings.html", "Findings", part("page.css"), summary=shown(count_line(findings)), findings=content)


def framed(
    name: str, title: str, style: str, script: str = "", data: str = "", *, inline_styles: bool = False, **pieces: str
) -> str:
    """Return a page that loads nothing: the frame of all pages around a file in `page/`, whose gaps the pieces fill.

    `title` and pieces are HTML. `data` are further elements before the script, if there is one. `inline_styles` also
    allows styles of single elements, for documents within the page.
    """
    return Template(part("frame.html")).substitute(
        title=title,
        style=style,
        style_policy="'unsafe-inline'" if inline_styles else f"'{_policy_hash(style)}'",
        script_policy=f"script-src '{_policy_hash(script)}'; " if script else "",
        content=Template(part(name)).substitute(pieces, title=title),
        scripts=f"{data}<script>{script}</script>\n" if script else "",
        version=__version__,
    )


def listed(findings: Sequence[Finding], line_of: LineOf | None = None) -> str:
    """Return findings as a list; with `line_of`, each with its line of the file."""
    items = "".join(f"<li>{''.join(_pieces(finding, line_of))}</li>\n" for finding in findings)
    return f'<ul class="plain">\n{items}</ul>\n'


def _pieces(finding: Finding, line_of: LineOf | None) -> Iterator[str]:
    yield element("span", str(finding.severity), kind=f"kind {finding.severity}")
    yield f" <strong>{shown(finding.code)}</strong> {shown(finding.message)}"
    if finding.location:
        yield element("span", f"at {finding.location}", kind="detail")
        lines = list(excerpt(finding.location, line_of, PLAIN)) if line_of is not None else []
        if lines:
            yield element("pre", "\n".join(lines), kind="detail")
    if finding.hint:
        yield element("span", f"hint: {finding.hint}", kind="detail")


def part(name: str) -> str:
    """Return the content of a file in `page/`."""
    return (_PAGE / name).read_text(encoding="utf-8")


def _policy_hash(text: str) -> str:
    """Return the hash of a script or style for the Content-Security-Policy of a page."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def section(name: str, title: str, content: str) -> str:
    """Return a section of a page under a heading."""
    head = f'<h2 id="{name}-title">{title}</h2>\n'
    return f'<section id="{name}" aria-labelledby="{name}-title">\n{head}{content}</section>\n'
