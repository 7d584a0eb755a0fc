"""The manual has a page for every code, and its examples are executed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from seatsync.finding import Finding, Severity
from seatsync.rules import ALL_RULES, manual
from tests.rules.case_files import Case, case_of, findings_of

PAGES = manual.all_pages()
OF_FILES = [code for code in PAGES if not code.startswith(("SOURCE", "USAGE", "STEP", "ACCESS", "GUARD", "PLAN"))]


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


def files_of(example: str) -> tuple[str, dict[str, str]]:
    """Split an example at its lines `# file: NAME`, into the text above the first one and the files by name."""
    first, *rest = re.split(r"^# file: (\S+)\n", example, flags=re.MULTILINE)
    return first, dict(zip(rest[::2], rest[1::2], strict=True))


def with_preamble(example: str) -> Case:
    """Return a case that merges an example into the preamble.

    An example that declares nothing of the preamble again, or is no valid YAML, is a file beside the preamble. So is
    the text below a line `# file: NAME`.
    """
    example, others = files_of(example)
    comments = "".join(f"{line}\n" for line in example.splitlines() if line.startswith("#"))
    preamble = yaml.safe_load(manual.PREAMBLE)
    try:
        values = yaml.safe_load(example) or {}
    except yaml.YAMLError:
        return case_of("beside", {"account.yaml": manual.PREAMBLE, "example.yaml": example, **others})
    if values and not any(preamble.get(section, {}).keys() & named for section, named in values.items()):
        return case_of("beside", {"account.yaml": manual.PREAMBLE, "example.yaml": example, **others})
    text = comments + yaml.safe_dump(merged(preamble, values), allow_unicode=True)
    return case_of("merged", {"account.yaml": text, **others})


def merged(base: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with `values` in place of those with the same key, at any depth of mappings."""
    nested = {key: merged(base[key], value) for key, value in values.items() if isinstance(base.get(key), dict)}
    return {**base, **values, **nested}


def repeated(base: dict[str, Any], values: dict[str, Any]) -> list[str]:
    """Return the keys whose values are the same in both, at any depth of mappings."""
    found = []
    for key in base.keys() & values.keys():
        inner = isinstance(base[key], dict) and isinstance(values[key], dict) and base[key]
        found += repeated(base[key], values[key]) if inner else [key] * (base[key] == values[key])
    return found


def test_an_example_may_have_several_files(tmp_path: Path) -> None:
    case = with_preamble("users:\n  hal@acme.example: {}\n# file: more.yaml\nusers:\n  Hal@acme.example: {}\n")
    assert list(case.files) == ["seatsync.yaml", "account.yaml", "example.yaml", "more.yaml"]
    found = [(finding.code, str(finding.location)) for finding in findings_of(case, tmp_path)]
    assert ("REF002", "more.yaml:2:3") in found


def told(findings: list[Finding]) -> str:
    """Return findings as text for the message of a failed test."""
    return "\n".join(f"{finding.location} {finding.code} {finding.message}" for finding in findings)


def test_the_preamble_has_no_findings(tmp_path: Path) -> None:
    assert findings_of(with_preamble(""), tmp_path) == []


@pytest.mark.parametrize("code", OF_FILES)
def test_the_wrong_example_is_wrong_and_the_right_one_right(code: str, tmp_path: Path) -> None:
    page = PAGES[code]
    wrong = findings_of(with_preamble(page.wrong), tmp_path / "wrong")
    right = findings_of(with_preamble(page.right), tmp_path / "right")
    unrelated = {"REF005"} - {code}
    assert {finding.code for finding in wrong} - unrelated == {code}, told(wrong)
    assert [finding.message for finding in right if finding.code not in unrelated] == []


@pytest.mark.parametrize("code", [rule.code for rule in ALL_RULES])
def test_the_wrong_example_shows_only_its_own_part(code: str) -> None:
    first, others = files_of(PAGES[code].wrong)
    for text in (first, *others.values()):
        assert repeated(yaml.safe_load(manual.PREAMBLE), yaml.safe_load(text) or {}) == []


def test_rules_are_in_the_order_of_the_manual() -> None:
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

What: A team with an entry of `sso_admins` that is valid on the day has an `sso` section.

Why: SSO admins manage single sign-on. Without a configuration there is nothing to manage; usually the section was
forgotten.

Source: S1

Wrong:
    teams:
      design:
        sso_admins: [cho@acme.example]

Right:
    teams:
      design:
        sso_admins: [cho@acme.example]
        sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}
"""
    )
    assert page.right.splitlines()[-1] == (
        '    sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}'
    )
