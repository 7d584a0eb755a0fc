"""An account as rows of tables: the `Change` of a row, the tables, and the rows of a team or contract."""

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.account.things import Contract, Team, Value, contract_values, team_values


class Change(NamedTuple):
    """One row of a table that is inserted (`old` is None), deleted (`new` is None) or updated.

    `TABLES` lists the tables with their key and value columns. The values of a pure relation are `()`.
    """

    table: str
    key: tuple[str, ...]
    old: tuple[Value, ...] | None
    new: tuple[Value, ...] | None

    def reversed(self) -> "Change":
        """Return the change that undoes this one."""
        return Change(self.table, self.key, self.new, self.old)


TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "user": (("id",), ("email", "first_name", "last_name", "status", "invited_at", "invitations")),
    "team": (("name",), ("primary_admin", "sso")),
    "team_admin": (("team", "user"), ("role",)),
    "team_member": (("team", "user"), ()),
    "team_seat": (("team", "product", "user"), ()),
    "team_group": (("team", "name"), ()),
    "group_member": (("team", "group_name", "user"), ()),
    "group_seat": (("team", "group_name", "product"), ()),
    "subscription": (
        ("id",),
        ("team", "product", "offering", "seats", "tokens", "channel", "contract_manager", "starts", "ends"),
    ),
    "contract": (
        ("number",),
        ("contract_manager", "coordinator", "license_type", "channel", "deployment", "starts", "ends"),
    ),
    "contract_member": (("contract", "user"), ()),
    "contract_product": (("contract", "product"), ("seats", "serial", "product_key")),
    "contract_seat": (("contract", "product", "user"), ()),
    "contract_service": (("contract", "service", "user"), ()),
    "contract_support": (("contract", "user"), ()),
}
"""The tables of an account: name to (key columns, value columns), parents before the tables that refer to them."""


def team_rows(name: str, team: Team) -> Iterator[Change]:
    """Yield a team as inserted rows under a name, parents first."""
    yield Change("team", (name,), None, team_values(team))
    for user in sorted(team.members):
        yield Change("team_member", (name, user), None, ())
    for user, role in sorted(team.admins.items()):
        yield Change("team_admin", (name, user), None, (role,))
    for product, holders in sorted(team.seats.items()):
        for user in sorted(holders):
            yield Change("team_seat", (name, product, user), None, ())
    for group_name, group in sorted(team.groups.items()):
        yield Change("team_group", (name, group_name), None, ())
        for user in sorted(group.members):
            yield Change("group_member", (name, group_name, user), None, ())
        for product in sorted(group.products):
            yield Change("group_seat", (name, group_name, product), None, ())


def contract_rows(number: str, contract: Contract) -> Iterator[Change]:
    """Yield a contract as inserted rows under a number, parents first."""
    yield Change("contract", (number,), None, contract_values(contract))
    for user in sorted(contract.members):
        yield Change("contract_member", (number, user), None, ())
    for name, product in sorted(contract.products.items()):
        yield Change("contract_product", (number, name), None, (product.seats, product.serial, product.product_key))
    for kind, relation in (("contract_seat", contract.seats), ("contract_service", contract.services)):
        for name, holders in sorted(relation.items()):
            for user in sorted(holders):
                yield Change(kind, (number, name, user), None, ())
    for user in sorted(contract.support):
        yield Change("contract_support", (number, user), None, ())
