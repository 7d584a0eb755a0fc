from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from seatsync.targets.sql.store import open_sqlite
from tests.commands.running import DAY, Run, replace_in
from tests.targets.stores import at, old

ORDER = (
    *("account", "purchase", "--company", "Acme", "--manager", "ana@acme.example", "--product", "AutoCAD"),
    *("--channel", "store", "--starts", "2026-01-01", "--at", DAY),
)


def test_made_filled_and_looked_at(repository: Path, run: Run) -> None:
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert re.fullmatch(r"Created account acme at sqlite:///account.db, empty \(lineage [-0-9a-f]{36}\)\.\n", run.out)
    assert run("account", "load", ".", "--at", DAY) == 0
    assert run.said == ("Loaded . (1 team, 3 people, 1 subscription); the account is at serial 1.\n", "")
    assert run("account", "load", ".", "--at", DAY) == 1
    assert run.said == ("", "seatsync: STEP001: The account acme is not empty: only an empty one can be loaded.\n")
    assert run("account", "log") == 0
    assert run.out == (
        """\
   1  2026-11-21T12:00:00Z  the owner  created account acme (UTC)
   2  2026-11-21T12:00:00Z  the owner  loaded account acme (serial 1)
"""
    )
    assert run("account", "show") == 0
    assert run.out == (
        "Account acme (serial 1) at sqlite:///account.db, time zone UTC\n"
        "1 team, 3 people, 0 groups, 2 seats, 1 subscription, 0 contracts, 0 open cases\n"
        "\n"
        "team design: 3 people, 0 groups, 2 seats, 1 subscription\n"
    )
    assert run("account", "cases") == 0
    assert run.out == "No open cases.\n"
    assert run("account", "cases", "--all") == 0
    assert run.out == "No cases.\n"
    assert run("account", "verify") == 0
    assert re.fullmatch(
        r"Valid: 2 entries of the log, which lead to the account's state."
        r" Store the head elsewhere to detect a truncated log:\n[0-9a-f]{64}\n",
        run.out,
    )


def test_a_new_account_is_the_one_of_the_project(repository: Path, run: Run) -> None:
    replace_in(repository / "seatsync.yaml", "account: acme\n", "account: acme\ntimezone: Europe/Berlin\n")
    assert run("account", "create", "--at", DAY) == 0
    expected = r"Created account acme at \S+, empty \(lineage [-0-9a-f]{36}\)\. Its days are those of Europe/Berlin\.\n"
    assert re.fullmatch(expected, run.out)
    assert run("plan", "--at", DAY) == 0
    assert run("account", "create", "--timezone", "UTC", "--target", "sqlite:///other.db", "--at", DAY) == 0
    assert run("plan", "--target", "sqlite:///other.db", "--at", DAY) == 1
    assert "PLAN003" in run.err


def test_a_new_account_needs_a_name(tmp_path: Path, run: Run) -> None:
    assert run("-C", str(tmp_path), "account", "create", "--target", "sqlite:///new.db") == 1
    no_name = "seatsync: no name for the account; pass --name NAME, or run this in the folder of a project\n"
    assert run.said == ("", no_name)
    assert list(tmp_path.iterdir()) == []


def test_a_new_account_takes_nothing_from_a_project_with_errors(repository: Path, run: Run) -> None:
    replace_in(repository / "seatsync.yaml", "account: acme\n", "account: acme\ntimezone: Europe/Hamburg\n")
    assert run("account", "create", "--at", DAY) == 1
    assert run.err.startswith("seatsync: seatsync.yaml:3:11: SCHEMA001 ")
    assert not (repository / "account.db").exists()


def test_a_subscription_is_bought_and_topped_up(repository: Path, run: Run) -> None:
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    line = ("--subscription", "574-1", "--team", "design", "--offering", "single-user", "--ends", "2027-12-31")
    assert run(*ORDER, "--order", "A-1", *line, "--seats", "3") == 0
    assert run.said == ("Recorded order A-1, for subscription 574-1. The account is at serial 1.\n", "")
    assert run(*ORDER, "--order", "A-1", *line, "--seats", "3") == 1
    assert run.said == ("", "seatsync: STEP001: Order A-1 is already recorded.\n")
    assert run(*ORDER, "--order", "A-2", "--subscription", "574-1", "--seats", "5") == 0
    assert run("account", "mail") == 0
    assert [line.split()[2:4] for line in run.out.splitlines()] == [
        ["order", "ana@acme.example"],
        ["welcome", "ana@acme.example"],
        ["order", "ana@acme.example"],
    ]
    assert run("account", "mail", "1") == 0
    assert run.out.startswith("To: ana@acme.example\nSubject: Your order A-1 ")
    assert run("account", "mail", "9") == 1
    assert run.err == "seatsync: there is no mail 9; `seatsync account mail` lists them\n"


