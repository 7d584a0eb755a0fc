"""Single requests over connections with a deadline, by httpx, which only this module imports.

Retries, redirects and authorization belong to `http_client`. The texts of the libraries' errors are never used, because
they can contain headers.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from seatsync.errors import SeatsyncError, how_to_install
from seatsync.vendor.answers import plain_words

try:
    import httpcore
    import httpx
except ModuleNotFoundError as error:
    raise SeatsyncError(f"the vendor's APIs need the package httpx; {how_to_install('api')}") from error

_CONNECT: Final = 10.0
"""Seconds for one connection, of the seconds that remain."""


class Fault(Exception):
    """A request without an answer. `sent`: the server may have acted. `lasting`: it would fail again at once."""

    def __init__(self, reason: str, *, sent: bool = False, lasting: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.sent, self.lasting = reason, sent, lasting


class Reply(NamedTuple):
    """An answer whose body is still to be read, decompressed. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Wire:
    """Connections to servers, kept open between requests. `seconds` is a monotonic clock."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._deadline = _Deadline(seconds)
        transport = _Transport(self._deadline)
        self._http = httpx.Client(transport=transport, timeout=None, trust_env=False)  # noqa: S113 - the deadline counts

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def start(self, seconds: float) -> None:
        """Set the deadline of the requests that follow."""
        self._deadline.start(seconds)

    @contextmanager
    def open(self, method: str, url: str, headers: Iterable[tuple[str, str]], content: bytes | None) -> Iterator[Reply]:
        """Make one request. Raises Fault, also while the body is read."""
        with _faults():
            self._http.cookies.clear()
            request = self._http.build_request(method, url, headers=[*headers], content=content)
            answer = self._http.send(request, stream=True)
            try:
                names = {name.lower(): value for name, value in answer.headers.items()}
                yield Reply(answer.status_code, names, answer.iter_bytes())
            finally:
                answer.close()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectError as error:
        raise _unreachable(error) from None
    except httpcore.ConnectTimeout:
        raise Fault("cannot be reached (no connection in time)") from None
    except httpcore.TimeoutException:
        raise Fault("no complete answer in time", sent=True) from None
    except (httpcore.NetworkError, httpcore.ProtocolError):
        raise Fault("the connection ended before the answer was complete", sent=True) from None
    except httpx.DecodingError:
        raise Fault("the answer is compressed in a wrong way", sent=True) from None
    except httpx.HTTPError:
        raise Fault("the answer is not as HTTP has it", sent=True, lasting=True) from None
    except (httpcore.UnsupportedProtocol, httpx.InvalidURL, UnicodeError):
        raise Fault("is not a usable URL", lasting=True) from None


def _unreachable(error: httpcore.ConnectError) -> Fault:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = "set SSL_CERT_FILE if your network has an authority of its own"
        words = plain_words(cause.verify_message)
        return Fault(f"the certificate of the server is not valid ({words}); {remedy}", lasting=True)
    if isinstance(cause, ssl.SSLError):
        return Fault(f"no secure connection ({plain_words(cause.reason or 'TLS')})", lasting=True)
    words = plain_words(cause.strerror or "") if isinstance(cause, OSError) else ""
    return Fault(f"cannot be reached ({words.lower() or 'no connection'})")


class _Deadline:
    """The moment at which a request must have ended."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._until = 0.0

    def start(self, seconds: float) -> None:
        self._until = self._seconds() + seconds

    def left(self) -> float:
        """Return the seconds that are left. Raises ReadTimeout if there are none."""
        seconds = self._until - self._seconds()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds


class _Stream(httpcore.NetworkStream):
    """A connection on which each operation has the time that is left for the request."""

    def __init__(self, under: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._under, self._deadline = under, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as the library has it
        return self._under.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as the library has it
        self._under.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._under.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as the library has it
    ) -> httpcore.NetworkStream:
        seconds = min(_CONNECT, self._deadline.left())
        return _Stream(self._under.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the library has it
        return self._under.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connections with the deadline of the request."""

    def __init__(self, deadline: _Deadline) -> None:
        self._under, self._deadline = httpcore.SyncBackend(), deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - as the library has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = min(_CONNECT, self._deadline.left())
        return _Stream(self._under.connect_tcp(host, port, seconds, local_address, socket_options), self._deadline)


class _Transport(httpx.BaseTransport):
    """Requests of httpx over connections with a deadline."""

    def __init__(self, deadline: _Deadline) -> None:
        self._backend = _Backend(deadline)
        self._pools: dict[bytes, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool(url.raw_scheme).handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def _pool(self, scheme: bytes) -> httpcore.ConnectionPool:
        """Return the connections of a scheme. Certificates are only read for https, as that takes a while."""
        if scheme not in self._pools:
            context = ssl.create_default_context() if scheme == b"https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._pools[scheme] = httpcore.ConnectionPool(context, network_backend=self._backend, max_connections=2)
        return self._pools[scheme]

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


class _Body(httpx.SyncByteStream):
    """The bytes of an answer as they arrive."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
