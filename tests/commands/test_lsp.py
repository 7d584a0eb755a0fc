from __future__ import annotations

import builtins
import gc
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seatsync.commands.shared import console
from seatsync.lsp import server
from tests.commands.running import Run


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
    monkeypatch.setattr(server, "serve", lambda _: None)
    real = console.console
    monkeypatch.setattr(console, "console", lambda **options: real(**options)._replace(interactive=True))
    assert run("lsp") == 0
    assert run.said == (
        "",
        "waiting for an editor to connect over standard input; press Ctrl-C to stop\n",
    )


def test_it_serves_on_the_day_that_was_asked_for(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def serve(today: Callable[[str], str]) -> None:
        seen.extend([today("UTC"), today("Asia/Kathmandu"), gc.isenabled()])

    monkeypatch.setattr(server, "serve", serve)
    assert run("lsp", "--at", "2026-06-15") == 0
    assert seen == ["2026-06-15", "2026-06-15", True]
    assert run.said == ("", "")
