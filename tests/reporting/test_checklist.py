"""Checklists: the entries and their texts, in Markdown, literally."""

from __future__ import annotations

import shlex
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Plain, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.model import WHOLE_ACCOUNT
from seatsync.planning.assignments import entries_of
from seatsync.planning.batches import import_key
from seatsync.planning.plan import Excluded, Lasting, Limit, Undo
from seatsync.reporting.checklist import checklist_markdown
from seatsync.reporting.checklist.entries import Entry, by_person, open_entries
from seatsync.reporting.checklist.entry_lines import case_ids, filled, lines_of
from seatsync.reporting.checklist.letters import WRITERS, Known
from seatsync.reporting.checklist.procedures import IMPORTS, PROCEDURES, SEAT_OF_GROUP
from seatsync.targets.target import Case
from tests.account.sample import NOON, acme
from tests.chance import chances
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from
from tests.reporting.checklists import (
    ANA,
    BEN,
    C1,
    CHO,
    DEE,
    DESIGN,
    ELI,
    EVERYTHING,
    STUDIO,
    cases_of,
    folder_of,
    invite,
    markdown,
    plan_of,
    todo,
)
from tests.reporting.test_wording import SENTENCES

SCOPES = {"team": DESIGN, "contract": C1, "account": WHOLE_ACCOUNT}


# Every action


def test_every_action_has_a_procedure_in_every_scope() -> None:
    for name, spec in ACTIONS.items():
        more = {SEAT_OF_GROUP} if "group" in spec.optional else set()
        assert set(PROCEDURES[name]) == {*spec.effects, *more}, name
    assert set(PROCEDURES) == set(ACTIONS)


def test_every_import_has_a_procedure() -> None:
    args: dict[str, Plain] = {"user": CHO, "product": "Revit", "group": "cad"}
    steps = (
        Step.make(name, DESIGN, **{arg: args.get(arg) for arg in (*spec.required, *spec.optional) if arg in args})
        for name, spec in ACTIONS.items()
    )
    assert {step.action for step in steps if import_key(step) is not None} == set(IMPORTS)


def test_everybody_who_is_asked_gets_a_text() -> None:
    assert set(WRITERS) == {name for name, spec in ACTIONS.items() if spec.channel != "self-service"}


@pytest.mark.parametrize(("action", "args"), [(action, args) for action, args, _ in SENTENCES if action in ACTIONS])
def test_every_gap_of_a_text_is_filled(action: str, args: dict[str, Plain]) -> None:
    spec = ACTIONS[action]
    routes = ["csv"] if action in IMPORTS and args.get("group") is None else []
    routes.append("console" if spec.channel == "self-service" else spec.channel)
    for scope in (SCOPES[kind] for kind in spec.effects):
        for route in routes:
            plan = plan_of(todo(action, scope, route)._replace(step=Step.make(action, scope, **args)))
            [entry], _ = open_entries(plan, cases_of(plan), Known(acme()), NOON)
            lines = list(lines_of(entry))
            assert [line for line in lines if ("name", "?") in line.text] == []
            assert [line for line in lines if ("name", "") in line.text] == []
            assert (entry.letter is None) == (route in {"console", "csv"})


def test_a_gap_that_is_not_filled_is_found() -> None:
    assert filled("{who} of {team}", {"team": (("name", "design"),)}) == (
        ("name", "?"),
        ("plain", " of "),
        ("name", "design"),
    )


# The whole checklist


