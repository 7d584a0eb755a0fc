"""Approvals on a command line: how many are asked for, by whom they cannot be given, and where they are recorded."""

from collections.abc import Sequence
from typing import NamedTuple

from seatsync.account.email import identity
from seatsync.errors import WrongUsage
from seatsync.planning.plan import Plan, Required


class Asked(NamedTuple):
    """`--require-approval`, `--author` and `--approvals` as given."""

    number: int | None
    authors: tuple[str, ...]
    files: tuple[str, ...]


def asked(number: int | None, authors: Sequence[str], files: Sequence[str]) -> Asked:
    """The options as a value; WrongUsage where an author is no address."""
    for author in authors:
        if identity(author) is None:
            raise WrongUsage(f"--author {author}: that is no e-mail address")
    return Asked(number, tuple(authors), tuple(files))


def required(asked: Asked, plan: Plan | None = None) -> Required | None:
    """What is asked for by the command line or in a saved plan, whichever is more; None where neither asks."""
    bound = plan.require if plan is not None else None
    numbers = [number for number in (asked.number, bound.approvals if bound is not None else None) if number]
    if not numbers:
        if asked.files:
            raise WrongUsage("--approvals goes with --require-approval, which says how many are needed")
        return None
    authors = (*(bound.authors if bound is not None else ()), *asked.authors)
    if not authors:
        problem = "nobody approves their own change, so say who wrote it, with --author EMAIL or SEATSYNC_AUTHOR"
        raise WrongUsage(f"--require-approval: {problem}")
    return Required(max(numbers), tuple(dict.fromkeys(authors)))
