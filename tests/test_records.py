"""Our dataclasses beside those of the standard library: the same to use, in all that the project uses."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from seatsync import records
from seatsync.account.things import Scope, Subscription

# Type checkers see the library's functions here as well, so that both sides are declared in the same words.


def kinds(module: ModuleType) -> dict[str, Any]:
    """The same classes, made by one of the two."""
    dataclass, field = module.dataclass, module.field

    @dataclass(frozen=True, slots=True)
    class Frozen:
        """Frozen."""

        one: str
        two: int = 2
        many: list[int] = field(default_factory=list)
        silent: str = field(default="s", repr=False)
        beside: str = field(default="b", compare=False)

        @property
        def both(self) -> str:
            return f"{self.one}{self.two}"

    @dataclass(frozen=True, slots=True)
    class More(Frozen):
        three: int = 3
        two: int = 22

    @dataclass(slots=True)
    class Loose:
        name: str
        rest: dict[str, int] = field(default_factory=dict)
        made: str = field(init=False)
        kept: list[int] = field(init=False, default_factory=list)
        known: int = field(init=False, default=7)

        def __post_init__(self) -> None:
            self.made = self.name.upper()

    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        first: int
        second: str = ""
        third: int = field(default=0, compare=False)

    @dataclass(frozen=True, slots=True)
    class Own:  # noqa: PLW1641 - the decorator adds it
        self: bool = False

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self))

    @dataclass(frozen=True, slots=True)
    class Hashed:
        name: str

        def __hash__(self) -> int:
            return 1

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return {each.__name__: each for each in (Frozen, More, Loose, Ordered, Own, Hashed, Empty)}


def compiled() -> dict[str, Any]:
    """Ours, as they are after some values."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_FEW", 1)
        return kinds(records)


OURS, COMPILED, THEIRS = kinds(records), compiled(), kinds(dataclasses)
BOTH = pytest.mark.parametrize("made", [OURS, COMPILED, THEIRS], ids=["ours", "compiled", "theirs"])
VALUES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Frozen", ("a",), {}),
    ("Frozen", ("a", 3), {"many": [1], "beside": "c"}),
    ("Frozen", (), {"one": "x", "silent": "t"}),
    ("More", ("a",), {}),
    ("More", ("a", 1, [2], "s", "b", 4), {}),
    ("Loose", ("n",), {}),
    ("Loose", ("n", {"a": 1}), {}),
    ("Ordered", (1,), {}),
    ("Own", (), {}),
    ("Own", (), {"self": True}),
    ("Hashed", ("n",), {}),
    ("Empty", (), {}),
]


@pytest.mark.parametrize("made", [OURS, COMPILED], ids=["ours", "compiled"])
@pytest.mark.parametrize(("name", "given", "named"), VALUES)
def test_values_have_the_same_content(
    made: dict[str, Any], name: str, given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    ours, theirs = made[name](*given, **named), THEIRS[name](*given, **named)
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs) == records.asdict(ours)
    assert [each.name for each in dataclasses.fields(ours)] == [each.name for each in dataclasses.fields(theirs)]
    assert (type(ours).__name__, type(ours).__qualname__) == (name, type(theirs).__qualname__)
    assert type(ours).__match_args__ == type(theirs).__match_args__
    assert type(ours).__slots__ == type(theirs).__slots__
    assert type(ours).__dataclass_params__.frozen == type(theirs).__dataclass_params__.frozen
    assert not hasattr(ours, "__dict__")


@BOTH
def test_equality_and_hash(made: dict[str, Any]) -> None:
    frozen, more, loose, own = made["Frozen"], made["More"], made["Loose"], made["Own"]
    assert frozen("a") == frozen("a", beside="other")
    assert frozen("a") != frozen("a", silent="other")
    assert frozen("a", 22) != more("a")
    assert frozen("a") != "a"
    assert hash(made["Ordered"](1, "a", 5)) == hash(made["Ordered"](1, "a", 6))
    assert len({made["Empty"](), made["Empty"]()}) == 1
    assert loose("a") == loose("a")
    with pytest.raises(TypeError, match="unhashable"):
        hash(loose("a"))
    assert own(self=True) == own(self=False)
    assert hash(own(self=True)) == hash(own(self=True))
    assert hash(made["Hashed"]("a")) == 1


