"""`seatsync explain`: the manual page of a rule, or all of them."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.errors import WrongUsage
from seatsync.reporting.findings import findings_pages
from seatsync.rules.manual import all_pages, page


@options.command
@click.argument("code", metavar="[CODE]", required=False)
def run(console: Console, *, code: str | None) -> int:
    """Explain a rule: what, why, source, an example and its fix.

    Prints the manual page of a rule such as ROLE002; without CODE, of every rule.
    """
    if code is None:
        console.output(findings_pages.whole_manual(all_pages().values(), console.paint))
        return 0
    found = page(code.upper())
    if found is None:
        raise WrongUsage(f"there is no rule {code}; the codes are {_ranges()}")
    console.output(findings_pages.one_page(found, console.paint))
    return 0


def _ranges() -> str:
    """Return all codes as ranges: `FILE001, REF001-003, REF005`."""
    ranges: list[tuple[str, str, str]] = []
    for code in all_pages():
        family = code.rstrip("0123456789")
        number = code.removeprefix(family)
        if ranges and ranges[-1][0] == family and int(ranges[-1][2]) + 1 == int(number):
            ranges[-1] = (*ranges[-1][:2], number)
        else:
            ranges.append((family, number, number))
    return ", ".join(f"{family}{'-'.join(dict.fromkeys(ends))}" for family, *ends in ranges)
