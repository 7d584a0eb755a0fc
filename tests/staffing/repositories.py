"""Random repositories of every notation: people in YAML and a CSV, seats by product and by user, days, named lists."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import yaml

from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.writing.write import repository_files
from seatsync.finding import has_errors
from tests.drift.layouts import in_a_layout
from tests.planning.states import pair

Tree: TypeAlias = Any
"""Data of YAML."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_ROLES = {"secondary_admins": "secondary", "sso_admins": "sso", "external_users": "external"}
_COLUMNS = ("email", "first_name", "last_name", "team", "product", "group", "role", "from", "until", "previous_emails")


def written(random: Random, folder: Path) -> Declaration:
    """Write the repository of a random account, in any notation and layout, and return its declaration.

    There are ten seats more than are held.
    """
    account, _ = pair(random)
    files = repository_files(account, None)
    project = files.pop("seatsync.yaml")
    files["subscriptions.yaml"] = re.sub(r"seats: (\d)", r"seats: 1\1", files["subscriptions.yaml"])
    data = {name: yaml.load(text, Loader=_LOADER) for name, text in files.items()}  # noqa: S506 - our own text
    users = data["users.yaml"]["users"]
    teams = {name: team for tree in data.values() for name, team in tree.get("teams", {}).items()}
    in_csv = {user for user in users if random.random() < 0.3}
    rows: list[dict[str, str]] = []
    for name, team in teams.items():
        for items in _lists(team):
            items[:] = [_some_days(item, random) for item in items]
        _by_user(name, team, users, in_csv, random)
        rows += _rows(name, team, in_csv, random)
    named = _named_list(teams, random)
    if named:
        data["users.yaml"]["lists"] = {"core": {"members": named}}
    names = [{"email": user, **users.pop(user)} for user in sorted(in_csv)]
    project += "policy: {prune: [seats, admins, groups, members]}\n"
    if names:
        project = project.replace("include:\n", "include:\n  - people.csv\n")
        (folder / "people.csv").write_bytes(_table([*names, *rows], random))
    (folder / "seatsync.yaml").write_text(project, encoding="utf-8")
    for file, tree in data.items():
        if {"users", "teams"} & tree.keys():  # the others have numbers, and are as they were
            files[file] = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_bytes(in_a_layout(files[file], random))
    loaded = load(folder)
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings), loaded.findings
    return loaded.declaration


def _lists(team: Tree) -> list[list[Tree]]:
    """Return every list of people of a team."""
    groups = [group["members"] for group in team.get("groups", {}).values() if group.get("members")]
    return [*groups, *team.get("seats", {}).values(), *(team[key] for key in (*_ROLES, "members") if team.get(key))]


def _some_days(item: Tree, random: Random) -> Tree:
    if random.random() < 0.7:
        return item
    days = {"from": "2026-03-01", "until": random.choice(["2026-12-31", "2027-03-31"])}
    kept = random.choice([("until",), ("until",), ("from", "until"), ("from",)])
    return {"user": item, **{key: days[key] for key in kept}}


def _user(item: Tree) -> str:
    return item if isinstance(item, str) else str(item["user"])


def _by_user(name: str, team: Tree, users: Tree, in_csv: set[str], random: Random) -> None:
    """Move some seats of a team to the entries of their people."""
    for product, items in [*team.get("seats", {}).items()]:
        for item in [*items]:
            if _user(item) in in_csv or random.random() < 0.7:
                continue
            items.remove(item)
            days = {} if isinstance(item, str) else {key: item[key] for key in ("from", "until") if key in item}
            seats = users[_user(item)].setdefault("seats", {}).setdefault(name, [])
            seats.append({"product": product, **days} if days else product)
        if not items:
            del team["seats"][product]


def _rows(name: str, team: Tree, in_csv: set[str], random: Random) -> list[dict[str, str]]:
    """Move some entries of people in the CSV to rows, and return these."""
    found = []
    cells = [({"product": product}, items) for product, items in team.get("seats", {}).items()]
    cells += [({"group": key}, group.get("members") or []) for key, group in team.get("groups", {}).items()]
    cells += [({"role": _ROLES[key]}, team[key]) for key in _ROLES if team.get(key)]
    cells += [({}, team.get("members") or [])]
    for cell, items in cells:
        for item in [*items]:
            if _user(item) in in_csv and random.random() < 0.6:
                items.remove(item)
                days = {} if isinstance(item, str) else {key: item[key] for key in ("from", "until") if key in item}
                found.append({"email": _user(item), "team": name, **cell, **days})
        if not items and "product" in cell:
            del team["seats"][cell["product"]]
    return _merged(found, random)


def _merged(rows: list[dict[str, str]], random: Random) -> list[dict[str, str]]:
    """Merge rows of one person and the same days, where they give different kinds of things."""
    found: list[dict[str, str]] = []
    for row in rows:
        same = [
            other
            for other in found
            if all(other.get(key) == row.get(key) for key in ("email", "from", "until"))
            and not {"product", "group", "role"} & other.keys() & row.keys()
        ]
        if same and random.random() < 0.5:
            same[0].update(row)
        else:
            found.append(row)
    return found


def _named_list(teams: Tree, random: Random) -> list[Tree]:
    """Replace people of one list, and sometimes those of another, by the mention of a named list; return its people."""
    able = [items for team in teams.values() for items in _lists(team) if len(items) > 1]
    if not able or random.random() < 0.5:
        return []
    items = random.choice(able)
    named = [item for item in items if random.random() < 0.5] or items[:1]
    items[:] = [*(item for item in items if item not in named), {"list": "core"}]
    return named


def _table(rows: list[dict[str, str]], random: Random) -> bytes:
    """Return a CSV with a separator, line ends and quotes of its own."""
    columns = [name for name in _COLUMNS if name == "email" or any(name in row for row in rows)]
    random.shuffle(columns)
    quote = '"' if random.random() < 0.3 else ""
    separator, end = random.choice(",;\t"), random.choice(["\n", "\r\n"])
    lines = [columns, *([row.get(name, "") for name in columns] for row in rows)]
    text = "".join(separator.join(f"{quote}{cell}{quote}" for cell in line) + end for line in lines)
    mark = b"\xef\xbb\xbf" if random.random() < 0.3 else b""
    return mark + text.encode()
