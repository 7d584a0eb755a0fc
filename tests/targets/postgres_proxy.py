"""A proxy before a PostgreSQL server that counts round trips and, at one of them, does something to it.

    with Proxy() as proxy:
        proxy.at(7, terminate)   # the server ends the process behind the connection before the seventh arrives
        …                        # work through proxy.port
        proxy.trips              # the SQL of each round trip so far

A round trip is a query, or a pipeline up to its end; that of a login is not counted.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from tests.postgres import server

Act = Callable[["Link"], None]
_READY, _KEY, _COPY = b"Z", b"K", b"G"
_QUERY, _SYNC, _PARSE, _BIND = b"Q", b"S", b"P", b"B"


def terminate(link: Link) -> None:
    """End the server's process for a connection, as an administrator or a crash would."""
    with server().connected() as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 10000)", (link.process,))


def lose_answer(link: Link, instead: Act | None = None) -> None:
    """Let the server do what is asked, and lose the connection (after doing something else) instead of the answer."""
    link.instead = instead or (lambda _: None)


@dataclass
class Link:
    """A connection through the proxy. `process` is the id of the server's process."""

    proxy: Proxy
    client: socket.socket
    server: socket.socket
    process: int = 0
    instead: Act | None = None
    """What is done instead of passing on the answer, before the connection ends."""
    _named: dict[bytes, str] = field(default_factory=dict)
    _sql: list[str] = field(default_factory=list)

    def to_server(self) -> None:
        """Pass on what the client sends."""
        with suppress(OSError):
            self.server.sendall(_login(self.client))
            for kind, body in _messages(self.client):
                self._note(kind, body)
                if kind in {_QUERY, _SYNC}:
                    self.proxy.round_trip(self, "; ".join(self._sql))
                    self._sql.clear()
                self.server.sendall(_packed(kind, body))
        self.close()

    def to_client(self) -> None:
        """Pass on what the server sends."""
        with suppress(OSError):
            for kind, body in _messages(self.server):
                if kind == _KEY:
                    self.process = struct.unpack("!I", body[:4])[0]
                if self.instead is None or kind == _COPY:
                    self.client.sendall(_packed(kind, body))
                elif kind == _READY:
                    self.instead(self)
                    break
        self.close()

    def close(self) -> None:
        """End the connection on both sides."""
        for side in (self.client, self.server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _note(self, kind: bytes, body: bytes) -> None:
        if kind == _PARSE:
            name, sql, _ = body.split(b"\0", 2)
            self._named[name] = sql.decode()
        elif kind in {_QUERY, _BIND}:
            said = body.rstrip(b"\0").decode() if kind == _QUERY else self._named[body.split(b"\0", 2)[1]]
            if said not in self._sql[-1:]:
                self._sql.append(said)


class Proxy:
    """A running proxy before the server of the tests."""

    def __init__(self) -> None:
        self.trips: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._act: tuple[int, Act] | None = None
        self._lock = Lock()
        self._links: list[Link] = []
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self._start(self._serve)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        for link in self._links:
            link.close()
        for thread in self._threads:
            thread.join()
        self._listening.close()
        for link in self._links:
            link.client.close()
            link.server.close()

    def at(self, number: int, act: Act) -> None:
        """Do something before a round trip arrives at the server, counted from now and from 1, once."""
        with self._lock:
            self.trips.clear()
            self._act = (number, act)

    def end_all(self) -> None:
        """End all connections, and wait until their processes in the server have ended."""
        for link in self._links:
            link.close()
            terminate(link)

    def round_trip(self, link: Link, sql: str) -> None:
        """Count a round trip, and do what is to be done before it."""
        with self._lock:
            self.trips.append(sql)
            if self._act is None or len(self.trips) != self._act[0]:
                return
            act = self._act[1]
        act(link)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                upstream = socket.create_connection(("127.0.0.1", server().port))
                for side in (client, upstream):
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                link = Link(self, client, upstream)
                self._links.append(link)
                self._start(link.to_server)
                self._start(link.to_client)

    def _start(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()


def _login(client: socket.socket) -> bytes:
    """Return the first message of a client, the only one without a kind. Refuses encryption, which comes before it."""
    while True:
        size = _exactly(client, 4)
        body = _exactly(client, struct.unpack("!I", size)[0] - 4)
        if len(body) > 4:
            return size + body
        client.sendall(b"N")


def _messages(side: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    with suppress(EOFError):
        while True:
            kind, size = struct.unpack("!cI", _exactly(side, 5))
            yield kind, _exactly(side, size - 4)


def _packed(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!cI", kind, len(body) + 4) + body


def _exactly(side: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        more = side.recv(size - len(found))
        if not more:
            raise EOFError
        found += more
    return bytes(found)
