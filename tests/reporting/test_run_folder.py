"""The files of a run's folder: imports, texts to send, their names, and what hostile names can do in them."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections.abc import Mapping
from functools import cache
from html.parser import HTMLParser
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import WHOLE_ACCOUNT, Scope, User
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.reporting.checklist.import_files import COLUMNS, MOST_ROWS, file_name, import_files, safe
from seatsync.reporting.checklist.letters import Known
from seatsync.reporting.checklist.run_folder import render
from seatsync.targets.target import Case
from tests.account.sample import NOON, acme
from tests.reporting.checklists import (
    ANA,
    BEN,
    C1,
    DESIGN,
    EVERYTHING,
    STUDIO,
    cases_of,
    files_of,
    folder_of,
    invite,
    markdown,
    plan_of,
    todo,
)
from tests.reporting.hostile import OWN, markup, naughty
from tests.reporting.rendered import rendered

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def rows_of(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV as a spreadsheet reads them, without the columns."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    assert rows[0] == ["First name", "Last name", "Email address"]
    assert {len(row) for row in rows} == {3}
    return rows[1:]


# Imports


def test_an_import() -> None:
    people = [User("ana@acme.example", "Ana", "da Silva"), User("bo@acme.example", 'Bo "B"', "O, Neil")]
    [content] = import_files(people)
    assert content.decode("ascii").split("\r\n") == [
        "First name,Last name,Email address",
        "Ana,da Silva,ana@acme.example",
        '"Bo ""B""","O, Neil",bo@acme.example',
        "",
    ]


def test_other_than_ascii_begins_with_a_mark() -> None:
    [content] = import_files([User("zoe@acme.example", "Zoë", "Łuk")])
    assert content == b"\xef\xbb\xbfFirst name,Last name,Email address\r\nZo\xc3\xab,\xc5\x81uk,zoe@acme.example\r\n"


def test_five_thousand_rows_at_most() -> None:
    steps = [invite(f"p{number}@acme.example") for number in range(2 * MOST_ROWS + 1)]
    files = {name: rows_of(content) for name, content in files_of(*steps).items() if name.endswith(".csv")}
    assert {name: len(rows) for name, rows in files.items()} == {
        "01-invite-design-1.csv": 5_000,
        "01-invite-design-2.csv": 5_000,
        "01-invite-design-3.csv": 1,
    }
    assert [row[2] for rows in files.values() for row in rows] == [step.step.text("user") for step in steps]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Ana", "Ana"),
        ("=Ana", "Ana"),
        ("=+-@Ana", "Ana"),
        ("\t=Ana", "Ana"),
        (" = Ana", " Ana"),
        ("\u00a0@Ana", "Ana"),
        ("Ana\tMaria", "AnaMaria"),
        ("Ana\r\nMaria", "AnaMaria"),
        ("Ana\u2028\x85\x0bMaria", "AnaMaria"),
        ("A\x00na", "Ana"),
        ("A\udc80na", "Ana"),
        ("＝Ana", "Ana"),
        ("\u200b=Ana", "Ana"),
        ("\ufeff \u200e@+\u2066-Ana", "Ana"),
        ("\u3164=Ana", "Ana"),
        ("\u034f=Ana", "Ana"),
        ("\u200bAna", "\u200bAna"),
        (" - ", " "),
        ("Anne-Marie", "Anne-Marie"),
        ("Ana =", "Ana ="),
        ("=", ""),
        (" Ana", " Ana"),
        ("Al\u200cAmin", "Al\u200cAmin"),
    ],
)
def test_what_is_left_of_a_name(name: str, left: str) -> None:
    assert safe(name) == left


def test_names_are_those_by_then() -> None:
    files = files_of(
        todo("user.update", WHOLE_ACCOUNT, user="dee@acme.example", first_name="Dee", last_name="Kim"),
        todo("seat.assign", DESIGN, "csv", user="dee@acme.example", product="Maya"),
        todo("user.redirect_invitation", WHOLE_ACCOUNT, user="eli@acme.example", to="new@acme.example"),
        todo("group.add_member", DESIGN, "csv", needs=(3,), user="New@acme.example", group="idle"),
        todo("seat.assign", DESIGN, "csv", user="BEN@acme.example", product="Revit"),
    )
    found = {name: rows_of(content) for name, content in files.items() if name.endswith(".csv")}
    assert found == {
        "01-assign-design-Maya.csv": [["Dee", "Kim", "dee@acme.example"]],
        "02-group-design-idle.csv": [["", "", "new@acme.example"]],
        "03-assign-design-Revit.csv": [["Ben", "Okoro", "Ben@acme.example"]],
    }


