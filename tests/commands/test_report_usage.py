"""`seatsync report usage`: text as a whole, who sees what, what is unknown, and the other formats."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from seatsync.account.usage import Days, MonthKey, UsageFile, UsageSource
from tests.commands.mirrors import ANA, BOUGHT, GROUPS, USERS, put
from tests.commands.running import DAY, Run, replace_in, write
from tests.commands.usages import BEN, CHO, DESIGN, ELI, PROJECT, SALES, by_day, project, record

THREE = ("report", "usage", "--at", DAY, "--months", "3")
ALL_FILES = (DESIGN, SALES)


@pytest.fixture(name="used")
def _used(folder: Path, run: Run) -> Path:
    """Return the project with all usage, in an account since October."""
    project(folder, run, *ALL_FILES, day="2026-10-02")
    return folder


def rows(text: str, title: str) -> list[list[str]]:
    """Return the rows of a table of the text."""
    lines = text.partition(f"\n{title}\n")[2].partition("\n\n")[0].split("\n")
    return [line.split() for line in lines[1:]]


def test_by_product(used: Path, run: Run) -> None:
    assert run(*THREE) == 0
    assert run.out == (
        "Usage: account acme, 2026-11-21\n"
        "Usage from 2026-09 to 2026-11.\n"
        "6 seats are held now: 4 used, 1 unused, 1 not known.\n"
        "The newest file with usage is of 2026-11-21.\n"
        "\n"
        "Usage by product\n"
        "Product  Held  Used  Unused  Not known  People  Days  Last used   Tokens\n"
        "AutoCAD     4     3       1          0       4     6  2026-11-19\n"
        "Flex        1     1       0          0       1     2  2026-11-20     7.5\n"
        "Vault       1     0       0          1       ?     ?  ?                ?\n"
        "Total       6     4       1          1       5     8  2026-11-20     7.5\n"
        "\n"
        "Usage by month\n"
        "Month    Seats held  Seats used  People  Days  Tokens\n"
        "2026-09           ?           1       1     2\n"
        "2026-10           6           2       2     3\n"
        "2026-11           6           2       2     3     7.5\n"
        "Seats used include products that were used without a seat, as with Flex.\n"
        "\n"
        "note: Only usage reports are known of team sales, without days and tokens of these months.\n"
        "note: No usage was ever reported of product Vault, which may not be measured at all.\n"
    )
    assert run.err == ""


def test_by_team_and_group_and_person(used: Path, run: Run) -> None:
    assert run(*THREE, "--by", "team") == 0
    assert rows(run.out, "Usage by team") == [
        ["design", "5", "3", "1", "1", "4", "8", "2026-11-20", "7.5"],
        ["sales", "1", "1", "0", "0", "1", "?", "2026-11-19", "?"],
        ["Total", "6", "4", "1", "1", "5", "8", "2026-11-20", "7.5"],
    ]
    assert run(*THREE, "--by", "group") == 0
    assert rows(run.out, "Usage by group")[:2] == [
        ["design", "3", "2", "0", "1", "3", "6", "2026-11-20", "7.5"],
        ["design", "cad", "2", "1", "1", "0", "1", "2", "2026-10-06"],
    ]
    assert run(*THREE, "--by", "person") == 0
    assert [
        row for row in rows(run.out, "Usage by person") if row[0] in {"dee@acme.example", ELI, "zoe@acme.example"}
    ] == [
        ["dee@acme.example", "Dee", "Kim", "design", "AutoCAD", "directly,", "group", "cad", "2", "2026-10-06"],
        [ELI, "design", "AutoCAD", "group", "cad", "0"],
        [ELI, "sales", "AutoCAD", "directly", "?", "2026-11-19", "?"],
        ["zoe@acme.example", "design", "AutoCAD", "1", "2026-11-03"],
    ]


SEEN = {
    "ana@acme.example": (["AutoCAD 4", "Flex 1", "Vault 1"], ""),  # primary admin, and secondary admin
    "ben@acme.example": (["AutoCAD 3", "Flex 1", "Vault 1"], "Not shown to ben@acme.example: team sales."),
    "cho@acme.example": (
        ["AutoCAD 3"],
        "cho@acme.example is SSO admin, and sees only the usage of single-user and Flex",
    ),
    "dee@acme.example": ([], "Not shown to dee@acme.example: team design, team sales."),  # contract manager of one
}


@pytest.mark.parametrize("actor", SEEN)
def test_who_sees_what(used: Path, run: Run, actor: str) -> None:
    products, note = SEEN[actor]
    assert run(*THREE, "--as", actor, "--format", "json") == 0
    document = json.loads(run.out)
    assert [f"{row['product']} {row['held']}" for row in document["usage"]] == products
    assert note in "\n".join(document["notes"])
    hidden = json.dumps({"tables": (document["usage"], document["months"])})
    assert actor == "ana@acme.example" or "2026-11-19" not in hidden  # the last use in sales


@pytest.mark.parametrize(
    ("offering", "seen"),
    [("single-user", True), ("flex", True), ("multi-user", False), ("token-flex", False)],
)
def test_an_sso_admin_sees_single_user_and_flex_only(folder: Path, run: Run, offering: str, *, seen: bool) -> None:
    amount = "tokens: 500" if "flex" in offering else "seats: 5"
    files = {name: text.replace("token-flex, tokens: 500", f"{offering}, {amount}") for name, text in PROJECT.items()}
    write(folder, files)
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    record(folder, DESIGN)
    for admin, sees in ((CHO, seen), (BEN, True)):
        assert run(*THREE, "--as", admin, "--format", "json") == 0
        assert ("Flex" in [row["product"] for row in json.loads(run.out)["usage"]]) is sees


def test_scopes_that_are_not_seen_are_refused(used: Path, run: Run) -> None:
    assert run(*THREE, "--as", BEN, "--team", "sales") == 1
    assert run.said == ("", "seatsync: ACCESS002: ben@acme.example cannot see team sales; only its admins can\n")
    assert run(*THREE, "--as", "x@acme.example") == 1
    assert run.err == "seatsync: ACCESS002: x@acme.example is not in account acme and sees nothing of it\n"
    assert run(*THREE, "--as", "nobody") == 1
    assert run.err == "seatsync: --as nobody: this is not an e-mail address\n"
    assert run(*THREE, "--team", "legal") == 1
    assert run.err == "seatsync: --team legal: there is no such team in the account\n"


def test_one_team(used: Path, run: Run) -> None:
    assert run(*THREE, "--team", "sales") == 0
    assert rows(run.out, "Usage by product") == [["AutoCAD", "1", "1", "0", "0", "1", "?", "2026-11-19", "?"]]
    assert rows(run.out, "Usage by month")[-2] == ["2026-11", "1", "?", "?", "?", "?"]


def test_months_of_which_nothing_is_known_are_left_out(used: Path, run: Run) -> None:
    assert run("report", "usage", "--at", DAY) == 0
    assert (
        "2026-11           6           2       2     3     7.5\nNothing is known of the months before 2026-09. "
        "Seats used include products that were used without a seat, as with Flex.\n" in run.out
    )


def test_seats_held_in_earlier_months_follow_the_log(used: Path, run: Run) -> None:
    replace_in(used / "teams.yaml", "AutoCAD: [ben@acme.example, dee@acme.example]", "AutoCAD: [ben@acme.example]")
    replace_in(
        used / "teams.yaml", "cad: {members: [dee@acme.example, eli@acme.example]", "cad: {members: [eli@acme.example]"
    )
    assert run("apply", "--auto-approve", "--at", "2026-11-05", "--allow", "GUARD001.memberships=1") == 0, run.said
    assert run(*THREE) == 0
    assert [row[:2] for row in rows(run.out, "Usage by month")][:3] == [
        ["2026-09", "?"],
        ["2026-10", "6"],
        ["2026-11", "5"],
    ]


def test_nothing_is_recorded_yet(folder: Path, run: Run) -> None:
    project(folder, run)
    assert run(*THREE) == 0
    assert "No usage is recorded yet; `seatsync account usage FILE` records usage reports and exports.\n" in run.out
    assert rows(run.out, "Usage by product")[0] == ["AutoCAD", "4", "0", "0", "4", "?", "?", "?", "?"]


def test_a_target_that_keeps_no_usage(folder: Path, run: Run) -> None:
    project(folder, run)
    assert run(*THREE, "--target", "file:.") == 0
    assert "Usage is not known: this kind of target keeps none.\n" in run.out
    assert rows(run.out, "Usage by product")[-1] == ["Total", "6", "0", "0", "6", "?", "?", "?", "?"]


def test_days_that_are_not_known(folder: Path, run: Run) -> None:
    late = by_day("b.csv", "2026-11-12", "2026-11-20", {("2026-11", "design", "AutoCAD", BEN): {12: None}})
    early = by_day("a.csv", "2026-09-10", "2026-09-15", {("2026-09", "design", "AutoCAD", BEN): {10: None}})
    project(folder, run, early, late)
    assert run(*THREE) == 0
    assert (
        "note: Usage by day is known of team design for 2026-09-10 to 2026-09-15, 2026-11-12 to 2026-11-20 only.\n"
        in run.out
    )
    assert "note: Usage is not known of team sales.\n" in run.out
    assert [row[2] for row in rows(run.out, "Usage by month")] == ["1", "?", "1"]


def test_tokens_and_seats_are_known_by_their_own_exports(folder: Path, run: Run) -> None:
    tokens = by_day("a.csv", "2026-09-01", "2026-11-20", {("2026-11", "design", "Flex", CHO): {3: Decimal(7)}})
    seats = by_day("b.csv", "2026-09-01", "2026-11-20", {("2026-11", "design", "AutoCAD", BEN): {3: None}})
    project(folder, run, tokens._replace(source=tokens.source._replace(kind="token usage")))
    assert run(*THREE, "--team", "design") == 0
    assert rows(run.out, "Usage by product")[1] == ["Flex", "1", "1", "0", "0", "1", "1", "2026-11-03", "7"]
    assert run(*THREE, "--team", "design", "--by", "person") == 0
    assert rows(run.out, "Usage by person")[2] == [
        CHO,
        "Cho",
        "Abe",
        "design",
        "Flex",
        "directly",
        "1",
        "2026-11-03",
        "7",
    ]
    record(folder, seats._replace(source=seats.source._replace(kind="seat usage")))
    assert run(*THREE, "--team", "design") == 0
    assert rows(run.out, "Usage by product")[0] == ["AutoCAD", "3", "1", "2", "0", "1", "1", "2026-11-03"]


def hashed() -> UsageFile:
    found = by_day("a.csv", "2026-09-01", "2026-11-20", {("2026-11", "design", "AutoCAD", "hash:0a1b"): {3: None}})
    return found._replace(source=found.source._replace(masked=("design",)))


def test_people_who_are_hashed(folder: Path, run: Run) -> None:
    project(folder, run, hashed())
    assert run(*THREE, "--team", "design") == 0
    assert rows(run.out, "Usage by product")[0] == ["AutoCAD", "3", "0", "0", "3", "1", "1", "2026-11-03"]
    assert "note: People are hashed in the usage of team design: nobody knows which holders they are.\n" in run.out
    assert run(*THREE, "--team", "design", "--by", "person") == 0
    assert rows(run.out, "Usage by person")[0] == [BEN, "Ben", "Ode", "design", "AutoCAD", "directly", "?", "?", "?"]
    assert rows(run.out, "Usage by person")[-1] == ["hash:0a1b", "design", "AutoCAD", "1", "2026-11-03"]


def test_csv_of_each_table(used: Path, run: Run) -> None:
    assert run(*THREE, "--format", "csv") == 0
    assert [row[0] for row in csv.reader(StringIO(run.out))] == ["product", "AutoCAD", "Flex", "Vault"]
    assert run(*THREE, "--format", "csv", "--table", "days") == 0
    table = list(csv.reader(StringIO(run.out)))
    assert [row for row in table if row[2] not in {"tokens", "0"}] == [
        ["2026-11-03", "Flex", "7"],
        ["2026-11-20", "Flex", "0.5"],
    ]
    assert (table[1][0], table[-1][0]) == ("2026-09-01", "2026-11-20")


def test_a_table_that_is_not_there_is_refused_before_anything_is_written(used: Path, run: Run) -> None:
    assert run(*THREE, "--table", "x", "--output", "csv=usage.csv") == 1
    assert run.said == ("", "seatsync: --table x: this report has usage, months, days\n")
    assert run(*THREE, "--table", "days") == 1
    assert run.said == ("", "seatsync: --table is for the format csv; add `--format csv`\n")


def test_several_formats_in_one_run(used: Path, run: Run) -> None:
    assert run(*THREE, "--output", "csv=usage.csv", "--output", "html=usage.html", "--output", "json=usage.json") == 0
    assert run.out.startswith("Usage: account acme, 2026-11-21\n")
    assert len(json.loads((used / "usage.json").read_text("utf-8"))["days"]) == 81
    assert "<h1>Usage</h1>" in (used / "usage.html").read_text("utf-8")


def test_another_account(used: Path, run: Run) -> None:
    replace_in(used / "seatsync.yaml", "account: acme", "account: other")
    assert run(*THREE) == 1
    assert run.err.startswith("seatsync: PLAN003: the target is account acme, but the project is for account other;")


def test_outside_of_a_project(used: Path, run: Run) -> None:
    (used / "elsewhere").mkdir()
    (used / "seatsync.yaml").unlink()
    assert run("-C", "elsewhere", *THREE, "--target", "sqlite:///../account.db") == 0
    assert run("-C", "elsewhere", *THREE) == 1
    assert "no seatsync.yaml" in run.err


def test_files_that_cannot_be_read_do_not_matter(used: Path, run: Run) -> None:
    (used / "teams.yaml").write_text("teams: [", encoding="utf-8")
    assert run(*THREE) == 0


def test_the_same_files_again(used: Path, run: Run) -> None:
    assert run(*THREE) == 0
    before = run.out
    record(used, SALES, DESIGN)
    assert run(*THREE) == 0
    assert run.out == before


def test_files_of_tokens_do_not_tell_which_seats_are_unused(folder: Path, run: Run) -> None:
    tokens = UsageFile(
        UsageSource("tokens.csv", "digest", "token usage", DAY, "2026-10-01", "2026-10-31", ("design",), 1),
        {("2026-10", "design", product, CHO): {5: Decimal(7)} for product in ("AutoCAD", "Flex")},
        {},
    )
    project(folder, run, tokens, day="2026-10-02")
    assert run(*THREE) == 0
    assert rows(run.out, "Usage by product")[:2] == [
        ["AutoCAD", "4", "0", "0", "4", "1", "1", "2026-10-05", "7"],
        ["Flex", "1", "1", "0", "0", "1", "1", "2026-10-05", "7"],  # bought as tokens
    ]
    assert rows(run.out, "Usage by month")[0] == ["2026-10", "6", "?", "1", "2", "14"]
    assert run(*THREE, "--by", "person") == 0
    assert [BEN, "Ben", "Ode", "design", "AutoCAD", "directly", "?", "?"] in rows(run.out, "Usage by person")


def test_a_mirror_remembers_what_was_held_while_it_assumes_groups(
    seen: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = "access_option,day_used,email,offering_name,product_name,team_alias,tokens_used,version\n"
    put("30", users=USERS.replace(ANA, ANA.replace("AutoCAD", "")), groups=GROUPS, subscriptions=BOUGHT)
    rows_of_june = f"{used}Subscription,2026-06-02,cho@acme.example,AutoCAD,AutoCAD,design,,2026\n"
    write(seen / "exports", {"usage-2026-06-30.csv": rows_of_june})
    monkeypatch.setenv("SEATSYNC_AT", "2026-07-01")
    assert run("refresh") in {0, 1}, run.said
    assert run("report", "usage", "--months", "2", "--by", "group") == 0
    assert rows(run.out, "Usage by group") == [["design", "cad", "1", "1", "0", "0", "1", "1", "2026-06-02"]]
    assert [row[:2] for row in rows(run.out, "Usage by month")] == [["2026-06", "2"], ["2026-07", "1"]]


def test_what_is_reported_at_all_does_not_depend_on_who_looks(folder: Path, run: Run) -> None:
    use: dict[MonthKey, Days] = {
        ("2026-10", "design", "AutoCAD", BEN): {1: None, 31: None},
        ("2026-10", "sales", "Maya", ELI): {1: None, 31: None},
    }
    project(folder, run, by_day("usage-2026-11-20.csv", "2026-10-01", "2026-10-31", use), day="2026-10-02")
    assert run(*THREE, "--by", "person", "--as", ELI) == 0  # admin of sales, where nobody used AutoCAD
    assert [ELI, "sales", "AutoCAD", "directly", "0"] in rows(run.out, "Usage by person")
    assert "No usage was ever reported" not in run.out
