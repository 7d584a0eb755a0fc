"""Single seats: since when they are held, which of them a change of the files can take, and what groups prevent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from seatsync.account.actions.group_actions import ADD_MEMBER, RENAME_GROUP
from seatsync.account.actions.seat_actions import ASSIGN_SEAT
from seatsync.account.actions.spec import Step
from seatsync.account.actions.team_actions import RENAME_TEAM
from seatsync.account.actions.user_actions import CHANGE_EMAIL
from seatsync.account.history import PORTAL, HistoryEntry
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change, Scope
from seatsync.account.sent_notices import Notice
from seatsync.account.unknowns import Unknown
from seatsync.account.usage import SeatUse, Usage
from seatsync.declaration.files import Folder
from seatsync.declaration.load import load
from seatsync.declaration.states import as_account
from seatsync.finding import has_errors
from seatsync.insight.reports.inputs import ReportInputs, Sight
from seatsync.insight.reports.reclaim import NOTICE, due_for_notice, due_for_proposal, reclaim
from seatsync.insight.reports.reclaimable import Reclaimable
from seatsync.staffing.giving_back import GivenBack, give_back
from seatsync.targets.target import State
from tests.reclaim.made_up import CLOCK, ago

BEN, CHO = "ben@acme.example", "cho@acme.example"
DESIGN = Scope("team", "design")

PROJECT = """\
version: 1
account: acme
include: [team.yaml]
policy: {}
"""
TEAM = """\
users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}}
teams:
  design:
    primary_admin: ana@acme.example
    groups:
      cad: {members: [cho@acme.example], products: [AutoCAD, Revit]}
    seats:
      AutoCAD: [ben@acme.example]
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store, starts: 2026-01-01,
        ends: 2026-12-31, contract_manager: ana@acme.example}
  s-2: {team: design, product: Revit, offering: single-user, seats: 9, channel: store, starts: 2026-01-01,
        ends: 2026-12-31, contract_manager: ana@acme.example}
