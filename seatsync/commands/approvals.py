"""Approvals on a command line: how many are asked for, where they are recorded, and whether they are there."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seatsync.account.email import identity
from seatsync.account.model import Account
from seatsync.commands.console import Console
from seatsync.errors import FileProblem, WrongUsage
from seatsync.planning.approvals import Approval, recorded, weigh
from seatsync.planning.plan import Plan, Required
from seatsync.reporting.approvals_text import render

VARIABLE = "SEATSYNC_APPROVALS"
_LARGEST = 1 << 20
"""Bytes; thousands of approvals."""


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


def approved(console: Console, plan: Plan, account: Account, asked: Asked, wanted: Required | None) -> bool:
    """Whether a plan has the approvals that it needs (a plan without steps needs none); standard error says whose."""
    if wanted is None or not plan.steps:
        return True
    weighed = weigh(plan, account, tuple(_recorded(console, asked.files)), wanted)
    console.err.write("\n" + render(weighed, console.err_paint))
    return not weighed.missing


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
        raise FileProblem(name, "there is no such file", "--approvals names a file of lines") from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(name, f"cannot be read ({(words or 'not a path').lower()})") from error
    if len(data) > _LARGEST:
        raise FileProblem(name, "is too large for a list of approvals")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileProblem(name, "is not UTF-8 text") from error
