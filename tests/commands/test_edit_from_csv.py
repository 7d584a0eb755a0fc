"""`edit from-csv`: what the rows of a CSV say and the files lack is brought into these; nothing is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.staffing import team_entries
from seatsync.staffing.team_entries import Entry, entries
from tests.commands.running import DAY, Run, write

FILES = {
    "seatsync.yaml": "version: 1\naccount: acme\ninclude: [people.yaml, more.csv, teams.yaml]\n",
    "people.yaml": """\
users:
  ana@acme.example: {first_name: Ana}   # boss
  ben@acme.example:
""",
    "more.csv": "email,team,product,group,role\ncho@acme.example,plant,,,\nhal@acme.example,plant,,,\n",
    "teams.yaml": """\
teams:
  design:
    primary_admin: ana@acme.example
    sso_admins: [ben@acme.example]
    groups:
      cad: {products: [Maya]}
    seats:
      AutoCAD: [{user: ben@acme.example, until: 2026-12-31}]   # by product
  plant:
    primary_admin: ana@acme.example
subscriptions:
  "1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2028-12-31}
  "2": {team: design, product: Maya, offering: flex, tokens: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2028-12-31}
  "3": {team: plant, product: AutoCAD, offering: multi-user, seats: 5, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2028-12-31}
""",
}


@pytest.fixture(name="files")
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, FILES)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES}


@pytest.fixture(name="rows")
def _rows(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the place of a CSV beside the repository."""
    write(files, FILES)
    return tmp_path_factory.mktemp("beside") / "joiners.csv"