WHOLE = """\
# Checklist of run 3, account `acme`

Plan of 2026-06-15, 9 entries (11 cases) for 2 people, 1 hand-over.

Work from top to bottom. Do an entry, look at what its line “Check” names, and tick its box. At the end, confirm what \
is ticked. The next refresh compares it with what the portal shows.

## 1. `ana@acme.example`

Sign in at manage.autodesk.com as `ana@acme.example`.

- [ ] **1.** team design: invite 2 people (`CASE-1` and `CASE-2`)
  - File: [`01-invite-design.csv`](01-invite-design.csv)
  - Menu: User Management > By User > team `design` > Invite users > Import > Upload CSV file
  - Note: After the import, “Download error log” and keep it. Whom it names is not done: “Upload corrected file”, or \
do it by hand, and leave their boxes empty until then.
  - Note: The portal skips people who are in the team already.
  - Note: Until they accept, the invitation can be sent again after 7 days; after 90 days the person has to be added \
anew.
  - Note: The file has these names without characters that a spreadsheet would not read as text: `Zoë =Kim`
  - Check: By User lists all of them in the team, as invited (older: pending) or, with a vendor account, as active.
  - People:
    - [ ] `new@acme.example` `Ana Nova` (`CASE-1`)
    - [ ] `zoe@acme.example` `Zoë =Kim` (`CASE-2`)
- [ ] **2.** team design: assign Revit to 2 people (`CASE-3` and `CASE-4`)
  - After: entry 1
  - File: [`02-assign-design-Revit.csv`](02-assign-design-Revit.csv)
  - Menu: User Management > By Product > team `design` > `Revit` > Assign users > Import to assign > Upload CSV file
  - Note: After the import, “Download error log” and keep it. Whom it names is not done: “Upload corrected file”, or \
do it by hand, and leave their boxes empty until then.
  - Note: Who has the product already gets no second seat.
  - Note: Choose seats of the pool where the portal asks: access through one subscription ID ends with that \
subscription.
  - Note: The file has these names without characters that a spreadsheet would not read as text: `Zoë =Kim`
  - Check: By Product lists all of them under `Revit`.
  - People:
    - [ ] `new@acme.example` `Ana Nova` (`CASE-3`)
    - [ ] `zoe@acme.example` `Zoë =Kim` (`CASE-4`)
- [ ] **3.** team design: add `new@acme.example` to group cad (`CASE-5`)
  - After: entry 1
  - Menu: User Management > By Group > team `design` > `cad` > Add users > `new@acme.example` > Done
  - Check: The group `cad` lists `new@acme.example`.
- [ ] **4.** team design: make `ben@acme.example` primary admin (`CASE-6`)
  - **Warning:** A team has one primary admin: the present one becomes secondary admin by this. The contract manager \
stays.
  - Menu: User Management > By User > team `design` > `ben@acme.example` > Change role > Primary admin > Save > \
Reassign primary admin
  - Note: Only a secondary admin can become primary admin.
  - Note: The portal sends `ben@acme.example` a mail about the new role. Tell them before.
  - Effect: `ana@acme.example` becomes secondary admin
  - Check: By User shows `ben@acme.example` as primary admin, and the former one as secondary admin.
- [ ] **5.** team design: make `ben@acme.example` contract manager of subscription `S-1` (`CASE-7`)
  - **Warning:** The new contract manager gets bills and renewal notices from then on, and nobody else does.
  - Text to send: [`03-contract-manager-S-1.txt`](03-contract-manager-S-1.txt): 4 gaps to fill in
  - Menu: the vendor's help page “User management admin roles” > the form “Change contract manager”
  - Note: Only the present contract manager can hand in the form.
  - Note: If they are gone, send the text to the vendor's support instead.
  - Note: The portal may make the new contract manager secondary admin of the team.
  - Check: Billing and Orders > Subscriptions and Contracts, seen by `ben@acme.example`, lists it. Download a \
confirmation or note the ticket as evidence.

## 2. `ben@acme.example`

When `ana@acme.example` has done the part above: sign in at manage.autodesk.com as `ben@acme.example`.

- [ ] **6.** send the invitation of `eli@acme.example` to `eli.new@acme.example` instead (`CASE-8`)
  - Menu: User Management > By User (contracts: Classic User Management) > each team or contract of `eli@acme.example`
  - Note: Remove `eli@acme.example`, whose invitation was not accepted: `eli@acme.example` > Remove user (the trash \
can).
  - Note: Invite the new address, with the same name: Invite users > `eli.new@acme.example` > Send invite.
  - Note: Give `eli.new@acme.example` again what `eli@acme.example` had:
  - team design: member, group cad
  - Check: By User lists `eli.new@acme.example` as invited, with everything named above, and no longer \
`eli@acme.example`.
- [ ] **7.** team studio: remove `gus@acme.example` (`CASE-9`)
  - **Warning:** With the membership the person loses the team's hubs and projects: by the vendor's newest text, \
access to its hubs (ACC, BIM 360), to their projects and to the data in them ends. Tell the hub and project admins \
first.
  - Menu: User Management > By User > team `studio` > `gus@acme.example` > Remove user (the trash can) > confirm
  - Note: The personal vendor account of `gus@acme.example` stays. A person of a synced directory is removed there.
  - Effect: frees Revit; leaves the account
  - Check: By User no longer lists `gus@acme.example` in the team, and By Product shows the seats as free.
- [ ] **8.** team studio: delete the team (`CASE-10`)
  - After: entry 7
  - **Warning:** Hubs and projects of the team are lost with it, and so is everybody's access to the data in them. \
Tell the hub and project admins first.
  - **Warning:** Everybody leaves the team with it.
  - Text to send: [`04-delete-team-studio.txt`](04-delete-team-studio.txt): 1 gap to fill in
  - Menu: Get Help (at the lower right) > Post-purchase support > User & license management > Contact a support agent
  - Note: The portal has no menu for it: the primary admin asks the vendor's support.
  - Note: Subscriptions have to be out of the team before.
  - Check: The list of teams no longer has `studio`.
- [ ] **9.** team design: order for subscription `S-1`: seats 3 -> 5 (`CASE-11`)
  - After: entry 5, once 5 is answered; go on with what does not need it
  - Text to send: [`05-purchase-S-1.txt`](05-purchase-S-1.txt): 4 gaps to fill in
  - Menu: Billing and Orders > Subscriptions and Contracts
  - Note: Bought through a reseller: send them the text.
  - Note: The portal shows a purchase within two hours after the payment.
  - Check: Billing and Orders > Subscriptions and Contracts shows `seats 5`.

## When it is done

Run this in the folder of the project, without the cases that were not done. With --evidence, it keeps the number of a \
ticket or the name of a file as proof:

    seatsync account confirm CASE-1 CASE-2 CASE-3 CASE-4 CASE-5 CASE-6 CASE-7 CASE-8 CASE-9 CASE-10 CASE-11

## No longer wanted

The plan no longer contains these open cases. Do not do them, and withdraw them. If one was done already, confirm it \
instead; the next plan takes it back.

- `CASE-99`: team design: assign Maya to `cho@acme.example`

These commands withdraw them:

    seatsync account withdraw CASE-99 --why 'no longer wanted by the plan of 2026-06-15'
"""


