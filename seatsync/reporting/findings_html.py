"""HTML page of findings, used instead of a plan if the files have errors; and parts shared with the plan's page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from string import Template

from seatsync import __version__
from seatsync.finding import Finding
from seatsync.reporting.findings_text import LineOf, count_line, excerpt
from seatsync.reporting.markup import element, shown
from seatsync.reporting.paint import PLAIN

_PAGE = Path(__file__).with_name("page")


def render(findings: Sequence[Finding], line_of: LineOf) -> str:
    """Return the page, with the lines of the files that the findings refer to."""
    style = part("page.css")
    return Template(part("findings.html")).substitute(
        style=style,
        style_hash=policy_hash(style),
        summary=shown(count_line(findings)),
        findings=section("findings", "Details", listed(findings, line_of)),
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


def policy_hash(text: str) -> str:
    """Return the hash of a script or style for the Content-Security-Policy of a page."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def section(name: str, title: str, content: str) -> str:
    """Return a section of a page under a heading."""
    head = f'<h2 id="{name}-title">{title}</h2>\n'
    return f'<section id="{name}" aria-labelledby="{name}-title">\n{head}{content}</section>\n'
