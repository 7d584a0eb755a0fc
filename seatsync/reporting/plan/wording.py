"""Steps in words: the sentences of the table of actions, filled in and escaped. They do not name their scope.

Also in words: the facts that no source shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from string import Formatter

from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.actions.table import RECORDED
from seatsync.account.things import Scope
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.planning.plan import Lasting, Undo
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import number_of, quoted, visible
from seatsync.reporting.terminal import Paint


def sentence(step: Step) -> str:
    """Return a step as an imperative: `make ben@acme.example secondary admin`."""
    sentence = RECORDED[step.action].sentence
    pattern = sentence if isinstance(sentence, str) else sentence(step)
    return pattern.format_map({name: _gap(step, name) for name in _gaps(pattern)})


def place(scope: Scope) -> str:
    """Return the place of a step: `team design`, `contract 110001234567`, `the whole account`."""
    return "the whole account" if scope.kind == "account" else f"{scope.kind} {quoted(scope.name)}"


def described(step: Step, within: Scope | None = None) -> str:
    """Return a step with its place: `team design: make ben@acme.example secondary admin`.

    The place is left out if it is the whole account, or the one that the text is about (`within`).
    """
    if step.scope.kind == "account" or step.scope == within:
        return sentence(step)
    return f"{place(step.scope)}: {sentence(step)}"


def thing(parts: Sequence[tuple[str, str]]) -> str:
    """Return a thing by its names: `team design, user zoe@acme.example, product Revit`."""
    return ", ".join(f"{visible(kind)} {quoted(name)}" for kind, name in parts)


def people(names: Sequence[str], most: int = 3) -> str:
    """Return names joined by `or`; of many only the first few, with the number of the others."""
    shown = [visible(name) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} or {len(names) - most} more"
    return " or ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)


def ranges(ids: Sequence[int]) -> str:
    """Return numbers as ranges in words: `1–3 and 5`."""
    runs: list[list[int]] = []
    for number in ids:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


@lru_cache
def _gaps(pattern: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(pattern) if name is not None)


def _gap(step: Step, name: str) -> str:
    """Return the escaped text of a gap: an argument, the names of a person, or the two sides of a purchase."""
    if name == "full_name":
        return _full_name(step)
    if name == "difference":
        return _difference(step.get("now"), step.get("wanted"))
    value = step.get(name)
    if isinstance(value, Facts):
        return _facts(value)
    return quoted(value) if isinstance(value, str) else "?"


def _full_name(step: Step) -> str:
    names = (step.get("first_name"), step.get("last_name"))
    return " ".join(visible(name) for name in names if isinstance(name, str) and name)


def _difference(now: Plain, wanted: Plain) -> str:
    """Return the change of a purchase: `seats 25 -> 30`; the wanted facts of something new."""
    new = dict(wanted.items) if isinstance(wanted, Facts) else {"": wanted}
    old = dict(now.items) if isinstance(now, Facts) else {"": now}
    if all(value is None for value in old.values()):
        return _bought(new)
    return ", ".join(
        f"{visible(name)} {value_text(old.get(name))} -> {value_text(value)}".strip()
        for name, value in new.items()
        if value != old.get(name)
    )


def _bought(facts: Mapping[str, Plain]) -> str:
    """Return the facts of a purchase: `5 seats of AutoCAD, single-user, from the store, 2026-01-01 to 2026-12-31`."""
    left = {name: value for name, value in facts.items() if value is not None and name not in _NAMED_ELSEWHERE}
    count = [_counted(left.pop(unit), unit) for unit in ("seats", "tokens") if unit in left]
    product = [f"of {value_text(left.pop('product'))}"] if "product" in left else []
    kind = [value_text(left.pop(name)) for name in ("offering", "license_type", "deployment") if name in left]
    renews = ["renews by itself"] if left.pop("auto_renew", False) is True else []
    channel = {"store": "from the store", "reseller": "from a reseller"}.get(str(left.get("channel")))
    if channel is not None:
        del left["channel"]
    term = (
        [f"{value_text(left.pop('starts'))} to {value_text(left.pop('ends'))}"]
        if {"starts", "ends"} <= left.keys()
        else []
    )
    first = [" ".join([*count, *product])] if count or product else []
    rest = [f"{visible(name.replace('_', ' '))} {value_text(value)}".strip() for name, value in left.items()]
    return ", ".join([*first, *kind, *([channel] if channel is not None else []), *rest, *term, *renews])


def _counted(value: Plain, unit: str) -> str:
    return f"{value_text(value)} {unit.removesuffix('s') if value == 1 else unit}"


_NAMED_ELSEWHERE = frozenset({"team", "contract_manager"})  # as the scope and as the buyer


def _facts(facts: Facts) -> str:
    return ", ".join(f"{visible(name)} {value_text(value)}".strip() for name, value in facts.items if value is not None)


def value_text(value: Plain) -> str:
    """Return the value of an argument in words: `none`, `true`, a name, or facts with their names."""
    if value is None:
        return "none"
    if isinstance(value, str | int):
        return quoted(str(value).lower() if isinstance(value, bool) else str(value))
    return _facts(value) if isinstance(value, Facts) else " and ".join(quoted(item) for item in value)


_WHY = {
    "mail": "the invitation was sent",
    "form": "the form was handed in",
    "support": "the vendor's support was asked",
    "purchase": "purchases cannot be undone",
    "vendor": "only the vendor can undo this",
    "accept": "the new invitation has to be accepted",
}


_ON_RECORD = frozenset({"form", "support"})
"""Requests whose effect a plan can undo, but not the request itself."""


def asides(undo: Undo, paint: Paint) -> Iterator[str]:
    """Yield paragraphs about things that cannot be undone, requests on record, and things changed later."""
    records = [each for each in undo.lasting if each.why in _ON_RECORD]
    lasting = [each for each in undo.lasting if each.why not in _ON_RECORD]
    if lasting:
        lines = "".join(f"  {paint.dim(_lasting(each))}\n" for each in lasting)
        yield f"{number_of(len(lasting), 'thing')} that run {undo.run} did cannot be undone:\n{lines}"
    if records:
        lines = "".join(f"  {paint.dim(_lasting(each))}\n" for each in records)
        counted = number_of(
            len(records),
            "request of run {} stays on record, even if its effect is undone",
            "requests of run {} stay on record, even if their effect is undone",
        )
        yield f"{counted.format(undo.run)}:\n{lines}"
    if undo.kept:
        lines = "".join(f"  {paint.dim(thing(each.thing) + _since(each.serial))}\n" for each in undo.kept)
        counted = number_of(
            len(undo.kept),
            "thing that run {} changed stays as it is, because of a later change",
            "things that run {} changed stay as they are, because of later changes",
        )
        yield f"{counted.format(undo.run)}:\n{lines}"


def _lasting(each: Lasting) -> str:
    if each.why == "case":
        return f"{described(each.step)} ({visible(each.case or '')} stays open)"
    return f"{described(each.step)} ({_WHY[each.why]})"


def _since(serial: int | None) -> str:
    return "" if serial is None else f" (serial {serial})"


UNKNOWN_FACTS = (
    "kind of fact is unknown, so nothing about it is planned",
    "kinds of facts are unknown, so nothing about them is planned",
)
ONLY_UNKNOWN = ("kind of fact is unknown", "kinds of facts are unknown")
ASSUMED_FACTS = ("fact is assumed, because no source shows it", "facts are assumed, because no source shows them")
"""Headings of facts that are unknown (in plans and elsewhere) and assumed, after their number, for one and for many."""


def gap(each: Unknown) -> str:
    """Return an unknown kind of fact, and the source that would show it: `team design: groups (groups export)`."""
    return f"{thing((('team', each.team),))}: {visible(each.fact.replace('_', ' '))} ({visible(each.source)})"


def assumption(each: Assumed) -> str:
    """Return an assumed fact: `subscription 574-1: the offering flex`, with the guess that the files correct."""
    words = _ASSUMED_WORDS.get(each.fact, value_text)
    guess = "" if each.instead_of is None else f", not {words(each.instead_of)}"
    return f"{thing(each.things)}: {assumed_value(each)}{guess}"


def assumed_value(each: Assumed) -> str:
    """Return what is assumed, without the things that it is about: `the offering flex`."""
    words = _ASSUMED_WORDS.get(each.fact)
    return (
        f"the {visible(each.fact.replace('_', ' '))} {value_text(each.value)}" if words is None else words(each.value)
    )


def _names(value: Plain) -> str:
    """Return the first names of a list, and the number of the others."""
    names = [quoted(name) for name in value] if isinstance(value, tuple) and not isinstance(value, Facts) else []
    more = [f"{len(names) - _FEW} more"] if len(names) > _FEW else []
    return listed([*names[:_FEW], *more]) if names else "nobody"


_FEW = 3
_ASSUMED_WORDS: Mapping[str, Callable[[Plain], str]] = {
    "active": lambda _: "that it is active",
    "auto_renew": lambda value: f"that it {'renews' if value else 'does not renew'} by itself",
    "inherited": lambda value: f"that what groups give to {_names(value)} is held directly",
    "members": lambda value: f"that it exists, with {_names(value)} in it",
    "pool": lambda _: "that this pool of seats is one subscription",
    "products": lambda value: f"that it gives {_names(value)}",
    "seat": lambda _: "that it is held through a group",
    "seats": lambda value: f"that it is held directly by {_names(value)}",
    "sso": lambda value: f"the SSO configuration ({value_text(value)})",
    "status": lambda value: f"that they {'accepted' if value == 'active' else 'have not accepted'} the invitation",
    "subscription": lambda value: f"all of it ({_bought(dict(value.items) if isinstance(value, Facts) else {})})",
}
"""What is assumed by the name of the fact; of any other fact its name and value."""
