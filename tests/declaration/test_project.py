from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatsync.declaration.declared import Project
from seatsync.declaration.project import find_root, is_zone, read_project
from seatsync.declaration.project_values import DirectorySync, Ignore, Policy, Portal, Suppress, TeamAdmin
from seatsync.errors import FileProblem, ProjectNotFound
from tests.declaration.repositories import placed, rendered, repository


def project_of(root: Path, text: str) -> tuple[Project, list[str]]:
    project, findings = read_project(repository(root, {"seatsync.yaml": text}))
    assert project is not None
    return project, rendered(findings)


def test_the_root_is_the_nearest_folder_with_a_project_file(tmp_path: Path) -> None:
    repository(tmp_path / "outer", {"inner/deep/x": "", "teams/x": ""})
    repository(tmp_path / "outer" / "inner", {})
    assert find_root(tmp_path / "outer") == tmp_path / "outer"
    assert find_root(tmp_path / "outer" / "teams") == tmp_path / "outer"
    assert find_root(tmp_path / "outer" / "inner" / "deep") == tmp_path / "outer" / "inner"


def test_no_project_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for start in (tmp_path, tmp_path / "nowhere", Path("a\x00b")):
        with pytest.raises(ProjectNotFound) as refusal:
            find_root(start)
        assert str(refusal.value).startswith(f"no seatsync.yaml in {start} or above it; ")
    with pytest.raises(ProjectNotFound):
        read_project(tmp_path)
    with pytest.raises(FileProblem, match="too many levels of symbolic links"):
        find_root(tmp_path / "loop")


def test_a_project_file_that_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "seatsync.yaml")
    with pytest.raises(FileProblem) as refusal:
        read_project(find_root(tmp_path))
    assert str(refusal.value) == f"{tmp_path / 'seatsync.yaml'}: is not a regular file"


def test_a_project_file_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "seatsync.yaml").symlink_to("../out.yaml")
    (tmp_path / "out.yaml").write_text("version: 1\naccount: secret\n")
    with pytest.raises(FileProblem, match="points outside the repository through a symbolic link"):
        read_project(tmp_path / "in")


def test_everything_a_project_says(tmp_path: Path) -> None:
    text = """\
version: 1
account: acme
target: sqlite:///.seatsync/account.db
include: [subscriptions.yaml, teams/*.yaml]
timezone: Europe/Lisbon
policy:
  max_removals: 25
  min_secondary_admins: 1
  email_domains: [ACME.example, bücher.example]
  protected: {users: [Ana@acme.example], teams: [e\u0301]}
  prune: [seats, teams]
  ignore: {users: ["SVC-*@acme.example"], teams: [sandbox*]}
  suppress: [{code: ROLE003, team: e\u0301, user: Ana@acme.example, reason: "two people only", until: 2027-01-31}]
  expiry_notice: 60
portal:
  exports: [exports/, "more/users-*.csv"]
  directory_sync: {sales: external, e\u0301: external}
  import_from: 12
  max_age: 30d
  team_admin: {client_id: Ab12, write: true, teams: {sales: "100002", e\u0301: "100001"}, pkce: true,
    redirect: "http://127.0.0.1:9000/"}
  insights: true
"""
    project, findings = project_of(tmp_path, text)
    assert findings == []
    assert project.portal == Portal(
        ("exports/", "more/users-*.csv"),
        (DirectorySync("sales"), DirectorySync("é")),
        import_from=12,
        max_age=30,
        team_admin=TeamAdmin(
            "Ab12",
            write=True,
            teams=(("sales", "100002"), ("é", "100001")),
            pkce=True,
            redirect="http://127.0.0.1:9000/",
        ),
        insights=True,
    )
    assert (project.root, project.account, project.target) == (tmp_path, "acme", "sqlite:///.seatsync/account.db")
    assert (project.include, project.timezone) == (("subscriptions.yaml", "teams/*.yaml"), "Europe/Lisbon")
    assert str(project.node.value_at("account")) == "seatsync.yaml:2:10"
    assert project.policy == Policy(
        max_removals=25,
        min_secondary_admins=1,
        email_domains=("acme.example", "xn--bcher-kva.example"),
        protected_users=("ana@acme.example",),
        protected_teams=("é",),
        prune=frozenset({"seats", "teams"}),
        ignore=Ignore(("svc-*@acme.example",), ("sandbox*",)),
        suppress=(Suppress("ROLE003", (("team", "é"), ("user", "ana@acme.example")), "two people only", "2027-01-31"),),
        expiry_notice=60,
    )


def test_defaults_of_omitted_fields(tmp_path: Path) -> None:
    project, findings = project_of(tmp_path, "version: 1\naccount: acme\n")
    assert findings == []
    assert (project.target, project.include, project.timezone, project.policy) == (None, (), None, Policy())


