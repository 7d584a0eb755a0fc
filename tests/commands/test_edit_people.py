"""`seatsync edit` for joiners, extensions, swaps and new addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.staffing.proposal import not_declared
from tests.commands.running import DAY, Run, write
from tests.commands.test_edit import BACKUP, CSV, FILES, changes, contents, refused, told

NOTHING = "Nothing to change; the files already declare this.\n"
NOT_COPIED = "is secondary admin of team design, which is not copied; see `seatsync edit promote`\n"


@pytest.fixture(name="files")
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, FILES)
    return folder


@pytest.fixture(name="csv")
def _csv(files: Path) -> Path:
    write(files, {"seatsync.yaml": FILES["seatsync.yaml"].replace("all.yaml", "all.yaml, more.csv")})
    (files / "more.csv").write_bytes(CSV.encode())
    return files / "more.csv"


def with_text(files: Path, old: str, new: str) -> None:
    assert old in FILES["all.yaml"]
    write(files, {"all.yaml": FILES["all.yaml"].replace(old, new)})


MAYA = "      cad: {members: [eli@acme.example], products: [Maya]}"


def test_a_joiner_like_a_colleague(files: Path, run: Run) -> None:
    """Seats by product and by user, and groups with their last days; no role, and not what is over."""
    ben = ", {user: ben@acme.example, from: 2026-01-01, until: 2027-05-31}"
    text = FILES["all.yaml"].replace(MAYA, MAYA.replace("]", f"{ben}]", 1), 1)
    text = text.replace("    seats:\n", "    seats:\n      Maya: [{user: ben@acme.example, until: 2026-03-31}]\n", 1)
    write(files, {"all.yaml": text})
    assert changes(run, "onboard", "Fay@Acme.example", "--like", "ben@acme.example", "--first-name", "Fay") == [
        "-" + MAYA.replace("]", f"{ben}]", 1),
        "+" + MAYA.replace("]", ben + ", {user: Fay@Acme.example, until: 2027-05-31}]", 1),
        "+        - Fay@Acme.example",
        "+      Revit: [Fay@Acme.example]",
        "+  Fay@Acme.example: {first_name: Fay}",
    ]
    assert run.err == f"ben@acme.example {NOT_COPIED}"


def test_a_joiner_like_a_colleague_with_several_entries(files: Path, run: Run) -> None:
    """The entry that lasts longest counts, wherever it is; a group may be named like a role."""
    with_text(
        files,
        "        - eli@acme.example\n",
        "        - {user: eli@acme.example, until: 2027-06-30}\n        - {list: core}\n",
    )
    ends = "lists: {core: {members: [{user: eli@acme.example, until: 2027-03-31}]}}\n"
    write(files, {"people.yaml": FILES["people.yaml"] + ends})
    text = (files / "all.yaml").read_text()
    write(
        files,
        {
            "all.yaml": text.replace(
                "      cad: {members: [eli", "      sso: {members: [eli@acme.example]}\n      cad: {members: [eli", 1
            )
        },
    )
    given = changes(run, "onboard", "fay@acme.example", "--like", "eli@acme.example", "--team", "design")
    assert "+        - {user: fay@acme.example, until: 2027-06-30}" in given
    assert "+      sso: {members: [eli@acme.example, fay@acme.example]}" in given
    assert run.err == ""


def test_what_is_asked_for(files: Path, run: Run) -> None:
    words = ("--team", "plant", "--product", "AutoCAD", "--group", "cad", "--until", "2027-03-31")
    both = "{user: fay@acme.example, until: 2027-03-31}, {user: gus@acme.example, until: 2027-03-31}"
    assert changes(run, "onboard", "fay@acme.example", "gus@acme.example", *words) == [
        "-      cad: {products: [Maya]}",
        "-    seats: {AutoCAD: [dee@acme.example]}",
        f"+      cad: {{products: [Maya], members: [{both}]}}",
        f"+    seats: {{AutoCAD: [dee@acme.example, {both}]}}",
        "+  fay@acme.example: {}",
        "+  gus@acme.example: {}",
    ]
    assert changes(run, "onboard", "fay@acme.example", "--team", "plant") == [
        "+    members: [fay@acme.example]",
        "+  fay@acme.example: {}",
    ]


def test_who_is_declared_gets_what_is_missing(files: Path, run: Run) -> None:
    words = ("onboard", "eli@acme.example", "--team", "design")
    given = changes(run, *words, "--product", "AutoCAD", "--product", "Revit", "--last-name", "Roth")
    assert given == [
        "+      Revit: [eli@acme.example]",
        "-  eli@acme.example:",
        "+  eli@acme.example: {last_name: Roth}",
    ]
    assert run("edit", *words, "--until", "2026-12-31", "--group", "cad", "--product", "AutoCAD") == 0
    assert run.said == (NOTHING, "")  # what is permanent stays so
    assert run("edit", "onboard", "ana@acme.example", "--team", "design") == 0
    assert run.said == (NOTHING, "")  # a primary admin is a member
    with_text(files, "- eli@acme.example", "- {user: eli@acme.example, until: 2026-12-31}   # for now")
    assert changes(run, *words, "--product", "AutoCAD", "--until", "2027-06-30") == [
        "-        - {user: eli@acme.example, until: 2026-12-31}   # for now",
        "+        - {user: eli@acme.example, until: 2027-06-30}   # for now",
    ]


def test_joiners_in_a_csv(csv: Path, run: Run) -> None:
    """They are rows as their colleague's; where only people are in the CSV, the rest is in YAML."""
    joiners = ("onboard", "ida@acme.example", "jan@acme.example", "--like", "fay@acme.example", "--team", "plant")
    assert changes(run, *joiners) == [
        "-,hal@acme.example,design,",
        "+,hal@acme.example,design,\\r",
        "+AutoCAD,ida@acme.example,plant,\\r",
        "+AutoCAD,jan@acme.example,plant,",
    ]
    given = changes(
        run, "onboard", "ida@acme.example", "--like", "hal@acme.example", "--team", "plant", "--first-name", "Ida"
    )
    assert given[-1] == "+Maya,ida@acme.example,plant,Ida"
    given = changes(
        run, "onboard", "gus@acme.example", "--team", "plant", "--product", "AutoCAD", "--first-name", "Gus"
    )
    assert "+AutoCAD,gus@acme.example,plant," in given
    assert "+,gus@acme.example,plant,Gus\\r" in given
    csv.write_bytes(b"email,first_name\nfay@acme.example,Fay\n")
    with_text(csv.parent, "- ben@acme.example ", "- fay@acme.example ")
    assert changes(run, "onboard", "ida@acme.example", "--like", "fay@acme.example", "--first-name", "Ida") == [
        "+        - ida@acme.example",
        "+ida@acme.example,Ida",
    ]


