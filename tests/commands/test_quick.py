"""The quick way to a plan gives what the plain way gives, byte for byte, whatever was changed since."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatsync import cli
from seatsync.commands import plain as plain_module
from seatsync.commands import plan as plan_command
from seatsync.commands import prepare as prepare_module
from seatsync.commands import quick as quick_module
from seatsync.commands.console import Console
from seatsync.commands.prepare import Prepared
from seatsync.commands.quick import Quick
from seatsync.commands.repository import Repository as Repository_
from seatsync.commands.wish import Wish
from seatsync.converged import watched as watched_module
from seatsync.declaration.declared import Declaration
from tests.commands.running import DAY, Run, loaded_by, replace_in

Facts: TypeAlias = "dict[str, Any]"


class Repository:
    """A repository in a folder: fragments by file name, and how to run commands on it."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder
        self.random = random
        self.files: dict[str, Facts] = {}
        self.project: Facts = {"version": 1, "account": "acme", "target": "sqlite:///.seatsync/account.db"}
        self.tails: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.options: list[str] = []

    def write(self) -> None:
        """Write what is to be there, and nothing else; files that stay the same are left alone."""
        wanted = {name: _yaml(facts) + self.tails.get(name, "") for name, facts in self.files.items()}
        wanted |= {**self.texts, "seatsync.yaml": json.dumps(self.project)}
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
    repository.project["include"] = ["*.yaml", "teams/*.yaml", "*.csv"]
    repository.project["policy"] = {"max_removals": random.choice(["100%", "30%", 2]), **_policy(random)}
    central = random.random() < 0.25
    for number in range(random.randint(2, 5)):
        facts = _team(f"t{number}", random)
        if central:
            repository.files.setdefault("users.yaml", {"users": {}})["users"].update(facts.pop("users"))
        repository.files[f"teams/t{number}.yaml"] = facts
    if random.random() < 0.2:
        _, _, team = repository.some_team()
        team.setdefault("members", []).append(random.choice(repository.people()))
    if random.random() < 0.2:
        _contract(repository)
    if random.random() < 0.2:
        rows = [f"csv{number}@acme.example,{random.choice(['t0', 't1', ''])}," for number in range(3)]
        repository.texts["people.csv"] = "\n".join(["email,team,product", *rows]) + "\n"


def _team(name: str, random: Random) -> Facts:
    """A file with a team, its people and what was bought for it."""
    people = [f"{name}u{i}@acme.example" for i in range(random.randint(3, 6))]
    team: Facts = {"primary_admin": people[0], "seats": {"CAD": random.sample(people, 2)}}
    if random.random() < 0.8:
        team["secondary_admins"] = [people[1]]
    if random.random() < 0.5:
        team["groups"] = {"g": {"members": random.sample(people, 2), "products": ["Revit"][: random.randint(0, 1)]}}
    if random.random() < 0.3:
        team["sso_admins"] = [people[2]]
    if random.random() < 0.5:
        team["members"] = people
    bought = {f"{name}-{product}": _bought(name, product, people[0], random) for product in ("CAD", "Revit")}
    users = {user: {"first_name": f"F{i}"} for i, user in enumerate(people)}
    return {"users": users, "teams": {name: team}, "subscriptions": bought}


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
    members = repository.random.choices(repository.people(file), k=2)
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


def _other_row(repository: Repository) -> None:
    name = repository.random.choice(["people.csv", "more.csv"])
    row = f"csv{repository.random.randrange(4)}@acme.example,t1,CAD\n"
    repository.texts[name] = repository.texts.get(name, "email,team,product\n") + row


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
            ["--format", "sarif"],
            ["--format", "markdown"],
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
    if not path.is_file():
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
    _other_row,
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
@given(st.integers(0, 2**32 - 1), st.sampled_from(["fresh", "stamped"]))
def test_the_quick_way_says_what_the_plain_way_says(ways: list[str], seed: int, how: str) -> None:
    # Of a seed: what is kept holds moments, so its length differs from run to run, and choices that depend on it
    # (which byte is spoilt) may not be hypothesis's own.
    random = Random(seed)
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
            before = json.dumps([repository.files, repository.tails, repository.project, repository.texts])
            for change in random.choices((*LOCAL * 4, *FOREIGN), k=random.choice([1, 1, 2])):
                change(repository)
            repository.write()
            quick = repository.plan()
            assert quick == repository.plan("--no-cache")
            assert repository.plan() == quick
            if random.random() < 0.5:
                repository.files, repository.tails, repository.project, repository.texts = json.loads(before)
                repository.write()
                assert repository.plan() == repository.plan("--no-cache")


