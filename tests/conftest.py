"""What every test runs under: no network but the machine's own, a steady hypothesis, no settings of the user's."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

_OURS = ("SEATSYNC_", "_SEATSYNC_")
_OF_TERMINALS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


def _is_local(address: object) -> bool:
    """Whether a socket address stays on this machine."""
    if not isinstance(address, tuple):
        return True  # a path: a Unix socket
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] in {"localhost", ""}


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that leaves the machine."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(real: object) -> object:
        def call(self: socket.socket, address: object) -> object:
            if not _is_local(address):
                raise AssertionError(f"a test wants to reach {address!r}")
            return real(self, address)  # type: ignore[operator]  # one of the two methods above

        return call

    def local_lookup(host: str | None, *rest: object, **more: object) -> object:
        if host is not None and not _is_local((host,)):
            raise AssertionError(f"a test wants to look up {host!r}")
        return lookup(host, *rest, **more)  # type: ignore[arg-type]  # handed on as it came

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", local_lookup)
        yield


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the user's shell says about us and about colours."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name in _OF_TERMINALS:
            monkeypatch.delenv(name)