"""


def unused(person: str, product: str = "AutoCAD", **facts: object) -> SeatUse:
    """Return the row of a usage report about somebody who last used a product long ago."""
    row = SeatUse("design", product, person, None, ago(500), None, ago(200), 9, None, None, f"{ago(1)}T06:00:00Z")
    return row._replace(**facts)  # type: ignore[arg-type]  # the facts of a test


def judged(
    folder: Path,
    *rows: SeatUse,
    files: tuple[tuple[str, str], ...] = (),
    change: Callable[[Account], None] = lambda _: None,
    log: Iterable[HistoryEntry] = (),
    notices: Iterable[Notice] = (),
    unknown: tuple[Unknown, ...] = (),
) -> Reclaimable:
    """Judge the seats of the project with some replacements in its files, and a change of the account."""
    texts = {"seatsync.yaml": PROJECT, "team.yaml": TEAM}
    for name, text in texts.items():
        for old, new in files:
            text = text.replace(old, new)  # noqa: PLW2901 - replaced again and again
        (folder / name).write_text(text)
    loaded = load(folder)
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings), [each.message for each in loaded.findings]
    account = as_account(loaded.declaration, CLOCK)
    change(account)
    state, entries, sent = State(account, unknown=unknown), list(log), tuple(notices)
    inputs = ReportInputs(
        state, loaded.declaration, Usage((), rows), CLOCK, Sight(account), lambda _: entries, notices=lambda: sent
    )
    return reclaim(inputs, loaded.declaration)


def obstacles(found: Reclaimable) -> list[tuple[str, str, str, str]]:
    return [(each.seat.person, each.seat.product, each.obstacle, each.about) for each in found.candidates]


# Obstacles


def test_a_group_that_gives_more_than_what_is_unused_is_not_left(tmp_path: Path) -> None:
    found = judged(tmp_path, unused(CHO), unused(CHO, "Revit", last=ago(3)))
    assert obstacles(found) == [(CHO, "AutoCAD", "group", "cad gives Revit")]
    assert due_for_notice(found) == ()
    assert due_for_proposal(found, without_notice=True) == ()


def test_a_group_is_left_if_nothing_that_it_gives_is_used(tmp_path: Path) -> None:
    found = judged(tmp_path, unused(CHO), unused(CHO, "Revit"))
    assert obstacles(found) == [(CHO, "AutoCAD", "", ""), (CHO, "Revit", "", "")]
    assert len(due_for_proposal(found, without_notice=True)) == 2


def test_a_group_is_left_only_when_its_member_was_told_of_everything_that_it_gives(tmp_path: Path) -> None:
    rows = (unused(CHO), unused(CHO, "Revit"))
    cause = ("design", "AutoCAD", ago(200))
    told = Notice("1", NOTICE, CHO, (cause,), "s", "<1@acme>", "sent", f"{ago(30)}T08:00:00Z")
    found = judged(tmp_path, *rows, notices=[told])
    assert [each.stage for each in found.candidates] == ["proposal due", "notice due"]
    assert due_for_proposal(found) == ()
    found = judged(tmp_path, *rows, notices=[told._replace(causes=(cause, ("design", "Revit", ago(200))))])
    assert len(due_for_proposal(found)) == 2


def test_a_notice_without_a_known_outcome_is_none(tmp_path: Path) -> None:
    cause = ("design", "AutoCAD", ago(200))
    notice = Notice("1", NOTICE, BEN, (cause,), "s", "<1@acme>", "unknown", f"{ago(30)}T08:00:00Z")
    assert [each.stage for each in judged(tmp_path, unused(BEN), notices=[notice]).candidates] == ["notice due"]


def hold(account: Account) -> None:
    """Let Cho hold a seat that no file declares."""
    account.teams["design"].seats["AutoCAD"] = {BEN, CHO}
    account.teams["design"].groups["cad"].members = set()


NO_GROUP = ("cad: {members: [cho@acme.example], products: [AutoCAD, Revit]}", "cad: {products: [AutoCAD]}")
MEMBER = ("    seats:", "    members: [cho@acme.example]\n    seats:")


def test_a_seat_that_is_no_longer_declared_goes_with_the_next_apply(tmp_path: Path) -> None:
    found = judged(tmp_path, unused(CHO), change=hold, files=(NO_GROUP, MEMBER))
    assert [(each.seat.person, each.against) for each in found.others if each.seat.person == CHO] == [(CHO, "removed")]


def test_an_unmanaged_seat_cannot_be_proposed(tmp_path: Path) -> None:
    keep = ("policy: {}", "policy: {prune: [admins]}")
    found = judged(tmp_path, unused(CHO), unused(BEN), change=hold, files=(NO_GROUP, MEMBER, keep))
    assert obstacles(found) == [(BEN, "AutoCAD", "not pruned", ""), (CHO, "AutoCAD", "undeclared", "")]


def test_a_seat_of_an_undeclared_team_cannot_be_proposed(tmp_path: Path) -> None:
    def rename(account: Account) -> None:
        account.teams["legacy"] = account.teams.pop("design")
        for key, sub in list(account.subscriptions.items()):
            account.subscriptions[key] = sub._replace(team="legacy")

    found = judged(tmp_path, unused(BEN)._replace(team="legacy"), change=rename)
    assert obstacles(found) == [(BEN, "AutoCAD", "undeclared team", "legacy")]


def test_a_seat_that_is_declared_again_later_cannot_be_proposed(tmp_path: Path) -> None:
    dated = f"[{{user: {BEN}, until: {ago(-9)}}}, {{user: {BEN}, from: {ago(-50)}}}]"
    found = judged(tmp_path, unused(BEN), files=(("AutoCAD: [ben@acme.example]", f"AutoCAD: {dated}"),))
    assert obstacles(found) == [(BEN, "AutoCAD", "declared later", ago(-50))]


@pytest.mark.parametrize(
    ("groups", "kept"), [("external", True), ("{groups: [c*]}", True), ("{groups: [AD-*]}", False)]
)
def test_a_group_that_a_directory_keeps_cannot_be_left(groups: str, *, kept: bool, tmp_path: Path) -> None:
    synced = ("policy: {}", f"portal: {{directory_sync: {{design: {groups}}}}}")
    found = judged(tmp_path, unused(CHO), unused(CHO, "Revit"), unused(BEN), files=(synced,))
    why = ("synced group", "cad") if kept else ("", "")
    assert obstacles(found) == [(BEN, "AutoCAD", "", ""), (CHO, "AutoCAD", *why), (CHO, "Revit", *why)]


def test_seats_that_are_not_known_are_not_judged(tmp_path: Path) -> None:
    found = judged(tmp_path, unused(BEN), unknown=(Unknown("design", "seats", "users export"),))
    assert (found.candidates, found.others, found.unknown) == ((), (), ("design",))


@pytest.mark.parametrize(("unknown", "about"), [((), ""), (("subscriptions",), "no export shows them")])
def test_without_a_subscription(unknown: tuple[str, ...], about: str, tmp_path: Path) -> None:
    facts = tuple(Unknown("design", fact, "subscriptions export") for fact in unknown)
    found = judged(tmp_path, unused(BEN), change=lambda account: account.subscriptions.clear(), unknown=facts)
    assert [(each.against, each.about) for each in found.others if each.seat.person == BEN] == [
        ("no subscription", about)
    ]


def test_a_group_that_ends_before_the_direct_seat_gives_less(tmp_path: Path) -> None:
    ending = ("[cho@acme.example], products", f"[{{user: ben@acme.example, until: {ago(-9)}}}], products")
    found = judged(tmp_path, unused(BEN, last=ago(2)), files=(ending,))
    assert obstacles(found) == []


def test_an_unused_seat_beside_a_group_that_gives_more_loses_its_direct_entry(tmp_path: Path) -> None:
    both = ("AutoCAD: [ben@acme.example]", "AutoCAD: [cho@acme.example]")
    found = judged(tmp_path, unused(CHO), unused(CHO, "Revit", last=ago(2)), files=(both,))
    assert [(each.why, each.takes, each.stage) for each in found.candidates] == [
        (("not used", "beside a group"), False, "no notice")
    ]


# Since when a seat is held


def entry(days: int, step: Step, *rows: Change, actor: str | None = None) -> HistoryEntry:
    return HistoryEntry(1, 1, f"{ago(days)}T09:00:00Z", actor, step, rows)


def row(table: str, *key: str) -> Change:
    return Change(table, key, None, ())


NEVER = unused(BEN, last=None, days=0, assigned=None)
OF_A_YEAR = unused("zoe@acme.example", last=ago(1), days=200)
ASSIGNED = ASSIGN_SEAT.step(DESIGN, product="AutoCAD", user=BEN)
SEAT = row("team_seat", "design", "AutoCAD", BEN)


@pytest.mark.parametrize(
    ("others", "outcome"),
    [
        ((), f"only from {ago(1)}"),
        ((unused("zoe@acme.example", last=ago(1), days=30),), f"only from {ago(31)}"),  # such as one of 30 days
        ((unused("zoe@acme.example", last=ago(89), days=1),), f"only from {ago(89)}"),
        ((unused("zoe@acme.example", last=ago(91), days=1),), ""),
        ((OF_A_YEAR,), ""),
        ((OF_A_YEAR._replace(as_of=f"{ago(2)}T06:00:00Z"),), f"only from {ago(1)}"),  # another report
    ],
)
def test_an_empty_row_tells_of_the_days_that_its_report_is_known_to_cover(
    others: tuple[SeatUse, ...], outcome: str, tmp_path: Path
) -> None:
    found = judged(tmp_path, NEVER._replace(assigned=ago(500)), *others)
    about = [each.about for each in found.others if each.seat.person == BEN and each.against == "unknown"]
    assert about == ([outcome] if outcome else [])
    assert [each.seat.person for each in found.candidates] == ([] if outcome else [BEN])
    last = [each.last for each in found.candidates] + [each.last for each in found.others if each.seat.person == BEN]
    assert last == [""]


@pytest.mark.parametrize(
    ("days", "actor", "outcome"),
    [
        (89, None, ("assigned recently", ago(89))),
        (90, None, ago(90)),
        (89, PORTAL, ("assigned unknown", "")),  # seen then, and perhaps held for long
        (90, PORTAL, None),
    ],
)
def test_a_seat_that_was_never_used_is_as_old_as_the_log_says(
    days: int, actor: str | None, outcome: object, tmp_path: Path
) -> None:
    found = judged(tmp_path, NEVER, OF_A_YEAR, log=[entry(days, ASSIGNED, SEAT, actor=actor)])
    seats: list[object] = [each.assigned for each in found.candidates]
    seats += [(each.against, each.about) for each in found.others if each.seat.person == BEN]
    assert seats == [outcome]


def test_a_usage_report_knows_more_than_the_log_unless_the_seat_was_given_again_since(tmp_path: Path) -> None:
    report = unused(BEN, assigned=ago(500), as_of=ago(20))
    first = entry(10, ASSIGNED, SEAT)
    found = judged(tmp_path, report, log=[first])
    assert [each.assigned for each in found.candidates] == [ago(500)]
    again = [entry(400, ASSIGNED, SEAT), entry(12, ASSIGNED, SEAT.reversed()), first]
    found = judged(tmp_path, report, log=again)
    assert [(each.against, each.about) for each in found.others if each.seat.person == BEN] == [
        ("assigned recently", ago(10))
    ]
    found = judged(tmp_path, report._replace(as_of=ago(1)), log=again)
    assert [each.assigned for each in found.candidates] == [ago(500)]


def test_names_and_addresses_that_changed_lately_make_no_seat_new(tmp_path: Path) -> None:
    old, group = "benjamin@acme.example", row("group_member", "arts", "cad", CHO)
    rename = RENAME_TEAM.step(Scope("team", "arts"), to="design")
    log = [
        entry(400, ASSIGNED, row("team_seat", "arts", "AutoCAD", old)),
        entry(400, ADD_MEMBER.step(Scope("team", "arts"), group="cad", user=CHO), group),
        entry(400, ASSIGNED, row("group_seat", "arts", "cad", "AutoCAD"), row("group_seat", "arts", "cad", "Revit")),
        entry(
            9,
            CHANGE_EMAIL.step(WHOLE_ACCOUNT, user=old, to=BEN),
            row("team_seat", "arts", "AutoCAD", BEN),
            row("team_seat", "arts", "AutoCAD", old).reversed(),
        ),
        entry(
            8,
            RENAME_GROUP.step(Scope("team", "arts"), group="cad", to="drawing"),
            *(row("group_member", "arts", "drawing", CHO), group.reversed()),
            *(row("group_seat", "arts", "drawing", product) for product in ("AutoCAD", "Revit")),
        ),
        entry(
            7,
            rename,
            row("team_seat", "design", "AutoCAD", BEN),
            row("group_member", "design", "drawing", CHO),
            *(row("group_seat", "design", "drawing", product) for product in ("AutoCAD", "Revit")),
            row("team_seat", "arts", "AutoCAD", BEN).reversed(),
        ),
    ]
    rows = (NEVER._replace(team="arts", person=old), unused(CHO, team="arts", assigned=None))
    found = judged(tmp_path, *rows, unused(CHO, "Revit"), log=log, files=(("cad:", "drawing:"),))
    assert [(each.seat.person, each.seat.product, each.assigned, each.last) for each in found.candidates] == [
        (BEN, "AutoCAD", ago(400), ""),
        (CHO, "AutoCAD", ago(400), ago(200)),
        (CHO, "Revit", ago(500), ago(200)),  # by its usage report
    ]


def test_use_under_a_former_name_of_the_team_counts(tmp_path: Path) -> None:
    renamed = ("  design:\n", "  design:\n    renamed_from: [arts]\n")
    found = judged(tmp_path, unused(BEN), unused(BEN, team="arts", last=ago(4)), files=(renamed,))
    assert (found.used, found.candidates) == (1, ())


def test_a_row_for_some_days_stays_as_a_membership_for_these(tmp_path: Path) -> None:
    (tmp_path / "seatsync.yaml").write_text(PROJECT.replace("team.yaml", "team.yaml, people.csv"))
    (tmp_path / "team.yaml").write_text(TEAM)
    (tmp_path / "people.csv").write_text(f"email,team,product,until\nfay@acme.example,design,AutoCAD,{ago(-9)}\n")
    declared = load(tmp_path).declaration
    assert declared is not None
    proposal = give_back(declared, [GivenBack("design", "AutoCAD", "fay@acme.example", direct=True)])
    contents, _, refused = proposal.changes.contents(Folder(tmp_path))
    assert refused == {}
    assert {path.name: changed.new.decode() for path, changed in contents.items()} == {
        "people.csv": f"email,team,product,until\nfay@acme.example,design,,{ago(-9)}\n"
    }


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("products: [Revit]", {(BEN, "AutoCAD"), (CHO, "AutoCAD")}),
        ("groups: [cad]", {(BEN, "AutoCAD")}),
        ("users: ['cho@*']", {(BEN, "AutoCAD")}),
    ],
)
def test_what_a_team_ignores_is_counted_only(ignored: str, left: set[tuple[str, str]], tmp_path: Path) -> None:
    own = ("    primary_admin:", f"    ignore: {{{ignored}}}\n    primary_admin:")
    found = judged(tmp_path, unused(BEN), unused(CHO), unused(CHO, "Revit"), files=(own,))
    assert {(each.seat.person, each.seat.product) for each in found.candidates} == left
    assert found.ignored == len({(BEN, "AutoCAD"), (CHO, "AutoCAD"), (CHO, "Revit")} - left)


def test_a_team_that_prunes_no_seats(tmp_path: Path) -> None:
    own = ("    primary_admin:", "    prune: [groups]\n    primary_admin:")
    assert obstacles(judged(tmp_path, unused(BEN), files=(own,))) == [(BEN, "AutoCAD", "not pruned", "")]
    assert obstacles(judged(tmp_path, unused(BEN))) == [(BEN, "AutoCAD", "", "")]
