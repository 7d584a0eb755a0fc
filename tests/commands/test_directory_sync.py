"""Directory sync of a project with a portal: by the types in groups exports, which the mirror remembers, or by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatsync.portal.knowledge import Knowledge
from tests.commands.mirrors import ANA, BEN, BOUGHT, CHO, DEE, HEAD, at, mirror, put, steps
from tests.commands.running import Run, replace_in

FAY = "Fay,Doe,fay@acme.example,design,User,Active,\n"
USERS = HEAD + ANA + BEN + CHO + DEE + FAY
TYPED = """\
Email,Group,Group type,Role
cho@acme.example,cad,Azure AD SCIM,User
dee@acme.example,staff,Team group,User
fay@acme.example,local,Custom,User
"""
WANTED = """\
    groups:
      cad: {members: [cho@acme.example, fay@acme.example], products: [AutoCAD]}
      local: {members: [ben@acme.example]}
"""
SYNCED = ["cad", "staff", "dee@acme.example"]
LOCAL = ["+ add ben@acme.example to group local (console)", "- take fay@acme.example out of group local (console)"]


@pytest.fixture(name="typed")
def _typed(portal: Path) -> Path:
    """Return a project with groups of all types, before the first look."""
    replace_in(
        portal / "seatsync.yaml", "{exports: exports/}", "{exports: exports/, directory_sync: {design: external}}"
    )
    replace_in(portal / "want.yaml", "  dee@acme.example: {}\n", "  dee@acme.example: {}\n  fay@acme.example: {}\n")
    want = "    groups: {cad: {members: [cho@acme.example], products: [AutoCAD]}}\n"
    replace_in(portal / "want.yaml", want, WANTED)
    replace_in(portal / "want.yaml", "    members: [dee@acme.example]\n", "    members: [fay@acme.example]\n")
    put("14", users=USERS, groups=TYPED, subscriptions=BOUGHT)
    return portal


def listed(run: Run) -> list[str]:
    """Return the names of the synced things of a plan."""
    assert run("plan", "--format", "json") == 0, run.said
    return [[*thing.values()][-1] for thing in json.loads(run.out)["synced"]]


UNKNOWN = "exports/groups-2026-06-14.csv:3:24: warning SOURCE006 unknown group type 'Team group'; it is left open"


def test_types_of_groups(typed: Path, run: Run) -> None:
    assert run("refresh") == 0
    assert [line for line in run.err.splitlines() if "SOURCE006" in line] == [UNKNOWN]
    assert steps(run) == LOCAL
    assert listed(run) == SYNCED
    assert run("drift") == 0
    assert [name for name in ("cad", "staff", "dee@", "local") if name in run.out] == ["local"]
    replace_in(typed / "seatsync.yaml", "external}", '{groups: ["st*"]}}')
    assert steps(run) == LOCAL
    assert listed(run) == SYNCED
    replace_in(typed / "seatsync.yaml", ", directory_sync: {design: {groups: ['st*']}}".replace("'", '"'), "")
    assert "- delete group staff (console)" in steps(run)


def test_the_mirror_remembers_types(typed: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of exports without the column, the types are those before; a type that changed counts from then on."""
    assert run("refresh") == 0
    record = mirror().mirror
    at("16", monkeypatch)
    plain = "".join(",".join(line.split(",")[:2]) + "\n" for line in TYPED.splitlines())
    put("16", groups=plain)
    assert run("refresh") == 0
    assert run.err == ""
    assert steps(run) == LOCAL
    types = Knowledge.from_text(mirror().mirror or "").group_types
    assert types == Knowledge.from_text(record or "").group_types
    assert types == {("design", "cad"): "synced", ("design", "local"): "manual", ("design", "staff"): "unknown"}
    at("18", monkeypatch)
    put("18", groups=TYPED.replace("Azure AD SCIM", "custom"))
    assert run("refresh") == 0
    assert steps(run) == ["+ add fay@acme.example to group cad (console)", *LOCAL]
    assert listed(run) == ["staff", "dee@acme.example"]


def test_rows_that_differ_about_a_type(typed: Path, run: Run) -> None:
    put("14", users=USERS, groups=TYPED + "ben@acme.example,local,SCIM,User\n", subscriptions=BOUGHT)
    assert run("refresh") == 0
    assert steps(run) == []
    assert listed(run) == ["cad", "local", "staff", "dee@acme.example"]


def test_without_types_everybody_is_synced(typed: Path, run: Run) -> None:
    plain = "".join(",".join(line.split(",")[:2]) + "\n" for line in TYPED.splitlines())
    put("14", users=USERS, groups=plain, subscriptions=BOUGHT)
    assert run("refresh") == 0
    assert steps(run) == []
    assert listed(run) == ["cad", "local", "staff", "dee@acme.example"]
    assert "group_types" not in (mirror().mirror or "")


def test_init_from_exports_with_synced_groups(typed: Path, run: Run) -> None:
    assert run("init", "new", "--from", "exports/", "--name", "acme") == 0
    text = (typed / "new" / "seatsync.yaml").read_text(encoding="utf-8")
    assert text.partition("portal:\n")[2].partition("policy")[0] == (
        "  exports: ../exports/  # where you put new exports; `seatsync refresh` reads them\n"
        "  directory_sync:  # assumed: the groups export has synced groups in these teams\n"
        "    design: external\n"
    )
    assert run("plan", "new") == 0
    assert run.out.endswith("\nNothing to change: the account is as declared.\n")