@BOTH
def test_order(made: dict[str, Any]) -> None:
    ordered = made["Ordered"]
    assert sorted([ordered(2), ordered(1, "b"), ordered(1, "a")]) == [ordered(1, "a"), ordered(1, "b"), ordered(2)]
    assert ordered(1) <= ordered(1, "", 9)
    assert ordered(1) >= ordered(1)
    assert not ordered(1) > ordered(1)
    with pytest.raises(TypeError, match="not supported"):
        _ = ordered(1) < 1


@BOTH
def test_frozen_ones_stay_as_they_are(made: dict[str, Any]) -> None:
    value = made["Frozen"]("a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'one'"):
        value.one = "b"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'one'"):
        del value.one
    loose = made["Loose"]("a")
    loose.name = "b"
    assert (loose.name, loose.made, loose.kept, loose.known) == ("b", "A", [], 7)
    with pytest.raises(AttributeError):
        loose.other = 1


@BOTH
def test_every_value_has_a_list_of_its_own(made: dict[str, Any]) -> None:
    assert made["Frozen"]("a").many is not made["Frozen"]("a").many
    assert made["Loose"]("a").kept is not made["Loose"]("a").kept


@BOTH
@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), (("a", 1, [], "s", "b", "more"), {}), (("a",), {"none": 1}), (("a",), {"one": "b"}), ((), {"two": 1})],
)
def test_wrong_arguments(made: dict[str, Any], given: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"Frozen\.__init__\(\)"):
        made["Frozen"](*given, **named)


@pytest.mark.parametrize("replace", [dataclasses.replace, records.replace])
def test_another_with_other_values(replace: Callable[..., Any]) -> None:
    value = OURS["More"]("a", 1, three=9)
    other = replace(value, two=5)
    assert (type(other), other.one, other.two, other.three, other.many) == (type(value), "a", 5, 9, value.many)
    assert replace(OURS["Loose"]("a"), name="b").made == "B"


def test_a_class_below_that_is_no_record() -> None:
    class Below(Scope):
        """With an `__init__` of its own, which calls the one above before there was any value."""

        def __init__(self) -> None:
            super().__init__("team", "design")

    assert (Below().kind, str(Below())) == ("team", "team design")


def test_many_values() -> None:
    frozen = kinds(records)["Frozen"]
    assert [(each.one, each.many) for each in [frozen(str(n)) for n in range(200)]] == [
        (str(n), []) for n in range(200)
    ]


def test_copies() -> None:
    scope = Scope("team", "design")
    for made in (copy.copy(scope), copy.deepcopy(scope), pickle.loads(pickle.dumps(scope))):  # noqa: S301 - our own
        assert made == scope


def test_matching() -> None:
    match Scope("team", "design"):
        case Scope("team", name):
            assert name == "design"
        case _:
            pytest.fail("no match")


class Pair(NamedTuple):
    left: object
    right: object


def test_records_within_are_plain_too() -> None:
    scope = Scope("team", "a")
    plain = {"kind": "team", "name": "a"}
    outer = OURS["Frozen"]("x", Pair(scope, 1), [scope, (scope, {"key": scope})])
    assert records.asdict(outer)["two"] == Pair(plain, 1)
    assert records.asdict(outer)["many"] == [plain, (plain, {"key": plain})]


def test_without_slots_there_is_none() -> None:
    with pytest.raises(TypeError, match="a record has slots"):
        records.dataclass(slots=False)


def test_the_library_is_not_imported() -> None:
    code = "import sys, seatsync.account.things as t; t.Scope('team'); print('dataclasses' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
    assert [each.name for each in dataclasses.fields(Subscription)][:2] == ["team", "product"]