def test_joiners_that_cannot_be(files: Path, run: Run) -> None:
    join = ("onboard", "fay@acme.example")
    assert told(run, *join) == "choose one of the teams design and plant with --team"
    assert told(run, *join, "gus@acme.example", "--team", "plant", "--last-name", "Ode") == (
        "several people do not have the same name; leave out --first-name and --last-name"
    )
    assert told(run, *join, "--team", "plant", "--like", "cho@acme.example") == "cho@acme.example is not in team plant"
    assert told(run, *join, "--like", "dee@acme.example") == (
        "dee@acme.example is in the teams design and plant; choose one with --team"
    )
    assert refused(run, "onboard", "fay", "gus@", "--team", "plant") == [
        "error SCHEMA001 fay is not an e-mail address: An address needs an @-sign between name and domain",
        "hint: write it as ana@acme.example",
        "error SCHEMA001 gus@ is not an e-mail address: There must be something after the @-sign",
        "hint: write it as ana@acme.example",
    ]
    assert refused(run, *join, "--team", "plant", "--group", "cda") == [
        "error REF001 group cda of team plant is not declared",
        "hint: did you mean cad?",
    ]
    assert refused(run, *join, "gus@acme.example", "--team", "design", "--product", "AutoCAD")[0].endswith(
        "error SEAT001 team design assigns 4 seats of AutoCAD, but its pool holds 3 on 2026-11-21"
    )
    assert contents(files) == FILES