def changes(run: Run, rows: Path, text: str) -> list[str]:
    """Return the changed lines of `edit from-csv`."""
    rows.write_text(text, encoding="utf-8")
    assert run("edit", "from-csv", str(rows), "--dry-run") == 0, run.said
    return [line for line in run.out.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


def refused(run: Run, rows: Path, text: str) -> list[str]:
    """Return the findings that prevent it."""
    rows.write_text(text, encoding="utf-8")
    assert run("edit", "from-csv", str(rows)) == 1
    return [line.replace(str(rows), "joiners.csv") for line in run.out.splitlines() if "error " in line]


BEN = "{user: ben@acme.example, until: 2026-12-31}"
LONGER = "{user: ben@acme.example, until: 2027-06-30}"
JOINERS = """\
E-mail;First name;Last name;Team;product;group;role;from;until;previous_emails;language
dee@acme.example;Dee;Kim;design;AutoCAD;cad;;;2027-03-31;dee.old@acme.example old@acme.example;de
dee@acme.example;;;plant;AutoCAD;;;;;;
eli@acme.example;Eli;;design;;;Secondary admin;2027-01-01;;;
fay@acme.example;;;plant;;;external;;;;
gus@acme.example;;;;;;;;;;
"""


def test_new_people_are_declared_where_those_of_their_team_are(rows: Path, run: Run) -> None:
    assert changes(run, rows, JOINERS) == [
        "+fay@acme.example,plant,,,external",
        "+  dee@acme.example:",
        "+    first_name: Dee",
        "+    last_name: Kim",
        "+    language: de",
        "+    previous_emails: [dee.old@acme.example, old@acme.example]",
        "+  eli@acme.example: {first_name: Eli}",
        "+  gus@acme.example: {}",
        "-      cad: {products: [Maya]}",
        "+      cad: {products: [Maya], members: [{user: dee@acme.example, until: 2027-03-31}]}",
        f"-      AutoCAD: [{BEN}]   # by product",
        f"+      AutoCAD: [{BEN}, {{user: dee@acme.example, until: 2027-03-31}}]   # by product",
        "+    secondary_admins: [{user: eli@acme.example, from: 2027-01-01}]",
        "+    seats:",
        "+      AutoCAD: [dee@acme.example]",
    ]
    assert run.err == "team plant declares its external users now, so everybody else there becomes a regular member\n"


def test_people_who_are_there_get_what_they_lack(rows: Path, run: Run) -> None:
    text = (
        "email,first_name,team,product,group,role,until,previous_emails\n"
        "ANA@acme.example,Anna,design,AutoCAD,cad,secondary,2027-01-31,a@acme.example\n"
        "ben@acme.example,,design,AutoCAD,,secondary,2027-06-30,\n"
        "cho@acme.example,,design,,cad,,,c@acme.example\n"
        "cho@acme.example,,plant,AutoCAD,,,,\n"
    )
    assert changes(run, rows, text) == [
        "-email,team,product,group,role",
        "-cho@acme.example,plant,,,",
        "-hal@acme.example,plant,,,",
        "+email,team,product,group,role,previous_emails",
        "+cho@acme.example,plant,,,,c@acme.example",
        "+hal@acme.example,plant,,,,",
        "+cho@acme.example,design,,cad,,",
        "+cho@acme.example,plant,AutoCAD,,,",
        "-  ana@acme.example: {first_name: Ana}   # boss",
        "+  ana@acme.example: {first_name: Anna, previous_emails: [a@acme.example]}   # boss",
        "-    sso_admins: [ben@acme.example]",
        "+    sso_admins: []",
        "-      cad: {products: [Maya]}",
        "+      cad: {products: [Maya], members: [{user: ana@acme.example, until: 2027-01-31}]}",
        f"-      AutoCAD: [{BEN}]   # by product",
        f"+      AutoCAD: [{LONGER}, {{user: ana@acme.example, until: 2027-01-31}}]   # by product",
        f"+    secondary_admins: [{LONGER}]",
    ]
    assert run.err == "primary admins keep their role: ANA@acme.example (team design)\n"


def test_it_can_be_repeated(rows: Path, run: Run, files: Path) -> None:
    rows.write_text(JOINERS, encoding="utf-8")
    assert run("edit", "from-csv", str(rows)) == 0, run.said
    after = contents(files)
    assert after != FILES
    assert run("validate") == 0
    assert run("edit", "from-csv", str(rows)) == 0
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert contents(files) == after


def test_names_of_people_in_a_csv(rows: Path, run: Run, files: Path) -> None:
    write(files, {"more.csv": "email,first_name,team\ncho@acme.example,Cho,plant\ncho@acme.example,,design\n"})
    assert changes(run, rows, "email,first_name\ncho@acme.example,Cho\n") == []
    assert changes(run, rows, "email,first_name\ncho@acme.example,Choe\n") == [
        "-cho@acme.example,Cho,plant",
        "-cho@acme.example,,design",
        "+cho@acme.example,Choe,plant",
        "+cho@acme.example,Choe,design",
    ]


def test_teams_are_gone_through_once_for_all_people(
    rows: Path, run: Run, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams: list[str] = []

    def counted(declared: Declaration, team: DeclaredTeam, user: str | None) -> Iterator[Entry]:
        teams.append(team.name)
        return entries(declared, team, user)

    monkeypatch.setattr(team_entries, "entries", counted)
    known = "".join(f"q{number}@acme.example,plant\n" for number in range(30))
    write(files, {"more.csv": f"email,team\n{known}"})
    assert changes(run, rows, f"email,team\n{known.replace('plant', 'design')}")
    assert sorted(teams) == ["design", "design", "plant"]  # those of the CSV, and design in the files


def test_who_has_more_loses_nothing(rows: Path, run: Run) -> None:
    text = "email,team,product,until\nben@acme.example,design,AutoCAD,2026-11-30\nana@acme.example,design,,\n"
    assert changes(run, rows, text) == []
    assert run.said == ("Nothing to change; the files already declare this.\n", "")


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (
            "email,team,product\nx@acme.example,desing,\ny@acme.example,,Maya\n",
            [
                "joiners.csv:2:16: error REF001 team desing is not declared",
                "joiners.csv:3:17: error SCHEMA001 a product needs a team",
            ],
        ),
        (
            "email,team,group,until\nx@acme.example,desing,,\ny@acme.example,design,cda,2026-02-30\nz,design,,\n",
            [
                "joiners.csv:2:16: error REF001 team desing is not declared",
                "joiners.csv:3:23: error REF001 group cda of team design is not declared",
                "joiners.csv:3:27: error SCHEMA001 '2026-02-30' is not a date",
                "joiners.csv:4:1: error SCHEMA001 'z' is not an e-mail address",
            ],
        ),
        (
            "email,team,product\nx@acme.example,plant,Maya\n",
            ["more.csv:4:22: error SEAT002 team plant assigns Maya, but has no subscription to it"],
        ),
    ],
)
def test_errors_prevent_all_of_it(text: str, findings: list[str], rows: Path, files: Path, run: Run) -> None:
    assert refused(run, rows, text) == findings
    assert contents(files) == FILES


def test_a_file_that_cannot_be_read(rows: Path, run: Run) -> None:
    assert run("edit", "from-csv", str(rows)) == 1
    assert run.said == ("", f"seatsync: {rows}: does not exist\n")


def test_the_file_is_in_the_working_folder(files: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(files, {"joiners.csv": "email,team\nfay@acme.example,plant\n"})
    monkeypatch.chdir(files.parent)
    assert run("-C", str(files), "edit", "from-csv", "joiners.csv", "--dry-run") == 0
    assert "+fay@acme.example,plant,,," in run.out
