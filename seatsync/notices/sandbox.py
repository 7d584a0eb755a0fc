"""The sandbox in which templates are filled: plain facts, a few filters, and a limit of size and time.

Jinja's own sandbox keeps templates away from Python. Here they cannot call methods at all, and everything that repeats
or joins text is charged to a budget, so that no template runs for long or makes a huge mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from jinja2 import StrictUndefined, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

BUDGET: Final = 500_000
"""Characters and repetitions that filling one template may cost."""
PATIENCE: Final = 5.0
"""Seconds that filling one template may take."""
_LARGEST_NUMBER: Final = 10**12

_FILTERS: Final = (
    *("abs", "capitalize", "default", "e", "escape", "first", "int", "last", "length", "list", "lower", "reverse"),
    *("round", "sort", "string", "title", "trim", "unique", "upper"),
)
"""The filters that templates may use, beside `join`. The result of each is about as large as what it is applied to."""


class OverBudget(SecurityError):
    """A template that takes too long or writes too much."""


class _Missing(StrictUndefined):
    """A fact that a template names and that there is not: the error lists those that there are."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        facts = self._undefined_obj
        if isinstance(facts, dict):
            return f"there is no {self._undefined_name!r}, but {', '.join(map(str, facts))}"
        return super()._undefined_message


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's environment for templates. `seconds` is a monotonic clock."""

    intercepted_binops = frozenset({"+", "*", "**", "%", "//"})

    def __init__(self, seconds: Callable[[], float], **options: Any) -> None:  # noqa: ANN401 - passed to Jinja
        super().__init__(autoescape=_is_html, undefined=_Missing, finalize=self.weighed, **options)
        self._seconds = seconds
        self._left, self._until = BUDGET, float("inf")
        self.globals.clear()
        self.filters = {name: self._charged(FILTERS[name]) for name in _FILTERS} | {"join": self._joined}

    def begin(self) -> None:
        """Begin to fill a template: from here on its cost counts."""
        self._left, self._until = BUDGET, self._seconds() + PATIENCE

    def spend(self, cost: int) -> str:
        """Charge a cost, and return an empty text. Raises OverBudget."""
        self._left -= cost
        if self._left < 0:
            raise OverBudget("it writes or repeats too much")
        if self._seconds() > self._until:
            raise OverBudget("it takes too long")
        return ""

    def weighed(self, value: Any) -> Any:  # noqa: ANN401 - any value of a template
        """Charge the size of a value, and return it."""
        self.spend(1 + (len(value) if isinstance(value, str | list | tuple | dict) else 0))
        return value

    def _charged(self, apply: Any) -> Any:  # noqa: ANN401
        """Return a filter that also charges the size of what it is applied to."""
        names = [name for name in ("jinja_pass_arg",) if hasattr(apply, name)]

        def charged(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            self.weighed(args[1] if names else args[0])
            return apply(*args, **named)

        for name in names:
            setattr(charged, name, getattr(apply, name))
        return charged

    def _joined(self, values: Iterable[Any], between: str = "") -> str:
        """Return texts joined by another; the filter `join`. In HTML all of them are escaped."""
        found = []
        for value in values:
            found.append(self.weighed(value))
            self.weighed(between)
        return between.join(map(str, found))

    # What templates may read and call

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401
        """Return a fact, a macro of an imported template, or a property of a loop."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401, ARG002
        """Allow `items` of a mapping, macros of a template, and what a loop knows; nothing else is read from Python."""
        if isinstance(obj, dict):
            return attr == "items"
        return isinstance(obj, TemplateModule | LoopContext) and not attr.startswith("_")

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401
        """Allow macros, blocks, recursive loops, and what `is_safe_attribute` lets through."""
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, Sandbox):
            return True
        return isinstance(obj, Macro | BlockReference | LoopContext) or isinstance(owner, LoopContext | dict)

    def call(self, context: Context, obj: Any, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        """Call what `is_safe_callable` allows. Raises SecurityError."""
        if not self.is_safe_callable(obj):
            raise SecurityError("only macros can be called, and `items()` of a mapping")
        return super().call(context, obj, *args, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Compute with small numbers, and join texts or lists; nothing that grows without limit."""
        if operator == "+" and isinstance(left, str | list) and isinstance(right, str | list):
            self.weighed(left)
            self.weighed(right)
        elif operator == "**" or not (_is_small(left) and _is_small(right)):
            raise SecurityError(f"`{operator}` is for small numbers only")
        return super().call_binop(context, operator, left, right)

    def join_path(self, template: str, parent: str) -> str:
        """Return the name of a template that another includes, extends or imports: in its language, escaped like it.

        A template of plain text that is imported into HTML is escaped as HTML.
        """
        return f"{parent.rpartition('/')[0]}/{template}{'#html' if _is_html(parent) else ''}"


def _is_html(name: str | None) -> bool:
    return name is not None and name.endswith("html")


def _is_small(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < _LARGEST_NUMBER


def with_charges(template: nodes.Template) -> nodes.Template:
    """Return a parsed template whose loops, macros, blocks and joined texts are charged.

    Raises TemplateSyntaxError for one that turns escaping off.
    """
    for modifier in template.find_all(nodes.EvalContextModifier):
        raise TemplateSyntaxError("`autoescape` cannot be changed", modifier.lineno)
    for concat in template.find_all(nodes.Concat):
        concat.nodes = [_call("weighed", each) for each in concat.nodes]
    for repeated in _repeated(template):
        size = sum(len(data.data) for data in repeated.find_all(nodes.TemplateData))
        repeated.body.insert(0, nodes.Output([_call("spend", nodes.Const(1 + size))]).set_lineno(repeated.lineno))
    return template


def _repeated(template: nodes.Template) -> Iterator[Any]:
    yield template
    yield from template.find_all((nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block))


def _call(method: str, argument: nodes.Expr) -> nodes.Expr:
    """Return a call of a method of the sandbox. It has no name by which a template could replace it."""
    called = nodes.Call(nodes.EnvironmentAttribute(method), [argument], [], None, None)
    called.set_lineno(argument.lineno or 1)
    return called
