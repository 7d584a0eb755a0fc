from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from seatsync.editing.canonical import NotFormatted
from tests.commands.running import DAY, Run, write

FILES = {
    "seatsync.yaml": "version: 1\naccount: acme\ninclude: [people.yaml, all.yaml]\n",
    "people.yaml": """\
# everyone
users:
  ana@acme.example: {first_name: Ana}   # boss
  ben@acme.example: {first_name: Ben, seats: {design: [Revit]}}
  cho@acme.example:
  dee@acme.example:
  eli@acme.example:
""",
    "all.yaml": """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example, {user: dee@acme.example, until: 2027-01-31}]   # backup
    sso_admins: [cho@acme.example]
    sso: {domains: [acme.example]}
    groups:
      cad: {members: [eli@acme.example], products: [Maya]}
      lab:
        members:
          - {user: dee@acme.example, from: 2026-01-01}   # in the morning
        products: [Revit]
    seats:
      AutoCAD:
        - ben@acme.example   # draws
        - eli@acme.example
  plant:
    primary_admin: dee@acme.example
    secondary_admins: [ana@acme.example]
    groups:
      cad: {products: [Maya]}
    seats: {AutoCAD: [dee@acme.example]}
subscriptions:
  "1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
        contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "2": {team: design, product: Revit, offering: flex, tokens: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "3": {team: design, product: Maya, offering: flex, tokens: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "4": {team: plant, product: AutoCAD, offering: multi-user, seats: 5, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "5": {team: plant, product: Maya, offering: multi-user, seats: 5, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
contracts:
  "110":
    contract_manager: ana@acme.example
    software_coordinator: ben@acme.example
    license_type: perpetual
    channel: store
    products: {Inventor: {seats: 2, serial: "1-2", users: [ben@acme.example, eli@acme.example]}}
    services: {Rendering: [ben@acme.example]}
    support: [ben@acme.example, ana@acme.example]
    members: [ben@acme.example, cho@acme.example]
""",
}

BACKUP = "[ben@acme.example, {user: dee@acme.example, until: 2027-01-31}"


@pytest.fixture(name="files")
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, FILES)
    return folder


def contents(folder: Path) -> Mapping[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES}


