"""Random values drawn by hypothesis shrink to minimal examples."""

from __future__ import annotations

import ast
from pathlib import Path
from random import Random

from hypothesis import find

from tests.chance import chances
from tests.planning.states import pair


def letters(random: Random) -> list[str]:
    return [random.choice("abcdefgh") for _ in range(random.randint(0, 20))]


def test_choices_and_numbers_become_small() -> None:
    assert find(chances().map(letters), lambda found: found.count("c") > 1) == ["c", "c"]
    assert find(chances().map(lambda random: random.sample(range(1000), 3)), lambda found: max(found) > 7)[:2] == [0, 1]
    assert find(chances().map(lambda random: random.getrandbits(64)), lambda found: found > 2**40) == 2**40 + 1


def test_simplest_draw_makes_unlikely_things_false() -> None:
    happened = chances().map(lambda random: [random.random() < 0.5 for _ in range(20)])
    assert find(happened, any).count(True) == 1


def test_an_account_has_nothing_in_it_that_is_not_needed() -> None:
    account, _ = find(chances().map(pair), lambda both: any(team.admins for team in both[0].teams.values()))
    assert sorted(len(team.members) for team in account.teams.values()) == [1, 2]
    assert not any(team.groups or team.seats or team.sso for team in account.teams.values())


def test_no_test_draws_a_seed() -> None:
    found = [
        f"{path.name}: {function.name}"
        for path in Path(__file__).parent.rglob("test_*.py")
        if "node_modules" not in path.parts
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and any(_is_given(each) for each in function.decorator_list)
        if "seed" in {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
    ]
    assert found == []


def _is_given(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "given"
