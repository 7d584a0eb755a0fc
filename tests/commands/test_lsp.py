from __future__ import annotations

import builtins
import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatsync.commands.shared import console
from seatsync.lsp import server
from seatsync.lsp.planner import Planner
from tests.commands.running import Run, write


@pytest.mark.parametrize("missing", ["pygls", "lsprotocol"])
def test_without_the_extra(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delitem(sys.modules, "seatsync.lsp.server")
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    monkeypatch.setattr(builtins, "__import__", _without(missing))
    assert run("lsp") == 1
    how = "install it (in a clone of seatsync: `pip install '.[lsp]'`)"
    assert run.said == ("", f"seatsync: lsp needs the package pygls; {how}\n")


def test_another_module_that_is_missing_is_a_fault(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "seatsync.lsp.server")
    monkeypatch.setattr(builtins, "__import__", _without("seatsync.lsp.server"))
    assert run("lsp") == 1
    assert run.err.startswith("seatsync: internal error (ModuleNotFoundError)")


def _without(name: str) -> Callable[..., object]:
    """Import hook that does not find a package."""
    real = builtins.__import__

    def finding(asked: str, *more: object) -> object:
        if asked == name or asked.startswith(f"{name}."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(asked, *more)  # type: ignore[arg-type]  # passed on as they are

    return finding


def test_terminal_gets_a_hint(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "serve", lambda *_: None)
    real = console.console
    monkeypatch.setattr(console, "console", lambda **options: real(**options)._replace(interactive=True))
    assert run("lsp") == 0
    assert run.said == (
        "",
        "waiting for an editor to connect over standard input; press Ctrl-C to stop\n",
    )


def test_it_serves_on_the_day_that_was_asked_for(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def serve(today: Callable[[str], str], _: Planner) -> None:
        seen.extend([today("UTC"), today("Asia/Kathmandu"), gc.isenabled()])

    monkeypatch.setattr(server, "serve", serve)
    assert run("lsp", "--at", "2026-06-15") == 0
    assert seen == ["2026-06-15", "2026-06-15", True]
    assert run.said == ("", "")


TEAM = "users:\n  ana@acme.example: {}\nteams:\n  design:\n    primary_admin: ana@acme.example\n    groups: {cad: {}}\n"
SAVED = {
    "seatsync.yaml": "version: 1\naccount: acme\ntarget: file:state.yaml\ninclude: [teams.yaml]\n",
    "teams.yaml": TEAM,
    "state.yaml": "account: acme\nusers: {ana@acme.example: {}}\nteams: {design: {primary_admin: ana@acme.example}}\n",
}


def _plan(run: Run, root: Path, *more: str) -> Any:  # noqa: ANN401 - JSON
    assert run("lsp", *more, "--plan-of", str(root), "2026-06-15") == 0
    return json.loads(run.out)


def test_plan_as_lenses(folder: Path, run: Run) -> None:
    write(folder, SAVED)
    found = _plan(run, folder)
    assert found.pop("account")["path"] == str(folder / "state.yaml")
    assert found == {
        "titles": ["Plan: 1 to add, 0 to change, 0 to remove."],
        "lines": {"teams.yaml": {"6": "+ team design: create group cad"}},
    }


def test_errors_that_prevent_a_plan(folder: Path, run: Run) -> None:
    write(folder, {**SAVED, "teams.yaml": "users: {x: {}, y: {}}\n"})
    assert _plan(run, folder)["titles"] == ["No plan: 2 errors to fix first"]


def test_errors_of_one_cause_count_as_they_are_shown(folder: Path, run: Run) -> None:
    people = ", ".join(f"p{number}@acme.example: {{}}" for number in range(9))
    project = SAVED["seatsync.yaml"] + "policy: {email_domains: [other.example]}\n"
    write(folder, {**SAVED, "seatsync.yaml": project, "teams.yaml": f"users: {{{people}}}\n"})
    assert run("validate") == 1
    assert "\n1 error" in run.out
    assert _plan(run, folder)["titles"] == ["No plan: 1 error to fix first"]


def test_an_unknown_name_of_a_target_is_told(folder: Path, run: Run) -> None:
    targets = "target: {prod: file:state.yaml, test: file:state.yaml}\n"
    write(folder, {**SAVED, "seatsync.yaml": SAVED["seatsync.yaml"].replace("target: file:state.yaml\n", targets)})
    assert run("lsp", "--target", "prd", "--plan-of", str(folder), "2026-06-15") == 1
    assert run.said == ("", "seatsync: there is no target prd; the project has prod and test\n")


@pytest.mark.parametrize(
    "target",
    [
        "",
        "target: file:nowhere.yaml\n",
        "target: sqlite:///.seatsync/account.db\n",
        "target: postgresql://example.invalid/acme\n",
        "target: exports:downloads\n",
        "target: file:/dev/zero\n",
    ],
)
def test_no_account_in_a_file_at_hand(folder: Path, run: Run, target: str) -> None:
    project = SAVED["seatsync.yaml"].replace("target: file:state.yaml\n", target)
    write(folder, {**SAVED, "seatsync.yaml": project})
    assert _plan(run, folder) is None


def test_target_of_the_command_line(folder: Path, run: Run) -> None:
    write(folder, {**SAVED, "other.yaml": SAVED["state.yaml"]})
    assert _plan(run, folder, "--target", "file:other.yaml")["account"]["path"] == str(folder / "other.yaml")
    assert _plan(run, folder, "--target", "postgresql://example.invalid/acme") is None