def test_the_whole_checklist() -> None:
    case = Case("CASE-99", todo("seat.assign", DESIGN, user=CHO, product="Maya").step, NOON.stamp, None)
    assert folder_of(EVERYTHING, [case]).files["CHECKLIST.md"].decode() == WHOLE


def test_what_to_do_first() -> None:
    first = "ana@acme.example: team design: invite 2 people (01-invite-design.csv)"
    assert folder_of(EVERYTHING).first == first
    assert folder_of(plan_of(todo("group.create", DESIGN, group="lab", may=()))).first == (
        "somebody who may: team design: create group lab"
    )
    assert folder_of(plan_of()).first == ""


def titles(text: str) -> list[str]:
    """Return the headings and first lines of entries of a checklist."""
    return [line for line in text.splitlines() if line.startswith(("## ", "- [ ]"))]


def test_people_and_hand_overs() -> None:
    text = markdown(
        todo("group.create", DESIGN, group="a", may=(ANA, BEN)),
        todo("group.create", DESIGN, group="b", may=(BEN, CHO)),
        todo("group.create", DESIGN, group="c", may=(CHO,)),
        todo("group.create", DESIGN, group="d", may=()),
        todo("group.create", DESIGN, group="e", may=(ANA, BEN)),
    )
    assert titles(text) == [
        "## 1. `ben@acme.example`",
        "- [ ] **1.** team design: create group a (`CASE-1`)",
        "- [ ] **2.** team design: create group b (`CASE-2`)",
        "## 2. `cho@acme.example`",
        "- [ ] **3.** team design: create group c (`CASE-3`)",
        "## 3. whoever may",
        "- [ ] **4.** team design: create group d (`CASE-4`)",
        "## 4. `ben@acme.example`",
        "- [ ] **5.** team design: create group e (`CASE-5`)",
        "## When it is done",
    ]
    assert (
        "When `ben@acme.example` has done the part above: sign in at manage.autodesk.com as `cho@acme.example`." in text
    )
    assert "Sign in at manage.autodesk.com as `ben@acme.example`." in text
    assert (
        "When somebody who may has done the part above: sign in at manage.autodesk.com as `ben@acme.example`; or"
        in text
    )


def test_alike_steps_by_hand_are_one_entry() -> None:
    text = markdown(
        todo("seat.unassign", DESIGN, user=CHO, product="AutoCAD"),
        todo("group.create", DESIGN, group="lab"),
        todo("seat.unassign", DESIGN, user=ELI, product="AutoCAD", effects=("frees AutoCAD",)),
        todo("seat.unassign", STUDIO, user=ELI, product="AutoCAD", needs=(2,)),
    )
    assert titles(text) == [
        "## 1. `ana@acme.example`",
        "- [ ] **1.** team design: take AutoCAD from 2 people (`CASE-1` and `CASE-3`)",
        "- [ ] **2.** team design: create group lab (`CASE-2`)",
        "- [ ] **3.** team studio: take AutoCAD from `eli@acme.example` (`CASE-4`)",
        "## When it is done",
    ]
    assert "  - Menu: User Management > By Product > team `design` > `AutoCAD` > each person > Unassign\n" in text
    assert "    - [ ] `eli@acme.example` (`CASE-3`); Effect: frees AutoCAD\n" in text
    assert "  - After: entry 2\n" in text


