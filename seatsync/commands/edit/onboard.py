"""`seatsync edit onboard`: declare new people, and give them what they need."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.staffing.onboarding import OnboardOptions, onboard


@options.command
@options.people
@click.option("--team", metavar="TEAM", help="Their team (default: the only one, or that of OTHER).")
@click.option("--like", metavar="OTHER", help="Give them what this colleague has in the team, except roles of admins.")
@click.option("--product", "products", metavar="PRODUCT", multiple=True, help="Give them a seat (repeatable).")
@click.option("--group", "groups", metavar="GROUP", multiple=True, help="Add them to a group (repeatable).")
@click.option("--until", metavar="DATE", type=options.read_day, help="Last day of all of it.")
@click.option("--first-name", "first_name", metavar="NAME", help="First name, of one person.")
@click.option("--last-name", "last_name", metavar="NAME", help="Last name, of one person.")
@options.editing
def run(
    console: Console,
    *,
    people: tuple[str, ...],
    team: str | None,
    like: str | None,
    products: tuple[str, ...],
    groups: tuple[str, ...],
    until: str | None,
    first_name: str | None,
    last_name: str | None,
    how: EditOptions,
) -> int:
    """Declare new people, and give them what they need.

    They are declared beside the colleague, or beside most people of the team. With neither --like, --product nor
    --group they become members. Who is declared already gets what is missing, and loses nothing.

    Examples:
      seatsync edit onboard fay@acme.example --team design --like dee@acme.example
      seatsync edit onboard fay@acme.example gus@acme.example --product AutoCAD
      seatsync edit onboard fay@acme.example --group cad --until 2027-03-31
    """
    what = OnboardOptions(team, like, products, groups, until, (first_name, last_name))
    return run_edit(console, how, lambda declared, today: onboard(declared, people, what, today))
