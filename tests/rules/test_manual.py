"""The manual has a page for every code, and its examples do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.finding import Severity
from seatsync.rules import ALL_RULES, manual
from tests.rules.case_files import case_of, findings_of

CODES = (
    "FILE001 YAML001 YAML002 YAML003 YAML004 YAML005 SCHEMA001 SCHEMA002 TIME001 TIME002 REF001 REF002 REF003 REF005 "
    "ROLE001 ROLE002 ROLE003 ROLE004 ROLE005 SEAT001 SEAT002 SEAT003 SEAT004 SEAT005 SEAT006 "
    "CLASSIC001 CLASSIC002 CLASSIC003 CLASSIC004 CLASSIC005 CLASSIC006 POLICY001 POLICY002 POLICY003 POLICY004 "
    "STEP001 STEP002 STEP003 STEP004 STEP005 STEP006 STEP007 STEP008 STEP009 STEP010 ACCESS001 ACCESS002 ACCESS003 "
    "GUARD001 GUARD002 GUARD003 GUARD004 PLAN001 PLAN002 PLAN003"
)
PAGES = manual.all_pages()
OF_FILES = [code for code in PAGES if not code.startswith(("STEP", "ACCESS", "GUARD", "PLAN"))]


def test_every_code_has_a_page_in_order() -> None:
    assert " ".join(PAGES) == CODES


def test_a_page_is_found_by_its_code() -> None:
    page = manual.page("ROLE002")
    assert page is PAGES["ROLE002"]
    assert manual.page("ROLE999") is None


@pytest.mark.parametrize("code", PAGES)
def test_every_page_has_all_sections_in_order(code: str) -> None:
    page = PAGES[code]
    headings = [line.partition(":")[0] for line in page.text.splitlines() if line.partition(":")[0] in manual.SECTIONS]
    assert headings == list(manual.SECTIONS)
    assert page.title.endswith(".")
    assert page.wrong.strip()
    assert page.right.strip()
    assert page.wrong != page.right


@pytest.mark.parametrize("code", OF_FILES)
def test_the_wrong_example_is_wrong_and_the_right_one_right(code: str, tmp_path: Path) -> None:
    page = PAGES[code]
    wrong = findings_of(case_of("wrong", page.wrong), tmp_path / "wrong")
    right = findings_of(case_of("right", page.right), tmp_path / "right")
    assert {finding.code for finding in wrong} - ({"REF005"} - {code}) == {code}
    assert [finding.message for finding in right if finding.code == code or finding.code != "REF005"] == []


def test_the_rules_stand_in_the_order_of_the_manual() -> None:
    rules = [rule.code for rule in ALL_RULES]
    assert rules == [code for code in PAGES if code in rules]
    assert {rule.code: rule.severity for rule in ALL_RULES} == {code: PAGES[code].severity for code in rules}


def test_a_whole_page() -> None:
    page = PAGES["ROLE005"]
    assert (page.severity, page.source) == (Severity.WARNING, "S1")
    assert (
        page.title + "\n\n" + page.text + "\n"
        == """\
A team with SSO admins has an SSO configuration.

What: Where an entry of `sso_admins` holds on the day, the team has an `sso` section.

Why: SSO admins look after single sign-on. Without a configuration there is nothing for them to look after, and
mostly the section was forgotten.

Source: S1

Wrong:
    teams:
      design:
        primary_admin: ana@acme.example
        secondary_admins: [ben@acme.example]
        sso_admins: [cho@acme.example]

Right:
    teams:
      design:
        primary_admin: ana@acme.example
        secondary_admins: [ben@acme.example]
        sso_admins: [cho@acme.example]
        sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}
"""
    )
    assert page.right.splitlines()[-1] == (
        '    sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}'
    )
