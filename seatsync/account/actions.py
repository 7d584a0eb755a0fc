"""The actions of an account as values: what a step is, its arguments, its kind and its channel."""

from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.model import Scope

Kind: TypeAlias = Literal["add", "change", "remove"]
Channel: TypeAlias = Literal["self-service", "form", "support", "purchase"]


class Facts(NamedTuple):
    """A small frozen mapping, in the order it is written (an SSO configuration, the two sides of a purchase)."""

    items: tuple[tuple[str, str | int | tuple[str, ...] | None], ...]

    def get(self, name: str) -> str | int | tuple[str, ...] | None:
        """The fact of that name, or None."""
        return dict(self.items).get(name)


Plain: TypeAlias = str | int | tuple[str, ...] | Facts | None
"""What an argument may be."""


class Action(NamedTuple):
    """What is known of an action before any account is looked at."""

    name: str
    kind: Kind
    channel: Channel
    args: tuple[str, ...]
    optional: tuple[str, ...] = ()
    renames: bool = False


_ROWS: tuple[Action, ...] = (
    Action("user.invite", "add", "self-service", ("user", "first_name", "last_name")),
    Action("user.resend_invitation", "change", "self-service", ("user",)),
    Action("user.update", "change", "self-service", ("user", "first_name", "last_name")),
    Action("user.change_email", "change", "form", ("user", "to"), renames=True),
    Action("user.redirect_invitation", "change", "self-service", ("user", "to"), renames=True),
    Action("user.remove", "remove", "self-service", ("user",)),
    Action("group.create", "add", "self-service", ("group",)),
    Action("group.delete", "remove", "self-service", ("group",)),
    Action("group.rename", "change", "self-service", ("group", "to"), renames=True),
    Action("group.add_member", "add", "self-service", ("group", "user")),
    Action("group.remove_member", "remove", "self-service", ("group", "user")),
    Action("seat.assign", "add", "self-service", ("product",), ("user", "group")),
    Action("seat.unassign", "remove", "self-service", ("product",), ("user", "group")),
    Action("admin.assign_secondary", "add", "self-service", ("user",)),
    Action("admin.assign_sso", "add", "self-service", ("user",)),
    Action("admin.revoke", "remove", "self-service", ("user",)),
    Action("admin.change_primary", "change", "self-service", ("user",)),
    Action("sso.configure", "change", "self-service", ("sso",)),
    Action("team.create", "add", "self-service", ("primary_admin",)),
    Action("team.rename", "change", "self-service", ("to",), renames=True),
    Action("team.delete", "remove", "support", ()),
    Action("subscription.assign", "add", "self-service", ("subscription",)),
    Action("subscription.move", "change", "self-service", ("subscription", "from")),
    Action("contract_manager.transfer", "change", "form", ("user",), ("subscription",)),
    Action("coordinator.assign", "add", "self-service", ("user",)),
    Action("coordinator.change", "change", "support", ("user",)),
    Action("service.assign", "add", "self-service", ("service", "user")),
    Action("service.unassign", "remove", "self-service", ("service", "user")),
    Action("support.assign", "add", "self-service", ("user",)),
    Action("support.unassign", "remove", "self-service", ("user",)),
    Action("purchase.seats", "change", "purchase", ("now", "wanted"), ("subscription", "product")),
    Action("purchase.renewal", "change", "purchase", ("now", "wanted"), ("subscription",)),
    Action("purchase.subscription", "change", "purchase", ("subscription", "now", "wanted")),
    Action("purchase.contract", "change", "purchase", ("now", "wanted")),
)

ACTIONS: dict[str, Action] = {row.name: row for row in _ROWS}
"""Every action by name, in the order of the manual."""

RENAMES = frozenset(row.name for row in _ROWS if row.renames)
"""The actions after which a team, group or person has another name. They take away nothing that somebody gave."""


CHANGES_ADDRESS = frozenset(name for name in RENAMES if name.startswith("user."))
"""The actions after which a person is known under the address `to`."""


class Step(NamedTuple):
    """One action on one scope. Persons in `args` are addresses as written; the engine takes their identity."""

    action: str
    scope: Scope
    args: tuple[tuple[str, Plain], ...] = ()

    @classmethod
    def make(cls, action: str, scope: Scope, **args: Plain) -> "Step":
        """A step from keyword arguments; a trailing underscore is dropped (`from_`)."""
        return cls(action, scope, tuple((name.rstrip("_"), value) for name, value in args.items()))

    def get(self, name: str) -> Plain:
        """The argument of that name, or None."""
        for key, value in self.args:
            if key == name:
                return value
        return None

    def text(self, name: str) -> str:
        """The argument of that name, which must be text."""
        value = self.get(name)
        if not isinstance(value, str):
            raise TypeError(f"{self.action}: argument {name} is {value!r}, not text")
        return value


def account_route(step: Step) -> str:
    """The route where the target is the account itself: it does self-service steps; what people do keeps its name."""
    channel = ACTIONS[step.action].channel
    return "account" if channel == "self-service" else channel
