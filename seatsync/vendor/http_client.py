"""HTTP for the vendor's APIs: addresses, deadlines, sizes, redirects, and what is repeated.

A secret is in no text, error or log. Redirects never leave the host. An error says whether the server may have acted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import SystemRandom
from time import monotonic, sleep
from typing import Final, NamedTuple, Protocol, Self
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit
from uuid import uuid4

from seatsync import __version__
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.secret import MASK
from seatsync.vendor.answers import (
    Refusal,
    allowance,
    other_allowance,
    plain_words,
    refusal,
    request_id_of,
    retry_after,
)
from seatsync.vendor.connection import Fault, Reply, Wire
from seatsync.vendor.settings import problem_of

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
_FIRST_WAIT: Final = 0.5
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one request: seconds until its last byte, bytes of an answer, attempts, and seconds of each wait.

    `minute` is the length in seconds of the minute in which the vendor counts calls.
    """

    deadline: float = 60.0
    most_bytes: int = 64 * 1024 * 1024
    attempts: int = 5
    longest_wait: float = 120.0
    minute: float = 60.0


class Timing(NamedTuple):
    """Time and chance: the present, a monotonic clock in seconds, a way to wait, numbers from 0 to 1, and fresh ids."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep
    jitter: Callable[[], float] = SystemRandom().random
    new_id: Callable[[], str] = lambda: str(uuid4())


class Budget(Protocol):
    """Calls that may be made."""

    def take(self, path: str) -> None:
        """Count a call of a path below the base URL, after waiting until one is allowed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with a status below 500. The names of headers are in lower case.

    `secrets` are what was sent, which a careless server can repeat in its errors.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str | None
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        """True for any status that means success."""
        return _OK <= self.status < 300  # noqa: PLR2004 - the class of successes

    def words(self) -> str:
        """Return the vendor's words about an error."""
        return str(self.refusal())

    def refusal(self) -> Refusal:
        """Return the error in the answer, with secrets masked. Of 429, unknown headers of allowances are in it."""
        body = self.body
        for secret in self.secrets:
            body = body.replace(secret.encode(), MASK.encode())
        found = refusal(self.status, self.headers.get("content-type", ""), body)
        unknown = other_allowance(self.headers) if self.status == _TOO_MANY else ""
        if unknown:  # the vendor's names for them are not known
            found = found._replace(fields=(*found.fields, unknown))
        return found.without(self.secrets)

    def failed(self) -> Failed:
        """Return the error that the status means."""
        said = self.refusal()
        return Failed(self.url, f"answered {self.status}: {said}", self.request_id, status=self.status, code=said.code)

    def json(self) -> object:
        """Return the document in the body. Raises Failed if it is none, or contains text that is not Unicode."""
        try:
            document = json.loads(self.body)
            if b"\\ud" in self.body.lower():  # half of a pair, which cannot be written anywhere
                json.dumps(document, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise Failed(self.url, "the answer is not JSON", self.request_id, sent=True) from None
        return document


class Failed(SeatsyncError):
    """A request without a usable answer. `sent`: the server may have acted. `lasting`: it would fail again at once.

    `status` is that of an answer that refuses the request, else 0; `code` is the vendor's code or type of the error.
    `traces` is what the vendor finds the request by, in brackets, as part of a message.
    """

    def __init__(
        self,
        url: str,
        reason: str,
        request_id: str | None = None,
        *,
        sent: bool = False,
        lasting: bool = False,
        status: int = 0,
        code: str = "",
    ) -> None:
        told = [f"request {request_id}" if request_id else "", code if code not in reason else ""]
        found = ", ".join(filter(None, told))
        self.traces = f" ({found})" if found else ""
        super().__init__(f"{url}: {reason}{self.traces}")
        self.status = status
        self.url, self.reason, self.request_id, self.sent, self.lasting = url, reason, request_id, sent, lasting


class Unavailable(Failed):
    """A request that may be answered later: nothing answers, or only with 429 or 5xx, also after some attempts."""

    passing = True


class _Ask(NamedTuple):
    """A request. `shown` is its URL as errors show it; `asked_by` is its own id.

    `secrets` are what it has, as they are and as they stand in forms.
    """

    method: str
    url: str
    shown: str
    asked_by: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    secrets: tuple[str, ...] = ()


class Client:
    """A client of one API. Not for several threads at once; close it at the end, or use it as a context manager.

    `auth` returns a valid access token. Raises WrongUsage for a base URL that is neither https nor on this machine.
    """

    def __init__(
        self,
        base: str,
        auth: Callable[[], str] | None = None,
        *,
        limits: Limits = Limits(),
        timing: Timing = Timing(),  # noqa: B008 - immutable
        budget: Budget | None = None,
    ) -> None:
        problem = problem_of(base)
        if problem:
            raise WrongUsage(f"the URL of an API {problem}")
        self.base = base.rstrip("/")
        self._auth, self._limits, self._timing, self._budget = auth, limits, timing, budget
        self._wire = Wire(timing.seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Answer:
        """Read a path below the base URL. Repeated after 429, 5xx and lost answers. Raises Failed."""
        return self._repeated(path, lambda: self._ask("GET", path, query), safe=True)

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        document: object = None,
        *,
        harmless: bool = False,
    ) -> Answer:
        """Make a change, with a document as JSON. Raises Failed.

        Repeated only if it was certainly not carried out, or if carrying it out twice is `harmless`.
        """
        content = None if document is None else json.dumps(document).encode()
        kind = (("content-type", "application/json"),) if content is not None else ()
        return self._repeated(path, lambda: self._ask(method, path, query, kind, content), safe=harmless)

    def now(self) -> datetime:
        """Return the present."""
        return self._timing.now()

    def pause(self, number: int) -> None:
        """Wait before a change is repeated that had an attempt of this number."""
        self._timing.sleep(self._back_off(number))

    def wait(self, seconds: float) -> None:
        """Wait for something that the server has to do."""
        self._timing.sleep(seconds)

    def post_form(self, path: str, fields: Mapping[str, str], basic: str, secrets: tuple[str, ...]) -> Answer:
        """Send a form whose repetition does no harm, with basic authentication (a Base64 text). Raises Failed.

        `secrets` are the parts of form and authentication that nobody may see.
        """
        headers = (("content-type", _FORM), ("authorization", f"Basic {basic}"))
        content = urlencode(fields).encode()
        return self._repeated(path, lambda: self._ask("POST", path, None, headers, content, secrets), safe=True)

    def download(self, url: str) -> Iterator[bytes]:
        """Yield the content of a link, which is a secret and is read without authorization. Raises Failed.

        A link that fails before its first byte is tried again. After it, what was yielded is incomplete.
        """
        parts = _parts_of(url)
        problem = problem_of(urlunsplit((*parts[:3], "", "")))
        shown = f"{parts[0]}://{parts[1]}/…"
        if problem:
            raise Failed("the link of a download", problem, lasting=True)
        for number in range(1, self._limits.attempts + 1):
            began = False
            try:
                with self._open(_Ask("GET", url, shown, self._timing.new_id())) as answer:
                    _refuse_as_file(answer, shown)
                    for chunk in self._chunks(answer, shown):
                        began = True
                        yield chunk
                    return
            except Failed as failed:
                if began or failed.lasting or number == self._limits.attempts:
                    raise
            self._timing.sleep(self._back_off(number))

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        headers: tuple[tuple[str, str], ...] = (),
        content: bytes | None = None,
        secrets: tuple[str, ...] = (),
    ) -> _Ask:
        url = f"{self.base}{path}"
        token = (self._auth(),) if self._auth is not None else ()
        more = tuple(("authorization", f"Bearer {each}") for each in token)
        whole = f"{url}?{urlencode(query)}" if query else url
        hidden = tuple(dict.fromkeys(form for each in (*token, *secrets) for form in (each, quote(each, safe=""))))
        return _Ask(method, whole, url, self._timing.new_id(), (*more, *headers), content, hidden)

    def _repeated(self, path: str, ask: Callable[[], _Ask], *, safe: bool) -> Answer:
        for number in range(1, self._limits.attempts + 1):
            last = number == self._limits.attempts
            if self._budget is not None:
                self._budget.take(path)
            request = ask()
            try:
                answer = self._exchange(request)
            except Failed as failed:
                if last or failed.lasting or (failed.sent and not safe):
                    raise
                wait = self._back_off(number)
            else:
                refused = answer.status == _TOO_MANY
                if not refused and answer.status < _SERVER_ERROR:
                    return answer
                if last or not (refused or safe):
                    said = answer.refusal()
                    raise Unavailable(
                        request.shown,
                        f"answered {answer.status}: {said}",
                        answer.request_id or request.asked_by,
                        sent=not refused,
                        code=said.code,
                    )
                wait = self._told(answer, number)
            self._timing.sleep(wait)
        raise AssertionError("there is no attempt")

    def _told(self, answer: Answer, number: int) -> float:
        """Return the seconds to wait after an answer: what it says, within the limit, or until the next minute."""
        now = self._timing.now()
        told = retry_after(answer.headers, now)
        if told is None and answer.status == _TOO_MANY:
            told = allowance(answer.headers, now).reset
            if told is None:
                minute = self._limits.minute
                told = minute - now.timestamp() % minute + 1 + 3 * self._timing.jitter()
        if told is None:
            return self._back_off(number)
        return min(told, self._limits.longest_wait) + self._timing.jitter()

    def _back_off(self, number: int) -> float:
        return min(self._limits.longest_wait, _FIRST_WAIT * 2.0 ** (number - 1)) * (1 + self._timing.jitter())

    def _exchange(self, ask: _Ask) -> Answer:
        """Make one request and return the whole answer."""
        with self._open(ask) as found:
            body = b"".join(self._chunks(found, ask.shown))
        request_id = request_id_of(found.headers, body) or ask.asked_by
        for secret in ask.secrets:
            request_id = request_id.replace(secret, MASK)
        return Answer(ask.shown, found.status, found.headers, body, request_id, ask.secrets)

    @contextmanager
    def _open(self, ask: _Ask) -> Iterator[Reply]:
        """Make one request, and follow the redirects of reads."""
        self._wire.start(self._limits.deadline)
        own = (("accept", "application/json, */*;q=0.5"), ("accept-encoding", "gzip"), ("x-request-id", ask.asked_by))
        headers = (*own, ("user-agent", f"seatsync/{__version__}"), *ask.headers)
        url = ask.url
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                with self._wire.open(ask.method, url, headers, ask.content) as reply:
                    if reply.status not in _REDIRECTS:
                        yield reply
                        return
                    url = _redirected(ask, url, reply.headers.get("location", ""))
        except Fault as fault:
            seen = ask.asked_by if fault.sent else None  # else the vendor knows no such request
            kind = Failed if fault.lasting else Unavailable
            raise kind(ask.shown, fault.reason, seen, sent=fault.sent, lasting=fault.lasting) from None
        raise Failed(ask.shown, "redirects in a circle", ask.asked_by, lasting=True)

    def _chunks(self, answer: Reply, shown: str) -> Iterator[bytes]:
        size = 0
        for chunk in answer.chunks:
            size += len(chunk)
            if size > self._limits.most_bytes:
                most = f"{self._limits.most_bytes / 1024 / 1024:g} MiB"
                raise Failed(shown, f"the answer is larger than {most}", sent=True, lasting=True)
            yield chunk


