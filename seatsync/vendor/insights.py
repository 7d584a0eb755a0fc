"""Operations of the Insights API as values: contexts, ordered exports, and the links to their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from seatsync.vendor.answers import plain_words
from seatsync.vendor.http_client import Answer, Client, Failed

Report: TypeAlias = Literal["USERS", "SUBSCRIPTIONS", "USAGE_REPORT", "USAGE"]
"""The exports that can be ordered."""

BENEFIT: Final = "ReportingAPIAccess"
"""The benefit of a team without which its exports cannot be ordered; what the others allow is not documented."""
_OF_DAYS: Final = frozenset[Report]({"USAGE_REPORT", "USAGE"})
"""The exports of a time span."""
_NOT_FOUND: Final = 404


class Context(NamedTuple):
    """A team in Insights. Its id need not be that of the Team Admin API. `benefits` is None if not said."""

    id: str
    name: str
    benefits: tuple[str, ...] | None

    @property
    def has_exports(self) -> bool:
        """False if the exports of the team certainly cannot be ordered."""
        return self.benefits is None or BENEFIT in self.benefits


@dataclass(frozen=True, slots=True)
class OrderedExport:
    """An export that was ordered, when that was (None: not said), and the links to its files, which are secrets.

    `status` is a word in upper case, of which `COMPLETED`, `ERROR` and `EXPIRED` mean that it will not change.
    """

    id: str
    status: str
    at: datetime | None
    links: tuple[str, ...] = field(repr=False)

    @property
    def is_ready(self) -> bool:
        """True if there are files."""
        return self.status == "COMPLETED" and bool(self.links)

    @property
    def has_failed(self) -> bool:
        """True if there will never be files."""
        return self.status in {"ERROR", "EXPIRED"}


def contexts(client: Client) -> tuple[Context, ...]:
    """Return the teams of the signed-in person, sorted by name. Raises Failed."""
    answer = client.get("/contexts")
    if not answer.ok:
        raise answer.failed()
    items = answer.json()
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _strange(answer, "is not a list of teams")
    return tuple(sorted((_context(answer, item) for item in items), key=lambda each: (each.name, each.id)))


def order(client: Client, report: Report, first: str, last: str) -> OrderedExport:
    """Order a report of all teams as CSV; usage is that of the days from `first` to `last`. Raises Failed.

    Repeated also if the answer was lost: an order too many does no harm, and there are ten of them.
    """
    document: dict[str, Any] = {"outputFormat": "CSV", "reports": [report]}
    if report in _OF_DAYS:
        document |= {"startDate": f"{first}T00:00:00.000Z", "endDate": f"{last}T23:59:59.999Z"}
    if report == "USAGE_REPORT":
        document |= {"usageReports": ["USAGE_REPORT_BY_PRODUCT"]}
    return _export(client.send("POST", "/exports", document=document, harmless=True))


def export(client: Client, number: str) -> OrderedExport | None:
    """Return an export as it is now, with fresh links; None if it is unknown. Raises Failed."""
    answer = client.get(f"/exports/{quote(number, safe='')}")
    return None if answer.status == _NOT_FOUND else _export(answer)


def _context(answer: Answer, item: Mapping[str, Any]) -> Context:
    number, name, benefits = (item.get(key) for key in ("contextId", "alias", "reportingBenefits"))
    if not isinstance(number, str) or not number:
        raise _strange(answer, "has a team without an id")
    words = tuple(word for word in benefits if isinstance(word, str)) if isinstance(benefits, list) else None
    return Context(number, name if isinstance(name, str) and name else number, words)


def _export(answer: Answer) -> OrderedExport:
    if not answer.ok:
        raise answer.failed()
    item = answer.json()
    found: Mapping[str, Any] = item if isinstance(item, dict) else {}
    number, status, downloads = found.get("id"), found.get("status"), found.get("downloads", [])
    links = tuple(_link(each) for each in downloads) if isinstance(downloads, list) else ("",)
    if not isinstance(number, str) or not number or not isinstance(status, str) or "" in links:
        raise _strange(answer, "is not an export")
    return OrderedExport(number, plain_words(status).upper(), _moment(found.get("timestamp")), links)


def _link(download: object) -> str:
    """Return the link of a download, empty if there is none."""
    url = download.get("downloadURL") if isinstance(download, dict) else None
    return url if isinstance(url, str) else ""


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)


def _strange(answer: Answer, problem: str) -> Failed:
    return Failed(answer.url, f"the answer {problem}", answer.request_id)
