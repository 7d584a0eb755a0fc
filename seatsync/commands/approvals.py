"""Command line options about approvals: `--require-approval`, `--author` and `--approvals`."""

from collections.abc import Sequence
from typing import NamedTuple

from seatsync.account.email import identity
from seatsync.errors import WrongUsage
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