@pytest.mark.parametrize(
    ("portal", "expected"),
    [
        ("", Portal()),
        ("{}", Portal()),
        ("{exports: , directory_sync: }", Portal()),
        ("{exports: exports/}", Portal(exports=("exports/",))),
        ("{exports: []}", Portal()),
        ("{max_age: 0d, import_from: 1}", Portal(import_from=1, max_age=0)),
        ("{directory_sync: {a: {groups: [AD-*, e\u0301]}}}", Portal((), (DirectorySync("a", ("AD-*", "é")),))),
        ("{team_admin: , insights: false}", Portal()),
        ("{team_admin: {client_id: Ab12}}", Portal(team_admin=TeamAdmin("Ab12"))),
        ("{team_admin: {client_id: Ab12, write: false, teams: }}", Portal(team_admin=TeamAdmin("Ab12"))),
    ],
)
def test_portals(tmp_path: Path, portal: str, expected: Portal) -> None:
    project, findings = project_of(tmp_path, f"version: 1\naccount: acme\nportal: {portal}\n")
    assert findings == []
    assert project.portal == expected


def test_a_project_without_portal(tmp_path: Path) -> None:
    assert project_of(tmp_path, "version: 1\naccount: acme\n")[0].portal is None


def test_invalid_fields_of_a_portal_have_their_default(tmp_path: Path) -> None:
    text = """\
version: 1
account: acme
portal:
  exports: ["", exports/, 5]
  directory_sync: {design: extern, sales: external, é: external, e\u0301: external, x: {groups: [5]}, y: {group: [a]},
    z: {groups: []}}
  import_from: 0
  max_age: 1 week
  teamadmin: {client_id: x}
"""
    project, findings = read_project(repository(tmp_path, {"seatsync.yaml": text}))
    assert project is not None
    assert project.portal == Portal(("", "exports/"), tuple(map(DirectorySync, ("sales", "x", "y", "z", "é"))))
    quote = "put it in quotes to make it text"
    keys = "use one of the keys exports, directory_sync, import_from, max_age, team_admin or insights"
    spelt = "in two spellings of the same characters (remove one of the two)"
    patterns = "write external, or patterns of the names of synced groups"
    assert rendered(findings) == [
        "seatsync.yaml:4:13 SCHEMA001 an entry of exports must not be empty",
        f"seatsync.yaml:4:27 SCHEMA001 an entry of exports must be text, not the number 5 ({quote})",
        "seatsync.yaml:5:28 SCHEMA001 design must be external, or a mapping with groups, not 'extern'",
        f"seatsync.yaml:5:66 REF002 team 'é' is declared twice, {spelt}",
        "  <- seatsync.yaml:5:53 first declared here",
        f"seatsync.yaml:5:93 SCHEMA001 an entry of groups must be text, not the number 5 ({quote})",
        "seatsync.yaml:5:102 SCHEMA001 unknown key 'group' in y; did you mean 'groups'? (use one of the keys groups)",
        f"seatsync.yaml:6:17 SCHEMA001 groups must not be empty ({patterns})",
        "seatsync.yaml:7:16 SCHEMA001 import_from must be at least 1, not 0",
        "seatsync.yaml:8:12 SCHEMA001 max_age must be a number of days such as 7d, not '1 week'",
        f"seatsync.yaml:9:3 SCHEMA001 unknown key 'teamadmin' in portal; did you mean 'team_admin'? ({keys})",
    ]


def test_invalid_fields_of_the_api(tmp_path: Path) -> None:
    text = """\
version: 1
account: acme
portal:
  team_admin:
    client_id: "a:b"
    write: maybe
    teams: {design: 100001, sales: "7 8", build: "9", field: "9"}
    redirect: http://evil.example/
    client_secret: hunter2
  insights: 1
"""
    project, findings = read_project(repository(tmp_path, {"seatsync.yaml": text}))
    assert project is not None
    assert project.portal == Portal()
    own = "give each team the id that the vendor has for it"
    url = "must be a URL with https, or with http on this machine, such as http://localhost:8080/oauth/callback/"
    keys = "use one of the keys client_id, write, teams, pkce or redirect"
    sign = "must be a client id: letters, digits and signs without blanks or a colon"
    assert rendered(findings) == [
        f"seatsync.yaml:5:16 SCHEMA001 client_id {sign}, not 'a:b'",
        "seatsync.yaml:6:12 SCHEMA001 write must be true or false, not the text 'maybe'",
        "seatsync.yaml:7:21 SCHEMA001 design must be the id of a team in quotes, without blanks, not the number 100001",
        "seatsync.yaml:7:36 SCHEMA001 sales must be the id of a team in quotes, without blanks, not '7 8'",
        f"seatsync.yaml:7:62 SCHEMA002 'field' and 'build' have the same id '9' ({own})",
        f"seatsync.yaml:8:15 SCHEMA001 redirect {url}, not 'http://evil.example/'",
        f"seatsync.yaml:9:5 SCHEMA001 unknown key 'client_secret' in team_admin ({keys})",
        "seatsync.yaml:10:13 SCHEMA001 insights must be true or false, not the number 1",
    ]
    for team_admin in ("{}", "[]", "{write: true}", "{client_id: [a]}"):
        text = f"version: 1\naccount: acme\nportal: {{team_admin: {team_admin}}}\n"
        project, findings = read_project(repository(tmp_path, {"seatsync.yaml": text}))
        assert project is not None
        assert project.portal == Portal()
        assert len(findings) == 1


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", Policy()),
        ("{}", Policy()),
        ("{prune: }", Policy(prune=frozenset())),
        ("{prune: []}", Policy(prune=frozenset())),
        ("{max_removals: 0%}", Policy(max_removals="0%")),
        ("{max_removals: 0}", Policy(max_removals=0)),
        ("{protected: , ignore: {users: }, suppress: , email_domains: }", Policy()),
        (
            "{suppress: [{code: SEAT006, subscription: 012, reason: x}]}",
            Policy(suppress=(Suppress("SEAT006", (("subscription", "012"),), "x", None),)),
        ),
    ],
)
def test_policies(tmp_path: Path, policy: str, expected: Policy) -> None:
    project, findings = project_of(tmp_path, f"version: 1\naccount: acme\npolicy: {policy}\n")
    assert findings == []
    assert project.policy == expected


