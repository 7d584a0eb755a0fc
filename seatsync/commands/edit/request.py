"""`seatsync edit request`: do what a filled form asks for."""

from __future__ import annotations

import json
from dataclasses import replace

import click

from seatsync.ci import event_file, issue_text
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, read_limited, write_file
from seatsync.commands.shared.edit_run import Attempt, edit_diff, finish_edit, try_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.errors import FileProblem, SeatsyncError, WrongUsage
from seatsync.reporting.request_comment import accepted, refused, unneeded
from seatsync.staffing.requests import request_proposal

_LARGEST = 1 << 24  # bytes
_FORM = "name a file with the text of a form, or an event about an issue"


@options.command
@click.argument("form", required=False)
@click.option("--comment", metavar="FILE", help="Also write a comment for the request, as Markdown.")
@options.editing
def run(console: Console, *, form: str | None, comment: str | None, how: EditOptions) -> int:
    """Do what a filled form asks for.

    FORM is a file with the text of an issue, or with the event of a build server about one (default: the event that
    GitHub's runner has). Its fields are data: they change the files as the other edit commands do, and nothing else.

    Examples:
      seatsync edit request --comment comment.md
      seatsync edit request form.md --dry-run
    """
    text = _read(console, form)
    try:
        attempt = try_edit(console, how, lambda declared, today: request_proposal(declared, text, today))
        code = finish_edit(console, how, attempt)
        answer = _answer(console, how, attempt)
    except SeatsyncError as error:
        if comment is not None:
            write_file(console.path(comment), refused(str(error)))
        raise
    if comment is not None:
        write_file(console.path(comment), answer)
    return code


def _answer(console: Console, how: EditOptions, attempt: Attempt) -> str:
    """Return the comment on a request."""
    declared, draft = attempt.repository.declaration, attempt.draft
    if draft is None or declared is None:
        return refused(attempt.findings)
    if not draft.contents:
        return unneeded(attempt.notes)
    diff = edit_diff(console, how, declared, draft)
    return accepted(replace(diff, findings=draft.new), attempt.notes)


def _read(console: Console, name: str | None) -> str:
    """Return the text of a form. Raises `FileProblem` for a file that has none."""
    path = event_file(console.environment) if name is None else name
    if path is None:
        raise WrongUsage("name the file of the form: `seatsync edit request FORM`")
    try:
        text = read_limited(console.path(path), path, _LARGEST, _FORM).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileProblem(path, "is not UTF-8 text", _FORM) from error
    return _of_event(path, text) if text.lstrip().startswith("{") else text


def _of_event(path: str, text: str) -> str:
    """Return the text of the issue in an event."""
    try:
        found = issue_text(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise FileProblem(path, "is not a JSON document", _FORM) from error
    if found is None:
        raise FileProblem(path, "has no issue with a text", _FORM)
    return found
