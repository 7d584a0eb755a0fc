"""Steps as values, and the specification of an action: everything that other modules need to know about it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.actions.effects import Answer
from seatsync.account.attributes import Role, Sso
from seatsync.account.model import Account
from seatsync.account.things import Change, Scope
from seatsync.clock import Clock

Kind: TypeAlias = Literal["add", "change", "remove"]
Channel: TypeAlias = Literal["self-service", "form", "support", "purchase"]


class Facts(NamedTuple):
    """A small frozen mapping in written order: an SSO configuration, or one side of a purchase."""

    items: tuple[tuple[str, str | int | tuple[str, ...] | None], ...]

    def get(self, name: str) -> str | int | tuple[str, ...] | None:
        """Return the fact of that name, or None."""
        return dict(self.items).get(name)


Plain: TypeAlias = str | int | tuple[str, ...] | Facts | None
"""The value of an argument."""


class Step(NamedTuple):
    """One action on one scope. People in `args` are addresses as written; the engine takes their identity."""

    action: str
    scope: Scope
    args: tuple[tuple[str, Plain], ...] = ()

    @classmethod
    def make(cls, action: str, scope: Scope, **args: Plain) -> "Step":
        """Return a step from keyword arguments; a trailing underscore is dropped (`from_`)."""
        return cls(action, scope, tuple((name.rstrip("_"), value) for name, value in args.items()))

    def get(self, name: str) -> Plain:
        """Return the argument of that name, or None."""
        for key, value in self.args:
            if key == name:
                return value
        return None

    def text(self, name: str) -> str:
        """Return the argument of that name; TypeError unless it is text."""
        value = self.get(name)
        if not isinstance(value, str):
            raise TypeError(f"{self.action}: argument {name} is {value!r}, not text")
        return value


ScopeKind: TypeAlias = Literal["team", "contract", "account"]
Holding: TypeAlias = Literal["member", "group", "group member", "seat", "service", "support"]

ADMINS: tuple[Role, ...] = ("primary", "secondary", "sso")
CONTRACT_ROLES: tuple[Role, ...] = ("manager", "coordinator")
MANAGER: tuple[Role, ...] = ("manager",)


class Request(NamedTuple):
    """A step as the engine reads it. People are identities, names are NFC; arguments that the action lacks are empty.

    `written` is the person's address as in the step, `new_address` the one they change to, as in the step; `origin` is
    the argument `from`. A name that is None stays unchanged.

    A named tuple, because one is made for every step, and a frozen dataclass with so many fields takes several times
    as long.
    """

    scope: Scope
    clock: Clock
    user: str = ""
    written: str = ""
    primary_admin: str = ""
    to: str = ""
    new_address: str = ""
    group: str = ""
    product: str = ""
    service: str = ""
    subscription: str = ""
    origin: str = ""
    first_name: str | None = None
    last_name: str | None = None
    sso: Sso | None = None
    now: Facts | None = None
    wanted: Facts | None = None


Effect: TypeAlias = Callable[[Account, Request], Answer]
"""Check the precondition and return the rows that change, or the refusal. The account stays unchanged."""


class Performers(NamedTuple):
    """The people who may perform an action.

    `team` and `contract` are roles there; a contract manager in a team is the one of the step's subscription.
    `anywhere`: the roles count in every scope of the person whom the step names.
    `themselves`: that person may perform it too.
    `special` replaces these fields: it yields the identities, and `words` names them, with gaps for `scope`, `origin`
    and `subscription`; `page` names them in the reference, after the roles.
    `from_step`: they are named in the step, whether or not the account knows them.
    `rests_on`: only one person may, by anything they manage ("managed"), or by a role in either team ("teams").
    """

    team: tuple[Role, ...] = ()
    contract: tuple[Role, ...] = ()
    anywhere: bool = False
    themselves: bool = False
    special: Callable[[Account, Step], Iterable[str]] | None = None
    words: str = ""
    page: str = ""
    from_step: bool = False
    rests_on: Literal["managed", "teams"] | None = None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ActionSpec:
    """Everything that engine, access, planner, stores and reports know about one action.

    The order of the steps of a plan is not a field: `planning/difference/changes.py` yields gains before losses, and
    the replay through the engine determines the rest.
    """

    name: str
    kind: Kind
    channel: Channel
    performers: Performers
    effects: Mapping[ScopeKind, Effect]
    """The effect by kind of scope; the action is refused for any other kind."""
    sentence: str | Callable[[Step], str]
    """An imperative with gaps, or a function that picks one. `reporting` fills and escapes the gaps: arguments by name,
    `full_name`, and `difference` for the two sides of a purchase."""
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    person: str = "user"
    """The argument that names the person concerned, for actions that have it."""
    mail: Literal["invitation", "role"] | None = None
    """The template of the mails it causes. Mails about roles go to the people who gain or lose one."""
    makes_scope: bool = False
    """True if the action creates its scope."""
    renames: Literal["person", "team", "group"] | None = None
    """The thing that has the name or address `to` afterwards. A rename takes nothing away."""
    holding: Holding | None = None
    """The membership, group or entitlement that it adds (kind `add`) or takes away (kind `remove`)."""
    departs: Literal["person", "everybody"] | None = None
    """The people who leave the scope: the person concerned, or everybody."""
    joins: bool = False
    """True if a subscription joins the team of the scope. Its contract manager's role in another team may permit it."""
    role: Role | None = None
    """The role that the person concerned gains."""
    loses_role: Callable[[Account, Step], str | None] | None = None
    """Return the identity of the person who loses a role, or leaves."""
    rights: Literal["named", "others"] | None = None
    """The people whose rights in the scope it changes: those it names alone, or others too."""
    reads: tuple[Literal["member", "role", "contract roles"], ...] = ()
    """The facts that its precondition reads, in addition to those that its arguments name."""
    makes: tuple[Literal["known", "contract roles"], ...] = ()
    """The facts that it makes true for later steps, in addition to those that its rows show."""
    side_effects: Callable[[Account, Step, Iterable[Change]], Iterator[str]] | None = None
    """Yield its side effects on the account before it, as text for people."""
    in_effect: Callable[[Account, Step], bool] | None = None
    """Return True if the account already is as the step would leave it."""
    vendor_undoes: bool = False
    """True if only the vendor can undo it."""
    sensitive: bool = False
    """True if it changes admins or sign-in, so that reports of plans list it first."""
    reason: (
        Literal["person", "seat", "group", "role", "product", "benefit", "member", "entry", "key", "value"] | None
    ) = None
    """The lookup of the place in the files that requires a step; None: the declared thing itself."""
    section: str = ""
    """The section of a contract with its product or service."""
    keys: tuple[str, ...] = ()
    """The keys of the declared thing that require it; the first one present counts: the key itself, or its value."""

    def step(self, scope: Scope, **args: Plain) -> Step:
        """Return a step of this action; a trailing underscore of an argument's name is dropped (`from_`)."""
        return Step.make(self.name, scope, **args)
