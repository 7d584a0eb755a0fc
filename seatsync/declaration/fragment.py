"""Reader of a fragment: the four sections of one configuration file."""

from __future__ import annotations

from seatsync.declaration.draft import Draft
from seatsync.declaration.fields import Fields
from seatsync.declaration.purchases import read_contracts, read_subscriptions
from seatsync.declaration.teams import read_teams
from seatsync.declaration.users import USER, read_users
from seatsync.reading.tree import YamlMap

SECTIONS = frozenset(("users", "teams", "subscriptions", "contracts"))


def read_fragment(
    fragment: YamlMap, draft: Draft, known: frozenset[str] = SECTIONS, of_users: frozenset[str] = USER
) -> None:
    """Add the declarations of one file to a draft.

    `known` are the keys allowed at the top of the file, `of_users` those of a person. A section that is not a mapping,
    or whose key is misspelt, is recorded as unread.
    """
    fields = Fields(fragment, draft.diagnostics, known)
    read_users(fields.mapping("users"), draft, of_users)
    read_teams(fields.mapping("teams", "team"), draft)
    read_subscriptions(fields.mapping("subscriptions"), draft)
    read_contracts(fields.mapping("contracts"), draft)
    draft.diagnostics.unread |= fields.broken & SECTIONS
