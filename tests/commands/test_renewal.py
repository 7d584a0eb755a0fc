"""Subscriptions that renew by themselves: rules, plans, forecasts, drift and its adoption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import Run, replace_in

# A situation that was reported of a tool of this kind: fewer seats from the renewal on.
PROJECT = """\
version: 1
account: acme
target: file:have.yaml
include: [want.yaml]
policy: {prune: [seats, admins, groups, members], max_removals: 100%}
"""
HAVE = """\
account: acme
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats: {AutoCAD: [ben@acme.example, cho@acme.example, dee@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
"""
WANT = """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats:
      AutoCAD:
        - ben@acme.example
        - {user: cho@acme.example, until: 2026-12-31}
        - {user: dee@acme.example, until: 2026-12-31}
subscriptions:
  "574-1":
    team: design
    product: AutoCAD
    offering: single-user
    seats: 3
    channel: store
    contract_manager: ana@acme.example
    starts: 2026-01-01
    ends: 2026-12-31
    auto_renew: true
    from_renewal: {seats: 1}
"""
BOUGHT = (
    *("--company", "Acme", "--manager", "ana@acme.example", "--product", "AutoCAD", "--channel", "store"),
    *("--subscription", "574-1"),
)


@pytest.fixture(name="renewing")
def _renewing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("seatsync.yaml", PROJECT), ("have.yaml", HAVE), ("want.yaml", WANT)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="stored")
def _stored(renewing: Path, run: Run) -> Path:
    """Return the repository with a store, applied in the first term."""
    replace_in(renewing / "seatsync.yaml", "file:have.yaml", "sqlite:///account.db")
    replace_in(renewing / "have.yaml", "ends: 2026-12-31}", "ends: 2026-12-31, auto_renew: true}")
    for line in ("account create --name acme", "account load have.yaml", "apply --auto-approve --at 2026-11-20"):
        assert run(*line.split()) == 0
    return renewing


@pytest.mark.usefixtures("renewing")
class TestFewerSeatsFromTheRenewalOn:
    @pytest.mark.parametrize("day", ["2026-11-20", "2026-12-15", "2026-12-31"])
    def test_before_it(self, run: Run, day: str) -> None:
        assert run("validate", "--at", day) == 0
        assert run.out == "Nothing wrong: 1 team, 4 people, 1 subscription.\n"
        assert run("plan", "--at", day) == 0
        assert run.out.endswith("Nothing to change: the account is as declared.\n")

    @pytest.mark.parametrize("day", ["2027-01-01", "2031-07-07"])
    def test_from_then_on(self, run: Run, day: str) -> None:
        assert run("validate", "--at", day) == 0
        assert "SEAT" not in run.out
        assert run("plan", "--at", day) == 0
        assert run.out == (
            f"Account acme at file:have.yaml, on {day}\n\n"
            "team design\n"
            "  1. - remove cho@acme.example\n       frees AutoCAD\n       leaves the account\n"
            "  2. - remove dee@acme.example\n       frees AutoCAD\n       leaves the account\n"
            "  3. ~ order for subscription 574-1: seats 3 -> 1\n"
            "       ana@acme.example buys it, then `seatsync account purchase` records it\n\n"
            "Waiting for people:\n"
            "  step 3, team design: order for subscription 574-1: seats 3 -> 1\n"
            "    ana@acme.example buys it\n\n"
            "Plan: 0 to add, 1 to change, 2 to remove, 1 to be done by people.\n"
        )

    def test_forecast(self, run: Run) -> None:
        assert run("forecast", "--at", "2026-11-20", "--days", "500") == 0
        assert run.out == (
            "Account acme, 2026-11-20 to 2028-04-03\n\n"
            "2027-01-01\n"
            "  ~ team design: subscription 574-1 renews, 1 seat of AutoCAD instead of 3 (until 2027-12-31)\n"
            "  - team design: AutoCAD for cho@acme.example (until 2026-12-31)\n"
            "  - team design: AutoCAD for dee@acme.example (until 2026-12-31)\n"
            "2028-01-01\n"
            "  ~ team design: subscription 574-1 renews, 1 seat of AutoCAD (until 2028-12-31)\n\n"
            "Forecast: 4 changes, and nothing runs short.\n"
        )
        assert run("forecast", "--at", "2026-11-20", "--format", "json") == 0

    def test_the_step_points_at_the_number(self, run: Run) -> None:
        assert run("plan", "--at", "2027-01-01", "--format", "json") == 0
        place = json.loads(run.out)["steps"][-1]["reason"]
        assert (place["file"], place["line"], place["column"]) == ("want.yaml", 26, 27)


def test_too_few_from_the_renewal_on(renewing: Path, run: Run) -> None:
    replace_in(renewing / "want.yaml", "from_renewal: {seats: 1}", "from_renewal: {seats: 0}")
    assert run("validate", "--at", "2026-12-15") == 0
    assert "SEAT004 team design assigns 1 seat of AutoCAD on 2027-01-01, but will have 0" in run.out
    assert "574-1 renews on 2027-01-01 with 0 seats\n" in run.out
    assert "hint: raise `from_renewal` of 574-1, or end seats with the term (`until`)\n" in run.out
    assert run("forecast", "--at", "2026-12-15") == 0
    assert run.out.endswith(
        "short: team design, from 2027-01-01 on: 0 seats of AutoCAD for 1 person, 1 too few\n"
        "  subscription 574-1 renews on 2027-01-01 with 0 seats instead of 3\n"
        "  would be without a seat: ben@acme.example\n\n"
        "Forecast: 3 changes, 1 shortage of seats.\n"
    )
    assert run("forecast", "--at", "2026-12-15", "--format", "json") == 0
    assert run("validate", "--at", "2027-01-15") == 1
    assert "hint: take 1 seat back, or have the contract manager buy more and raise `from_renewal`\n" in run.out


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("auto_renew: true", "auto_renew: yes", "SCHEMA001 auto_renew must be true or false, not the text 'yes'"),
        ("{seats: 1}", "{}", "SCHEMA001 from_renewal must not be empty"),
        ("{seats: 1}", "{tokens: 1}", "SCHEMA002 a single-user subscription has seats, not tokens"),
        ("{seats: 1}", "{seats: 1, tokens: 1}", "SCHEMA002 a single-user subscription has seats, not tokens"),
        ("{seats: 1}", "{seats: -1}", "SCHEMA001 seats must be at least 0, not -1"),
        ("{seats: 1}", "20", "SCHEMA001 from_renewal must be a mapping, not the number 20"),
        ("auto_renew: true", "auto_renew: false", "SCHEMA002 `from_renewal` has no effect without `auto_renew: true`"),
        (
            "contract_manager: ana@acme.example\n    starts: 2026-01-01",
            "starts: 2026-01-01",
            "ROLE004",
        ),
    ],
)
def test_wrong(renewing: Path, run: Run, old: str, new: str, expected: str) -> None:
    replace_in(renewing / "want.yaml", old, new)
    assert run("validate", "--at", "2026-11-20") == 1
    assert expected in run.out


def test_contracts_do_not_renew_by_themselves(renewing: Path, run: Run) -> None:
    contract = "contracts:\n  '110': {license_type: education, channel: store, auto_renew: true, products: {}}\n"
    (renewing / "want.yaml").write_text(WANT + contract)
    assert run("validate", "--at", "2026-11-20") == 1
    assert "SCHEMA001 unknown key 'auto_renew' in contract 110\n" in run.out


@pytest.mark.usefixtures("stored")
class TestInTheAccount:
    def test_the_day_is_no_change_in_the_portal(self, run: Run) -> None:
        assert run("drift", "--at", "2027-01-02", "--detailed-exitcode", "-v") == 0
        assert "~ subscription 574-1: seats 3 -> 1" in run.out
        assert run.out.endswith("Drift: 0 changed in the portal, 0 in git, 0 in both.\n")

    def test_seats_are_assigned_in_a_renewed_term(self, stored: Path, run: Run) -> None:
        replace_in(stored / "want.yaml", "from_renewal: {seats: 1}", "from_renewal: {seats: 2}")
        replace_in(
            stored / "want.yaml",
            "        - ben@acme.example\n",
            "        - ben@acme.example\n        - ana@acme.example\n",
        )
        assert run("apply", "--at", "2028-02-29", "--auto-approve") == 3
        assert "done     team design: assign AutoCAD to ana@acme.example\n" in run.out

    def test_a_later_term_is_a_note(self, stored: Path, run: Run) -> None:
        line = ("account", "purchase", "--at", "2027-01-03", "--order", "1", *BOUGHT, "--seats", "1")
        assert run("apply", "--at", "2027-01-02", "--auto-approve") == 3
        assert run(*line, "--starts", "2027-01-01", "--ends", "2027-12-31") == 0
        assert run("plan", "--at", "2027-01-03") == 0
        assert run.out.endswith("Nothing to change: the account is as declared.\n")
        assert run("drift", "--at", "2027-01-03", "--detailed-exitcode") == 0
        assert run.out.endswith(
            "Renewed in the portal: no difference, but `drift --adopt` writes it down\n\n"
            "team design\n"
            "  ~ subscription 574-1: starts 2026-01-01 -> 2027-01-01\n"
            "  ~ subscription 574-1: ends 2026-12-31 -> 2027-12-31\n\n"
            "No drift: the account and the files are unchanged since the last apply.\n"
            "Drift: 0 changed in the portal, 0 in git, 0 in both.\n"
        )
        assert run("drift", "--at", "2027-01-03", "--format", "json") == 0
        assert '"note": 2' in run.out
        assert run("drift", "--at", "2027-01-03", "--adopt") == 0
        assert (stored / "want.yaml").read_text() == (
            WANT.replace("    seats: 3\n", "    seats: 1\n")
            .replace("starts: 2026-01-01", "starts: 2027-01-01")
            .replace("ends: 2026-12-31", "ends: 2027-12-31")
            .replace("    from_renewal: {seats: 1}\n", "")
        )
        assert run("drift", "--at", "2027-01-03", "--detailed-exitcode") == 0
        assert "note" not in run.out
        assert "Renewed" not in run.out

    def test_an_early_renewal_is_adopted_on_its_day(self, stored: Path, run: Run) -> None:
        line = ("account", "purchase", "--at", "2026-12-15", "--order", "1", *BOUGHT, "--starts", "2026-01-01")
        assert run(*line, "--ends", "2027-12-31") == 0
        assert run("drift", "--at", "2026-12-20", "--adopt") == 0
        assert run.out.endswith("(its `from_renewal` counts from 2027-01-01; adopt the term on that day)\n")
        assert (stored / "want.yaml").read_text() == WANT

    def test_another_number_changes_the_one_that_counts(self, stored: Path, run: Run) -> None:
        line = ("account", "purchase", "--at", "2027-01-15", "--order", "1", *BOUGHT, "--starts", "2026-01-01")
        assert run("apply", "--at", "2027-01-02", "--auto-approve") == 3
        assert run(*line, "--seats", "2") == 0
        assert run("drift", "--at", "2027-01-16", "--adopt") == 0
        assert "~ team design: subscription 574-1: seats 1 -> 2\n" in run.out
        assert (stored / "want.yaml").read_text() == WANT.replace("{seats: 1}", "{seats: 2}")

    def test_no_longer_renewing_is_a_note(self, stored: Path, run: Run) -> None:
        line = ("account", "purchase", "--at", "2026-11-21", "--order", "1", *BOUGHT, "--starts", "2026-01-01")
        assert run(*line, "--no-auto-renew") == 0
        assert run("plan", "--at", "2026-11-22") == 0
        assert run.out.endswith("Nothing to change: the account is as declared.\n")
        assert run("drift", "--at", "2026-11-22", "--detailed-exitcode") == 0
        assert "  ~ subscription 574-1: auto renew true -> false\n" in run.out
        assert run("drift", "--at", "2026-11-22", "--adopt") == 0
        assert run.out.endswith("(its `from_renewal` needs `auto_renew: true`; change both by hand)\n")
        replace_in(stored / "want.yaml", "    from_renewal: {seats: 1}\n", "")
        assert run("drift", "--at", "2026-11-22", "--adopt") == 0
        assert (stored / "want.yaml").read_text().endswith("    ends: 2026-12-31\n    auto_renew: false\n")

    def test_the_end_of_a_renewed_term_needs_no_purchase(self, stored: Path, run: Run) -> None:
        replace_in(stored / "want.yaml", "ends: 2026-12-31", "ends: 2028-12-31")
        assert run("plan", "--at", "2026-11-22") == 0
        assert run.out.endswith("Nothing to change: the account is as declared.\n")
        replace_in(stored / "want.yaml", "ends: 2028-12-31", "ends: 2028-06-30")
        assert run("plan", "--at", "2026-11-22") == 0
        assert "renew subscription 574-1: ends 2026-12-31 -> 2028-06-30\n" in run.out

    def test_a_renewing_account_that_the_files_do_not_know(self, stored: Path, run: Run) -> None:
        replace_in(stored / "want.yaml", "    auto_renew: true\n    from_renewal: {seats: 1}\n", "")
        assert run("plan", "--at", "2026-11-22") == 0
        assert run.out.endswith("Nothing to change: the account is as declared.\n")
        assert run("drift", "--at", "2026-11-22", "--adopt") == 0
        assert "Written want.yaml\n  ~ team design: subscription 574-1: auto renew false -> true\n" in run.out
        assert (stored / "want.yaml").read_text() == WANT.replace("    from_renewal: {seats: 1}\n", "")

    def test_an_import_keeps_it(self, run: Run) -> None:
        assert run("import", "sqlite:///account.db", "--out", "imported", "--at", "2027-03-01") == 0
        assert Path("imported/subscriptions.yaml").read_text().endswith("ends: 2026-12-31\n    auto_renew: true\n")
        assert "suppress" not in Path("imported/seatsync.yaml").read_text()
