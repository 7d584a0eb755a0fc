"""Requests and replies of the made-up portal, the forms of its errors, and the faults that tests put into answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from seatsync.demo.profiles import Profile

INVALID_REQUEST: Final = "https://developer.api.autodesk.com/problems/invalid-request"
"""The only type of problem that the documentation shows."""
INVENTED: Final = "https://invented.example/problems/"
"""The beginning of all other types, so that nobody takes them for real ones."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Names of headers are in lower case; `path` is without the query."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def parsed(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """Return the request for a line and the headers of HTTP."""
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        return cls(method, parts.path, query, {name.lower(): value for name, value in headers.items()}, body)

    def one(self, name: str) -> str | None:
        """Return a parameter of the query, None if it is missing. The first one counts."""
        values = self.query.get(name)
        return values[0] if values else None

    @property
    def request_id(self) -> str:
        """The valid id that the client sent, else a new one."""
        sent = self.headers.get("x-request-id", "").strip()
        return sent if _REQUEST_ID.fullmatch(sent) else str(uuid4())

    def json(self) -> dict[str, Any]:
        """Return the object in the body. Raises Stop if there is none."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Stop(problem(415, "unsupported-media-type", "The body must be application/json."))
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Stop(invalid("body", "The body must be a JSON object."))
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply. `json` is completed with the request's id where it is a problem; `early` ones have no rate headers."""

    status: int
    content: bytes = b""
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, document: object, kind: str = "application/json") -> Reply:
        """Return a reply with a JSON document."""
        return cls(status, encoded(document), kind)

    def having(self, **headers: str) -> Reply:
        """Return the reply with further headers; `_` in a name is a hyphen."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return Reply(self.status, self.content, self.kind, {**self.headers, **more})


def encoded(document: object) -> bytes:
    """Return a document as JSON. Halves of surrogate pairs, which a request can contain, become question marks."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


class Stop(Exception):
    """The reply that ends a request early."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"status {reply.status}")
        self.reply = reply


PROBLEM: Final = "application/problem+json"


def problem(
    status: int, name: str, detail: str, errors: tuple[tuple[str, str, str], ...] = (), *, title: str = ""
) -> Reply:
    """Return a problem as in RFC 9457, of an invented type. `errors` are field, title and detail."""
    kind = INVALID_REQUEST if name == "invalid-request" else f"{INVENTED}{name}"
    document = {
        "type": kind,
        "title": title or name.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "errors": [{"field": where, "title": what, "detail": why} for where, what, why in errors],
    }
    return Reply.of(status, document, PROBLEM)


def invalid(where: str, detail: str, title: str = "Invalid value") -> Reply:
    """Return the documented problem of a wrong value."""
    return problem(400, "invalid-request", detail, ((where, title, detail),), title="Invalid request")


def gateway_error(status: int, words: str, profile: Profile) -> Reply:
    """Return an error in the other documented form, whose fields nobody has seen."""
    shape = profile.error
    if shape == "empty":
        return Reply(status)
    if shape == "html":
        page = f"<html><head><title>{status}</title></head><body><h1>{escape(words)}</h1></body></html>"
        return Reply(status, page.encode(), "text/html")
    return Reply.of(
        status, {shape: words, "moreInfo": "https://invented.example/errors", "errorCode": f"AUTH-{status}"}
    )


def completed(reply: Reply, request: Request, request_id: str, profile: Profile) -> Reply:
    """Return a reply with its request's id, in its header and, if it is a problem, in its body."""
    if reply.kind == PROBLEM:
        document = json.loads(reply.content)
        if profile.problem_types == "none":
            del document["type"]
        if profile.request_ids == "always":
            document |= {"requestId": request_id}
        content = encoded({**document, "instance": request.path})
        reply = Reply(reply.status, content, reply.kind, reply.headers)
    if profile.request_ids != "always" and reply.status >= 400:  # noqa: PLR2004 - the first status of an error
        return reply
    return reply.having(X_Request_Id=request_id)


class Call(NamedTuple):
    """A request in the log. `team` is its id, of a request that the allowance of a team was asked about.

    `fault` is what spoils the answer after the work was done, if anything does.
    """

    number: int
    at: float
    method: str
    path: str
    status: int
    request_id: str
    team: str = ""
    fault: Fault | None = None


class Fault(NamedTuple):
    """A fault of one request, before the work is done or `after` it.

    `drop` closes the connection without an answer, `reset` resets it, `status` answers with that status (and
    `retry_after`, if any), `cut` sends only the first `most` bytes of the body: if `announced`, with the length of the
    whole, else with the length of the part, as if the body was no longer.
    """

    kind: Literal["drop", "reset", "status", "cut"]
    after: bool = True
    status: int = 503
    retry_after: str = ""
    most: int = 0
    announced: bool = True


class Arrived(NamedTuple):
    """A request as a choice of faults sees it: its number among all, and among those of its method."""

    number: int
    of_method: int
    method: str
    path: str


Faults: TypeAlias = Callable[[Arrived], Fault | None]


def faults_of(profile: Profile) -> Faults:
    """Return the faults that a profile has."""
    after, before = Fault("status", after=True), Fault("status", after=False)
    found = {
        "drop after": Fault("drop"),
        "reset after": Fault("reset"),
        "error after": after,
        "error before": before,
        "429": before._replace(status=429, retry_after="1"),
    }.get(profile.fault)
    methods = ("GET",) if profile.fault_on == "reads" else ("POST", "DELETE")
    rooms = ("/team-admin/", "/insights/")

    def choose(arrived: Arrived) -> Fault | None:
        concerned = arrived.method in methods and arrived.path.startswith(rooms)
        return found if concerned and arrived.of_method % profile.every == 0 else None

    return choose


def spoilt(reply: Reply, fault: Fault, profile: Profile) -> Reply:
    """Return a reply as a fault of status leaves it."""
    if fault.kind != "status":
        return reply
    wrong = gateway_error(fault.status, "Try again later.", profile)
    return wrong.having(Retry_After=fault.retry_after) if fault.retry_after else wrong
