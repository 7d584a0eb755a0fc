from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.unknowns import Assumed, Unknown
from seatsync.finding import Finding, Location, Severity
from seatsync.planning.plan import Kept, Lasting, Plan, Undo
from seatsync.planning.preview import Pool, PoolUse, Preview, Row, ScopeChange, ScopeState
from seatsync.reporting.escape import visible
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.plan.plan_html import render
from seatsync.reporting.terminal import PLAIN
from tests.reading.corpora import MARKUP_INJECTION, NAUGHTY_STRINGS, needs
from tests.reporting.hostile import OWN, markup, naughty
from tests.reporting.large_plan import large, preview
from tests.reporting.test_plan_markdown import CHANGES, with_names
from tests.reporting.test_plan_text import BEN, CHO, DESIGN, EMPTY, SALES, nowhere


class Page(HTMLParser):
    """A parsed page: elements with attributes, texts by element, and the visible text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = [("", {})]
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.elements[-1][0], data))

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements with the names of their attributes: what no value may change."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    @property
    def said(self) -> str:
        return " ".join(" ".join(text for tag, text in self.texts if tag not in {"script", "style"}).split())

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(next(text for tag, text in self.texts if tag == "script"))
        return found


def test_the_policy_names_the_script_and_the_style_and_nothing_else() -> None:
    text = render(CHANGES, None)
    page = Page(text)
    policy = next(more["content"] for tag, more in page.elements if more.get("http-equiv") == "Content-Security-Policy")
    style = next(text for tag, text in page.texts if tag == "style")
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    hashes = [b64encode(sha256(part.encode()).digest()).decode() for part in (script, style)]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}';"
        " base-uri 'none'; form-action 'none'"
    )


def test_no_requests_and_no_inline_styles() -> None:
    page = Page(render(CHANGES, None))
    names = {name for _, attributes in page.elements for name in attributes}
    assert names.isdisjoint({"src", "srcset", "style", "action", "onclick", "onload"})
    links = [attributes["href"] or "" for _, attributes in page.elements if "href" in attributes]
    assert all(link.startswith("#") for link in links)
    assert "url(" not in render(CHANGES, None)


def test_steps_are_embedded_as_data() -> None:
    data = Page(render(CHANGES, None)).data
    assert data["people"] == ["ana@acme.example", "dee@acme.example"]
    assert data["places"] == ["team design", "the whole account"]
    insertion_reason = "added because the account's rules require it (STEP003)"
    assert data["steps"] == [
        [1, 0, 0, "make dee@acme.example secondary admin", [insertion_reason], [], 0, [0], [1], 0, 1],
        [
            2,
            0,
            1,
            "make dee@acme.example primary admin",
            ["ana@acme.example becomes secondary admin"],
            [1],
            0,
            [0, 1],
            [1],
            0,
            1,
        ],
        [3, 0, 2, "take the admin role from ana@acme.example", [], [2], 1, [1], [0], 0, 1],
        [
            4,
            1,
            1,
            "order for subscription S-9: seats 3 -> 4",
            ["ana@acme.example buys it, then `seatsync account purchase` records it"],
            [],
            0,
            [0],
            [],
            1,
            0,
        ],
    ]


def test_facts_of_the_plan() -> None:
    plan = CHANGES._replace(actor=BEN, allow=("GUARD002",), undo=Undo(3))
    said = Page(render(plan, None)).said
    assert "Plan for account acme Plan: 1 to add, 2 to change, 1 to remove, 1 to be done by people." in said
    assert (
        "Account acme (serial 12) at sqlite:///.seatsync/account.db Day 2026-11-21 Planned as ben@acme.example" in said
    )
    assert f"Undoes run 3 Allowed guards GUARD002 Intent {plan.intent()} Digest sha256:" in said
    assert "The page that seatsync plan writes also shows teams before and after, and seats." in said


def test_nothing_to_do() -> None:
    text = PLANS["html"](EMPTY, RenderOptions(nowhere, PLAIN))
    assert '<p class="summary nothing">Nothing to change: the account is as declared.</p>' in text
    assert "Look at these first" not in text


def test_findings_and_untouched_things() -> None:
    place = Location("teams/design.yaml", 3, 5, 3, 11)
    plan = CHANGES._replace(
        findings=(Finding("GUARD001", Severity.ERROR, "9 of 10 seats", place, "say --allow GUARD001.seats=9"),),
        unmanaged=((("team", "legacy"),),) * 201,
        unseen=((("team", "sales"),),),
        unknown=(Unknown("design", "groups", "groups export"),),
        assumed=(Assumed((("subscription", "574-1"),), "auto_renew", value=False),),
        synced=((("team", "design"), ("group", "all")),),
        undo=Undo(
            3, whole=False, lasting=(Lasting("case", CHANGES.steps[0].step, "C-1"),), kept=(Kept((("team", "x"),)),)
        ),
    )
    text = render(plan, None)
    said = Page(text).said
    assert 'class="summary wrong"' in text
    assert "error GUARD001 9 of 10 seats" in said
    assert "at teams/design.yaml:3:5 hint: say --allow GUARD001.seats=9" in said
    assert "Not managed, left as is (201) team legacy" in said
    assert said.count("team legacy") == 200
    assert "and 1 more" in said
    assert "Hidden from this person, left out (1) team sales" in said
    assert "Unknown, so nothing about it is planned (1) team design: groups (groups export)" in said
    assert "Assumed, because no source shows it (1) subscription 574-1: that it does not renew by itself" in said
    assert "Kept by a directory, left as is (1) team design, group all" in said
    assert "1 thing that run 3 did cannot be undone (1) team design: make dee@acme.example secondary admin" in said
    assert "1 thing that run 3 changed stays as it is, because of a later change (1) team x" in said


def test_many_risks_have_a_button() -> None:
    plan = large(2000)
    text = render(plan, preview(plan))
    said = Page(text).said
    assert "Roles: 50 steps" in said
    assert "and 25 more" in said
    assert 'data-kind="remove"' in text
    assert "50 unchanged pools" not in said


def test_a_team_before_and_after() -> None:
    plan = large(40)
    said = Page(render(plan, preview(plan))).said
    assert (
        "team team 000 roles and assignments team team 000: before and after Of Before After"
        " primary admin boss@team000.example boss@team000.example"
        " secondary admin deputy@team000.example person.1@team000.example , deputy@team000.example" in said
    )
    assert "member 42 people 55 people: new.person.11@team000.example" in said
    assert "Pools that change or are short" in said
    assert "team team 000 AutoCAD 40 of 30, 10 over 27 of 30 2026-12-31" in said


def test_pools_of_all_kinds() -> None:
    pools = (
        Pool(DESIGN, "AutoCAD", PoolUse(3, 3, "2026-12-31"), PoolUse(4, 3, "2027-12-31")),
        Pool(SALES, "Maya", PoolUse(2, None, "2026-12-31"), PoolUse(2, None, "2026-12-31")),
        Pool(SALES, "Revit", PoolUse(0, 0, None), PoolUse(0, 0, None)),
    )
    text = render(EMPTY, Preview((), pools))
    said = Page(text).said
    assert "team design AutoCAD 3 of 3 4 of 3, 1 over 2026-12-31 → 2027-12-31" in said
    assert "2 unchanged pools" in said
    assert "team sales Maya 2, not counted 2, not counted 2026-12-31 team sales Revit 0 of 0 0 of 0 no end" in said
    assert '<rect class="over" x="75" width="25" height="8"/>' in text


def test_a_team_that_is_renamed_and_a_plan_without_teams() -> None:
    side = ScopeState((Row("contract manager", "subscription S-1", ("ana@acme.example",)),), ())
    said = Page(
        render(
            CHANGES, Preview((ScopeChange(DESIGN, "studio", side, side), ScopeChange(SALES, "sales", side, None)), ())
        )
    ).said
    assert "team design → studio: before and after" in said
    assert "contract manager of subscription S-1 ana@acme.example ana@acme.example" in said
    assert "team sales is gone" in said
    assert "Before and after" not in Page(render(CHANGES, Preview((), ()))).said


def check(text: str) -> None:
    """Check that a page has the same elements for any names, and shows them unchanged."""
    found = Page(page := render(*with_names(text)))
    assert found.shape == TAME
    assert " ".join(f"Plan for account {visible(text)}".split()) in found.said
    assert [step[0] for step in found.data["steps"]] == [1, 2, 3, 4]
    assert len(re.findall("</script", page, re.IGNORECASE)) == 2


TAME = Page(render(*with_names("name"))).shape


@pytest.mark.parametrize("text", [text for text in OWN if "\n" not in text])
def test_names_are_not_markup(text: str) -> None:
    check(text)


@needs(NAUGHTY_STRINGS)
@needs(MARKUP_INJECTION)
def test_naughty_names_are_not_markup() -> None:
    for text in naughty() + markup():
        if text.strip():
            check(text)


@given(st.text(st.sampled_from("<>&\"'/!-$scriptaé \\"), min_size=1))
@settings(max_examples=40)
def test_any_name_is_not_markup(text: str) -> None:
    check(text)


def test_a_plan_by_nobody() -> None:
    plan: Plan = EMPTY._replace(steps=(CHANGES.steps[0]._replace(performers=()),))
    assert Page(render(plan, None)).data["steps"][0][6:9] == [-1, [], [0]]


def test_the_same_plan_is_the_same_page() -> None:
    plan = CHANGES._replace(actor=CHO)
    assert render(plan, None) == render(plan, None)
