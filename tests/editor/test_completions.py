from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.lsp import completions as module
from seatsync.lsp.completions import Candidates, completions
from seatsync.lsp.positions import Text, applied
from seatsync.rules import ALL_RULES
from tests.editor.repository import make, marked

PEOPLE = "ana@acme.example ben@acme.example cho@acme.example dee@acme.example eli@acme.example"

OFFERED = [
    ("teams/x.yaml", "teams:\n  x:\n    primary_admin: |", PEOPLE),
    ("teams/x.yaml", "teams:\n  x:\n    primary_admin: be|", "ben@acme.example"),
    ("teams/x.yaml", "teams:\n  x:\n    primary_admin: silva|", "ana@acme.example"),
    ("teams/x.yaml", "teams:\n  x:\n    secondary_admins: [{user: d|", "dee@acme.example"),
    ("teams/x.yaml", "teams:\n  x:\n    groups:\n      g:\n        members:\n          - d|", "dee@acme.example"),
    ("teams/x.yaml", "teams:\n  x:\n    groups: {g: {products: [|", "AutoCAD, Revit, AutoCAD 2019"),
    ("teams/x.yaml", "teams:\n  x:\n    seats:\n      A|", "AutoCAD, AutoCAD 2019"),
    ("teams/x.yaml", "teams:\n  x:\n    seats:\n      AutoCAD: [e|", PEOPLE),
    ("teams/x.yaml", "teams:\n  |", "studio"),
    ("teams/x.yaml", "users:\n  |", "fay@acme.example"),
    ("teams/x.yaml", "users:\n  fay@acme.example: {seats: {|", "design site"),
    ("teams/x.yaml", "users:\n  fay@acme.example: {seats: {design: [{product: |", "AutoCAD, Revit, AutoCAD 2019"),
    ("teams/x.yaml", "users:\n  fay@acme.example: {previous_emails: [|", ""),
    ("teams/x.yaml", "teams:\n  x:\n    sec|", "secondary_admins"),
    ("teams/x.yaml", "teams:\n  x:\n    groups: {g: {|", "from until members products renamed_from"),
    ("teams/x.yaml", "teams:\n  x:\n    groups: {|", ""),
    ("teams/x.yaml", "|", "users lists teams subscriptions contracts"),
    ("teams/x.yaml", "# |", ""),
    ("more.csv", "|email", ""),
    ("subscriptions.yaml", "subscriptions:\n  s: {team: |", "design site"),
    ("subscriptions.yaml", "subscriptions:\n  s: {product: R|", "Revit"),
    ("subscriptions.yaml", "subscriptions:\n  s:\n    offering: |", "single-user multi-user flex token-flex"),
    ("subscriptions.yaml", "subscriptions:\n  s:\n    ends: |", ""),
    ("subscriptions.yaml", "subscriptions:\n  s:\n    price: {|", "amount currency per"),
    ("subscriptions.yaml", "subscriptions:\n  s:\n    price: {per: |", "year month term token"),
    ("contracts.yaml", "contracts:\n  '1100':\n    products: {|", "AutoCAD 2019, AutoCAD, Revit"),
    ("contracts.yaml", "contracts:\n  '1':\n    services: {|", "Rendering"),
    ("contracts.yaml", "contracts:\n  '1':\n    license_type: per|", "perpetual"),
    ("seatsync.yaml", "policy:\n  protected: {teams: [|", "design site"),
    ("seatsync.yaml", "policy:\n  prune: [|", "seats admins groups leavers members teams"),
    (
        "seatsync.yaml",
        "policy:\n  suppress:\n    - {code: SEAT00|",
        " ".join(rule.code for rule in ALL_RULES if rule.code.startswith("SEAT")),
    ),
    ("seatsync.yaml", "policy:\n  suppress:\n    - {group: |", "cad"),
    ("seatsync.yaml", "policy:\n  suppress:\n    - {contract: |", "1100"),
    ("seatsync.yaml", "policy:\n  suppress:\n    - {subscription: |", "574-3 574-1 574-2"),
    ("seatsync.yaml", "|", "version account target include timezone portal policy rates rules"),
    ("seatsync.yaml", "rates: {|", "AutoCAD, Revit, AutoCAD 2019"),
    ("seatsync.yaml", "policy:\n  reclaim: {exempt: [{|", "user group product team until reason"),
    ("seatsync.yaml", "policy:\n  reclaim: {exempt: [{group: |", "cad"),
    ("seatsync.yaml", "portal:\n  directory_sync: {|", "design site"),
    ("seatsync.yaml", "portal:\n  directory_sync: {design: |", "external"),
]
MORE = {"more.yaml": "subscriptions:\n  574-3: {team: studio, product: '', contract_manager: fay@acme.example}\n"}


