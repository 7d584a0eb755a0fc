"""A server on this machine that treats each connection as it is told: answers, drips, never ends, or breaks off."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TypeAlias

Treat: TypeAlias = "Callable[[socket.socket, Event], None]"
"""What to do with a connection whose request was read, until an event."""

_PATIENCE = 5.0


class Server:
    """The URL of a server, and the requests that it got. Connections after the last treatment get it too."""

    def __init__(self, treats: Sequence[Treat], tls: ssl.SSLContext | None = None) -> None:
        self.treats, self.tls = list(treats), tls
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = Event()
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(_PATIENCE)
                self._one(connection)

    def _one(self, plain: socket.socket) -> None:
        with self.tls.wrap_socket(plain, server_side=True) if self.tls else plain as connection:
            request = read_request(connection)
            if not request:
                return
            number = len(self.requests)
            self.requests.append(request)
            self.treats[min(number, len(self.treats) - 1)](connection, self._stop)

    def close(self) -> None:
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive()


@contextmanager
def serving(*treats: Treat, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server while the test runs."""
    server = Server(treats, tls)
    try:
        yield server
    finally:
        server.close()


def read_request(connection: socket.socket) -> str:
    """Return a request with its body."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = connection.recv(65536)
        raw += chunk
        if not chunk or raw.startswith(b"\x16"):  # the end, or TLS that nobody speaks here
            return raw.decode("latin-1")
    head, _, body = raw.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def whole(status: int, body: bytes = b"{}", **headers: str) -> bytes:
    """Return the bytes of an answer; `_` in the names of headers is a hyphen."""
    named = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Word\r\n{lines}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body


def answer(status: int, body: bytes = b"{}", **headers: str) -> Treat:
    """Answer as a good server does."""
    return lambda connection, _: connection.sendall(whole(status, body, **headers))


def raw(data: bytes) -> Treat:
    """Send some bytes and end the connection."""
    return lambda connection, _: connection.sendall(data)


def drip(start: bytes, each: bytes) -> Treat:
    """Send the start, and then a little again and again."""

    def treat(connection: socket.socket, stop: Event) -> None:
        connection.sendall(start)
        while not stop.wait(0.01):
            connection.sendall(each)

    return treat


def flood(start: bytes, each: bytes) -> Treat:
    """Send without end."""

    def treat(connection: socket.socket, stop: Event) -> None:
        connection.sendall(start)
        while not stop.is_set():
            connection.sendall(each)

    return treat


def silent(connection: socket.socket, stop: Event) -> None:
    """Answer nothing, but keep the connection until the client ends it."""
    with suppress(OSError):
        connection.recv(1)


def reset(connection: socket.socket, _: Event) -> None:
    """Break the connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
