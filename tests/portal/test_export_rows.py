"""The row of an export that a finding about the new files is shown at."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.finding import Finding, Location, Related, Severity
from seatsync.portal.export_rows import at_rows
from seatsync.portal.exports_target import open_exports
from tests.portal.generations import GENERATIONS
from tests.portal.test_exports import put

HERE = Location("teams/design.yaml", 3, 3, 3, 9)
TEAM, CHO = ("team", "design"), ("user", "cho@acme.example")


@pytest.mark.parametrize(
    ("things", "shown"),
    [
        ((TEAM,), "ana@acme.example"),
        ((TEAM, ("product", "AutoCAD"), CHO), "cho@acme.example"),
        ((TEAM, ("product", "Revit"), CHO), "cho@acme.example"),  # who does not hold it
        ((TEAM, ("product", "AutoCAD")), "574-1"),
        ((CHO,), "cho@acme.example"),
        ((("subscription", "574-2"),), "574-2"),
        ((TEAM, ("group", "cad")), "dee@acme.example,cad"),
        ((TEAM, ("group", "cad"), ("user", "dee@acme.example")), "dee@acme.example,cad"),
    ],
)
def test_the_row_of_a_finding(things: tuple[tuple[str, str], ...], shown: str, tmp_path: Path) -> None:
    chosen = open_exports("exports:exports", put(tmp_path, dict(GENERATIONS["G2"])), {}).read_and_look(None)[1]
    finding = Finding("ROLE003", Severity.WARNING, "odd", HERE, things=things, related=(Related(HERE, "see"),))
    found = at_rows([finding], chosen, "acme")[0]
    assert found.location is not None
    assert shown in (tmp_path / found.location.file).read_text().splitlines()[found.location.line - 1]
    there = HERE._replace(file="acme/teams/design.yaml")
    assert found.related == (Related(there, "declared here"), Related(there, "see"))


def test_the_row_of_an_sso_admin(tmp_path: Path) -> None:
    """A warning about them is not shown at the row of the primary admin."""
    rows = "ana@acme.example,design,Primary admin,\nben@acme.example,design,SSO admin,\n"
    put(tmp_path, {"users.csv": f"email,team_alias,role,offering_name\n{rows}"})
    chosen = open_exports("exports:exports", tmp_path, {}).read_and_look(None)[1]
    found = at_rows([Finding("ROLE005", Severity.WARNING, "odd", HERE, things=(TEAM,))], chosen, "acme")[0]
    assert str(found.location).startswith("exports/users.csv:3:")


def test_a_product_without_subscription_is_at_its_first_seat(tmp_path: Path) -> None:
    put(tmp_path, {"users.csv": GENERATIONS["G2"]["users.csv"]})
    chosen = open_exports("exports:exports", tmp_path, {}).read_and_look(None)[1]
    finding = Finding("SEAT002", Severity.ERROR, "odd", None, things=(TEAM, ("product", "Civil 3D")))
    found = at_rows([finding], chosen, "")[0]
    assert str(found.location).startswith("exports/users.csv:3:")
    assert found.related == ()


@pytest.mark.parametrize(("folder", "file"), [("acme", "acme/teams/design.yaml"), (".", "teams/design.yaml")])
def test_what_no_export_has_stays_in_the_files(folder: str, file: str) -> None:
    finding = Finding("FILE001", Severity.WARNING, "odd", HERE, related=(Related(HERE, "see"),))
    found = at_rows([finding], {}, folder)[0]
    assert (found.location, found.related) == (HERE._replace(file=file), (Related(HERE._replace(file=file), "see"),))
