"""Every `seatsync edit` command keeps the promises of `tests/staffing/kit.py`; a command that breaks one is noticed."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from seatsync.cli.groups import EDIT
from tests.chance import chances
from tests.staffing.form_cases import ALL_CASES
from tests.staffing.kit import EditCase, Editor, Words, by_command_line, check

each_case = pytest.mark.parametrize("case", ALL_CASES, ids=[case.name for case in ALL_CASES])


def test_every_command_is_in_the_table() -> None:
    assert sorted(case.name for case in ALL_CASES) == sorted(EDIT)


@each_case
@given(random=chances())
@settings(max_examples=10)
def test_every_promise_is_kept(case: EditCase, random: Random) -> None:
    with TemporaryDirectory() as name:
        check(case, random, Path(name))


@each_case
def test_many_edits_change_something(case: EditCase, tmp_path: Path) -> None:
    """Two of the first twelve repositories; what is more is for the random ones above."""
    outcomes = (check(case, Random(seed), tmp_path / str(seed)) for seed in range(12))
    assert len(list(islice((each for each in outcomes if each == "changed"), 2))) == 2


def with_somebody_else(folder: Path, words: Words) -> int:
    """Do more than what was asked."""
    code = by_command_line(folder, words)
    return code or _replaced(folder, words, "subscriptions.yaml", b"seats: 1", b"seats: 2")


def without_comments(folder: Path, words: Words) -> int:
    """Lose a comment of something that does not change."""
    code = by_command_line(folder, words)
    return code or _replaced(folder, words, ".yaml", b"# at the top", b"#")


def in_other_quotes(folder: Path, words: Words) -> int:
    """Write what does not change in another way."""
    code = by_command_line(folder, words)
    return code or _replaced(folder, words, "subscriptions.yaml", b"'", b'"')


def again_and_again(folder: Path, words: Words) -> int:
    """Change something in each run."""
    code = by_command_line(folder, words)
    if not code and "--dry-run" not in words:
        users = folder / "users.yaml"
        users.write_bytes(users.read_bytes() + b"\n")
    return code


def also_in_a_dry_run(folder: Path, words: Words) -> int:
    """Write although only the changes were to be shown."""
    return by_command_line(folder, tuple(word for word in words if word != "--dry-run"))


def for_those_that_are_possible(folder: Path, words: Words) -> int:
    """Leave out people for whom an edit is not possible."""
    missing = {"nobody", "nobody@elsewhere.example", "nobody@acme.example", "x@acme.example"}
    return by_command_line(folder, tuple(word for word in words if word not in missing))


def half_of_a_refused_one(folder: Path, words: Words) -> int:
    """Write something although the edit is refused."""
    code = by_command_line(folder, words)
    if code:
        _replaced(folder, words, "users.yaml", b"Ben", b"Eve")
    return code


def _replaced(folder: Path, words: Words, ending: str, old: bytes, new: bytes) -> int:
    """Replace bytes in files, unless it is a dry run; return 0."""
    for path in folder.rglob("*") if "--dry-run" not in words else ():
        if path.is_file() and path.name.endswith(ending):
            path.write_bytes(path.read_bytes().replace(old, new))
    return 0


BROKEN = (
    with_somebody_else,
    without_comments,
    in_other_quotes,
    again_and_again,
    also_in_a_dry_run,
    for_those_that_are_possible,
    half_of_a_refused_one,
)


@pytest.mark.parametrize("edit", BROKEN)
def test_a_broken_promise_is_noticed(edit: Editor, tmp_path: Path) -> None:
    assign = next(case for case in ALL_CASES if case.name == "assign")
    with pytest.raises(AssertionError):  # noqa: PT012 - some repositories have nothing that shows it
        for seed in range(20):
            check(assign, Random(seed), tmp_path / str(seed), edit)


@each_case
def test_what_was_not_asked_is_noticed(case: EditCase, tmp_path: Path) -> None:
    """Each table row would notice an edit that does nothing."""

    def nothing(folder: Path, words: Words) -> int:
        return by_command_line(folder, (*words, "--dry-run"))

    with pytest.raises(AssertionError):  # noqa: PT012 - as above
        for seed in range(25):
            check(case, Random(seed), tmp_path / str(seed), nothing)
