"""Handing messages to a real mail server: settings, TLS, sign-in, and what became of each message."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from seatsync.errors import WrongUsage
from seatsync.notices.composing import Envelope, Letter, compose, sender_of
from seatsync.notices.rendering import Rendered
from seatsync.notices.submission import MailServerProblem, Outcome, connection, server_of
from tests.notices.mail_server import DROP, HOST, PASSWORD, USER, MailServer, authority, environment, serving

EXAMPLE = "such as smtps://mail.acme.example:465 or smtp://mail.acme.example:587"
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
TEXT = Rendered("A subject", "Hello Ana,\n\n.a dot\n..two\nFrom here\n", "<p>Hello Ana,</p>", "en")


def letter(to: str = "ana@acme.example", name: str = "Ana Silva", number: str = "1") -> Letter:
    sender = sender_of("Acme seats <seats@acme.example>")
    return compose(TEXT, Envelope(sender, to, name, f"<{number}@acme.example>", NOON))


def sent(variables: dict[str, str], *letters: Letter, folder: Path | None = None) -> list[Outcome]:
    with connection(server_of(variables, folder or Path())) as send:
        return [send(each) for each in letters]


def complaint(variables: dict[str, str], folder: Path | None = None) -> str:
    with pytest.raises((WrongUsage, MailServerProblem)) as caught:
        sent(variables, letter(), folder=folder)
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_a_message_arrives_as_it_was_written() -> None:
    with serving(MailServer()) as server:
        assert sent(environment(server), letter()) == [Outcome("sent", "250 OK")]
    (message,) = server.messages
    assert server.recipients == ["ana@acme.example"]
    assert dict(message.items()) | {"Content-Type": ""} == {
        "From": "Acme seats <seats@acme.example>",
        "To": "Ana Silva <ana@acme.example>",
        "Subject": "A subject",
        "Date": "Mon, 15 Jun 2026 12:00:00 +0000",
        "Message-ID": "<1@acme.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Language": "en",
        "Content-Type": "",
    }
    plain, html = message.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == TEXT.text
    assert html.get_content() == "<p>Hello Ana,</p>\r\n"
    assert html.get_content_type() == "text/html"


def test_several_messages_go_over_one_connection() -> None:
    with serving(MailServer()) as server:
        outcomes = sent(environment(server), *(letter(f"p{n}@acme.example") for n in range(3)))
    assert [each.state for each in outcomes] == ["sent"] * 3
    assert server.connections == 1


def test_tls_from_the_start(tmp_path: Path) -> None:
    made = authority(tmp_path)
    with serving(MailServer(), tls=made.context) as server:
        variables = environment(server, "smtps", SEATSYNC_SMTP_CA="authority.pem")
        assert [each.state for each in sent(variables, letter(), folder=tmp_path)] == ["sent"]
        assert complaint(environment(server, "smtps")) == (
            f"smtps://{HOST}:{server.port}: no secure connection (unable to get local issuer certificate); check the"
            " name of the server, or name its authority's certificates with SEATSYNC_SMTP_CA"
        )
    assert len(server.messages) == 1


def test_a_certificate_of_another_server(tmp_path: Path) -> None:
    made = authority(tmp_path, "other.acme.example")
    with serving(MailServer(), tls=made.context) as server:
        said = complaint(environment(server, "smtps", SEATSYNC_SMTP_CA=made.bundle))
    assert "IP address mismatch, certificate is not valid for '127.0.0.1'" in said
    assert server.messages == []


def test_starttls_and_sign_in(tmp_path: Path) -> None:
    made = authority(tmp_path)
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    with serving(MailServer(), starttls=made.context, sign_in=True) as server:
        variables = environment(server, SEATSYNC_SMTP_CA=made.bundle, SEATSYNC_SMTP_USER=USER)
        kept = {**variables, "SEATSYNC_SMTP_PASSWORD_FILE": "password"}
        assert [each.state for each in sent(kept, letter(), folder=tmp_path)] == ["sent"]
        assert [each.state for each in sent({**variables, "SEATSYNC_SMTP_PASSWORD": PASSWORD}, letter())] == ["sent"]
        assert complaint({**variables, "SEATSYNC_SMTP_PASSWORD": "wrong"}) == (
            f"smtp://{HOST}:{server.port}: refused the sign-in of seats (535); check SEATSYNC_SMTP_USER and"
            " SEATSYNC_SMTP_PASSWORD"
        )
    assert server.signed_in[0] == USER.encode()


def test_without_tls_only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seatsync.notices.submission._is_loopback", lambda _: False)
    with serving(MailServer()) as server:
        assert complaint(environment(server)) == (
            f"smtp://{HOST}:{server.port}: offers no STARTTLS; use smtps:// if it has a port for TLS; mails and"
            " passwords are not sent without"
        )
    assert server.messages == []


def test_a_server_that_is_not_there() -> None:
    with serving(MailServer()) as server:
        variables = environment(server)
    assert complaint(variables) == (
        f"smtp://{HOST}:{server.port}: cannot be used (connection refused); check SEATSYNC_SMTP"
    )


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (
            MailServer(to_rcpt=["550 5.1.1 No such user"]),
            Outcome("refused", "the recipient was refused: 550 5.1.1 No such user"),
        ),
        (
            MailServer(to_rcpt=["451 4.7.1 Greylisted, try again later"]),
            Outcome("deferred", "the recipient was refused: 451 4.7.1 Greylisted, try again later"),
        ),
        (
            MailServer(to_mail=["553 5.1.8 Sender unknown"]),
            Outcome("deferred", "the sender was refused: 553 5.1.8 Sender unknown", stop=True),
        ),
        (
            MailServer(to_data=["554 5.7.1 Message content rejected"]),
            Outcome("refused", "the mail was refused: 554 5.7.1 Message content rejected"),
        ),
        (
            MailServer(to_data=["452 4.3.1 Insufficient system storage"]),
            Outcome("deferred", "the mail was refused: 452 4.3.1 Insufficient system storage"),
        ),
        (
            MailServer(to_rcpt=["421 4.3.2 Closing"]),
            Outcome("deferred", "the recipient was refused: 421 4.3.2 Closing", stop=True),
        ),
    ],
)
def test_refusals(server: MailServer, expected: Outcome) -> None:
    with serving(server):
        first, second = sent(environment(server), letter(), letter("ben@acme.example"))
    assert first == expected
    assert second.state == "sent"


def test_a_connection_that_ends_after_the_text_leaves_the_outcome_unknown() -> None:
    with serving(MailServer(to_data=[DROP])) as server:
        (outcome,) = sent(environment(server), letter())
    assert (outcome.state, outcome.stop) == ("unknown", True)
    assert outcome.detail.startswith("the connection ended after the mail was sent (")
    assert len(server.messages) == 1


@pytest.mark.parametrize("server", [MailServer(to_mail=[DROP]), MailServer(to_rcpt=[DROP])])
def test_a_connection_that_ends_before_the_text_is_made_again_once(server: MailServer) -> None:
    with serving(server):
        (outcome,) = sent(environment(server), letter())
    assert outcome.state == "sent"
    assert (server.connections, len(server.messages)) == (2, 1)


def test_a_server_that_always_ends_the_connection() -> None:
    with serving(MailServer(to_rcpt=[DROP, DROP, DROP])) as server:
        (outcome,) = sent(environment(server), letter())
    assert (outcome.state, outcome.stop) == ("deferred", True)
    assert outcome.detail.startswith("the connection ended before the mail was sent (")
    assert server.messages == []


def test_letters_beyond_ascii_before_the_at_sign_need_smtputf8(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "jürgen@xn--bcher-kva.example"
    with serving(MailServer()) as server:
        assert [each.state for each in sent(environment(server), letter(address, "Jürgen"))] == ["sent"]
        assert server.recipients == [address]
        assert str(server.messages[0]["To"]) == f"Jürgen <{address}>"
        monkeypatch.setattr("smtplib.SMTP.has_extn", lambda *_: False)
        (outcome,) = sent(environment(server), letter(address, "Jürgen"))
    assert outcome == Outcome("refused", "the mail server does not take addresses with such letters (no SMTPUTF8)")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {},
            f"no mail server; set SEATSYNC_SMTP to its URL, {EXAMPLE}",
        ),
        (
            {"SEATSYNC_SMTP": f"smtps://seats:{PASSWORD}@mail.acme.example"},
            "SEATSYNC_SMTP must not contain a user or password; set SEATSYNC_SMTP_USER and SEATSYNC_SMTP_PASSWORD",
        ),
        (
            {"SEATSYNC_SMTP": "https://mail.acme.example"},
            f"SEATSYNC_SMTP is not the URL of a mail server, {EXAMPLE}",
        ),
        (
            {"SEATSYNC_SMTP": "smtp://[::1", "SEATSYNC_SMTP_PASSWORD": PASSWORD},
            f"SEATSYNC_SMTP is not the URL of a mail server, {EXAMPLE}",
        ),
        (
            {"SEATSYNC_MAIL_FROM": "seats"},
            "SEATSYNC_MAIL_FROM: 'seats' is not the address of one sender",
        ),
        (
            {"SEATSYNC_MAIL_FROM": ""},
            "no sender; set SEATSYNC_MAIL_FROM to an address, such as seats@acme.example",
        ),
        (
            {"SEATSYNC_SMTP_PASSWORD": PASSWORD},
            "SEATSYNC_SMTP_PASSWORD is set without SEATSYNC_SMTP_USER; set both, or neither",
        ),
        (
            {"SEATSYNC_SMTP_PASSWORD": PASSWORD, "SEATSYNC_SMTP_PASSWORD_FILE": "x"},
            "SEATSYNC_SMTP_PASSWORD and SEATSYNC_SMTP_PASSWORD_FILE are both set; set one of them",
        ),
        (
            {"SEATSYNC_SMTP_USER": USER, "SEATSYNC_SMTP_PASSWORD_FILE": "nowhere"},
            "SEATSYNC_SMTP_PASSWORD_FILE: nowhere cannot be read (no such file or directory)",
        ),
        (
            {"SEATSYNC_SMTP_CA": "nowhere.pem"},
            "SEATSYNC_SMTP_CA: cannot be read as certificates (no such file or directory)",
        ),
    ],
)
def test_settings(variables: dict[str, str], expected: str) -> None:
    usable = {"SEATSYNC_SMTP": f"smtps://{HOST}:9", "SEATSYNC_MAIL_FROM": "seats@acme.example"}
    assert complaint({**usable, **variables} if variables else {}) == expected


def test_a_password_that_cannot_be_sent_is_not_shown(tmp_path: Path) -> None:
    made = authority(tmp_path)
    with serving(MailServer(), starttls=made.context, sign_in=True) as server:
        variables = environment(server, SEATSYNC_SMTP_CA=made.bundle, SEATSYNC_SMTP_USER=USER)
        said = complaint({**variables, "SEATSYNC_SMTP_PASSWORD": "Pässwort"})
    assert said.endswith(": SEATSYNC_SMTP_USER and SEATSYNC_SMTP_PASSWORD must be plain ASCII for its sign-in")
    assert "ä" not in said


def test_a_server_that_does_not_answer_leaves_the_outcome_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seatsync.notices.submission.PATIENCE", 0.2)
    with serving(MailServer(hangs=True)) as server:
        (outcome,) = sent(environment(server), letter())
    assert outcome.state == "unknown"
    assert "timed out" in outcome.detail


def test_the_domain_of_a_sender_is_in_ascii() -> None:
    assert str(sender_of("Bücher <seats@bücher.example>")) == "Bücher <seats@xn--bcher-kva.example>"
    with serving(MailServer()) as server:
        assert [each.state for each in sent(environment(server), letter())] == ["sent"]


def test_a_password_is_in_no_representation() -> None:
    variables = {"SEATSYNC_SMTP": "smtps://mail.acme.example", "SEATSYNC_MAIL_FROM": "seats@acme.example"}
    server = server_of({**variables, "SEATSYNC_SMTP_USER": USER, "SEATSYNC_SMTP_PASSWORD": PASSWORD}, Path())
    assert PASSWORD not in f"{server!r} {server}"
    assert (server.port, str(server)) == (465, "smtps://mail.acme.example:465")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("200 hm", Outcome("sent", "200 hm")),  # any answer that begins with a 2
        ("354 go on", Outcome("unknown", "the answer to the mail is not understood: 354 go on", stop=True)),
        ("600 what", Outcome("unknown", "the answer to the mail is not understood: 600 what", stop=True)),
        ("queued as 7", Outcome("unknown", "the answer to the mail is not understood: -1 ed as 7", stop=True)),
    ],
)
def test_an_answer_that_is_not_understood_leaves_the_outcome_unknown(answer: str, outcome: Outcome) -> None:
    with serving(MailServer(to_data=[answer])) as server:
        assert sent(environment(server), letter()) == [outcome]
