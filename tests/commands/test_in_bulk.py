"""Many findings with one cause are shown as one, and a text ends after many findings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.finding import SEPARATE, Cause, Finding, Location, Related, Severity, in_bulk, in_order
from seatsync.reporting.findings import findings_text
from seatsync.reporting.terminal import PLAIN
from tests.commands.running import Run

PROJECT = """\
version: 1
account: acme
target: file:have.yaml
include: [want.yaml, people.csv]
policy: {email_domains: [acme.example], suppress: [{code: ROLE003, reason: small}, {code: SEAT002, reason: later}]}
"""
WANT = """\
teams:
  design: {primary_admin: p0@acme.example}
  build: {primary_admin: p0@acme.example, seats: {Revit: [bo@acme.example, bo2@acme.example]}}
"""


def at(line: int, file: str = "a.yaml") -> Location:
    return Location(file, line, 1, line, 2)


def text_of(findings: list[Finding]) -> str:
    return findings_text.render(findings, lambda _: None, PLAIN)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-15")
    Path("seatsync.yaml").write_text(PROJECT)
    Path("want.yaml").write_text(WANT)
    Path("have.yaml").write_text("account: acme\n")
    known = ["p0@acme.example,,,", "bo@acme.example,,,", "bo2@acme.example,build,,"]
    gone = [f"p{number}@acme.example,{('gone', 'lost')[number % 2]},AutoCAD," for number in range(1, 15)]
    outside = [f"q{number}@{'gmail' if number % 4 else 'mail'}.example,design,,2020-06-30" for number in range(8)]
    Path("people.csv").write_text("\n".join(["email,team,product,until", *known, *gone, *outside, ""]))
    return tmp_path


def test_one_finding_for_each_cause(project: Path, run: Run) -> None:
    assert run("validate") == 1
    assert (
        run.out
        == """\
people.csv:5:17: error REF001 team lost is not declared (7 places)
    5 | p1@acme.example,lost,AutoCAD,
      |                 ^^^^
  people.csv:7:17: also here
  people.csv:9:17: also here
  people.csv:11:17: also here
  people.csv:13:17: also here
  and 2 more places
  hint: declare it under `teams`, or correct the name

people.csv:6:17: error REF001 team gone is not declared (7 places)
    6 | p2@acme.example,gone,AutoCAD,
      |                 ^^^^
  people.csv:8:17: also here
  people.csv:10:17: also here
  people.csv:12:17: also here
  people.csv:14:18: also here
  and 2 more places
  hint: declare it under `teams`, or correct the name

people.csv:19:1: error POLICY001 8 people are outside the e-mail domains of the policy, acme.example: \
gmail.example (6), mail.example (2)
   19 | q0@mail.example,design,,2020-06-30
      | ^^^^^^^^^^^^^^^
  people.csv:20:1: q1@gmail.example is outside the e-mail domains of the policy: acme.example
  people.csv:21:1: q2@gmail.example is outside the e-mail domains of the policy: acme.example
  people.csv:22:1: q3@gmail.example is outside the e-mail domains of the policy: acme.example
  people.csv:23:1: q4@mail.example is outside the e-mail domains of the policy: acme.example
  and 3 more places
  hint: use the person's work address, or add the domain to `policy.email_domains`

people.csv:19:25: info TIME001 8 entries ended on 2020-06-30: the members of team design
   19 | q0@mail.example,design,,2020-06-30
      |                         ^^^^^^^^^^
  people.csv:20:26: the entry of q1@gmail.example for the members of team design ended on 2020-06-30
  people.csv:21:26: the entry of q2@gmail.example for the members of team design ended on 2020-06-30
  people.csv:22:26: the entry of q3@gmail.example for the members of team design ended on 2020-06-30
  people.csv:23:25: the entry of q4@mail.example for the members of team design ended on 2020-06-30
  and 3 more places
  hint: remove the entry, or correct its year

