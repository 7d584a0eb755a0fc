"""The engine: reads a step, checks its precondition on an account and returns the rows that it changes, or a refusal.

Steps come from plans that anyone may have edited, so `read_request` checks every argument. Planner and stores use this
engine, and have no rules of their own. `access.py` decides who may perform a step, `mails.py` who gets a mail about it.
"""

from functools import lru_cache
from typing import Any
from unicodedata import normalize

from seatsync.account.actions.effects import Refused, refused, wrong_text
from seatsync.account.actions.spec import ActionSpec, Facts, Plain, Request, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.attributes import Sso
from seatsync.account.email import identity
from seatsync.account.model import Account, Change, Scope
from seatsync.clock import Clock

_PERSONS = frozenset({"user", "primary_admin"})
_OPTIONAL_TEXTS = frozenset({"first_name", "last_name"})
_FACTS = frozenset({"now", "wanted"})


def read_request(step: Step, spec: ActionSpec, clock: Clock) -> Request | Refused:
    """Return the request of a step of that action, or the refusal if an argument is wrong."""
    names = tuple([name for name, _ in step.args])
    trouble = _wrong_names(spec, names) or wrong_text("scope", step.scope.name, empty=step.scope.kind == "account")
    if trouble:
        return refused(f"{step.action}: {trouble}.")
    fields: dict[str, Any] = {}  # typed by Request, name by name
    for name, value in step.args:
        trouble = _take(fields, spec, name, value)
        if trouble:
            return refused(f"{step.action}: {trouble}.")
    return Request(scope=step.scope, clock=clock, **fields)


@lru_cache  # a plan of many steps has few combinations
def _wrong_names(spec: ActionSpec, names: tuple[str, ...]) -> str:
    for number, name in enumerate(names):
        if name not in spec.required and name not in spec.optional:
            return f"there is no argument {name!r}"
        if name in names[:number]:
            return f"the argument {name} is given twice"
    missing = [name for name in spec.required if name not in names]
    return f"the argument {missing[0]} is missing" if missing else ""


def _take(fields: dict[str, Any], spec: ActionSpec, name: str, value: Plain) -> str:
    """Put one argument into the fields of a request; return what is wrong with it, or nothing."""
    if name in _PERSONS or (name == "to" and spec.renames == "person"):
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


__all__ = ["Refused", "account_route", "attempt", "perform"]


def attempt(account: Account, step: Step, clock: Clock) -> tuple[Change, ...] | Refused:
    """Return the rows that a step would change, in order, or the refusal. The account stays unchanged."""
    spec = ACTIONS.get(step.action)
    if spec is None:
        return refused(f"There is no action {step.action!r}.")
    request = read_request(step, spec, clock)
    if isinstance(request, Refused):
        return request
    effect = spec.effects.get(step.scope.kind)
    if effect is None:
        return refused(f"{step.action} cannot be done to {_kind(step.scope)}.")
    if not spec.makes_scope and not _exists(account, step.scope):
        return refused(f"There is no {step.scope} in the account.")
    return effect(account, request)


def perform(account: Account, step: Step, clock: Clock) -> tuple[Change, ...] | Refused:
    """Carry out a step; return the rows that changed, or the refusal if nothing did."""
    answer = attempt(account, step, clock)
    if not isinstance(answer, Refused):
        account.change(answer)
    return answer


def account_route(step: Step) -> str:
    """Return the route where the target is the account itself: it does self-service steps, people do the rest."""
    channel = ACTIONS[step.action].channel
    return "account" if channel == "self-service" else channel


def _exists(account: Account, scope: Scope) -> bool:
    if scope.kind == "account":
        return True
    return scope.name in (account.teams if scope.kind == "team" else account.contracts)


def _kind(scope: Scope) -> str:
    return "the whole account" if scope.kind == "account" else f"a {scope.kind}"
