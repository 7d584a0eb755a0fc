"""`seatsync explain`: the manual page of a rule, or all of them."""

from __future__ import annotations

import re

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import project_of
from seatsync.declaration.project_values import OwnRule
from seatsync.errors import ProjectNotFound, WrongUsage
from seatsync.reporting.findings import findings_pages
from seatsync.rules.manual import all_pages, own_page, page

_OWN_CODE = re.compile("POLICY1[0-9]{2}")


@options.command
@click.argument("code", metavar="[CODE]", required=False)
def run(console: Console, *, code: str | None) -> int:
    """Explain a rule: what, why, source, an example and its fix.

    Prints the manual page of a rule such as ROLE002; without CODE, of every rule. In a project, POLICY100 to POLICY199
    are its own rules.

    Examples:
      seatsync explain ROLE002
      seatsync explain
    """
    if code is None:
        console.output(findings_pages.whole_manual(all_pages().values(), console.paint))
        return 0
    own = _own_rule(console, code.upper())
    if own is not None:
        console.output(findings_pages.own_page(own_page(own), console.paint))
        return 0
    found = page(code.upper())
    if found is None:
        raise WrongUsage(f"there is no rule {code}; the codes are {_ranges()}")
    console.output(findings_pages.one_page(found, console.paint))
    return 0


def _own_rule(console: Console, code: str) -> OwnRule | None:
    """Return the rule of the project with this code. Raises WrongUsage if only a project can have it, and has not."""
    if not _OWN_CODE.fullmatch(code):
        return None
    try:
        rules = project_of(console, None).rules
    except ProjectNotFound as error:
        raise WrongUsage(f"{code} is a rule of a project; run this in its folder") from error
    found = next((rule for rule in rules if rule.code == code), None)
    if found is None:
        known = ", ".join(rule.code for rule in rules) or "none"
        raise WrongUsage(f"the project has no rule {code}; its own rules: {known}")
    return found


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
