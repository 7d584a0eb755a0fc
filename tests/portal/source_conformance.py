"""The conformance suite of sources: call `check_source` with any `Source` of the real account."""

from __future__ import annotations

from seatsync.account.email import identity
from seatsync.finding import has_errors
from seatsync.portal.observation import TITLES, Kind, Observation, Person, Purchase, Source, combined

SHAPES: dict[Kind, tuple[int, tuple[object, ...] | type]] = {
    "people": (1, Person),
    "status": (1, ("pending", "active", None)),
    "roles": (1, ("primary", "secondary", "sso", "external", "member", None)),
    "groups": (2, ("", "manual", "synced", "unknown")),
    "group_products": (2, ("",)),
    "seats": (2, ("", "direct", "inherited")),
    "direct_seats": (2, ("",)),
    "subscriptions": (1, Purchase),
    "contract_managers": (1, str),
}
"""The length of the keys of each kind of fact, and its values: one of several, or of a type."""

PEOPLE: dict[Kind, int] = {"people": 0, "status": 0, "roles": 0, "groups": 1, "seats": 1, "direct_seats": 1}
"""Where the keys of a kind have a person."""


def plain(observations: list[Observation]) -> list[object]:
    """Return observations with the locations of their facts, for comparison."""
    return [
        (each.source, each.moment, about, key, fact.value, fact.origin.location)
        for each in observations
        for about, facts in each.facts.items()
        for key, fact in facts.items()
    ]


def check_source(source: Source) -> None:
    """Check that a source keeps the promises of the protocol. It must show something, and no error."""
    assert SHAPES.keys() == TITLES.keys()
    observations, findings = source.observe()
    assert observations
    assert not has_errors(findings)
    again, same = source.observe()
    assert (plain(again), same) == (plain(observations), findings), "a source that is read twice shows the same"
    for observation in observations:
        assert observation.source
        for (kind, team), facts in observation.facts.items():
            length, values = SHAPES[kind]
            assert list(facts) == sorted(facts), "facts are sorted, so that the order of rows does not matter"
            for key, fact in facts.items():
                assert len(key) == length
                assert isinstance(fact.value, values) if isinstance(values, type) else fact.value in values
                assert fact.origin.location.file
                if kind in PEOPLE:
                    person = key[PEOPLE[kind]]
                    assert identity(person) == person, "people are named by their identity"
            if kind in {"status", "roles", "seats"}:
                members = {user for (user,) in observation.facts["people", team]}
                assert {key[PEOPLE[kind]] for key in facts} <= members, "whoever has something is a member"
    chosen, contradictions = combined(observations)
    backwards, _ = combined(reversed(observations))
    assert contradictions == []
    assert chosen == backwards, "the order of observations does not matter"
