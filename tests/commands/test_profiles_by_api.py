"""The whole path by API with each behaviour that is not documented: what refresh, plan and apply make of it.

`USUALLY` is a story in front of the made-up portal's usual behaviour, and `ROWS` what each variant changes in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from seatsync.demo.profiles import VARIANTS
from seatsync.demo.served_team_admin import READ_PRODUCTS, READ_TEAMS, READ_USERS, SCOPES, WRITE_TEAMS, WRITE_USERS
from seatsync.portal.machines.api_calls import Assigning
from seatsync.vendor.http_client import Answer, Client
from seatsync.vendor.team_admin import DIRECT, RemotePerson, person_of, team_path, whole_list
from tests.commands.api_stories import Teller, applied, change, crowd, refreshed
from tests.commands.portals import portal_project
from tests.commands.running import ROOT, Run
from tests.demo.conversation import ANA

EXPIRED = "answered 401: The token is missing, unknown or has expired."
READ = (READ_TEAMS, READ_USERS, READ_PRODUCTS)
USUALLY = f"""\
refresh: 0
apply: 1
  done invite fay
  done assign AutoCAD to fay
  done assign Maya to cho
  done assign Maya to dee
  failed assign Revit to ben (answered 422: Team design has 2 seats of Revit, 2 taken; one more is needed.)
  done take AutoCAD from ana
  done take Revit from ana
