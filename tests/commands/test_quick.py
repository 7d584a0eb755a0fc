"""The quick way to a plan gives what the plain way gives, byte for byte, whatever was changed since."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatsync import cli
from seatsync.commands import plan as plan_command
from seatsync.commands import quick as quick_module
from seatsync.commands.console import Console
from seatsync.commands.quick import Quick
from seatsync.commands.wish import Wish
from seatsync.converged import watched as watched_module

DAY = "2026-11-21"
Facts: TypeAlias = "dict[str, Any]"


class Repository:
    """A repository in a folder: fragments by file name, and how to run commands on it."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder
        self.random = random
        self.files: dict[str, Facts] = {}
        self.project: Facts = {"version": 1, "account": "acme", "target": "sqlite:///.seatsync/account.db"}
        self.tails: dict[str, str] = {}
        self.options: list[str] = []

    def write(self) -> None:
        """Write what is to be there, and nothing else; files that stay the same are left alone."""
        wanted = {name: _yaml(facts) + self.tails.get(name, "") for name, facts in self.files.items()}
        wanted["seatsync.yaml"] = json.dumps(self.project)
        for path in [*self.folder.glob("*.yaml"), *self.folder.glob("teams/*"), *self.folder.glob("*.csv")]:
            if str(path.relative_to(self.folder)) not in wanted:
                path.unlink()
        for name, text in wanted.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(["-C", str(self.folder), *arguments])
        return code, out.getvalue(), err.getvalue()

    def plan(self, *more: str) -> tuple[int, str, str]:
        """What `plan` says, on the day that the options name or on the usual one."""
        day = [] if "--at" in self.options else ["--at", DAY]
        return self.run("plan", *day, *self.options, *more)

    def some_team(self) -> tuple[str, str, Facts]:
        """A file with teams, and one of its teams with its name."""
        file = self.random.choice([name for name, facts in self.files.items() if facts.get("teams")])
        name = self.random.choice(sorted(self.files[file]["teams"]))
        return file, name, self.files[file]["teams"][name]

    def people(self, file: str | None = None) -> list[str]:
        """Who is declared in a file, or anywhere."""
        files = [self.files[file]] if file is not None and self.files[file].get("users") else self.files.values()
        return sorted(user for facts in files for user in facts.get("users", {}))


def _yaml(facts: Facts) -> str:
    lines = []
    for section, entries in facts.items():
        lines.append(f"{section}:")
        lines += [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items()]
    return "\n".join(lines) + "\n"


def _begin(repository: Repository) -> None:
    """Teams in files of their own, with their people or with people of a file for all."""
    random = repository.random
    repository.project["include"] = ["*.yaml", "teams/*.yaml"]
    repository.project["policy"] = {"max_removals": random.choice(["100%", "30%", 2]), **_policy(random)}
    central = random.random() < 0.25
    for number in range(random.randint(2, 5)):
        name = f"t{number}"
        people = [f"{name}u{i}@acme.example" for i in range(random.randint(3, 6))]
        users = {user: {"first_name": f"F{i}"} for i, user in enumerate(people)}
        team: Facts = {"primary_admin": people[0], "seats": {"CAD": random.sample(people, 2)}}
        if random.random() < 0.8:
            team["secondary_admins"] = [people[1]]
        if random.random() < 0.5:
            team["groups"] = {"g": {"members": random.sample(people, 2), "products": ["Revit"][: random.randint(0, 1)]}}
        if random.random() < 0.3:
            team["sso_admins"] = [people[2]]
        if random.random() < 0.5:
            team["members"] = people
        facts: Facts = {"users": {} if central else users, "teams": {name: team}, "subscriptions": {}}
        for product in ("CAD", "Revit"):
            facts["subscriptions"][f"{name}-{product}"] = _bought(name, product, people[0], random)
        repository.files[f"teams/{name}.yaml"] = {section: some for section, some in facts.items() if some}
        if central:
            repository.files.setdefault("users.yaml", {"users": {}})["users"].update(users)
    if random.random() < 0.2:
        _file, _name, team = repository.some_team()
        team.setdefault("members", []).append(random.choice(repository.people()))


def _bought(team: str, product: str, manager: str, random: Random) -> Facts:
    ends = random.choice(["2027-12-31", "2026-12-10"])
    facts = {"team": team, "product": product, "offering": "single-user", "seats": 5, "channel": "reseller"}
    return {**facts, "contract_manager": manager, "starts": "2026-01-01", "ends": ends}


def _policy(random: Random) -> Facts:
    return random.choice(
        [
            {},
            {"prune": ["seats"]},
            {"prune": []},
            {"suppress": [{"code": "ROLE003", "team": "t0", "reason": "known"}]},
            {"ignore": {"users": ["t0u2*"], "teams": ["t1"]}},
            {"protected": {"users": ["t0u0@acme.example"], "teams": ["t1"]}},
        ]
    )