def test_people_without_names_are_listed() -> None:
    text = files_of(*(invite(f"p{number}@acme.example", "P") for number in range(22)))["CHECKLIST.md"].decode()
    assert "which the portal may refuse: `p0@acme.example`, `p1@acme.example`" in text
    assert "`p19@acme.example` and 2 more\n" in text


# Texts to send


def letter(step: PlannedStep, name: str) -> str:
    return files_of(step)[name].decode()


def test_a_form() -> None:
    step = todo("contract_manager.transfer", DESIGN, "form", (ANA,), subscription="S-1", user="cho@acme.example")
    assert (
        letter(step, "01-contract-manager-S-1.txt")
        == """\
Before you send this text, fill in 5 gaps marked [FILL IN …], and remove this line.

To: the vendor, with the form “Change contract manager” on the help page “User management admin roles”
Subject: New contract manager of subscription S-1 (our reference: CASE-1)

Please make the new contract manager responsible for subscription S-1, in place of the current one.

Company:                   [FILL IN: company]
Subscription ID:           S-1
Contract number:           [FILL IN: contract number]
Team:                      design
Product:                   AutoCAD, single-user, 3 seats
Term:                      2026-01-01 to 2026-12-31
Bought:                    through a reseller
Reseller:                  [FILL IN: reseller]
Our customer number there: [FILL IN: our customer number there]
Current contract manager:  Ana Silva <ana@acme.example>
New contract manager:      [FILL IN: name] <cho@acme.example>
Sent by:                   Ana Silva <ana@acme.example>
"""
    )


@pytest.mark.parametrize(
    ("contact", "lines"),
    [
        (("110001", "Dealer AG", "sales@dealer.example"), ["110001", "Dealer AG <sales@dealer.example>"]),
        (("", "Dealer AG", ""), ["[FILL IN: contract number]", "Dealer AG"]),
        (("110001", "", "sales@dealer.example"), ["110001", "<sales@dealer.example>"]),
        (("", "", ""), ["[FILL IN: contract number]", "[FILL IN: reseller]"]),
    ],
)
def test_what_an_export_showed_is_no_gap(contact: tuple[str, str, str], lines: list[str]) -> None:
    step = todo("contract_manager.transfer", DESIGN, "form", (ANA,), subscription="S-1", user=BEN)
    files = folder_of(plan_of(step), contacts={"S-1": contact}).files
    text = files["01-contract-manager-S-1.txt"].decode()
    found = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    assert [found[name].strip() for name in ("Contract number", "Reseller")] == lines
    gaps = 2 + lines.count("[FILL IN: contract number]") + lines.count("[FILL IN: reseller]")
    assert f": {gaps} gaps to fill in\n" in files["CHECKLIST.md"].decode()


def test_a_form_for_a_contract() -> None:
    text = letter(todo("contract_manager.transfer", C1, "form", user=BEN), "01-contract-manager-C-1.txt")
    assert "New contract manager of contract C-1" in text
    assert "Contract number:           C-1\nProducts:                  AutoCAD 2019, Maya 2019\n" in text
    assert "Subscription" not in text


def test_a_request_to_support() -> None:
    text = letter(todo("team.delete", STUDIO, "support", (BEN,)), "01-delete-team-studio.txt")
    assert "Please delete the team studio. We know that its hubs and projects are lost" in text
    assert "Subscriptions left:        S-4\n" in text
    moved = todo("subscription.move", DESIGN, subscription="S-4", from_="studio")
    free = todo("seat.unassign", STUDIO, user="gus@acme.example", product="Revit")
    files = files_of(free, moved, todo("team.delete", STUDIO, "support", (BEN,)))
    text = files["01-delete-team-studio.txt"].decode()
    assert "Please delete the team studio. Its subscriptions were moved to other teams. We know" in text
    assert "Subscriptions left:        none\n" in text
    text = letter(todo("coordinator.change", C1, "support", user="dee@acme.example"), "01-coordinator-C-1.txt")
    assert "Present coordinator:       Ben Okoro <Ben@acme.example>\nNew coordinator:           Dee <dee@" in text
    step = todo("user.change_email", WHOLE_ACCOUNT, "form", (BEN,), user=BEN, to="ben@new.example")
    text = letter(step, "01-change-email-ben-acme-example.txt")
    assert "New address:               ben@new.example\nTeams:                     design, studio\n" in text


