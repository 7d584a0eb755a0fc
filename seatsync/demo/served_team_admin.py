"""The Team Admin API of the made-up portal: eight operations, as far as their documentation goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from seatsync.account.actions.admin_actions import MAKE_EXTERNAL
from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.spec import Step
from seatsync.account.actions.user_actions import INVITE
from seatsync.account.email import identity
from seatsync.account.model import Account, Scope
from seatsync.demo.exchange import Reply, Request, Stop, gateway_error, invalid, problem
from seatsync.demo.profiles import Profile
from seatsync.demo.served_account import Effect, ServedAccount
from seatsync.demo.shown_objects import Objects, by_group, products_of

READ_TEAMS, WRITE_TEAMS = "tmadmapi:team:read", "tmadmapi:team:write"
READ_USERS, WRITE_USERS = "tmadmapi:team-users:read", "tmadmapi:team-users:write"
READ_PRODUCTS, WRITE_PRODUCTS = "tmadmapi:team-products:read", "tmadmapi:team-products:write"
SCOPES: Final = (READ_TEAMS, WRITE_TEAMS, READ_USERS, WRITE_USERS, READ_PRODUCTS, WRITE_PRODUCTS)


class Policy(NamedTuple):
    """Facts about the teams of the made-up portal that the account does not have.

    `approved_domains`: invited people with other addresses become external users; None: nobody does. `unsupported`:
    products that the API does not support.
    """

    approved_domains: tuple[str, ...] | None = None
    unsupported: frozenset[str] = frozenset()


class Caller(NamedTuple):
    """The person who calls (an identity), the scopes of their token, and the id of its app."""

    user: str
    scopes: frozenset[str]
    client: str


@dataclass(frozen=True)
class ServedTeamAdmin:
    """The operations. `allowance` counts a call of a team (or of a client, for the teams)."""

    served: ServedAccount
    profile: Profile
    objects: Objects
    policy: Policy
    allowance: Callable[[str], None]

    def answer(self, request: Request, path: Sequence[str], caller: Caller) -> Reply:
        """Return the reply to a request; `path` is what comes after the version. Raises Stop."""
        if path == ["teams"]:
            self._need(caller, READ_TEAMS)
            if request.method == "GET":
                return self._list_teams(request, caller)
        elif len(path) > 2 and path[0] == "teams":  # noqa: PLR2004 - teams, id, what of it
            operation = self._operation(request.method, path[2:])
            if operation is not None:
                scopes, work = operation
                self._need(caller, *scopes)
                return work(request, self._team(path[1], caller), caller)
        return problem(404, "no-such-operation", f"There is no {request.method} {request.path}.")

    def _operation(self, method: str, path: Sequence[str]) -> tuple[tuple[str, ...], _Operation] | None:
        """Return scopes and function of an operation on a team."""
        if len(path) == 2 and (method, path[0]) == ("GET", "users"):  # noqa: PLR2004 - users, id
            return (READ_USERS, READ_TEAMS), lambda _, team, __: self._get_user(team, path[1])
        known: dict[tuple[str, ...], tuple[tuple[str, ...], _Operation]] = {
            ("GET", "users"): ((READ_USERS, READ_TEAMS), self._list_users),
            ("POST", "users"): ((WRITE_USERS, WRITE_TEAMS), self._add_user),
            ("GET", "product-pools"): ((READ_PRODUCTS, READ_TEAMS), self._list_pools),
            ("GET", "assignments"): ((READ_PRODUCTS, READ_TEAMS), self._list_assignments),
            ("POST", "assignments"): ((WRITE_PRODUCTS,), self._assign),
            ("DELETE", "assignments"): ((WRITE_PRODUCTS,), self._unassign),
        }
        return known.get((method, *path))

    # Who may

    def _need(self, caller: Caller, *scopes: str) -> None:
        missing = [scope for scope in scopes if scope not in caller.scopes]
        if missing:
            words = f"The token lacks the scope {' '.join(missing)}."
            raise Stop(gateway_error(403, words, self.profile))

    def _team(self, team_id: str, caller: Caller) -> str:
        """Return the name of a team that the caller administers now, and count the call."""
        account = self.served.read()
        for name, team in account.teams.items():
            if self.served.ids.team(name) == team_id and team.role_of(caller.user) is not None:
                self.allowance(team_id)
                return name
        raise Stop(self._forbidden())

    def _forbidden(self) -> Reply:
        return problem(403, "forbidden", "You cannot do this, or there is no such team.")

    # Teams and people

    def _list_teams(self, request: Request, caller: Caller) -> Reply:
        self.allowance(f"client {caller.client}")
        account, ids = self.served.read(), self.served.ids
        mine = [name for name, team in sorted(account.teams.items()) if team.role_of(caller.user) is not None]
        wanted = request.query.get("teamId")
        if wanted is not None:
            mine = [name for name in mine if ids.team(name) in wanted]
            if not mine:
                return self._forbidden()
        return self.objects.page(request, [self.objects.more({"id": ids.team(name), "name": name}) for name in mine])

    def _list_users(self, request: Request, team: str, _: Caller) -> Reply:
        account = self.served.read_as_of(self.profile.lag)
        members = sorted(account.teams[team].members if team in account.teams else ())
        if self.profile.pending == "hidden":
            members = [user for user in members if account.users[user].status != "pending"]
        wanted = request.one("email")
        if wanted is not None:
            members = [user for user in members if self._is_at(account, user, wanted)]
        reply = self.objects.page(request, members, lambda user: self.objects.user(account, team, user))
        if self.profile.joins_between_pages and wanted is None and request.one("cursor") is None:
            self._somebody_joins(team)
        return reply

    def _is_at(self, account: Account, user: str, wanted: str) -> bool:
        if self.profile.email_match == "exact":
            return account.users[user].email == wanted
        return identity(wanted) == user

    def _somebody_joins(self, team: str) -> None:
        number = sum(effect.kind == "join" for effect in self.served.effects)
        address = f"0000-joined-{number}@example.com"  # before most other addresses
        step = Step.make(INVITE.name, Scope("team", team), user=address, first_name="Joined", last_name=str(number))
        self.served.perform([step], "", Effect(0, 0, "join", team, address))

    def _get_user(self, team: str, user_id: str) -> Reply:
        account = self.served.read()
        user = self._member(account, team, user_id)
        return Reply.of(200, self.objects.user(account, team, user))

    def _member(self, account: Account, team: str, user_id: object) -> str:
        """Return the member with an id. Raises Stop if there is none."""
        ids = self.served.ids
        for user in sorted(account.teams[team].members):
            if ids.person(user) == user_id:
                return user
        raise Stop(problem(404, "user-not-found", "The team has no such user."))

    def _add_user(self, request: Request, team: str, caller: Caller) -> Reply:
        body = request.json()
        address, first, last = self._invitation(body)
        user = identity(address) or ""
        account = self.served.read()
        if user in account.teams[team].members:
            return Reply.of(200, self.objects.user(account, team, user))
        scope = Scope("team", team)
        steps = [Step.make(INVITE.name, scope, user=address, first_name=first, last_name=last)]
        domains = self.policy.approved_domains
        if domains is not None and user.rpartition("@")[2] not in domains:
            steps.append(Step.make(MAKE_EXTERNAL.name, scope, user=address))
        refusal = self.served.perform(steps, caller.user, Effect(0, 0, "invite", team, user), keep=self.profile.is_late)
        if refusal:
            return problem(422, "refused", refusal)
        return Reply.of(self.profile.add_status, self.objects.user(self.served.read(), team, user))

    def _invitation(self, body: Mapping[str, Any]) -> tuple[str, str, str]:
        """Return address and names of an invitation. Raises Stop if a field is wrong, unknown or missing."""
        keys = self.profile.add_keys
        errors = [(key, "Unknown field", f"There is no field {key}.") for key in body if key not in keys]
        errors += [(key, "Invalid value", "The value must be text.") for key in keys if not _is_text(body.get(key))]
        address = body.get(keys[0])
        if not address:
            errors.append((keys[0], "Missing value", "An e-mail address is required."))
        elif _is_text(address) and identity(address) is None:
            errors.append((keys[0], "Invalid value", "This is not an e-mail address."))
        if errors:
            detail = "The user cannot be added."
            raise Stop(problem(400, "invalid-request", detail, tuple(errors), title="Invalid request"))
        first, last = (body.get(key) or "" for key in keys[1:])
        return str(address), str(first), str(last)

    # Products

    def _list_pools(self, request: Request, team: str, _: Caller) -> Reply:
        account, day = self.served.read(), self.served.today()
        rows = [
            self.objects.pool(account, team, product, bought, day)
            for product in self._products(account, team)
            for bought in self.objects.bought(account, team, product, day)
        ]
        return self.objects.page(request, rows)

    def _products(self, account: Account, team: str) -> list[str]:
        """Return the supported products that a team has subscriptions to."""
        products = {bought.product for bought in account.subscriptions_of(team).values()}
        return sorted(products - self.policy.unsupported)

    def _list_assignments(self, request: Request, team: str, _: Caller) -> Reply:
        for name in ("limit", "cursor"):
            if name in request.query:
                raise Stop(invalid(name, "Assignments have no pages."))
        user_id, product_id = request.one("userId"), request.one("productId")
        exact = user_id is not None and product_id is not None
        account = self.served.read() if exact else self.served.read_as_of(self.profile.lag)
        if team not in account.teams:
            return Reply.of(200, {"data": []})
        ids = self.served.ids
        rows = [
            self.objects.assignment(account, team, user, product)
            for product in sorted({*products_of(account.teams[team])} - self.policy.unsupported)
            if product_id is None or ids.product(product) == product_id
            for user in sorted(account.holders(team, product))
            if user_id is None or ids.person(user) == user_id
        ]
        if self.profile.order == "shuffled":
            self.objects.random.shuffle(rows)
        return Reply.of(200, {"data": rows})

    def _assign(self, request: Request, team: str, caller: Caller) -> Reply:
        body = request.json()
        kind = body.get("assignmentType", "DIRECT")
        if kind != "DIRECT":
            raise Stop(invalid("assignmentType", "Only DIRECT is allowed."))
        account, user, product = self._pair(team, body.get("userId"), body.get("productId"))
        if user in account.teams[team].seats.get(product, ()):
            if self.profile.exists_status != 200:  # noqa: PLR2004 - the status of most answers
                return problem(self.profile.exists_status, "assignment-exists", "The assignment exists already.")
            return Reply.of(200, self.objects.assignment(account, team, user, product))
        if self.profile.pending == "without seats" and account.users[user].status == "pending":
            return problem(422, "pending-user", "The user has not accepted the invitation.")
        step = Step.make(ASSIGN_SEAT.name, Scope("team", team), product=product, user=user)
        refusal = self._write(step, caller, Effect(0, 0, "assign", team, user, product))
        if refusal:
            return problem(self.profile.full_status, "no-seat-available", refusal)
        return Reply.of(201, self.objects.assignment(self.served.read(), team, user, product))

    def _unassign(self, request: Request, team: str, caller: Caller) -> Reply:
        account, user, product = self._pair(team, request.one("userId"), request.one("productId"))
        if user not in account.teams[team].seats.get(product, ()):
            if by_group(account.teams[team], user, product):
                return problem(422, "inherited-assignment", "The assignment is inherited and cannot be removed here.")
            return problem(404, "assignment-not-found", "The user does not have this product.")
        step = Step.make(UNASSIGN_SEAT.name, Scope("team", team), product=product, user=user)
        refusal = self._write(step, caller, Effect(0, 0, "unassign", team, user, product))
        if refusal:
            return problem(422, "refused", refusal)
        if self.profile.unassign_status == 204:  # noqa: PLR2004 - no content
            return Reply(204)
        return Reply.of(self.profile.unassign_status, {"removed": True})

    def _write(self, step: Step, caller: Caller, effect: Effect) -> str:
        return self.served.perform([step], caller.user, effect, keep=self.profile.is_late)

    def _pair(self, team: str, user_id: object, product_id: object) -> tuple[Account, str, str]:
        """Return the account, and the person and product of two ids. Raises Stop if there are none."""
        for name, value in (("userId", user_id), ("productId", product_id)):
            if not value or not isinstance(value, str):
                raise Stop(invalid(name, f"{name} is required.", "Missing value"))
        account, ids = self.served.read(), self.served.ids
        known = {bought.product for bought in account.subscriptions_of(team).values()}
        known |= {*products_of(account.teams[team]), *self.policy.unsupported}
        product = next((name for name in sorted(known) if ids.product(name) == product_id), None)
        if product is None:
            raise Stop(problem(404, "product-not-found", "The team has no such product."))
        if product in self.policy.unsupported:
            raise Stop(problem(422, "unsupported-product", "This product is not supported here."))
        return account, self._member(account, team, user_id), product


_Operation = Callable[[Request, str, Caller], Reply]


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)