def _refuse_as_file(answer: Reply, shown: str) -> None:
    """Raise Failed unless an answer has a file, whose end can be told from that of a connection."""
    if answer.status != _OK:
        again = answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR
        raise (Unavailable if again else Failed)(shown, f"answered {answer.status}", lasting=not again)
    if "content-length" not in answer.headers and "chunked" not in answer.headers.get("transfer-encoding", "").lower():
        raise Failed(shown, "the answer does not tell its length, so that it may be incomplete", lasting=True)


def _redirected(ask: _Ask, url: str, to: str) -> str:
    """Return the URL of a redirect. Raises Failed unless it is a read of the same scheme, host and port."""
    old, new = _parts_of(url), _parts_of(to, url)
    if ask.method != "GET":
        reason = "redirects a change, which is not repeated elsewhere"
        raise Failed(ask.shown, reason, ask.asked_by, sent=True, lasting=True)
    if not to:
        raise Failed(ask.shown, "redirects to nowhere", ask.asked_by, lasting=True)
    if _origin(*old[:2]) != _origin(*new[:2]) or "@" in new[1]:
        where = plain_words(f"{new[0]}://{new[1].rpartition('@')[2]}")
        raise Failed(
            ask.shown, f"redirects to another host ({where}), which is not followed", ask.asked_by, lasting=True
        )
    return urlunsplit((*new[:4], ""))


def _parts_of(url: str, base: str = "") -> tuple[str, str, str, str, str]:
    try:
        parts = urlsplit(urljoin(base, url))
    except ValueError:
        return ("", "", "", "", "")
    return (parts.scheme, parts.netloc, parts.path, parts.query, parts.fragment)


def _origin(scheme: str, place: str) -> tuple[str, str]:
    port = {"http": ":80", "https": ":443"}.get(scheme, "")
    return scheme, place.lower().removesuffix(port)