def test_purchases() -> None:
    seats = Facts((("seats", 5),))
    step = todo("purchase.seats", DESIGN, "purchase", subscription="S-2", now=Facts((("tokens", 100),)), wanted=seats)
    text = letter(step, "01-purchase-S-2.txt")
    assert "To: the vendor's store (you order there yourself)\n" in text
    assert "Bought:                    in the vendor's store\nContract manager:          Ana Silva <" in text
    assert "Product:                   Maya, flex, 100 tokens\n" in text
    facts = (("product", "Revit"), ("offering", "single-user"), ("seats", 5), ("contract_manager", BEN))
    step = todo("purchase.subscription", DESIGN, "purchase", subscription="S-9", now=None, wanted=Facts(facts))
    text = letter(step, "01-purchase-S-9.txt")
    assert "To: [FILL IN: reseller or the vendor's store]\n" in text
    assert "Wanted:                    buy subscription S-9: 5 seats of Revit, single-user\n" in text
    assert "Bought:                    [FILL IN: bought]\n" in text
    assert "Contract manager:          Ben Okoro <Ben@acme.example>\n" in text
    wanted = Facts((("starts", "2027-01-01"), ("ends", "2027-12-31")))
    text = letter(todo("purchase.renewal", C1, "purchase", now=None, wanted=wanted), "01-purchase-C-1.txt")
    assert "Subject: Renewal of contract C-1 (our reference: CASE-1)\n" in text


@pytest.mark.parametrize(
    ("action", "now", "wanted", "words"),
    [
        ("purchase.seats", {"seats": 6}, {"seats": 8}, "8 seats instead of 6, which is 2 more"),
        ("purchase.seats", {"seats": 6}, {"seats": 5}, "5 seats instead of 6, which is 1 fewer"),
        ("purchase.seats", {"tokens": 100}, {"seats": 5}, "5 seats"),
        ("purchase.renewal", {"ends": "2026-12-31"}, {"ends": "2027-12-31"}, "until 2027-12-31 instead of 2026-12-31"),
        (
            "purchase.renewal",
            {"starts": "2026-01-01", "ends": "2026-12-31", "auto_renew": 0},
            {"starts": "2027-01-01", "ends": "2027-12-31", "auto_renew": 1},
            "from 2027-01-01 instead of 2026-01-01; until 2027-12-31 instead of 2026-12-31; it renews by itself",
        ),
    ],
)
def test_what_is_ordered(action: str, now: dict[str, str | int], wanted: dict[str, str | int], words: str) -> None:
    """In words that a reseller understands, and addressed to them."""
    before, after = Facts(tuple(now.items())), Facts(tuple(wanted.items()))
    plan = plan_of(todo(action, DESIGN, "purchase", subscription="S-1", now=before, wanted=after))
    folder = folder_of(plan, contacts={"S-1": ("4711", "Händler AG", "post@dealer.example")})
    text = folder.files["01-purchase-S-1.txt"].decode()
    assert f"Wanted:                    {words}\n" in text
    kind = "Renewal of" if action == "purchase.renewal" else "Order for"
    assert f"\nTo: Händler AG <post@dealer.example>\nSubject: {kind} subscription S-1 (our reference: CASE-1)\n" in text
    assert "  - Note: Bought through a reseller: send them the text.\n" in folder.files["CHECKLIST.md"].decode()


def test_how_to_buy() -> None:
    def note(**facts: str) -> str:
        wanted = Facts((("product", "Revit"), *facts.items()))
        step = todo("purchase.subscription", DESIGN, "purchase", subscription="S-9", now=None, wanted=wanted)
        return next(line for line in markdown(step).splitlines() if "Bought" in line)

    store, reseller = "Bought in the vendor's store: buy it there.", "Bought through a reseller: send them the text."
    assert note(channel="store") == f"  - Note: {store}"
    assert note(channel="reseller") == f"  - Note: {reseller}"
    assert note() == f"  - Note: {store} {reseller}"