3 errors, 1 piece of information. Run `seatsync explain REF001` for the reason and the remedy.
"""
    )
    assert run("validate", "--format", "json") == 1
    document = json.loads(run.out)
    assert [1 + len(finding["related"]) for finding in document["findings"]] == [7, 7, 8, 8]
    assert document["summary"] == {"error": 3, "warning": 0, "info": 1}
    assert run("validate", "--format", "github") == 1
    assert run.out.count("::error") == 3


def test_what_is_left_out_is_decided_for_each_finding(project: Path, run: Run) -> None:
    """Six references to a missing person are one finding, and leave out each of the teams that contain them."""
    teams = "".join(
        f"  t{number}: {{primary_admin: p0@acme.example, members: [no@acme.example]}}\n" for number in range(6)
    )
    Path("want.yaml").write_text(f"teams:\n  ok: {{primary_admin: p0@acme.example}}\n{teams}")
    Path("people.csv").write_text("email,team\np0@acme.example,ok\n")
    assert run("plan") == 1
    assert run.err.count("REF001") == 1
    assert "\n".join(f"  team t{number} (REF001)" for number in range(6)) in run.out
    assert "team ok (REF001)" not in run.out


def test_what_each_team_and_contract_ignores_is_told_apart(project: Path, run: Run) -> None:
    groups = ", ".join(f"AD-{number}: {{members: [p0@acme.example]}}" for number in range(6))
    teams = "".join(
        f"  {name}: {{primary_admin: p0@acme.example, groups: {{{groups}}}, ignore: {{groups: ['AD-*']}}}}\n"
        for name in ("design", "build")
    )
    products = ", ".join(f"P{number}: {{seats: 1, serial: 1-2, users: [p0@acme.example]}}" for number in range(6))
    contract = "{contract_manager: p0@acme.example, license_type: perpetual, channel: store, "
    contracts = "".join(
        f"  '{number}': {contract}products: {{{products}}}, ignore: {{products: ['P*']}}}}\n" for number in (110, 111)
    )
    Path("want.yaml").write_text(f"teams:\n{teams}contracts:\n{contracts}")
    Path("people.csv").write_text("email\np0@acme.example\n")
    assert run("validate", "--format", "json") == 1
    found = json.loads(run.out)["findings"]
    assert [each["message"] for each in found if each["code"] == "POLICY004"] == [
        "6 declared groups are ignored: team design has 'AD-*'",
        "6 declared groups are ignored: team build has 'AD-*'",
        "6 declared products are ignored: contract 110 has 'P*'",
        "6 declared products are ignored: contract 111 has 'P*'",
    ]


def test_a_text_ends_after_many_findings_but_shows_every_error() -> None:
    found = [Finding("ROLE003", Severity.WARNING, f"team {line} is alone", at(line)) for line in range(1, 300)]
    found.append(Finding("REF001", Severity.ERROR, "nobody is declared", at(300)))
    text = text_of(found)
    assert text.count("ROLE003") == findings_text.MOST - 1
    assert text.endswith("""\
a.yaml:300:1: error REF001 nobody is declared

100 more findings are not shown; `--format json` lists all of them.

1 error, 299 warnings. Run `seatsync explain REF001` for the reason and the remedy.
""")
    assert "not shown" not in text_of(found[: findings_text.MOST])


def test_plan_names_the_command_that_lists_all_findings(project: Path, run: Run) -> None:
    teams = "".join(
        f"  t{number}: {{primary_admin: no{number}@acme.example}}\n" for number in range(findings_text.MOST + 1)
    )
    Path("want.yaml").write_text(f"teams:\n  ok: {{primary_admin: p0@acme.example}}\n{teams}")
    Path("people.csv").write_text("email,team\np0@acme.example,ok\n")
    assert run("plan") == 1
    assert "\n1 more finding is not shown; `seatsync validate --format json` lists all of them.\n" in run.err


def test_few_findings_stay_as_they_are() -> None:
    few = [Finding("REF001", Severity.ERROR, "no", at(line), cause=Cause("", " times")) for line in range(SEPARATE)]
    assert in_bulk(few) == few
    assert len(in_bulk([*few, few[0]._replace(location=at(9))])) == 1


def test_what_all_have_in_common_is_kept() -> None:
    pattern = Related(at(1, "p.yaml"), "ignored by this")
    found = [
        Finding("POLICY004", Severity.ERROR, f"{line} is ignored", at(line), f"hint {line % 2}", "S1", (pattern,),
                (("team", "design"), ("user", str(line))), "new", cause=Cause("", " are ignored"))
        for line in range(2, 9)
    ]  # fmt: skip
    (one,) = in_bulk(found)
    assert (one.message, one.hint, one.things, one.replacement) == ("7 are ignored", "", (("team", "design"),), "")
    assert one.location == at(2)
    assert one.related == (pattern, *(Related(at(line), f"{line} is ignored") for line in range(3, 9)))


CAUSES = st.sampled_from([None, Cause("", " of a"), Cause("", " of b", "x"), Cause("", " of b", "y")])
FOUND = st.lists(
    st.builds(
        Finding,
        st.sampled_from(["REF001", "POLICY001"]),
        st.sampled_from(Severity),
        st.sampled_from(["one", "two"]),
        st.none() | st.builds(at, st.integers(1, 40)),
        cause=CAUSES,
    ),
    max_size=60,
)


def places_in(findings: list[Finding]) -> set[tuple[str, Location | None]]:
    places = {(finding.code, finding.location) for finding in findings}
    return places | {(finding.code, related.location) for finding in findings for related in finding.related}


def broken(findings: list[Finding]) -> list[Finding]:
    return [finding._replace(related=finding.related[:SEPARATE]) for finding in in_bulk(findings)]


@given(FOUND)
def test_no_place_is_lost_and_once_is_enough(found: list[Finding]) -> None:
    found = in_order(found)
    shown = in_bulk(found)
    assert places_in(shown) == places_in(found)
    assert {(each.code, each.severity) for each in shown} == {(each.code, each.severity) for each in found}
    assert shown == in_order(shown)
    assert in_bulk(shown) == shown


def test_a_lost_place_would_be_noticed() -> None:
    found = [Finding("REF001", Severity.ERROR, "one", at(line)) for line in range(1, 20)]
    assert places_in(in_bulk(found)) == places_in(found) != places_in(broken(found))
