"""The made-up portal as a whole: its rooms, allowance, log and addresses. Tests and `seatsync demo portal` start it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from types import TracebackType
from typing import Final, Self

from seatsync.account.actions.spec import Step
from seatsync.account.email import identity
from seatsync.account.model import Account
from seatsync.demo.exchange import (
    Arrived,
    Call,
    Fault,
    Faults,
    Reply,
    Request,
    Stop,
    completed,
    faults_of,
    gateway_error,
    problem,
    spoilt,
)
from seatsync.demo.profiles import Profile
from seatsync.demo.served_account import Backing, Effect, Ids, InMemory, OwnClock, ServedAccount
from seatsync.demo.served_insights import SCOPES as INSIGHTS_SCOPES
from seatsync.demo.served_insights import ServedInsights, Writer
from seatsync.demo.served_sign_in import ACCESS_LIFE, Client, ServedSignIn
from seatsync.demo.served_team_admin import SCOPES as TEAM_ADMIN_SCOPES
from seatsync.demo.served_team_admin import Policy, ServedTeamAdmin
from seatsync.demo.shown_objects import Objects
from seatsync.demo.web_server import WebServer
from seatsync.errors import SeatsyncError, TargetProblem

ALL_SCOPES: Final = frozenset((*TEAM_ADMIN_SCOPES, *INSIGHTS_SCOPES))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a made-up portal. `minute` is the length of a minute of the allowance, in seconds.

    `seed` decides about shuffled pages. `faults` replaces the faults of the profile. `without_insights` are teams
    that have no access to Insights by API; `auto` is the admin who is signed in without being asked; `on_call` is
    called with each call and its effects.
    """

    profile: Profile = field(default_factory=Profile)
    clock: OwnClock = field(default_factory=OwnClock)
    client: Client = field(default_factory=Client)
    policy: Policy = field(default_factory=Policy)
    allowed: int = 60
    minute: float = 60.0
    faults: Faults | None = None
    without_insights: frozenset[str] = frozenset()
    writer: Writer | None = None
    auto: str | None = None
    seed: int = 0
    port: int = 0
    on_call: Callable[[Call, list[Effect]], None] | None = None


