"""Sources that contradict each other: SOURCE002 withholds its kind and team, and nothing is planned about that."""

from __future__ import annotations

import json
import os
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from seatsync.portal.observation import combined
from seatsync.portal.sources.exports import Exports
from tests.commands.running import Run, replace_in, write
from tests.portal.generations import GENERATIONS
from tests.portal.test_exports import ANA, BEN, HEAD, put, refused, state_of
from tests.portal.test_exports_as_target import PROJECT, WANT, steps

DAY = "2026-07-30"


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    monkeypatch.delenv("CI", raising=False)
    put(tmp_path, dict(GENERATIONS["G2"]))
    (tmp_path / "exports/groups.csv").rename(tmp_path / "exports/design.csv")
    (tmp_path / "exports/report.csv").unlink()
    write(tmp_path, {"seatsync.yaml": PROJECT, "want.yaml": WANT})
    return Run(capfd)


def contradict(folder: Path, old: str, new: str, name: str = "users.csv") -> None:
    """Add a copy of an export, of the same look, in which a text is replaced."""
    text = (folder / "exports" / name).read_text()
    assert old in text
    put(folder, {f"other-{name}": text.replace(old, new)})


def add_civil(folder: Path) -> None:
    """Add a team without any trouble."""
    with (folder / "exports/users.csv").open("a") as file:
        file.write("Active,ID9,gus@acme.example,Gus,Low,,,Primary admin,civil\n")
    put(folder, {"users.csv": (folder / "exports/users.csv").read_text()})


def want_changes(folder: Path) -> None:
    """Declare a change of every kind."""
    for before, after in (
        ("sso_admins: [fay@acme.example]", "sso_admins: [dee@acme.example]"),
        ("AutoCAD: [ana@acme.example, cho@acme.example]", "AutoCAD: [ben@acme.example]"),
        ("cad: {members: [dee@acme.example]", "cad: {members: [fay@acme.example]"),
        ("seats: 2,", "seats: 3,"),
    ):
        replace_in(folder / "want.yaml", before, after)


def planned(run: Run, *options: str) -> dict[str, Any]:
    """Return the plan document of a plan with errors."""
    assert run("plan", *options, "--format", "json") == 1
    assert "SOURCE" not in run.err
    document: dict[str, Any] = json.loads(run.out)
    return document


def families(document: dict[str, Any]) -> set[str]:
    return {step["action"].partition(".")[0] for step in document["steps"]}


@pytest.mark.parametrize(
    ("old", "new", "words", "fact", "missing"),
    [
        ("Invited,ID3", "Active,ID3", "the accepted invitations", "status", set()),
        ("SSO admin", "User", "the roles", "roles", {"admin"}),
        ("dee@acme.example,Dee,Kim,AutoCAD", "dee@acme.example,Dee,Kim,", "the seats", "seats", {"seat"}),
    ],
)
def test_a_contradiction_withholds_only_its_kind(
    old: str, new: str, words: str, fact: str, missing: set[str], run: Run, tmp_path: Path
) -> None:
    contradict(tmp_path, old, new)
    want_changes(tmp_path)
    document = planned(run)
    assert [each["code"] for each in document["findings"]] == ["SOURCE002"]
    assert f"two sources contradict each other about {words} of team 'design'" in document["findings"][0]["message"]
    assert document["findings"][0]["file"].startswith("exports/")
    assert {"team": "design", "fact": fact, "source": "users export"} in document["unknown"]
    assert families(document) == {"admin", "seat", "group", "purchase"} - missing


def test_subscriptions_that_differ(run: Run, tmp_path: Path) -> None:
    contradict(tmp_path, ",25,", ",24,", "subscriptions.csv")
    want_changes(tmp_path)
    document = planned(run)
    assert "about the subscriptions of team 'design'" in document["findings"][0]["message"]
    assert families(document) == {"admin", "seat", "group"}
    assert {each["fact"] for each in document["assumed"] if "subscription" in each} == {"subscription"}