def test_both_ways_were_taken(ways: list[str]) -> None:
    """By the test above: otherwise it would show nothing."""
    if ways:
        assert "plain" in ways
        assert "quick, 0 steps" in ways
        assert any(way.startswith("quick") and "0" not in way for way in ways)


CACHE = Path(".seatsync/cache/converged")
EDIT = ("AutoCAD: [ben@acme.example, cho@acme.example]", "AutoCAD: [ben@acme.example]")


@pytest.fixture(name="kept")
def _kept(loaded: Path, run: Run) -> Path:
    """A repository with an account as declared, whose team has its people in a file of its own, and a kept plan."""
    users = (loaded / "users.yaml").read_text(encoding="utf-8")
    (loaded / "users.yaml").unlink()
    with (loaded / "teams" / "design.yaml").open("a", encoding="utf-8") as file:
        file.write(users)
    replace_in(loaded / "seatsync.yaml", "users.yaml, ", "")
    assert run("plan", "--at", DAY) == 0
    assert CACHE.is_file()
    return loaded


def _way(run: Run, *options: str) -> str:
    """The way that a plan takes, after seeing that it says what the plain one says."""
    usual, taken = quick_module.quick, []

    def quick(console: Console, directory: str | None, wish: Wish, *, strict: bool) -> Quick | None:
        taken.append(usual(console, directory, wish, strict=strict))
        return taken[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_command, "quick", quick)
        code = run("plan", "--at", DAY, *options)
    said = run.said
    assert (run("plan", "--at", DAY, "--no-cache", *options), run.said) == (code, said)
    return "plain" if taken == [None] else "quick"


