"""Apply with steps by API, in front of a made-up portal: what it does, what it leaves to people, what is on record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope
from seatsync.commands.shared import console as consoles
from seatsync.demo.double import Double
from seatsync.demo.exchange import Arrived, Call, Fault
from seatsync.demo.served_account import Effect
from seatsync.portal.knowledge import Knowledge
from tests.commands.mirrors import mirror
from tests.commands.portals import portal_project, use_clock
from tests.commands.running import Run, replace_in

FAY = "fay@acme.example"
"""Somebody who is not in the account yet."""
CHO = "cho@acme.example"


def change(folder: Path) -> None:
    """Declare that Fay comes with AutoCAD and a group, Cho gets Maya and becomes an admin, Ben gets Ana's Revit."""
    replace_in(folder / "users.yaml", "users:\n", f"users:\n  {FAY}: {{first_name: Fay, last_name: Ng}}\n")
    team = folder / "teams" / "design.yaml"
    replace_in(team, "      AutoCAD:\n", f"      AutoCAD:\n        - {FAY}\n")
    replace_in(team, "      Revit:\n        - ana@", f"      Maya:\n        - {CHO}\n      Revit:\n        - ben@")
    replace_in(team, "      - ben@acme.example\n    groups", f"      - ben@acme.example\n      - {CHO}\n    groups")
    replace_in(team, "        members:\n", f"        members:\n          - {FAY}\n")


@contextmanager
def mirrored(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    run: Run,
    *profiles: str,
    **more: Any,  # noqa: ANN401 - passed on
) -> Iterator[Double]:
    """Yield a made-up portal with a mirror, in which nothing is to be changed."""
    with portal_project(monkeypatch, folder, *profiles, write=True, **more) as double:
        assert run("refresh") == 0, run.said
        assert run("apply", "--auto-approve") == 0, run.said
        double.calls.clear()
        yield double


def lines_of(run: Run) -> list[str]:
    """Return the lines of an apply after the plan."""
    return run.out.rpartition("people.\n\n" if " by people" in run.out else "remove.\n\n")[2].splitlines()


def effects(double: Double) -> list[str]:
    return [" ".join((each.kind, each.user.partition("@")[0], each.product)).strip() for each in double.effects]


