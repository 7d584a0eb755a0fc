"""Formatting any content in any layout keeps meaning and comments, and gives one canonical form."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatsync.account.model import Account
from seatsync.declaration.load import load
from seatsync.declaration.normal import normalised, policy_text
from seatsync.declaration.writing.write import repository_files
from seatsync.editing.canonical import Kind, formatted
from tests.chance import chances
from tests.declaration.accounts import FROM, UNTIL, accounts, with_days
from tests.formatting.layouts import Layout

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
POLICY = {
    "max_removals": "10%",
    "email_domains": ["acme.example", "bücher.example"],
    "protected": {"users": ["ana@acme.example"], "teams": ["design", "no"]},
    "suppress": [
        {"code": "ROLE003", "reason": "two people only: so be it", "until": "2099-12-31"},
        {"code": "ROLE005", "team": "x", "reason": "it is #1"},
    ],
    "expiry_notice": 10,
}


PORTAL = {
    "exports": ["exports/", "more/*.csv"],
    "directory_sync": {"no": "external", "design": {"groups": ["AD-*", "yes"]}},
    "import_from": 9,
    "max_age": "30d",
}


def kind(name: str) -> Kind:
    return "project" if name == "seatsync.yaml" else "fragment"


def made(raw: bytes, name: str) -> bytes:
    new = formatted(raw, name, kind(name))
    assert isinstance(new, bytes), new
    return new


def with_more(data: dict[str, Any], random: Random) -> dict[str, Any]:
    """Return data with parts that only a repository has: days, previous addresses, a portal, a policy."""
    if "version" in data:
        return {**data, "version": 1, "portal": PORTAL, "policy": POLICY}
    people = sorted(data.get("users", {}))
    for number, person in enumerate(people):
        if random.random() < 0.3:
            data["users"][person]["previous_emails"] = [f"old{number}@acme.example", f"older{number}@acme.example"]
    for name, team in data.get("teams", {}).items():
        team["members"] = [_dated(user, random) for user in team.get("members", [])]
        if random.random() < 0.3:
            team["renamed_from"] = f"{name} of old"
        if random.random() < 0.3:
            team["sso"] = None
    return with_days(data, random, FROM, UNTIL, FROM | UNTIL)


def _dated(user: str, random: Random) -> str | dict[str, str]:
    if random.random() < 0.6:
        return user
    return {"user": user, "from": "2026-01-01", "until": random.choice(["2026-06-30", "2027-03-31"])}


def numbers_back(data: Any) -> Any:  # noqa: ANN401 - YAML
    """Convert texts of PyYAML's base loader to numbers and truth values where the schema requires them."""
    if not isinstance(data, dict):
        return data
    back = {key: numbers_back(value) for key, value in data.items()}
    for key in sorted(back.keys() & {"seats", "tokens", "version"}):
        back[key] = int(back[key]) if isinstance(back[key], str) else back[key]
    if "auto_renew" in back:
        back["auto_renew"] = back["auto_renew"] == "true"
    return back


def layouts(account: Account, random: Random) -> dict[str, bytes]:
    files = {}
    for name, text in repository_files(account, "sqlite:///a.db").items():
        data = numbers_back(yaml.load(text, Loader=LOADER))  # noqa: S506 - our own text
        files[name] = Layout(random).document(with_more(data, random))
    return files


def meaning(files: dict[str, bytes]) -> tuple[str, str, list[tuple[str, str]]]:
    with TemporaryDirectory() as folder:
        for name, raw in files.items():
            place = Path(folder) / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(raw)
        result = load(Path(folder))
    assert result.declaration is not None
    found = sorted((finding.code, finding.message) for finding in result.findings)
    return normalised(result.declaration), policy_text(result.declaration.project.policy), found


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"# (?:\d+ (?:above|beside|below)|the top|at the end|a new file).*", text))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(accounts())
def test_import_writes_canonical_files(account: Account) -> None:
    for name, text in repository_files(account, "sqlite:///.seatsync/account.db").items():
        assert made(text.encode(), name).decode() == text


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(accounts(), chances())
def test_the_meaning_is_the_same_and_every_comment_is_there(account: Account, random: Random) -> None:
    files = layouts(account, random)
    new = {name: made(raw, name) for name, raw in files.items()}
    assert meaning(new) == meaning(files)
    for name, raw in files.items():
        text = new[name].decode()
        assert made(new[name], name) == new[name]
        assert comments(text.replace("\r", "")) == [line.rstrip() for line in comments(raw.decode().replace("\r", ""))]
        assert ("\r\n" in text) == (b"\r\n" in raw)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(accounts(), chances())
def test_comments_stand_where_they_stood(account: Account, random: Random) -> None:
    for name, raw in layouts(account, random).items():
        lines = made(raw, name).decode().splitlines()
        for number, line in enumerate(lines):
            found = re.search(r"# \d+ (above|beside) ?(.*)", line)
            if found is not None:
                below = [re.sub(r"# \d+ (above|beside|below).*", "", text).strip() for text in lines[number:]]
                first = next((text for text in below if text), "")
                assert found[2] in first or (first.endswith(">-") and found[2].startswith(below[1])), "\n".join(lines)


@given(st.text("ab:#-?[]{},'\"|>&*! \n\t%@\\0é", max_size=40), st.booleans())
def test_any_text_is_formatted_or_refused(text: str, project: bool) -> None:  # noqa: FBT001 - hypothesis
    formatted(text.encode(), "a.yaml", "project" if project else "fragment")
