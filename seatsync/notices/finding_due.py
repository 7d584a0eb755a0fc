"""What there is to tell people: from the outbox or the log, the state of the account, and a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.table import ACTIONS
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.entitlements import COUNTED, used
from seatsync.account.history import HistoryEntry
from seatsync.account.mails import (
    ACCEPT_WITHIN,
    Office,
    full_name,
    invitation,
    invitation_link,
    role_changes,
    role_facts,
)
from seatsync.account.model import Contract, Subscription, User
from seatsync.clock import days_between, later
from seatsync.declaration.declared import DeclaredSubscription
from seatsync.declaration.prices import suits
from seatsync.declaration.project_values import Price, amount_text
from seatsync.insight.open_cases import OpenCase, status_of
from seatsync.insight.reports.contracts import from_renewal, is_unknown, terms_of
from seatsync.insight.reports.reclaim import PROPOSAL_AFTER, due_for_notice, due_for_reminder
from seatsync.notices.due import KINDS, Due, Item, Situation, as_due
from seatsync.reporting.plan.wording import described

_MOST = 5
"""Other cases that a case names."""

_ROUTES = {
    "console": "in the vendor's portal",
    "csv": "by import file",
    "form": "by form",
    "support": "by the vendor's support",
    "purchase": "by purchase",
}


def due_notices(situation: Situation) -> tuple[Due, ...]:
    """Return the notices that are due, by kind."""
    found = (
        *(_from_log(situation) if situation.is_mirror else _from_outbox(situation)),
        *_reminders(situation),
        *_advance(situation),
        *_renewals(situation),
        *_idle(situation),
        *_cases(situation),
    )
    return as_due((item for item in found if situation.wants(item.kind)), situation)


# What happened


def _from_outbox(situation: Situation) -> Iterator[Item]:
    """Yield the mails of an embedded account, except invitations that were accepted or sent anew since."""
    newest = {mail.to: mail.id for mail in situation.outbox if mail.template == "invitation"}
    for mail in situation.outbox:
        kind = next((kind for kind in KINDS if kind == mail.template), None)
        if kind is None or not mail.facts or situation.clock.day_of(mail.at) < situation.since:
            continue
        if kind == "invitation" and (newest[mail.to] != mail.id or not _is_pending(situation, mail.to)):
            continue
        yield Item(kind, mail.to, (mail.cause, mail.at), json.loads(mail.facts))


def _is_pending(situation: Situation, user: str) -> bool:
    person = situation.account.users.get(user)
    return person is not None and person.status == "pending"


def _from_log(situation: Situation) -> Iterator[Item]:
    """Yield invitations and changes of roles in the real account, which the vendor tells as well."""
    for user, person, invited in _invited(situation):
        if invited >= situation.since and situation.wants("invitation"):
            name = full_name(person.email, person.first_name, person.last_name)
            mail = invitation(situation.account.name, user, name, invited, link=False)
            yield Item("invitation", user, ("invited", invited), json.loads(mail.facts))
    if not situation.wants("role") or situation.journal is None:
        return
    for entry in _after_the_first_look(situation.journal(0)):
        if situation.clock.day_of(entry.at) < situation.since:
            continue
        for office, (lost, gained) in role_changes(entry.rows).items():
            yield Item("role", office.user, _role_cause(office, lost, gained, entry), role_facts(office, lost, gained))


def _after_the_first_look(entries: list[HistoryEntry]) -> Iterator[HistoryEntry]:
    """Yield the changes of roles since the first run, which found everything that had been there before."""
    for entry in entries:
        spec = ACTIONS.get(entry.step.action)
        if entry.run != entries[0].run and spec is not None and spec.mail == "role":
            yield entry


def _role_cause(office: Office, lost: str, gained: str, entry: HistoryEntry) -> tuple[str, ...]:
    return (office.kind, office.name, lost, gained, f"serial {entry.serial}")


def _invited(situation: Situation) -> Iterator[tuple[str, User, str]]:
    """Yield pending people, with the day of their invitation, if that is known."""
    for user, person in sorted(situation.account.users.items()):
        if person.status == "pending" and person.invited_at is not None and user not in situation.state.undated:
            yield user, person, situation.clock.day_of(person.invited_at)


def _reminders(situation: Situation) -> Iterator[Item]:
    """Yield the reminders of invitations that were not accepted in time, to declared people."""
    for user, _, invited in _invited(situation):
        declared = situation.declared is None or user in situation.declared.users
        if declared and later(invited, ACCEPT_WITHIN) <= situation.clock.day:
            link = None if situation.is_mirror else invitation_link(situation.account.name, user)
            yield Item("reminder", user, ("invited", invited), {"invited": invited, "link": link})


# What is going to happen


def _advance(situation: Situation) -> Iterator[Item]:
    """Yield the roles that people gain and lose by a plan, from its begin to its end."""
    plan = situation.before
    if plan is None or not situation.wants("advance"):
        return
    after = situation.account.copy()
    first: dict[Office, str] = {}
    last: dict[Office, str] = {}
    for planned in plan.steps:
        changes = perform(after, planned.step, situation.clock)
        if ACTIONS[planned.step.action].mail == "role" and not isinstance(changes, Refused):
            for office, (lost, gained) in role_changes(changes).items():
                first.setdefault(office, lost)
                last[office] = gained
    for office in sorted(last):
        lost, gained = first[office], last[office]
        if lost != gained:
            cause = (office.kind, office.name, lost, gained, plan.intent())
            yield Item("advance", office.user, cause, role_facts(office, lost, gained))


def _renewals(situation: Situation) -> Iterator[Item]:
    """Yield the terms that end or renew themselves soon, each to its contract manager and to nobody else."""
    entries = {} if situation.declared is None else situation.declared.subscriptions
    guessed = _guessed_managers(situation)
    for key, sub, ends, renews in _ending(situation):
        if key not in guessed:
            facts = _of_subscription(situation, key, sub, entries.get(key))
            yield from _renewal(situation, sub.contract_manager, facts, ends, renews)
    for number, contract in sorted(situation.account.contracts.items()):
        if contract.ends is not None and _is_soon(situation, contract.ends):
            facts = _of_contract(number, contract)
            yield from _renewal(situation, contract.contract_manager, facts, contract.ends, None)


def without_manager(situation: Situation) -> list[str]:
    """Return the subscriptions of a mirror that end soon and whose contract manager no source and no file names."""
    guessed = _guessed_managers(situation)
    return [key for key, *_ in _ending(situation) if key in guessed]


def _ending(situation: Situation) -> Iterator[tuple[str, Subscription, str, str | None]]:
    """Yield the subscriptions whose term ends soon, with its last day, and that of the next term, if they renew."""
    for key, sub in sorted(situation.account.subscriptions.items()):
        terms = terms_of(sub, situation.clock.day)
        _, ends = next(terms)
        if _is_soon(situation, ends) and (sub.team is None or not situation.policy.ignore.team(sub.team)):
            yield key, sub, ends, next(terms, ("", None))[1]


def _is_soon(situation: Situation, ends: str) -> bool:
    return 0 <= days_between(situation.clock.day, ends) <= situation.renewal_days


def _guessed_managers(situation: Situation) -> frozenset[str]:
    """Return the subscriptions whose contract manager is a guess: the primary admin of their team."""
    entries = {} if situation.declared is None else situation.declared.subscriptions
    declared = {key for key, entry in entries.items() if entry.contract_manager is not None}
    left_out = {name for kind, name in situation.state.left_out if kind == "subscription"}
    assumed = {
        name
        for each in situation.state.assumed
        if each.fact in {"contract_manager", "subscription"}
        for kind, name in each.things
        if kind == "subscription"
    }
    return frozenset(assumed - (declared - left_out))


def _renewal(
    situation: Situation, manager: str, facts: dict[str, object], ends: str, renews: str | None
) -> Iterator[Item]:
    if identity(manager) is not None:
        cause = (str(facts["kind"]), str(facts["id"]), ends)
        left = days_between(situation.clock.day, ends)
        yield Item("renewal", manager, cause, {**facts, "ends": ends, "left": left, "renews": renews})


def _of_subscription(
    situation: Situation, key: str, sub: Subscription, entry: DeclaredSubscription | None
) -> dict[str, object]:
    """Return what a notice tells about a subscription."""
    price = None if entry is None else entry.price
    return {
        "kind": "subscription",
        "id": key,
        "products": [sub.product],
        "team": sub.team,
        "seats": sub.seats,
        "tokens": sub.tokens,
        "held": _held(situation, sub),
        "channel": sub.channel,
        "price": _price(price) if price is not None and suits(sub, price) else None,
        "from_renewal": from_renewal(sub, entry, situation.clock.day),
    }


def _held(situation: Situation, sub: Subscription) -> int | None:
    """Return how many seats are assigned, if that is known and the subscription does not share its pool."""
    if sub.team is None or sub.offering != COUNTED or is_unknown(situation.state, sub.team):
        return None
    is_alone = len(situation.account.subscription_ids(sub.team, sub.product)) == 1
    return used(situation.account, sub.team, sub.product) if is_alone else None


def _price(price: Price) -> str:
    what = "per token" if price.per == "token" else f"per seat and {price.per}"
    return f"{Decimal(amount_text(price.amount)):,f} {price.currency} {what}"


def _of_contract(number: str, contract: Contract) -> dict[str, object]:
    return {
        "kind": "contract",
        "id": number,
        "products": sorted(contract.products),
        "team": None,
        "seats": sum(product.seats for product in contract.products.values()),
        "tokens": None,
        "held": None,
        "channel": contract.channel,
        "price": None,
        "from_renewal": None,
    }


def _idle(situation: Situation) -> Iterator[Item]:
    """Yield the seats that are not used, to their holders: first a notice, then a reminder."""
    found = situation.seats
    if found is None:
        return
    for each in (*due_for_notice(found), *due_for_reminder(found)):
        seat, told = each.seat, each.told
        facts = {"team": seat.team, "product": seat.product, "last_used": each.last, "assigned": each.assigned}
        common = {"days": found.days, "proposal": later(told or situation.clock.day, PROPOSAL_AFTER)}
        yield Item("reclaim-reminder" if told else "reclaim", seat.person, each.cause, facts, common)


def _cases(situation: Situation) -> Iterator[Item]:
    """Yield the open cases, each to the person whose turn it is."""
    for each in status_of(situation.state, situation.clock).cases:
        user = None if each.person is None else identity(each.person)
        if user is not None:
            yield Item("cases", user, (each.case.id, each.case.opened_at), _case(each))


def _case(each: OpenCase) -> dict[str, object]:
    return {
        "id": each.case.id,
        "what": described(each.case.step),
        "how": _ROUTES.get(each.route, each.route),
        "days": each.days,
        "after": list(each.first[:_MOST]),
        "waits": list(each.waits[:_MOST]),
    }