effects: invite fay, assign fay AutoCAD, assign dee Maya, unassign ana AutoCAD
refresh at once: 0; assign Revit p00, assign Revit p01
as in the portal: True
refresh later: 0
as in the portal: True
plan: unassign Revit p00 (api), unassign Revit p01 (api), assign Revit ben (api)
signed out: 1 SOURCE001 the teams cannot be read: …/teams: {EXPIRED}
"""
"""Others assigned Maya to Cho before, took Revit from Ana, and gave its seats away."""

Changes = tuple[tuple[str, str], ...]

SAME: Changes = ()
WITH_INSIGHTS: Changes = (
    ("  done take Revit", "  case take AutoCAD from ben (CASE-8, console)\n  done take Revit"),
    ("plan: ", "plan: unassign AutoCAD ben (console), "),
    ("the teams cannot be read: …/teams: answered 401", "…/contexts: answered 401"),
)
"""A report shows that Ben has AutoCAD directly beside his group, which the API does not tell."""
SIGNED_OUT = f"SOURCE001 …/contexts: {EXPIRED}"
"""With Insights, of which teams are listed first."""
NO_MIRROR = "there is no mirror here; put it here if it is kept elsewhere, or create it with `seatsync refresh`"


def refused(problem: str, signed_out: str = USUALLY.rpartition(": 1 ")[2].strip()) -> Changes:
    """Return the changes where nothing can be read: nothing is recorded, planned or done."""
    story = (
        f"refresh: 1 {problem}\napply: 1 {NO_MIRROR}\neffects: \n"
        f"refresh at once: 1 {problem}\nrefresh later: 1 {problem}\nsigned out: 1 {signed_out}\n"
    )
    return ((USUALLY, story),)


def not_invited(words: str) -> Changes:
    invitation = "answered 400: The user cannot be added."
    return (
        ("done invite fay", f"failed invite fay ({invitation}; {words})"),
        ("done assign AutoCAD to fay", "skipped assign AutoCAD to fay (waits for: invite fay)"),
        ("invite fay, assign fay AutoCAD, ", ""),
        ("plan: ", "plan: invite fay (api), assign AutoCAD fay (api), "),
    )


LIST = "SOURCE001 team 'design': cannot be read: …/users:"
TWICE = "the list has people twice, so that others may be missing"
UNKNOWN_ROLE = " SOURCE006 the role 'INVENTED_STEWARD' is unknown, so nothing is planned about it"
NOT_LISTED = "the API does not list dee; right after an invitation, try again some minutes later"
NOT_ACCEPTED = "answered 422: The user has not accepted the invitation."

ROWS: Mapping[str, Changes] = {
    # People
    "snake-names": SAME,
    "no-names": SAME,
    "no-email": refused(
        "SOURCE001 team 'design': 'US286194180550' has no e-mail address, so people cannot be told apart"
    ),
    "roles-spelled": SAME,
    "roles-invented": (
        ("refresh: 0", f"refresh: 0{UNKNOWN_ROLE}"),
        ("at once: 0", f"at once: 0{UNKNOWN_ROLE}"),
        ("later: 0", f"later: 0{UNKNOWN_ROLE}"),
    ),
    "roles-list": SAME,
    "no-roles": SAME,
    "status-invited": SAME,
    "status-lower": SAME,
    "no-status": SAME,
    "pending-hidden": (
        (
            "done assign Maya to dee",
            f"failed assign Maya to dee ({NOT_LISTED})",
        ),
        (", assign dee Maya", ""),
        ("plan: ", "plan: assign Maya dee (api), "),
    ),
    "pending-without-seats": (
        ("done assign AutoCAD to fay", f"failed assign AutoCAD to fay ({NOT_ACCEPTED})"),
        ("done assign Maya to dee", f"failed assign Maya to dee ({NOT_ACCEPTED})"),
        (", assign fay AutoCAD, assign dee Maya", ""),
        ("plan: ", "plan: assign AutoCAD fay (api), assign Maya dee (api), "),
    ),
    "more-fields": SAME,
    "mixed-case": SAME,
    # Changes
    "add-snake": not_invited("firstName: There is no field firstName.; lastName: There is no field lastName."),
    "add-address": not_invited(
        "email: There is no field email.; firstName: There is no field firstName.; lastName: There is no field"
        " lastName.; emailAddress: An e-mail address is required."
    ),
    "add-200": SAME,
    "exists-409": SAME,
    "exists-422": SAME,
    "full-409": (("answered 422: Team", "answered 409: Team"),),
    "full-400": (("answered 422: Team", "answered 400: Team"),),
    "unassign-200": SAME,
    # Assignments and pools
    "inherited-team": SAME,
    "inherited-invented": SAME,
    "no-types": (
        ("done take AutoCAD from ana", "case take AutoCAD from ana (CASE-6, console)"),
        ("done take Revit from ana", "case take Revit from ana (CASE-7, console)"),
        (", unassign ana AutoCAD", ""),
        ("at once: 0; ", "at once: 0; unassign Revit ana, "),
        (
            "unassign Revit p00 (api), unassign Revit p01 (api)",
            "unassign AutoCAD ana (console), unassign Revit p00 (console), unassign Revit p01 (console)",
        ),
    ),
    "direct-wins": (
        (
            "  done take Revit",
            "  done take AutoCAD from ben (api; still held through a group, so no seat is free)\n  done take Revit",
        ),
        ("unassign ana AutoCAD", "unassign ana AutoCAD, unassign ben AutoCAD"),
    ),
    "pools-split": SAME,
    "future-zero": SAME,
    # Allowance
    "retry-seconds": SAME,
    "retry-date": SAME,
    "ratelimit": SAME,
    "x-ratelimit": SAME,
    # Errors
    "error-detail": SAME,
    "error-userMessage": SAME,
    "error-title": SAME,
    "error-error_description": SAME,
    "error-error": SAME,
    "error-message": SAME,
    "error-html": SAME,
    "error-empty": ((EXPIRED, "answered 401: status 401"),),
    "no-problem-types": SAME,
    "no-request-id": SAME,
    # Pages
    "cursors-expire": SAME,
    "cursors-dead": refused(f"{LIST} answered 400: The cursor has expired.; cursor: The cursor has expired."),
    "cursors-loop": refused(f"{LIST} the pages go in a circle"),
    "shuffled": refused(f"{LIST} {TWICE}"),
    "insert-between": refused(f"{LIST} {TWICE}"),
    "lag": (
        (
            "at once: 0; assign Revit p00, assign Revit p01\nas in the portal: True",
            "at once: 0\nas in the portal: False",
        ),
        ("later: 0", "later: 0; assign Revit p00, assign Revit p01"),
    ),
    # Faults
    "drop-after": SAME,
    "reset-after": SAME,
    "error-after": SAME,
    "error-before": SAME,
    "busy": SAME,
    "on-reads": SAME,
    "every-2": SAME,
    # Insights
    "same-ids": WITH_INSIGHTS,
    "G0": WITH_INSIGHTS,
    "G1": WITH_INSIGHTS,
    "masked": refused("SOURCE003 personal data is masked, so the report is not used for seats", SIGNED_OUT),
    "export-error": refused("SOURCE001 …/v1: the order of the users export ended as ERROR", SIGNED_OUT),
    "export-expired": refused("SOURCE001 …/v1: the order of the users export ended as EXPIRED", SIGNED_OUT),
    "filter-sheet": WITH_INSIGHTS,
    "export-at-once": WITH_INSIGHTS,
    "export-slow": WITH_INSIGHTS,
    "old-exports": WITH_INSIGHTS,
}

ELSEWHERE = {
    "email-exact": "tests/portal/test_api_steps.py: test_an_address_in_another_case",
    "pkce-refused": "tests/vendor/test_sign_in_profiles.py: test_a_challenge_is_only_sent_if_it_is_asked_for",
    "short-links": "tests/portal/test_insights_source.py: test_links_that_die_are_fetched_again",
    "oauth-developer": "tests/vendor/test_sign_in_profiles.py: test_a_sign_in",
}
"""Variants that cannot be seen on this path, and the tests of them."""
WITH_FAULT = {"on-reads": "error-before", "every-2": "error-before"}
"""Variants of a fault, and the fault."""
OF_INSIGHTS = frozenset(
    ("generation", "masked", "export_end", "filter_sheet", "export_seconds", "export_age", "link_life", "insights_ids")
)
"""The fields of variants that are seen where exports are ordered at Insights."""


@pytest.fixture(name="told")
def _told(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Teller:
    return Teller(run, folder, monkeypatch)


def profiles_of(name: str) -> tuple[str, ...]:
    return (WITH_FAULT[name],) if name in WITH_FAULT else ()


def with_changes(changes: Changes) -> str:
    """Return the usual story with changes."""
    text = USUALLY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_every_variant_has_a_row() -> None:
    assert sorted([*ROWS, *ELSEWHERE]) == sorted(VARIANTS)
    for place in ELSEWHERE.values():
        path, _, name = place.partition(": ")
        assert f"def {name}(" in (ROOT / path).read_text()


USUAL: dict[tuple[tuple[str, ...], bool], list[str]] = {}
"""What the portal answers without a variant, as far as it was asked before."""


@pytest.mark.parametrize("name", ROWS)
def test_a_variant(name: str, told: Teller) -> None:
    """The portal must have answered something else than usually, or the row shows nothing."""
    before, insights = profiles_of(name), VARIANTS[name].field in OF_INSIGHTS
    story, heard = told(*before, name, insights=insights)
    assert story == with_changes(ROWS[name])
    if (before, insights) not in USUAL:
        USUAL[before, insights] = told(*before, insights=insights)[1]
    assert heard != USUAL[before, insights]


@pytest.mark.parametrize("insights", [False, True])
def test_the_usual_story(told: Teller, *, insights: bool) -> None:
    """It is the same each time, to the last byte of the portal's answers."""
    first = told(insights=insights)
    assert first[0] == with_changes(WITH_INSIGHTS if insights else SAME)
    assert told(insights=insights) == first