def offered(candidates: Candidates) -> list[str]:
    return [candidate.label for candidate in candidates.candidates]


def names(listed: str) -> list[str]:
    return listed.split(", ") if ", " in listed else listed.split() if "AutoCAD" not in listed else [listed]


@pytest.mark.parametrize(("name", "text", "listed"), OFFERED)
def test_completion_candidates(tmp_path: Path, name: str, text: str, listed: str) -> None:
    project = (
        "version: 1\naccount: acme\ninclude: [people.yaml, more.*, teams/*.yaml, subscriptions.yaml, contracts.yaml]\n"
    )
    view = make(tmp_path, {"seatsync.yaml": project, **MORE})
    clean, at = marked(text)
    found = completions(name, Text(clean, "utf-16"), at, view)
    assert found.complete
    if name == "seatsync.yaml" and text == "|":
        assert offered(found) == ["target", "timezone", "portal", "policy", "rates", "rules"]  # the others are there
    else:
        assert offered(found) == names(listed)


def written(view_of: Path, name: str, text: str, *, keys: bool = True) -> list[str]:
    """Return the text after accepting each candidate."""
    clean, at = marked(text)
    before = Text(clean, "utf-16")
    found = completions(name, before, at, make(view_of), keys=keys)
    return [applied(before, [candidate.edit]) for candidate in found.candidates]


def test_accepted_candidates(tmp_path: Path) -> None:
    assert written(tmp_path, "x.yaml", "teams: {x: {primary_admin: b|}}") == [
        "teams: {x: {primary_admin: ben@acme.example}}"
    ]
    assert written(tmp_path, "x.yaml", 'teams: {x: {primary_admin: "b|"}}') == [
        'teams: {x: {primary_admin: "ben@acme.example"}}'
    ]
    assert written(tmp_path, "x.yaml", "teams:\n  x:\n    pri|") == ["teams:\n  x:\n    primary_admin:"]
    assert written(tmp_path, "x.yaml", "teams:\n  x:\n    pri|: ana") == ["teams:\n  x:\n    primary_admin: ana"]
    assert written(tmp_path, "x.yaml", 'teams:\n  x:\n    "pri|') == ['teams:\n  x:\n    "primary_admin":']
    assert written(tmp_path, "x.yaml", "teams:\n  x:\n    pri|", keys=False) == []


def test_keys_that_are_there_are_not_offered_again(tmp_path: Path) -> None:
    view = make(tmp_path)
    text = view.text("teams/design.yaml") + "    "
    found = completions("teams/design.yaml", Text(text, "utf-16"), len(text), view)
    assert offered(found) == ["sso_admins", "external_users", "sso", "members", "renamed_from", "prune", "ignore"]
    assert found.candidates[0].detail == "The SSO admins."


def test_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CANDIDATES", 2)
    text, at = marked("teams: {x: {members: [|")
    found = completions("x.yaml", Text(text, "utf-16"), at, make(tmp_path))
    assert (offered(found), found.complete) == (["ana@acme.example", "ben@acme.example"], False)


def test_nothing_is_known(tmp_path: Path) -> None:
    view = make(tmp_path, {"seatsync.yaml": "["})
    assert view.declaration is None
    for text in ("teams: {x: {members: [|", "users: {|", "teams: {x: {seats: {|"):
        clean, at = marked(text)
        assert completions("x.yaml", Text(clean, "utf-16"), at, view).candidates == ()