def test_a_contractor_stays_longer(files: Path, run: Run) -> None:
    """The entry that grants a product gets the day: that of the group, if there is no direct seat."""
    with_text(files, "from: 2026-01-01}", "until: 2026-12-31}")
    words = ("--until", "2027-06-30")
    assert changes(run, "extend", "dee@acme.example", "Revit", *words) == [
        "-          - {user: dee@acme.example, until: 2026-12-31}   # in the morning",
        "+          - {user: dee@acme.example, until: 2027-06-30}   # in the morning",
    ]
    assert changes(run, "extend", "dee@acme.example", "lab", *words) == changes(
        run, "extend", "dee@acme.example", "Revit", *words
    )
    assert changes(run, "extend", "dee@acme.example", *words) == [
        f"-    secondary_admins: {BACKUP}]   # backup",
        f"+    secondary_admins: {BACKUP}]   # backup".replace("2027-01-31", "2027-06-30"),
        "-          - {user: dee@acme.example, until: 2026-12-31}   # in the morning",
        "+          - {user: dee@acme.example, until: 2027-06-30}   # in the morning",
    ]
    with_text(files, "from: 2026-01-01}   # in the morning\n", "until: 2026-12-31}\n        until: 2027-01-31\n")
    assert changes(run, "extend", "dee@acme.example", "Revit", *words) != []
    assert run.err == "group lab of team design (all.yaml:9) itself ends on 2027-01-31, for all its members\n"
    with_text(files, "from: 2026-01-01}", "until: 2026-12-31}")
    assert changes(run, "extend", "dee@acme.example", "--until", "2027-01-15")[-1].startswith("+          - {user: dee")
    assert run.err == (
        "dee@acme.example: secondary admin in team design ends on 2027-01-31, which is later; it is left as it is\n"
    )


def test_what_is_over_is_extended_only_if_nothing_else_is_left(files: Path, run: Run) -> None:
    seats = "[{product: Maya, until: 2026-03-31}, {product: Revit, until: 2026-12-31}]"
    people = f"  fay@acme.example: {{seats: {{design: {seats}}}}}\n"
    write(files, {"people.yaml": FILES["people.yaml"] + people})
    given = changes(run, "extend", "fay@acme.example", "--until", "2027-01-31")
    assert given[1] == "+" + people.replace("2026-12-31", "2027-01-31").rstrip("\n")
    write(files, {"people.yaml": FILES["people.yaml"] + people.replace("2026-12-31", "2026-05-31")})
    given = changes(run, "extend", "fay@acme.example", "--until", "2027-01-31")
    assert given[1] == "+" + people.replace("2026-12-31", "2027-01-31").rstrip("\n")
    given = changes(run, "extend", "fay@acme.example", "Maya", "--until", "2027-01-31")
    assert given[1] == "+" + people.replace("2026-12-31", "2026-05-31").replace("2026-03-31", "2027-01-31").rstrip("\n")


def test_what_cannot_be_extended(files: Path, run: Run) -> None:
    until = ("--until", "2027-06-30")
    assert run("edit", "extend", "eli@acme.example", "Maya", *until) == 0
    assert run.said == (NOTHING, "eli@acme.example: group cad in team design has no last day; it is left as it is\n")
    assert told(run, "extend", "cho@acme.example", *until) == "cho@acme.example has nothing in any team that ends"
    assert told(run, "extend", "cho@acme.example", "--team", "plant", *until) == (
        "cho@acme.example has nothing in team plant that ends"
    )
    assert (
        told(run, "extend", "dee@acme.example", "Revti", *until) == "dee@acme.example has no Revti; did you mean Revit?"
    )
    assert told(run, "extend", "Maya", *until) == "name the people by their e-mail addresses"
    assert told(run, "extend", "dee@acme.example", "Maya", "Revit", *until) == (
        "cannot extend Maya and Revit at once; name one product or group"
    )
    with_text(
        files,
        "seats: {AutoCAD: [dee",
        "groups: {lab: {members: [{user: dee@acme.example, until: 2026-12-31}]}}\n    seats: {AutoCAD: [dee",
    )
    with_text(
        files,
        "      cad: {products: [Maya]}",
        "      cad: {products: [Maya]}\n      lab: {members: [dee@acme.example]}",
    )
    assert told(run, "extend", "dee@acme.example", "lab", *until) == (
        "teams design and plant give dee@acme.example lab; choose one with --team"
    )


