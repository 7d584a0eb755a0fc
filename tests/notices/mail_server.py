"""A real mail server on this machine, made to misbehave: TLS, sign-in, refusals, and connections that end."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
USER, PASSWORD = "seats", "canary-Pa55word"
DROP = "drop"
"""An answer that ends the connection instead."""


@dataclass
class MailServer:
    """What a server was told, and how it answers. Answers are taken one by one; after the last it accepts everything.

    `to_rcpt`, `to_data` and `to_mail` are answers to a recipient, to the text of a message, and to a sender.
    """

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    signed_in: list[bytes] = field(default_factory=list)
    to_mail: list[str | None] = field(default_factory=list)
    to_rcpt: list[str | None] = field(default_factory=list)
    to_data: list[str | None] = field(default_factory=list)
    got_data: threading.Event = field(default_factory=threading.Event)
    hangs: bool = False

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.messages]

    @property
    def message_ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]

    # The methods that aiosmtpd calls

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._answer(server, self.to_mail)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Sequence[str]
    ) -> str:
        answer = self._answer(server, self.to_rcpt)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        self.messages.append(message_from_bytes(content, _class=EmailMessage, policy=SMTPUTF8))
        self.recipients += envelope.rcpt_tos
        self.got_data.set()
        if self.hangs:
            await asyncio.Event().wait()
        return self._answer(server, self.to_data)

    def _answer(self, server: SMTP, answers: list[str | None]) -> str:
        answer = answers.pop(0) if answers else None
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer or "250 OK"

    def sign_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:  # noqa: ANN401
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)


@dataclass
class Authority:
    """A certificate authority, and the certificate of a server by it."""

    bundle: str
    context: ssl.SSLContext


def authority(folder: Any, name: str = HOST) -> Authority:  # noqa: ANN401 - a path
    """Make an authority that signs a certificate for a name."""
    made = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert(name).configure_cert(context)
    bundle = folder / "authority.pem"
    made.cert_pem.write_to_path(str(bundle))
    return Authority(str(bundle), context)


@contextmanager
def serving(
    server: MailServer,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    sign_in: bool = False,
) -> Iterator[MailServer]:
    """Run a server in a thread, with TLS from the start or by STARTTLS, and with or without a sign-in."""
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        server.connections += 1
        options: dict[str, Any] = {"hostname": "mail.acme.example", "enable_SMTPUTF8": True, "loop": loop}
        if starttls is not None:
            options["tls_context"] = starttls
        if sign_in:
            options |= {"authenticator": server.sign_in, "auth_required": True}
            options["auth_require_tls"] = starttls is not None
        return SMTP(server, **options)

    started = threading.Event()
    listening: list[asyncio.AbstractServer] = []

    async def start() -> None:
        made = await loop.create_server(protocol, HOST, server.port, ssl=tls)
        listening.append(made)
        server.port = made.sockets[0].getsockname()[1]

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        started.set()
        loop.run_forever()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_stop(listening[0], loop), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _stop(listening: asyncio.AbstractServer, loop: asyncio.AbstractEventLoop) -> None:
    listening.close()
    others = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def url_of(server: MailServer, scheme: str = "smtp") -> str:
    """Return the URL of a running server."""
    return f"{scheme}://{HOST}:{server.port}"


def environment(server: MailServer, scheme: str = "smtp", **more: str) -> dict[str, str]:
    """Return the environment that names a server."""
    return {
        "SEATSYNC_SMTP": url_of(server, scheme),
        "SEATSYNC_MAIL_FROM": "Acme seats <seats@acme.example>",
        **more,
    }
