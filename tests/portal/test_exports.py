"""The exports as a source: every generation, and every trap of real files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from seatsync.account.model import Account
from seatsync.account.unknowns import Assumed
from seatsync.clock import Clock
from seatsync.declaration.writing.write import repository_files
from seatsync.errors import TargetProblem
from seatsync.finding import Severity
from seatsync.portal.exports_target import open_exports
from seatsync.portal.sources.export_files import export_files
from seatsync.portal.sources.exports import Exports
from seatsync.targets.target import State
from tests.portal.generations import GENERATIONS, USAGE_REPORT, USED
from tests.portal.source_conformance import check_source

DAY = "2026-07-30"
HEAD = "first_name,last_name,email,team_alias,role,account_status,offering_name\n"
SHORT_HEAD = "team_alias,offering_name,start_date,end_date,seat_quantity,subscription_id,contract_number\n"
ANA = "Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD\n"
BEN = "Ben,Ode,ben@acme.example,design,User,Active,AutoCAD\n"


def put(folder: Path, files: dict[str, str | bytes], day: str = DAY) -> Path:
    """Write exports that were downloaded at noon of a day."""
    moment = datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()
    for name, text in files.items():
        path = folder / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(path, (moment, moment))
    return folder


def state_of(folder: Path, environ: dict[str, str] | None = None) -> State:
    return open_exports("exports:exports", folder, environ or {}).read()


def facts_of(folder: Path, files: dict[str, str | bytes]) -> set[tuple[object, ...]]:
    """Return the facts that exports show, none if there is an error."""
    observations, findings = Exports(put(folder, files) / "exports", "exports", known_teams=("design",)).observe()
    if any(each.severity is Severity.ERROR for each in findings):
        return set()
    every = (each.facts.items() for each in observations)
    return {(about, key, fact.value) for each in every for about, facts in each for key, fact in facts.items()}


def refused(folder: Path, environ: dict[str, str] | None = None) -> str:
    """Return the message of exports that are refused."""
    with pytest.raises(TargetProblem) as problem:
        state_of(folder, environ)
    return str(problem.value)


def codes(state: State) -> list[str]:
    return [f"{each.code} {each.message}" for each in state.findings if each.code not in {"SOURCE004", "SOURCE007"}]


def files_of(account: Account) -> dict[str, str]:
    """Return everything that an account consists of, in its one order."""
    account.name = "acme"
    return repository_files(account, None)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_shows_the_same_account(generation: str, tmp_path: Path) -> None:
    state = state_of(put(tmp_path, dict(GENERATIONS[generation])))
    assert codes(state) == []
    team = state.account.teams["design"]
    assert (team.primary, team.admins) == (
        "ana@acme.example",
        {"ben@acme.example": "secondary", "fay@acme.example": "sso"},
    )
    assert set(team.external) == {"eli@partner.example"}
    assert len(team.members) == 6
    subs = state.account.subscriptions
    assert [(sub.offering, sub.seats, sub.tokens, sub.channel) for sub in subs.values()] == [
        ("single-user", 25, None, "reseller"),
        ("single-user", 2, None, "store"),
        ("flex", None, 500, "store"),
    ]
    assert {(sub.starts, sub.ends, sub.contract_manager) for sub in subs.values()} == {
        ("2026-01-01", "2027-12-31", "ana@acme.example")
    }
    by_group = {"ana@acme.example", "cho@acme.example"}
    direct = by_group | ({"dee@acme.example"} if generation == "G0" else set())
    assert team.seats == {"AutoCAD": direct, "Civil 3D": {"ana@acme.example"}}
    if generation != "G0":
        assert team.groups["cad"].members == {"dee@acme.example"}
        assert team.groups["cad"].products == {"AutoCAD"}
    pending = {user for user, person in state.account.users.items() if person.status == "pending"}
    assert pending == state.undated == ({"cho@acme.example"} if generation == "G2" else set())
    open_ = {"G0": ["status", "groups"], "G1": ["status"], "G2": []}[generation]
    assert [(each.team, each.fact) for each in state.unknown] == [("design", fact) for fact in open_]
    assert {each.fact for each in state.assumed} == {"contract_manager", "offering"}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_exports_are_a_source(generation: str, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS[generation]))
    check_source(Exports(tmp_path / "exports", "exports"))


@pytest.mark.parametrize(
    ("written", "renews", "assumed"),
    [
        ("2028-01-01", True, []),
        ("2028-01-01T00:00:00Z", True, []),
        ("", False, []),
        ("soon", False, [False] * 3),
    ],
)
def test_the_day_of_the_renewal(
    written: str,
    renews: bool,  # noqa: FBT001
    assumed: list[bool],
    tmp_path: Path,
) -> None:
    files: dict[str, str | bytes] = dict(GENERATIONS["G0"])
    files["subscriptions.csv"] = GENERATIONS["G0"]["subscriptions.csv"].replace(
        "\n2027-12-31,1100", f"\n{written},1100"
    )
    state = state_of(put(tmp_path, files))
    assert {sub.auto_renew for sub in state.account.subscriptions.values()} == {renews}
    assert [each.value for each in state.assumed if each.fact == "auto_renew"] == assumed


@pytest.mark.parametrize("reverse", [False, True])
def test_order_of_rows_columns_and_files_does_not_matter(*, reverse: bool, tmp_path: Path) -> None:
    def shuffled(text: str) -> str:
        head, *rows = [line.split(",") for line in text.splitlines()]
        order = range(len(head))[:: -1 if reverse else 1]
        rows = rows[:: -1 if reverse else 1]
        return "".join(",".join(row[at] for at in order) + "\n" for row in (head, *rows))

    plain = put(tmp_path / "plain", dict(GENERATIONS["G0"]))
    mixed = put(tmp_path / "mixed", {f"z{i}-{n}": shuffled(t) for i, (n, t) in enumerate(GENERATIONS["G0"].items())})
    assert files_of(state_of(plain).account) == files_of(state_of(mixed).account)


def as_xlsx(text: str) -> bytes:
    """Return a workbook with the table on its second sheet, as the portal writes usage reports."""
    book = Workbook()
    filters = book.active
    assert filters is not None
    filters.title = "Filters"
    filters.append(["Report", "Users"])
    sheet = book.create_sheet("Data")
    for line in text.splitlines():
        sheet.append([cell or None for cell in line.split(",")])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


TRAPS: dict[str, Callable[[str], bytes]] = {
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "Windows-1252": lambda text: text.encode("cp1252"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "sep=": lambda text: f"sep=;\r\n{text.replace(',', ';')}".encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "trailing columns": lambda text: text.replace("\n", ",,\n").encode(),
    "empty rows": lambda text: text.replace("\n", "\n,,,,,,\n\n").encode(),
    "quoted": lambda text: "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()
    ).encode(),
    "capitals": lambda text: text.replace(HEAD, HEAD.upper()).encode(),
    "e-mail": lambda text: text.replace(",email,", ",E-mail,").encode(),
    "address": lambda text: text.replace(",email,", ",Email address,").encode(),
    "workbook": as_xlsx,
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_of_real_files(trap: str, tmp_path: Path) -> None:
    text = HEAD + ANA.replace("Silva", "Silvé") + BEN.replace("ben@", "Ben@") + BEN.replace("AutoCAD", "Civil 3D")
    state = state_of(put(tmp_path, {"any name.csv": TRAPS[trap](text)}))
    assert [each for each in codes(state) if not each.startswith("YAML005 the file is not UTF-8")] == []
    assert [(user.email, user.last_name) for user in state.account.users.values()] == [
        ("ana@acme.example", "Silvé"),
        ("ben@acme.example", "Ode"),
    ]
    assert state.account.teams["design"].seats == {
        "AutoCAD": {"ana@acme.example", "ben@acme.example"},
        "Civil 3D": {"ben@acme.example"},
    }


def test_a_line_break_in_a_cell(tmp_path: Path) -> None:
    state = state_of(put(tmp_path, {"a.csv": HEAD + ANA.replace("Silva", '"Sil\nva"') + BEN}))
    assert state.account.users["ana@acme.example"].last_name == "Sil va"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.csv": HEAD + ANA + BEN[:25]}, "a.csv:3:1: SOURCE001 this row has 4 cells, the header has 7"),
        ({"a.csv": HEAD + ANA + '"Ben'}, "a.csv:3:1: SOURCE001 this quote is never closed"),
        (
            {"a.csv": HEAD + ANA + BEN[:-3]},
            (
                "a.csv:3:45: SOURCE001 the file ends without a line break in a cell 'AutoC', which may be only half of"
                " it; download the export again; if it is complete, add a line break at its end"
            ),
        ),
        ({"a.csv": HEAD + ANA.replace("Ana", "A\0a")}, "a.csv:2:2: SOURCE001 control character U+0000 is not allowed"),
        ({"a.csv": ""}, "a.csv:1:1: SOURCE001 the header is not that of an export of the portal"),
        ({"a.csv": "name,size\nx,1\n"}, "a.csv:1:1: SOURCE001 the header is not that of an export of the portal"),
        (
            {"a.csv": "Email,Role,Team\nana@acme.example,User,design\n"},
            (
                "a.csv:1:1: SOURCE001 this users export, with column names in title case (as since 2025), has no column"
                " offering_name"
            ),
        ),
        (
            {"a.csv": HEAD + ANA, "s.csv": "subscription_id,team_alias\n1,design\n"},
            (
                "s.csv:1:1: SOURCE001 this subscriptions export, with column names in snake case, has no columns"
                " offering_name, seat_quantity, start_date or end_date"
            ),
        ),
        (
            {"a.csv": HEAD + ANA.replace("ana@", "ana")},
            "a.csv:2:11: SOURCE001 'anaacme.example' is not an e-mail address",
        ),
        ({"a.csv": HEAD + ANA + ",,,design,User,Active,\n"}, "a.csv:3:3: SOURCE001 the e-mail address is missing"),
        ({"a.csv": HEAD + ANA.replace("design", "")}, "a.csv:2:28: SOURCE001 the team is missing"),
        (
            {"a.csv": HEAD + ANA.replace("design", "d" * 257)},
            "a.csv:2:28: SOURCE001 team_alias has 257 characters, and seatsync takes at most 256",
        ),
        ({"a.csv": HEAD + ANA.replace("Ana", "A" * 10_000)}, "a.csv:2:1: SOURCE001 first_name has 10000 characters"),
        ({"a.csv": HEAD + ANA.replace("AutoCAD", "A" * 300)}, "SOURCE001 offering_name has 300 characters"),
        ({"a.csv": HEAD + BEN}, "a.csv:2:9: SOURCE001 team 'design' has no primary admin in the users export"),
        ({"a.csv": HEAD + "*****,*****,*****,design,User,Active,\n"}, "a.csv:2:13: SOURCE003 personal data is masked"),
        (
            {"a.csv": HEAD + ANA + BEN + BEN.replace("User", "SSO admin")},
            (
                "a.csv:4:33: SOURCE002 two sources contradict each other about the roles of team 'design': two rows of"
                " one file differ about 'ben@acme.example'"
            ),
        ),
        (
            {
                "a.csv": HEAD + ANA,
                "s.csv": GENERATIONS["G0"]["subscriptions.csv"].replace("2027-12-31,Auto", "soon,Auto"),
            },
            "s.csv:2:17: SOURCE001 'soon' is not a day like 2026-07-29",
        ),
        (
            {"a.csv": HEAD + ANA, "s.csv": f"{SHORT_HEAD}design,AutoCAD,2026-01-01,2026-12-31,5,5.75123E+10,11\n"},
            "s.csv:2:40: SOURCE001 '5.75123E+10' is a number that a spreadsheet has shortened; download",
        ),
        (
            {"a.csv": HEAD + ANA, "s.csv": f'{SHORT_HEAD}design,AutoCAD,2026-01-01,2026-12-31,5,574-1,"1,1E+11"\n'},
            "s.csv:2:46: SOURCE001 '1,1E+11' is a number that a spreadsheet has shortened; download",
        ),
        (
            {"a.csv": HEAD + ANA, "s.csv": GENERATIONS["G0"]["subscriptions.csv"].replace(",25,", ",many,")},
            "s.csv:2:47: SOURCE001 'many' is not a number of seats",
        ),
        (
            {"a.csv": HEAD + ANA + ANA.replace("design", "civil"), "g.csv": "Email,Group\nana@acme.example,cad\n"},
            "g.csv:2:18: SOURCE001 it is unclear which team these groups belong to",
        ),
        (
            {"a.csv": HEAD + ANA, "g.csv": "Email,Group\nben@acme.example,cad\n"},
            (
                "g.csv:2:18: SOURCE002 two sources contradict each other about the members of team 'design':"
                " exports/g.csv has 'ben@acme.example' in 'cad', but exports/a.csv does not have them in the team"
            ),
        ),
        ({"g.csv": "Email,Group,Team\nana@acme.example,cad,design\n"}, "no users export has people in it"),
        ({"a.txt": b"PK\x03\x04 nothing"}, "a.txt:1:1: SOURCE001 the workbook is damaged"),
    ],
)
def test_bad_exports_are_refused(files: dict[str, str | bytes], message: str, tmp_path: Path) -> None:
    assert message in refused(put(tmp_path, files))


@pytest.mark.parametrize("file", ["users.csv", "groups.csv", "subscriptions.csv"])
def test_half_an_export_shows_nothing_that_the_whole_does_not(file: str, tmp_path: Path) -> None:
    content = GENERATIONS["G2"][file].encode()
    whole = facts_of(tmp_path, {"design/whole.csv": content})
    shown = {length: facts_of(tmp_path, {"design/whole.csv": content[:length]}) for length in range(len(content))}
    wrong = {length: facts - whole for length, facts in shown.items()}
    assert [content[:length][-30:] for length, facts in wrong.items() if facts] == []
    assert whole


def test_a_last_row_without_a_line_break_that_is_whole(tmp_path: Path) -> None:
    for last in (BEN.rstrip(), BEN.replace("AutoCAD\n", '"Civil 3D"'), BEN.replace("AutoCAD", "Civil 3D")):
        assert len(state_of(put(tmp_path, {"a.csv": HEAD + ANA + last})).account.users) == 2
    used = USED.splitlines()[0]
    put(tmp_path, {"a.csv": HEAD + ANA, "u.csv": USAGE_REPORT + used})  # ends with a cell that is not read
    assert len(state_of(tmp_path).account.users) == 1


def test_an_empty_or_missing_folder(tmp_path: Path) -> None:
    assert "SOURCE001 the folder cannot be listed (No such file or directory)" in refused(tmp_path)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports/README.md").write_text("hello")
    assert "exports:1:1: SOURCE001 the folder has no CSV or XLSX file" in refused(tmp_path)


@pytest.mark.parametrize("text", ["Downloaded by Ana.\nAsk her, or Ben; not me.\n", "", "ümlaut", "a;b\tc\n1;2\t3\n"])
def test_a_text_that_is_no_export(text: str, tmp_path: Path) -> None:
    """It is passed over with a warning; one with a column of an export may be half of one, and stops the reading."""
    state = state_of(put(tmp_path, {"a.csv": HEAD + ANA, "README.TXT": text}))
    assert [f"{each.location}: {each.code} {each.message}" for each in state.findings if each.code == "SOURCE006"] == [
        "exports/README.TXT:1:1: SOURCE006 this text is no export of the portal, so it is not read"
    ]
    put(tmp_path, {"README.TXT": "Email\nana@acme.example\n"})
    assert "README.TXT:1:1: SOURCE001 the header is not that of an export of the portal" in refused(tmp_path)
    put(tmp_path, {"README.TXT": "", "notes.csv": text})
    assert "notes.csv:1:1: SOURCE001 the header is not that of an export of the portal" in refused(tmp_path)


def test_files_that_are_not_plain(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"real/a.txt": HEAD + ANA, ".hidden.csv": "x", "~$a.xlsx": "x", "notes.md": "x", "folder.csv/x.md": "x"},
    )
    (tmp_path / "exports/link.csv").symlink_to("real/a.txt")
    assert len(state_of(tmp_path).account.users) == 1
    (tmp_path / "exports/broken.csv").symlink_to("nowhere")
    assert "exports/broken.csv:1:1: SOURCE001 the file does not exist" in refused(tmp_path)
    (tmp_path / "exports/broken.csv").unlink()
    os.mkfifo(tmp_path / "exports/pipe.csv")
    assert "exports/pipe.csv:1:1: SOURCE001 the file is not a regular file" in refused(tmp_path)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    put(tmp_path, {"a.csv": HEAD})
    with (tmp_path / "exports/a.csv").open("r+b") as file:
        file.truncate(2 << 30)  # a hole: it takes no space
    problem = (
        "exports:exports: exports/a.csv:1:1: SOURCE001 the file is larger than 64 MiB; export its teams one by one:"
        " rows of one team in two files would contradict each other"
    )
    assert refused(tmp_path) == problem
    command = [sys.executable, "-c", _IN_LITTLE_MEMORY, "import", "exports:exports", "--out", "new"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"seatsync: {problem}\n")
    assert not (tmp_path / "new").exists()


_IN_LITTLE_MEMORY = """
import resource, sys
from seatsync.cli import main
resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
sys.exit(main(sys.argv[1:]))
"""


def test_unknown_words_are_left_open(tmp_path: Path) -> None:
    rows = ANA.replace("Active", "Aktiv") + BEN.replace("User", "Chief") + BEN.replace("User", "Chief")
    state = state_of(put(tmp_path, {"a.csv": HEAD.replace("first_name", "vorname") + rows}))
    assert codes(state) == [
        "SOURCE006 unknown column 'vorname' in the users export; it is not read",
        "SOURCE006 unknown status 'Aktiv'; it is left open",
        "SOURCE006 unknown role 'Chief'; it is left open",
    ]
    assert state.assumed == (
        Assumed((("team", "design"), ("user", "ben@acme.example")), "role", "member"),
        Assumed((("user", "ana@acme.example"),), "status", "active"),
    )


@pytest.mark.parametrize(
    ("file", "team"),
    [
        ("Süd/groups.csv", "Süd"),
        ("Team Süd/groups.csv", "Team Süd"),
        ("groups-design (1).csv", "design"),
        ("groups_design 2026-07-30.csv", "design"),
        ("Groups Users.csv", "Users"),
        ("DESIGN/Export.csv", "design"),
        ("groups-Team Süd.csv", None),  # of team Süd, or of team Team Süd
        ("design/groups-Users.csv", None),
        ("groups.csv", None),
    ],
)
def test_a_file_of_groups_is_named_after_its_team(file: str, team: str | None, tmp_path: Path) -> None:
    people = "".join(ANA.replace("design", each) for each in ("design", "Süd", "Team Süd", "Users"))
    folder = put(tmp_path, {"users.csv": HEAD + people, file: "Email,Group\nana@acme.example,cad\n"})
    if team is None:
        assert "SOURCE001 it is unclear which team these groups belong to" in refused(folder)
    else:
        assert [name for name, each in state_of(folder).account.teams.items() if each.groups] == [team]


@pytest.mark.parametrize(
    ("word", "ends", "there", "found"),
    [
        ("Active", "2027-12-31", True, []),
        ("", "2027-12-31", True, []),
        ("CANCELED", "2027-12-31", False, []),
        ("Expired", "2027-12-31", False, []),
        ("Expired", "2026-07-29", True, []),
        ("Suspended", "2027-12-31", True, ["SOURCE006 unknown subscription status 'Suspended'; it is left open"]),
    ],
)
def test_the_status_of_subscriptions(word: str, ends: str, there: bool, found: list[str], tmp_path: Path) -> None:  # noqa: FBT001
    bought = (
        GENERATIONS["G2"]["subscriptions.csv"]
        .replace(",Active,", f",{word},")
        .replace("2027-12-31,Auto", f"{ends},Auto")
    )
    put(tmp_path, {"users.csv": HEAD + ANA, "s.csv": bought})
    state = open_exports("exports:exports", tmp_path, {}, Clock.at(DAY)).read()
    assert ("574-1" in state.account.subscriptions) == there
    assert codes(state) == found
    assert [each.things for each in state.assumed if each.fact == "active"] == [
        (("subscription", f"574-{number}"),) for number in (1, 2, 3) if found
    ]


def test_names_and_addresses_do_not_contradict_each_other(tmp_path: Path) -> None:
    """Capitals of addresses differ, and columns of names may be missing."""
    users = "email,team_alias,role,offering_name\nANA@acme.example,design,Primary admin,AutoCAD\n"
    put(tmp_path, {"a.csv": users, "b.csv": HEAD + ANA, "c.csv": users.replace("ANA", "Ana")})
    state = state_of(tmp_path)
    assert codes(state) == []
    (tmp_path / "exports/b.csv").unlink()
    assert [each.fact for each in state_of(tmp_path).unknown] == ["status", "groups", "subscriptions", "names"]


def test_the_newest_of_several_exports_counts(tmp_path: Path) -> None:
    put(tmp_path, {"new.csv": HEAD + ANA}, "2026-07-30")
    put(tmp_path, {"old.csv": HEAD + ANA + BEN, "b.csv": HEAD + ANA.replace("design", "civil")}, "2026-07-28")
    teams = state_of(tmp_path).account.teams
    assert teams["design"].members == {"ana@acme.example"}
    assert teams["civil"].members == {"ana@acme.example"}


def test_a_day_in_a_name_counts(tmp_path: Path) -> None:
    put(tmp_path, {"users-2026-07-30.csv": HEAD + ANA}, "2026-01-01")
    put(tmp_path, {"users (1) 20260729.csv": HEAD + ANA + BEN}, "2026-01-02")
    for environ in ({}, {"CI": "true"}):
        assert state_of(tmp_path, environ).account.teams["design"].members == {"ana@acme.example"}
    put(tmp_path, {"users-2026-07-01-to-2026-07-31.csv": HEAD + ANA + BEN}, "2026-01-01")
    assert len(state_of(tmp_path).account.users) == 2, "the last day of a time span"


def test_the_places_of_exports(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.csv": HEAD + ANA, "design/groups.csv": "Email,Group\nana@acme.example,cad\n"}
    project, exports = tmp_path / "project", put(tmp_path / "project", files) / "exports"
    for place, names in {
        "exports": ["exports/a.csv", "exports/design/groups.csv"],
        "exports/*.csv": ["exports/a.csv"],
        "exports/**/*.csv": ["exports/a.csv", "exports/design/groups.csv"],
        f"{exports}/a.csv": ["exports/a.csv"],
        f"{exports}/*.csv": ["exports/a.csv"],
    }.items():
        assert export_files(project, "", [place]) == ([(project / name, name) for name in names], [])
    (tmp_path / "other").mkdir()
    for place, name in {
        f"{exports}/*.csv": f"{exports}/a.csv",
        f"{exports}/a.csv": f"{exports}/a.csv",
        "../project/exports/a.csv": "../project/exports/a.csv",
        "../project/*/*.csv": "../project/exports/a.csv",
    }.items():
        assert export_files(tmp_path / "other", "", [place]) == ([(tmp_path / "other" / name, name)], [])


def test_places_without_exports(tmp_path: Path) -> None:
    for place, message in {
        "nowhere/": "'nowhere/': there is no such file or folder",
        "/nowhere/*.csv": "'/nowhere/*.csv': no file matches it",
        "*[.csv": "'*[.csv': no file matches it",
        "***/a.csv": "'***/a.csv': no file matches it",
    }.items():
        assert [each.message for each in export_files(tmp_path, "", [place])[1]] == [message]
    (tmp_path / "loop").symlink_to("loop")
    _, findings = Exports(tmp_path, "", places=("loop", "/dev/zero")).observe()
    assert [each.message for each in findings] == [
        "the file is not a regular file",
        "the file cannot be read (too many levels of symbolic links)",
    ]


def test_a_folder_in_the_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"a.csv": HEAD + ANA, "design/groups.csv": "Email,Group\n"})
    listed = Path.iterdir

    def denied(path: Path) -> Iterator[Path]:
        if path.name == "design":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", denied)
    message = "exports/design:1:1: SOURCE001 the folder cannot be listed (Permission denied); check the path and its"
    assert message in refused(tmp_path)


def test_exports_of_one_look_are_compared(tmp_path: Path) -> None:
    folder = put(tmp_path, {"a.csv": HEAD + ANA, "b.csv": HEAD + ANA})
    assert codes(state_of(folder)) == []
    put(folder, {"b.csv": HEAD + ANA + BEN})
    message = (
        "b.csv:3:9: SOURCE002 two sources contradict each other about the members of team 'design':"
        " exports/b.csv has 'ben@acme.example', and exports/a.csv does not"
    )
    assert message in refused(folder)
    noon = datetime.fromisoformat(f"{DAY}T12:00:00+00:00").timestamp()
    os.utime(folder / "exports/b.csv", (noon + 3600, noon + 3600))
    assert message in refused(folder)
    os.utime(folder / "exports/b.csv", (noon + 3601, noon + 3601))
    assert len(state_of(folder).account.teams["design"].members) == 2
    assert message in refused(folder, {"CI": "true"})  # where the times of files mean nothing


def test_groups_belong_to_the_team_that_file_or_folder_names(tmp_path: Path) -> None:
    users = HEAD + ANA + ANA.replace("design", "civil")
    group = "Email,Group\nana@acme.example,cad\n"
    put(tmp_path, {"u.csv": users, "civil/groups.csv": group, "groups-design-2026-07-30.csv": group})
    assert [list(team.groups) for team in state_of(tmp_path).account.teams.values()] == [["cad"], ["cad"]]


def test_people_who_left_after_the_groups_were_exported(tmp_path: Path) -> None:
    put(tmp_path, {"g.csv": "Email,Group\nben@acme.example,cad\nana@acme.example,cad\n"}, "2026-07-28")
    put(tmp_path, {"u.csv": HEAD + ANA})
    assert state_of(tmp_path).account.teams["design"].groups["cad"].members == {"ana@acme.example"}


def test_a_usage_report_tells_who_holds_a_seat_directly(tmp_path: Path) -> None:
    """Dee has AutoCAD through the group, Cho directly and through the group; Ana's old seat does not count."""
    row = "{hash},,,{user},ID,design,{group},AutoCAD,{version},{seat},,,active,,Subscription,49,,0,\n"
    rows = (
        ("DEE@acme.example", "cad", "2026", "assigned"),
        ("Cho@acme.example", "", "2026", "assigned"),
        ("cho@acme.example", "cad", "2025", "assigned"),
        ("ana@acme.example", "", "2026", "unassigned"),
        ("", "", "2026", "assigned"),
    )
    names = ("user", "group", "version", "seat")
    used = "".join(row.format(hash="a" * 40, **dict(zip(names, each, strict=True))) for each in rows)
    groups = "Email,Group\ndee@acme.example,cad\ncho@acme.example,cad\nana@acme.example,cad\n"
    files: dict[str, str | bytes] = {**GENERATIONS["G2"], "groups.csv": groups, "report.csv": USAGE_REPORT + used}
    team = state_of(put(tmp_path, files)).account.teams["design"]
    assert team.groups["cad"].products == {"AutoCAD"}
    assert team.seats == {"AutoCAD": {"cho@acme.example"}, "Civil 3D": {"ana@acme.example"}}


