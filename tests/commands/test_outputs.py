from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatsync.commands.shared.console import write_file
from tests.commands.running import DAY, Run

SAID = "Nothing wrong: 1 team, 3 people, 1 subscription.\n"


def test_into_a_file(repository: Path, run: Run) -> None:
    assert run("validate", "--at", DAY, "--output", "said.txt", "--color") == 0
    assert run.said == ("", "")
    assert (repository / "said.txt").read_text() == SAID


def test_further_output_files(repository: Path, run: Run) -> None:
    arguments = ["--output", "json=a=b.json", "--output", "text=said.txt", "--output", "./json=c"]
    assert run("validate", "--at", DAY, *arguments) == 0
    assert run.said == ("", "")
    assert (repository / "a=b.json").read_text().startswith('{\n "format": "seatsync/findings/1"')
    assert (repository / "said.txt").read_text() == SAID
    assert (repository / "json=c").read_text() == SAID


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--output", "a", "--output", "b"),
            "--output b: the output already goes to another file; use --output FORMAT=FILE",
        ),
        (("--output", "a", "--output", "json=./a"), "a is named for two different outputs; choose"),
        (("--output", "json=no/../b", "--output", "sarif=b"), "b is named for two different outputs"),
        (("--output", ""), "--output needs FILE or FORMAT=FILE"),
        (("--output", "xml=a"), "unknown format 'xml'; choose one of github, gitlab, json, junit, sarif, text"),
        (("--output", "none/a"), "{}/none/a: cannot be written (no such file or directory)"),
        (("--output", "."), "{}: cannot be written (is a directory)"),
        (("--output", "a\0b"), "{}/a\\x00b: cannot be written (not a path)"),
    ],
)
def test_unsupported_options(repository: Path, run: Run, arguments: tuple[str, ...], line: str) -> None:
    assert run("validate", "--at", DAY, *arguments) == 1
    assert run.err.startswith(f"seatsync: {line.format(repository)}")
    assert run.err.count("\n") == 1


def test_a_link_stays_a_link_and_an_old_file_stays_whole(folder: Path) -> None:
    (folder / "real").write_text("old")
    (folder / "link").symlink_to("real")
    write_file(folder / "link", "new")
    assert (folder / "link").is_symlink()
    assert (folder / "real").read_text() == "new"
    assert sorted(path.name for path in folder.iterdir()) == ["link", "real"]


def test_a_pipe_is_written_to(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    if os.fork() == 0:
        write_file(folder / "pipe", "through\n")
        os._exit(0)
    assert (folder / "pipe").read_text() == "through\n"
    os.wait()


def test_unencodable_characters_are_escaped(folder: Path) -> None:
    write_file(folder / "x", "a\udcffb")
    assert (folder / "x").read_bytes() == b"a\\udcffb"


def test_a_plan_and_its_formats_are_different_files(repository: Path, run: Run) -> None:
    (repository / "link").symlink_to("plan.json")
    for other in ("plan.json", "json=plan.json", "markdown=link"):
        assert run("plan", "--out", "plan.json", "--output", other) == 1
        assert run.err.startswith("seatsync: plan.json is named for two different outputs")
    assert not (repository / "plan.json").exists()


def test_devices_may_be_named_twice(repository: Path, run: Run) -> None:
    assert run("validate", "--at", DAY, "--output", "/dev/null", "--output", "json=/dev/null") == 0
