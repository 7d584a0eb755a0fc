"""`seatsync report reclaim`: the report as text, what was told, and the change of the files that it proposes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from seatsync.account.sent_notices import Notice
from seatsync.account.usage import SeatUse, UsageFile
from seatsync.clock import Clock
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import RecordsNotices
from tests.commands.running import Run, replace_in, write
from tests.commands.usages import of_report, record
from tests.notices.mail_server import MailServer

DAY = "2026-06-15"
AT = ("--at", DAY)
EXAMPLES = Path(__file__).parents[2] / "examples"
ANA, BEN, CHO, DEE, ELI, FAY, GUS, HAL = (
    f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eli", "fay", "gus", "hal")
)

FILES = {
    "seatsync.yaml": """\
version: 1
account: acme
target: sqlite:///account.db
include: [team.yaml, people.csv]
policy:
  max_removals: 100%
  reclaim:
    exempt:
      - {user: ben@acme.example, until: 2026-12-31, reason: trains others}
""",
    "team.yaml": """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {seats: {design: [Revit, AutoCAD]}}  # also in sales
  dee@acme.example: {}
  eli@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    groups:
      cad:  # the drawing office
        members: [dee@acme.example, eli@acme.example]
        products: [AutoCAD]
      viz: {members: [eli@acme.example], products: [Revit, 3ds Max]}
    seats:
      AutoCAD:
        - ana@acme.example  # bought it
        - ben@acme.example
        - dee@acme.example  # before the group
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31,
            price: {amount: 1935.00, currency: EUR, per: year}}
  "574-2": {team: design, product: Revit, offering: single-user, seats: 9, channel: store,
            contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  "574-3": {team: design, product: 3ds Max, offering: single-user, seats: 9, channel: store,
            contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2026-12-31}
""",
    "people.csv": """\
email,team,product,group
fay@acme.example,design,AutoCAD,
gus@acme.example,design,Revit,
hal@acme.example,design,,cad
hal@acme.example,design,Revit,cad
""",
}


def used(person: str, product: str, last: str | None, as_of: str, assigned: str = "2025-03-01") -> SeatUse:
    """Return a row of a usage report."""
    days = 0 if last is None else 20
    return SeatUse(
        "design", product, person, held=True, assigned=assigned, unassigned=None, last=last, days=days, tokens=None,
        active=None, as_of=as_of,
    )  # fmt: skip


def report_of(as_of: str, cho: str = "2026-01-20") -> UsageFile:
    """Return a usage report of a day, and of the day on which Cho last used AutoCAD."""
    return file_of(
        as_of,
        used(ANA, "AutoCAD", None, as_of),
        used(BEN, "AutoCAD", "2025-11-02", as_of),
        used(CHO, "AutoCAD", cho, as_of),
        used(CHO, "Revit", "2026-06-10", as_of),
        used(DEE, "AutoCAD", "2026-06-11", as_of),
        used(ELI, "AutoCAD", "2026-01-05", as_of),
        used(ELI, "Revit", "2026-01-05", as_of),
        used(ELI, "3ds Max", "2026-06-01", as_of),
        used(FAY, "AutoCAD", None, as_of),
        used(GUS, "Revit", None, as_of, "2026-05-04"),
        used(HAL, "AutoCAD", "2026-02-01", as_of),
        used(HAL, "Revit", "2026-02-01", as_of),
    )


def file_of(as_of: str, *seats: SeatUse) -> UsageFile:
    """Return a usage report of a day with some rows."""
    found = of_report(f"usage-report-{as_of}.csv", *seats)
    return found._replace(source=found.source._replace(as_of=as_of))


@pytest.fixture(name="idle")
def _idle(folder: Path, run: Run) -> Path:
    """Return a project whose people hold seats that they do not use."""
    write(folder, FILES)
    assert run("account", "create", "--name", "acme", *AT) == 0
    assert run("account", "load", ".", "--at", "2026-02-10") == 0
    record(folder, report_of("2026-06-14"))
    return folder


def tell(folder: Path, day: str, kind: str, person: str, *causes: tuple[str, ...]) -> None:
    """Record that a notice was sent on a day."""
    notice = Notice(f"{kind} {person} {day}", kind, person, causes, "s", f"<{day}@acme>", "sent", f"{day}T08:00:00Z")
    with SqlTarget(SqliteFile("sqlite:///account.db", folder / "account.db")).session(None, Clock.at(day)) as session:
        assert isinstance(session, RecordsNotices)
        session.record_notices([notice])


ELIGIBLE = """\
person,team,product,through,why,assigned,last,saves,per_year,per_year_currency,stage,remark
ana@acme.example,design,AutoCAD,directly,never used; default seat,2025-03-01,,1,1935.00,EUR,notice due,
cho@acme.example,design,AutoCAD,directly,not used,2025-03-01,2026-01-20,1,1935.00,EUR,notice due,
dee@acme.example,design,AutoCAD,directly; group cad,beside a group,2025-03-01,2026-06-11,0,,,no notice,
eli@acme.example,design,AutoCAD,group cad,not used,2025-03-01,2026-01-05,1,1935.00,EUR,notice due,
fay@acme.example,design,AutoCAD,directly,never used,2025-03-01,,1,1935.00,EUR,notice due,
hal@acme.example,design,AutoCAD,group cad,not used,2025-03-01,2026-02-01,1,1935.00,EUR,notice due,
eli@acme.example,design,Revit,group viz,not used,2025-03-01,2026-01-05,1,?,,no notice,"viz gives 3ds Max, too"
hal@acme.example,design,Revit,directly,not used,2025-03-01,2026-02-01,1,?,,notice due,
"""
OTHERS = """\
person,team,product,reason,detail,assigned,last
ben@acme.example,design,AutoCAD,exempt,"trains others, until 2026-12-31",2025-03-01,2025-11-02
gus@acme.example,design,Revit,assigned recently,on 2026-05-04,2026-05-04,
"""


def test_seats_with_the_reason_for_and_against(idle: Path, run: Run) -> None:
    assert run("report", "reclaim", *AT, "--format", "csv") == 0
    assert run.said == (ELIGIBLE, "")
    assert run("report", "reclaim", *AT, "--format", "csv", "--table", "not_eligible") == 0
    assert run.said == (OTHERS, "")


def test_text(idle: Path, run: Run) -> None:
    assert run("report", "reclaim", *AT) == 0
    head, eligible, others, notes = run.out.split("\n\n")
    assert head == (
        "Seats to reclaim: account acme, 2026-06-15\n"
        "8 seats of 6 people can be reclaimed: unused for 90 days, or given by a group as well. 7 seats saved,"
        " 9,675.00 EUR per year, 2 prices unknown.\n"
        "By stage: no notice 1, notice due 6.\n"
        "2 other seats are in use, 2 seats are left alone for a reason."
    )
    assert eligible.startswith("Can be reclaimed\nPerson            Team    Product  Held ")
    assert others.startswith("Left alone, and why\nPerson            Team    Product  Reason ")
    assert notes == (
        "note: A saved seat costs its share of the pool until its subscription is renewed with fewer seats.\n"
        "note: Never used: as far as the recorded usage goes. Order usage reports for twelve months.\n"
    )


def test_without_usage_nothing_is_unused(folder: Path, run: Run) -> None:
    write(folder, FILES)
    assert run("account", "create", "--name", "acme", *AT) == 0
    assert run("account", "load", ".", "--at", "2026-02-10") == 0
    assert run("report", "reclaim", *AT) == 0
    assert run.out.startswith(
        "Seats to reclaim: account acme, 2026-06-15\n"
        "1 seat of 1 person can be reclaimed: unused for 90 days, or given by a group as well. 0 seats saved.\n"
        "By stage: no notice 1.\n"
        "0 other seats are in use, 11 seats are left alone for a reason.\n"
        "No usage is recorded yet; `seatsync account usage FILE` records usage reports and exports.\n"
    )
    assert run("report", "reclaim", *AT, "--target", "file:.") == 0
    assert "Usage is not known: this kind of target keeps none.\n" in run.out


def test_a_number_of_days(idle: Path, run: Run) -> None:
    assert run("report", "reclaim", *AT, "--days", "30", "--format", "json") == 0
    document = json.loads(run.out)
    assert (GUS, "Revit") in {(each["person"], each["product"]) for each in document["eligible"]}
    assert run("report", "reclaim", *AT, "--days", "200", "--format", "json") == 0
    document = json.loads(run.out)
    assert {each["person"] for each in document["eligible"]} == {ANA, DEE, FAY}


def test_an_admin_sees_their_teams_only(idle: Path, run: Run) -> None:
    assert run("report", "reclaim", *AT, "--as", BEN, "--format", "json") == 0
    assert len(json.loads(run.out)["eligible"]) == 8
    assert run("report", "reclaim", *AT, "--as", FAY, "--format", "json") == 0
    document = json.loads(run.out)
    assert (document["eligible"], document["not_eligible"]) == ([], [])


def stages(run: Run, day: str) -> dict[tuple[str, str], str]:
    """Return the stage of every seat on a day."""
    assert run("report", "reclaim", "--at", day, "--format", "json") == 0
    return {(each["person"], each["product"]): each["stage"] for each in json.loads(run.out)["eligible"]}


def test_notice_reminder_and_proposal(idle: Path, run: Run) -> None:
    cho, fay = ("design", "AutoCAD", "2026-01-20"), ("design", "AutoCAD", "2025-03-01")
    tell(idle, "2026-06-15", "reclaim", CHO, cho)
    tell(idle, "2026-06-15", "reclaim", FAY, fay)
    tell(idle, "2026-06-15", "reclaim", ELI, ("design", "AutoCAD", "2025-12-24"))  # another time
    seats = ((CHO, "AutoCAD"), (FAY, "AutoCAD"), (ELI, "AutoCAD"))
    assert [stages(run, "2026-07-07")[seat] for seat in seats] == ["told", "told", "notice due"]
    assert [stages(run, "2026-07-08")[seat] for seat in seats] == ["reminder due", "reminder due", "notice due"]
    tell(idle, "2026-07-08", "reclaim-reminder", CHO, cho)
    assert [stages(run, "2026-07-09")[seat] for seat in seats] == ["reminded", "reminder due", "notice due"]
    assert [stages(run, "2026-07-15")[seat] for seat in seats] == ["usage awaited", "usage awaited", "notice due"]
    record(idle, report_of("2026-07-14"))
    assert [stages(run, "2026-07-15")[seat] for seat in seats] == ["proposal due", "proposal due", "notice due"]
    record(idle, file_of("2026-07-15", used(CHO, "AutoCAD", "2026-07-12", "2026-07-15")))
    assert (CHO, "AutoCAD") not in stages(run, "2026-07-16")


def test_notify_tells_and_reminds_and_then_the_seats_are_proposed(idle: Path, run: Run, server: MailServer) -> None:
    due = [person for (person, _), stage in stages(run, "2026-06-15").items() if stage == "notice due"]
    assert run("notify", "reclaim", "--send", "--rate", "6000", "--at", "2026-06-15") == 0
    assert server.recipients == list(dict.fromkeys(due))  # one mail a person, also for two seats
    assert server.subjects[server.recipients.index(HAL)] == "Do you still need your 2 seats?"
    plain = server.messages[server.recipients.index(CHO)].get_body(("plain",))
    assert plain is not None
    assert "  - AutoCAD in team design: last used on 2026-01-20\n" in plain.get_content().replace("\r\n", "\n")
    assert "on 2026-07-15" in plain.get_content()
    assert stages(run, "2026-06-16")[CHO, "AutoCAD"] == "told"
    assert run("notify", "reclaim", "reclaim-reminder", "--at", "2026-07-07") == 0
    assert "no notice is due" in run.out
    assert run("notify", "--to", CHO, "reclaim-reminder", "--send", "--at", "2026-07-08") == 0
    assert server.subjects[-1] == "Reminder: AutoCAD will be proposed for taking back"
    assert stages(run, "2026-07-09")[CHO, "AutoCAD"] == "reminded"
    record(idle, report_of("2026-07-14"))
    assert stages(run, "2026-07-15")[CHO, "AutoCAD"] == "proposal due"


def test_only_seats_of_people_who_were_told_are_proposed(idle: Path, run: Run) -> None:
    tell(idle, "2026-06-15", "reclaim", FAY, ("design", "AutoCAD", "2025-03-01"))
    record(idle, report_of("2026-07-14"))
    assert run("report", "reclaim", "--at", "2026-07-15", "--propose") == 0
    assert run.out == (
        "Reclaim 1 unused seat\n"
        "\n"
        "AutoCAD in team design: 1\n"
        "\n"
        "Unused for 90 days or more on 2026-07-15. Saves 1 seat, 1,935.00 EUR per year.\n"
        "\n"
        "Also removes 1 direct seat that a group gives as well.\n"
    )
    assert run.err == (
        "not proposed: 1 seat that no change of the files can take (see `seatsync report reclaim`)\n"
        "not proposed: 5 seats whose holder was not told (`seatsync notify reclaim`)\n"
        "changed people.csv and team.yaml; review and commit it, then `seatsync plan`\n"
    )
    assert "@" not in run.out
    assert "fay@acme.example,design,,\n" in (idle / "people.csv").read_text(encoding="utf-8")


def test_from_the_notice_to_the_proposal(idle: Path, run: Run, server: MailServer) -> None:
    send = ("--send", "--rate", "6000")
    assert run("notify", "reclaim", "reclaim-reminder", "--at", "2026-06-15", *send) == 0
    assert run.out.endswith("\nNotices: 5 sent.\n")
    assert [each["To"] for each in server.messages] == [ANA, CHO, ELI, FAY, HAL]
    assert run("notify", "reclaim", "reclaim-reminder", "--at", "2026-07-07", *send) == 0
    assert run.out == "Notices: none is due.\n"
    record(idle, report_of("2026-07-07", cho="2026-06-20"))
    assert run("notify", "reclaim", "reclaim-reminder", "--at", "2026-07-08", *send) == 0
    assert run.out.endswith("\nNotices: 4 sent.\n")
    assert [each["To"] for each in server.messages[5:]] == [ANA, ELI, FAY, HAL]
    record(idle, report_of("2026-07-14", cho="2026-06-20"))
    assert run("report", "reclaim", "--at", "2026-07-15", "--propose") == 0
    assert run.out.startswith("Reclaim 5 unused seats\n\nAutoCAD in team design: 4\nRevit in team design: 1\n")
    assert CHO in (idle / "team.yaml").read_text(encoding="utf-8")


def test_the_change_takes_what_it_names_and_keeps_the_rest(idle: Path, run: Run) -> None:
    assert run("report", "reclaim", *AT, "--propose", "--without-notice") == 0
    assert run.out.startswith("Reclaim 6 unused seats\n\nAutoCAD in team design: 5\nRevit in team design: 1\n")
    assert (idle / "team.yaml").read_text(encoding="utf-8") == FILES["team.yaml"].replace(
        "{seats: {design: [Revit, AutoCAD]}}  # also", "{seats: {design: [Revit]}}  # also"
    ).replace("[dee@acme.example, eli@acme.example]", "[dee@acme.example]").replace(
        "        - ana@acme.example  # bought it\n", ""
    ).replace("        - dee@acme.example  # before the group\n", "")
    assert (idle / "people.csv").read_text(encoding="utf-8") == (
        "email,team,product,group\n"
        "fay@acme.example,design,,\n"
        "gus@acme.example,design,Revit,\n"
        "hal@acme.example,design,,\n"
        "hal@acme.example,design,,\n"
    )
    assert run("plan", *AT, "--format", "json") == 0
    steps = [
        (each["action"], each["args"]["user"], each["args"].get("product", "")) for each in json.loads(run.out)["steps"]
    ]
    assert sorted(steps) == [
        ("group.remove_member", ELI, ""),
        ("group.remove_member", HAL, ""),
        ("seat.unassign", ANA, "AutoCAD"),
        ("seat.unassign", CHO, "AutoCAD"),
        ("seat.unassign", DEE, "AutoCAD"),
        ("seat.unassign", FAY, "AutoCAD"),
        ("seat.unassign", HAL, "Revit"),
    ]
    assert run("report", "reclaim", *AT, "--propose", "--without-notice") == 0
    assert run.out == ""
    assert "nothing to propose; nothing was written" in run.err


def test_files_with_errors_are_not_changed(idle: Path, run: Run) -> None:
    replace_in(
        idle / "team.yaml", "AutoCAD, offering: single-user, seats: 9", "AutoCAD, offering: single-user, seats: 1"
    )
    before = (idle / "team.yaml").read_text(encoding="utf-8")
    assert run("report", "reclaim", *AT, "--propose", "--without-notice") == 1
    assert "SEAT001" in run.out
    assert "nothing was written" in run.err
    assert (idle / "team.yaml").read_text(encoding="utf-8") == before


def test_seats_that_no_change_of_the_files_takes(idle: Path, run: Run) -> None:
    replace_in(idle / "seatsync.yaml", "max_removals: 100%", "prune: [admins]")
    assert run("report", "reclaim", *AT) == 0
    assert run.out.split("\n")[2] == "2 other seats are in use, 2 seats are left alone for a reason."
    assert "`policy.prune` leaves such entries" in run.out
    assert run("report", "reclaim", *AT, "--propose", "--without-notice") == 0
    assert run.out == ""
    assert run.err == (
        "not proposed: 8 seats that no change of the files can take (see `seatsync report reclaim`)\n"
        "nothing to propose; nothing was written\n"
    )


def test_a_mirror_of_the_real_account(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(EXAMPLES / "three-teams/exports", folder / "exports")
    report = folder / "exports/usage-report-2026-06-14.csv"
    replace_in(report, "41,13.6,0,2026-06-12", "41,13.6,0,2026-02-01")
    assert run("init", "acme", "--from", "exports", *AT) == 0
    monkeypatch.chdir(folder / "acme")
    assert run("report", "reclaim", *AT, "--format", "json") == 0
    found = [(each["person"], each["product"], each["why"]) for each in json.loads(run.out)["eligible"]]
    assert found == [
        (ANA, "AEC Collection", ["not used", "default seat"]),
        (HAL, "Civil 3D", ["not used"]),
    ]
    assert run("report", "reclaim", *AT, "--propose", "--without-notice") == 0
    assert run("plan", *AT, "--format", "json") == 0
    steps = json.loads(run.out)["steps"]
    assert [(each["action"], each["args"]["user"], each["route"]) for each in steps] == [
        ("seat.unassign", ANA, "console"),
        ("seat.unassign", HAL, "console"),
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--without-notice"], "--without-notice is for --propose"),
        (["--propose", "--format", "json"], "--propose prints a commit message"),
        (["--days", "0"], "'--days': 0 is not in the range"),
    ],
)
def test_wrong_usage(idle: Path, run: Run, arguments: list[str], problem: str) -> None:
    assert run("report", "reclaim", *AT, *arguments) == 1
    assert problem in run.err
