"""People left folded by the reader are who they would be had it made a mapping of each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from seatsync.declaration.normal import config_digest
from seatsync.reading import yaml_file
from tests.declaration.repositories import loaded, told

ENTRIES = (
    *["{first_name: Ana, last_name: Silva}"] * 6,
    "{last_name: Silva, first_name: Ana}",
    "{first_name: Ana}",
    "{first_name: Ana, last_name: Silva, previous_emails: [o%d@x.example]}",
    "{first_name: Ana, previous_emails: [p%d@x.example]}",
    "{previous_emails: [p%d@x.example], seats: {design: [Maya]}}",
    "{first_name: 5, last_name: Silva}",
    "{firstname: Ana, last_name: Silva}",
    "{first_name: Ana, seats: [Maya]}",
    "{}",
    "",
)
"""What may stand under an address; a number makes another one of it."""

people = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(ENTRIES)), max_size=50)


def fragment(name: int, said: list[tuple[int, str]]) -> str:
    """A file that declares people, and a team with a list of them on one long line."""
    rows = [f"  p{number}@x.example: {entry.replace('%d', str(number))}\n" for number, entry in said]
    members = ", ".join(f"p{number}@x.example" for number, _ in said)
    return f"users:\n{''.join(rows)}teams:\n  t{name}:\n    members: [{members}]\n"


def outcome(files: dict[str, str], read: Callable[..., object]) -> object:
    """All that is made of files, as values that can be compared."""
    with tempfile.TemporaryDirectory() as folder, patch.object(yaml_file, "read", read):
        result = loaded(Path(folder), files)
        declaration = result.declaration
        assert declaration is not None
        users = [
            (user, said.email, said.first_name, said.last_name, said.at) for user, said in declaration.users.items()
        ]
        return users, config_digest(declaration), told(result.findings)


@given(st.lists(people, min_size=1, max_size=3))
def test_it_makes_no_difference(files: list[list[tuple[int, str]]]) -> None:
    texts = {f"{number}.yaml": fragment(number, said) for number, said in enumerate(files)}
    read = yaml_file.read

    def unfolded(text: bytes, file: str, *, folded: bool = False) -> object:
        return read(text, file)

    assert outcome(texts, read) == outcome(texts, unfolded)
