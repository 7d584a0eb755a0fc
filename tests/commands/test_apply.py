from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from seatsync.commands.shared import console
from seatsync.targets.sql.session import SqlSession
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from tests.commands.running import DAY, FILES, Run, replace_in, write
from tests.documents import checked

ROOT = Path(__file__).parents[2]
HEAD = "Account acme (serial 1) at sqlite:///account.db, on 2026-11-21\n\n"
PLAN = HEAD + (
    """\
team design
  1. - take AutoCAD from cho@acme.example

Plan: 0 to add, 0 to change, 1 to remove.
"""
)
DONE = """
  done     team design: take AutoCAD from cho@acme.example

Apply: 1 step done. The account is at serial 2 (run 2).
"""
NOTHING = HEAD.replace("serial 1", "serial 2") + "Nothing to change: the account is as declared.\n"


@pytest.fixture(name="changed")
def _changed(loaded: Path) -> Path:
    """Return a repository that no longer declares a seat of its account."""
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "]")
    replace_in(loaded / "teams/design.yaml", "seats:", "members: [cho@acme.example]\n    seats:")
    return loaded


def test_from_a_folder(changed: Path, run: Run) -> None:
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    assert run.said == (PLAN + DONE, "")
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    assert run.said == (NOTHING, "")


def test_from_a_saved_plan(changed: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    monkeypatch.chdir(changed / "teams")
    assert run("apply", "../p.json", "--at", DAY, "--auto-approve") == 0
    assert run.said == (PLAN + DONE, "")
    assert run("apply", "../p.json", "--at", DAY, "--auto-approve") == 1
    assert run.said == (
        "",
        (
            "1 change since serial 1 (! marks those that touch what the plan reads or writes):\n"
            "!    2  2026-11-21T12:00:00Z  the owner  team design: take AutoCAD from cho@acme.example\n"
            "seatsync: PLAN001: the account has changed since the plan was made (serial 1 then, 2 now),"
            " including something that the plan reads or writes; plan again\n"
        ),
    )


def test_a_saved_plan_is_remembered_if_the_repository_is_as_it_was(changed: Path, run: Run) -> None:
    def applied() -> bool:
        return (
            SqlTarget(SqliteFile("sqlite:///account.db", changed / "account.db")).read().applied_declaration is not None
        )

    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    replace_in(changed / "users.yaml", "Silva", "Souza")
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 0
    assert not applied()
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 0
    assert applied()


@pytest.mark.parametrize("spoilt", ["seatsync.yaml", "users.yaml"])
def test_a_saved_plan_with_a_repository_that_is_broken(changed: Path, run: Run, spoilt: str) -> None:
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    (changed / spoilt).write_text("users: [\n")
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 0
    assert run.said == (PLAN + DONE, "")


def test_a_saved_plan_without_a_repository(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    (changed / "seatsync.yaml").unlink()
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 0
    assert run.said == (PLAN + DONE, "")


def test_a_saved_plan_for_another_account(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    assert run("account", "create", "--name", "acme", "--target", "sqlite:///other.db") == 0
    assert run("apply", "p.json", "--target", "sqlite:///other.db", "--auto-approve") == 1
    assert run.err.startswith("seatsync: PLAN003: the plan is for another account named acme (")


def test_a_saved_plan_is_what_it_is(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--as", "ben@acme.example", "--out", "p.json") == 0
    assert run("apply", "p.json", "--auto-approve", "--as", "ana@acme.example") == 1
    assert run.err == ("seatsync: the plan was made as ben@acme.example, not as ana@acme.example; plan again\n")
    assert run("apply", "p.json", "--auto-approve", "--team", "design") == 1
    limits = "--team, --route, --allow and --undo"
    assert run.err == f"seatsync: a saved plan already contains its {limits}; plan again to change them\n"
    assert run("apply", "p.json", "--auto-approve", "--at", DAY, "--as", "ben@acme.example") == 0


def test_nobody_to_approve(changed: Path, run: Run) -> None:
    assert run("apply", "--at", DAY) == 1
    assert run.said == (
        "",
        "seatsync: apply needs a terminal for its confirmation; run it from one, or pass --auto-approve\n",
    )


def test_a_plan_with_errors_is_shown_and_not_applied(changed: Path, run: Run) -> None:
    replace_in(changed / "seatsync.yaml", "50%", "0")
    assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.out.endswith("Plan: 0 to add, 0 to change, 1 to remove. It cannot be applied: 1 error.\n")
    assert run("plan", "--at", DAY, "--out", "p.json") == 1
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 1
    assert run.out.endswith("Plan: 0 to add, 0 to change, 1 to remove. It cannot be applied: 1 error.\n")


def test_errors_in_the_declaration_are_the_answer(changed: Path, run: Run) -> None:
    replace_in(changed / "teams/design.yaml", "[ben@acme.example]\n", "[zoe]\n")
    assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.out.startswith("teams/design.yaml:4:24: error SCHEMA001 ")


def test_manual_steps_wait(loaded: Path, run: Run) -> None:
    replace_in(loaded / "subscriptions.yaml", "seats: 3", "seats: 4")
    replace_in(loaded / "subscriptions.yaml", "ana@acme.example", "ben@acme.example")
    assert run("apply", "--at", DAY, "--auto-approve", "--as", "ben@acme.example") == 3
    transfer = "make ben@acme.example contract manager of subscription 574-1"
    order = "order for subscription 574-1: seats 3 -> 4"
    waiting, last = run.out.partition("for that.\n\n")[2].split("\n\n")
    assert waiting.split("\n") == [
        f"  case     team design: {transfer} (CASE-1, by form, which ana@acme.example hands in)",
        f"  skipped  team design: {order} (waits for: {transfer})",
    ]
    assert last == (
        "Apply: 0 steps done, 1 waits for people, 1 waits for other steps. The account is at serial 1 (run 2).\n"
        "`seatsync account cases` lists the open cases; apply again when that is settled.\n"
    )
    assert run("account", "cases") == 0
    assert run.out == (
        """\
CASE-1  team design: make ben@acme.example contract manager of subscription 574-1
  opened 2026-11-21T12:00:00Z by ben@acme.example
"""
    )
    assert run("plan", "--at", DAY) == 0
    assert "by form, which ana@acme.example hands in; case CASE-1 is open" in run.out
    assert run("account", "confirm", "--all", "--at", DAY, "--evidence", "form 7") == 0
    assert run.out == (
        "CASE-1 done: team design: make ben@acme.example contract manager of subscription 574-1 (serial 2)\n"
    )


def test_the_account_remembers_also_where_nothing_changes(loaded: Path, run: Run) -> None:
    assert run("apply", "--at", DAY, "--auto-approve", "-v") == 0
    assert run.err.endswith("recorded this declaration and policy as applied\n")
    assert run("apply", "--at", DAY, "--auto-approve", "-v") == 0
    assert "remembers" not in run.err
    assert run("account", "log") == 0
    assert run.out.count("applied a declaration") == 1


def test_a_limited_apply_does_not_forget_who_is_protected(loaded: Path, run: Run) -> None:
    protect = ", protected: {users: [cho@acme.example]}"
    policy = "max_removals: 50%"
    replace_in(loaded / "seatsync.yaml", policy, policy + protect)
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    replace_in(loaded / "seatsync.yaml", protect, "")
    replace_in(loaded / "teams/design.yaml", "    seats:", "    groups: {cad: {}}\n    seats:")
    assert run("apply", "--at", DAY, "--auto-approve", "--team", "design") == 0
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "]")
    assert run("plan", "--at", DAY) == 1
    assert "error GUARD004 user cho@acme.example is protected and would" in run.out


def test_a_saved_plan_does_not_get_round_who_is_protected_since(loaded: Path, run: Run) -> None:
    names, policy = "[ben@acme.example, cho@acme.example]", "max_removals: 50%"
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    replace_in(loaded / "teams/design.yaml", names, "[ben@acme.example]")
    assert run("plan", "--at", DAY, "--out", "without-cho.plan") == 0
    assert run("plan", "--at", DAY, "--out", "meant.plan", "--allow", "GUARD004") == 0
    write(loaded, FILES)
    replace_in(loaded / "seatsync.yaml", policy, policy + ", protected: {users: [cho@acme.example]}")
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    assert run("apply", "without-cho.plan", "--at", DAY, "--auto-approve") == 1
    assert run.out == ""
    assert run.err == (
        "seatsync: GUARD004: user cho@acme.example is protected and would leave the account,"
        " by the policy applied last; plan again\n"
    )
    assert run("apply", "meant.plan", "--at", DAY, "--auto-approve") == 0


def test_a_saved_plan_of_others_is_applied_all_the_same(loaded: Path, run: Run) -> None:
    policy = "max_removals: 50%"
    replace_in(loaded / "teams/design.yaml", "  design:\n", "  studio:\n    renamed_from: design\n")
    replace_in(loaded / "subscriptions.yaml", "team: design", "team: studio")
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example, cho@acme.example]", "[ben@acme.example]")
    assert run("plan", "--at", DAY, "--out", "a.plan") == 0, run.said
    write(loaded, FILES)
    replace_in(loaded / "seatsync.yaml", policy, policy + ", protected: {users: [ben@acme.example]}")
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    assert run("apply", "a.plan", "--at", DAY, "--auto-approve") == 0, run.said


FORM = "team design: make ben@acme.example contract manager of subscription 574-1"


@pytest.fixture
def handover(loaded: Path) -> Path:
    """Declare Ben as contract manager, a change by a form of Ana."""
    replace_in(loaded / "subscriptions.yaml", "manager: ana", "manager: ben")
    return loaded


@pytest.mark.parametrize("actor", [(), ("--as", "ben@acme.example")])
def test_a_form_of_somebody_else_becomes_a_case(handover: Path, run: Run, actor: tuple[str, ...]) -> None:
    assert run("apply", "--at", DAY, "--auto-approve", *actor) == 3
    assert f"  case     {FORM} (CASE-1, by form, which ana@acme.example hands in)\n" in run.out
    assert run("plan", "--at", DAY, "--detailed-exitcode", *actor) == 2
    assert "by form, which ana@acme.example hands in; case CASE-1 is open\n" in run.out
    assert run("account", "confirm", "--all", "--at", DAY) == 0
    assert run("plan", "--at", DAY, "--detailed-exitcode", *actor) == 0


def test_own_form_is_done_at_once(handover: Path, run: Run) -> None:
    assert run("apply", "--at", DAY, "--auto-approve", "--as", "ana@acme.example") == 0
    assert f"  done     {FORM}\n" in run.out
    assert run("account", "log", "--person", "ben@acme.example") == 0
    assert run.out.endswith(f"ana@acme.example  {FORM} (serial 2)\n")


@pytest.mark.parametrize("saved", [False, True])
def test_the_owner_hands_in_the_form_of_somebody_else(handover: Path, run: Run, *, saved: bool) -> None:
    assert run("plan", "--at", DAY, "--out", "form.plan") == 0
    assert run("apply", *(["form.plan"] if saved else []), "--at", DAY, "--auto-approve", "--hand-in") == 0
    assert f"  done     {FORM} (handed in by the owner for ana@acme.example)\n" in run.out
    for person in ("ana@acme.example", "ben@acme.example"):
        assert run("account", "log", "--person", person) == 0
        assert f"the owner  {FORM} (serial 2, handed in by the owner for ana@acme.example)\n" in run.out
    assert run("account", "verify") == 0
    assert run("account", "cases") == 0
    assert run.out == "No open cases.\n"


def test_a_case_that_is_open_is_confirmed_not_handed_in(handover: Path, run: Run) -> None:
    assert run("apply", "--at", DAY, "--auto-approve") == 3
    assert run("apply", "--at", DAY, "--auto-approve", "--hand-in") == 3
    assert f"  waits    {FORM} (by form, which ana@acme.example hands in; case CASE-1 is open)\n" in run.out


def test_only_the_owner_hands_in_the_forms_of_others(handover: Path, run: Run) -> None:
    said = "seatsync: --hand-in is only for the owner; leave it out, or plan without --as ben@acme.example\n"
    assert run("apply", "--at", DAY, "--auto-approve", "--hand-in", "--as", "ben@acme.example") == 1
    assert run.said == ("", said)
    assert run("plan", "--at", DAY, "--as", "ben@acme.example", "--out", "form.plan") == 0
    assert run("apply", "form.plan", "--at", DAY, "--auto-approve", "--hand-in") == 1
    assert run.said == ("", said)


def test_a_file_is_only_read(loaded: Path, run: Run) -> None:
    assert run("apply", "--at", DAY, "--auto-approve", "--target", "file:.") == 1
    assert run.err == ("seatsync: file:.: a file: target is read-only; apply to an account, such as sqlite:///FILE\n")


def test_a_signal_ends_it_after_the_step(changed: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = SqlSession.state

    def state(self: SqlSession) -> object:
        os.kill(os.getpid(), 15)
        return real(self)

    monkeypatch.setattr(SqlSession, "state", state)
    assert run("apply", "--at", DAY, "--auto-approve") == 143
    assert run.said == (
        PLAN + "\n",
        "seatsync: interrupted; 0 of 1 steps are done and saved; the next apply does the rest\n",
    )
    monkeypatch.undo()
    monkeypatch.chdir(changed)
    assert run("apply", "--at", DAY, "--auto-approve") == 0


PROGRAM = """
import sys
from seatsync.reporting import terminal
terminal.LONG = float(sys.argv.pop(1))
from seatsync.cli import main
sys.exit(main())
"""


def on_a_terminal(
    folder: Path,
    arguments: Sequence[str],
    keys: bytes = b"",
    *,
    long: str = "3600",
    more: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run the program on a pseudo-terminal, type the keys when it asks, and return its exit code and screen.

    `long`: the seconds after which work is shown; `more`: of the environment. A key that finds nobody listening, since
    the program was just about to, is typed again.
    """
    program, terminal = pty.fork()
    if program == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell lets what it starts in the background ignore it
        os.chdir(folder)
        inherited = {name: value for name, value in os.environ.items() if name != "CI"}
        environment = {**inherited, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": "1", **(more or {})}
        os.execve(sys.executable, [sys.executable, "-c", PROGRAM, long, *arguments], environment)
    seen, asked = b"", b"yes` is accepted: "
    while piece := _read(terminal, again=CTRL_C if keys == CTRL_C and seen.endswith(asked) else b""):
        seen += piece
        if keys and seen.endswith(asked):
            if keys == CTRL_C:
                _without_flushing(terminal)
            os.write(terminal, keys)
    os.close(terminal)
    _, status = os.waitpid(program, 0)
    return os.waitstatus_to_exitcode(status), seen.decode().replace("\r\n", "\n")


CTRL_C = b"\x03"


def _without_flushing(terminal: int) -> None:
    """Keep a keyboard signal from discarding output of the program.

    A terminal sends the signal first, and then throws away what is not read yet and echoes `^C`: what the program
    answers at once would be lost, or come before the echo.
    """
    mode = termios.tcgetattr(terminal)
    mode[3] = (mode[3] | termios.NOFLSH) & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, mode)


def _read(terminal: int, *, again: bytes = b"") -> bytes:
    """Return the next output on a terminal; empty at the end of the program or after a timeout."""
    ready, _, _ = select.select([terminal], [], [], 10)
    if not ready:
        os.write(terminal, again)
        ready, _, _ = select.select([terminal], [], [], 60)
    try:
        return os.read(terminal, 4096) if ready else b""
    except OSError:
        return b""


@pytest.mark.parametrize("arguments", [["plan"], ["plan", "--format", "json", "-v"], ["validate"], ["drift"]])
def test_progress_is_shown_and_cleared(changed: Path, arguments: list[str]) -> None:
    line = r"\r\x1b\[K(?:\[[#.]{24}\] \d/\d [a-z ]+|[a-z ]+ …)"
    _, seen = on_a_terminal(changed, [*arguments, "--at", DAY, "--no-cache"], long="0")
    _, plain = on_a_terminal(changed, [*arguments, "--at", DAY, "--no-cache"])
    without = re.sub(rf"(?:{line})+\r\x1b\[K", "", seen)
    assert re.sub(r"\d\.\d\d s", "", without) == re.sub(r"\d\.\d\d s", "", plain)
    assert "\x1b" not in plain


@pytest.mark.parametrize("more", [{"CI": "true"}, {"TERM": "dumb"}])
def test_no_progress_without_a_terminal(changed: Path, more: dict[str, str]) -> None:
    _, seen = on_a_terminal(changed, ["apply", "--at", DAY, "--auto-approve"], long="0", more=more)
    assert "\x1b" not in seen
    assert "1/1" not in seen


QUESTION = "\nApply this plan to account acme? Only `yes` is accepted: "


def test_on_a_terminal_it_asks_and_shows_a_bar(changed: Path) -> None:
    code, seen = on_a_terminal(changed, ["apply", "--at", DAY], b"yes\n")
    bar = f"\r\x1b[K{'[########################] 1/1 team design: take AutoCAD from cho@acme.example'[:79]}\r\x1b[K"
    assert seen == PLAN + QUESTION + "yes\n" + DONE.replace("\n\nApply", f"\n{bar}\nApply")
    assert code == 0


@pytest.mark.parametrize(("keys", "echo"), [(b"y\n", "y\n"), (b"\n", "\n"), (b"\x04", "\n")])
def test_anything_else_is_a_no(changed: Path, keys: bytes, echo: str) -> None:
    code, seen = on_a_terminal(changed, ["apply", "--at", DAY], keys)
    assert seen == PLAN + QUESTION + echo + "not approved; nothing was done\n"
    assert code == 1


@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("no", 1)])
def test_question_before_an_apply(
    changed: Path, run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    real, asked = console.console, []

    def ask(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr(console, "console", lambda **options: real(**options)._replace(interactive=True, ask=ask))
    assert run("apply", "--at", DAY) == code
    assert asked == [QUESTION]
    assert run.said == ((PLAN + DONE, "") if code == 0 else (PLAN, "not approved; nothing was done\n"))


def test_ctrl_c_at_the_question(changed: Path) -> None:
    code, seen = on_a_terminal(changed, ["apply", "--at", DAY], CTRL_C)
    assert seen == PLAN + QUESTION + "\nseatsync: interrupted\n"
    assert code == 130


def test_as_a_document(changed: Path, run: Run) -> None:
    assert run("apply", "--at", DAY, "--auto-approve", "--format", "json") == 0
    document = json.loads(run.out)
    assert document["account"]["serial"] == 2
    assert document["run"] == 2
    assert document["summary"] == {"done": 1, "case": 0, "waits": 0, "failed": 0, "skipped": 0}
    assert document["steps"] == [
        {
            "id": 1,
            "action": "seat.unassign",
            "scope": {"team": "design"},
            "args": {"product": "AutoCAD", "user": "cho@acme.example"},
            "status": "done",
            "case": None,
            "problem": None,
            "waits_for": None,
        }
    ]
    assert run("apply", "--at", DAY, "--auto-approve", "--format", "json") == 0
    document = json.loads(run.out)
    assert (document["account"]["serial"], document["run"], document["steps"]) == (2, None, [])


def test_into_files(changed: Path, run: Run) -> None:
    assert run("apply", "--at", DAY, "--auto-approve", "--output", "said.txt", "--output", "json=said.json") == 0
    assert run.said == ("", "")
    assert (changed / "said.txt").read_text(encoding="utf-8") == PLAN + DONE
    assert checked((changed / "said.json").read_text(encoding="utf-8"), "apply")["summary"]["done"] == 1
    assert run("apply", "--at", DAY, "--auto-approve", "--output", "json=said.json", "--output", "text=beside.txt") == 0
    assert run.said == (NOTHING, "")
    assert checked((changed / "said.json").read_text(encoding="utf-8"), "apply")["steps"] == []
    assert (changed / "beside.txt").read_text(encoding="utf-8") == NOTHING


def test_as_a_document_what_was_never_begun(changed: Path, run: Run) -> None:
    replace_in(changed / "seatsync.yaml", "50%", "0")
    assert run("apply", "--at", DAY, "--auto-approve", "--format", "json") == 1
    assert json.loads(run.out)["format"] == "seatsync/plan/1"
    replace_in(changed / "teams/design.yaml", "primary_admin: ana@acme.example", "primary_admin: any")
    assert run("apply", "--at", DAY, "--auto-approve", "--format", "json") == 1
    assert json.loads(run.out)["format"] == "seatsync/findings/1"
    assert run("apply", "--at", DAY, "--auto-approve", "--format", "html") == 1
    assert run.err == "seatsync: unknown format 'html'; choose one of json, text\n"


def test_waiting_steps_name_their_case(loaded: Path, run: Run) -> None:
    replace_in(loaded / "subscriptions.yaml", "seats: 3", "seats: 5")
    assert run("apply", "--at", DAY, "--auto-approve", "--format", "json") == 3
    (step,) = json.loads(run.out)["steps"]
    assert (step["status"], step["case"], step["problem"]) == ("waits", None, None)


def test_plan_is_shown_before_the_question(
    changed: Path,
) -> None:
    text = on_a_terminal(changed, ["apply", "--at", DAY, "--format", "json", "--no-color"], b"yes\n")[1]
    shown, _, rest = text.partition("\nApply this plan to account acme? Only `yes` is accepted: ")
    assert shown == PLAN
    assert '"format": "seatsync/apply/1"' in rest
