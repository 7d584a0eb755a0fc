from __future__ import annotations

import json
from pathlib import Path
from textwrap import indent

from seatsync.reading.schema import NAMES
from seatsync.rules.manual import PREAMBLE
from tests.commands.running import Run

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_a_page_of_the_manual(run: Run) -> None:
    assert run("explain", "role002") == 0
    assert run.said == (
        """\
ROLE002 (error): A person is at most one of primary, secondary, SSO admin and external user in one team.

What: On any day, a person is listed only once in the fields `primary_admin`, `secondary_admins`, `sso_admins` and
`external_users` of a team. The finding is placed at the second entry, in this order of the fields.

Why: In the vendor's portal, a person has one role in a team.

Source: S0 S1

Wrong:
    teams:
      design:
        secondary_admins: [ben@acme.example, ana@acme.example]

Right:
    teams:
      design:
        secondary_admins: [ben@acme.example]

`seatsync explain` without a code shows the configuration that examples add to.
""",
        "",
    )
    assert run("explain", "role002", "--color") == 0
    assert run.out.startswith("\x1b[1mROLE002\x1b[0m (error): ")
    assert "\n\x1b[1mSource:\x1b[0m S0 S1\n" in run.out


def test_the_whole_manual(run: Run) -> None:
    assert run("explain") == 0
    codes = [
        line.partition(" ")[0] for line in run.out.splitlines() if line.partition(")")[0].endswith(("error", "info"))
    ]
    assert run.out.startswith("Examples are merged into the configuration below")
    assert run.out.count(f"\n\n{indent(PREAMBLE, '    ')}\n") == 1
    assert codes[0] == "YAML001"
    assert codes[-1] == "PLAN003"


def test_a_rule_that_does_not_exist(run: Run) -> None:
    assert run("explain", "ROLE999") == 1
    assert run.err == (
        "seatsync: there is no rule ROLE999; the codes are FILE001, YAML001-005, SCHEMA001-003, TIME001-002,"
        " REF001-005, ROLE001-005, SEAT001-006, CLASSIC001-006, POLICY001-006, SOURCE001-010, USAGE001-004,"
        " STEP001-010, ACCESS001-003, GUARD001-005, PLAN001-003\n"
    )


def test_schemas(run: Run) -> None:
    assert run("schema") == 0
    assert run.out.split() == list(NAMES)
    for name in NAMES:
        assert run("schema", name) == 0
        assert run.out == (SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")
        assert json.loads(run.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert run("schema", "none") == 1
    assert run.err == (
        "seatsync: there is no schema none;"
        " choose one of project, fragment, snapshot, fleet, plan, findings, forecast, diff, why, drift, apply,"
        " plan-diff, account, status, fleet-status, fleet-report, fleet-run, refresh, notices, report-reclaim,"
        " report-usage, policy-test, report-contracts, report-cost\n"
    )


def test_schemas_for_editors_are_updated(repository: Path, run: Run) -> None:
    (repository / "schemas").mkdir()
    (repository / "schemas/project.schema.json").write_bytes(b"\xff of an earlier version")
    assert run("-C", "teams", "schema", "--write") == 0
    assert run.said == ("Wrote schemas/fragment.schema.json.\nWrote schemas/project.schema.json.\n", "")
    for name in ("fragment", "project"):
        file = f"{name}.schema.json"
        assert (repository / "schemas" / file).read_text() == (SCHEMAS / file).read_text(encoding="utf-8")
    assert run("schema", "--write") == 0
    assert run.out == "schemas/fragment.schema.json is up to date.\nschemas/project.schema.json is up to date.\n"
    assert run("schema", "snapshot", "--write") == 0
    assert run.out == "Wrote schemas/snapshot.schema.json.\n"


def test_the_schema_of_a_fleet_is_updated_beside_it(repository: Path, run: Run) -> None:
    (repository / "fleet.yaml").write_text("accounts: [.]\n")
    assert run("schema", "--write") == 0
    assert run.out == "".join(f"Wrote schemas/{name}.schema.json.\n" for name in ("fragment", "project", "fleet"))
    assert (repository / "schemas/fleet.schema.json").read_text() == (SCHEMAS / "fleet.schema.json").read_text()
    (repository / "seatsync.yaml").rename(repository / "moved.yaml")
    assert run("-C", "teams", "schema", "--write") == 0
    assert run.out == "schemas/fleet.schema.json is up to date.\n"


def test_schemas_for_editors_need_a_repository_and_a_folder(folder: Path, run: Run) -> None:
    assert run("schema", "--write") == 1
    assert run.err.startswith(f"seatsync: no seatsync.yaml in {folder} or above it")
    (folder / "seatsync.yaml").write_text("")
    (folder / "schemas").write_text("")
    assert run("schema", "--write") == 1
    assert run.err == f"seatsync: {folder}/schemas: cannot be created (file exists)\n"
