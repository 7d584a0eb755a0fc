"""Check that a plan has the approvals it needs, read from where they are recorded."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from seatsync.account.model import Account
from seatsync.commands.approvals import ApprovalOptions
from seatsync.commands.console import Console
from seatsync.errors import FileProblem
from seatsync.planning.approvals import Approval, check_approvals, recorded
from seatsync.planning.plan import Plan, Required
from seatsync.reporting.approvals_text import render

VARIABLE = "SEATSYNC_APPROVALS"
_LARGEST = 1 << 20
"""Limit of an approvals file in bytes; enough for thousands of approvals."""


def approved(
    console: Console, plan: Plan, account: Account, approving: ApprovalOptions, wanted: Required | None
) -> bool:
    """Return True if a plan has its required approvals or no steps; report them on standard error."""
    if wanted is None or not plan.steps:
        return True
    status = check_approvals(plan, account, tuple(_recorded(console, approving.files)), wanted)
    console.err.write("\n" + render(status, console.err_paint))
    return not status.missing


def _recorded(console: Console, files: Sequence[str]) -> Iterator[Approval]:
    for name in files:
        yield from recorded(_text(console.path(name), name), name)
    yield from recorded(console.environment.get(VARIABLE, ""), VARIABLE)


def _text(path: Path, name: str) -> str:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise FileProblem(name, "is not a regular file")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise FileProblem(
            name, "there is no such file", "--approvals needs a file with one `EMAIL INTENT` per line"
        ) from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(name, f"cannot be read ({(words or 'not a path').lower()})") from error
    if len(data) > _LARGEST:
        raise FileProblem(name, "is too large for a list of approvals")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileProblem(name, "is not UTF-8 text") from error
