"""`seatsync notify`: what is due, and that each notice is sent once, by a real mail server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from seatsync.account.sent_notices import Notice
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.store import open_sqlite
from tests.commands.running import DAY, Run, replace_in
from tests.notices.mail_server import DROP, PASSWORD, MailServer

ANA, BEN, CHO = "ana@acme.example", "ben@acme.example", "cho@acme.example"
ORDER = (
    *("account", "purchase", "--order", "O-7", "--company", "Acme Ltd", "--channel", "reseller"),
    *("--starts", "2026-11-01"),
)
BEN_ALONE, WITH_CHO = "[ben@acme.example]\n    seats", "[ben@acme.example, cho@acme.example]\n    seats"


@pytest.fixture(name="told")
def _told(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an account in which two mails to Cho are due: one role was given, and taken back."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    replace_in(loaded / "teams/design.yaml", BEN_ALONE, WITH_CHO)
    assert run("apply", "--auto-approve") == 0
    replace_in(loaded / "teams/design.yaml", WITH_CHO, BEN_ALONE)
    assert run("apply", "--auto-approve") == 0
    return loaded


def notices(folder: Path) -> tuple[Notice, ...]:
    target = open_sqlite("sqlite:///account.db", folder, {})
    assert inquiries.verify(target).ok
    return target.read_notices()


def states(folder: Path) -> list[tuple[str, str, str]]:
    return [(each.kind, each.recipient, each.state) for each in notices(folder)]


def test_a_template_with_a_misspelt_name_is_reported(told: Path, run: Run) -> None:
    for name in ("role.txt", "rolle.txt", "footer-of-ours.html", "de/reclaim_reminder.txt", "de/reclaim.txt"):
        (told / "notices" / name).parent.mkdir(parents=True, exist_ok=True)
        (told / "notices" / name).write_text("Subject: x\n\nx\n", encoding="utf-8")
    assert run("notify") == 0
    assert run.err == (
        "warning: notices/rolle.txt: no notice has this name; did you mean role.txt?\n"
        "warning: notices/de/reclaim_reminder.txt: no notice has this name; did you mean reclaim-reminder.txt?\n"
    )


def test_what_is_due_is_listed_and_nothing_is_recorded(told: Path, run: Run) -> None:
    assert run("notify") == 0
    assert run.said == (
        """\
Account acme, 2026-11-21: 2 notices are due

  role  cho@acme.example  You are now secondary admin of team design
  role  cho@acme.example  You are no longer secondary admin of team design

