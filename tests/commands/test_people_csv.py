"""A list of people as spreadsheets write it: blank rows, duplicate rows, spaces around an address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import Run, write

TEAMS = """\
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store, \
contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
FILES = {
    "seatsync.yaml": """\
version: 1
account: acme
target: file:have.yaml
include: [want.yaml, people.csv]
policy: {max_removals: 100%}
""",
    "have.yaml": f"account: acme\nusers:\n  ana@acme.example: {{}}\n  ben@acme.example: {{}}\n{TEAMS}",
    "want.yaml": TEAMS,
    "people.csv": """\
email,first_name,last_name,team,product
ana@acme.example,Ana,Silva,,
ben@acme.example,Ben,Ode,,

cho@acme.example,Cho,Park,design,AutoCAD
CHO@acme.example,Cho,Park,design,AutoCAD
 dee@acme.example ,Dee,Kim,design,AutoCAD

,,,,
eli@acme.example,"Roth, Eli",,design,
""",
}


@pytest.fixture(autouse=True)
def _list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", "2026-11-28")
    write(folder, FILES)


def test_duplicate_row_has_one_finding(run: Run) -> None:
    assert run("validate") == 0
    assert (
        run.out
        == """\
people.csv:6:34: warning SEAT005 cho@acme.example gets AutoCAD in team design more than once: by user (2 times)
    6 | CHO@acme.example,Cho,Park,design,AutoCAD
      |                                  ^^^^^^^
  people.csv:5:34: by user
  hint: keep one of the entries; the person uses one seat either way

1 warning. Run `seatsync explain SEAT005` for the reason and the remedy.
"""
    )


def test_every_person_is_in_the_plan_once(run: Run) -> None:
    assert run("plan") == 0
    assert (
        run.out
        == """\
Account acme at file:have.yaml, on 2026-11-28

the whole account
  1. ~ change the name of ana@acme.example to Ana Silva
  2. ~ change the name of ben@acme.example to Ben Ode

team design
  3. + invite cho@acme.example (Cho Park)
  4. + invite dee@acme.example (Dee Kim)
  5. + invite eli@acme.example (Roth, Eli)
  6. + assign AutoCAD to cho@acme.example
  7. + assign AutoCAD to dee@acme.example

Plan: 5 to add, 2 to change, 0 to remove.
"""
    )


def test_somebody_with_blanks_around_their_address_can_be_taken_out(folder: Path, run: Run) -> None:
    assert run("edit", "offboard", "dee@acme.example") == 0
    assert (folder / "people.csv").read_text() == FILES["people.csv"].replace(
        " dee@acme.example ,Dee,Kim,design,AutoCAD\n", ""
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_a_row_is_taken_out_of_a_file_in_its_own_encoding(folder: Path, run: Run, encoding: str) -> None:
    text = (
        FILES["people.csv"]
        .replace(",", ";")
        .replace("Silva", "S\u00edlva")
        .replace("Roth;", "Roth,")
        .replace("\n", "\r\n")
    )
    (folder / "people.csv").write_bytes(text.encode(encoding))
    assert run("edit", "offboard", "dee@acme.example") == 0
    changed = (folder / "people.csv").read_bytes()
    assert changed == text.replace(" dee@acme.example ;Dee;Kim;design;AutoCAD\r\n", "").encode(encoding)


def test_a_file_in_windows_1252_has_a_note(folder: Path, run: Run) -> None:
    row = "ana@acme.example;Jos\u00e9;N\u00fa\u00f1ez;;"
    (folder / "people.csv").write_bytes(
        f"sep=;\nemail;first_name;last_name;team;product\n{row}\nben@acme.example;;;;\n".encode("windows-1252")
    )
    assert run("validate") == 0
    assert (
        run.out
        == """\
people.csv:3:21: info YAML005 the file is not UTF-8 and is read as Windows-1252, in which this is '\u00e9'
    3 | ana@acme.example;Jos\u00e9;N\u00fa\u00f1ez;;
      |                     ^
  hint: check that this is right, and save the file as UTF-8

1 piece of information. Run `seatsync explain YAML005` for the reason and the remedy.
"""
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("email;first_name;last_name\nana@acme.example;Ana;Silva\nben@acme.example;;\n", ""),
        ("\ufeffemail,first_name\r\nana@acme.example,Jos\u00e9\r\nben@acme.example,\r\n", ""),
        ("Email ,First name,Last name,Team,Product,,\nana@acme.example,A,B,,,,\nben@acme.example,,,,,,\n,,,,,,\n", ""),
        ("FIRST_NAME,LAST_NAME,EMAIL,TEAM_ALIAS,OFFERING_NAME\n,,ana@acme.example,,\n,,ben@acme.example,,\n", ""),
        ("First name;Last name;E-mail\nAna;;ana@acme.example\n;;ben@acme.example\n", ""),
        ("First name,Last name,Email address\nAna,,ana@acme.example\n,,ben@acme.example\n", ""),
        (
            'email,first_name\n"Ana Silva" <ana@acme.example>,A\n',
            "people.csv:2:12: error SCHEMA001 unexpected text after the closing quote",
        ),
        ("version:v1.0\nemail\n", "people.csv:1:1: error SCHEMA001 the header has no column email"),
    ],
)
def test_files_of_other_programs(folder: Path, run: Run, text: str, says: str) -> None:
    (folder / "people.csv").write_text(text, encoding="utf-8", newline="")
    assert run("validate") == bool(says)
    assert run.out.startswith(says or "Nothing wrong: 1 team, 2 people, 1 subscription.")


