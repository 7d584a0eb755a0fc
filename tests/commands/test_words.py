"""Command lines that are understood without click: just as click would, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync import cli_click
from seatsync.cli_options import Argument, Option
from seatsync.cli_settings import EVERYWHERE, MODULES, Settings
from seatsync.cli_table import ACCOUNT, EDIT, HELP, MAIN_JOB, Entry
from seatsync.cli_words import Understood, understood

PLAN = {
    "directory": None,
    "target": None,
    "actor": None,
    "teams": (),
    "day": None,
    "allow": (),
    "strict": False,
    "form": "text",
    "output": (),
    "out": None,
    "detailed_exitcode": False,
    "by_person": False,
    "undo": None,
    "require_approval": None,
    "author": (),
    "approvals": (),
}
VARIABLES = ("SEATSYNC_TARGET", "SEATSYNC_AT", "SEATSYNC_AUTHOR", "SEATSYNC_REQUIRE_APPROVAL")


def by_click(words: Sequence[str], environment: Mapping[str, str]) -> Understood | None:
    """What click understands; None where it complains, or answers itself."""
    seen: list[Understood] = []

    def dispatch(settings: Settings, module: str, options: Mapping[str, Any]) -> int:
        said = {name: value for name, value in vars(settings).items() if value not in ((), None)}
        seen.append(Understood(module, dict(options), said))
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_click, "dispatch", dispatch)
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        with suppress(click.ClickException, click.exceptions.Exit):
            cli_click.run(list(words), Settings())
    return seen[0] if seen else None


@pytest.mark.parametrize(
    ("line", "options", "settings"),
    [
        ("plan", {}, {}),
        (
            "-C a -C b -v plan --no-cache",
            {},
            {"folders": ("a", "b"), "verbose": True, "no_cache": True},
        ),
        (
            "plan dir --format=json --team a --team b",
            {"directory": "dir", "form": "json", "teams": ("a", "b")},
            {},
        ),
        (
            "plan --as ana@acme.example --strict --out p.json",
            {"actor": "ana@acme.example", "strict": True, "out": "p.json"},
            {},
        ),
        ("plan --at 2026-06-15 --color --no-color", {"day": "2026-06-15"}, {"color": False}),
    ],
)
def test_usual_lines(line: str, options: dict[str, Any], settings: dict[str, Any]) -> None:
    assert understood(line.split(), {}) == Understood("plan", PLAN | options, settings)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--help",
        "plan --help",
        "plan -h",
        "--version",
        "plans",
        "account",
        "account nothing",
        "completion bash",
        "plan a b",
        "plan --at tomorrow",
        "plan --format",
        "plan --format --strict",
        "plan --format=",
        "plan --strict=yes",
        "plan --out a --out b",
        "plan --nothing",
        "plan -- dir",
        "plan -",
        "-C",
        "-C --debug plan",
        "account -C a cases",
        "why",
        "forecast --days 0",
        "forecast --days 99999",
        "forecast --days 99999999999",
        "forecast --days two",
        "account create",
        "account confirm CASE-1",
    ],
)
def test_the_rest_is_for_click(line: str) -> None:
    assert understood(line.split(), {}) is None


def test_an_empty_word_is_for_click() -> None:
    assert understood(["plan", ""], {}) is None
    assert understood(["plan", "--out", ""], {}) is None


def test_what_the_environment_says() -> None:
    environment = {"SEATSYNC_AT": "2026-06-15", "SEATSYNC_TARGET": ""}
    found = understood(["plan"], environment)
    assert found is not None
    assert (found.options["day"], found.options["target"]) == ("2026-06-15", None)
    assert understood(["plan", "--at", "2026-06-16"], environment) == Understood(
        "plan", PLAN | {"day": "2026-06-16"}, {}
    )
    assert understood(["plan"], {"SEATSYNC_AT": "no day"}) is None
    assert understood(["plan", "--at", "2026-06-16"], {"SEATSYNC_AT": "no day"}) is not None


ENTRIES = [([entry.name], entry) for entry in (*MAIN_JOB, *HELP)]
ENTRIES += [
    ([group, entry.name], entry) for group, entries in (("account", ACCOUNT), ("edit", EDIT)) for entry in entries
]
VALUES = st.sampled_from(
    ["a", "b c", "2026-06-15", "2026-6-1", "7", "-1", "0", "json", "x=y", "", "-x", "--strict", "ä"]
)
FLAGS = st.lists(st.sampled_from([*EVERYWHERE, "--help"]), max_size=2)


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A line for any command, with options and arguments that it has; sometimes with others."""
    names, entry = draw(st.sampled_from(ENTRIES))
    pieces: list[list[str]] = [[flag] for flag in draw(FLAGS)]
    for parameter in entry.parameters:
        wanted = parameter.required or draw(st.booleans())
        times = draw(st.integers(1, 2)) if wanted and draw(st.booleans()) else int(wanted)
        pieces += [_written(draw, parameter) for _ in range(times)]
    pieces = draw(st.permutations(pieces))
    folder = draw(st.sampled_from([[], [], ["-C", "d"], ["-C", "d", "-C", "e"]]))
    return [*draw(FLAGS), *folder, *names, *(word for piece in pieces for word in piece)]


def _written(draw: st.DrawFn, parameter: Option | Argument) -> list[str]:
    value = draw(VALUES)
    if isinstance(parameter, Argument):
        return [value]
    name = draw(st.sampled_from(parameter.written))
    if parameter.flag:
        return [name]
    return [f"{name}={value}"] if draw(st.booleans()) else [name, value]


ENVIRONMENTS = st.dictionaries(st.sampled_from(VARIABLES), st.sampled_from(["", "2026-06-15", "x", "2", "a b"]))


@given(lines(), ENVIRONMENTS)
def test_whatever_is_understood_click_understands_alike(words: list[str], environment: dict[str, str]) -> None:
    found = understood(words, environment)
    if found is not None:
        assert found == by_click(words, environment)


def usual(entry: Entry) -> list[str]:
    """The shortest line of a command."""
    known = {"--channel": "store", "--starts": "2026-06-15"}
    words = []
    for parameter in entry.parameters:
        if parameter.required:
            written = [] if isinstance(parameter, Argument) else [parameter.written[0]]
            words += [*written, known.get(written[0], "a") if written else "a"]
    return words


@pytest.mark.parametrize(("names", "entry"), ENTRIES, ids=[" ".join(names) for names, _ in ENTRIES])
def test_every_command_is_understood(names: list[str], entry: Entry) -> None:
    found = understood([*names, *usual(entry)], {})
    if entry.name in {"completion", "confirm", "ci", "promote"}:
        assert found is None
    else:
        assert found == by_click([*names, *usual(entry)], {})
        assert found is not None
        assert found.module == ".".join([*names[:-1], MODULES.get(entry.name, entry.name)])
