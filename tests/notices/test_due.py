"""What is due to whom: by the state of the account, the log, and what was told before."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.engine import Refused, perform
from seatsync.account.history import HistoryEntry
from seatsync.account.mails import invitation, mails, order_mails
from seatsync.account.model import Account
from seatsync.account.sent_notices import Notice
from seatsync.account.unknowns import Unknown
from seatsync.clock import Clock
from seatsync.insight.reports.reclaimable import Candidate, HeldSeat, Reclaimable
from seatsync.notices.due import KINDS, Due, Kind, Situation, put_off
from seatsync.notices.finding_due import due_notices
from seatsync.notices.rendering import Templates
from seatsync.targets.sql.records import StoredMail
from seatsync.targets.target import Case, State
from tests.account.sample import DAY, NOON, acme, contract, everywhere, subscription, team
from tests.account.test_orders import CONTRACT
from tests.console_blocks import ROOT
from tests.planning.test_preview import plan_of

ANA, BEN, DEE, ELI, GUS = (f"{name}@acme.example" for name in ("ana", "ben", "dee", "eli", "gus"))


def at(day: str, **facts: Any) -> Situation:  # noqa: ANN401
    """Return the sample account on a day."""
    return Situation(State(acme()), Clock.at(day), **facts)


def sent(due: Due, state: Any = "sent") -> Notice:  # noqa: ANN401
    return Notice(due.id, due.kind, due.to, due.causes, "", "", state, NOON.stamp)


def of_kind(situation: Situation, kind: Kind) -> list[Due]:
    return list(due_notices(situation._replace(named=frozenset({kind}))))


def facts(due: Due) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(due.facts)
    return found


@dataclass
class Box:
    """The outbox and the log of an account in which some steps were carried out."""

    account: Account = field(default_factory=acme)
    outbox: list[StoredMail] = field(default_factory=list)
    log: list[HistoryEntry] = field(default_factory=list)

    def does(self, step: Step, clock: Clock = NOON) -> None:
        causes = self.account.copy()
        rows = perform(self.account, step, clock)
        assert not isinstance(rows, Refused)
        serial = len(self.log) + 1
        self.log.append(HistoryEntry(serial, serial, clock.stamp, None, step, rows))
        for mail in mails(causes, step, rows, clock):
            self.put(mail.template, mail.to, mail.facts, f"{step.action} (serial {serial})", clock)

    def put(self, template: str, to: str, text: str, cause: str, clock: Clock = NOON) -> None:
        self.outbox.append(StoredMail(len(self.outbox) + 1, clock.stamp, template, to, "", "", cause, text))

    def situation(self, day: str = DAY, *, mirror: bool = False) -> Situation:
        state = State(self.account, mirror="{}" if mirror else None)
        outbox = () if mirror else tuple(self.outbox)
        return Situation(state, Clock.at(day), outbox=outbox, journal=lambda _: self.log)


def everything_that_can_be_due() -> list[Due]:
    """Return a notice of each kind."""
    box = Box()
    box.does(team("user.invite", "design", user="new@acme.example", first_name="New", last_name=None))
    box.does(team("admin.assign_secondary", "design", user=DEE))
    for mail in order_mails(acme(), CONTRACT.__class__(**{**_plain(CONTRACT), "manager": "ivy@acme.example"})):
        box.put(mail.template, mail.to, mail.facts, "order O-2")
    step = contract("contract_manager.transfer", "C-1", user=BEN)
    state = State(acme(), cases=(Case("CASE-1", step, NOON.stamp, None),))
    seats = reclaimable(
        idle(DEE, "2026-01-01"), idle(GUS, "", assigned="2026-02-01", stage="reminder due", told="2026-05-20")
    )
    situations = [
        box.situation(),
        at("2026-06-16"),
        at("2026-12-20"),
        Situation(state, NOON, seats=seats),
        at(DAY, before=plan_of(team("admin.revoke", "design", user=BEN))),
    ]
    return [due for situation in situations for due in due_notices(situation)]


def idle(user: str, last: str, **facts: Any) -> Candidate:  # noqa: ANN401
    """Return a seat whose holder does not use it and is to be told, unless another stage is given."""
    seat = HeldSeat("design", "AutoCAD", user, user, direct=True)
    facts = {"assigned": None, "stage": "notice due", **facts}
    return Candidate(seat, ("not used",), last=last, takes=True, **facts)


def reclaimable(*seats: Candidate) -> Reclaimable:
    return Reclaimable(DAY, 90, seats, (), 0, 0)


def _plain(order: object) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__slots__}  # type: ignore[attr-defined]


def test_every_kind_has_its_templates_and_the_facts_that_the_page_names() -> None:
    page = (ROOT / "docs/how-to/notices.md").read_text(encoding="utf-8")
    table = page.partition("| template | facts |\n|---|---|\n")[2].partition("\n\n")[0]
    documented: dict[str, set[str]] = {}
    for row in table.splitlines():
        _, kinds, names, _ = row.split("|", 3)
        for kind in re.findall("`([a-z-]+)`", kinds):
            documented[kind] = set(re.findall("`([a-z_]+)`", names))
    found: dict[str, set[str]] = {}
    for due in everything_that_can_be_due():
        found.setdefault(due.kind, set()).update(_names(facts(due)))
        rendered = Templates().render(due.kind, due.parsed)
        assert rendered.html is not None
        assert due.name in rendered.text
        assert max(map(len, rendered.text.splitlines())) < 100
    assert sorted(found) == sorted(KINDS) == sorted(documented)
    common = {"account", "person", "name", "address"}
    roles = {"primary", "secondary", "sso", "manager", "coordinator"}
    inner = {"kind", "name"}  # of `where`, which the page describes once
    for kind in KINDS:
        assert documented[kind] - roles - inner - common == found[kind] - common - inner, kind


def _names(value: Any) -> set[str]:  # noqa: ANN401
    if isinstance(value, dict):
        return {*value, *(name for each in value.values() for name in _names(each))}
    return {name for each in value for name in _names(each)} if isinstance(value, list) else set()


def test_nothing_is_told_twice_and_what_was_put_off_is_due_again() -> None:
    (due,) = of_kind(at("2026-12-20"), "renewal")[:1]
    for state in ("sent", "sending", "unknown", "refused"):
        assert due not in due_notices(at("2026-12-20", told=(sent(due, state),)))
    late = sent(due, "deferred")
    assert due in due_notices(at("2026-12-20", told=(late,)))
    assert list(put_off([late])) == [late]
    assert list(put_off([late, sent(due)._replace(id="another")])) == []


def test_renewals_are_one_mail_to_each_contract_manager() -> None:
    found = of_kind(at("2026-12-20"), "renewal")
    assert [(due.to, [cause[1] for cause in due.causes]) for due in found] == [
        (ANA, ["S-1", "S-2", "S-3", "S-4", "C-1"])  # S-5 is over, C-2 never ends
    ]
    terms = {term["id"]: term for term in facts(found[0])["terms"]}
    assert [(key, terms[key]["seats"], terms[key]["tokens"], terms[key]["held"]) for key in ("S-1", "S-2", "S-3")] == [
        ("S-1", 3, None, 2),
        ("S-2", None, 100, None),
        ("S-3", 2, None, None),
    ]
    assert terms["C-1"]["products"] == ["AutoCAD 2019", "Maya 2019"]
    assert "123-45678901" not in found[0].facts
    assert "657K1" not in found[0].facts
    again = of_kind(at("2026-12-20", told=(sent(found[0]),)), "renewal")
    assert again == []


def test_seats_that_no_source_shows_are_not_counted() -> None:
    situation = at("2026-12-20")
    unknown = (Unknown("design", "seats", "users export"),)
    (due,) = of_kind(situation._replace(state=situation.state._replace(unknown=unknown)), "renewal")
    assert [term["held"] for term in facts(due)["terms"] if term["id"] == "S-1"] == [None]
    assert "Quantity:     3 seats\n" in Templates().render("renewal", due.parsed).text


def test_a_term_that_was_not_told_is_told_alone() -> None:
    (before,) = of_kind(at("2026-12-20"), "renewal")
    later = at("2026-12-20", told=(sent(before),))
    later.account.subscriptions["S-9"] = subscription("studio", "Maya", seats=1, ends="2026-12-24")
    (due,) = of_kind(later, "renewal")
    assert due.causes == (("subscription", "S-9", "2026-12-24"),)


def test_a_term_that_renews_itself_is_told_each_time() -> None:
    situation = at("2028-12-20")
    sub = subscription("design", "Maya", seats=4)._replace(auto_renew=True)
    situation.account.subscriptions = {"S-1": sub}
    (due,) = of_kind(situation, "renewal")
    assert due.causes == (("subscription", "S-1", "2028-12-31"),)
    assert facts(due)["terms"][0]["renews"] == "2029-12-31"
    text = Templates().render("renewal", due.parsed)
    assert text.subject == "Subscription S-1 renews itself after 2028-12-31"
    assert "it renews itself until 2029-12-31" in text.text


@pytest.mark.parametrize(("day", "left"), [("2026-12-31", 0), ("2026-12-30", 1), ("2026-12-01", 30)])
def test_days_left(day: str, left: int) -> None:
    (due,) = of_kind(at(day), "renewal")
    assert facts(due)["terms"][0]["left"] == left


@pytest.mark.parametrize("day", ["2026-11-30", "2027-01-01"])
def test_no_renewal_before_and_after(day: str) -> None:
    assert of_kind(at(day), "renewal") == []


def test_many_terms_are_several_mails() -> None:
    situation = at("2026-12-20")
    situation.account.subscriptions = {f"S-{n:03}": subscription("design", "Maya", seats=1) for n in range(120)}
    situation.account.contracts = {}
    found = of_kind(situation, "renewal")
    assert [len(due.causes) for due in found] == [50, 50, 20]
    assert len({due.id for due in found}) == 3


def test_many_cases_are_one_mail_that_names_the_first() -> None:
    steps = [contract("support.assign", "C-1", user=f"p{n}@acme.example") for n in range(70)]
    cases = tuple(
        Case(f"CASE-{n}", step, NOON.stamp, None, people=(ANA,), route="console") for n, step in enumerate(steps)
    )
    (due,) = of_kind(Situation(State(acme(), cases=cases), NOON), "cases")
    assert (due.to, len(due.causes), len(facts(due)["cases"]), facts(due)["more"]) == (ANA, 70, 50, 20)
    assert "and 20 more, which `seatsync status` lists." in Templates().render("cases", due.parsed).text


def test_reminders_only_after_seven_days_and_not_beside_an_invitation() -> None:
    assert [due.to for due in of_kind(at("2026-06-15"), "reminder")] == [ELI]
    assert [due.to for due in of_kind(at("2026-06-14"), "reminder")] == []
    box = Box()
    box.does(everywhere("user.resend_invitation", user=ELI))
    assert [(due.kind, due.to) for due in due_notices(box.situation("2026-06-22"))] == [
        ("invitation", ELI),
        ("reminder", "fay@acme.example"),
    ]


def test_an_invitation_that_was_accepted_or_sent_anew_is_not_told() -> None:
    box = Box()
    box.put("invitation", ELI, invitation("acme", ELI, "Eli", "2026-06-08").facts, "user.invite (serial 1)")
    box.does(everywhere("user.resend_invitation", user=ELI))
    (due,) = of_kind(box.situation(), "invitation")
    assert due.causes == (("user.resend_invitation (serial 1)", NOON.stamp),)
    box.account.users[ELI] = box.account.users[ELI]._replace(status="active")
    assert of_kind(box.situation(), "invitation") == []


def test_the_vendor_tells_roles_unless_they_are_named() -> None:
    box = Box()
    box.does(team("admin.revoke", "design", user=BEN))  # the first look
    box.does(team("admin.assign_secondary", "design", user=DEE))
    mirror = box.situation(mirror=True)
    assert [due.kind for due in due_notices(mirror) if due.kind in {"role", "invitation"}] == []
    (due,) = of_kind(mirror, "role")
    assert (due.to, facts(due)["gained"], due.causes) == (
        DEE,
        "secondary",
        (("team", "design", "", "secondary", "serial 2"),),
    )
    assert of_kind(mirror._replace(since="2026-06-16"), "role") == []


def test_an_invitation_in_a_mirror_has_no_link() -> None:
    mirror = Situation(State(acme(), mirror="{}"), NOON)
    found = of_kind(mirror, "invitation")
    assert [due.to for due in found] == [ELI, "fay@acme.example"]
    assert facts(found[0])["link"] is None
    assert "seatsync://" not in Templates().render("invitation", found[0].parsed).text
    assert of_kind(mirror._replace(state=mirror.state._replace(undated=frozenset({ELI}))), "reminder") == []


def test_a_plan_is_announced_as_it_ends() -> None:
    plan = plan_of(
        team("admin.assign_secondary", "design", user=DEE),
        team("admin.change_primary", "design", user=DEE),
        team("admin.assign_sso", "design", user=BEN),
        team("admin.assign_secondary", "design", user=BEN),
    )
    found = due_notices(at(DAY, before=plan))
    changes = [(due.to, facts(due)["changes"][0]["lost"], facts(due)["changes"][0]["gained"]) for due in found]
    assert changes == [(ANA, "primary", "secondary"), (DEE, "", "primary")]  # nothing changes for Ben


def test_idle_seats() -> None:
    seat = idle(DEE, "2026-01-01")
    told = idle(GUS, "2026-01-01", stage="reminder due", told="2026-05-20")
    others = [seat._replace(stage=stage) for stage in ("told", "reminded", "usage awaited", "proposal due")]
    found = due_notices(
        at(DAY, seats=reclaimable(seat, told, *others), named=frozenset({"reclaim", "reclaim-reminder"}))
    )
    assert [(due.kind, due.to, facts(due)["days"], facts(due)["proposal"]) for due in found] == [
        ("reclaim", DEE, 90, "2026-07-15"),
        ("reclaim-reminder", GUS, 90, "2026-06-19"),
    ]
    assert [due.causes for due in found] == [(("design", "AutoCAD", "2026-01-01"),)] * 2


def test_a_reminder_names_the_day_of_each_of_its_seats() -> None:
    days = ("2026-05-20", "2026-05-20", "2026-05-22")
    seats = [idle(DEE, f"2026-01-0{n}", stage="reminder due", told=told) for n, told in enumerate(days, 1)]
    found = of_kind(at(DAY, seats=reclaimable(*seats)), "reclaim-reminder")
    assert [(facts(due)["proposal"], len(due.causes)) for due in found] == [("2026-06-19", 2), ("2026-06-21", 1)]
