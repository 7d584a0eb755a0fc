"""Random accounts, written as exports: everything in them is read, and nothing is planned about what they lack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from seatsync.account.model import Account, Team
from seatsync.demo.shown_objects import products_of
from seatsync.portal import exports_target
from seatsync.portal.exports_target import open_exports
from seatsync.portal.observation import Coverage, Observation, combined
from seatsync.portal.sources import row_readers as reader
from seatsync.portal.sources.export_tables import Cells, Export, one_line
from seatsync.targets.target import State
from tests.commands.running import Run
from tests.portal.portal_model import plan_from
from tests.portal.random_accounts import DAY, random_account
from tests.portal.random_changes import as_it_is
from tests.portal.written_exports import Written, exports_of, holders

SEEDS = 60
"""`make soak` reads very many more accounts."""
STRIDE = 20
MOST = 300
"""The most seeds until a fault is caught."""
BATCHES = pytest.mark.parametrize("first", range(0, SEEDS, STRIDE))
HARMLESS = {"SOURCE004", "SOURCE006", "SOURCE007", "YAML005"}


def written(chance: Random, folder: Path) -> tuple[Account, Written]:
    """Write a random account as exports."""
    account = random_account(chance)
    found = exports_of(account, chance)
    found.put(folder)
    return account, found


def check_read(account: Account, exports: Written, state: State) -> None:
    """Check that everything that exports show about an account is read, and nothing else."""
    seen, groups = state.account, exports.covers.get("groups", set())
    assert [each for each in state.findings if each.code not in HARMLESS] == []
    assert seen.teams.keys() == account.teams.keys()
    for name, team in account.teams.items():
        _check_team(team, seen.teams[name], groups=name in groups)
        if name in groups & exports.covers.get("usage report", set()):
            for group, known in seen.teams[name].groups.items():
                assert known.products == team.groups[group].products
    _check_people(account, exports, seen)
    _check_purchases(account, exports, seen)


def _check_team(team: Team, seen: Team, *, groups: bool) -> None:
    assert (seen.primary, seen.admins, seen.external) == (team.primary, team.admins, team.external)
    assert seen.members == team.members
    assert products_of(seen) == [product for product in products_of(team) if holders(team, product)]
    assert all(holders(seen, product) == holders(team, product) for product in products_of(seen))
    members = {name: group.members for name, group in team.groups.items() if group.members}
    assert {name: group.members for name, group in seen.groups.items()} == (members if groups else {})


def _check_people(account: Account, exports: Written, seen: Account) -> None:
    assert seen.users.keys() == account.users.keys()
    for user, person in account.users.items():
        known = seen.users[user]
        assert (known.first_name, known.last_name) == (one_line(person.first_name), one_line(person.last_name))
        teams = {name for name, team in account.teams.items() if user in team.members}
        assert known.status == (person.status if teams & exports.covers.get("status", set()) else "active")


def _check_purchases(account: Account, exports: Written, seen: Account) -> None:
    shown = {team or None for team in exports.covers.get("subscriptions", ())} - {None}  # in no team: no manager known
    bought = {key: sub for key, sub in account.subscriptions.items() if sub.team in shown}
    assert seen.subscriptions.keys() == bought.keys()
    for key, sub in bought.items():
        now = seen.subscriptions[key]
        assert (now.seats if now.tokens is None else now.tokens) == (sub.seats if sub.tokens is None else sub.tokens)
        assert (now.team, now.product, now.channel) == (sub.team, sub.product, sub.channel)
        assert (now.starts, now.ends, now.auto_renew) == (sub.starts, sub.ends, sub.auto_renew)


def check_reading(seeds: Iterable[int], folder: Path) -> None:
    for seed in seeds:
        account, exports = written(Random(seed), folder / f"{seed}")
        check_read(account, exports, open_exports(f"exports:{seed}", folder, {}).read())


def everything_is_read(chance: Random) -> int:
    """Check that random exports are read, and need no step; return the number of files."""
    with TemporaryDirectory() as name:
        account, exports = written(chance, Path(name) / "exports")
        check_read(account, exports, open_exports("exports:exports", Path(name), {}).read())
        declared = as_it_is(account).declaration()
        assert declared is not None
        assert plan_from(Path(name) / "exports", declared).steps == ()
    return len(exports.files)


def check_no_step(seeds: Iterable[int], folder: Path) -> None:
    """Check that a declaration of the whole account, also of what exports do not show, needs no step."""
    for seed in seeds:
        account, _ = written(Random(seed), folder / f"{seed}")
        declared = as_it_is(account).declaration()
        assert declared is not None
        plan = plan_from(folder / f"{seed}", declared)
        assert [planned.step for planned in plan.steps] == []


@BATCHES
def test_everything_in_random_exports_is_read(first: int, tmp_path: Path) -> None:
    check_reading(range(first, first + STRIDE), tmp_path)


@BATCHES
def test_nothing_is_planned_about_what_random_exports_lack(first: int, tmp_path: Path) -> None:
    check_no_step(range(first, first + STRIDE), tmp_path)


@BATCHES
def test_an_import_of_random_exports_plans_nothing(
    first: int, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    run = Run(capfd)
    for seed in range(first, first + STRIDE):
        written(Random(seed), tmp_path / f"{seed}")
        new = ("import", f"exports:{seed}", "--out") if seed % 2 else ("init", "--from", f"exports:{seed}")
        assert run(*new, f"r{seed}", "--at", DAY) == 0
        assert run("validate", f"r{seed}", "--at", DAY) == 0
        assert run("-C", f"r{seed}", "plan", "--detailed-exitcode", "--at", DAY) == 0
        assert "\nNothing to change" in run.out


# A reader that is broken on purpose has to be caught


def _unknown_is_absent(patch: pytest.MonkeyPatch) -> None:
    """Let every kind of fact be covered in every team."""

    def everything(observations: Iterable[Observation]) -> tuple[dict[Coverage, Observation], list[object]]:
        chosen, findings = combined(observations)
        nothing = Observation("nowhere", None, {})
        for team in {team for _, team in chosen}:
            for kind in ("groups", "subscriptions"):
                if (kind, team) not in chosen:
                    chosen[kind, team] = Observation(nothing.source, None, {(kind, team): {}})
        return chosen, [*findings]

    patch.setattr(exports_target, "combined", everything)


def _external_people_are_members(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(reader.ROLES, "externaluser", "member")


def _invited_people_are_active(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(reader.STATUSES, "invited", "active")


def _only_one_row_for_each_person(patch: pytest.MonkeyPatch) -> None:
    rows = Export.rows

    def first(export: Export) -> Iterable[object]:
        known = set()
        for cells in rows(export):
            if cells.text("email").lower() not in known:
                known.add(cells.text("email").lower())
                yield cells

    patch.setattr(Export, "rows", first)


def _unassigned_seats_count(patch: pytest.MonkeyPatch) -> None:
    text = Cells.text
    patch.setattr(Cells, "text", lambda row, field: "assigned" if field == "assignment" else text(row, field))


READING, PLANNING = check_reading, check_no_step
FAULTS: list[tuple[Callable[[pytest.MonkeyPatch], None], Callable[[Iterable[int], Path], None]]] = [
    (_unknown_is_absent, PLANNING),
    (_external_people_are_members, READING),
    (_external_people_are_members, PLANNING),
    (_invited_people_are_active, READING),
    (_only_one_row_for_each_person, READING),
    (_only_one_row_for_each_person, PLANNING),
    (_unassigned_seats_count, READING),
]


@pytest.mark.parametrize(("fault", "check"), FAULTS)
def test_a_broken_reader_is_caught(
    fault: Callable[[pytest.MonkeyPatch], None],
    check: Callable[[Iterable[int], Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        check(range(MOST), tmp_path)