class Double:
    """A made-up portal, which serves as long as the context is open. Its log can be read at any time, also later.

    Raises the first error of its own that answered a request, when the context is left.
    """

    def __init__(self, account: Account | Backing, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.profile, self.clock = self.settings.profile, self.settings.clock
        self.served = ServedAccount(InMemory(account) if isinstance(account, Account) else account, self.clock)
        auto = None if self.settings.auto is None else _identity(self.settings.auto)
        self.sign_in = ServedSignIn(self.served, self.profile, self.settings.client, auto)
        self.calls: list[Call] = []
        self._spent: Counter[tuple[str, int]] = Counter()
        self._arrived: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._faults = self.settings.faults or faults_of(self.profile)
        self._asked = ""
        objects = Objects(self.served.ids, self.profile, Random(self.settings.seed), [])  # noqa: S311 - shuffles pages
        self._team_admin = ServedTeamAdmin(self.served, self.profile, objects, self.settings.policy, self._spend)
        self._insights = ServedInsights(
            self.served, self.profile, lambda: self.url, self.settings.without_insights, self.settings.writer
        )
        self._server = WebServer(self.settings.port, self.answer, self.clock.now)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        if self._server.errors and error is None:
            raise self._server.errors[0]

    def wait(self) -> None:
        """Serve until the program is interrupted. Raises an error of its own that answered a request."""
        self._server.failed.wait()
        raise self._server.errors[0]

    # Addresses and ids

    @property
    def url(self) -> str:
        """The address of the server, without a path."""
        return f"http://127.0.0.1:{self._server.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables by which seatsync finds this portal instead of the vendor's."""
        return {
            "SEATSYNC_TEAM_ADMIN_URL": f"{self.url}/team-admin/v1",
            "SEATSYNC_INSIGHTS_URL": f"{self.url}/insights/v1",
            "SEATSYNC_AUTH_URL": f"{self.url}/authentication/v2",
        }

    def team_id(self, name: str) -> str:
        """Return the id of a team in the Team Admin API."""
        return self._ids().team(name)

    def context_id(self, name: str) -> str:
        """Return the id of a team in Insights."""
        return self.team_id(name) if self.profile.insights_ids == "same" else self._ids().context(name)

    def user_id(self, address: str) -> str:
        """Return the id of a person."""
        return self._ids().person(_identity(address))

    def product_id(self, name: str) -> str:
        """Return the id of a product."""
        return self._ids().product(name)

    def _ids(self) -> Ids:
        """Return the ids, as of now: things may have been renamed."""
        with self._lock:
            self.served.read()
            return self.served.ids

    def token(self, address: str, scopes: frozenset[str] = ALL_SCOPES, lifetime: float = ACCESS_LIFE) -> str:
        """Return an access token of a person."""
        return self.sign_in.issue(_identity(address), scopes, lifetime)

    # What happened

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The log of effects, in order."""
        return tuple(self.served.effects)

    def account(self) -> Account:
        """Return a copy of the account as it is now."""
        with self._lock:
            return self.served.read().copy()

    def change(self, step: Step) -> None:
        """Let somebody change something in the portal itself. Raises SeatsyncError if the account refuses it."""
        with self._lock:
            refusal = self.served.perform([step], "", None, keep=self.profile.is_late)
        if refusal:
            raise SeatsyncError(refusal)

    def by_minute(self, team: str) -> dict[int, int]:
        """Return how many calls of a team were answered within each minute, those answered with 429 included."""
        found = Counter(int(call.at // self.settings.minute) for call in self.calls if call.team == self.team_id(team))
        return dict(sorted(found.items()))

    # Requests

    def answer(self, request: Request) -> tuple[Reply, Fault | None]:
        """Return the reply to a request, and the fault that spoils it on its way, if any. Log the call."""
        with self._lock:
            self._arrived[""] += 1
            self._arrived[request.method] += 1
            number, of_method = self._arrived[""], self._arrived[request.method]
            fault = self._faults(Arrived(number, of_method, request.method, request.path))
            request_id, before = request.request_id, len(self.served.effects)
            self._asked = ""
            reply = Reply(503) if fault is not None and not fault.after else self._reply(request)
            if fault is not None:
                reply = spoilt(reply, fault, self.profile)
            reply = completed(self._limited(reply), request, request_id, self.profile)
            path = "/made-up-downloads/…" if request.path.startswith("/made-up-downloads/") else request.path
            call = Call(number, self.clock.now(), request.method, path, reply.status, request_id, self._asked, fault)
            self.calls.append(call)
            if self.settings.on_call is not None:
                self.settings.on_call(call, self.served.effects[before:])
            return reply, fault

    def _reply(self, request: Request) -> Reply:
        try:
            return self._routed(request)
        except Stop as stopped:
            return stopped.reply
        except TargetProblem as error:
            return problem(503, "account-in-use", str(error))

    def _routed(self, request: Request) -> Reply:
        room, _, rest = request.path.strip("/").partition("/")
        version, _, below = rest.partition("/")
        path = below.split("/")
        if (room, version) == ("authentication", "v2"):
            return self.sign_in.answer(request, path)
        if room == "made-up-downloads":
            return self._insights.download(request, rest)
        if (room, version) not in {("team-admin", "v1"), ("insights", "v1")}:
            return problem(404, "no-such-page", f"There is no {request.path} in the made-up portal.")
        caller = self.sign_in.caller(request)
        if caller is None:
            return gateway_error(401, "The token is missing, unknown or has expired.", self.profile)
        if room == "insights":
            return self._insights.answer(request, path, caller)
        return self._team_admin.answer(request, path, caller)

    # The allowance

    def _spend(self, whose: str) -> None:
        """Count a call of a team or client. Raises Stop if there were too many in this minute."""
        self._asked = whose
        key = (whose, self._minute())
        self._spent[key] += 1
        if self._spent[key] > self.settings.allowed:
            raise Stop(problem(429, "too-many-requests", "The allowance of this minute is spent."))

    def _minute(self) -> int:
        return int(self.clock.now() // self.settings.minute)

    def _limited(self, reply: Reply) -> Reply:
        """Return a reply with the headers about the allowance, if it was asked."""
        form = self.profile.rate_headers
        if not self._asked or form == "none":
            return reply
        left = (self._minute() + 1) * self.settings.minute - self.clock.now()
        if form in {"retry-seconds", "retry-date"}:
            if reply.status != 429 or "Retry-After" in reply.headers:  # noqa: PLR2004 - too many requests
                return reply
            moment = datetime.fromtimestamp(self.clock.now() + left, UTC)
            until = format_datetime(moment, usegmt=True) if form == "retry-date" else str(int(left) + 1)
            return reply.having(Retry_After=until)
        spent = self._spent[self._asked, self._minute()]
        numbers = (self.settings.allowed, max(0, self.settings.allowed - spent), int(left) + 1)
        start = "RateLimit" if form == "ratelimit" else "X-RateLimit"
        names = ("Limit", "Remaining", "Reset")
        return reply.having(**{f"{start}_{name}": str(number) for name, number in zip(names, numbers, strict=True)})


def _identity(address: str) -> str:
    return identity(address) or address