def test_a_masked_usage_report_is_only_not_used(tmp_path: Path) -> None:
    masked = USAGE_REPORT + USED.replace("Dee,Kim,DEE@acme.example", "*****,*****,*****")
    files: dict[str, str | bytes] = {**GENERATIONS["G2"], "report.csv": masked}
    state = state_of(put(tmp_path, files))
    assert codes(state) == ["SOURCE003 personal data is masked, so the report is not used for seats"]
    assert state.account.teams["design"].groups["cad"].products == frozenset()


def test_old_exports_are_reported(tmp_path: Path) -> None:
    folder = put(tmp_path, {"a-2026-07-20.csv": HEAD + ANA})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seatsync.portal.exports_target.datetime", _Fixed)
        found = [each.message for each in state_of(folder).findings if each.code == "SOURCE004"]
    assert found == ["'exports/a-2026-07-20.csv' is 8 days old, so that the account may look different today"]


class _Fixed:
    """A clock that stands still."""

    @staticmethod
    def now(zone: object) -> datetime:
        assert zone is UTC
        return datetime(2026, 7, 28, 12, tzinfo=UTC)


def test_a_subscription_of_an_unknown_team_is_at_its_row(tmp_path: Path) -> None:
    bought = "team_alias,offering_name,subscription_id,start_date,end_date,seat_quantity\n"
    bought += "design,AutoCAD,574-1,2026-01-01,2027-12-31,5\ncivil,AutoCAD,574-2,2026-01-01,2027-12-31,5\n"
    state = state_of(put(tmp_path, {"users.csv": HEAD + ANA, "subscriptions.csv": bought}))
    found = [each for each in state.findings if each.things == (("subscription", "574-2"),)]
    assert [str(each.location) for each in found] == ["exports/subscriptions.csv:3:15"]
    assert "is in team 'civil', which is in no users export" in found[0].message


def test_a_file_full_of_problems(tmp_path: Path) -> None:
    rows = "".join(f"{number},,,,,,\n" for number in range(3000))
    put(tmp_path, {"a.csv": HEAD + rows})
    assert "a.csv:2:4: SOURCE001 the e-mail address is missing (and 1000 more)" in refused(tmp_path)
    words = "".join(ANA.replace("Active", f"word {number}") for number in range(1001))
    put(tmp_path, {"a.csv": HEAD + words})
    message = "a.csv:1002:1: SOURCE001 the file has more than 1000 problems, and is not read any further"
    assert message in refused(tmp_path)
    put(tmp_path, {"a.csv": HEAD + "," * 20_000})
    assert "a.csv:2:1: SOURCE001 a row may have at most 100 cells" in refused(tmp_path)
