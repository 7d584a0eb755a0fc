"""`apply` on a mirror of the real account: the folder of the run, written as a whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seatsync.commands.shared import console
from seatsync.commands.shared.real_account import mirror_apply
from tests.commands.running import DAY, FILES, Run, replace_in, write

PORTAL = "portal: {exports: exports/}\n"
UNWANTED = "no longer wanted"
LAST = "`seatsync status` lists the open cases; `seatsync refresh` or `seatsync account confirm` closes them.\n"


EXPORTS = {
    "exports/users-2026-11-20.csv": """\
first_name,last_name,email,team_alias,role,account_status,offering_name
Ana,Silva,ana@acme.example,design,Primary admin,Active,
Ben,Ode,ben@acme.example,design,Secondary admin,Active,AutoCAD
,,cho@acme.example,design,User,Active,AutoCAD
""",
    "exports/subscriptions-2026-11-20.csv": """\
team_alias,offering_name,contract_number,subscription_id,start_date,end_date,seat_quantity,reseller_name
design,AutoCAD,110001234567,574-1,2026-01-01,2027-12-31,3,Dealer AG
""",
}


@pytest.fixture(name="project", autouse=True)
def _project(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a project whose mirror is as declared; then declare Dee in the place of Cho, who keeps no seat."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, FILES | EXPORTS)
    replace_in(folder / "seatsync.yaml", "policy: {max_removals: 50%}", f"{PORTAL}policy: {{max_removals: 100%}}")
    assert run("refresh") == 0
    assert run("plan") == 0
    assert "Nothing to change" in run.out
    replace_in(folder / "users.yaml", "  cho@", "  dee@acme.example: {first_name: Dee}\n  cho@")
    replace_in(folder / "teams/design.yaml", "cho@acme.example", "dee@acme.example")
    return folder


def apply(run: Run, *options: str) -> int:
    return run("apply", "--auto-approve", *options)


def names(folder: Path) -> list[str]:
    """Return the files below a folder, hidden ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_an_apply_that_opens_cases_writes_one_folder(project: Path, run: Run) -> None:
    assert apply(run) == 3
    assert names(project / "runs") == ["2/CHECKLIST.html", "2/CHECKLIST.md"]
    assert run.out.endswith(
        "The checklist is runs/2/CHECKLIST.html.\n"
        f"First, ana@acme.example: team design: invite dee@acme.example (Dee).\n{LAST}"
    )
    text = (project / "runs/2/CHECKLIST.md").read_text(encoding="utf-8")
    assert text.startswith("# Checklist of run 2, account `acme`\n")
    assert "\n    seatsync account confirm CASE-1 CASE-2 CASE-3\n" in text


