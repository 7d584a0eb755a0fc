"""The inputs of reports, and the part of them that a person sees."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from seatsync.account.access import sees, sees_subscription
from seatsync.account.history import HistoryEntry
from seatsync.account.model import Account, Scope
from seatsync.account.orders import Order
from seatsync.account.sent_notices import Notice
from seatsync.account.usage import Usage
from seatsync.clock import Clock
from seatsync.reading.plain_text import first_of
from seatsync.targets.target import State

if TYPE_CHECKING:  # only for annotations
    from seatsync.declaration.declared import Declaration

_SSO_ADMINS_SEE = frozenset({"single-user", "flex"})
_MOST_NAMED = 20


class Sight(NamedTuple):
    """The part of an account that a person sees, limited to some teams (empty: everything).

    `actor` is an identity, None for the owner, who sees everything; `shown` is the address as written.
    """

    account: Account
    actor: str | None = None
    shown: str | None = None
    teams: tuple[str, ...] = ()

    def team(self, name: str) -> bool:
        """Return True if a team is in the report."""
        return (not self.teams or name in self.teams) and sees(self.account, self.actor, Scope("team", name))

    def contract(self, number: str) -> bool:
        """Return True if a contract is in the report."""
        return not self.teams and sees(self.account, self.actor, Scope("contract", number))

    def subscription(self, key: str) -> bool:
        """Return True if a subscription is in the report."""
        sub = self.account.subscriptions.get(key)
        if self.teams and (sub is None or sub.team not in self.teams):
            return False
        return sees_subscription(self.account, self.actor, key)

    def usage(self, team: str, product: str, *, with_tokens: bool = False) -> bool:
        """Return True if the usage of a product in a team is in the report.

        Primary and secondary admins see all usage of their teams; SSO admins only that of single-user and Flex
        offerings. Where it is not known which offering was used, they do not see it.
        """
        if self.teams and team not in self.teams:
            return False
        if self.actor is None:
            return True
        found = self.account.teams.get(team)
        role = None if found is None else found.role_of(self.actor)
        if role != "sso":
            return role is not None
        offerings = {sub.offering for sub in self.account.subscriptions_to(team, product)}
        if not offerings and with_tokens:
            offerings = {sub.offering for sub in self.account.subscriptions_of(team).values() if sub.tokens is not None}
        return bool(offerings) and offerings <= _SSO_ADMINS_SEE

    def notes(self, *, contracts: bool = True, usage: bool = False) -> Iterator[str]:
        """Yield what is not shown to the person: teams, contracts, and usage of teams that they administer for SSO."""
        if self.actor is None:
            return
        hidden = [scope for scope in self._scopes(contracts=contracts) if not sees(self.account, self.actor, scope)]
        if hidden:
            yield f"Not shown to {self.shown}: {first_of([str(scope) for scope in hidden], _MOST_NAMED)}."
        if usage and any(team.role_of(self.actor) == "sso" for team in self.account.teams.values()):
            yield f"{self.shown} is SSO admin, and sees only the usage of single-user and Flex offerings there."

    def _scopes(self, *, contracts: bool) -> Iterator[Scope]:
        yield from (Scope("team", name) for name in sorted(self.teams or self.account.teams))
        if contracts and not self.teams:
            yield from (Scope("contract", number) for number in sorted(self.account.contracts))


class ReportInputs(NamedTuple):
    """Everything that a report is made from.

    `declared` is None outside of a project, or if the report does not need it. `usage` is None if the target keeps
    none. `journal` returns the changes after a serial, `first_change` the instant of the first one, `notices` those
    that were sent or tried, `orders` the recorded orders; each is None if the target has none. Without `in_detail`,
    only text is wanted, which does not show tables that are not `in_text`.
    """

    state: State
    declared: "Declaration | None"
    usage: Usage | None
    clock: Clock
    sight: Sight
    journal: Callable[[int], list[HistoryEntry]] | None = None
    first_change: Callable[[], str | None] | None = None
    in_detail: bool = True
    notices: Callable[[], tuple[Notice, ...]] | None = None
    orders: Callable[[], list[Order]] | None = None

    @property
    def account(self) -> Account:
        """The account."""
        return self.state.account

    @property
    def lack_of_usage(self) -> str:
        """A sentence that says why nothing is known about usage; empty if something is."""
        if self.usage is None:
            return "Usage is not known: this kind of target keeps none."
        if not self.usage.sources:
            return "No usage is recorded yet; `seatsync account usage FILE` records usage reports and exports."
        return ""
