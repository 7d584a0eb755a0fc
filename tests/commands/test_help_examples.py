"""Every help page ends with one to three examples, which their command accepts."""

from __future__ import annotations

import shlex

import click
import pytest

from seatsync.cli.groups import NAME, LazyGroup, root
from seatsync.commands.shared.options import Command
from tests.commands.running import Run
from tests.commands.test_cli import ALL

EVERY = [((), root), *((path, command) for path, _, command in ALL)]
each_page = pytest.mark.parametrize(("path", "command"), EVERY, ids=["-".join(path) or NAME for path, _ in EVERY])

WIDTH = 78
"""Columns that click uses of a terminal of 80."""


def lines_of(command: click.Command) -> list[str]:
    """Return the examples of a help page, each as one line."""
    assert isinstance(command, Command)
    return "\n".join(command.examples).replace("\\\n", "").split("\n")


def problem_with(line: str, path: tuple[str, ...]) -> str:
    """Return why a line is no example of a command or group, empty if it is one."""
    name, *words = shlex.split(line)
    if (name, *words[: len(path)]) != (NAME, *path):
        return "it is of another command"
    command: click.Command = root
    while isinstance(command, LazyGroup):
        word = words.pop(0) if words else ""
        found = command.get_command(click.Context(command), word)
        if found is None:
            return f"there is no command {word!r}"
        command = found
    above = click.Context(root, **root.context_settings)
    try:
        command.make_context(NAME, words, above, obj={})
    except click.ClickException as error:
        return error.format_message()
    return ""


@each_page
def test_every_help_page_ends_with_examples(run: Run, path: tuple[str, ...], command: click.Command) -> None:
    assert run(*path, "--help") == 0
    assert isinstance(command, Command)
    assert run.out.endswith("\n\nExamples:\n" + "".join(f"  {line}\n" for line in command.examples))
    assert 1 <= len(lines_of(command)) <= 3
    assert max(map(len, command.examples)) <= WIDTH - 2


@each_page
def test_every_example_is_a_line_that_its_command_accepts(path: tuple[str, ...], command: click.Command) -> None:
    assert [problem_with(line, path) for line in lines_of(command)] == [""] * len(lines_of(command))


@pytest.mark.parametrize(
    ("line", "path", "problem"),
    [
        ("seatsync validate", ("plan",), "it is of another command"),
        ("terraform plan", ("plan",), "it is of another command"),
        ("seatsync edit", ("edit",), "there is no command ''"),
        ("seatsync edit dismiss dee@acme.example", ("edit",), "there is no command 'dismiss'"),
        ("seatsync plan --blame", ("plan",), "No such option"),
        ("seatsync plan --at 2026-13-01", ("plan",), "Invalid value for '--at'"),
        ("seatsync explain ROLE001 ROLE002", ("explain",), "unexpected extra argument"),
        ("seatsync account accept", ("account", "accept"), "Missing option '--user'"),
    ],
)
def test_a_line_that_no_command_accepts_is_no_example(line: str, path: tuple[str, ...], problem: str) -> None:
    found = problem_with(line, path)
    assert found
    assert problem in found
