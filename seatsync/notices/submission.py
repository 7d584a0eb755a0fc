"""Handing messages to a mail server by SMTP: settings from the environment, TLS, and what became of each message.

The only module that opens connections. An outcome is certain only by an answer of the server: a connection that ends
after the text of a message was sent leaves it unknown.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.headerregistry import Address
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.notices.composing import Letter, sender_of
from seatsync.notices.rendering import on_one_line

URL, USER, PASSWORD, SENDER, CERTIFICATES = (
    "SEATSYNC_SMTP",
    "SEATSYNC_SMTP_USER",
    "SEATSYNC_SMTP_PASSWORD",
    "SEATSYNC_MAIL_FROM",
    "SEATSYNC_SMTP_CA",
)
"""The variables of the environment. `SEATSYNC_SMTP_PASSWORD_FILE` names a file with the password."""

PATIENCE: Final = 30
"""Seconds to wait for each answer of the server."""
_EXAMPLE = "such as smtps://mail.acme.example:465 or smtp://mail.acme.example:587"
_PORTS = {"smtps": 465, "smtp": 587}
_LEADING_DOT = re.compile(rb"(?m)^\.")
_LONGEST_REPLY = 300
_OK, _FORWARDED, _GO_AHEAD, _CLOSING = 250, 251, 354, 421
_PERMANENT = 500
_MEANINGS: Final[Mapping[int, Literal["sent", "refused", "deferred"]]] = {2: "sent", 4: "deferred", 5: "refused"}
"""What the first digit of the answer to the text of a message means."""


class MailServerProblem(SeatsyncError):
    """A mail server that cannot be used."""

    def __init__(self, server: str, problem: str, remedy: str = "") -> None:
        super().__init__(f"{server}: {problem}" + (f"; {remedy}" if remedy else ""))


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to sign in. `certificates` is a file of certificate authorities, None for the system's."""

    host: str
    port: int
    tls: bool
    sender: Address
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    certificates: str | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.tls else 'smtp'}://{host}:{self.port}"


class Outcome(NamedTuple):
    """What became of a message. `refused`: for good; `deferred`: not now; `unknown`: it may or may not arrive.

    `detail` is the answer of the server or the fault, on one line. `stop`: the next message would fare no better.
    """

    state: Literal["sent", "refused", "deferred", "unknown"]
    detail: str = ""
    stop: bool = False


def server_of(environment: Mapping[str, str], folder: Path) -> Server:
    """Return the server that the environment names. A file of a password or of certificates is relative to a folder.

    Raises WrongUsage without a server or sender, or if they cannot be read; never with a secret in the message.
    """
    text = environment.get(URL, "").strip()
    if not text:
        raise WrongUsage(f"no mail server; set {URL} to its URL, {_EXAMPLE}")
    sender = sender_from(environment)
    plain = _parsed(text)
    user, password = environment.get(USER) or None, _password(environment, folder)
    if (user is None) != (password is None):
        missing, given = (USER, PASSWORD) if user is None else (PASSWORD, USER)
        raise WrongUsage(f"{given} is set without {missing}; set both, or neither")
    authorities = environment.get(CERTIFICATES)
    return replace(
        plain,
        sender=sender,
        user=user,
        password=password,
        certificates=str(folder / authorities) if authorities else None,
    )


def sender_from(environment: Mapping[str, str]) -> Address:
    """Return the sender that the environment names. Raises WrongUsage."""
    text = environment.get(SENDER, "").strip()
    if not text:
        raise WrongUsage(f"no sender; set {SENDER} to an address, such as seats@acme.example")
    return sender_of(text)


def _parsed(text: str) -> Server:
    wrong = WrongUsage(f"{URL} is not the URL of a mail server, {_EXAMPLE}")
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        raise wrong from None  # the text may contain a password
    if url.username is not None or url.password is not None or "@" in text:
        raise WrongUsage(f"{URL} must not contain a user or password; set {USER} and {PASSWORD}")
    if url.scheme not in _PORTS or not host or url.path not in {"", "/"} or url.query or url.fragment:
        raise wrong
    return Server(host, port or _PORTS[url.scheme], url.scheme == "smtps", Address())


def _password(environment: Mapping[str, str], folder: Path) -> str | None:
    name = environment.get(f"{PASSWORD}_FILE")
    if not name:
        return environment.get(PASSWORD) or None
    if environment.get(PASSWORD):
        raise WrongUsage(f"{PASSWORD} and {PASSWORD}_FILE are both set; set one of them")
    try:
        return (folder / name).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = (error.strerror or "").lower() if isinstance(error, OSError) else "not UTF-8"
        raise WrongUsage(f"{PASSWORD}_FILE: {on_one_line(name)} cannot be read ({reason})") from None


@contextmanager
def connection(server: Server) -> Iterator[Callable[[Letter], Outcome]]:
    """Connect and sign in; yield the function that sends a message.

    If the server closes the connection before it has taken a message, that is tried once more on a new one. Raises
    MailServerProblem if the server cannot be reached, offers no TLS (except on this machine), or refuses the sign-in.
    """
    with closing(_Link(server)) as link:
        yield link.send


