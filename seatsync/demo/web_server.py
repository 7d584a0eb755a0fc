"""The web server of the made-up portal. It listens on loopback only, and can spoil answers on their way."""

from __future__ import annotations

import os
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

from seatsync.demo.exchange import Fault, Reply, Request
from seatsync.errors import SeatsyncError

HOST = "127.0.0.1"
_MOST_BYTES = 1 << 20
_NO_LINGER = struct.pack("ii", 1, 0)
"""The option that makes closing a connection reset it."""

Answer: TypeAlias = Callable[[Request], tuple[Reply, Fault | None]]


class WebServer:
    """Serves answers in threads of its own between `start` and `stop`.

    `errors` are those of the answers; the first one sets `failed`.
    """

    def __init__(self, port: int, answer: Answer, now: Callable[[], float]) -> None:
        self.errors: list[BaseException] = []
        self.failed = threading.Event()
        self.port = port
        self._answer, self._now = answer, now
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen. Raises SeatsyncError if the port is in use."""
        try:
            self._server = _Server(self.port, self._answer, self._now, self._note)
        except OSError as error:
            problem = (error.strerror or "cannot be used").lower()
            raise SeatsyncError(f"port {self.port} of this machine: {problem}; choose another with --port") from error
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def _note(self, error: BaseException) -> None:
        self.errors.append(error)
        self.failed.set()

    def stop(self) -> None:
        """Close every connection, and wait for the threads."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.hang_up()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them
    request_queue_size = 128

    def __init__(
        self, port: int, answer: Answer, now: Callable[[], float], note: Callable[[BaseException], None]
    ) -> None:
        self.answer, self.now, self.note = answer, now, note
        self._open: dict[int, socket.socket] = {}
        self._guard = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        if isinstance(request, socket.socket):
            with self._guard:
                self._open[id(request)] = request
        super().process_request(request, client_address)  # type: ignore[arg-type]  # passed on unchanged

    def shutdown_request(self, request: object) -> None:
        with self._guard:
            self._open.pop(id(request), None)
        super().shutdown_request(request)  # type: ignore[arg-type]  # passed on unchanged

    def hang_up(self) -> None:
        """Close the connections that clients keep open."""
        with self._guard:
            for each in self._open.values():
                _shut(each)

    def handle_error(self, _: object, __: object) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            self.note(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "made-up-portal", ""
    disable_nagle_algorithm = True
    server: _Server

    def handle_one(self) -> None:
        """Answer a request."""
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > _MOST_BYTES:
            self.send_error(413)
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the client has gone
            self.close_connection = True
            return
        try:
            request = Request.parsed(self.command, self.path, dict(self.headers.items()), body)
        except ValueError:
            self.send_error(400)
            return
        reply, fault = self.server.answer(request)
        if fault is not None and fault.kind in {"drop", "reset"}:
            self._vanish(reset=fault.kind == "reset")
        else:
            self._send(reply, fault if fault is not None and fault.kind == "cut" else None)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = handle_one  # noqa: N815 - names of http.server

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time of the portal's own clock."""
        return formatdate(self.server.now() if timestamp is None else timestamp, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Log nothing: the portal has its own log."""

    def _send(self, reply: Reply, cut: Fault | None) -> None:
        content = reply.content if cut is None else reply.content[: cut.most]
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.kind:
            self.send_header("Content-Type", reply.kind)
        announced = reply.content if cut is None or cut.announced else content
        if reply.status != 204:  # noqa: PLR2004 - no content
            self.send_header("Content-Length", str(len(announced)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        if len(content) != len(announced):
            self._vanish(reset=False)

    def _vanish(self, *, reset: bool) -> None:
        """Close the connection without a further word."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            os.close(self.connection.detach())
        else:
            _shut(self.connection)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