def test_a_contract_is_bought(repository: Path, run: Run) -> None:
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    line = ("--contract", "110001234567", "--license-type", "perpetual", "--seats", "5", "--serial", "123-45678901")
    assert run(*ORDER, "--order", "A-1", *line) == 0
    assert run.said == ("Recorded order A-1, for contract 110001234567. The account is at serial 2.\n", "")
    assert run("account", "log") == 0
    assert [line.partition("the owner  ")[2] for line in run.out.splitlines()] == [
        "created account acme (UTC)",
        "contract 110001234567: buy the contract: perpetual, from the store (serial 1)",
        "contract 110001234567: buy product AutoCAD: 5 seats, serial 123-45678901 (serial 2)",
        "order A-1",
    ]
    assert run("account", "verify") == 0


PURCHASE = ("account", "purchase", "--at", DAY)
NEW = (
    "an order is for a subscription or a contract; pass --subscription ID or --contract NO;"
    " a new subscription also needs --manager, --product, --offering, --seats or --tokens, --channel, --starts and"
    " --ends;"
    " a new contract also needs --manager, --license-type, --channel, --product, --seats and --serial or --product-key"
)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ((), NEW),
        (
            ("--subscription", "574-1", "--contract", "110001234567"),
            "an order is for a subscription or a contract; pass --subscription or --contract, not both",
        ),
        (
            ("--subscription", "574-9", "--seats", "0"),
            "subscription 574-9 is new; also pass --manager, --product, --offering, --channel, --starts and --ends",
        ),
        (
            ("--contract", "220001234567", "--license-type", "perpetual", "--product-key", "001"),
            "contract 220001234567 is new; also pass --manager, --channel, --product and --seats",
        ),
        (
            ("--contract", "110001234567", "--product", "Maya", "--seats", "2"),
            "product Maya is new in contract 110001234567; also pass --serial or --product-key",
        ),
        (
            ("--contract", "110001234567", "--seats", "2"),
            "contract 110001234567 has 2 products; also pass --product",
        ),
    ],
)
def test_everything_that_an_order_lacks_is_named_at_once(
    loaded: Path, run: Run, line: tuple[str, ...], problem: str
) -> None:
    contract = ("--contract", "110001234567", "--license-type", "perpetual", "--manager", "ana@acme.example")
    for product in ("AutoCAD 2019", "Revit 2019"):
        bought = ("--channel", "store", "--product", product, "--seats", "5", "--serial", "123-45678901")
        assert run(*PURCHASE, *contract, *bought) == 0
    assert run(*PURCHASE, *line) == 1
    assert run.said == ("", f"seatsync: {problem}\n")


def test_an_order_for_something_known_states_only_what_changes(loaded: Path, run: Run) -> None:
    known = (*PURCHASE, "--subscription", "574-1")
    for number, more in enumerate(
        [("--seats", "9"), ("--ends", "2028-12-31"), ("--auto-renew",), ("--seats", "8", "--order", "A-7")], start=1
    ):
        assert run(*known, *more) == 0
        order = f"ORDER-{number}" if "--order" not in more else "A-7"
        assert run.said == (
            f"Recorded order {order}, for subscription 574-1. The account is at serial {number + 1}.\n", ""
        )  # fmt: skip
    assert run(*known, "--seats", "8") == 1
    assert run.err == (
        "seatsync: STEP001: The order changes nothing: the account already has these totals and this term.\n"
    )


def test_the_term_of_a_contract_is_renewed_without_naming_its_products(loaded: Path, run: Run) -> None:
    contract = (*PURCHASE, "--contract", "110001234567")
    new = ("--license-type", "maintenance", "--manager", "ana@acme.example", "--channel", "store")
    term = ("--starts", "2026-01-01", "--ends", "2026-12-31")
    assert run(*contract, *new, *term, "--product", "AutoCAD 2019", "--seats", "5", "--serial", "123-4") == 0
    assert run(*contract, "--product", "Revit 2019", "--seats", "5", "--serial", "123-5") == 0
    assert run(*contract, "--starts", "2027-01-01", "--ends", "2027-12-31") == 0
    assert run("account", "log") == 0
    assert run.out.splitlines()[-2].endswith(
        "contract 110001234567: renew the contract: starts 2026-01-01 -> 2027-01-01, ends 2026-12-31 -> 2027-12-31"
        " (serial 5)"
    )
    assert run("report", "contracts", "--at", DAY) == 0
    assert "AutoCAD 2019, Revit 2019" in run.out.partition("\nOrders\n")[2]
    order = open_sqlite("sqlite:///account.db", loaded, {}).read_orders()[-1]
    assert (order.contract, order.product) == ("110001234567", "")  # of all its products, only the term
    assert run(*contract, "--seats", "6") == 1
    assert run.err == "seatsync: contract 110001234567 has 2 products; also pass --product\n"