def test_a_redirected_person_gets_back_what_they_had_by_then() -> None:
    text = markdown(
        todo("seat.assign", DESIGN, user=ELI, product="Maya"),
        todo("group.remove_member", DESIGN, user=ELI, group="cad"),
        todo("user.redirect_invitation", WHOLE_ACCOUNT, user=ELI, to="eli@new.example"),
        todo("admin.assign_secondary", DESIGN, user="eli@new.example"),
    )
    assert "what `eli@acme.example` had:\n  - team design: member, Maya\n  - Check:" in text


def test_what_a_person_of_a_contract_had() -> None:
    text = markdown(todo("user.redirect_invitation", WHOLE_ACCOUNT, user="dee@acme.example", to="dee@new.example"))
    assert (
        "  - team design: member, AutoCAD\n  - contract `C-1`: member, AutoCAD 2019, Rendering, support benefits\n"
        in text
    )
    text = markdown(todo("user.redirect_invitation", WHOLE_ACCOUNT, user=BEN, to="ben@new.example"))
    assert "  - team design: secondary admin\n  - team studio: primary admin\n" in text
    assert "  - contract `C-1`: software coordinator, Rendering\n" in text


def test_why_a_step_is_there() -> None:
    bridge = todo("seat.assign", DESIGN, user=CHO, product="AutoCAD")._replace(
        codes=("STEP003", "STEP006"), notes=("It was taken away on 2026-06-01 (STEP009).",)
    )
    text = markdown(bridge)
    assert "  - Why: temporary, so that nobody loses the product in between (STEP003)\n" in text
    assert "  - Note: This person has not accepted the invitation yet (STEP006).\n" in text
    assert "  - Note: It was taken away on `2026-06-01` (STEP009).\n" in text


def test_what_waits_for_an_answer() -> None:
    transfer = todo("contract_manager.transfer", DESIGN, "form", subscription="S-1", user=BEN)
    text = markdown(
        transfer,
        todo("coordinator.change", C1, "support", user="dee@acme.example"),
        todo("group.create", DESIGN, group="lab", needs=(1,)),
        todo("group.create", DESIGN, group="bim", needs=(1, 2, 3)),
    )
    assert "  - After: entry 1, once 1 is answered; go on with what does not need it\n" in text
    assert "  - After: entries 1–3, once 1–2 are answered; go on with what does not need it\n" in text


@given(chances())
@settings(max_examples=30)
def test_every_plan_can_be_done_by_its_checklist(random: Random) -> None:
    before, after = pair(random, classic=random.random() < 0.3)
    with TemporaryDirectory() as folder:
        plan = plan_from(declared_as(after, Path(folder) / "repository"), before)
    route = {"self-service": "console"}
    plan = plan._replace(
        steps=tuple(each._replace(route=route.get(each.channel, each.channel)) for each in plan.steps),
        serial=before.serial,
    )
    entries, unwanted = open_entries(plan, cases_of(plan), Known(before), CLOCK)
    assert unwanted == []
    parts = by_person(entries)
    done = [(person, tuple(planned.id for planned in batch)) for person, batch in entries_of(plan)]
    assert done == [
        (part.person, tuple(item.planned.id for item in entry.items)) for part in parts for entry in part.entries
    ]
    account = before.copy()
    for part in parts:
        for entry in part.entries:
            assert all(need < entry.number for need in entry.needs)
            for item in entry.items:
                may = performers(account, item.planned.step)
                assert part.person is None or identity(part.person) in {identity(each) for each in may}
                assert not isinstance(perform(account, item.planned.step, CLOCK), Refused)


# Cases that are not in the plan


MAYA = Case("CASE-9", todo("seat.assign", DESIGN, user=CHO, product="Maya").step, NOON.stamp, None, route="console")
CREATE = todo("group.create", STUDIO, group="lab")


def others(**limits: object) -> list[str]:
    plan = plan_of(CREATE)._replace(**limits)  # type: ignore[arg-type]  # fields of a plan
    lines = folder_of(plan, [MAYA._replace(people=(BEN,), needs=("CASE-1", "CASE-7"))]).files["CHECKLIST.md"].decode()
    return [line for line in lines.splitlines() if "CASE-9" in line]


KEPT = [
    "- [ ] **2.** team design: assign Maya to `cho@acme.example` (`CASE-9`)",
    "    seatsync account confirm CASE-1 CASE-9",
]


