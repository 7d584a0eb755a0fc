"""A step read for the engine: every argument present, of its kind, and in its canonical form, or the step is refused.

Steps come from plans that anyone may have edited, so nothing is taken for granted here.
"""

from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import normalize

from seatsync.account.actions import ACTIONS, CHANGES_ADDRESS, Action, Facts, Plain, Step
from seatsync.account.email import identity
from seatsync.account.model import Scope, Sso
from seatsync.account.refusal import Refused, refused
from seatsync.clock import Clock

_PERSONS = frozenset({"user", "primary_admin"})
_OPTIONAL_TEXTS = frozenset({"first_name", "last_name"})
_FACTS = frozenset({"now", "wanted"})


class Request(NamedTuple):
    """What a step asks for. `user` and `primary_admin` are identities, names are NFC; what the action has not is empty.

    `written` is the person's address as the step has it, `new_address` likewise the one they change to; `origin` is the
    argument `from`. A name that is None is left as it is.

    A named tuple, since one is made of every step: a frozen dataclass of so many fields takes several times as long.
    """

    scope: Scope
    clock: Clock
    user: str = ""
    written: str = ""
    primary_admin: str = ""
    to: str = ""
    new_address: str = ""
    group: str = ""
    product: str = ""
    service: str = ""
    subscription: str = ""
    origin: str = ""
    first_name: str | None = None
    last_name: str | None = None
    sso: Sso | None = None
    now: Facts | None = None
    wanted: Facts | None = None


def read_request(step: Step, clock: Clock) -> Request | Refused:
    """The step as a request, or what is wrong with its arguments."""
    action = ACTIONS.get(step.action)
    if action is None:
        return refused(f"There is no action {step.action!r}.")
    names = tuple([name for name, _ in step.args])
    trouble = _wrong_names(action, names) or wrong_text("scope", step.scope.name, empty=step.scope.kind == "account")
    if trouble:
        return refused(f"{step.action}: {trouble}.")
    fields: dict[str, Any] = {}  # typed by Request, name by name
    for name, value in step.args:
        trouble = _take(fields, step.action, name, value)
        if trouble:
            return refused(f"{step.action}: {trouble}.")
    return Request(scope=step.scope, clock=clock, **fields)


@lru_cache  # there are few combinations in a plan of many steps
def _wrong_names(action: Action, names: tuple[str, ...]) -> str:
    for number, name in enumerate(names):
        if name not in action.args and name not in action.optional:
            return f"there is no argument {name!r}"
        if name in names[:number]:
            return f"the argument {name} stands twice"
    missing = [name for name in action.args if name not in names]
    return f"the argument {missing[0]} is missing" if missing else ""


def _take(fields: dict[str, Any], action: str, name: str, value: Plain) -> str:
    """Put one argument into the fields of a request; what is wrong with it, or nothing."""
    if name in _PERSONS or (name == "to" and action in CHANGES_ADDRESS):
        return _take_person(fields, name, value) if isinstance(value, str) else f"{name} must be text"
    if name in _FACTS:
        fields[name] = value
        return "" if value is None or isinstance(value, Facts) else f"{name} must be a mapping or nothing"
    if name == "sso":
        return _take_sso(fields, value)
    if name in _OPTIONAL_TEXTS and value is None:
        return ""
    if not isinstance(value, str):
        return f"{name} must be text"
    text = fields["origin" if name == "from" else name] = value if value.isascii() else normalize("NFC", value)
    return wrong_text(name, text, empty=name in _OPTIONAL_TEXTS)


def _take_person(fields: dict[str, Any], name: str, value: str) -> str:
    person = identity(value)
    if person is None:
        return f"{name} is not an e-mail address"
    fields[name] = person
    fields["new_address" if name == "to" else "written"] = value
    return ""


def _take_sso(fields: dict[str, Any], value: Plain) -> str:
    if value is None:
        return ""
    if not isinstance(value, Facts) or {name for name, _ in value.items} - {"domains", "metadata_url"}:
        return "sso must be a mapping of domains and metadata_url, or nothing"
    domains, url = value.get("domains") or (), value.get("metadata_url")
    if not isinstance(domains, tuple) or (url is not None and not isinstance(url, str)):
        return "sso must be a mapping of domains and metadata_url, or nothing"
    for text in (*domains, url or "-"):
        trouble = wrong_text("sso", text, empty=False)
        if trouble:
            return trouble
    fields["sso"] = Sso(domains, url)
    return ""


def wrong_text(name: str, text: object, *, empty: bool) -> str:
    """What is wrong with a text that is to be kept, or nothing. A store can keep neither NUL nor half a character."""
    if not isinstance(text, str):
        return f"{name} must be text"
    if not text:
        return "" if empty else f"{name} is empty"
    if text.isascii():
        return f"{name} has a NUL character" if "\0" in text else ""
    if normalize("NFC", text) != text:
        return f"{name} is not written in Unicode's composed form (NFC)"
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return f"{name} has a character that is no text"
    return ""