def test_invalid_fields_have_their_default(tmp_path: Path) -> None:
    text = """\
version: 2
account: [a]
timezone: Mars/One
include: {a: b}
policy:
  prune: [seat]
  max_removals: 120%
  email_domains: [a b, acme.example, 5]
  protected: {users: [nope, ana@acme.example]}
  suppress:
    - {code: REF001, reason: x}
    - {code: ROLE003, reason: y, until: 2026-13-01}
    - {code: ROLE003}
    - {code: ROLE003, reason: y, user: ana}
    - 5
  ignore: 4
  min_secondary_admins: x
  expiry_notice: true
"""
    project, findings = read_project(repository(tmp_path, {"seatsync.yaml": text}))
    assert project is not None
    assert (project.account, project.include, project.timezone) == ("", (), None)
    assert project.policy == Policy(prune=frozenset(), protected_users=("ana@acme.example",))
    places = ["1:10", "2:10", "3:11", "4:10", "6:11", "7:17", "8:19", "8:38", "9:23", "11:14", "12:41", "13:7", "14:40"]
    assert placed(findings) == [
        f"seatsync.yaml:{place} SCHEMA001" for place in [*places, "15:7", "16:11", "17:25", "18:18"]
    ]
    ours = [line for line in rendered(findings) if line.split(":")[1] in {"3", "8", "9", "11", "12", "14"}]
    no_at = "(An address needs an @-sign between name and domain.)"
    assert [line for line in ours if ":38 " not in line] == [
        "seatsync.yaml:3:11 SCHEMA001 'Mars/One' is not a time zone (use a name such as Europe/Lisbon or UTC)",
        "seatsync.yaml:8:19 SCHEMA001 'a b' is not the domain of an e-mail address",
        f"seatsync.yaml:9:23 SCHEMA001 'nope' is not an e-mail address {no_at}",
        "seatsync.yaml:11:14 SCHEMA001 REF001 cannot be suppressed (fix the problem that it reports)",
        "seatsync.yaml:12:41 SCHEMA001 '2026-13-01' is not a date (there is no such day in the calendar)",
        f"seatsync.yaml:14:40 SCHEMA001 'ana' is not an e-mail address {no_at}",
    ]


@pytest.mark.parametrize(("text", "code"), [("a: [", "YAML001"), ("- a", "SCHEMA001"), ("", "SCHEMA001")])
def test_unusable_files(tmp_path: Path, text: str, code: str) -> None:
    project, findings = read_project(repository(tmp_path, {"seatsync.yaml": text}))
    assert project is None
    assert {finding.code for finding in findings} == {code}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Lisbon", "Pacific/Kiritimati", "Etc/GMT+1"])
def test_zones(zone: str) -> None:
    assert is_zone(zone)


@pytest.mark.parametrize(
    "zone", ["Mars/One", "../etc/passwd", "/etc/passwd", "Europe", "", "\ud800", "a\x00b", "é", "zone.tab"]
)
def test_no_zones(zone: str) -> None:
    assert not is_zone(zone)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("postgresql://ana:hunter2@db.acme.example/seats", 1),
        ("postgresql://ana@db.acme.example/seats", 0),
        ("sqlite:///seats:of@acme.db", 0),
        ("http://localhost:8080/a:b@c", 0),
    ],
)
def test_a_password_in_the_target(tmp_path: Path, target: str, found: int) -> None:
    (tmp_path / "seatsync.yaml").write_text(f"version: 1\naccount: acme\ntarget: {target}\n")
    project, findings = read_project(tmp_path)
    assert project is not None
    assert project.target == target
    assert [finding.message for finding in findings] == ["`target` contains a password"] * found
    assert "hunter2" not in str(findings)
