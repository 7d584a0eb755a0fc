"""The comment on a request that came as a form: what it changes, or what prevents it.

No value from a form or a file is markup, and no lines of files are shown: who may file a request might not read them.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.finding import Finding, in_bulk
from seatsync.reporting.diff_report import LARGEST, Diff, render_markdown
from seatsync.reporting.escape import code_block
from seatsync.reporting.findings.findings_text import paragraphs
from seatsync.reporting.terminal import PLAIN

_FOR_NOTES = 4_000
_FOR_CALLER = 500
"""Bytes that are left for what is added to a comment, such as the number of the issue."""


def accepted(diff: Diff, notes: Sequence[str]) -> str:
    """Return the comment on a request that changes the files."""
    said = f"\n#### Notes\n\n{code_block(chr(10).join(notes), _FOR_NOTES, 'The log has the rest.')}" if notes else ""
    return render_markdown(diff, LARGEST - len(said.encode()) - _FOR_CALLER) + said


def unneeded(notes: Sequence[str]) -> str:
    """Return the comment on a request for what the files declare already."""
    said = f"\n{code_block(chr(10).join(notes), _FOR_NOTES, 'The log has the rest.')}" if notes else ""
    return f"### Nothing to change\n\nThe files already declare this.\n{said}"


def refused(problems: Sequence[Finding] | str) -> str:
    """Return the comment on a request that is not possible, with the findings or one error."""
    text = problems if isinstance(problems, str) else paragraphs(in_bulk(problems), lambda _: None, PLAIN)
    block = code_block(text, LARGEST - _FOR_NOTES, "The log has the rest.")
    return f"### Not possible\n\n{block}\nNothing was changed. Edit the form to try again.\n"