def test_cases_of_before_say_since_when() -> None:
    """Somebody may have done them, or sent the order, already."""
    people = [invite(f"{name}@acme.example", route="console") for name in ("new", "zoe")]
    order = todo(
        "purchase.seats",
        DESIGN,
        "purchase",
        subscription="S-1",
        now=Facts((("seats", 3),)),
        wanted=Facts((("seats", 5),)),
    )
    opened = ["2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z", "2026-06-02T12:00:00Z"]

    def lines(*old: int) -> list[str]:
        plan = plan_of(*people, order)
        steps = tuple(each._replace(case=f"CASE-{each.id}" if each.id in old else None) for each in plan.steps)
        cases = [case._replace(opened_at=day) for case, day in zip(cases_of(plan), opened, strict=True)]
        made = render(plan._replace(steps=steps), cases, Known(acme()), NOON, "3")
        assert made.files["CHECKLIST.html"].decode().count("since 2026-06-0") == len(old) - (old[:2] == (1, 2))
        return [line.strip() for line in made.files["CHECKLIST.md"].decode().splitlines() if "since 2026" in line]

    assert lines() == []
    assert lines(1, 2) == ["- Open: since 2026-06-01; perhaps it is done, or sent, already"]
    assert lines(1, 3) == [
        "- [ ] `new@acme.example` (`CASE-1`); Open: since 2026-06-01",
        "- Open: since 2026-06-02; perhaps it is done, or sent, already",
    ]


def test_people_of_what_is_done_by_hand_are_shown() -> None:
    """Their names are needed for it; those of an import are in its file."""

    def page(number: int, route: str) -> str:
        steps = [invite(f"p{each}@acme.example", route=route) for each in range(number)]
        return files_of(*steps)["CHECKLIST.html"].decode()

    assert "<details open><summary>3 people, each with a box" in page(3, "console")
    assert "<details><summary>6 people, each with a box" in page(6, "csv")
    assert "<details><summary>21 people, each with a box" in page(21, "console")


def test_what_the_account_no_longer_has_is_a_gap() -> None:
    gone = Scope("contract", "C-9")
    text = letter(todo("coordinator.change", gone, "support", user=BEN, may=()), "01-coordinator-C-9.txt")
    assert "Contract manager:          [FILL IN: contract manager]\n" in text
    assert "Sent by:                   [FILL IN: sent by]\n" in text
    assert "[FILL IN: current contract manager]" in letter(
        todo("contract_manager.transfer", gone, "form", user=BEN), "01-contract-manager-C-9.txt"
    )
    gone = Scope("team", "none")
    assert "[FILL IN: primary admin]" in letter(todo("team.delete", gone, "support"), "01-delete-team-none.txt")


# Names of files


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("invite", "design"), "02-invite-design.csv"),
        (("assign", "Zürich / Büro", "3ds Max"), "02-assign-Zurich-Buro-3ds-Max.csv"),
        (("assign", "../../etc", "CON"), "02-assign-etc-CON.csv"),
        (("invite", "日本"), "02-invite.csv"),
        (("invite", "nul."), "02-invite-nul.csv"),
        (("invite", "a" * 300), f"02-invite-{'a' * 40}.csv"),
    ],
)
def test_names_of_files(parts: tuple[str, ...], name: str) -> None:
    assert file_name(2, parts, ".csv") == name


def test_files_are_numbered_in_the_order_of_the_checklist() -> None:
    assert [name for name in folder_of(EVERYTHING).files if not name.startswith("CHECKLIST")] == [
        "01-invite-design.csv",
        "02-assign-design-Revit.csv",
        "03-contract-manager-S-1.txt",
        "04-delete-team-studio.txt",
        "05-purchase-S-1.txt",
    ]


def test_teams_whose_names_look_alike_have_files_of_their_own() -> None:
    teams = [Scope("team", name) for name in ("a b", "a-b", "A_B", "ä b")]
    steps = [todo("user.invite", team, "csv", user=ANA, first_name="", last_name="") for team in teams]
    names = [name for name in files_of(*steps) if name.endswith(".csv")]
    assert names == ["01-invite-a-b.csv", "02-invite-a-b.csv", "03-invite-A-B.csv", "04-invite-a-b.csv"]


# Hostile names

ADDRESS = "zoe@acme.example"
STRUCTURE = {"h2", "h3", "input", "label", "a", "pre", "script", "style", "section", "li"}