MORE = "email;team;product;group;role;from;until;previous_emails\n"
WITH_GROUP = TEAMS.replace("secondary_admins: [ben@acme.example]", "groups: {cad: {}}, sso: {domains: [acme.example]}")


def test_a_row_that_is_over_is_one_finding(folder: Path, run: Run) -> None:
    write(folder, {"want.yaml": WITH_GROUP})
    (folder / "people.csv").write_text(f"{MORE}fay@acme.example;design;AutoCAD;cad;Secondary admin;;2026-01-31;\n")
    assert run("validate", "--format", "json") == 1  # others are not declared
    found = [finding for finding in json.loads(run.out)["findings"] if finding["code"] == "TIME001"]
    assert [finding["message"] for finding in found] == [
        "the entry of fay@acme.example for the secondary admins of team design ended on 2026-01-31"
    ]


def test_roles_groups_and_days_of_rows_are_planned(folder: Path, run: Run) -> None:
    write(folder, {"want.yaml": WITH_GROUP})
    (folder / "people.csv").write_text(
        f"{MORE}ana@acme.example;;;;;;;\nben@acme.example;design;;cad;Secondary admin;;;\n"
        "cho@acme.example;design;AutoCAD;;SSO admin;;;\ncho@acme.example;design;;cad;;;;\n"
        "dee@acme.example;design;;;External user;;2026-12-31;\neli@acme.example;design;;;;2027-01-01;;\n"
        "fay@acme.example;design;AutoCAD;;;;2026-01-31;\n"
    )
    assert run("validate") == 0
    assert (
        run.out
        == """\
people.csv:8:36: info TIME001 the entry of fay@acme.example for AutoCAD in team design ended on 2026-01-31
    8 | fay@acme.example;design;AutoCAD;;;;2026-01-31;
      |                                    ^^^^^^^^^^
  hint: remove the entry, or correct its year

1 piece of information. Run `seatsync explain TIME001` for the reason and the remedy.
"""
    )
    assert run("plan") == 0
    assert (
        run.out
        == """\
Account acme at file:have.yaml, on 2026-11-28

team design
  1. + invite cho@acme.example
  2. + invite dee@acme.example
  3. + create group cad
  4. + make cho@acme.example SSO admin
       this person has not accepted the invitation yet (STEP006)
  5. ~ configure SSO: domains acme.example
  6. + add ben@acme.example to group cad
  7. + add cho@acme.example to group cad
  8. + assign AutoCAD to cho@acme.example
  9. ~ make dee@acme.example an external user

Plan: 7 to add, 2 to change, 0 to remove.
"""
    )