def careless(client: Client, team_id: str) -> tuple[RemotePerson, ...]:
    """Return everybody who is listed, without a look for people who are listed twice."""
    return tuple({each.id: each for each in people_as_listed(client, team_id)}.values())


def people_as_listed(client: Client, team_id: str) -> list[RemotePerson]:
    path = team_path(team_id, "users")
    return [person_of(path, item) for item in whole_list(client, path)]


def answered(_: Assigning, answer: Answer | None = None) -> bool:
    """Return whether an assignment was answered with a success, without reading it back."""
    return answer is not None and answer.ok


SOURCES = "seatsync.portal.sources"
WRONG: Mapping[str, tuple[str, object]] = {
    "no-types": ("seatsync.vendor.team_admin.RemoteSeat.is_direct", property(lambda seat: seat.type in {None, DIRECT})),
    "lag": (f"{SOURCES}.filling.is_just_written", lambda *_: False),
    "roles-invented": (f"{SOURCES}.team_admin_source._role", lambda *_: "member"),
    "shuffled": (f"{SOURCES}.team_admin_source.people", careless),
    "exists-409": ("seatsync.portal.machines.api_calls.Assigning.is_done", answered),
    "retry-seconds": ("seatsync.vendor.http_client._TOO_MANY", 0),
}
"""Variants, and parts of clients that are wrong about them."""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_client_is_caught(name: str, told: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*WRONG[name])
    assert told(name, insights=False)[0] != with_changes(ROWS[name])


def test_consent_to_read_is_enough_to_refresh(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes are refused without the scopes to write, and nothing is done."""
    with portal_project(monkeypatch, folder, account=crowd(), write=True) as double:
        monkeypatch.setenv("SEATSYNC_ACCESS_TOKEN", double.token(ANA, frozenset(READ), 9e9))
        assert refreshed(run, first=True) == "0"
        change(folder)
        assert applied(run).splitlines()[:2] == [
            "apply: 1",
            f"  failed invite fay (answered 403: The token lacks the scope {WRITE_USERS} {WRITE_TEAMS}.)",
        ]
        assert double.effects == ()
        monkeypatch.setenv("SEATSYNC_ACCESS_TOKEN", double.token(ANA, frozenset(SCOPES), 9e9))
        assert run("apply", "--auto-approve") == 0, run.said