def test_what_is_kept_is_private_and_out_of_version_control(kept: Path) -> None:
    assert CACHE.stat().st_mode & 0o777 == 0o600
    assert CACHE.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in CACHE.parent.iterdir()) == [".gitignore", "converged"]
    assert (CACHE.parent / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_ways(kept: Path, run: Run) -> None:
    assert _way(run) == "quick"
    replace_in(kept / "teams" / "design.yaml", *EDIT)
    assert _way(run) == "quick"
    assert "cho@acme.example" in run.out
    for options in (["--as", "ana@acme.example"], ["--team", "design"], ["--allow", "GUARD002"], ["--undo", "1"]):
        assert _way(run, *options) == "plain"
    assert _way(run, "--target", "sqlite:///./account.db") == "plain"


def test_the_quick_way_imports_nothing_that_only_the_plain_one_needs(kept: Path) -> None:
    replace_in(kept / "teams" / "design.yaml", *EDIT)
    ours, packages = loaded_by("-C", str(kept), "plan", "--at", DAY, "--format", "json")
    assert {"seatsync.commands.plain", "seatsync.targets.target", "seatsync.reading.yaml_text"}.isdisjoint(ours)
    assert "seatsync.planning.make" in ours
    assert packages & {"click", "dataclasses", "hashlib", "inspect", "shlex", "yaml"} == set()


def test_no_cache_neither_reads_nor_writes(kept: Path, run: Run) -> None:
    before = CACHE.read_bytes(), CACHE.stat().st_mtime_ns
    assert run("plan", "--at", "2026-11-22", "--no-cache") == 0
    assert (CACHE.read_bytes(), CACHE.stat().st_mtime_ns) == before
    CACHE.unlink()
    assert run("plan", "--no-cache", "--at", DAY) == 0
    assert not CACHE.exists()


def test_a_guard_that_may_fire_is_for_the_plain_way(kept: Path, run: Run) -> None:
    replace_in(kept / "teams" / "design.yaml", "AutoCAD: [ben@acme.example, cho@acme.example]", "AutoCAD: []")
    assert _way(run) == "plain"
    assert "GUARD" in run.out


def test_an_account_that_was_altered_by_hand(kept: Path, run: Run) -> None:
    with contextlib.closing(sqlite3.connect("account.db")) as store:
        store.execute("DELETE FROM team_seat")
        store.commit()
    assert run("plan", "--at", DAY) == 1
    assert run.err == (
        "seatsync: sqlite:///account.db: the file is damaged: table team_seat is not what was written (0 of 2 rows);"
        " restore it from a backup\n"
    )


def test_an_account_with_an_open_log_is_read_as_a_whole(kept: Path, run: Run) -> None:
    with contextlib.closing(sqlite3.connect("account.db")) as store:
        store.execute("UPDATE lock SET holder = 'x'")
        store.execute("INSERT INTO outbox VALUES (9, '', '', '', '', '', '')")
        store.commit()
        assert Path("account.db-wal").stat().st_size > 0
        assert _way(run) == "plain"
        CACHE.unlink()
        assert run("plan", "--at", DAY) == 0
        assert not CACHE.exists()


def test_a_plan_with_errors_in_its_files_is_not_kept(kept: Path, run: Run) -> None:
    CACHE.unlink()
    replace_in(kept / "seatsync.yaml", "policy: {", "nonsense: 1\npolicy: {")
    assert run("plan", "--at", DAY) == 1
    assert not CACHE.exists()


def test_another_kind_of_target_is_not_kept(kept: Path, run: Run) -> None:
    CACHE.unlink()
    texts = [(kept / name).read_text(encoding="utf-8") for name in ("teams/design.yaml", "subscriptions.yaml")]
    (kept / "state.yaml").write_text("account: acme\nserial: 1\n" + "".join(texts), encoding="utf-8")
    assert run("plan", "--at", DAY, "--target", "file:state.yaml") == 0
    assert "Nothing to change" in run.out
    assert not CACHE.exists()


def test_a_folder_for_it_that_is_a_link_is_not_followed(kept: Path, run: Run) -> None:
    shutil.rmtree(CACHE.parent)
    (kept / "elsewhere").mkdir()
    CACHE.parent.symlink_to(kept / "elsewhere")
    assert run("plan", "--at", DAY) == 0
    assert list((kept / "elsewhere").iterdir()) == []


def test_where_nothing_can_be_kept_nobody_needs_to_know(kept: Path, run: Run) -> None:
    shutil.rmtree(CACHE.parent)
    CACHE.parent.write_text("", encoding="utf-8")
    assert run("plan", "--at", DAY) == 0
    assert run.err == ""


def test_a_file_that_cannot_be_read_any_more(kept: Path, run: Run) -> None:
    (kept / "teams" / "design.yaml").rename(kept / "elsewhere")
    os.mkfifo(kept / "teams" / "design.yaml")
    assert _way(run) == "plain"


def test_files_that_changed_while_they_were_read_are_not_kept(
    kept: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    CACHE.unlink()
    usual = prepare_module.prepare

    def late(console: Console, repository: Repository_, declared: Declaration, wish: Wish) -> Prepared:
        (kept / "teams" / "late.yaml").write_text("users: {}\n", encoding="utf-8")
        return usual(console, repository, declared, wish)

    monkeypatch.setattr(plain_module, "prepare", late)
    assert run("plan", "--at", DAY) == 0
    assert not CACHE.exists()


def test_an_account_that_changed_while_it_was_read_is_not_kept(
    kept: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    CACHE.unlink()
    usual = prepare_module.prepare

    def late(console: Console, repository: Repository_, declared: Declaration, wish: Wish) -> Prepared:
        prepared = usual(console, repository, declared, wish)
        assert run("account", "accept", "cho@acme.example", "--at", DAY) == 0 or run.err
        os.utime("account.db")
        return prepared

    monkeypatch.setattr(plain_module, "prepare", late)
    assert run("plan", "--at", DAY) == 0
    assert not CACHE.exists()


def test_names_that_cannot_be_told_apart_are_not_kept(kept: Path, run: Run) -> None:
    CACHE.unlink()
    for name in (b"\xfe.yaml", b"\xff.yaml"):
        Path(os.fsdecode(bytes(kept / "teams") + b"/" + name)).write_text("users: {}\n", encoding="utf-8")
    assert run("plan", "--at", DAY) == 0
    assert not CACHE.exists()


OTHERS = """\
users:
  zoe@acme.example: {}
teams:
  other: {primary_admin: zoe@acme.example, seats: {AutoCAD: [zoe@acme.example]}}
subscriptions:
  "574-8": {team: other, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
            contract_manager: zoe@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""


def test_what_only_the_account_has_stays_listed(kept: Path, run: Run) -> None:
    other = kept / "teams" / "other.yaml"
    other.write_text(OTHERS, encoding="utf-8")
    target = ("--target", "sqlite:///two.db")
    assert run("account", "create", "--name", "acme", "--at", DAY, *target) == 0
    assert run("account", "load", ".", "--at", DAY, *target) == 0
    other.unlink()
    assert run("plan", "--at", DAY, *target) == 0
    replace_in(kept / "teams" / "design.yaml", *EDIT)
    assert _way(run, "--format", "json", *target) == "quick"
    plan = json.loads(run.out)
    assert plan["unmanaged"] == [{"subscription": "574-8"}, {"team": "other"}]
    assert [step["action"] for step in plan["steps"]] == ["user.remove"]