def test_a_new_domain_of_people_in_the_list_is_a_change_of_their_addresses(folder: Path, run: Run) -> None:
    have = TEAMS.replace("]}\nsub", "], seats: {AutoCAD: [cho@acme.example, dee@acme.example]}}\nsub")
    users = "".join(f"  {name}@acme.example: {{}}\n" for name in ("ana", "ben", "cho", "dee"))
    write(folder, {"have.yaml": f"account: acme\nusers:\n{users}{have}"})
    (folder / "people.csv").write_text(
        "email,team,product,previous_emails\nana@acme.example,,,\nben@acme.example,,,\n"
        "cho@acme.com,design,AutoCAD,cho@acme.example\ndee@acme.com,design,AutoCAD,d@acme.example dee@acme.example\n"
    )
    assert run("validate") == 0
    assert run("plan") == 0
    assert (
        run.out
        == """\
Account acme at file:have.yaml, on 2026-11-28

the whole account
  1. ~ change the address of cho@acme.example to cho@acme.com
       by form, which cho@acme.example hands in
  2. ~ change the address of dee@acme.example to dee@acme.com
       by form, which dee@acme.example hands in

Waiting for people:
  step 1, the whole account: change the address of cho@acme.example to cho@acme.com
    by form, which cho@acme.example hands in
  step 2, the whole account: change the address of dee@acme.example to dee@acme.com
    by form, which dee@acme.example hands in

Plan: 0 to add, 2 to change, 0 to remove, 2 to be done by people.
"""
    )


def test_undeclared_group(folder: Path, run: Run) -> None:
    write(folder, {"want.yaml": WITH_GROUP})
    (folder / "people.csv").write_text("email,team,group\nana@acme.example,,\nben@acme.example,design,cda\n")
    assert run("validate") == 1
    assert (
        run.out
        == """\
people.csv:3:25: error REF001 group cda of team design is not declared
    3 | ben@acme.example,design,cda
      |                         ^^^
  hint: did you mean cad?

want.yaml:2:3: warning ROLE003 team design has no secondary admin, so nobody backs up its primary admin
    2 |   design: {primary_admin: ana@acme.example, groups: {cad: {}}, sso: {domains: [acme.example]}}
      |   ^^^^^^
  hint: name somebody under `secondary_admins`

1 error, 1 warning. Run `seatsync explain REF001` for the reason and the remedy.
"""
    )


def test_somebody_with_roles_in_rows_can_be_taken_out(folder: Path, run: Run) -> None:
    write(folder, {"want.yaml": WITH_GROUP})
    kept = f"{MORE}ana@acme.example;;;;;;;\nben@acme.example;design;;;secondary;;;\n"
    cho = "cho@acme.example;design;AutoCAD;cad;;;;\ncho@acme.example;design;;;sso;;;\n"
    (folder / "people.csv").write_text(kept + cho)
    assert run("edit", "offboard", "cho@acme.example") == 0
    assert (folder / "people.csv").read_text() == kept


def test_another_role_leaves_the_row_of_the_former_one(folder: Path, run: Run) -> None:
    write(folder, {"want.yaml": WITH_GROUP})
    rows = f"{MORE}ana@acme.example;;;;;;;\nben@acme.example;design;;;secondary;;;\ncho@acme.example;design;;;sso;;;\n"
    (folder / "people.csv").write_text(rows)
    assert run("edit", "promote", "cho@acme.example", "secondary", "--team", "design") == 0
    assert (folder / "people.csv").read_text() == rows.replace(";sso;", ";;")
    assert "+ make cho@acme.example secondary admin\n" in run.out


def test_a_workbook_is_refused(folder: Path, run: Run) -> None:
    write(folder, {"seatsync.yaml": FILES["seatsync.yaml"].replace("people.csv", "people.xlsx")})
    (folder / "people.csv").rename(folder / "people.xlsx").write_bytes(b"PK\x03\x04\n")
    assert run("validate") == 1
    assert (
        run.out
        == """\
people.xlsx:1:1: error YAML005 the file is an Excel workbook, not a CSV
  hint: save it as CSV UTF-8, so that its changes can be reviewed

1 error. Run `seatsync explain YAML005` for the reason and the remedy.
"""
    )
