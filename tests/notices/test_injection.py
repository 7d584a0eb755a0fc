"""Whatever names people and teams have, a mail has one recipient and the headers that it was given."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.policy import SMTP, SMTPUTF8
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatsync.errors import WrongUsage
from seatsync.notices import composing
from seatsync.notices.composing import Envelope, compose, sender_of
from seatsync.notices.rendering import Templates

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
SENDER = sender_of("Acme seats <seats@acme.example>")
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
    "Content-Language",
]
_PIECES = (*'\r\n,"\\<>(; aé', "\r\n", "Bcc: x@evil.example", "=?utf-8?q?", "?=")
NAMES = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(_PIECES)).map("".join),
)


@example("Ana\r\nBcc: x@evil.example", "de\r\nsign")
@example('O"Brien, Jr.', "a, b")
@example("=?utf-8?q?=0D=0ABcc:x?=", "=?utf-8?b?DQo=?=")
@example("é" * 200, "é" * 500)
@given(NAMES, NAMES)
def test_headers_are_as_they_were_meant(name: str, place: str) -> None:
    facts = {
        "account": "acme",
        "person": {"name": name, "address": "ana@acme.example"},
        "where": {"kind": "team", "name": place},
        "lost": "",
        "gained": "sso",
    }
    letter = compose(
        Templates().render("role", facts), Envelope(SENDER, "ana@acme.example", name, "<1@acme.example>", NOON)
    )
    assert (letter.to, letter.sender) == ("ana@acme.example", "seats@acme.example")
    assert letter.content.isascii()
    assert max(map(len, letter.content.split(b"\r\n"))) <= 998
    assert b"\n" not in letter.content.replace(b"\r\n", b"")
    message = message_from_bytes(letter.content, policy=SMTP)
    assert message.keys() == HEADERS
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@acme.example"]
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    plain = BytesHeaderParser().parsebytes(letter.content)
    for field in ("To", "Subject"):
        decoded = str(make_header(decode_header(re.sub(r"\r?\n ", " ", plain[field]))))
        assert decoded.isprintable() or not re.search("[\r\n]", decoded)


def test_a_name_that_cannot_be_read_back_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    read = message_from_string

    def fails(text: str, **options: Any) -> Any:  # noqa: ANN401
        if "Ana" in text.partition("\r\n\r\n")[0]:
            raise IndexError
        return read(text, **options)

    monkeypatch.setattr(composing, "message_from_string", fails)
    facts = {"account": "acme", "person": {"name": "Ana", "address": "ana@acme.example"}, "link": None, "invited": ""}
    envelope = Envelope(SENDER, "ana@acme.example", "Ana", "<1@acme.example>", NOON)
    letter = compose(Templates().render("reminder", facts), envelope)
    assert b"\r\nTo: ana@acme.example\r\n" in letter.content
    with pytest.raises(WrongUsage, match="cannot be written as the recipient of a mail"):
        compose(Templates().render("reminder", facts), envelope._replace(message_id="<Ana@acme.example>"))


@pytest.mark.parametrize(
    ("address", "utf8"),
    [
        ("jürgen@xn--bcher-kva.example", True),
        ("a!#$%&'*+/=?^_`{|}~-b@acme.example", False),
        ("x@münchen.example", True),
    ],
)
def test_unusual_addresses(address: str, utf8: bool) -> None:  # noqa: FBT001
    facts = {"account": "acme", "person": {"name": "J", "address": address}, "link": None, "invited": "2026-06-01"}
    letter = compose(
        Templates().render("reminder", facts), Envelope(SENDER, address, "Jürgen", "<1@acme.example>", NOON)
    )
    assert (letter.to, letter.utf8) == (address, utf8)
    message = message_from_bytes(letter.content, policy=SMTPUTF8)
    assert message.keys() == HEADERS


@pytest.mark.parametrize(
    "text", ["", "seats", "a@x.example, b@x.example", "<a@x.example", "a@x.example\nBcc: b@x.example"]
)
def test_senders_that_are_none(text: str) -> None:
    with pytest.raises(WrongUsage, match="is not the address of one sender"):
        sender_of(text)
