"""Dataclasses that are made quickly: to type checkers those of the standard library, and at run time the same to use.

The library compiles half a dozen functions for every class. A command needs a hundred classes and makes values of few,
and that took two fifths of a short run. Here equality, hash and text are functions that all classes share, and a class
gets its compiled `__init__` after some values. There is what the project uses: slots, frozen or not, ordered or not,
and fields that have a default, a factory, or no part in `__init__`, equality or text.

Whoever asks for more (`dataclasses.fields`, a debugger) gets it from the library, which is imported then.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

__all__ = ["asdict", "dataclass", "field", "replace"]

_T = TypeVar("_T")
_REQUIRED: Any = object()
"""Stands for the default of a field that has none, and in an argument for the value that a factory makes."""


_FEW = 50
"""Values of a class after which compiling its `__init__` pays."""


class _Field(NamedTuple):
    """What is said of a field; `written` is its type, as text."""

    default: Any = _REQUIRED
    default_factory: Callable[[], Any] | None = None
    init: bool = True
    repr: bool = True
    compare: bool = True
    written: str = "object"


_Fields = dict[str, _Field]


def _dataclass(*, slots: bool, frozen: bool = False, order: bool = False) -> Callable[[type[_T]], type[_T]]:
    """What `dataclass` is at run time. `slots` is said for type checkers: there are no others."""
    if not slots:
        raise TypeError("a record has slots")
    return lambda plain: _made(plain, frozen=frozen, order=order)


def _field(**said: Any) -> Any:  # noqa: ANN401 - as the library has it
    return _Field(**said)


def _made(plain: type[_T], *, frozen: bool, order: bool) -> type[_T]:
    """The class again, with slots for its fields and with the methods that it does not have."""
    body = {name: value for name, value in plain.__dict__.items() if name not in {"__dict__", "__weakref__"}}
    inherited: _Fields = getattr(plain, "__record__", {})
    own = {name: _said(body.pop(name, _REQUIRED), written) for name, written in plain.__annotations__.items()}
    fields = inherited | own
    if "__eq__" in body and body["__hash__"] is None:
        del body["__hash__"]  # Python put it there
    methods = _methods(fields, frozen=frozen, order=order)
    body |= {
        "__slots__": tuple(name for name in own if name not in inherited),
        "__match_args__": tuple(name for name, said in fields.items() if said.init),
        "__record__": fields,
        "__dataclass_fields__": _Library("__dataclass_fields__", frozen=frozen, order=order),
        "__dataclass_params__": _Library("__dataclass_params__", frozen=frozen, order=order),
    }
    meta: Any = type(plain)
    made: Any = meta(plain.__name__, plain.__bases__, methods | body)
    made.__qualname__ = plain.__qualname__
    if "__init__" not in body:
        made.__init__ = _first(made, frozen=frozen)
    return made  # type: ignore[no-any-return]


def _said(default: object, written: str) -> _Field:
    return default._replace(written=written) if isinstance(default, _Field) else _Field(default, written=written)


def _first(made: Any, *, frozen: bool) -> Callable[..., None]:  # noqa: ANN401 - a class of any kind
    """The `__init__` of a class for its first values. What is wrong with arguments is for the compiled one to say."""
    left = _FEW

    def first(self: object, /, *given: object, **named: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0 or not _fill(self, made, given, named):
            made.__init__ = _init(made, frozen=frozen)
            made.__init__(self, *given, **named)

    return first


def _fill(record: Any, made: Any, given: tuple[object, ...], named: dict[str, object]) -> bool:  # noqa: ANN401 - of any class
    """Set the fields of a new value one by one; False where the arguments are not right."""
    values = dict(zip(made.__match_args__, given, strict=False)) | named
    if len(values) < len(given) + len(named):
        return False
    fields: _Fields = made.__record__
    for name, said in fields.items():
        if said.init and name in values:
            value = values.pop(name)
        elif said.default_factory is not None:
            value = said.default_factory()
        elif said.default is not _REQUIRED:
            value = said.default
        elif said.init:
            return False
        else:
            continue
        object.__setattr__(record, name, value)
    if not values and hasattr(made, "__post_init__"):
        record.__post_init__()
    return not values


def _init(made: Any, *, frozen: bool) -> Callable[..., None]:  # noqa: ANN401 - a class of any kind
    """The `__init__` of a class: compiled, since it runs for every value."""
    fields: _Fields = made.__record__
    arguments = ["_self", *(_argument(name, said) for name, said in fields.items() if said.init)]
    values = {name: _value(name, said) for name, said in fields.items()}
    # A slot's own setter is quicker than `object.__setattr__`, which is what gets past a frozen class otherwise.
    lines = [f"_set_{name}(_self, {v})" if frozen else f"_self.{name} = {v}" for name, v in values.items() if v]
    if hasattr(made, "__post_init__"):
        lines.append("_self.__post_init__()")
    known: dict[str, Any] = {"_required": _REQUIRED}
    for name, said in fields.items():
        known |= {f"_set_{name}": getattr(made, name).__set__, f"_default_{name}": said.default}
        known[f"_make_{name}"] = said.default_factory
    exec(f"def __init__({', '.join(arguments)}):\n " + "\n ".join(lines or ["pass"]), known)  # noqa: S102 - our own names
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _argument(name: str, said: _Field) -> str:
    """A field as an argument of `__init__`."""
    if said.default_factory is not None:
        return f"{name}=_required"
    return name if said.default is _REQUIRED else f"{name}=_default_{name}"


def _value(name: str, said: _Field) -> str:
    """What a field is set to, as an expression; nothing where something else sets it."""
    if said.default_factory is not None:
        return f"{name} if {name} is not _required else _make_{name}()" if said.init else f"_make_{name}()"
    if said.init:
        return name
    return "" if said.default is _REQUIRED else f"_default_{name}"


def _methods(fields: _Fields, *, frozen: bool, order: bool) -> dict[str, Any]:
    """What a class has of itself, unless it says otherwise."""
    compared = _getter(name for name, said in fields.items() if said.compare)
    methods: dict[str, Any] = {"__repr__": _text, "__eq__": _comparison(operator.eq, compared), "__hash__": None}
    if order:
        methods |= {f"__{each.__name__}__": _comparison(each, compared) for each in _ORDER}
    if frozen:
        own = {"__setattr__": _refuse, "__delattr__": _refuse, "__getstate__": _state, "__setstate__": _restore}
        methods |= {"__hash__": lambda self: hash(compared(self)), **own}
    return methods


_ORDER = (operator.lt, operator.le, operator.gt, operator.ge)


def _getter(names: Iterable[str]) -> Callable[[Any], Any]:
    """What two values are compared by."""
    wanted = tuple(names)
    return operator.attrgetter(*wanted) if wanted else lambda _: ()


def _comparison(how: Callable[[Any, Any], Any], by: Callable[[Any], Any]) -> Callable[[object, object], Any]:
    return lambda self, other: how(by(self), by(other)) if other.__class__ is self.__class__ else NotImplemented


# What follows is put into classes as their methods.


def _text(self: Any) -> str:  # noqa: ANN401 - of any class
    shown = (f"{name}={getattr(self, name)!r}" for name, said in self.__record__.items() if said.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(_: object, name: str, *value: object) -> None:
    import dataclasses  # noqa: PLC0415 - not to need it is what this module is for

    raise dataclasses.FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[Any]:  # noqa: ANN401 - of any class
    return [getattr(self, name) for name in self.__record__]


def _restore(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - of any class
    for name, value in zip(self.__record__, state, strict=True):
        object.__setattr__(self, name, value)


class _Library:
    """An attribute of a class that the library would have given it, made when it is asked for."""

    def __init__(self, name: str, *, frozen: bool, order: bool) -> None:
        self.name, self.frozen, self.order = name, frozen, order

    def __get__(self, _: object, owner: Any) -> object:  # noqa: ANN401 - of any class
        import dataclasses  # noqa: PLC0415 - not to need it is what this module is for

        like = [(name, said.written, dataclasses.field(**_known(said))) for name, said in owner.__record__.items()]
        return getattr(
            dataclasses.make_dataclass(owner.__name__, like, frozen=self.frozen, order=self.order), self.name
        )


def _known(said: _Field) -> dict[str, Any]:
    """What was said of a field, as the library's `field` takes it."""
    known: dict[str, Any] = {"init": said.init, "repr": said.repr, "compare": said.compare}
    if said.default_factory is not None:
        return known | {"default_factory": said.default_factory}
    return known if said.default is _REQUIRED else known | {"default": said.default}


# Functions on records.


def _replace(record: Any, /, **changes: Any) -> Any:  # noqa: ANN401 - as the library has it
    """The record with other values in some fields."""
    for name, said in record.__record__.items():
        if said.init and name not in changes:
            changes[name] = getattr(record, name)
    return record.__class__(**changes)


def _asdict(record: Any) -> dict[str, Any]:  # noqa: ANN401 - as the library has it
    """The fields by name, and records within likewise; other values are the same objects."""
    return {name: _plain(getattr(record, name)) for name in record.__record__}


def _plain(value: Any) -> Any:  # noqa: ANN401 - as the library has it
    if hasattr(type(value), "__record__"):
        return _asdict(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_plain, value))
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, replace
else:
    asdict, dataclass, field, replace = _asdict, _dataclass, _field, _replace
