"""What waits for people in plans, and the commands there, which record every purchase as it is declared."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in, write

TEAM = "R&D 'Süd' - 3D"
MAINTAINED = """\
contracts:
  "110001234567":
    contract_manager: ana@acme.example
    channel: store
    license_type: maintenance
    starts: 2026-01-01
    ends: 2027-12-31
    products:
      AutoCAD 2019: {seats: 2, serial: 123-45678901}
"""
MORE = """\
      Revit 2019: {seats: 1, product_key: 829K1}
  "220001234567":
    contract_manager: ben@acme.example
    channel: reseller
    license_type: perpetual
    deployment: networked
    products:
      Maya 2019: {seats: 1, serial: 123-45678902}
      Inventor 2019: {seats: 2, serial: 123-45678903}
"""
SUBSCRIPTIONS = f"""\
teams:
  "{TEAM}": {{primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
subscriptions:
  "574-2": {{team: "{TEAM}", product: Maya, offering: single-user, seats: 2, auto_renew: true, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}}
  "574-3": {{product: Flex, offering: flex, tokens: 500, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}}
"""


@pytest.fixture(name="plan")
def _plan(repository: Path, run: Run) -> dict[str, str]:
    """Return the text, page and comment of a plan with every kind of purchase, and with a form."""
    replace_in(repository / "seatsync.yaml", "max_removals: 50%", "max_removals: 100%")
    replace_in(repository / "seatsync.yaml", "subscriptions.yaml", "subscriptions.yaml, more.yaml, contracts.yaml")
    write(repository, {"contracts.yaml": MAINTAINED, "more.yaml": ""})
    assert run("account", "create", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    more = MAINTAINED.replace("seats: 2", "seats: 4").replace("2027", "2028") + MORE
    write(repository, {"contracts.yaml": more, "more.yaml": SUBSCRIPTIONS})
    replace_in(repository / "subscriptions.yaml", "seats: 3", "seats: 5")
    replace_in(repository / "subscriptions.yaml", "ends: 2027-12-31", "ends: 2028-12-31")
    replace_in(repository / "subscriptions.yaml", "contract_manager: ana", "contract_manager: ben")
    files = {"html": "plan.html", "markdown": "plan.md"}
    outputs = [word for form, name in files.items() for word in ("--output", f"{form}={name}")]
    assert run("plan", "--at", DAY, "--out", "plan.json", *outputs) == 0
    return {"text": run.out, **{form: Path(name).read_text(encoding="utf-8") for form, name in files.items()}}


def commands(text: str) -> list[str]:
    """Return the commands that record purchases in a text, each once."""
    return list(dict.fromkeys(re.findall(r"seatsync account purchase --.*?sqlite:///account\.db", text)))


SECTION = """\
  steps 1 and 13, contract 220001234567: buy the contract: perpetual, networked, from a reseller, and buy product \
Inventor 2019: 2 seats, serial 123-45678903
    ben@acme.example buys it, then this records it:
    seatsync account purchase --contract 220001234567 --manager ben@acme.example --license-type perpetual \
--channel reseller --deployment networked --product 'Inventor 2019' --seats 2 --serial 123-45678903 --target \
sqlite:///account.db
  step 2, team "R&D 'Süd' - 3D": buy subscription 574-2: 2 seats of Maya, single-user, from the store, 2026-01-01 to \
2027-12-31, renews by itself
    ana@acme.example buys it, then this records it:
    seatsync account purchase --subscription 574-2 --team 'R&D '"'"'Süd'"'"' - 3D' --product Maya --offering \
single-user --seats 2 --channel store --manager ana@acme.example --starts 2026-01-01 --ends 2027-12-31 \
--auto-renew --target sqlite:///account.db
  step 5, team design: make ben@acme.example contract manager of subscription 574-1
    by form, which ana@acme.example hands in
  steps 6–7, team design: order for subscription 574-1: seats 3 -> 5, and renew subscription 574-1: ends 2027-12-31 -> \
2028-12-31
    ben@acme.example buys it, then this records it:
    seatsync account purchase --subscription 574-1 --seats 5 --ends 2028-12-31 --target sqlite:///account.db
  step 8, the whole account: buy subscription 574-3: 500 tokens of Flex, flex, from the store, 2026-01-01 to 2027-12-31
    ana@acme.example buys it, then this records it:
    seatsync account purchase --subscription 574-3 --product Flex --offering flex --tokens 500 --channel store \
--manager ana@acme.example --starts 2026-01-01 --ends 2027-12-31 --target sqlite:///account.db
  step 9, contract 110001234567: renew the contract: ends 2027-12-31 -> 2028-12-31
    ana@acme.example buys it, then this records it:
    seatsync account purchase --contract 110001234567 --ends 2028-12-31 --target sqlite:///account.db
  step 10, contract 110001234567: order for product AutoCAD 2019: seats 2 -> 4
    ana@acme.example buys it, then this records it:
    seatsync account purchase --contract 110001234567 --product 'AutoCAD 2019' --seats 4 --target \
sqlite:///account.db
  step 11, contract 110001234567: buy product Revit 2019: 1 seat, product key 829K1
    ana@acme.example buys it, then this records it:
    seatsync account purchase --contract 110001234567 --product 'Revit 2019' --seats 1 --product-key 829K1 \
--target sqlite:///account.db
  step 15, contract 220001234567: buy product Maya 2019: 1 seat, serial 123-45678902
    ben@acme.example buys it, then this records it:
    seatsync account purchase --contract 220001234567 --product 'Maya 2019' --seats 1 --serial 123-45678902 \
--target sqlite:///account.db
"""


def test_everybody_who_is_waited_for_is_listed(plan: dict[str, str]) -> None:
    assert plan["text"].partition("Waiting for people:\n")[2].partition("\n\n")[0] + "\n" == SECTION


def test_the_commands_record_what_the_plan_wants(plan: dict[str, str], run: Run) -> None:
    for command in commands(plan["text"]):
        _, *words = shlex.split(command)
        assert run(*words, "--at", DAY) == 0, run.err
    assert run("plan", "--at", DAY, "--format", "json") == 0
    assert [step["route"] for step in json.loads(run.out)["steps"] if step["route"] == "purchase"] == []


def test_pages_and_comments_have_the_same_commands_also_of_a_saved_plan(plan: dict[str, str], run: Run) -> None:
    expected = commands(plan["text"])
    assert len(expected) == 8
    assert commands(unescape(plan["html"])) == expected
    assert commands(plan["markdown"]) == expected
    for form in ("text", "html", "markdown"):
        assert run("show", "plan.json", "--format", form) == 0
        assert commands(unescape(run.out) if form == "html" else run.out) == expected
    assert ">Waiting for people</h2>" in plan["html"]
    assert "\n#### Waiting for people\n" in plan["markdown"]


def test_a_saved_plan_has_no_warnings_of_the_files_but_its_renderings_have(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "secondary_admins: [ben@acme.example]", "members: [ben@acme.example]")
    outputs = ("--output", "html=plan.html", "--output", "markdown=plan.md")
    assert run("plan", "--at", DAY, "--out", "plan.json", *outputs) == 0
    assert "ROLE003" in Path("plan.html").read_text(encoding="utf-8")
    assert "ROLE003" in Path("plan.md").read_text(encoding="utf-8")
    assert "ROLE003" not in run.out + Path("plan.json").read_text(encoding="utf-8")
    for form in ("text", "html", "markdown"):
        assert run("show", "plan.json", "--format", form) == 0
        assert "ROLE003" not in run.out