def test_from_a_folder_outside_of_the_project(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    assert apply(run, project.name) == 3
    assert f"The checklist is {project.name}/runs/2/CHECKLIST.html.\n" in run.out
    assert names(project / "runs") == ["2/CHECKLIST.html", "2/CHECKLIST.md"]
    text = (project / "runs/2/CHECKLIST.md").read_text(encoding="utf-8")
    assert "\n    seatsync account confirm CASE-1 CASE-2 CASE-3\n" in text
    assert not (project.parent / "runs").exists()


def test_one_that_opens_none_writes_none(project: Path, run: Run) -> None:
    assert apply(run) == 3
    assert apply(run) == 3
    assert names(project / "runs") == ["2/CHECKLIST.html", "2/CHECKLIST.md"]
    still = "No case is new, so the checklist is still runs/2/CHECKLIST.html.\n"
    assert run.out.endswith(f"The account is at serial 2.\n{still}{LAST}")
    (project / "runs/2").rename(project / "runs/10-2")
    write(project, {"runs/10/CHECKLIST.html": "", "runs/9/CHECKLIST.html": "", "runs/11/note.txt": "", "runs/x": ""})
    assert apply(run) == 3
    assert "the checklist is still runs/10-2/CHECKLIST.html.\n" in run.out
    assert apply(run, "--run-dir", "out") == 3
    assert run.out.endswith(f"The account is at serial 2.\n{LAST}")


def test_the_question_says_that_people_do_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = console.console, []

    def ask(question: str) -> str:
        asked.append(question)
        return "yes"

    monkeypatch.setattr(console, "console", lambda **options: real(**options)._replace(interactive=True, ask=ask))
    assert run("apply") == 3
    assert run("apply") == 3
    assert asked == [
        f"\nThis opens {cases} for people; nothing changes in the portal by itself.\n"
        "Apply this plan to account acme? Only `yes` is accepted: "
        for cases in ("3 cases", "0 cases")
    ]


def test_a_folder_lists_every_open_case(project: Path, run: Run) -> None:
    assert apply(run) == 3
    replace_in(project / "teams/design.yaml", "ben@acme.example, dee", "dee")
    assert apply(run) == 3
    text = (project / "runs/3/CHECKLIST.md").read_text(encoding="utf-8")
    assert "\n    seatsync account confirm CASE-1 CASE-2 CASE-4 CASE-3\n" in text
    assert run("plan") == 0
    assert UNWANTED not in run.err, "every open case has a step"
    replace_in(project / "teams/design.yaml", "[dee@", "[ben@acme.example, cho@acme.example, ana@")
    assert run("plan") == 0
    assert f"4 open cases are {UNWANTED}: CASE-1, CASE-2, CASE-3, CASE-4; `seatsync account withdraw`" in run.err
    assert run("plan", "--route", "form") == 0
    assert UNWANTED not in run.err, "a plan of some routes does not tell"
    assert apply(run) == 3
    text = (project / "runs/4/CHECKLIST.md").read_text(encoding="utf-8")
    assert "\n    seatsync account confirm CASE-5\n" in text
    assert [line.split()[3] for line in text.splitlines() if "account withdraw" in line] == [
        "CASE-1",
        "CASE-2",
        "CASE-3",
        "CASE-4",
    ]
    for line in text.splitlines():
        if "account withdraw" in line:
            assert run("account", "withdraw", line.split()[3], "--why", "no longer wanted") == 0
    assert run("account", "cases") == 0
    assert run.out.startswith("CASE-5  team design: assign AutoCAD to ana@acme.example\n")


def test_what_the_checklist_confirms(project: Path, run: Run) -> None:
    apply(run)
    [line] = [
        line.split()
        for line in (project / "runs/2/CHECKLIST.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("    seatsync account confirm")
    ]
    assert run(*line[1:]) == 0
    assert run("plan") == 0
    assert "Nothing to change" in run.out


PEOPLE = [f"p{number}@acme.example" for number in range(5)]


def test_from_files_to_import_to_the_next_export(project: Path, run: Run) -> None:
    replace_in(project / "seatsync.yaml", "portal: {", "portal: {import_from: 5, ")
    replace_in(
        project / "users.yaml",
        "  dee@acme.example: {first_name: Dee}\n",
        "".join(f"  {each}: {{}}\n" for each in PEOPLE),
    )
    replace_in(
        project / "teams/design.yaml", "dee@acme.example]", f"cho@acme.example]\n    members: [{', '.join(PEOPLE)}]"
    )
    assert apply(run) == 3
    assert "First, ana@acme.example: team design: invite 5 people (01-invite-design.csv).\n" in run.out
    assert (project / "runs/2/01-invite-design.csv").read_bytes().decode().split("\r\n") == [
        "First name,Last name,Email address",
        *(f",,{each}" for each in PEOPLE),
        "",
    ]
    users = EXPORTS["exports/users-2026-11-20.csv"]
    invited = "".join(f",,{each},design,User,Invited,\n" for each in PEOPLE[:4])
    write(project, {"exports/users-2026-11-22.csv": users + invited})
    assert run("refresh", "--at", "2026-11-22") == 0
    assert run("plan", "--at", "2026-11-22") == 0
    assert "1. + invite p4@acme.example" in run.out
    assert run("apply", "--auto-approve", "--at", "2026-11-22") == 3
    assert names(project / "runs")[0].startswith("2/")
    assert {name.partition("/")[0] for name in names(project / "runs")} == {"2"}  # the case of p4 is still open
    assert run("account", "confirm", "CASE-5", "--at", "2026-11-22") == 0
    assert run("plan", "--at", "2026-11-22") == 0
    assert "Nothing to change" in run.out


def test_json_names_the_folder(project: Path, run: Run) -> None:
    assert apply(run, "--format", "json") == 3
    assert json.loads(run.out)["folder"] == "runs/2"
    assert apply(run, "--format", "json") == 3
    assert json.loads(run.out)["folder"] is None
    assert names(project / "runs") == ["2/CHECKLIST.html", "2/CHECKLIST.md"]


def test_another_folder(project: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    there = tmp_path_factory.mktemp("elsewhere") / "deep" / "run"
    assert apply(run, "--run-dir", str(there)) == 3
    assert names(there) == ["CHECKLIST.html", "CHECKLIST.md"]
    assert not (project / "runs").exists()
    assert f"The checklist is {there}/CHECKLIST.html." in run.out or "The checklist is ../" in run.out


def test_an_empty_folder_may_exist(project: Path, run: Run) -> None:
    (project / "out").mkdir()
    assert apply(run, "--run-dir", "out") == 3
    assert names(project / "out") == ["CHECKLIST.html", "CHECKLIST.md"]
    assert "The checklist is out/CHECKLIST.html.\n" in run.out


def test_a_folder_of_another_run_is_not_touched(project: Path, run: Run) -> None:
    write(project, {"out/note.txt": "mine"})
    assert apply(run, "--run-dir", "out") == 1
    assert run.err == (
        f"seatsync: --run-dir {project}/out: it exists already, and a run never overwrites; "
        "name a new folder with --run-dir\n"
    )
    assert names(project / "out") == ["note.txt"]
    assert run("account", "cases") == 0
    assert run.out == "No open cases.\n"


def test_number_that_is_taken_gets_another(project: Path, run: Run) -> None:
    write(project, {"runs/2/note.txt": "of an older mirror", "runs/2-2": "a file"})
    assert apply(run) == 3
    assert names(project / "runs") == ["2-2", "2-3/CHECKLIST.html", "2-3/CHECKLIST.md", "2/note.txt"]
    assert "The checklist is runs/2-3/CHECKLIST.html.\n" in run.out


def test_no_case_is_opened_if_the_folder_cannot_be_made(project: Path, run: Run) -> None:
    write(project, {"runs": "a file"})
    assert apply(run) == 1
    assert run.err == (
        f"seatsync: {project}/runs: the folder of the run cannot be made there (not a directory); "
        "name a new folder with --run-dir\n"
    )
    assert run("account", "cases") == 0
    assert run.out == "No open cases.\n"


def test_folder_that_cannot_be_written_in_the_end(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        assert apply(run) == 1
    assert run.err == (
        f"seatsync: {project}/runs/2: the folder of the run cannot be written (no space left on device), "
        "but its cases are open; `seatsync status` lists them, and the next apply there writes it\n"
    )
    (left,) = (project / "runs").iterdir()
    assert list(left.iterdir()) == []
    assert apply(run) == 3
    (folder,) = (project / "runs").iterdir()
    assert sorted(each.name for each in folder.iterdir()) == ["CHECKLIST.html", "CHECKLIST.md"]


def test_signal_while_the_folder_is_written(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(mirror_apply, "other_target", interrupted)
    assert apply(run) == 3
    assert names(project / "runs") == ["2/CHECKLIST.html", "2/CHECKLIST.md"]


def test_killed_before_the_folder_had_its_name(project: Path, run: Run) -> None:
    assert apply(run) == 3
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    (project / "runs/2").rename(project / f"runs/.run.{done.pid}.0a1b2c3d")  # as it is if the process is killed now
    living = project / f"runs/.run.{os.getpid()}.0a1b2c3d"
    living.mkdir()
    assert apply(run) == 3
    assert "Apply: 0 steps done" in run.out
    assert "The checklist is runs/" in run.out
    (folder,) = [each for each in (project / "runs").iterdir() if each != living]
    assert sorted(each.name for each in folder.iterdir()) == ["CHECKLIST.html", "CHECKLIST.md"]
    assert "CASE-1" in (folder / "CHECKLIST.md").read_text()
    assert apply(run) == 3
    assert f"the checklist is still runs/{folder.name}/CHECKLIST.html" in run.out
    assert len(list((project / "runs").iterdir())) == 2


def test_refused_plan_leaves_nothing(project: Path, run: Run) -> None:
    assert run("plan", "--out", "plan.json") == 0
    replace_in(project / "plan.json", '"serial": 2', '"serial": 1')
    assert apply(run, "plan.json") == 1
    assert not (project / "runs").exists()


def test_from_a_folder_below_the_project(project: Path, run: Run) -> None:
    os.chdir(project / "teams")
    assert apply(run) == 3
    assert "The checklist is ../runs/2/CHECKLIST.html.\n" in run.out
    assert names(project / "runs") == ["2/CHECKLIST.html", "2/CHECKLIST.md"]


def test_commands_name_a_target_that_is_not_the_projects(project: Path, run: Run) -> None:
    (project / "account.db").rename(project / "other.db")
    assert apply(run, "--target", "sqlite:///other.db") == 3
    text = (project / "runs/2/CHECKLIST.md").read_text(encoding="utf-8")
    assert "\n    seatsync account confirm --target sqlite:///other.db CASE-1 CASE-2 CASE-3\n" in text


def test_embedded_account_has_no_runs(project: Path, run: Run) -> None:
    replace_in(project / "seatsync.yaml", PORTAL, "")
    assert run("account", "create", "--name", "acme", "--target", "sqlite:///mine.db") == 0
    assert apply(run, "--target", "sqlite:///mine.db", "--run-dir", "out") == 1
    assert run.err.endswith(
        "seatsync: --run-dir is only for a project with `portal:`, in which people carry out the steps\n"
    )
