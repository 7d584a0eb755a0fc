"""Mails as messages: headers by Python's own policy, a plain part and an HTML part, no more."""

from __future__ import annotations

from datetime import datetime
from email import message_from_string
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import NamedTuple

from seatsync.account.email import identity
from seatsync.errors import WrongUsage
from seatsync.notices.rendering import Rendered, on_one_line

_LONGEST_NAME = 64
_LONGEST_SUBJECT = 200


class Unaddressable(WrongUsage):
    """A recipient whose address cannot be written into a mail."""


class Envelope(NamedTuple):
    """The headers of a notice besides those that all have. `to` is an identity; `sender` is an address with a name."""

    sender: Address
    to: str
    name: str
    message_id: str
    at: datetime


class Letter(NamedTuple):
    """A message ready to be sent: bytes with CRLF, and the addresses of the envelope.

    `utf8`: an address has letters beyond ASCII before the @-sign, so that the server must offer SMTPUTF8.
    """

    sender: str
    to: str
    content: bytes
    utf8: bool


def sender_of(text: str) -> Address:
    """Return the sender that a text names: `seats@acme.example`, or `Seats <seats@acme.example>`.

    Raises WrongUsage for any other text.
    """
    name, opening, rest = text.strip().rpartition("<")
    address = rest.removesuffix(">") if opening else text.strip()
    known = identity(address)
    if known is None or not text.isprintable() or (opening and not rest.endswith(">")):
        raise WrongUsage(f"SEATSYNC_MAIL_FROM: {on_one_line(text)!r} is not the address of one sender")
    local, domain = address.rpartition("@")[0], known.rpartition("@")[2]  # the domain in ASCII
    return _address(_plain(name).strip('"'), f"{local}@{domain}")


def compose(notice: Rendered, envelope: Envelope) -> Letter:
    """Return the message of a notice.

    Names and subjects are put on one line and shortened first; the policy refuses what could still break a header. A
    name that does not survive being written and read is left out: the address alone is then the recipient. Raises
    Unaddressable for an address that does not survive it either.
    """
    for name in dict.fromkeys((_name(envelope.name, envelope.to), "")):
        letter = _letter(notice, envelope, _address(name, envelope.to))
        if _reads_back(letter, envelope.to):
            return letter
    raise Unaddressable(f"{on_one_line(envelope.to)} cannot be written as the recipient of a mail")


def _letter(notice: Rendered, envelope: Envelope, to: Address) -> Letter:
    addresses = (envelope.sender.addr_spec, to.addr_spec)
    utf8 = not all(address.isascii() for address in addresses)
    message = EmailMessage(policy=SMTPUTF8 if utf8 else SMTP)
    message["From"] = envelope.sender
    message["To"] = to
    message["Subject"] = _short(_plain(notice.subject), _LONGEST_SUBJECT)
    message["Date"] = envelope.at
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text, cte="quoted-printable")
    if notice.html is not None:
        message.add_alternative(notice.html, subtype="html", cte="quoted-printable")
        message.set_boundary(_boundary(notice, envelope))
    message["Content-Language"] = notice.language  # set last, because an alternative would take it along
    return Letter(*addresses, message.as_bytes(), utf8)


def _boundary(notice: Rendered, envelope: Envelope) -> str:
    """Return a boundary that is the same for the same mail, and occurs in neither part."""
    local = "".join(char for char in envelope.message_id if char.isalnum())[:40]
    number = 0
    while f"={local}{number}=" in notice.text + (notice.html or ""):
        number += 1
    return f"={local}{number}="


def _reads_back(letter: Letter, to: str) -> bool:
    """Return True if a message, read again, has one recipient and the headers that were written, each once."""
    try:
        read = message_from_string(letter.content.decode(), policy=SMTPUTF8)
        recipients = [address.addr_spec for field in read.get_all("To", ()) for address in field.addresses]
    except (LookupError, ValueError, AttributeError):  # Python's parser fails on some addresses
        return False
    names = [name.lower() for name in read.keys()]  # noqa: SIM118 - a message is no mapping
    return recipients == [to] and len(names) == len(set(names)) and not read.defects


def _name(name: str, address: str) -> str:
    """Return the name to show, "" for none: one that looks like another address could mislead."""
    clean = _short(_plain(name), _LONGEST_NAME)
    return "" if "@" in clean or clean == address else clean


def _plain(text: str) -> str:
    """Return a text on one line that nobody takes for encoded: mail programs decode `=?utf-8?q?…?=`."""
    return " ".join(on_one_line(text).replace("=?", "= ?").split())


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _address(name: str, address: str) -> Address:
    """Return an address with a name. Raises ValueError if it is none."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or any(char.isspace() or char in '<>,;:"()[]\\' for char in address):
        raise ValueError(address)
    return Address(name, local, domain)