def test_the_api_does_its_steps_and_people_get_the_rest(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mirrored(monkeypatch, folder, run) as double:
        change(folder)
        assert run("apply", "--auto-approve") == 3, run.said
        assert lines_of(run) == [
            "  done     team design: invite fay@acme.example (Fay Ng) (api)",
            "  case     team design: make cho@acme.example secondary admin (CASE-6, console)",
            "  case     team design: add fay@acme.example to group cad (CASE-7, console)",
            "  done     team design: assign AutoCAD to fay@acme.example (api)",
            "  done     team design: assign Maya to cho@acme.example (api)",
            "  done     team design: take Revit from ana@acme.example (api)",
            "  done     team design: assign Revit to ben@acme.example (api)",
            "",
            "Apply: 5 steps done, 2 wait for people. The account is at serial 16 (run 3).",
            "The checklist is runs/3/CHECKLIST.html.",
            "First, ana@acme.example: team design: make cho@acme.example secondary admin.",
            "`seatsync status` lists the open cases; `seatsync refresh` or `seatsync account confirm` closes them.",
        ]
        assert effects(double) == [
            "invite fay",
            "assign fay AutoCAD",
            "assign cho Maya",
            "unassign ana Revit",
            "assign ben Revit",
        ]
        assert len(double.calls) == 12, "as many as the plan tells"
        checklist = (folder / "runs" / "3" / "CHECKLIST.md").read_text()
        assert "(api)" not in checklist
        assert "2 entries (2 cases)" in checklist
        assert run("account", "verify") == 0
        assert run("account", "runs") == 0
        assert run.out.splitlines()[-1].endswith("apply    5 steps (serials 12 to 16), 2 cases opened (CASE-6, CASE-7)")
        assert run("plan", "--format", "json") == 0
        assert [step["case"] for step in json.loads(run.out)["steps"]] == ["CASE-6", "CASE-7"]
        assert run("drift") == 0, run.said
        assert run("apply", "--auto-approve") == 3, run.said
        assert len(double.effects) == 5
        assert run("apply", "--undo", "3", "--allow", "GUARD001.seats=3", "--auto-approve") == 3, run.said
        assert effects(double)[5:] == ["unassign cho Maya", "unassign ben Revit", "assign ana Revit"]


@pytest.mark.parametrize(
    ("at", "done"), [((), "2026-07-30T12:00:05Z"), (("--at", "2026-08-02"), "2026-08-02T12:00:00Z")]
)
def test_steps_by_api_are_recorded_at_the_day_of_the_run(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, at: tuple[str, ...], done: str
) -> None:
    with mirrored(monkeypatch, folder, run):
        change(folder)
        assert run("apply", "--auto-approve", *at) == 3, run.said
        knowledge = Knowledge.from_text(mirror().mirror or "")
        assert knowledge.acts == {"design": done}
        assert {*knowledge.written.values()} == {done}


def test_a_seat_that_a_group_gives_as_well_is_not_free(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ben has AutoCAD directly and through a group, which the API tells only after the direct seat is gone."""
    with mirrored(monkeypatch, folder, run, "direct-wins") as double:
        seat = "AutoCAD:\n        - ana@acme.example\n"
        replace_in(folder / "teams" / "design.yaml", f"{seat}        - ben@acme.example\n", seat)
        assert run("apply", "--auto-approve") == 0, run.said
        assert (
            "  done     team design: take AutoCAD from ben@acme.example"
            " (api; still held through a group, so no seat is free)"
        ) in lines_of(run)
        assert effects(double) == ["unassign ben AutoCAD"]


def test_a_step_by_api_that_needs_people_waits_for_them(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mirrored(monkeypatch, folder, run, "no-types") as double:
        replace_in(folder / "teams" / "design.yaml", "      Revit:\n        - ana@", "      Revit:\n        - ben@")
        assert run("plan") == 0
        assert (
            """
  1. - take Revit from ana@acme.example (console)
  2. + assign Revit to ben@acme.example (api)
"""
            in run.out
        )
        assert "  1 of them waits for people, and for another apply\n" in run.out
        assert run("apply", "--auto-approve") == 3, run.said
        assert lines_of(run)[-7:] == [
            "  case     team design: take Revit from ana@acme.example (CASE-1, console)",
            "  skipped  team design: assign Revit to ben@acme.example (waits for: take Revit from ana@acme.example)",
            "",
            "Apply: 0 steps done, 1 waits for people, 1 waits for other steps. The account is at serial 11 (run 3).",
            "The checklist is runs/3/CHECKLIST.html.",
            "First, ana@acme.example: team design: take Revit from ana@acme.example.",
            (
                "`seatsync status` lists the open cases; `seatsync refresh` or `seatsync account confirm` closes them,"
                " and another apply goes on by API."
            ),
        ]
        assert double.calls == []
        double.change(Step.make("seat.unassign", Scope("team", "design"), product="Revit", user="ana@acme.example"))
        assert run("account", "confirm", "CASE-1") == 0
        assert run("apply", "--auto-approve") == 0, run.said
        assert effects(double)[-1] == "assign ben Revit"


def test_the_confirmation_tells_what_happens_now(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with mirrored(monkeypatch, folder, run) as double:
        change(folder)
        asked = answering(monkeypatch, "no")
        assert run("apply") == 1, run.said
        assert asked == [
            (
                "\nThis carries out 5 steps on the real account by API, and opens 2 cases for people.\n"
                "Apply this plan to account acme? Only `yes` is accepted: "
            )
        ]
        assert double.calls == []


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> list[str]:
    """Answer every question, and return them as they are asked."""
    asked: list[str] = []
    made = consoles.console

    def ask(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr(consoles, "console", lambda **options: made(**options)._replace(interactive=True, ask=ask))
    return asked


def test_a_step_of_which_the_result_is_unknown(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []

    def faults(arrived: Arrived) -> Fault | None:
        """Reset every connection from the first removal on."""
        if gone or arrived.method == "DELETE":
            gone.append(arrived.method)
            return Fault("reset", after=True)
        return None

    with mirrored(monkeypatch, folder, run, faults=faults) as double:
        replace_in(folder / "teams" / "design.yaml", "      Revit:\n        - ana@acme.example\n", "")
        assert run("apply", "--auto-approve") == 1, run.said
        unknown = "whether it was done is unknown, and the next apply asks first: "
        assert lines_of(run)[0].startswith(f"  failed   team design: take Revit from ana@acme.example ({unknown}")
        assert run("status") == 0
        assert (
            """
the next apply, which asks the API
  CASE-1  team design: take Revit from ana@acme.example
    api, opened today
"""
            in run.out
        )
        assert run("status", "--format", "json") == 0
        assert run("forecast") == 0
        turn = "opened today, the next apply, which asks the API"
        assert f"  CASE-1  team design: take Revit from ana@acme.example ({turn})\n" in run.out
        assert run("account", "cases") == 0
        assert ", api, ana@acme.example or ben@acme.example\n" in run.out
        assert run("account", "confirm", "CASE-1") == 1
        assert run.err == (
            "seatsync: CASE-1 is a step by API, so nobody needs to confirm it: the next `seatsync apply` asks the API,"
            " `seatsync account withdraw` gives it up\n"
        )
        assert run("account", "confirm", "--all") == 0
        assert run.out == "No open cases.\n"
        assert run("plan") == 0
        assert "it is unknown whether it was done (CASE-1); apply asks first\n" in run.out
        replace_in(
            folder / "teams" / "design.yaml", "      AutoCAD:\n", "      Revit: [ana@acme.example]\n      AutoCAD:\n"
        )
        assert run("apply", "--auto-approve") == 1, run.said  # it is not planned any more
        assert run.out.endswith(
            "\nIt is still unknown whether CASE-1 was carried out (team design: take Revit from ana@acme.example);"
            " the next apply asks again, `seatsync account withdraw CASE-1` gives it up.\n"
        )
        gone.clear()
        assert run("apply", "--auto-approve") == 0, run.said
        assert effects(double) == ["unassign ana Revit"]
        assert run("account", "cases") == 0
        assert run.out == "No open cases.\n"
        assert run("plan") == 0
        assert "assign Revit to ana@acme.example (api)\n" in run.out, "it was done, so the files want it back"


def test_it_is_stopped_while_it_waits(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run asks what became of the step that was to be carried out."""
    with mirrored(monkeypatch, folder, run, "busy") as double:
        change(folder)
        advance, waits = double.clock.advance, []

        def waiting(seconds: float) -> None:
            waits.append(seconds)
            advance(seconds)
            if len(waits) == 1:
                signal.raise_signal(signal.SIGTERM)

        monkeypatch.setattr(double.clock, "advance", waiting)
        use_clock(monkeypatch, double.clock)
        assert run("apply", "--auto-approve") == 128 + signal.SIGTERM, run.said
        assert run.err.endswith(
            "seatsync: interrupted; the steps that are done are saved; the next apply does the rest\n"
        )
        assert len(waits) == 1, "the rest of the wait is left out"
        assert run("apply", "--auto-approve") == 3, run.said
        assert len(double.effects) == 5
        assert len(set(effects(double))) == 5


def test_a_second_signal_stops_it_in_the_middle_of_a_step(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_call(_: Call, done: list[Effect]) -> None:
        if done and len(double.effects) == 2:
            for number in (signal.SIGINT, signal.SIGTERM):  # two of the same could be one
                os.kill(os.getpid(), number)

    with mirrored(monkeypatch, folder, run, on_call=on_call) as double:
        change(folder)
        assert run("apply", "--auto-approve") == 128 + signal.SIGTERM, run.said
        assert run.err.endswith(
            "seatsync: interrupted; stopped at once; earlier steps are kept, and the next apply asks what became of the"
            " one in progress\n"
        )
        assert run("status") == 0
        assert (
            "the next apply, which asks the API\n  CASE-2  team design: assign AutoCAD to fay@acme.example\n" in run.out
        )
        assert run("apply", "--auto-approve") == 3, run.said
        assert len(effects(double)) == len(set(effects(double))) == 5


def test_another_apply_at_the_same_time(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused while one works, and makes no call."""
    others: list[subprocess.CompletedProcess[str]] = []

    def on_call(call: Call, _: object) -> None:
        if call.method == "POST" and not others:
            line = [sys.executable, "-m", "seatsync", "apply", "--auto-approve", "--at", "2026-07-30"]
            others.append(subprocess.run(line, check=False, capture_output=True, text=True, timeout=60))

    with mirrored(monkeypatch, folder, run, on_call=on_call) as double:
        change(folder)
        assert run("apply", "--auto-approve") == 3, run.said
        (other,) = others
        assert other.returncode == 1
        assert other.stderr.splitlines()[-1].startswith(
            "seatsync: sqlite:///.seatsync/account.db: the owner has been changing this account since "
        )
        assert len(double.calls) == 12
        assert len(double.effects) == 5


def test_nobody_is_signed_in(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with mirrored(monkeypatch, folder, run) as double:
        change(folder)
        monkeypatch.delenv("SEATSYNC_ACCESS_TOKEN")
        monkeypatch.setenv("SEATSYNC_CLIENT_SECRET", "secret")
        monkeypatch.setenv("SEATSYNC_TOKEN_FILE", str(folder / ".seatsync" / "tokens.json"))
        assert run("apply", "--auto-approve") == 1, run.said
        assert "seatsync login" in lines_of(run)[0]
        assert [line[2:10] for line in lines_of(run)[:7]] == [
            "failed  ",
            "case    ",
            "skipped ",
            "skipped ",
            "skipped ",
            "skipped ",
            "skipped ",
        ]
        assert double.effects == ()


def test_a_saved_plan_needs_the_files_it_was_made_from(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """They say whether the API may do anything, and in which team of the vendor."""
    with mirrored(monkeypatch, folder, run) as double:
        change(folder)
        assert run("plan", "--out", "plan.json") == 0
        number = double.team_id("design")
        for old, new in (("write: true", "write: false"), (number, double.team_id("works"))):
            replace_in(folder / "seatsync.yaml", old, new)
            assert run("apply", "plan.json", "--auto-approve") == 1, run.said
            assert run.err == (
                "seatsync: the plan has steps by API, and the files here are not those it was made from; apply it where"
                " they are, or plan again\n"
            )
            assert len(double.effects) == 0
            replace_in(folder / "seatsync.yaml", new, old)
        assert run("apply", "plan.json", "--auto-approve") == 3, run.said
        assert len(double.effects) == 5