`seatsync notify --preview` shows them, `--send` sends them.
""",
        "",
    )
    assert notices(told) == ()
    assert run("notify", "renewal", "cases") == 0
    assert run.out == "Account acme, 2026-11-21: no notice is due\n"


def test_each_is_sent_once(told: Path, run: Run, server: MailServer) -> None:
    assert run("notify", "--send", "--rate", "6000") == 0
    assert server.subjects == [
        "You are now secondary admin of team design",
        "You are no longer secondary admin of team design",
    ]
    assert run.out.endswith("\nNotices: 2 sent.\n")
    assert [each.state for each in notices(told)] == ["sent", "sent"]
    assert [each.facts for each in notices(told)] == ["", ""]
    assert run("notify", "--send") == 0
    assert run.said == ("Notices: none is due.\n", "")
    assert len(server.messages) == 2
    assert run("notify") == 0
    assert run.out == "Account acme, 2026-11-21: no notice is due\n"
    assert run("account", "log", "--person", CHO) == 0
    assert [line.split("  ")[-1].split(" ")[0] for line in run.out.splitlines()][-4:] == ["sending", "sent"] * 2
    assert run("notify", "--list", "--format", "json") == 0
    assert [each["state"] for each in json.loads(run.out)["notices"]] == ["sent", "sent"]


def test_mails_older_than_a_month_are_not_sent_by_themselves(told: Path, run: Run) -> None:
    assert run("notify", "--at", "2026-12-22") == 0
    assert run.out == "Account acme, 2026-12-22: no notice is due\n"
    assert run("notify", "--at", "2026-12-22", "--since", "2026-11-01", "--to", "CHO@acme.example") == 0
    assert "2 notices are due" in run.out
    assert run("notify", "--to", BEN) == 0
    assert "no notice is due" in run.out


def test_an_unknown_outcome_is_never_sent_again_by_itself(told: Path, run: Run, server: MailServer) -> None:
    server.to_data.append(DROP)
    assert run("notify", "--send", "--rate", "6000") == 1
    assert run.out.startswith("  ")
    assert "unknown" in run.out
    assert "Notices: 1 unknown, 1 still due.\n" in run.out
    assert "Nobody knows whether the unknown ones arrived." in run.out
    (unknown,) = notices(told)
    assert (unknown.state, unknown.recipient, len(server.messages)) == ("unknown", CHO, 1)
    assert run("notify", "--send") == 0
    assert "Notices: 1 sent.\n" in run.out
    assert "not settled" in run.out
    assert len(server.messages) == 2
    assert run("notify") == 0
    assert unknown.id in run.out
    assert run("notify", "--resend", unknown.id[:6]) == 0
    assert len(server.messages) == 3
    assert server.message_ids[2] == server.message_ids[0] == unknown.message_id
    assert str(server.messages[2].get_body()) == str(server.messages[0].get_body())
    assert {each.state for each in notices(told)} == {"sent"}
    assert run("notify", "--resend", unknown.id) == 1
    assert run.err.startswith(f"seatsync: notice {unknown.id} was sent on ")


def test_somebody_knows_that_it_arrived(told: Path, run: Run, server: MailServer) -> None:
    server.to_data.append(DROP)
    assert run("notify", "--send") == 1
    (unknown,) = notices(told)
    assert run("notify", "--delivered", unknown.id, "--delivered", unknown.id[:8]) == 0
    assert run("account", "log", "--person", CHO) == 0
    assert run.out.count(f"sent notice {unknown.id}") == 1
    assert states(told) == [("role", CHO, "sent")]
    assert run("notify", "--delivered", unknown.id) == 1
    assert run.err == f"seatsync: notice {unknown.id} is sent, not unknown\n"
    assert run("notify", "--delivered", "none") == 1
    assert run.err == "seatsync: none: there is no such notice; `seatsync notify --list` lists them\n"


def test_what_the_server_refuses(told: Path, run: Run, server: MailServer) -> None:
    server.to_rcpt += ["451 4.7.1 Greylisted", "550 5.1.1 No such user"]
    assert run("notify", "--send", "--rate", "6000") == 1
    assert "Notices: 1 refused, 1 put off.\n" in run.out
    assert "the recipient was refused: 451 4.7.1 Greylisted" in run.out
    assert sorted(each.state for each in notices(told)) == ["deferred", "refused"]
    assert run("notify") == 0
    assert "1 notice is due" in run.out
    assert run("notify", "--send") == 0
    assert len(server.messages) == 1
    (refused,) = [each for each in notices(told) if each.state == "refused"]
    assert run("notify", "--resend", refused.id) == 0
    assert len(server.messages) == 2
    assert {each.state for each in notices(told)} == {"sent"}


def test_a_server_that_does_not_take_the_sender_ends_the_run(told: Path, run: Run, server: MailServer) -> None:
    server.to_mail.append("553 5.1.8 Sender unknown")
    assert run("notify", "--send") == 1
    assert "Notices: 1 put off, 1 still due.\n" in run.out
    assert server.messages == []
    assert run("notify", "--send", "--rate", "6000") == 0
    assert len(server.messages) == 2


_KILLED = """
import sys
from seatsync.cli import main
main(["notify", "--send"])
"""


def test_a_run_that_is_killed_leaves_the_outcome_unknown(told: Path, run: Run, server: MailServer) -> None:
    server.hangs = True
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED], cwd=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert server.got_data.wait(60)
    assert run("notify", "--send") == 1  # beside it
    assert "has been changing this account since" in run.err
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert states(told) == [("role", CHO, "sending")]
    server.hangs = False
    assert run("notify", "--send") == 0
    assert len(server.messages) == 2  # the other one; this one is not sent twice
    assert sorted(states(told)) == [("role", CHO, "sent"), ("role", CHO, "unknown")]
    (unknown,) = [each for each in notices(told) if each.state == "unknown"]
    assert run("notify", "--resend", unknown.id) == 0
    assert server.message_ids.count(unknown.message_id) == 2


def test_a_signal_ends_the_run_after_the_mail_in_progress(told: Path, run: Run, server: MailServer) -> None:
    class Killing(list[str | None]):
        def pop(self, _index: object = -1) -> str | None:
            os.kill(os.getpid(), signal.SIGTERM)
            return None

        def __bool__(self) -> bool:
            return True

    server.to_data = Killing()
    assert run("notify", "--send", "--rate", "2") == 128 + signal.SIGTERM
    assert "Notices: 1 sent, 1 still due.\n" in run.out
    assert run.err == "seatsync: interrupted; the mail that was being sent is recorded; the others are still due\n"
    assert [each.state for each in notices(told)] == ["sent"]


def test_a_template_that_is_wrong_stops_before_anything_is_sent(told: Path, run: Run, server: MailServer) -> None:
    (told / "notices").mkdir()
    (told / "notices/role.txt").write_text("Subject: x\n\n{% if not gained %}{{ oops }}{% endif %}\n", encoding="utf-8")
    for mode in ("--send", "--preview"):
        assert run("notify", mode) == 1
        assert run.said == ("", "seatsync: notices/role.txt, line 3: 'oops' is undefined\n")
    assert (server.connections, notices(told)) == (0, ())


def test_languages_and_own_templates(told: Path, run: Run, server: MailServer) -> None:
    replace_in(told / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {language: de-AT, first_name: Chö}")
    (told / "notices/de").mkdir(parents=True)
    (told / "notices/de/role.txt").write_text("Subject: Neue Rolle\n\nGrüß Gott, {{ person.name }}\n", encoding="utf-8")
    assert run("notify", "--send", "--rate", "6000") == 0
    assert server.subjects == ["Neue Rolle", "Neue Rolle"]
    assert str(server.messages[0]["Content-Language"]) == "de"


def test_mails_as_files(told: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("notify", "--out", "mails") == 1
    assert run.err == "seatsync: no sender; set SEATSYNC_MAIL_FROM to an address, such as seats@acme.example\n"
    assert not (told / "mails").exists()
    monkeypatch.setenv("SEATSYNC_MAIL_FROM", "seats@acme.example")
    assert run("notify", "--out", "mails") == 0
    assert run.out == "Wrote 2 mails to mails; none counts as sent.\n"
    files = sorted((told / "mails").iterdir())
    assert [file.name for file in files] == [f"00{n}-role-cho@acme.example.eml" for n in (1, 2)]
    message = message_from_bytes(files[0].read_bytes(), _class=EmailMessage, policy=SMTP)
    assert message["To"] == CHO
    assert notices(told) == ()
    assert run("notify", "--out", "mails") == 1
    assert run.err == f"seatsync: {told / 'mails'}: exists and is not an empty folder; name a new one\n"
    assert not list(told.glob(".mails*"))


def test_a_page_of_mails(told: Path, run: Run) -> None:
    replace_in(told / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {first_name: </iframe><b>}")
    assert run("notify", "--preview") == 0
    assert run.err == ""
    assert run.out.count('<iframe sandbox="allow-same-origin" title="HTML part of mail') == 2
    assert "<b>" not in run.out.replace("</b>", "").partition("<iframe")[0]
    assert "</iframe><b>" not in run.out
    (told / "notices").mkdir()
    (told / "notices/role.txt").write_text("Subject: Only text\n\nHello\n", encoding="utf-8")
    assert run("notify", "--preview", "--output", "mails.html") == 0
    assert (told / "mails.html").read_text(encoding="utf-8").count("It has no HTML part.") == 2
    assert run("notify", "renewal", "--preview") == 0
    assert "No notice is due." in run.out
    assert run("notify", "--list") == 0
    assert run.out == "No notices.\n"


def test_orders_and_welcome_go_to_the_purchaser_without_a_serial_number(
    told: Path, run: Run, server: MailServer
) -> None:
    contract = ("--contract", "C-1", "--license-type", "maintenance", "--product", "AutoCAD 2019", "--seats", "2")
    assert run(*ORDER, *contract, "--serial", "123-45678901", "--manager", "new@acme.example") == 0
    assert run("notify", "--send", "order", "welcome", "--rate", "6000") == 0
    assert server.recipients == ["new@acme.example"] * 2
    assert server.subjects == ["Your order O-7 has been processed", "Welcome to the account acme"]
    assert not any("123-45678901" in message.as_string() for message in server.messages)
    assert "123-45678901" not in str(notices(told))


def test_a_purchaser_is_greeted_by_the_name_of_today(told: Path, run: Run) -> None:
    contract = ("--contract", "C-1", "--license-type", "maintenance", "--product", "AutoCAD 2019", "--seats", "2")
    assert run(*ORDER, *contract, "--serial", "123-45678901", "--manager", "new@acme.example") == 0
    replace_in(told / "users.yaml", "users:\n", "users:\n  new@acme.example: {first_name: Nia, last_name: Cole}\n")
    assert run("notify", "order", "--preview") == 0
    assert "Hello Nia Cole,\n" in run.out


def test_renewals_go_to_the_contract_manager_alone(told: Path, run: Run, server: MailServer) -> None:
    replace_in(
        told / "subscriptions.yaml",
        "ends: 2027-12-31",
        "ends: 2027-12-31, price: {amount: 1935.00, currency: EUR, per: year}",
    )
    assert run("notify", "renewal", "--at", "2027-12-01") == 0
    assert run.out.splitlines()[2] == "  renewal  ana@acme.example  Subscription 574-1 ends on 2027-12-31"
    assert run("notify", "renewal", "--at", "2027-11-30") == 0
    assert "no notice is due" in run.out
    assert run("notify", "renewal", "--at", "2027-11-30", "--renewal-days", "31", "--send") == 0
    assert server.recipients == [ANA]
    body = server.messages[0].get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert "    Price:        1,935.00 EUR per seat and year\n" in text
    assert "    Last day:     2027-12-31, in 31 days\n" in text
    assert "    Quantity:     3 seats, 2 of them assigned\n" in text
    assert "    Then:         it ends, and its seats with it\n" in text
    assert run("notify", "renewal", "--at", "2027-12-20") == 0
    assert "no notice is due" in run.out


def test_what_changes_with_a_renewal_is_told_until_then(repository: Path, run: Run) -> None:
    renews = "ends: 2027-12-31, auto_renew: true, from_renewal: {seats: 1}"
    replace_in(repository / "subscriptions.yaml", "ends: 2027-12-31", renews)
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    assert run("notify", "renewal", "--at", "2027-12-20", "--preview") == 0
    assert run.out.count("it renews itself until 2029-12-31; 1 seat from then on") == 2  # plain text and HTML
    assert run("notify", "renewal", "--at", "2029-12-20", "--preview") == 0
    assert run.out.count("it renews itself until 2031-12-31") == 2
    assert "from then on" not in run.out


def test_admins_of_the_team_get_no_notice_of_a_renewal(told: Path, run: Run, server: MailServer) -> None:
    replace_in(told / "subscriptions.yaml", "contract_manager: ana", "contract_manager: cho")
    assert run("apply", "--auto-approve", "--hand-in") == 0
    assert run("notify", "renewal", "--at", "2027-12-01", "--send") == 0
    assert server.recipients == [CHO]  # not Ana, the primary admin, nor Ben, the secondary admin


def test_reminders_of_invitations_after_a_week(told: Path, run: Run, server: MailServer) -> None:
    replace_in(told / "users.yaml", "users:\n", "users:\n  dee@acme.example: {}\n")
    replace_in(told / "teams/design.yaml", "    seats:\n", "    members: [dee@acme.example]\n    seats:\n")
    assert run("apply", "--auto-approve", "--at", "2026-11-22") == 0
    assert run("notify", "reminder", "--at", "2026-11-28") == 0
    assert "no notice is due" in run.out
    assert run("notify", "reminder", "--at", "2026-11-29", "--send") == 0
    assert server.subjects == ["Your invitation to the account acme is still open"]
    assert run("notify", "reminder", "--at", "2026-12-20") == 0
    assert "no notice is due" in run.out


def test_a_plan_is_announced_and_only_that(told: Path, run: Run, server: MailServer) -> None:
    replace_in(told / "teams/design.yaml", "primary_admin: ana", "primary_admin: ben")
    replace_in(told / "teams/design.yaml", "[ben@acme.example]\n    seats", "[ana@acme.example]\n    seats")
    assert run("plan", "--out", "change.plan") == 0
    assert run("notify", "--before", "change.plan", "--send", "--rate", "6000") == 0
    assert list(zip(server.recipients, server.subjects, strict=True)) == [
        (ANA, "You are to become secondary admin of team design"),
        (BEN, "You are to become primary admin of team design"),
    ]
    assert run("notify", "--before", "change.plan") == 0
    assert "no notice is due" in run.out
    assert run("apply", "change.plan", "--auto-approve") == 0  # the notices have not made it stale
    assert run("notify", "--before", "change.plan") == 1
    assert run.err == (
        "seatsync: PLAN001: the account has changed since the plan was made (serial 3 then, 4 now), including something"
        " that the plan reads or writes; plan again\n"
    )


def test_a_plan_for_a_mirror_is_announced(seen: Path, run: Run, server: MailServer) -> None:
    replace_in(seen / "want.yaml", "secondary_admins: [ben@acme.example]", "secondary_admins: [dee@acme.example]")
    assert run("plan", "--out", "change.plan") == 0
    assert run("notify", "--before", "change.plan", "--send", "--rate", "6000") == 0
    assert server.subjects == [
        "Your role as secondary admin of team design is to end",
        "You are to become secondary admin of team design",
    ]
    assert run("notify", "--before", "change.plan") == 0
    assert "no notice is due" in run.out


def test_open_cases_go_to_whose_turn_it_is(told: Path, run: Run, server: MailServer) -> None:
    replace_in(told / "subscriptions.yaml", "contract_manager: ana", "contract_manager: ben")
    assert run("apply", "--auto-approve") == 3
    assert run("notify", "cases", "--send") == 0
    assert (server.recipients, server.subjects) == ([ANA], ["1 open case waits for you in the account acme"])
    assert run("notify", "cases", "--send") == 0
    assert len(server.messages) == 1


def test_ignored_people_get_none(told: Path, run: Run) -> None:
    replace_in(told / "seatsync.yaml", "policy: {", "policy: {ignore: {users: ['cho@*']}, ")
    assert run("notify") == 0
    assert "no notice is due" in run.out


def test_a_mirror_leaves_to_the_vendor_what_the_vendor_sends(seen: Path, run: Run, server: MailServer) -> None:
    assert run("notify") == 0
    assert run.out.endswith("no notice is due\n")
    assert run("notify", "invitation", "role", "order", "--since", "2000-01-01") == 0
    assert run.out.endswith("no notice is due\n")
    assert run("notify", "renewal", "--renewal-days", "3000", "--send") == 0
    assert server.recipients == [BEN]


def test_a_guessed_contract_manager_is_told_nothing(seen: Path, run: Run, server: MailServer) -> None:
    replace_in(seen / "want.yaml", "            contract_manager: ben@acme.example, starts", "            starts")
    assert run("notify", "renewal", "--at", "2027-12-20", "--send") == 0
    assert run.out == "Notices: none is due.\n"
    assert run.err.endswith(
        "\nwarning: no source and no file names the contract manager of 574-1, so nobody is told that it ends;"
        " add `contract_manager:`\n"
    )
    assert server.messages == []
    for words in (("role",), ("renewal", "--at", "2027-11-30")):
        assert run("notify", *words) == 0
        assert "warning" not in run.err


def test_targets_that_keep_no_record(told: Path, run: Run, server: MailServer) -> None:
    assert run("import", "sqlite:///account.db", "--out", "copy") == 0
    assert run("notify", "--target", "file:copy", "renewal", "--at", "2027-12-20") == 0
    assert "1 notice is due" in run.out
    assert run("notify", "--target", "file:copy", "renewal", "--at", "2027-12-20", "--send") == 1
    assert run.err == (
        "seatsync: file:copy: a file: target is read-only; apply to an account, such as sqlite:///FILE\n"
    )
    assert server.messages == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--send", "--list"), "--send and --list exclude each other; use one of them"),
        ((".", "renewl"), "renewl: there is no such kind of notice, and no such folder; kinds are invitation, "),
        (("renewl", "."), "renewl: there is no such kind of notice, and no such folder; kinds are invitation,"),
        ((".", "teams"), ". and teams are several folders; name one"),
        (("renewl", "--send"), "renewl: there is no such kind of notice, and no such folder; kinds are invitation,"),
        (("--preview", "--format", "json"), "--preview writes a page; leave out --format"),
        (("--out", "x", "--format", "json"), "--out writes mails; leave out --format"),
        (("--to", "ana"), "--to ana: this is not an e-mail address"),
        (("--send",), "no sender; set SEATSYNC_MAIL_FROM to an address, such as seats@acme.example"),
    ],
)
def test_wrong_usage(told: Path, run: Run, words: tuple[str, ...], expected: str) -> None:
    assert run("notify", *words) == 1
    assert run.err.startswith(f"seatsync: {expected}")


def test_the_outcome_as_json(told: Path, run: Run, server: MailServer) -> None:
    server.to_data.append("554 no")
    assert run("notify", "--send", "--rate", "6000", "--format", "json") == 1
    found = json.loads(run.out)
    assert [(each["state"], each["detail"]) for each in found["notices"]] == [
        ("refused", "the mail was refused: 554 no"),
        ("sent", "250 OK"),
    ]


def test_the_password_is_never_shown(told: Path, run: Run, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_SMTP_USER", "seats")
    monkeypatch.setenv("SEATSYNC_SMTP_PASSWORD", PASSWORD)
    assert run("notify", "--send", "--debug") == 1  # the server offers no sign-in
    assert PASSWORD not in "".join(run.said)
    assert server.messages == []
