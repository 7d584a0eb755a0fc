"""Steps as values: an action on a scope with its arguments. Knows nothing of what an action does."""

from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.things import Scope

Kind: TypeAlias = Literal["add", "change", "remove"]
Channel: TypeAlias = Literal["self-service", "form", "support", "purchase"]


class Facts(NamedTuple):
    """A small frozen mapping in written order: an SSO configuration, or one side of a purchase."""

    items: tuple[tuple[str, str | int | tuple[str, ...] | None], ...]

    def get(self, name: str) -> str | int | tuple[str, ...] | None:
        """Return the fact of that name, or None."""
        return dict(self.items).get(name)


Plain: TypeAlias = str | int | tuple[str, ...] | Facts | None
"""The value of an argument."""


class Step(NamedTuple):
    """One action on one scope. People in `args` are addresses as written; the engine takes their identity."""

    action: str
    scope: Scope
    args: tuple[tuple[str, Plain], ...] = ()

    @classmethod
    def make(cls, action: str, scope: Scope, **args: Plain) -> "Step":
        """Return a step from keyword arguments; a trailing underscore is dropped (`from_`)."""
        return cls(action, scope, tuple((name.rstrip("_"), value) for name, value in args.items()))

    def get(self, name: str) -> Plain:
        """Return the argument of that name, or None."""
        for key, value in self.args:
            if key == name:
                return value
        return None

    def text(self, name: str) -> str:
        """Return the argument of that name; TypeError unless it is text."""
        value = self.get(name)
        if not isinstance(value, str):
            raise TypeError(f"{self.action}: argument {name} is {value!r}, not text")
        return value