def test_seats_of_contracts_are_extended_by_another_command(files: Path, run: Run) -> None:
    until = ("--until", "2027-06-30")
    told_so = (
        "what cho@acme.example has in contract 110 is not extended; for a seat, run"
        " `seatsync edit assign cho@acme.example PRODUCT --contract 110 --until DATE`"
    )
    dated = "[ben@acme.example, {user: cho@acme.example, until: 2026-12-31}]"
    text = FILES["all.yaml"].replace("[ben@acme.example, eli@acme.example]", dated)
    write(files, {"all.yaml": text.replace("Rendering: [ben@acme.example]", f"Rendering: {dated}")})
    assert run("edit", "extend", "cho@acme.example", *until) == 0
    assert run.said == (NOTHING, f"{told_so}\n")
    assert told(run, "extend", "cho@acme.example", "Inventor", *until) == told_so


FULL = (
    FILES["all.yaml"]
    .replace("seats: 3", "seats: 2")
    .replace("product: Maya, offering: flex, tokens: 9", "product: Maya, offering: single-user, seats: 1", 1)
)


def test_a_swap_in_a_full_pool(files: Path, run: Run) -> None:
    """The plan takes seats first where there is no room, so that two people change places."""
    project = FILES["seatsync.yaml"] + "target: sqlite:///account.db\n"
    text = FULL.replace("cad: {members: [eli@acme.example], products: [Maya]}", "cad: {}")
    text = text.replace("      AutoCAD:\n", "      Maya: [cho@acme.example]\n      AutoCAD:\n", 1)
    write(files, {"seatsync.yaml": project, "all.yaml": text})
    assert run("account", "create", "--name", "acme") == 0
    assert run("account", "load", ".") == 0
    assert refused(run, "swap", "eli@acme.example", "AutoCAD", "Maya")[0].endswith(
        "error SEAT001 team design assigns 2 seats of Maya, but its pool holds 1 on 2026-11-21"
    )
    assert run("edit", "unassign", "cho@acme.example", "Maya") == 0
    assert run("edit", "swap", "eli@acme.example", "AutoCAD", "Maya") == 0
    assert run("edit", "assign", "cho@acme.example", "AutoCAD", "--team", "design") == 0
    assert run.out == SWAPPED
    assert run("apply", "--auto-approve") == 0


SWAPPED = """\
Changed all.yaml.

Account acme (serial 1) at sqlite:///account.db, on 2026-11-21

team design
  1. - take AutoCAD from eli@acme.example
  2. - take Maya from cho@acme.example
  3. + assign AutoCAD to cho@acme.example
  4. + assign Maya to eli@acme.example

Plan: 2 to add, 0 to change, 2 to remove.
"""


def test_a_row_of_a_csv_is_extended(csv: Path, run: Run) -> None:
    """A row that gives something else as well is split."""
    rows = "fay@acme.example,design,Revit,cad,2026-12-31\ngus@acme.example,design,Maya,,2026-12-31\n"
    csv.write_text(f"email,team,product,group,until\n{rows}", encoding="utf-8")
    assert changes(run, "extend", "gus@acme.example", "Maya", "--until", "2027-06-30") == [
        "-gus@acme.example,design,Maya,,2026-12-31",
        "+gus@acme.example,design,Maya,,2027-06-30",
    ]
    assert changes(run, "extend", "fay@acme.example", "cad", "--until", "2027-06-30") == [
        "-fay@acme.example,design,Revit,cad,2026-12-31",
        "+fay@acme.example,design,Revit,,2026-12-31",
        "+fay@acme.example,design,,cad,2027-06-30",
    ]
    assert changes(run, "extend", "fay@acme.example", "--until", "2027-06-30") == [
        "-fay@acme.example,design,Revit,cad,2026-12-31",
        "+fay@acme.example,design,Revit,cad,2027-06-30",
    ]


LISTED = "lists: {core: {members: [eli@acme.example, {user: cho@acme.example, until: 2026-12-31}]}}\n"


def test_people_of_a_named_list(files: Path, run: Run) -> None:
    """They get an entry of their own beside the mention of the list, which belongs to others too."""
    with_text(files, "        - eli@acme.example\n", "        - {list: core, until: 2027-01-31}\n")
    write(files, {"people.yaml": FILES["people.yaml"] + LISTED})
    assert changes(run, "extend", "eli@acme.example", "AutoCAD", "--until", "2027-06-30") == [
        "+        - {user: eli@acme.example, until: 2027-06-30}"
    ]
    assert told(run, "swap", "eli@acme.example", "AutoCAD", "Revit") == (
        "eli@acme.example holds AutoCAD in team design through list core (all.yaml:16); change the list by hand"
    )
    assert changes(run, "onboard", "fay@acme.example", "--team", "plant", "--like", "dee@acme.example") != []
    assert told(run, "assign", "eli@acme.example", "AutoCAD", "--team", "design", "--until", "2026-12-31").startswith(
        "eli@acme.example holds AutoCAD in team design through list core (all.yaml:16); nothing was written"
    )
    given = changes(run, "address", "cho@acme.example", "c.k@acme.example")
    assert "+lists: {core: {members: [eli@acme.example, {user: c.k@acme.example, until: 2026-12-31}]}}" in given


