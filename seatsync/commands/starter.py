"""The small, commented repository that `init` writes."""

from __future__ import annotations

from datetime import MAXYEAR

IGNORED = ".gitignore"

_PROJECT = """\
# The project file: the account of this repository, and the limits of what seatsync may change.
version: 1
account: acme
target: sqlite:///.seatsync/account.db   # the embedded account; relative to this folder

# The files that declare the account. Split them as you like: they are merged.
include: [people.yaml, subscriptions.yaml, teams/*.yaml]

policy:
  max_removals: 20%              # a plan that removes more users, admins, seats and so on is refused
  email_domains: [acme.example]  # every user needs an address of these domains
  protected: {users: [ana@acme.example]}   # never removed or demoted
"""

_PEOPLE = """\
# Everyone named in the other files, by e-mail address. Names are optional.
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example: {first_name: Ben, last_name: Ode}
  cho@acme.example: {first_name: Cho, last_name: Park}
  dee@acme.example: {first_name: Dee, last_name: Kim}
"""

_TEAM = """\
teams:
  design:
    # Exactly one primary admin. Secondary admins are deputies; one of them can become the next primary admin.
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]

    # Groups: every member gets a seat of every product of the group.
    groups:
      modellers: {members: [dee@acme.example], products: [AutoCAD]}

    # Seats by product. A seat can be temporary: {user: dee@acme.example, until: 2027-03-31}
    seats:
      AutoCAD: [ben@acme.example, cho@acme.example]
"""

_SUBSCRIPTIONS = """\
# Purchases. seatsync never buys: a difference becomes a step for the contract manager.
subscriptions:
  "574-10000001":
    team: design
    product: AutoCAD
    offering: single-user        # or multi-user; flex and token-flex have tokens instead of seats
    seats: 5
    channel: store               # or reseller
    contract_manager: ana@acme.example
    starts: {year:04}-01-01
    ends: {next_year:04}-12-31
"""

_IGNORED = """\
# The embedded account.
.seatsync/
"""


def starter_files(year: int) -> dict[str, str]:
    """Return the files by name, the project file last. The subscription term is this year and the next."""
    return {
        IGNORED: _IGNORED,
        "people.yaml": _PEOPLE,
        "subscriptions.yaml": _SUBSCRIPTIONS.format(year=year, next_year=min(year + 1, MAXYEAR)),
        "teams/design.yaml": _TEAM,
        "seatsync.yaml": _PROJECT,
    }