def test_groups_that_differ(run: Run, tmp_path: Path) -> None:
    put(tmp_path, {"design/groups.csv": "Email,Group\nana@acme.example,cad\n"})
    want_changes(tmp_path)
    document = planned(run)
    assert "about the groups of team 'design'" in document["findings"][0]["message"]
    assert families(document) == {"admin", "seat", "purchase"}


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_members_that_differ_leave_the_team_out(form: str, run: Run, tmp_path: Path) -> None:
    add_civil(tmp_path)
    contradict(tmp_path, "Fay,Moe", "Fay,Mo")
    want_changes(tmp_path)
    assert run("plan", "--format", form) == 1
    assert "SOURCE002" in run.out
    assert "about the members of team" in run.out
    assert "SOURCE007" in run.out
    assert steps(run) == []


def test_somebody_whom_only_one_of_two_exports_has(run: Run, tmp_path: Path) -> None:
    """It is one finding, though the two differ about role, status and seats of the person, too."""
    add_civil(tmp_path)
    lines = (tmp_path / "exports/users.csv").read_text().splitlines(keepends=True)
    kept = [line for line in lines if "dee@acme.example" not in line]
    assert len(kept) < len(lines)
    put(tmp_path, {"other-users.csv": "".join(kept)})
    [found] = [each for each in planned(run)["findings"] if each["code"] == "SOURCE002"]
    assert found["message"] == (
        "two sources contradict each other about the members of team 'design':"
        " exports/users.csv has 'dee@acme.example', and exports/other-users.csv does not"
    )
    assert found["file"] == "exports/users.csv"


def test_nothing_is_left_to_plan(run: Run, tmp_path: Path) -> None:
    contradict(tmp_path, "Fay,Moe", "Fay,Mo")
    assert run("plan") == 1
    assert run.err.startswith("seatsync: exports:exports: exports/other-users.csv:8:12: SOURCE002 two sources")


def test_somebody_in_a_group_who_is_not_in_the_team(run: Run, tmp_path: Path) -> None:
    """As if they had left, or joined, between the two downloads: nobody knows which."""
    (tmp_path / "exports/design.csv").unlink()
    put(tmp_path, {"groups.csv": "Email,Group,Team\ngus@acme.example,cad,design\n"})
    add_civil(tmp_path)
    replace_in(tmp_path / "want.yaml", "users:\n", "users:\n  gus@acme.example: {}\n  hal@acme.example: {}\n")
    civil = "  civil: {primary_admin: gus@acme.example, members: [hal@acme.example]}\nsubscriptions:\n"
    replace_in(tmp_path / "want.yaml", "subscriptions:\n", civil)
    want_changes(tmp_path)
    document = planned(run)
    assert document["findings"][0]["message"] == (
        "two sources contradict each other about the members of team 'design': exports/groups.csv has"
        " 'gus@acme.example' in 'cad', but exports/users.csv does not have them in the team"
    )
    assert document["findings"][0]["line"] == 2
    assert [each for each in document["left_out"] if "team" in each] == [{"team": "design", "findings": ["SOURCE007"]}]
    assert {(step["action"], *step["scope"].values()) for step in document["steps"]} == {("user.invite", "civil")}
    assert run("plan", "--team", "civil", "--detailed-exitcode") == 2
    assert "SOURCE002" not in run.out + run.err