def test_the_first_of_several_names_that_are_as_near_is_suggested() -> None:
    """It is the same in every run, whatever the order of a set."""
    known = {f"ca{letter}" for letter in "zyxwvutsrqponmlkjihgfedcb"}
    assert not_declared("team", "ca1", known).finding.hint == "did you mean cab?"


def test_a_swap(files: Path, run: Run) -> None:
    with_text(files, "- eli@acme.example", "- {user: eli@acme.example, until: 2027-01-31}")
    words = ("ben@acme.example", "eli@acme.example", "AutoCAD", "Maya")
    assert changes(run, "swap", *words) == [
        "-    seats:",
        "-      AutoCAD:",
        "-        - ben@acme.example   # draws",
        "-        - {user: eli@acme.example, until: 2027-01-31}",
        "+    seats: {Maya: [ben@acme.example]}",
    ]  # Eli has Maya through her group
    assert changes(run, "swap", "ben@acme.example", "Revit", "Maya") == [
        "-  ben@acme.example: {first_name: Ben, seats: {design: [Revit]}}",
        "+  ben@acme.example: {first_name: Ben, seats: {design: [Maya]}}",
    ]
    assert told(run, "swap", "eli@acme.example", "Maya", "Revit") == (
        "eli@acme.example holds Maya in team design through group cad; change their group with `seatsync edit move`"
    )
    assert changes(run, "swap", "eli@acme.example", "Maya", "AutoCAD") == []  # as after a swap
    assert run.err == "eli@acme.example still holds Maya in team design through group cad\n"
    assert told(run, "swap", "ben@acme.example", "Revti", "Maya") == (
        "ben@acme.example holds no seat of Revti; did you mean Revit?"
    )
    assert told(run, "swap", "ben@acme.example", "Maya", "Maya") == "cannot swap Maya for itself; name another product"
    assert run("edit", "swap", *words) == 0
    assert run("edit", "swap", *words) == 0
    assert run.said == (NOTHING, "")


def test_a_swap_in_a_csv(csv: Path, run: Run) -> None:
    assert changes(run, "swap", "fay@acme.example", "AutoCAD", "Maya", "--team", "plant") == [
        '-"AutoCAD",fay@acme.example,plant,Fay\\r',
        '+"Maya",fay@acme.example,plant,Fay\\r',
    ]
    assert told(run, "swap", "fay@acme.example", "AutoCAD", "Maya") == (
        "teams design and plant give fay@acme.example AutoCAD; choose one with --team"
    )


@pytest.mark.parametrize(
    ("has", "gets"),
    [
        ("until: 2027-03-31", False),
        ("from: 2026-01-01", False),
        ("until: 2026-12-31", True),
        ("from: 2027-01-01", True),
    ],
)
@pytest.mark.parametrize(
    "words",
    [("swap", "AutoCAD", "Revit", "--team", "design"), ("move", "cad", "lab"), ("move", "design", "plant")],
)
def test_nobody_gets_again_what_they_have_on_all_days(
    words: tuple[str, ...], has: str, *, gets: bool, files: Path, run: Run
) -> None:
    mine, other = "{user: eli@acme.example, from: 2026-06-01, until: 2027-01-31}", f"{{user: eli@acme.example, {has}}}"
    text = FILES["all.yaml"].replace("[eli@acme.example]", f"[{mine}]").replace("- eli@acme.example", f"- {mine}")
    text = text.replace("   # in the morning", f"\n          - {other}").replace(
        "cad: {p", f"cad: {{members: [{other}], p"
    )
    write(files, {"all.yaml": text.replace("[dee@acme.example]", f"[{other}]")})
    command, *names = words
    given = changes(run, command, "eli@acme.example", *names)
    assert any(mine in line for line in given if line.startswith("-"))
    assert any(mine in line for line in given if line.startswith("+")) == gets


