"""The Insights API of the made-up portal: contexts, ordered exports, and their links, which do not live long."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import uuid4

from seatsync.account.model import Account
from seatsync.demo.exchange import Reply, Request, Stop, encoded, gateway_error, invalid, problem
from seatsync.demo.profiles import Profile
from seatsync.demo.served_account import ServedAccount
from seatsync.demo.served_team_admin import Caller
from seatsync.demo.written_tables import REPORTS, Table, csv_bytes, table_lines

READ, WRITE = "data:read", "data:write"
SCOPES: Final = (READ, WRITE)
ORDERS_A_MINUTE = MOST_OUTSTANDING = 10
"""The limits of a person: orders in a minute, and orders that are not done."""
_MOST_DAYS = 365
_FORMATS = ("CSV", "EXCEL", "JSON")
_BENEFITS = ("ReportingAPIAccess", "ReportingAdvanced", "ReportingFlexUsage", "ReportingSeatUsage", "InsightsTeam")


Writer: TypeAlias = Callable[[Account, Table, tuple[str, ...]], bytes]
"""Returns a table about some teams of an account as a file."""


class _Order(NamedTuple):
    id: str
    user: str
    at: float
    team: str | None
    reports: tuple[str, ...]
    format: str
    account: Account
    first: str = ""
    last: str = ""


class _Link(NamedTuple):
    content: bytes
    expires: float


@dataclass
class ServedInsights:
    """The operations. `without_benefit`: teams whose contexts have no access by API. `writer` replaces our tables."""

    served: ServedAccount
    profile: Profile
    base: Callable[[], str]
    without_benefit: frozenset[str] = frozenset()
    writer: Writer | None = None
    orders: list[_Order] = field(default_factory=list)
    links: dict[str, _Link] = field(default_factory=dict, repr=False)

    def answer(self, request: Request, path: list[str], caller: Caller) -> Reply:
        """Return the reply to a request; `path` is what comes after the version. Raises Stop."""
        if (request.method, path) == ("GET", ["contexts"]):
            self._need(caller, READ)
            return Reply.of(200, [self._context(name) for name in self._teams(caller)])
        if (request.method, path) == ("POST", ["exports"]):
            self._need(caller, WRITE)
            return Reply.of(200, self._shown(self._order(request, caller)))
        if request.method == "GET" and path[:1] == ["exports"] and len(path) <= 2:  # noqa: PLR2004 - exports, id
            self._need(caller, READ)
            return self._one(path[1], caller) if len(path) > 1 else self._list(request, caller)
        return problem(404, "no-such-operation", f"There is no {request.method} {request.path}.")

    def download(self, request: Request, secret: str) -> Reply:
        """Return a file, if the link to it is still valid. Such links take no token."""
        link = self.links.get(secret)
        if "authorization" in request.headers:
            return Reply(400, b"<Error><Code>InvalidArgument</Code></Error>", "application/xml")
        if link is None or link.expires <= self.served.clock.now():
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        return Reply(200, link.content, "application/octet-stream")

    def _need(self, caller: Caller, scope: str) -> None:
        if scope not in caller.scopes:
            raise Stop(gateway_error(403, f"The token lacks the scope {scope}.", self.profile))

    def _teams(self, caller: Caller) -> list[str]:
        """Return the teams that somebody administers, sorted."""
        teams = self.served.read().teams
        return [name for name in sorted(teams) if teams[name].role_of(caller.user) is not None]

    def _id(self, name: str) -> str:
        ids = self.served.ids
        return ids.team(name) if self.profile.insights_ids == "same" else ids.context(name)

    def _context(self, name: str) -> dict[str, Any]:
        benefits = _BENEFITS[2:4] if name in self.without_benefit else _BENEFITS
        return {"contextId": self._id(name), "alias": name, "reportingBenefits": list(benefits)}

    # Orders

    def _order(self, request: Request, caller: Caller) -> _Order:
        """Take an order. Raises Stop if it is wrong, or if there are too many."""
        body = request.json()
        reports = self._reports(body)
        if body.get("outputFormat") not in _FORMATS:
            raise Stop(invalid("outputFormat", f"outputFormat must be one of {', '.join(_FORMATS)}."))
        if body["outputFormat"] == "EXCEL":
            raise Stop(invalid("outputFormat", "The made-up portal writes no Excel workbooks."))
        team = body.get("teamId")
        open_to = [name for name in self._teams(caller) if name not in self.without_benefit]
        names = [name for name in open_to if team is None or self._id(name) == team]
        if not names:
            raise Stop(gateway_error(403, "You have no access to the reports of this team.", self.profile))
        now = self.served.clock.now()
        mine = [order for order in self.orders if order.user == caller.user]
        recent = [order for order in mine if order.at > now - 60]
        if len(recent) >= ORDERS_A_MINUTE or sum(map(self._outstanding, mine)) >= MOST_OUTSTANDING:
            raise Stop(problem(429, "too-many-exports", "There are too many orders; try again later."))
        account = self.served.read_as_of(self.profile.export_age).copy()
        known = names[0] if team is not None else None
        days = [str(body.get(name) or "")[:10] for name in ("startDate", "endDate")]
        order = _Order(str(uuid4()), caller.user, now, known, reports, body["outputFormat"], account, *days)
        self.orders.append(order)
        return order

    def _reports(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the reports of an order. Raises Stop if one is unknown, or what it needs is missing."""
        reports = body.get("reports")
        if not isinstance(reports, list) or not reports or any(each not in REPORTS for each in reports):
            raise Stop(invalid("reports", f"reports must be a list of {', '.join(REPORTS)}."))
        if {"USAGE", "USAGE_REPORT"} & {*reports}:
            first, last = (self._day(body, name) for name in ("startDate", "endDate"))
            if not 0 <= (last - first).days <= _MOST_DAYS:
                raise Stop(invalid("endDate", f"endDate must be at most {_MOST_DAYS} days after startDate."))
        if "USAGE_REPORT" in reports and body.get("usageReports") != ["USAGE_REPORT_BY_PRODUCT"]:
            raise Stop(invalid("usageReports", 'usageReports must be ["USAGE_REPORT_BY_PRODUCT"].'))
        return tuple(reports)

    def _day(self, body: Mapping[str, Any], name: str) -> date:
        try:
            return datetime.fromisoformat(body[name]).astimezone(UTC).date()
        except (KeyError, TypeError, ValueError) as error:
            raise Stop(invalid(name, f"{name} must be a time, such as 2026-01-01T00:00:00.000Z.")) from error

    def _outstanding(self, order: _Order) -> bool:
        return order.at + self.profile.export_seconds > self.served.clock.now()

    # What was ordered

    def _list(self, request: Request, caller: Caller) -> Reply:
        offset, limit = (_number(request, name, usual) for name, usual in (("offset", 0), ("limit", 100)))
        team = request.one("teamId")
        mine = [order for order in reversed(self.orders) if order.user == caller.user]
        if team is not None:
            mine = [order for order in mine if order.team is not None and self._id(order.team) == team]
        pagination = {"totalResults": len(mine), "offset": offset, "limit": limit}
        shown = [self._shown(order) for order in mine[offset : offset + limit]]
        return Reply.of(200, {"pagination": pagination, "exports": shown})

    def _one(self, export_id: str, caller: Caller) -> Reply:
        for order in self.orders:
            if (order.id, order.user) == (export_id, caller.user):
                return Reply.of(200, self._shown(order))
        return problem(404, "export-not-found", "There is no such export.")

    def _shown(self, order: _Order) -> dict[str, Any]:
        """Return the object of an export. Each look at one that is done makes new links."""
        outstanding = self._outstanding(order)
        status = "SUBMITTED" if outstanding else self.profile.export_end
        moment = datetime.fromtimestamp(order.at, UTC).isoformat(timespec="milliseconds")
        return {
            "id": order.id,
            "timestamp": moment.replace("+00:00", "Z"),
            "teamId": None if order.team is None else self._id(order.team),
            "teamName": order.team,
            "outputFormat": order.format,
            "reports": list(order.reports),
            "status": status,
            "downloads": self._downloads(order) if status == "COMPLETED" else [],
        }

    def _downloads(self, order: _Order) -> list[dict[str, str]]:
        found = []
        for report in order.reports:
            if self.profile.filter_sheet:
                found.append({"type": report, "downloadURL": self._link(b"Report,Team\nUsers,all\n")})
            found.append({"type": report, "downloadURL": self._link(self._content(order, report))})
        return found

    def _link(self, content: bytes) -> str:
        secret = token_urlsafe(24)
        self.links[secret] = _Link(content, self.served.clock.now() + self.profile.link_life)
        return f"{self.base()}/made-up-downloads/{secret}"

    def _content(self, order: _Order, report: str) -> bytes:
        account, table = order.account, REPORTS[report]
        administered = [name for name, team in sorted(account.teams.items()) if team.role_of(order.user) is not None]
        open_to = tuple(name for name in administered if name not in self.without_benefit)
        teams = open_to if order.team is None else (order.team,)
        if self.writer is not None:
            return self.writer(account, table, teams)
        today = datetime.fromtimestamp(order.at, UTC).date().isoformat()
        days = (order.first, min(today, order.last or today))
        lines = table_lines(account, table, teams, self.profile.generation, days, masked=self.profile.masked)
        if order.format == "JSON":
            header, *rows = lines
            return encoded([dict(zip(header, row, strict=True)) for row in rows])
        return csv_bytes(lines)


def _number(request: Request, name: str, usual: int) -> int:
    text = request.one(name)
    if text is None:
        return usual
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Stop(invalid(name, f"{name} must be a number."))
    return int(text)
