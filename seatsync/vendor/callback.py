"""The local address to which the browser returns after a sign-in, for one answer."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from seatsync.errors import SeatsyncError
from seatsync.vendor.settings import is_loopback
from seatsync.vendor.sign_in import Attempt, SignInFailed

_SILENCE: Final = 5.0
"""Seconds without a byte after which a connection is ended. Others are served meanwhile."""
_POLL: Final = 0.1
"""Seconds between two looks at the time."""
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>seatsync</title>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto"><p>{words}</p></body></html>
"""
_DONE = "Thank you. seatsync continues in the terminal; you can close this page."
_REFUSED = "The sign-in was refused. The terminal shows why; you can close this page."
_STRANGE = (
    "This is not the answer to the sign-in that seatsync waits for. It still waits; use the address it showed last."
)
_NOWHERE = "There is nothing here."


class Callback:
    """A server for the answer to one sign-in."""

    def __init__(self, server: ThreadingHTTPServer, started: Attempt) -> None:
        self._server, self._started = server, started
        self._codes: list[str] = []
        self._problems: list[SignInFailed] = []
        self.strangers = 0

    def wait(self, seconds: float, clock: Callable[[], float]) -> str:
        """Return the code of the answer. Raises SignInFailed if the vendor refused, or nothing came in time."""
        until = clock() + seconds
        while not self._codes and not self._problems:
            if clock() >= until:
                minutes = f"{seconds / 60:g} minutes"
                remedy = "try again, with --no-browser if the browser is on another machine"
                raise SignInFailed(f"nobody signed in within {minutes}; {remedy}")
            self._server.handle_request()
        if self._problems:
            raise self._problems[0]
        return self._codes[0]

    def answer(self, target: str) -> tuple[int, str, str | SignInFailed | None]:
        """Return the status and the words of the page for a path with a query, and the code or error in it."""
        if urlsplit(target).path != (urlsplit(self._started.app.redirect).path or "/"):
            return 404, _NOWHERE, None
        try:
            code = self._started.code_in(target)
        except SignInFailed as problem:
            return 200, _REFUSED, problem
        if code is None:
            self.strangers += 1
            return 400, _STRANGE, None
        return 200, _DONE, code

    def take(self, outcome: str | SignInFailed | None) -> None:
        """Take the code or error of an answer, which ends the waiting."""
        if isinstance(outcome, str):
            self._codes.append(outcome)
        elif outcome is not None:
            self._problems.append(outcome)


@contextmanager
def listening(started: Attempt) -> Iterator[Callback]:
    """Listen at the callback of an app. Raises SeatsyncError if it is not on this machine, or its port is in use."""
    parts = urlsplit(started.app.redirect)
    host, port = parts.hostname or "", parts.port or 80
    if parts.scheme != "http" or not is_loopback(host):
        raise SeatsyncError(f"the callback {started.app.redirect} is not on this machine; use --no-browser")
    found: list[Callback] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = _SILENCE

        def do_GET(self) -> None:
            """Answer the browser, and only then go on: the program may end before a page was sent."""
            status, words, outcome = found[0].answer(self.path)
            try:
                self._show(status, words)
            finally:
                found[0].take(outcome)

        def _show(self, status: int, words: str) -> None:
            page = _PAGE.format(words=words).encode()
            self.send_response(status)
            for name, value in (
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(page))),
                ("Cache-Control", "no-store"),
                ("Referrer-Policy", "no-referrer"),
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
                ("Connection", "close"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Log nothing: the request contains the code."""

    with _server(host, port, Handler) as server:
        found.append(Callback(server, started))
        yield found[0]


@contextmanager
def _server(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    class Local(ThreadingHTTPServer):
        address_family = family
        timeout = _POLL
        daemon_threads = True

        def server_bind(self) -> None:
            """Bind without looking up the name of the machine."""
            if sys.platform != "win32":  # there it would allow other programs to take the port
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = host, self.server_address[1]

        def handle_error(self, *_: object) -> None:
            """Ignore a browser that ended its connection or sent nothing."""
            if not isinstance(sys.exc_info()[1], OSError):
                raise  # noqa: PLE0704 - called while the error is handled

    try:
        server = Local((host if ":" in host or host[:1].isdigit() else "127.0.0.1", port), handler)
    except OSError as error:
        words = (error.strerror or type(error).__name__).lower()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({words})"
        problem = f"port {port}, to which the browser returns after the sign-in, {reason}"
        raise SeatsyncError(f"{problem}; end the other program, or use --no-browser") from None
    with server:
        yield server
