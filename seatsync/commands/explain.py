"""`seatsync explain`: the manual page of a rule, or all of them."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.errors import WrongUsage
from seatsync.reporting import manual_text
from seatsync.rules.manual import all_pages, page


@options.command
@click.argument("code", metavar="[CODE]", required=False)
def run(console: Console, *, code: str | None) -> int:
    """A rule: what, why, source, an example and its repair.

    Prints the manual page of a rule, such as ROLE002; without CODE, of all of them.
    """
    if code is None:
        console.answer(manual_text.pages(all_pages().values(), console.paint))
        return 0
    found = page(code.upper())
    if found is None:
        raise WrongUsage(f"there is no rule {code}; the codes are {_ranges()}")
    console.answer(manual_text.pages([found], console.paint))
    return 0


def _ranges() -> str:
    """Return the codes by family: `FILE001, ROLE001-005`."""
    families: dict[str, list[str]] = {}
    for code in all_pages():
        family = code.rstrip("0123456789")
        families.setdefault(family, []).append(code.removeprefix(family))
    return ", ".join(f"{family}{'-'.join(dict.fromkeys((all_[0], all_[-1])))}" for family, all_ in families.items())