# What may be changed between two plans. Each takes the repository and changes it, on the disk only by `write`.


def _other_holder(repository: Repository) -> None:
    file, _, team = repository.some_team()
    people = repository.people(file)
    seats = team.setdefault("seats", {}).setdefault("CAD", [])
    if seats and repository.random.random() < 0.5:
        seats.pop()
    else:
        seats.append(repository.random.choice(people))


def _other_roles(repository: Repository) -> None:
    file, _, team = repository.some_team()
    people = repository.people(file)
    team["secondary_admins"] = repository.random.sample(people, 1)
    if repository.random.random() < 0.3:
        team["primary_admin"] = repository.random.choice(people)


def _other_group(repository: Repository) -> None:
    file, _, team = repository.some_team()
    name = repository.random.choice(["g", "G", "h"])
    members = repository.random.sample(repository.people(file), 2)
    team.setdefault("groups", {})[name] = {"members": members, "products": repository.random.choice([[], ["Revit"]])}


def _bounded_seat(repository: Repository) -> None:
    file, _, team = repository.some_team()
    entry = {"user": repository.random.choice(repository.people(file)), "until": "2026-11-30"}
    team.setdefault("seats", {}).setdefault("Revit", []).append(entry)


def _own_seat(repository: Repository) -> None:
    file = repository.random.choice([name for name, facts in repository.files.items() if facts.get("users")])
    user = repository.random.choice(repository.people(file))
    repository.files[file]["users"][user]["seats"] = {repository.random.choice(["t0", "t1", "t9"]): ["CAD"]}


def _foreign_person(repository: Repository) -> None:
    _, _, team = repository.some_team()
    team.setdefault("seats", {}).setdefault("CAD", []).append(repository.random.choice(repository.people()))


def _stranger(repository: Repository) -> None:
    _, _, team = repository.some_team()
    team.setdefault("members", []).append("nobody@acme.example")


def _other_name(repository: Repository) -> None:
    file = repository.random.choice([name for name, facts in repository.files.items() if facts.get("users")])
    repository.files[file]["users"][repository.random.choice(repository.people(file))]["first_name"] = "New"


def _new_person(repository: Repository) -> None:
    file = repository.random.choice(sorted(repository.files))
    users = repository.files[file].setdefault("users", {})
    users[repository.random.choice(["T0U0@acme.example", "new@acme.example", "t1\u043e@acme.example"])] = {}


def _lost_person(repository: Repository) -> None:
    file = repository.random.choice([name for name, facts in repository.files.items() if facts.get("users")])
    repository.files[file]["users"].pop(repository.random.choice(repository.people(file)))


def _moved_person(repository: Repository) -> None:
    file = repository.random.choice([name for name, facts in repository.files.items() if facts.get("users")])
    user = repository.random.choice(repository.people(file))
    facts = repository.files[file]["users"].pop(user)
    repository.files[repository.random.choice(sorted(repository.files))].setdefault("users", {})[user] = facts


def _old_address(repository: Repository) -> None:
    file = repository.random.choice([name for name, facts in repository.files.items() if facts.get("users")])
    users = repository.files[file]["users"]
    users[repository.random.choice(sorted(users))]["previous_emails"] = [repository.random.choice(repository.people())]


def _renamed_team(repository: Repository) -> None:
    file, name, team = repository.some_team()
    teams = repository.files[file]["teams"]
    teams.pop(name)
    teams[repository.random.choice([f"{name}x", name.upper()])] = {**team, "renamed_from": name}


def _lost_file(repository: Repository) -> None:
    if len(repository.files) > 2:
        repository.files.pop(repository.random.choice(sorted(repository.files)))


def _new_file(repository: Repository) -> None:
    repository.files["teams/new.yaml"] = {"teams": {"fresh": {"primary_admin": repository.people()[0]}}}


def _other_seats(repository: Repository) -> None:
    file = repository.random.choice([name for name, facts in repository.files.items() if facts.get("subscriptions")])
    bought = repository.files[file]["subscriptions"]
    bought[repository.random.choice(sorted(bought))]["seats"] = repository.random.choice([1, 6])


def _contract(repository: Repository) -> None:
    file = repository.random.choice(sorted(repository.files))
    manager = repository.random.choice(repository.people())
    product = {"seats": 2, "serial": "123-45678901", "users": [manager]}
    facts = {"contract_manager": manager, "license_type": "maintenance", "channel": "store"}
    repository.files[file].setdefault("contracts", {})["1100"] = {**facts, "products": {"Max": product}}


def _other_policy(repository: Repository) -> None:
    repository.project["policy"] = {"max_removals": "100%", **_policy(repository.random)}


