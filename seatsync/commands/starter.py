"""The repository that `init` writes: small, complete and explained, to be edited into one's own."""

from __future__ import annotations

from datetime import MAXYEAR

IGNORED = ".gitignore"

_PROJECT = """\
# The project file: which account this repository is about, and how careful seatsync is with it.
version: 1
account: acme
target: sqlite:///.seatsync/account.db   # the embedded account; relative to this folder

# The files that declare the account. Split them as you like: what they say is put together.
include: [people.yaml, subscriptions.yaml, teams/*.yaml]

policy:
  max_removals: 20%              # a plan that takes away more, of users, admins, seats and so on, is refused
  email_domains: [acme.example]  # nobody from elsewhere
  protected: {users: [ana@acme.example]}   # never removed, and never given a lower role
"""

_PEOPLE = """\
# Everyone who is named anywhere, by e-mail address. Names are optional.
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example: {first_name: Ben, last_name: Ode}
  cho@acme.example: {first_name: Cho, last_name: Park}
  dee@acme.example: {first_name: Dee, last_name: Kim}
"""

_TEAM = """\
teams:
  design:
    # Exactly one primary admin. The secondary admins stand in, and one of them can become the next primary.
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]

    # Groups: every member gets every product of the group.
    groups:
      modellers: {members: [dee@acme.example], products: [AutoCAD]}

    # Who may use what, by product. A person can hold a seat for a time: {user: dee@acme.example, until: 2027-03-31}
    seats:
      AutoCAD: [ben@acme.example, cho@acme.example]
"""

_SUBSCRIPTIONS = """\
# What was bought. seatsync never buys: a difference here becomes a step for the contract manager.
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
    """The files by name, the project file last. The subscription is in term for this year and the next."""
    return {
        IGNORED: _IGNORED,
        "people.yaml": _PEOPLE,
        "subscriptions.yaml": _SUBSCRIPTIONS.format(year=year, next_year=min(year + 1, MAXYEAR)),
        "teams/design.yaml": _TEAM,
        "seatsync.yaml": _PROJECT,
    }
