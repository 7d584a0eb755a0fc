"""A directory behaves as the dict of the same people, whatever is known and whatever changes."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.directory import Directory, differing, missing, not_as_known, pending
from seatsync.account.model import User

IDS = st.sampled_from(["ana", "ben", "cho", "dee", "eli"])
FIRST = st.sampled_from(["A", "B"])


@dataclass
class Said:
    """A person as a file has them."""

    email: str
    first_name: str | None
    last_name: str | None


@st.composite
def people(draw: st.DrawFn, known: dict[str, Said]) -> tuple[Directory, dict[str, User]]:
    """A directory over what is known, after some changes; and the same people in a dict."""
    directory, plain = Directory(known, set(known), {}), dict[str, User]()
    for user in draw(st.sets(IDS)):
        if user in known and draw(st.booleans()):
            directory.apart.discard(user)
            plain[user] = User(user, known[user].first_name or "", "Doe")
    for user, first, goes in draw(st.lists(st.tuples(IDS, FIRST, st.booleans()), max_size=6)):
        if not goes:
            directory[user] = plain[user] = User(user, first, "Doe", draw(st.sampled_from(["active", "pending"])))
        elif user in plain:
            del directory[user], plain[user]
    return directory, plain


@given(st.data(), st.dictionaries(IDS, FIRST))
def test_a_directory_is_a_dict(data: st.DataObject, firsts: dict[str, str]) -> None:
    known = {user: Said(user, first, "Doe") for user, first in firsts.items()}
    directory, plain = data.draw(people(known))
    others, plain_others = data.draw(people(known))
    assert directory == plain
    assert dict(directory.items()) == plain == {user: directory[user] for user in directory}
    assert len(directory) == len(plain)
    assert {user for user in ("ana", "ben", "cho", "dee", "eli", "fay") if user in directory} == plain.keys()
    assert dict(pending(directory)) == dict(pending(plain))
    different = {user: person for user, person in plain.items() if plain_others.get(user) != person}
    for one, two in ((directory, others), (directory, plain_others), (plain, others), (plain, plain_others)):
        assert dict(differing(one, two)) == different
        assert missing(one, two) == plain.keys() - plain_others.keys()
    assert dict(differing(directory, directory)) == {}
    known_otherwise = {user for user, _ in not_as_known(directory, known)}
    assert {
        user for user, person in plain.items() if user not in known or person.status == "pending"
    } <= known_otherwise
    assert dict(not_as_known(plain, known)) == plain


def test_a_copy_is_its_own() -> None:
    directory = Directory({"ana": Said("ana", "A", None), "ben": Said("ben", None, None)}, {"ben"}, {})
    twin = copy(directory)
    twin["cho"] = User("cho")
    del twin["ana"]
    assert dict(directory) == {"ana": User("ana", "A", "")}
    assert dict(twin) == {"cho": User("cho")}
    for user in ("ben", "fay"):
        with pytest.raises(KeyError):
            directory[user]
        with pytest.raises(KeyError):
            del directory[user]
