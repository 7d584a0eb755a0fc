"""Random accounts, written as exports in random generations, encodings and orders: an import of them plans nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.commands.running import Run
from tests.portal.test_exports import put

AT = "2026-07-30"
ROLES = {"primary": "Primary admin", "secondary": "Secondary admin", "sso": "SSO admin", "external": "External user"}
TITLES = {
    "email": ("email", "Email", "E-mail"),
    "first_name": ("first_name", "First name"),
    "last_name": ("last_name", "Last name"),
    "team": ("team_alias", "Team"),
    "role": ("role", "Role"),
    "account_status": ("account_status", "Status"),
    "product": ("offering_name", "Product"),
    "group": ("group", "Group"),
    "subscription_id": ("subscription_id",),
    "seat_quantity": ("seat_quantity", "Seat quantity"),
    "start_date": ("start_date", "Start date"),
    "end_date": ("end_date", "End date"),
    "reseller_name": ("reseller_name", "Reseller name"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


@pytest.mark.parametrize("seed", range(30))
def test_an_import_of_a_random_account_plans_nothing(
    seed: int, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    run = Run(capfd)
    put(tmp_path, random_exports(chance))
    assert run("import", "exports:exports", "--out", "acme", "--at", AT) == 0
    assert run("validate", "acme", "--at", AT) == 0
    assert run("-C", "acme", "plan", "--detailed-exitcode", "--at", AT) == 0
    assert run.out.endswith("Nothing to change: the account is as declared.\n")


def random_exports(chance: random.Random) -> dict[str, str | bytes]:
    """Return the exports of a random account."""
    people = [f"müller{n}" for n in range(12)]
    users: list[dict[str, str]] = []
    groups: list[dict[str, str]] = []
    subscriptions: list[dict[str, str]] = []
    has_status = chance.random() < 0.5
    products = ["AutoCAD", "Civil 3D", "Flex Tokens", "Média & Co; Collection"]
    statuses = {person: chance.choice(["Active", "Active", "Invited", "Pending"]) for person in people}
    for team in chance.sample(["design", "Civil Works", "überbau"], chance.randint(1, 3)):
        members = chance.sample(people, chance.randint(1, 12))
        roles = ["primary", *chance.choices(["secondary", "sso", "external", "user", "user"], k=len(members) - 1)]
        for person, role in zip(members, roles, strict=True):
            row = {
                "email": chance.choice([str.title, str.lower])(f"{person}@acme.example"),
                "first_name": person[:4],
                "last_name": "",
                "team": team,
                "role": ROLES.get(role, "User"),
                **({"account_status": statuses[person]} if has_status else {}),
            }
            held = chance.sample(products, chance.randint(0, 3)) or [""]
            users += [{**row, "product": product} for product in held]
            if chance.random() < 0.4:
                groups.append(
                    {"email": row["email"].upper(), "group": chance.choice(["cad", "Modell ä"]), "team": team}
                )
        for product in products:
            if chance.random() < 0.8:
                subscriptions.append(
                    {
                        "subscription_id": f"574-{len(subscriptions)}",
                        "team": team,
                        "product": product,
                        "seat_quantity": str(chance.randint(1, 12)),
                        "start_date": "2026-01-01T00:00:00Z",
                        "end_date": chance.choice(["2026-12-31", "2027-06-30T00:00:00Z", "2026-02-01"]),
                        "reseller_name": chance.choice(["", "Händler AG"]),
                    }
                )
    tables = {"a": users, "b": groups, "c": subscriptions}
    names = chance.sample(["one.csv", "two.csv", "three.CSV"], 3)
    return {name: written(tables[key], chance) for name, key in zip(names, tables, strict=True) if tables[key]}


def written(rows: list[dict[str, str]], chance: random.Random) -> bytes:
    """Return rows as a CSV with random names and order of columns, order of rows, separator and encoding."""
    fields = chance.sample(sorted(rows[0]), len(rows[0]))
    titles = [chance.choice(TITLES[field]) for field in fields]
    separator, end = chance.choice([",", ";", "\t"]), chance.choice(["\n", "\r\n"])
    lines = [titles, *([row[field] for field in fields] for row in chance.sample(rows, len(rows)))]
    text = "".join(separator.join(f'"{cell}"' if ";" in cell else cell for cell in line) + end for line in lines)
    return text.encode(chance.choice(ENCODINGS))