class Page(HTMLParser):
    """A page: its elements with their attributes, but not the texts of names."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.cases: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(name for name, _ in attrs)))
        self.cases += [value or "" for name, value in attrs if name == "data-case"]

    def handle_data(self, data: str) -> None:
        self.text += data


def with_name(name: str) -> tuple[Plan, list[Case]]:
    """Return a plan and other cases in which everything that can have any name has this one."""
    team = Scope("team", name)
    plan = plan_of(
        todo("user.invite", team, "csv", user=ADDRESS, first_name=name, last_name=name),
        todo("seat.assign", team, "csv", user=ADDRESS, product=name),
        todo("group.add_member", team, "csv", user=ADDRESS, group=name),
        todo("group.rename", team, group=name, to=name, effects=(name,))._replace(notes=(name,)),
        todo("contract_manager.transfer", team, "form", subscription=name, user=ADDRESS),
        todo("team.delete", team, "support"),
        todo("coordinator.change", Scope("contract", name), "support", user=ADDRESS),
        todo("sso.configure", team, sso=Facts((("domains", (name,)), ("metadata_url", name)))),
    )
    return plan._replace(account=name, target=name), [
        Case(f"{name}9", Step.make("group.delete", team, group=name), "", None)
    ]


def check(name: str) -> None:
    """Check that a name has no effect in any file of a folder."""
    account = acme()
    account.users[ADDRESS] = User(ADDRESS, name, name)
    plan, others = with_name(name)
    folder = folder_of(plan, others, account, target=name)
    for file, content in folder.files.items():
        assert re.fullmatch(r"CHECKLIST\.(md|html)|\d\d-[A-Za-z0-9-]+\.(csv|txt)", file), file
        if file.endswith(".csv"):
            [row] = rows_of(content)
            assert row[2] == ADDRESS
            assert not [cell for cell in row if cell.startswith(FORMULA) or re.search("[\t\r\n]", cell)]
    check_markdown(folder.files["CHECKLIST.md"].decode(), calm()["CHECKLIST.md"].decode())
    page, usual = Page(folder.files["CHECKLIST.html"].decode()), calm_page()
    assert set(page.shape) == set(usual.shape)
    assert [each for each in page.shape if each[0] in STRUCTURE] == [
        each for each in usual.shape if each[0] in STRUCTURE
    ]
    assert [shlex.split(case) for case in page.cases] == [[f"CASE-{number}"] for number in range(1, 9)]


@cache
def calm() -> Mapping[str, bytes]:
    """Return the files of a folder with a name that certainly has no effect."""
    plan, others = with_name("calm")
    return folder_of(plan, others, acme(), target="calm").files


@cache
def calm_page() -> Page:
    return Page(calm()["CHECKLIST.html"].decode())


def check_markdown(text: str, calm: str) -> None:
    page, usual = rendered(text), rendered(calm)
    assert page.tags == usual.tags
    assert page.found == usual.found == []
    commands = [line.strip() for line in text.splitlines() if line.startswith("    seatsync")]
    assert len(commands) == len([line for line in calm.splitlines() if line.startswith("    seatsync")])


@pytest.mark.parametrize("name", OWN)
def test_names_have_no_effect(name: str) -> None:
    check(name)


def test_naughty_names_have_no_effect() -> None:
    for name in naughty() + markup():
        check(name)


@given(st.text(min_size=1, max_size=30) | st.sampled_from("=+-@\t`$'\"<&|;\\!*_#[").flatmap(lambda c: st.just(c * 3)))
def test_any_name_has_no_effect(name: str) -> None:
    check(name)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_name_is_a_row(first: str, last: str) -> None:
    [content] = import_files([User(ADDRESS, first, last)])
    [row] = rows_of(content)
    assert row == [safe(first), safe(last), ADDRESS]
    assert safe(safe(first)) == safe(first)
    assert not "".join(char for char in safe(first) if category(char) not in {"Cf", "Mn"}).lstrip().startswith(FORMULA)
    assert COLUMNS == ("First name", "Last name", "Email address")


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable()), min_size=1, max_size=4))
def test_commands_name_exactly_the_cases(ids: list[str]) -> None:
    cases = list(dict.fromkeys(ids))
    plan = plan_of(*(todo("group.create", DESIGN, group=f"g{number}") for number in range(len(cases))))
    found = [Case(case, planned.step, NOON.stamp, None) for case, planned in zip(cases, plan.steps, strict=True)]
    page = Page(render(plan, found, Known(acme()), NOON, "3").files["CHECKLIST.html"].decode())
    assert [shlex.split(case) for case in page.cases] == [[case] for case in cases]
