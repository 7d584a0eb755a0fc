"""A mention of a named list declares what its people written out would declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.clock import Clock
from seatsync.declaration import named_lists
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import config_digest, normalised
from seatsync.declaration.states import as_account
from tests.declaration.repositories import loaded, rendered

PEOPLE = [f"p{number}@acme.example" for number in range(4)]
USERS = f"users: {{ana@acme.example: {{}}, {', '.join(f'{each}: {{}}' for each in PEOPLE)}}}\n"
DAYS = ("", "2026-02-01", "2026-05-01", "2026-08-01")
WHERE = ("secondary_admins", "sso_admins", "external_users", "members")


class Entry(NamedTuple):
    """An entry of a list of people: a person, or the number of a list, and its days (empty: open)."""

    named: str | int
    starts: str = ""
    ends: str = ""

    def text(self) -> str:
        if isinstance(self.named, str) and not (self.starts or self.ends):
            return self.named
        name = f"user: {self.named}" if isinstance(self.named, str) else f"list: n{self.named}"
        days = (f"{key}: {day}" for key, day in (("from", self.starts), ("until", self.ends)) if day)
        return f"{{{', '.join([name, *days])}}}"


Lists = Mapping[int, Sequence[Entry]]


def text_of(entries: Sequence[Entry]) -> str:
    return f"[{', '.join(entry.text() for entry in entries)}]"


def team(fields: Mapping[str, Sequence[Entry]]) -> str:
    own = "".join(f", {key}: {text_of(fields[key])}" for key in WHERE)
    group, seats = text_of(fields["group"]), text_of(fields["seats"])
    return (
        f"teams: {{t: {{primary_admin: ana@acme.example{own}, groups: {{g: {{members: {group}}}}}, "
        f"seats: {{AutoCAD: {seats}}}}}}}\n"
        'contracts: {"1": {contract_manager: ana@acme.example, license_type: perpetual, channel: store, '
        f"support: {seats}, members: {group}, services: {{Rendering: {seats}}}, "
        f'products: {{A: {{seats: 9, serial: "1", users: {seats}}}}}}}}}\n'
    )


def written_out(entries: Sequence[Entry], lists: Lists, *, with_days: bool = True) -> list[Entry]:
    """Return the people of entries; `with_days` False is a mistake that the property must notice."""
    return [each for entry in entries for each in _people(entry, lists, with_days=with_days)]


def _people(entry: Entry, lists: Lists, *, with_days: bool) -> Iterator[Entry]:
    if isinstance(entry.named, str):
        yield entry
        return
    inner = written_out(lists[entry.named], lists, with_days=with_days)
    always = {each.named for each in inner if not (each.starts or each.ends)}
    for each in inner:
        if each.named in always and (each.starts or each.ends):
            continue
        starts, ends = max(entry.starts, each.starts), min(entry.ends or "~", each.ends or "~").strip("~")
        if not with_days:
            yield each
        elif not ends or starts <= ends:
            yield each._replace(starts=starts, ends=ends)


@st.composite
def entries(draw: st.DrawFn, lists: Sequence[int]) -> list[Entry]:
    """Return entries of people and of some lists, whose days are in order."""
    found = []
    names: list[str | int] = [*PEOPLE, *lists]
    for named in draw(st.lists(st.sampled_from(names), max_size=4)):
        starts, ends = draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS))
        found.append(Entry(named, starts, ends if not ends or starts <= ends else ""))
    return found


@st.composite
def repositories(draw: st.DrawFn) -> tuple[dict[int, list[Entry]], dict[str, list[Entry]]]:
    """Return lists, each of which mentions later ones only, and the fields of a team that mention them."""
    count = draw(st.integers(1, 4))
    lists = {number: draw(entries(range(number + 1, count))) for number in range(count)}
    return lists, {key: draw(entries(range(count))) for key in (*WHERE, "group", "seats")}


def declaration(folder: Path, text: str) -> Declaration:
    found = loaded(folder, USERS + text)
    assert rendered(found.findings) == []
    assert found.declaration is not None
    return found.declaration


def of_lists(folder: Path, lists: Lists, fields: Mapping[str, Sequence[Entry]]) -> Declaration:
    named = ", ".join(f"n{number}: {{members: {text_of(entries)}}}" for number, entries in lists.items())
    return declaration(folder, f"lists: {{{named}}}\n{team(fields)}")


@settings(max_examples=60)  # each loads two repositories
@given(repositories())
def test_lists_and_written_out_people_are_the_same_declaration(
    repository: tuple[dict[int, list[Entry]], dict[str, list[Entry]]],
) -> None:
    lists, fields = repository
    with TemporaryDirectory() as folder:
        mentioned = of_lists(Path(folder, "lists"), lists, fields)
        plain = declaration(Path(folder, "plain"), team({key: written_out(fields[key], lists) for key in fields}))
    assert normalised(mentioned) == normalised(plain)
    assert config_digest(mentioned) == config_digest(plain)
    for day in ("2026-01-15", "2026-03-15", "2026-05-01", "2026-06-15", "2026-08-02"):
        assert as_account(mentioned, Clock.at(day)) == as_account(plain, Clock.at(day))


def test_the_property_notices_lost_days(tmp_path: Path) -> None:
    lists = {0: [Entry(PEOPLE[0])]}
    fields = {key: [Entry(0, ends="2026-05-01")] for key in (*WHERE, "group", "seats")}
    mentioned = of_lists(tmp_path / "lists", lists, fields)
    wrong = team({key: written_out(fields[key], lists, with_days=False) for key in fields})
    assert normalised(mentioned) != normalised(declaration(tmp_path / "plain", wrong))


def test_an_unused_list_declares_nothing(tmp_path: Path) -> None:
    fields: dict[str, list[Entry]] = {key: [] for key in (*WHERE, "group", "seats")}
    used = of_lists(tmp_path / "lists", {0: [Entry(PEOPLE[0])]}, fields)
    assert config_digest(used) == config_digest(declaration(tmp_path / "plain", team(fields)))


def test_the_place_of_a_person_is_the_mention(tmp_path: Path) -> None:
    text = (
        "users: {ana@acme.example: {}, Ben@acme.example: {}, cho@acme.example: {}, dee@acme.example: {}}\n"
        "lists:\n  core: {members: [ben@acme.example, {list: leads}]}\n  leads: {members: [{user: cho@acme.example}]}\n"
        "  none: {}\n"
        "teams: {t: {members: [dee@acme.example, {list: none}, {list: core, until: 2026-05-01}, {list: none}]}}\n"
    )
    rows = "email,team,role,from\nEli@acme.example,t,external,2026-01-01\n"
    found = loaded(tmp_path, {"a.yaml": text, "p.csv": rows}).declaration
    assert found is not None
    members = found.teams["t"].members
    assert [
        (
            index,
            user,
            members.written(index),
            str(members.at(index)),
            [str(each.location) for each in members.related(index)],
        )
        for index, user in members.items()
    ] == [
        (0, "dee@acme.example", "dee@acme.example", "a.yaml:6:23", []),
        (4, "ben@acme.example", "ben@acme.example", "a.yaml:6:62", ["a.yaml:3:20"]),
        (5, "cho@acme.example", "cho@acme.example", "a.yaml:6:62", ["a.yaml:4:28"]),
    ]
    assert [members.on("2026-05-01"), members.on("2026-05-02")] == [
        {"dee@acme.example", "ben@acme.example", "cho@acme.example"},
        {"dee@acme.example"},
    ]
    through = members.through(5)
    assert through is not None
    assert [through.name, through.days, members.until(5)] == ["core", (None, "2026-05-01"), None]


def test_rows_of_a_csv_follow_the_people_of_lists(tmp_path: Path) -> None:
    text = "lists: {core: {members: [ana@acme.example]}}\nteams: {t: {secondary_admins: [{list: core}]}}\n"
    rows = "email,team,role,until\nana@acme.example,,,\nBen@acme.example,t,secondary,2026-05-01\n"
    found = loaded(tmp_path, {"a.yaml": text, "p.csv": rows}).declaration
    assert found is not None
    people = found.teams["t"].secondary
    assert [
        (index, people.written(index), str(people.at(index)), str(people.until(index))) for index, _ in people.items()
    ] == [
        (1, "ana@acme.example", "a.yaml:2:39", "None"),
        (2, "Ben@acme.example", "p.csv:3:20", "p.csv:3:30"),
    ]
    assert [people.through(index) is None for index in (0, 1, 2)] == [True, False, True]


def test_unknown_people_of_a_list_leave_a_field_unknown(tmp_path: Path) -> None:
    text = (
        "lists: {bad: {members: [nobody]}, round: {members: [{list: round}]}, outer: {members: [{list: bad}]}}\n"
        "teams:\n"
        "  t:\n    secondary_admins: [{list: outer}]\n    sso_admins: [{list: round}]\n    members: [{list: fine}]\n"
        "    groups: {g: {members: [{list: missing}]}, h: {members: [ana@acme.example]}}\n"
        "  u: {secondary_admins: [ana@acme.example]}\n"
        'contracts: {"1": {license_type: perpetual, channel: store, support: [{list: bad}],\n'
        '  services: {S: [{list: bad}]}, products: {A: {seats: 1, serial: "1", users: [{list: bad}]}}}}\n'
    )
    found = loaded(tmp_path, text).declaration
    assert found is not None
    t = found.teams["t"]
    assert sorted(t.broken) == ["members", "secondary_admins", "sso_admins"]
    assert [sorted(t.groups[name].broken) for name in "gh"] == [["members"], []]
    assert [sorted(found.teams["u"].broken), sorted(found.contracts["1"].broken)] == [
        [],
        ["products", "services", "support"],
    ]


def test_lists_that_multiply_end_early(tmp_path: Path) -> None:
    deep = "".join(f"  l{n}: {{members: [{{list: l{n + 1}}}, {{list: l{n + 1}}}]}}\n" for n in range(60))
    text = f"lists:\n{deep}  l60: {{members: [ana@acme.example]}}\nteams: {{t: {{members: [{{list: l0}}]}}}}\n"
    found = loaded(tmp_path, text).declaration
    assert found is not None
    assert [user for _, user in found.teams["t"].members.items()] == ["ana@acme.example"]


def test_a_long_chain_of_lists_is_no_recursion(tmp_path: Path) -> None:
    deep = "".join(f"  l{n}: {{members: [{{list: l{n + 1}}}]}}\n" for n in range(3000))
    text = f"lists:\n{deep}  l3000: {{members: [ana@acme.example]}}\nteams: {{t: {{members: [{{list: l0}}]}}}}\n"
    found = loaded(tmp_path, text).declaration
    assert found is not None
    assert found.teams["t"].members.on("2026-01-01") == {"ana@acme.example"}


def test_too_many_people_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_lists, "MOST_PEOPLE", 3)
    text = (
        "lists: {core: {members: [ana@acme.example, ben@acme.example]}}\n"
        "teams:\n  t: {members: [{list: core}]}\n  u: {members: [{list: core}]}\n  v: {members: [{list: core}]}\n"
    )
    found = loaded(tmp_path, text)
    assert rendered(found.findings) == [
        (
            "a.yaml:4:24 SCHEMA001 mentions of named lists expand to more than 3 people "
            "(mention large lists in fewer places)"
        )
    ]
    assert found.declaration is not None
    assert [sorted(each.broken) for each in found.declaration.teams.values()] == [[], ["members"], ["members"]]