def changes(run: Run, *arguments: str) -> list[str]:
    """Return the changed lines of an edit, from the output of `--dry-run`."""
    assert run("edit", *arguments, "--dry-run") == 0, run.said
    return [line for line in run.out.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


def refused(run: Run, *arguments: str) -> list[str]:
    """Return the findings that prevent an edit."""
    assert run("edit", *arguments) == 1
    assert run.err == "nothing was written\n"
    return [line.strip() for line in run.out.splitlines() if "error " in line or line.startswith("  hint")]


def told(run: Run, *arguments: str) -> str:
    """Return the message about wrong usage."""
    assert run("edit", *arguments) == 1
    assert run.out == ""
    return run.err.removeprefix("seatsync: ").rstrip("\n")


def test_leaver_is_removed_and_successor_gets_the_roles(files: Path, run: Run) -> None:
    assert run("edit", "offboard", "Ben@Acme.example", "--replace-by", "eli@acme.example") == 0
    after = contents(files)
    assert "ben@acme.example" not in "".join(after.values())
    assert "  ana@acme.example: {first_name: Ana}   # boss\n  cho@acme.example:\n" in after["people.yaml"]
    text = after["all.yaml"]
    assert "secondary_admins: [{user: dee@acme.example, until: 2027-01-31}, eli@acme.example]   # backup" in text
    assert "      AutoCAD:\n        - eli@acme.example\n" in text
    assert text.count("contract_manager: eli@acme.example") == 1
    assert "    software_coordinator: eli@acme.example\n" in text
    assert "users: [eli@acme.example]}}\n    services: {}\n    support: [ana@acme.example]\n" in text
    assert run.out == PLANLESS
    assert run("validate") == 0


PLANLESS = """\
Changed all.yaml and people.yaml.

Account acme, from the files before the edit to the working tree, on 2026-11-21

the whole account
  - person ben@acme.example (Ben)

contract 110
  ~ software coordinator: ben@acme.example -> eli@acme.example
  - Inventor for ben@acme.example
  - service Rendering for ben@acme.example
  - support benefits for ben@acme.example
  - member ben@acme.example

team design
  - secondary admin ben@acme.example
  + secondary admin eli@acme.example
  ~ subscription 1: contract manager ben@acme.example -> eli@acme.example
  - AutoCAD for ben@acme.example
  - Revit for ben@acme.example
  - member ben@acme.example

Diff: 1 added, 2 changed, 9 removed.
"""


STORE = ", which was bought in the store and cannot be handed over; "
ANEW = (
    "have somebody else buy anew, then remove it from the files and run `seatsync edit offboard ana@acme.example` again"
)


def test_every_obstacle_has_a_location(files: Path, run: Run) -> None:
    assert run("edit", "offboard", "ben@acme.example") == 1
    assert run.out == (
        "all.yaml:25:27: error STEP004 ben@acme.example is contract manager of subscription 1\n"
        "   25 |         contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}\n"
        "      |                           ^^^^^^^^^^^^^^^^\n"
        "  hint: name a successor with --replace-by\n\n"
        "all.yaml:37:27: error STEP004 ben@acme.example is software coordinator of contract 110\n"
        "   37 |     software_coordinator: ben@acme.example\n"
        "      |                           ^^^^^^^^^^^^^^^^\n"
        "  hint: name a successor with --replace-by\n\n"
        "2 errors. Run `seatsync explain STEP004` for the reason and the remedy.\n"
    )
    assert [line for line in refused(run, "offboard", "ana@acme.example") if "error" in line] == [
        "all.yaml:3:20: error STEP004 ana@acme.example is primary admin of team design",
    ]
    assert contents(files) == FILES


def test_the_manager_of_store_purchases_keeps_nothing_else(files: Path, run: Run) -> None:
    text = FILES["all.yaml"].replace('ends: 2027-12-31}\n  "3"', 'ends: 2027-12-31, auto_renew: true}\n  "3"')
    people = FILES["people.yaml"].replace("{first_name: Ana}", "{first_name: Ana, seats: {design: [Revit]}}")
    write(files, {"all.yaml": text, "people.yaml": people})
    offboard = ("edit", "offboard", "ana@acme.example", "--replace-by", "eli@acme.example")
    assert run(*offboard) == 0
    kept = [
        f"ana@acme.example stays contract manager of {label}{STORE}{end}{ANEW}\n"
        for label, end in (
            ("subscription 2", "it ends on 2027-12-31: turn off its auto-renewal, "),
            ("subscription 3", "it ends on 2027-12-31: "),
            ("subscription 4", "it ends on 2027-12-31: "),
            ("subscription 5", "it ends on 2027-12-31: "),
            ("contract 110", ""),
        )
    ]
    assert run.err == "".join(kept)
    after = contents(files)
    assert after["people.yaml"] == FILES["people.yaml"]
    names = [line.strip() for line in after["all.yaml"].splitlines() if "ana@acme.example" in line]
    assert names == ["contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31, auto_renew: true}"] + [
        "contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}"
    ] * 3 + ["contract_manager: ana@acme.example"]
    assert run(*offboard) == 0
    assert run.said == ("Nothing to change; the files already declare this.\n", "".join(kept))


def test_rows_of_the_manager_of_a_store_purchase(csv: Path, run: Run) -> None:
    text = FILES["all.yaml"].replace("manager: ana@acme.example, starts", "manager: hal@acme.example, starts", 1)
    write(csv.parent, {"all.yaml": text})
    assert changes(run, "offboard", "hal@acme.example") == [
        '-Maya,hal@acme.example,plant,"Hal, the tall"\\r',
        "-,hal@acme.example,design,",
        '+,hal@acme.example,,"Hal, the tall"\\r',
    ]
    assert run.err.startswith(f"hal@acme.example stays contract manager of subscription 2{STORE}")


def test_an_heir_has_one_role_in_a_team(files: Path, run: Run) -> None:
    found = changes(run, "offboard", "dee@acme.example", "--replace-by", "ana@acme.example")
    assert "+    secondary_admins: [ben@acme.example]   # backup" in found  # she is primary admin there
    assert "+    primary_admin: ana@acme.example" in found
    assert "+    secondary_admins: []" in found  # she was secondary admin of plant
    write(files, {"all.yaml": FILES["all.yaml"].replace("ana@acme.example\n    s", "eli@acme.example\n    s", 1)})
    found = changes(run, "offboard", "dee@acme.example", "--replace-by", "cho@acme.example")
    assert "+    secondary_admins: [ben@acme.example]   # backup" in found
    assert run.err.startswith("cho@acme.example stays SSO admin of team design\n")
    found = changes(run, "offboard", "dee@acme.example", "--replace-by", "ana@acme.example")
    assert any("{user: ana@acme.example, until: 2027-01-31}]   # backup" in line for line in found)


def test_people_who_are_not_declared(files: Path, run: Run) -> None:
    meant = ["error REF001 bne@acme.example is not declared", "hint: did you mean ben@acme.example?"]
    assert refused(run, "offboard", "bne@acme.example") == meant
    assert refused(run, "offboard", "ana@acme.example", "--replace-by", "bne@acme.example") == meant
    for name in ("ben", "BEN", "bem@elsewhere"):
        assert refused(run, "offboard", name)[1] == "hint: did you mean ben@acme.example?"
    assert refused(run, "offboard", "somebody")[1] == "hint: declare them under `users` first"
    assert refused(run, "assign", "nobody@elsewhere.example", "Maya") == [
        "error REF001 nobody@elsewhere.example is not declared",
        "hint: declare them under `users` first",
    ]
    assert refused(run, "offboard", "ana@acme.example", "--replace-by", "Ana@acme.example") == [
        "error REF001 Ana@acme.example cannot be their own successor",
        "hint: name somebody else with --replace-by",
    ]
    assert run("edit", "offboard", "zoe@acme.example", "Somebody@elsewhere.example") == 0  # they are gone already
    assert run.err == "zoe@acme.example is not declared\nsomebody@elsewhere.example is not declared\n"
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert contents(files) == FILES


CSV = """\
product,email,team,first_name\r
"AutoCAD",fay@acme.example,plant,Fay\r
AutoCAD,Fay@acme.example,design,\r
,gus@acme.example,plant,\r
Maya,hal@acme.example,plant,"Hal, the tall"\r
,hal@acme.example,design,"""


@pytest.fixture(name="csv")
def _csv(files: Path) -> Path:
    write(files, {"seatsync.yaml": FILES["seatsync.yaml"].replace("all.yaml", "all.yaml, more.csv")})
    (files / "more.csv").write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    return files / "more.csv"


def test_rows_of_a_csv_go_with_the_person(csv: Path, run: Run) -> None:
    assert run("edit", "offboard", "fay@acme.example") == 0
    kept = "product,email,team,first_name\r\n,gus@acme.example,plant,\r\n" + CSV[CSV.index("Maya") :]
    assert csv.read_bytes().decode("utf-8-sig") == kept
    assert csv.read_bytes().startswith(b"\xef\xbb\xbf")
    assert run("edit", "offboard", "hal@acme.example") == 0
    assert csv.read_bytes().endswith(b"gus@acme.example,plant,\r\n")
    assert run.out.startswith("Changed more.csv.\n")


def test_a_seat_of_a_csv_is_emptied_and_the_row_stays(csv: Path, run: Run) -> None:
    assert changes(run, "unassign", "fay@acme.example", "AutoCAD", "--team", "plant") == [
        '-"AutoCAD",fay@acme.example,plant,Fay\\r',
        "+,fay@acme.example,plant,Fay\\r",
    ]
    assert run.err == ""
    assert changes(run, "assign", "fay@acme.example", "AutoCAD", "--team", "design", "--until", "2027-01-31") == [
        *(f"-{line}\\r" for line in ("\\ufeffproduct,email,team,first_name", *CSV.split("\r\n")[1:-1])),
        "-,hal@acme.example,design,",
        "+\\ufeffproduct,email,team,first_name,until\\r",
        '+"AutoCAD",fay@acme.example,plant,Fay,\\r',
        "+AutoCAD,Fay@acme.example,design,,2027-01-31\\r",
        "+,gus@acme.example,plant,,\\r",
        '+Maya,hal@acme.example,plant,"Hal, the tall",\\r',
        "+,hal@acme.example,design,,",
    ]
    assert csv.read_bytes().decode("utf-8-sig") == CSV


def test_rows_of_a_csv_move(csv: Path, run: Run) -> None:
    assert changes(run, "move", "gus@acme.example", "plant", "design") == [
        "-,gus@acme.example,plant,\\r",
        "+,gus@acme.example,design,\\r",
    ]
    assert changes(run, "move", "hal@acme.example", "plant", "design") == [
        '-Maya,hal@acme.example,plant,"Hal, the tall"\\r',
        '+Maya,hal@acme.example,design,"Hal, the tall"\\r',
    ]
    assert changes(run, "move", "fay@acme.example", "design", "plant") == [  # has the seat there already
        "-AutoCAD,Fay@acme.example,design,\\r",
        "+,Fay@acme.example,plant,\\r",
    ]
    assert csv.read_bytes().decode("utf-8-sig") == CSV


def test_places_and_roles_in_a_csv_move(csv: Path, run: Run) -> None:
    csv.write_text(
        "email,team,group,role,until\n"
        "fay@acme.example,design,cad,sso,2027-01-31\n"
        "fay@acme.example,design,lab,,\n"
        "gus@acme.example,plant,cad,external,\n"
        "gus@acme.example,plant,cad,Guest user,\n"
    )
    assert changes(run, "move", "fay@acme.example", "cad", "lab") == [
        "-fay@acme.example,design,cad,sso,2027-01-31",
        "+fay@acme.example,design,,sso,2027-01-31",
    ]  # in lab on all days already
    assert run.err == ""
    assert changes(run, "move", "fay@acme.example", "design", "plant") == [
        "-fay@acme.example,design,cad,sso,2027-01-31",
        "-fay@acme.example,design,lab,,",
        "+fay@acme.example,plant,cad,,2027-01-31",
        "+fay@acme.example,plant,,,",
    ]
    assert run.err == (
        "fay@acme.example is no longer SSO admin of team design\n"
        "team plant has no group lab, so fay@acme.example is not added to it\n"
    )
    assert changes(run, "move", "gus@acme.example", "plant", "design") == [
        "-gus@acme.example,plant,cad,external,",
        "-gus@acme.example,plant,cad,Guest user,",
        "+gus@acme.example,design,cad,,",
        "+gus@acme.example,design,cad,,",
    ]
    assert run.err == "team design declares no external users, so gus@acme.example becomes a regular member of it\n"
    assert changes(run, "promote", "fay@acme.example", "secondary") == [
        f"-    secondary_admins: {BACKUP}]   # backup",
        f"+    secondary_admins: {BACKUP}, fay@acme.example]   # backup",
        "-fay@acme.example,design,cad,sso,2027-01-31",
        "+fay@acme.example,design,cad,,2027-01-31",
    ]


def test_a_seat_is_given(files: Path, run: Run) -> None:
    assert changes(run, "assign", "cho@acme.example", "AutoCAD", "--team", "design") == ["+        - cho@acme.example"]
    assert changes(run, "assign", "cho@acme.example", "Revit") == ["+      Revit: [cho@acme.example]"]
    given = changes(run, "assign", "cho@acme.example", "AutoCAD", "--team", "plant", "--until", "2027-03-31")
    assert given == [
        "-    seats: {AutoCAD: [dee@acme.example]}",
        "+    seats: {AutoCAD: [dee@acme.example, {user: cho@acme.example, until: 2027-03-31}]}",
    ]
    given = changes(
        run,
        "assign",
        "eli@acme.example",
        "AutoCAD",
        "--team",
        "design",
        "--from",
        "2027-01-01",
        "--until",
        "2027-03-31",
    )
    assert given == [
        "-        - eli@acme.example",
        "+        - {user: eli@acme.example, from: 2027-01-01, until: 2027-03-31}",
    ]
    assert run("edit", "assign", "eli@acme.example", "AutoCAD", "--team", "design") == 0
    assert run.said == ("Nothing to change; the files already declare this.\n", "")
    assert run("edit", "assign", "ben@acme.example", "Revit") == 0
    assert run.said == ("Nothing to change; the files already declare this.\n", "")
    assert contents(files) == FILES


@pytest.mark.parametrize(
    ("has", "options", "gets"),
    [
        ("from: 2026-03-01", "--until 2027-03-31", "from: 2026-03-01, until: 2027-03-31"),
        ("from: 2026-03-01, until: 2026-12-31", "--until 2027-03-31", "from: 2026-03-01, until: 2027-03-31"),
        ("until: 2026-12-31", "--until 2027-03-31", "until: 2027-03-31"),
        ("until: 2027-03-31", "--from 2027-01-01", "from: 2027-01-01, until: 2027-03-31"),
        ("until: 2026-12-31", "--from 2027-01-01", "from: 2027-01-01"),
        ("from: 2026-03-01", "--from 2027-01-01", "from: 2027-01-01"),
        ("from: 2026-03-01", "--from 2026-05-01 --until 2026-06-30", "from: 2026-05-01, until: 2026-06-30"),
    ],
)
def test_a_seat_that_is_there_keeps_the_day_that_is_not_named(
    has: str, options: str, gets: str, files: Path, run: Run
) -> None:
    write(files, {"all.yaml": FILES["all.yaml"].replace("- eli@acme.example", f"- {{user: eli@acme.example, {has}}}")})
    given = changes(run, "assign", "eli@acme.example", "AutoCAD", "--team", "design", *options.split())
    assert given[-1].strip("+- ") == f"{{user: eli@acme.example, {gets}}}"


def test_a_seat_for_several_terms_wants_both_days(files: Path, run: Run) -> None:
    terms = "- {user: eli@acme.example, until: 2026-03-31}\n        - {user: eli@acme.example, from: 2027-01-01}"
    write(files, {"all.yaml": FILES["all.yaml"].replace("- eli@acme.example", terms)})
    line = ("assign", "eli@acme.example", "AutoCAD", "--team", "design", "--until", "2027-03-31")
    assert told(run, *line) == (
        "eli@acme.example has AutoCAD in team design for several terms; give both --from and --until"
    )
    assert changes(run, *line, "--from", "2026-12-01")[-1] == (
        "+        - {user: eli@acme.example, from: 2026-12-01, until: 2027-03-31}"
    )


def test_a_seat_that_begins_later_does_not_end_before(files: Path, run: Run) -> None:
    later = "- {user: eli@acme.example, from: 2027-01-01}"
    write(files, {"all.yaml": FILES["all.yaml"].replace("- eli@acme.example", later)})
    assert refused(run, "assign", "eli@acme.example", "AutoCAD", "--team", "design", "--until", "2026-12-31")[
        0
    ].endswith("error SCHEMA002 `until` (2026-12-31) is before `from` (2027-01-01)")


def test_findings_of_the_result_prevent_an_edit(files: Path, run: Run) -> None:
    write(files, {"all.yaml": FILES["all.yaml"].replace("seats: 3", "seats: 2")})
    assert refused(run, "assign", "cho@acme.example", "AutoCAD", "--team", "design") == [
        "all.yaml:14:7: error SEAT001 team design assigns 3 seats of AutoCAD, but its pool holds 2 on 2026-11-21",
        "hint: take 1 seat back, or have the contract manager buy more and raise `seats`",
    ]
    assert refused(run, "assign", "cho@acme.example", "Reviit", "--team", "design")[0] == (
        "all.yaml:17:7: error SEAT002 team design assigns Reviit, but has no subscription to it"
    )
    assert refused(run, "assign", "cho@acme.example", "Autocad") == [
        "error SEAT002 no team has a subscription to Autocad",
        "hint: did you mean AutoCAD?",
    ]
    assert refused(run, "assign", "cho@acme.example", "Photoshop")[1] == "hint: declare a subscription to it first"
    assert refused(run, "assign", "cho@acme.example", "Revit", "--from", "2027-02-01", "--until", "2027-01-01")[0] == (
        "all.yaml:17:65: error SCHEMA002 `until` (2027-01-01) is before `from` (2027-02-01)"
    )
    assert changes(run, "assign", "eli@acme.example", "Maya", "--team", "design") != []
    assert "warning SEAT005" in run.err


def test_several_people_at_once(files: Path, run: Run) -> None:
    assert changes(
        run, "assign", "cho@acme.example", "dee@acme.example", "CHO@acme.example", "Maya", "--team", "design"
    ) == ["+      Maya: [cho@acme.example, dee@acme.example]"]
    assert changes(run, "unassign", "ben@acme.example", "eli@acme.example", "AutoCAD") == [
        "-    seats:",
        "-      AutoCAD:",
        "-        - ben@acme.example   # draws",
        "-        - eli@acme.example",
        "+    seats: {}",
    ]
    assert changes(run, "promote", "cho@acme.example", "eli@acme.example", "secondary")[-2:] == [
        f"+    secondary_admins: {BACKUP}, cho@acme.example, eli@acme.example]   # backup",
        "+    sso_admins: []",
    ]
    assert told(run, "promote", "cho@acme.example", "eli@acme.example", "primary") == (
        "a team has one primary admin; name one person"
    )
    given = changes(run, "move", "cho@acme.example", "eli@acme.example", "design", "plant")
    assert "+    members: [cho@acme.example]" in given
    assert "+    seats: {AutoCAD: [dee@acme.example, eli@acme.example]}" in given


def test_all_or_none_of_several_people(files: Path, run: Run) -> None:
    assert refused(run, "assign", "bne@acme.example", "cho@acme.example", "elli@acme.example", "Revit") == [
        "error REF001 bne@acme.example is not declared",
        "hint: did you mean ben@acme.example?",
        "error REF001 elli@acme.example is not declared",
        "hint: did you mean eli@acme.example?",
    ]
    assert refused(run, "assign", "cho@acme.example", "eli@acme.example", "Revit", "--team", "desing") == [
        "error REF001 team desing is not declared",
        "hint: did you mean design?",
    ]
    assert refused(run, "offboard", "dee@acme.example", "ben@acme.example", "--replace-by", "ben@acme.example") == [
        "error REF001 ben@acme.example cannot be their own successor",
        "hint: name somebody else with --replace-by",
    ]
    assert contents(files) == FILES


def test_one_successor_of_several_leavers(files: Path, run: Run) -> None:
    """Deputy and SSO admin leave: the successor gets one role. Deputy and primary admin leave: that of the latter."""
    found = changes(run, "offboard", "ben@acme.example", "cho@acme.example", "--replace-by", "eli@acme.example")
    assert "+    secondary_admins: [{user: dee@acme.example, until: 2027-01-31}, eli@acme.example]   # backup" in found
    assert "+    sso_admins: []" in found
    assert run.err == "eli@acme.example stays secondary admin of team design\n"
    found = changes(run, "offboard", "ben@acme.example", "dee@acme.example", "--replace-by", "eli@acme.example")
    assert "+    secondary_admins: [eli@acme.example]   # backup" in found
    write(files, {"all.yaml": FILES["all.yaml"].replace("channel: store", "channel: reseller")})
    found = changes(run, "offboard", "dee@acme.example", "ana@acme.example", "--replace-by", "ben@acme.example")
    assert "+    primary_admin: ben@acme.example" in found
    assert "+    secondary_admins: []   # backup" in found


def test_ambiguous_team(files: Path, run: Run) -> None:
    assert run("edit", "assign", "eli@acme.example", "AutoCAD", "--dry-run") == 0  # where she is
    assert told(run, "assign", "ana@acme.example", "AutoCAD") == (
        "teams design and plant have AutoCAD; choose one with --team"
    )
    assert refused(run, "assign", "ana@acme.example", "AutoCAD", "--team", "desing") == [
        "error REF001 team desing is not declared",
        "hint: did you mean design?",
    ]
    assert refused(run, "promote", "ana@acme.example", "sso", "--team", "sales") == [
        "error REF001 team sales is not declared",
        "hint: choose one of design, plant",
    ]
    assert (
        told(run, "promote", "ana@acme.example", "sso")
        == "ana@acme.example is in the teams design and plant; choose one with --team"
    )


def test_a_seat_is_taken_back(files: Path, run: Run) -> None:
    assert changes(run, "unassign", "ben@acme.example", "AutoCAD") == ["-        - ben@acme.example   # draws"]
    assert run.err == ""
    assert changes(run, "unassign", "ben@acme.example", "Revit") == [
        "-  ben@acme.example: {first_name: Ben, seats: {design: [Revit]}}",
        "+  ben@acme.example: {first_name: Ben, seats: {}}",
    ]
    assert told(run, "unassign", "eli@acme.example", "Maya") == (
        "eli@acme.example holds Maya in team design through group cad; change their group with `seatsync edit move`"
    )
    for options, where in (((), "any team"), (("--team", "plant"), "team plant")):
        assert run("edit", "unassign", "cho@acme.example", "Maya", *options) == 0
        assert run.said == (
            "Nothing to change; the files already declare this.\n",
            f"cho@acme.example holds no seat of Maya in {where}\n",
        )
    assert told(run, "unassign", "cho@acme.example", "Photoshop") == (
        "cho@acme.example holds no seat of Photoshop in any team"
    )
    assert told(run, "unassign", "ben@acme.example", "autocad") == (
        "ben@acme.example holds no seat of autocad in any team; did you mean AutoCAD?"
    )
    assert told(run, "unassign", "ben@acme.example", "Revti", "--team", "design") == (
        "ben@acme.example holds no seat of Revti in team design; did you mean Revit?"
    )
    assert contents(files) == FILES


def test_person_without_seats_stays_a_member(files: Path, run: Run) -> None:
    write(
        files, {"all.yaml": FILES["all.yaml"].replace("[dee@acme.example]}", "[dee@acme.example, cho@acme.example]}")}
    )
    assert changes(run, "unassign", "cho@acme.example", "AutoCAD") == [
        "-    seats: {AutoCAD: [dee@acme.example, cho@acme.example]}",
        "+    seats: {AutoCAD: [dee@acme.example]}",
        "+    members: [cho@acme.example]",
    ]
    assert run.err == "cho@acme.example stays a member of team plant\n"
    write(
        files,
        {"all.yaml": FILES["all.yaml"].replace("seats: {AutoCAD: [", "seats: {Maya: [ana@acme.example], AutoCAD: [")},
    )
    assert changes(run, "unassign", "ana@acme.example", "Maya") != []
    assert run.err == ""


def test_seats_of_a_contract(files: Path, run: Run) -> None:
    of = ("Inventor", "--contract", "110")
    line = '    products: {Inventor: {seats: 2, serial: "1-2", users: ['
    assert changes(run, "unassign", "eli@acme.example", *of) == [
        f"-{line}ben@acme.example, eli@acme.example]}}}}",
        f"+{line}ben@acme.example]}}}}",
        "-    members: [ben@acme.example, cho@acme.example]",
        "+    members: [ben@acme.example, cho@acme.example, eli@acme.example]",
    ]
    assert run.err == "eli@acme.example stays a member of contract 110\n"
    assert len(changes(run, "unassign", "ben@acme.example", *of)) == 2
    assert run("edit", "unassign", "cho@acme.example", *of) == 0
    assert run.err == "cho@acme.example holds no seat of Inventor in contract 110\n"
    assert refused(run, "unassign", "cho@acme.example", "Inventer", "--contract", "110") == [
        "error REF001 contract 110: product Inventer is not declared",
        "hint: did you mean Inventor?",
    ]
    assert run("edit", "assign", "eli@acme.example", *of) == 0
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert refused(run, "assign", "cho@acme.example", *of)[0].startswith("all.yaml:40:16: error CLASSIC005")
    assert refused(run, "assign", "cho@acme.example", "Inventer", "--contract", "110") == [
        "error REF001 contract 110: product Inventer is not declared",
        "hint: did you mean Inventor?",
    ]
    assert refused(run, "assign", "cho@acme.example", "Inventor", "--contract", "111") == [
        "error REF001 contract 111 is not declared",
        "hint: did you mean 110?",
    ]
    write(files, {"all.yaml": FILES["all.yaml"].replace("seats: 2, serial", "seats: 3, serial")})
    assert changes(run, "assign", "cho@acme.example", *of) == [
        f"-{line}ben@acme.example, eli@acme.example]}}}}".replace("seats: 2", "seats: 3"),
        f"+{line}ben@acme.example, eli@acme.example, cho@acme.example]}}}}".replace("seats: 2", "seats: 3"),
    ]


def test_seats_of_a_contract_for_some_days(files: Path, run: Run) -> None:
    of = ("Inventor", "--contract", "110")
    line, members = (
        '    products: {Inventor: {seats: 2, serial: "1-2", users: [',
        "    members: [ben@acme.example, cho@acme.example",
    )
    until = "{user: eli@acme.example, until: 2027-03-31}"
    assert changes(run, "assign", "eli@acme.example", *of, "--until", "2027-03-31") == [
        f"-{line}ben@acme.example, eli@acme.example]}}}}",
        f"+{line}ben@acme.example, {until}]}}}}",
    ]
    assert run("edit", "assign", "eli@acme.example", *of, "--until", "2027-03-31") == 0
    assert run("edit", "assign", "eli@acme.example", *of, "--until", "2027-03-31") == 0
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert changes(run, "assign", "eli@acme.example", *of, "--from", "2027-01-01") == [
        f"-{line}ben@acme.example, {until}]}}}}",
        f"+{line}ben@acme.example, {until.replace('until', 'from: 2027-01-01, until')}]}}}}",
    ]
    assert changes(run, "unassign", "eli@acme.example", *of) == [
        f"-{line}ben@acme.example, {until}]}}}}",
        f"+{line}ben@acme.example]}}}}",
        f"-{members}]",
        f"+{members}, {until}]",
    ]
    assert run.err == "eli@acme.example stays a member of contract 110 through 2027-03-31\n"


def test_who_is_in_a_group_for_a_term_stays_a_member(files: Path, run: Run) -> None:
    text = FILES["all.yaml"].replace("[eli@acme.example], products: [Maya]}", "[eli@acme.example], until: 2027-02-28}")
    write(files, {"all.yaml": text})
    assert changes(run, "unassign", "eli@acme.example", "AutoCAD") == [
        "-        - eli@acme.example",
        "+    members: [eli@acme.example]",
    ]
    assert run.err == "eli@acme.example stays a member of team design\n"
    write(files, {"all.yaml": text.replace("until: 2027-02-28}", "until: 2027-02-28, products: [AutoCAD]}")})
    assert changes(run, "unassign", "eli@acme.example", "AutoCAD")[1:] == ["+    members: [eli@acme.example]"]
    assert run.err == (
        "eli@acme.example still holds AutoCAD in team design through group cad\n"
        "eli@acme.example stays a member of team design\n"
    )


@pytest.mark.parametrize("command", ["assign", "unassign"])
def test_wrong_combinations_of_options(files: Path, run: Run, command: str) -> None:
    both = ("cho@acme.example", "Inventor", "--contract", "110", "--team", "design")
    assert told(run, command, *both) == "a seat belongs to a team or to a contract; pass --team or --contract, not both"
    assert contents(files) == FILES


def test_a_seat_beside_that_of_a_group(files: Path, run: Run) -> None:
    write(
        files,
        {"all.yaml": FILES["all.yaml"].replace("      AutoCAD:\n", "      Maya: [eli@acme.example]\n      AutoCAD:\n")},
    )
    assert changes(run, "unassign", "eli@acme.example", "Maya") == ["-      Maya: [eli@acme.example]"]
    assert run.err == "eli@acme.example still holds Maya in team design through group cad\n"


def test_somebody_becomes_primary_admin(files: Path, run: Run) -> None:
    assert changes(run, "promote", "cho@acme.example", "primary", "--team", "design") == [
        "-    primary_admin: ana@acme.example",
        f"-    secondary_admins: {BACKUP}]   # backup",
        "-    sso_admins: [cho@acme.example]",
        "+    primary_admin: cho@acme.example",
        f"+    secondary_admins: {BACKUP}, ana@acme.example]   # backup",
        "+    sso_admins: []",
    ]
    assert run.err == "ana@acme.example becomes secondary admin of team design\n"
    assert run("edit", "promote", "ana@acme.example", "primary", "--team", "design") == 0
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert contents(files) == FILES


def test_somebody_becomes_another_admin(files: Path, run: Run) -> None:
    assert changes(run, "promote", "cho@acme.example", "secondary") == [
        f"-    secondary_admins: {BACKUP}]   # backup",
        "-    sso_admins: [cho@acme.example]",
        f"+    secondary_admins: {BACKUP}, cho@acme.example]   # backup",
        "+    sso_admins: []",
    ]
    assert run("edit", "promote", "cho@acme.example", "sso") == 0
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert refused(run, "promote", "ana@acme.example", "secondary", "--team", "design") == [
        "all.yaml:3:20: error ROLE001 ana@acme.example is primary admin of team design",
        "hint: make somebody else primary admin first: `seatsync edit promote SOMEBODY primary`",
    ]
    write(files, {"people.yaml": FILES["people.yaml"] + "  fay@acme.example:\n"})
    assert told(run, "promote", "fay@acme.example", "sso") == "fay@acme.example is in no team; choose one with --team"


def test_from_one_group_to_another(files: Path, run: Run) -> None:
    assert changes(run, "move", "dee@acme.example", "lab", "cad") == [
        "-      cad: {members: [eli@acme.example], products: [Maya]}",
        "+      cad: {members: [eli@acme.example, {user: dee@acme.example, from: 2026-01-01}], products: [Maya]}",
        "-        members:",
        "-          - {user: dee@acme.example, from: 2026-01-01}   # in the morning",
        "+        members: []",
    ]
    assert told(run, "move", "cho@acme.example", "lab", "cad") == "cho@acme.example is not in group lab of team design"
    assert told(run, "move", "dee@acme.example", "lab", "lab") == "cannot move from lab to lab; name another target"
    assert told(run, "move", "dee@acme.example", "lab", "plant") == (
        "lab and plant are neither two teams nor two groups of one team"
    )
    assert refused(run, "move", "dee@acme.example", "lab", "cda") == [
        "error REF001 team or group cda is not declared",
        "hint: did you mean cad?",
    ]
    assert refused(run, "move", "dee@acme.example", "lab", "cad", "--team", "plant")[0] == (
        "error REF001 group lab of team plant is not declared"
    )
    both = FILES["all.yaml"].replace("cad: {products: [Maya]}", "cad: {products: [Maya]}\n      lab: {}")
    write(files, {"all.yaml": both})
    assert told(run, "move", "dee@acme.example", "lab", "cad") == (
        "teams design and plant have groups lab and cad; choose one with --team"
    )


def test_from_one_team_to_another(files: Path, run: Run) -> None:
    assert changes(run, "move", "eli@acme.example", "design", "plant") == [
        "-      cad: {members: [eli@acme.example], products: [Maya]}",
        "+      cad: {members: [], products: [Maya]}",
        "-        - eli@acme.example",
        "-      cad: {products: [Maya]}",
        "-    seats: {AutoCAD: [dee@acme.example]}",
        "+      cad: {products: [Maya], members: [eli@acme.example]}",
        "+    seats: {AutoCAD: [dee@acme.example, eli@acme.example]}",
    ]
    assert refused(run, "move", "dee@acme.example", "plant", "design") == [
        "all.yaml:18:20: error STEP004 dee@acme.example is primary admin of team plant",
        "hint: hand the role over first: `seatsync edit promote SOMEBODY primary --team plant`",
    ]
    assert changes(run, "move", "cho@acme.example", "design", "plant") == [
        "-    sso_admins: [cho@acme.example]",
        "+    sso_admins: []",
        "+    members: [cho@acme.example]",
    ]
    assert run.err.startswith("cho@acme.example is no longer SSO admin of team design\n")
    assert refused(run, "move", "ben@acme.example", "design", "plant")[0].endswith(
        "error SEAT002 team plant assigns Revit, but has no subscription to it"
    )
    assert run("edit", "move", "eli@acme.example", "plant", "design") == 0
    assert run.said == ("Nothing to change; the files already declare this.\n", "")
    write(files, {"people.yaml": FILES["people.yaml"] + "  fay@acme.example:\n"})
    assert told(run, "move", "fay@acme.example", "plant", "design") == "fay@acme.example is not in team plant"


def test_lost_memberships_are_reported(files: Path, run: Run) -> None:
    text = FILES["all.yaml"].replace("- {user: dee@acme.example, from: 2026-01-01}", "- ben@acme.example")
    write(files, {"all.yaml": text, "people.yaml": FILES["people.yaml"].replace(", seats: {design: [Revit]}", "")})
    changes(run, "move", "ben@acme.example", "design", "plant")
    assert run.err.splitlines()[:3] == [
        "ben@acme.example is no longer secondary admin of team design",
        "team plant has no group lab, so ben@acme.example is not added to it",
        "ben@acme.example stays in team design as contract manager of 1",
    ]


def test_files_that_cannot_be_read_are_left_alone(files: Path, run: Run) -> None:
    write(files, {"people.yaml": "users: []\n"})
    assert run("edit", "offboard", "ben@acme.example") == 1
    assert "SCHEMA001" in run.out
    write(files, {"seatsync.yaml": "[\n"})
    assert run("edit", "offboard", "ben@acme.example") == 1
    assert "YAML001" in run.out


def test_a_layout_that_cannot_be_changed_is_left_alone(files: Path, run: Run) -> None:
    write(files, {"people.yaml": FILES["people.yaml"].replace("  eli@acme.example:\n", "  ? eli@acme.example\n  :\n")})
    before = contents(files)
    assert told(run, "offboard", "eli@acme.example").endswith("; nothing was written; change it by hand")
    assert contents(files) == before


def test_errors_that_were_there_do_not_stop_an_edit(files: Path, run: Run) -> None:
    write(files, {"all.yaml": FILES["all.yaml"].replace("seats: 3", "seats: 1")})
    assert run("edit", "unassign", "ben@acme.example", "AutoCAD") == 0
    assert run("validate") == 0


def test_dated_members_keep_their_days(files: Path, run: Run) -> None:
    """Seats do not become permanent, and people with past or future entries stay in the team."""
    people = "  fay@acme.example: {seats: {design: [{product: Maya, until: 2026-03-31}]}}\n"
    write(files, {"people.yaml": FILES["people.yaml"] + people})
    seats = (
        "    seats:\n"
        "      Revit:\n"
        "        - {user: fay@acme.example, from: 2027-01-01}\n"
        "        - {user: fay@acme.example, until: 2026-06-30}\n"
    )
    write(files, {"all.yaml": FILES["all.yaml"].replace("    seats:\n", seats, 1)})
    assert run("edit", "unassign", "fay@acme.example", "Revit", "--dry-run") == 0
    assert run.err == (
        "fay@acme.example stays a member of team design from 2027-01-01\n"
        "fay@acme.example stays a member of team design through 2026-06-30\n"
    )
    members = "members: [{user: fay@acme.example, from: 2027-01-01}, {user: fay@acme.example, until: 2026-06-30}]"
    assert f"+    {members}\n" in run.out
    write(files, {"all.yaml": FILES["all.yaml"].replace("    seats:\n", seats + "        - fay@acme.example\n", 1)})
    assert run("edit", "unassign", "fay@acme.example", "Revit", "--dry-run") == 0
    assert run.err == "fay@acme.example stays a member of team design\n"


def test_membership_goes_along_for_its_days(files: Path, run: Run) -> None:
    write(files, {"people.yaml": FILES["people.yaml"] + "  fay@acme.example:\n"})
    member = "    members: [{user: fay@acme.example, until: 2027-01-31}]\n"
    write(files, {"all.yaml": FILES["all.yaml"].replace("    seats:\n", f"{member}    seats:\n", 1)})
    assert changes(run, "move", "fay@acme.example", "design", "plant")[-1] == f"+{member}".rstrip("\n")
    seat = "        - {user: fay@acme.example, from: 2027-01-01}\n"
    write(files, {"all.yaml": FILES["all.yaml"].replace("    sso_admins: [", "    sso_admins: [fay@acme.example, ")})
    text = (files / "all.yaml").read_text(encoding="utf-8")
    write(files, {"all.yaml": text.replace("      AutoCAD:\n", f"      AutoCAD:\n{seat}", 1)})
    assert "+    members: [fay@acme.example]" in changes(run, "move", "fay@acme.example", "design", "plant")


def test_a_primary_admin_that_the_files_do_not_name(files: Path, run: Run) -> None:
    text = FILES["all.yaml"].replace("    primary_admin: ana@acme.example\n", "", 1)
    text = text.replace("channel: store", "channel: reseller").replace("manager: ana@", "manager: ben@")
    write(files, {"all.yaml": text})
    offboard = ("offboard", "ben@acme.example", "--replace-by", "eli@acme.example", "--dry-run")
    assert run("edit", *offboard) == 0
    assert run.err.splitlines()[0] == (
        "team design declares no primary admin; if ben@acme.example is the primary admin in the account, name another"
        " with `seatsync edit promote SOMEBODY primary --team design`"
    )
    assert run("edit", "promote", "eli@acme.example", "primary", "--team", "design", "--dry-run") == 0
    assert run.err == (
        "team design declared no primary admin; to keep the one in the account as an admin, run"
        " `seatsync edit promote THEM secondary --team design`\n"
    )


def test_a_role_for_some_days_becomes_one_for_good(files: Path, run: Run) -> None:
    assert changes(run, "promote", "dee@acme.example", "secondary", "--team", "design") == [
        f"-    secondary_admins: {BACKUP}]   # backup",
        "+    secondary_admins: [ben@acme.example, dee@acme.example]   # backup",
    ]


def test_a_role_that_is_over_does_not_keep_from_one(files: Path, run: Run) -> None:
    over = (
        "secondary_admins: [{user: fay@acme.example, until: 2026-01-31}, {user: ana@acme.example, until: 2026-01-31}, "
    )
    write(files, {"people.yaml": FILES["people.yaml"] + "  fay@acme.example:\n"})
    write(files, {"all.yaml": FILES["all.yaml"].replace("secondary_admins: [", over, 1)})
    rest = "{user: dee@acme.example, until: 2027-01-31}"
    assert (
        f"+    secondary_admins: [{{user: ana@acme.example, until: 2026-01-31}}, {rest}, fay@acme.example]   # backup"
    ) in changes(run, "offboard", "ben@acme.example", "--replace-by", "fay@acme.example")
    assert (
        "+    secondary_admins: [{user: fay@acme.example, until: 2026-01-31},"
        f" ben@acme.example, {rest}, ana@acme.example]   # backup"
    ) in changes(run, "promote", "eli@acme.example", "primary", "--team", "design")


def test_a_place_in_a_group_that_is_over_is_none(files: Path, run: Run) -> None:
    over = "cad: {members: [{user: eli@acme.example, until: 2026-01-31}], products: [Maya]}"
    write(files, {"all.yaml": FILES["all.yaml"].replace("cad: {products: [Maya]}", over)})
    assert f"+      {over.replace(']', ', eli@acme.example]', 1)}" in changes(
        run, "move", "eli@acme.example", "design", "plant"
    )


def test_warnings_are_told_once_where_there_is_no_account(loaded: Path, run: Run) -> None:
    assert run("edit", "offboard", "ben@acme.example", "--at", DAY, "--target", "sqlite:///none.db") == 0
    assert run.err.count("warning ROLE003") == 1
    assert "no plan: " in run.err


def test_a_file_in_canonical_form_stays_in_it(files: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("fmt") == 0
    assert changes(run, "assign", "cho@acme.example", "AutoCAD", "--team", "design") == ["+        - cho@acme.example"]
    assert run("edit", "promote", "dee@acme.example", "sso", "--team", "design") == 0
    assert run("fmt", "--check") == 0
    text = (files / "all.yaml").read_text(encoding="utf-8")
    assert "    sso_admins: [cho@acme.example, dee@acme.example]\n" in text

    def refuses(*_: object) -> bytes:
        raise NotFormatted

    monkeypatch.setattr("seatsync.editing.canonical.formatted", refuses)
    assert run("edit", "promote", "dee@acme.example", "secondary", "--team", "design") == 0
    assert "sso_admins: [cho@acme.example]\n" in (files / "all.yaml").read_text(encoding="utf-8")
    monkeypatch.setattr("seatsync.editing.canonical._MAX_KEPT", 100)
    assert run("edit", "promote", "dee@acme.example", "sso", "--team", "design") == 0


def test_the_plan_that_follows_is_shown(loaded: Path, run: Run) -> None:
    assert run("edit", "offboard", "cho@acme.example", "--at", DAY) == 0
    assert run.out == (
        "Changed teams/design.yaml and users.yaml.\n\n"
        "Account acme (serial 1) at sqlite:///account.db, on 2026-11-21\n\n"
        "team design\n"
        "  1. - remove cho@acme.example\n"
        "       frees AutoCAD\n"
        "       leaves the account\n\n"
        "Plan: 0 to add, 0 to change, 1 to remove.\n"
    )
    assert run("edit", "promote", "ben@acme.example", "primary", "--at", DAY, "--target", "sqlite:///none.db") == 0
    assert run.out.startswith(
        "Changed teams/design.yaml.\n\nAccount acme, from the files before the edit to the working tree"
    )
    assert "no plan: sqlite:///none.db: there is no account here" in run.err
    assert (loaded / "teams/design.yaml").read_text(encoding="utf-8").count("ana@acme.example") == 1