def test_an_invitation_is_accepted(loaded: Path, run: Run) -> None:
    (loaded / "users.yaml").write_text((loaded / "users.yaml").read_text() + "  dee@acme.example: {}\n")
    (loaded / "teams/design.yaml").write_text(
        (loaded / "teams/design.yaml").read_text() + "    members: [dee@acme.example]\n"
    )
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    assert run("account", "accept", "--user", "Dee@acme.example", "--at", DAY) == 0
    assert run.said == ("Dee@acme.example has accepted the invitation. The account is at serial 3.\n", "")
    assert run("account", "accept", "--user", "dee@acme.example", "--at", DAY) == 1
    assert run.said == ("", "seatsync: STEP001: dee@acme.example has already accepted.\n")
    assert run("account", "log", "--person", "dee@acme.example") == 0
    assert run.out == (
        """\
   4  2026-11-21T12:00:00Z  the owner         team design: invite dee@acme.example (serial 2)
   6  2026-11-21T12:00:00Z  Dee@acme.example  accepted the invitation of Dee@acme.example (serial 3)
"""
    )
    assert run("account", "log", "--person", "nobody@acme.example") == 0
    assert run.out == "No entries.\n"


@pytest.mark.parametrize(
    "command",
    [
        ("account", "accept", "--user", "dee@acme.example"),
        ("account", "confirm", "CASE-1"),
        (*ORDER, "--order", "7", "--channel", "reseller", "--subscription", "574-1", "--seats", "4"),
        ("apply", "--auto-approve"),
    ],
)
def test_an_account_of_an_older_version_is_changed_by_every_command(
    loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    replace_in(loaded / "users.yaml", "users:\n", "users:\n  dee@acme.example: {}\n")
    replace_in(loaded / "teams/design.yaml", "    seats:\n", "    members: [dee@acme.example]\n    seats:\n")
    replace_in(loaded / "subscriptions.yaml", "contract_manager: ana", "contract_manager: ben")
    assert run("apply", "--auto-approve") == 3
    old(at(loaded))
    shutil.rmtree(loaded / ".seatsync" / "heads")  # of a log that older versions did not write
    assert run(*command) in {0, 3}, run.said


def test_cases_are_confirmed_by_name(loaded: Path, run: Run) -> None:
    assert run("account", "confirm") == 1
    assert run.err == "seatsync: name the cases, or pass --all; `seatsync account cases` lists them\n"
    assert run("account", "confirm", "--all", "CASE-1") == 1
    assert run("account", "confirm", "CASE-7") == 1
    assert run.err == "seatsync: unknown case CASE-7; `seatsync account cases` lists the open ones\n"
    assert run("account", "confirm", "--all") == 0
    assert run.out == "No open cases.\n"


def test_a_case_that_the_account_refuses(loaded: Path, run: Run) -> None:
    text = (loaded / "subscriptions.yaml").read_text()
    (loaded / "subscriptions.yaml").write_text(text.replace("ana@acme.example", "cho@acme.example"))
    assert run("apply", "--at", DAY, "--auto-approve", "--as", "ben@acme.example") == 3
    (loaded / "subscriptions.yaml").write_text(text)
    team = loaded / "teams/design.yaml"
    team.write_text(team.read_text().replace(", cho@acme.example", ""))
    assert run("apply", "--at", DAY, "--auto-approve", "--allow", "GUARD001.seats=1") == 0
    assert run("account", "confirm", "case-1", "--at", DAY) == 1
    assert run.out.startswith(
        "CASE-1 refused, still open: team design: make cho@acme.example contract manager of subscription 574-1"
        " (STEP001: "
    )


def test_no_target(folder: Path, run: Run) -> None:
    line = "no target; add `target:` to seatsync.yaml, set SEATSYNC_TARGET, or pass --target URL"
    assert run("account", "verify") == 1
    assert run.said == ("", f"seatsync: {line}\n")
    (folder / "seatsync.yaml").write_text("version: 1\naccount: acme\n")
    assert run("account", "verify") == 1
    assert run.said == ("", f"seatsync: {line}\n")


def test_another_kind_of_target(folder: Path, run: Run) -> None:
    assert run("account", "verify", "--target", "file:.") == 1
    assert run.said == (
        "",
        "seatsync: file:.: account commands need an embedded account; pass --target sqlite:///FILE\n",
    )


def test_an_altered_log(loaded: Path, run: Run) -> None:
    import sqlite3  # noqa: PLC0415 - only here

    database = sqlite3.connect(loaded / "account.db")
    with database:
        database.execute("UPDATE audit SET at = '2026-11-20T12:00:00Z' WHERE seq = 2")
    database.close()
    assert run("account", "verify") == 1
    assert run.said == ("Not valid: audit entry 2 was altered.\n", "")
