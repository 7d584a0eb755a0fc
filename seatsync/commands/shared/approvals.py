"""Approvals: their options, the required number, and the check of those recorded for a plan."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seatsync.account.email import identity
from seatsync.account.model import Account
from seatsync.commands.shared.console import Console
from seatsync.errors import FileProblem, WrongUsage
from seatsync.planning.plan import Plan, Required


class ApprovalOptions(NamedTuple):
    """Values of `--require-approval`, `--author` and `--approvals`."""

    number: int | None
    authors: tuple[str, ...]
    files: tuple[str, ...]


def approval_options(number: int | None, authors: Sequence[str], files: Sequence[str]) -> ApprovalOptions:
    """Return the options as a value. Raises `WrongUsage` if an author is not an e-mail address."""
    for author in authors:
        if identity(author) is None:
            raise WrongUsage(f"--author {author}: not an e-mail address")
    return ApprovalOptions(number, tuple(authors), tuple(files))


def required_approvals(approving: ApprovalOptions, plan: Plan | None = None) -> Required | None:
    """Return the stricter requirement of the command line and a saved plan; None if neither has one."""
    bound = plan.require if plan is not None else None
    numbers = [number for number in (approving.number, bound.approvals if bound is not None else None) if number]
    if not numbers:
        if approving.files:
            raise WrongUsage("--approvals needs --require-approval, the number of approvals required")
        return None
    authors = (*(bound.authors if bound is not None else ()), *approving.authors)
    if not authors:
        problem = "nobody may approve their own change; name its author with --author EMAIL or SEATSYNC_AUTHOR"
        raise WrongUsage(f"--require-approval: {problem}")
    return Required(max(numbers), tuple(dict.fromkeys(authors)))


VARIABLE = "SEATSYNC_APPROVALS"


_LARGEST = 1 << 20
"""Limit of an approvals file in bytes; enough for thousands of approvals."""


def approved(
    console: Console, plan: Plan, account: Account, approving: ApprovalOptions, wanted: Required | None
) -> bool:
    """Return True if a plan has its required approvals or no steps; report them on standard error."""
    if wanted is None or not plan.steps:
        return True
    from seatsync.planning.checks.approvals import check_approvals, recorded  # noqa: PLC0415 - few plans need approvals
    from seatsync.reporting.plan.plan_people import render_approvals  # noqa: PLC0415

    found = tuple(approval for text, name in _recordings(console, approving.files) for approval in recorded(text, name))
    status = check_approvals(plan, account, found, wanted)
    console.err.write("\n" + render_approvals(status, console.err_paint))
    return not status.missing


def _recordings(console: Console, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts that record approvals, each with the name of its file or variable."""
    for name in files:
        yield _text(console.path(name), name), name
    yield console.environment.get(VARIABLE, ""), VARIABLE


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
