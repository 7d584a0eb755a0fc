from __future__ import annotations

import json

from seatsync.account.actions.spec import Step
from seatsync.account.history import to_plain
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.reporting import account_report
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.sql.administration import Closing
from seatsync.targets.sql.audit_log import Entry
from seatsync.targets.sql.inquiries import Verification
from seatsync.targets.sql.records import StoredMail
from seatsync.targets.target import Case

STAMP = "2026-11-21T12:00:00Z"
TRANSFER = Step.make(
    "contract_manager.transfer", Scope("team", "design"), subscription="574-1", user="ben@acme.example"
)
OPEN = Case("CASE-1", TRANSFER, STAMP, "ana@acme.example")
CLOSED = Case(
    "CASE-2", Step.make("team.delete", Scope("team", "old")), STAMP, None, "2026-11-22T09:00:00Z", "letter\n1"
)._replace(closed_as="confirmed")


def test_cases() -> None:
    assert account_report.cases([], PLAIN) == "No open cases.\n"
    assert account_report.cases([], PLAIN, closed=True) == "No cases.\n"
    assert account_report.cases([OPEN, CLOSED], PLAIN) == (
        """\
CASE-1  team design: make ben@acme.example contract manager of subscription 574-1
  opened 2026-11-21T12:00:00Z by ana@acme.example
CASE-2  team old: delete the team
  opened 2026-11-21T12:00:00Z by the owner; confirmed 2026-11-22T09:00:00Z by the owner: letter\\n1
"""
    )


def test_confirmed() -> None:
    assert account_report.closings([], PLAIN) == "No open cases.\n"
    found = [
        Closing(CLOSED, "done", "serial 9"),
        Closing(CLOSED, "in effect"),
        Closing(CLOSED, "closed before", f"confirmed {STAMP}"),
        Closing(CLOSED, "refused", "STEP001: The team has seats."),
    ]
    assert account_report.closings(found, PLAIN) == (
        """\
CASE-2 done: team old: delete the team (serial 9)
CASE-2 closed, already in effect: team old: delete the team
CASE-2 already closed: team old: delete the team (confirmed 2026-11-21T12:00:00Z)
CASE-2 refused, still open: team old: delete the team (STEP001: The team has seats.)
"""
    )


def test_mails() -> None:
    sent = [
        StoredMail(
            1, STAMP, "order", "ana@acme.example", "Your order A-1", "Hello,\n\nthis is \x1b[2J.\n", "order A-1"
        ),
        StoredMail(12, STAMP, "invitation", "ben@acme.example", "You are invited", "Hello", "user.invite (serial 4)"),
    ]
    assert account_report.mails([], PLAIN) == "No mails.\n"
    assert account_report.mails(sent, PLAIN) == (
        """\
   1  2026-11-21T12:00:00Z  order       ana@acme.example  Your order A-1
  12  2026-11-21T12:00:00Z  invitation  ben@acme.example  You are invited
"""
    )
    assert account_report.mail(sent[0], PLAIN) == (
        """\
To: ana@acme.example
Subject: Your order A-1
Sent: 2026-11-21T12:00:00Z
Because of: order A-1

Hello,

this is \\x1b[2J.
"""
    )


def entry(seq: int, actor: str | None, **facts: object) -> Entry:
    return Entry(seq, STAMP, actor, json.dumps(facts), None, None, "")


def test_log() -> None:
    plain = to_plain(TRANSFER)
    load = to_plain(Step.make("account.load", WHOLE_ACCOUNT, account="acme"))
    accept = to_plain(Step.make("account.accept", WHOLE_ACCOUNT, user="ben@acme.example"))
    entries = [
        entry(1, None, kind="created", name="acme", lineage="9b1c", timezone="UTC"),
        entry(2, "ana@acme.example", kind="case-opened", case="CASE-1", step=plain),
        entry(3, "ana@acme.example", kind="step", serial=1, step=plain, mails=[]),
        entry(4, None, kind="case-closed", case="CASE-1", evidence="form 7", done=True),
        entry(5, None, kind="case-closed", case="CASE-2", evidence=None, done=False),
        entry(6, None, kind="order", number="A-1"),
        entry(7, None, kind="note", text="guards allowed: GUARD002", key="apply-acme-1"),
        entry(8, None, kind="applied", note="GUARD002"),
        entry(9, None, kind="applied", note=""),
        entry(10, "ben@acme.example", kind="step", serial=2, step=accept, mails=[]),
        entry(11, None, kind="step"),
        entry(12, None, other="\x1b"),
        entry(13, None, kind="step", serial=3, step=load, mails=[]),
    ]
    assert account_report.log([], PLAIN) == "No entries.\n"
    assert account_report.log(entries, PLAIN) == (
        """\
   1  2026-11-21T12:00:00Z  the owner         created account acme (UTC)
   2  2026-11-21T12:00:00Z  ana@acme.example  CASE-1 opened: team design: make ben@acme.example contract manager of subscription 574-1
   3  2026-11-21T12:00:00Z  ana@acme.example  team design: make ben@acme.example contract manager of subscription 574-1 (serial 1)
   4  2026-11-21T12:00:00Z  the owner         CASE-1 closed, done: form 7
   5  2026-11-21T12:00:00Z  the owner         CASE-2 closed, already in effect
   6  2026-11-21T12:00:00Z  the owner         order A-1
   7  2026-11-21T12:00:00Z  the owner         guards allowed: GUARD002 (apply-acme-1)
   8  2026-11-21T12:00:00Z  the owner         applied a declaration, allowing GUARD002
   9  2026-11-21T12:00:00Z  the owner         applied a declaration
  10  2026-11-21T12:00:00Z  ben@acme.example  accepted the invitation of ben@acme.example (serial 2)
  11  2026-11-21T12:00:00Z  the owner         {"kind": "step"}
  12  2026-11-21T12:00:00Z  the owner         {"other": "\\u001b"}
  13  2026-11-21T12:00:00Z  the owner         loaded account acme (serial 3)
"""  # noqa: E501 - literal output
    )


def test_verification() -> None:
    assert account_report.verification(
        Verification(ok=False, entries=3, head="00", problem="audit entry 2 was altered"), PLAIN
    ) == ("Not valid: audit entry 2 was altered.\n")
    assert account_report.verification(Verification(ok=True, entries=3, head="ab12"), PLAIN) == (
        "Valid: 3 entries of the log, which lead to the account's state."
        " Store the head elsewhere to detect a truncated log:\nab12\n"
    )