def test_a_new_address(files: Path, run: Run) -> None:
    """Every mention gets it, also in the project file; the old one is recorded."""
    project = FILES["seatsync.yaml"] + (
        "policy:\n  protected: {users: [Eli@acme.example]}\n"
        "rules:\n  POLICY101: {each: person, must: 'person.email != \"eli@acme.example\"', message: no,"
        " severity: warning}\n"
    )
    write(files, {"seatsync.yaml": project})
    words = ("eli@acme.example", "Eli.Roth@acme.example", "dee@acme.example", "DEE@acme.example")
    given = changes(run, "address", *words)
    assert [line for line in given if line.startswith("+")] == [
        "+    secondary_admins: [ben@acme.example, {user: DEE@acme.example, until: 2027-01-31}]   # backup",
        "+      cad: {members: [Eli.Roth@acme.example], products: [Maya]}",
        "+          - {user: DEE@acme.example, from: 2026-01-01}   # in the morning",
        "+        - Eli.Roth@acme.example",
        "+    primary_admin: DEE@acme.example",
        "+    seats: {AutoCAD: [DEE@acme.example]}",
        '+    products: {Inventor: {seats: 2, serial: "1-2", users: [ben@acme.example, Eli.Roth@acme.example]}}',
        "+  DEE@acme.example:",
        "+  Eli.Roth@acme.example: {previous_emails: [eli@acme.example]}",
        "+  protected: {users: [Eli.Roth@acme.example]}",
    ]
    assert run("edit", "address", *words) == 0
    assert run.err == "POLICY101 names eli@acme.example in its expression, which is not changed\n"
    assert run("edit", "address", *words[:2]) == 0
    assert run.said == (NOTHING, "")
    assert run("edit", "address", "Eli.Roth@acme.example", "eli@acme.example") == 0  # back again
    text = (files / "people.yaml").read_text(encoding="utf-8")
    assert "  eli@acme.example: {previous_emails: [Eli.Roth@acme.example]}\n" in text


def test_a_new_address_in_a_csv(csv: Path, run: Run) -> None:
    given = changes(run, "address", "fay@acme.example", "fay.ode@acme.example")
    assert [line for line in given if "fay" in line and line.startswith("+")] == [
        '+"AutoCAD",fay.ode@acme.example,plant,Fay,fay@acme.example\\r',
        "+AutoCAD,fay.ode@acme.example,design,,\\r",
    ]


def test_addresses_that_cannot_be(files: Path, run: Run) -> None:
    assert refused(run, "address", "eli@acme.example", "ben@acme.example", "x@acme.example", "y") == [
        "people.yaml:4:3: error REF002 ben@acme.example is declared already",
        "hint: choose another address, or remove the other person first",
        "error SCHEMA001 y is not an e-mail address: An address needs an @-sign between name and domain",
        "hint: write it as ana@acme.example",
    ]
    assert refused(run, "address", "elli@acme.example", "e@acme.example")[1] == "hint: did you mean eli@acme.example?"
    assert told(run, "address", "eli@acme.example") == (
        "name the old and the new address of each person: OLD NEW [OLD NEW]..."
    )
    assert told(run, "address", "eli@acme.example", "e@acme.example", "ELI@acme.example", "f@acme.example") == (
        "eli@acme.example is named twice; change one address after the other"
    )
    assert contents(files) == FILES


@pytest.mark.parametrize(
    "edit", ["onboard fay@acme.example --team plant", "assign eli@acme.example AutoCAD --team design"]
)
@pytest.mark.parametrize(("until", "over"), [("2025-12-31", True), ("2026-12-31", False)])
def test_an_entry_that_is_over_already_is_pointed_out(
    files: Path, run: Run, edit: str, until: str, *, over: bool
) -> None:
    assert changes(run, *edit.split(), "--until", until)
    assert ("info TIME001" in run.err) is over
    assert contents(files) == FILES


def test_an_unknown_target_is_an_error_before_anything_is_written(files: Path, run: Run) -> None:
    project = FILES["seatsync.yaml"] + "target: {prod: 'file:prod', test: 'file:test'}\n"
    write(files, {"seatsync.yaml": project})
    join = ("onboard", "fay@acme.example", "--team", "plant")
    assert told(run, *join, "--target", "tset") == "there is no target tset; the project has prod and test"
    assert contents(files) == FILES | {"seatsync.yaml": project}
    assert changes(run, *join, "--target", "test")