def test_a_subscription_in_two_teams(run: Run, tmp_path: Path) -> None:
    bought = GENERATIONS["G2"]["subscriptions.csv"]
    put(tmp_path, {"civil.csv": bought.replace(",design,", ",civil,")})
    document = planned(run)
    assert len(document["findings"]) == 1
    assert document["findings"][0]["message"].endswith("'design': subscription '574-1' is also in team 'civil'")
    assert document["findings"][0]["related"][0]["file"] == "exports/civil.csv"
    assert families(document) == set()
    noon = (tmp_path / "exports/civil.csv").stat().st_mtime
    os.utime(tmp_path / "exports/subscriptions.csv", (noon + 3601, noon + 3601))
    assert run("plan", "--detailed-exitcode") == 0  # they moved since
    os.utime(tmp_path / "exports/civil.csv", (noon + 7203, noon + 7203))
    assert run("plan", "-v") == 0
    assert "subscription '574-1' is in team 'civil', which is in no users export" in run.err


def test_rows_of_one_file_that_differ(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "exports/users.csv").open("a") as file:
        file.write("Active,ID6,fay@acme.example,Fay,Moe,,,User,design\n")
        file.write("Active,ID2,ben@acme.example,Ben,Ode,,,User,design\n")
    want_changes(tmp_path)
    document = planned(run)
    assert [(each["code"], each["line"]) for each in document["findings"]] == [("SOURCE002", 9)]
    assert document["findings"][0]["related"][0]["line"] == 8
    assert families(document) == {"seat", "group", "purchase"}


def test_unknown_roles_and_no_declared_primary_admin(run: Run, tmp_path: Path) -> None:
    add_civil(tmp_path)
    contradict(tmp_path, "SSO admin", "User")
    replace_in(tmp_path / "want.yaml", "    primary_admin: ana@acme.example\n", "")
    text = (tmp_path / "want.yaml").read_text().replace("contract_manager: ben@", "contract_manager: ana@")
    (tmp_path / "want.yaml").write_text(text)
    want_changes(tmp_path)
    document = planned(run, "--team", "design")
    assert document["left_out"] == [{"team": "design", "findings": ["SOURCE007"]}]
    assert document["unknown"] == [{"team": "design", "fact": "roles", "source": "users export"}]
    assert families(document) == set()


def test_other_commands(run: Run, tmp_path: Path) -> None:
    contradict(tmp_path, "SSO admin", "User")
    assert run("why", "dee@acme.example") == 0
    assert "error SOURCE002 two sources contradict each other about the roles" in run.err
    assert "AutoCAD in team design: entitled\n" in run.out
    assert run("forecast", "--target", "exports:exports") == 0
    assert "error SOURCE002" in run.err
    for command in (("import", "exports:exports", "--out", "new"), ("init", "new", "--from", "exports:exports")):
        assert run(*command) == 1
        assert run.err.startswith("seatsync: exports:exports: exports/other-users.csv:8:")
        assert "SOURCE002 two sources contradict each other about the roles of team 'design'" in run.err
        assert not (tmp_path / "new").exists()


def test_the_newest_counts_whatever_the_names_of_older_ones(tmp_path: Path) -> None:
    """Two old files that contradict each other do not matter beside a newer one."""
    texts = (HEAD + ANA, HEAD + ANA + BEN, HEAD + ANA.replace("Silva", "Sousa"))
    for number, names in enumerate(permutations(["a.csv", "b.csv", "c.csv"])):
        folder = tmp_path / str(number)
        put(folder, {names[0]: texts[0], names[1]: texts[1]}, "2026-07-28")
        put(folder, {names[2]: texts[2]}, "2026-07-30")
        chosen, findings = combined(Exports(folder / "exports", "exports").observe()[0])
        assert findings == []
        assert {each.source for each in chosen.values()} == {f"exports/{names[2]}"}
        assert state_of(folder).account.users["ana@acme.example"].last_name == "Sousa"


def test_a_contradicted_newest_file_does_not_bring_back_an_older_one(tmp_path: Path) -> None:
    put(tmp_path, {"old.csv": HEAD + ANA + BEN}, "2026-07-28")
    put(tmp_path, {"new.csv": HEAD + ANA + BEN + BEN.replace("User", "SSO admin")})
    assert "SOURCE002 two sources contradict each other about the roles" in refused(tmp_path)