class _Link:
    """One connection after another to a server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp = _signed_in(server)

    def close(self) -> None:
        _close(self._smtp)

    def send(self, letter: Letter) -> Outcome:
        """Send a message and return what became of it."""
        try:
            ready = self._announced(letter)
        except MailServerProblem as error:
            return Outcome("deferred", str(error), stop=True)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome("deferred", f"the connection ended before the mail was sent ({_reason(error)})", stop=True)
        return ready if isinstance(ready, Outcome) else _deliver(ready, letter)

    def _announced(self, letter: Letter) -> smtplib.SMTP | Outcome:
        """Announce a message, on a new connection if the present one has ended; return the connection, or a refusal."""
        try:
            return _announce(self._smtp, letter) or self._smtp
        except (OSError, smtplib.SMTPException):  # nothing of the message was sent
            self.close()
            self._smtp = _signed_in(self._server)
        return _announce(self._smtp, letter) or self._smtp


def _signed_in(server: Server) -> smtplib.SMTP:
    """Return a new connection to a server, encrypted and signed in. Raises MailServerProblem."""
    try:
        context = ssl.create_default_context(cafile=server.certificates)
    except (OSError, ValueError) as error:
        raise MailServerProblem(CERTIFICATES, f"cannot be read as certificates ({_reason(error)})") from error
    with ExitStack() as unless_ready:
        try:
            smtp = _connected(server, context)
            unless_ready.callback(_close, smtp)
            smtp.ehlo_or_helo_if_needed()
            _encrypt(smtp, server, context)
            if server.user is not None and server.password is not None:
                smtp.login(server.user, server.password)
        except smtplib.SMTPAuthenticationError as error:
            problem = f"refused the sign-in of {on_one_line(server.user or '')} ({error.smtp_code})"
            raise MailServerProblem(str(server), problem, f"check {USER} and {PASSWORD}") from None
        except ssl.SSLError as error:
            remedy = f"check the name of the server, or name its authority's certificates with {CERTIFICATES}"
            raise MailServerProblem(str(server), f"no secure connection ({_reason(error)})", remedy) from error
        except UnicodeError:  # it shows a part of the password
            raise MailServerProblem(str(server), f"{USER} and {PASSWORD} must be plain ASCII for its sign-in") from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerProblem(str(server), f"cannot be used ({_reason(error)})", f"check {URL}") from error
        unless_ready.pop_all()
    return smtp


def _close(smtp: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):  # everything was answered before
        smtp.quit()
    smtp.close()


def _connected(server: Server, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=PATIENCE)


def _encrypt(smtp: smtplib.SMTP, server: Server, context: ssl.SSLContext) -> None:
    """Switch to TLS. On this machine a server need not offer it."""
    if server.tls:
        return
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
    elif not _is_loopback(server.host):
        remedy = "use smtps:// if it has a port for TLS; mails and passwords are not sent without"
        raise MailServerProblem(str(server), "offers no STARTTLS", remedy)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _announce(smtp: smtplib.SMTP, letter: Letter) -> Outcome | None:
    """Announce a message. Return None if the server waits for it, else the refusal."""
    options = []
    if letter.utf8:
        if not smtp.has_extn("smtputf8"):
            return Outcome("refused", "the mail server does not take addresses with such letters (no SMTPUTF8)")
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    code, reply = smtp.mail(letter.sender, options)
    if code != _OK:
        return _refusal(smtp, code, reply, "the sender was refused", stop=True)
    code, reply = smtp.rcpt(letter.to)
    if code not in {_OK, _FORWARDED}:
        return _refusal(smtp, code, reply, "the recipient was refused")
    code, reply = smtp.docmd("DATA")
    return None if code == _GO_AHEAD else _refusal(smtp, code, reply, "the mail was refused")


def _refusal(smtp: smtplib.SMTP, code: int, reply: bytes, what: str, *, stop: bool = False) -> Outcome:
    """Return a refusal, after the server was told to forget the message."""
    with suppress(OSError, smtplib.SMTPException):  # the next message finds out
        smtp.rset()
    state: Literal["refused", "deferred"] = "refused" if code >= _PERMANENT and not stop else "deferred"
    return Outcome(state, f"{what}: {_answer(code, reply)}", stop=stop or code == _CLOSING)


def _deliver(smtp: smtplib.SMTP, letter: Letter) -> Outcome:
    """Send the text of a message that the server waits for."""
    content = letter.content if letter.content.endswith(b"\r\n") else letter.content + b"\r\n"
    try:
        smtp.send(_LEADING_DOT.sub(b"..", content) + b".\r\n")
        code, reply = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        smtp.close()
        return Outcome("unknown", f"the connection ended after the mail was sent ({_reason(error)})", stop=True)
    state = _MEANINGS.get(code // 100)
    if state is None:  # the server may have taken the mail
        smtp.close()
        return Outcome("unknown", f"the answer to the mail is not understood: {_answer(code, reply)}", stop=True)
    if state == "sent":
        return Outcome("sent", _answer(code, reply))
    return Outcome(state, f"the mail was refused: {_answer(code, reply)}", stop=code == _CLOSING)


def _answer(code: int, reply: bytes) -> str:
    """Return an answer on one line."""
    text = " ".join(on_one_line(reply.decode("utf-8", "replace")).split())
    return f"{code} {text[:_LONGEST_REPLY]}".strip()


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b"")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return " ".join(on_one_line(str(error)).split())[:_LONGEST_REPLY].lower() or type(error).__name__