def test_case_that_the_plan_no_longer_wants() -> None:
    assert others() == [
        "- `CASE-9`: team design: assign Maya to `cho@acme.example`",
        "    seatsync account withdraw CASE-9 --why 'no longer wanted by the plan of 2026-06-15'",
    ]


@pytest.mark.parametrize(
    "limits",
    [
        {"teams": ("studio",)},
        {"left_out": (Excluded("team", "design", ("SEAT003",)),)},
        {"unseen": ((("team", "design"),),)},
        {"undo": Undo(2)},
        {"limit": Limit(("console",), 1)},
    ],
    ids=str,
)
def test_case_that_the_plan_is_not_about_stays(limits: dict[str, object]) -> None:
    assert others(**limits) == KEPT


def test_case_of_a_team_that_the_plan_is_about() -> None:
    assert others(teams=("design", "studio")) != KEPT
    assert others(left_out=(Excluded("team", "studio", ("SEAT003",)),)) != KEPT


def test_an_undo_withdraws_the_open_cases_of_its_run() -> None:
    assert others(undo=Undo(2, lasting=(Lasting("case", MAYA.step, "CASE-9"),))) == others()
    assert others(undo=Undo(2, lasting=(Lasting("case", MAYA.step, "CASE-8"),))) == KEPT


def test_step_without_a_case_is_not_on_the_checklist() -> None:
    plan = plan_of(invite("new@acme.example"), todo("seat.assign", DESIGN, user="new@acme.example", product="Maya"))
    entries, unwanted = open_entries(plan, cases_of(plan)[1:], Known(acme()), NOON)
    assert ([entry.title for entry in entries], unwanted) == (["team design: assign Maya to new@acme.example"], [])


def test_steps_by_api_are_not_on_the_checklist_but_what_waits_for_them_says_so() -> None:
    plan = plan_of(
        todo("admin.assign_secondary", DESIGN, user=DEE),
        todo("seat.assign", DESIGN, "api", needs=(1,), user=DEE, product="Maya"),
        todo("seat.assign", DESIGN, "api", needs=(1,), user=DEE, product="AutoCAD"),
        todo("admin.revoke", DESIGN, needs=(2, 3), user=DEE),
    )
    entries, unwanted = open_entries(plan, cases_of(plan), Known(acme()), NOON, waiting=[2, 3])
    assert unwanted == []
    assert [(entry.cases, entry.needs) for entry in entries] == [(("CASE-1",), ()), (("CASE-4",), (1,))]
    assert [item.needs for entry in entries for item in entry.items] == [(), ("CASE-1",)]
    first, last = (render_entry(entry) for entry in entries)
    assert "First" not in first
    assert (
        "First: run `seatsync apply` again, which does by API:"
        " team design: assign Maya to `dee@acme.example`, and 1 more step\n"
    ) in last
    done, _ = open_entries(plan, cases_of(plan), Known(acme()), NOON)
    assert "First" not in render_entry(done[1])


def render_entry(entry: Entry) -> str:
    return "".join(checklist_markdown._entry(entry))


# Commands


def test_commands_name_another_target() -> None:
    text = folder_of(plan_of(CREATE), [MAYA], target="sqlite:///my accounts/a.db").files["CHECKLIST.md"].decode()
    assert "    seatsync account confirm --target 'sqlite:///my accounts/a.db' CASE-1\n" in text
    assert "2026-06-15' --target 'sqlite:///my accounts/a.db'\n" in text


def test_commands_fit_into_every_shell() -> None:
    steps = [invite(f"p{number}@acme.example", route="csv") for number in range(2_000)]
    commands = [line.strip() for line in markdown(*steps).splitlines() if line.startswith("    seatsync")]
    assert len(commands) == 3
    assert max(map(len, commands)) <= 7_000
    words = [shlex.split(line) for line in commands]
    assert {tuple(each[:3]) for each in words} == {("seatsync", "account", "confirm")}
    assert [case for each in words for case in each[3:]] == [f"CASE-{number}" for number in range(1, 2_001)]


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        (["CASE-1"], "CASE-1"),
        (["CASE-1", "CASE-2"], "CASE-1 and CASE-2"),
        (["CASE-9", "CASE-10", "CASE-11"], "CASE-9 to CASE-11"),
        (["CASE-1", "CASE-3", "CASE-4", "CASE-5", "CASE-9"], "CASE-1, CASE-3 to CASE-5 and CASE-9"),
        (["CASE-01", "CASE-02"], "CASE-01 and CASE-02"),
        (["a", "b"], "a and b"),
    ],
)
def test_ids_in_words(cases: list[str], words: str) -> None:
    assert case_ids(cases) == words