def _remark(repository: Repository) -> None:
    name = repository.random.choice(sorted(repository.files))
    repository.tails[name] = repository.random.choice(["# a remark\n", "\n\n", "x: [\n", "users: {}\n", ""])


def _remark_above(repository: Repository) -> None:
    """All places of a file move down."""
    name = repository.random.choice(sorted(repository.files))
    repository.files[name] = dict(reversed(repository.files[name].items()))


def _touched(repository: Repository) -> None:
    name = repository.random.choice(sorted(repository.files))
    with contextlib.suppress(FileNotFoundError):
        os.utime(repository.folder / name, (1_700_000_000, 1_700_000_000 + repository.random.randint(0, 9)))


def _other_options(repository: Repository) -> None:
    repository.options = repository.random.choice(
        [
            [],
            ["--strict"],
            ["--at", "2026-11-22"],
            ["--at", "2027-01-01"],
            ["--detailed-exitcode"],
            ["--by-person"],
            ["--format", "json"],
            ["--format", "json"],
            ["--team", "t0"],
            ["--as", "t0u0@acme.example"],
            ["--allow", "GUARD002"],
            ["--target", "sqlite:///other.db"],
            ["--target", "sqlite:///nowhere.db"],
            ["--undo", "2"],
        ]
    )


def _spoilt(repository: Repository) -> None:
    path = repository.folder / ".seatsync" / "cache" / "converged"
    if not path.exists():
        return
    data = bytearray(path.read_bytes())
    match repository.random.randrange(4):
        case 0:
            path.unlink()
        case 1:
            path.write_bytes(data[: repository.random.randrange(len(data))])
        case 2:
            data[repository.random.randrange(len(data))] ^= 1 << repository.random.randrange(8)
            path.write_bytes(data)
        case _:
            path.unlink()
            path.mkdir()


def _applied(repository: Repository) -> None:
    repository.run("apply", "--auto-approve", "--at", DAY, "--allow", "GUARD002")


def _other_account(repository: Repository) -> None:
    shutil.copyfile(repository.folder / ".seatsync" / "account.db", repository.folder / "other.db")


def _damaged_account(repository: Repository) -> None:
    path = repository.folder / ".seatsync" / "account.db"
    data = bytearray(path.read_bytes())
    data[repository.random.randrange(len(data) // 2, len(data))] ^= 1
    path.write_bytes(data)


LOCAL = (_other_holder, _other_roles, _other_group, _bounded_seat, _remark_above, _touched, _remark)
FOREIGN: tuple[Callable[[Repository], None], ...] = (
    _own_seat,
    _foreign_person,
    _stranger,
    _other_name,
    _new_person,
    _lost_person,
    _moved_person,
    _old_address,
    _renamed_team,
    _lost_file,
    _new_file,
    _other_seats,
    _contract,
    _other_policy,
    _other_options,
    _spoilt,
    _applied,
    _other_account,
    _damaged_account,
)


@pytest.fixture(name="ways", scope="module")
def _ways() -> Iterator[list[str]]:
    """Which way each plan took that may have taken the quick one."""
    taken: list[str] = []
    usual = quick_module.quick

    def quick(console: Console, directory: str | None, wish: Wish, *, strict: bool) -> Quick | None:
        found = usual(console, directory, wish, strict=strict)
        if console.cache:
            taken.append("plain" if found is None else f"quick, {len(found.plan.steps)} steps")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_command, "quick", quick)
        yield taken


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.randoms(use_true_random=False), st.sampled_from(["fresh", "stamped"]))
def test_the_quick_way_says_what_the_plain_way_says(ways: list[str], random: Random, how: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if how == "stamped":
            # Nothing is too fresh then; every edit here changes the size of a file or comes long after the last one.
            patch.setattr(watched_module, "_FRESH", -(10**18))
        repository = Repository(Path(folder), random)
        _begin(repository)
        repository.write()
        (Path(folder) / ".seatsync").mkdir()
        assert repository.run("account", "create", "--name", "acme", "--at", DAY)[0] == 0
        repository.run("account", "load", ".", "--at", DAY)
        repository.plan()
        for _ in range(random.randint(1, 6)):
            before = json.dumps([repository.files, repository.tails, repository.project])
            for change in random.choices((*LOCAL * 4, *FOREIGN), k=random.choice([1, 1, 2])):
                change(repository)
            repository.write()
            quick = repository.plan()
            assert quick == repository.plan("--no-cache")
            assert repository.plan() == quick
            if random.random() < 0.5:
                repository.files, repository.tails, repository.project = json.loads(before)
                repository.write()
                assert repository.plan() == repository.plan("--no-cache")


def test_both_ways_were_taken(ways: list[str]) -> None:
    """By the test above: otherwise it would show nothing."""
    if ways:
        assert "plain" in ways
        assert "quick, 0 steps" in ways
        assert any(way.startswith("quick") and "0" not in way for way in ways)
