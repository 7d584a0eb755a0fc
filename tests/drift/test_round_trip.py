"""Random accounts are applied, changed in the portal, reported and adopted; then nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.declaration.changing.transaction import replace_files
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import normalised, policy_text
from seatsync.finding import has_errors
from seatsync.insight.adopt import Adopted, adopt
from seatsync.insight.drift import Drift, drift
from seatsync.insight.drift_facts import Fact
from seatsync.insight.drift_states import Comparison
from seatsync.planning.make import Request, make_plan
from seatsync.targets.target import State
from tests.chance import chances
from tests.drift.histories import in_portal
from tests.drift.layouts import laid_out
from tests.planning.states import DAY, left_alone, pair

CLOCK = Clock.at(DAY)


def changed(before: Account, goal: Account, random: Random, folder: Path) -> Account:
    """Return an account after some steps towards another state in the portal."""
    laid_out(goal, folder, random)
    loaded = load(folder)
    assert loaded.declaration is not None
    request = Request(before, "file:x", CLOCK, lambda _: "account", "sha256:0", "{}")
    steps = [planned.step for planned in make_plan(loaded.declaration, request).steps]
    account = before.copy()
    for step in steps[: random.randint(0, len(steps))]:
        perform(account, step, CLOCK)
    return account


def told(declaration: Declaration, applied: Declaration, account: Account, before: Account) -> tuple[Drift, Adopted]:
    state = State(account, (), normalised(applied), policy_text(applied.project.policy))
    run = Comparison(account, CLOCK, since=in_portal(list(before.rows()), account))
    found = drift(declaration, state, run, "x")
    return found, adopt(declaration, found, DAY, lambda later: drift(later, state, run, "x"))


@given(chances())
@settings(max_examples=15)
def test_portal_changes_are_adopted(random: Random) -> None:
    before, goal = pair(random, classic=random.random() < 0.5)
    left_alone(before, goal)
    with TemporaryDirectory() as name:
        folder = Path(name)
        laid_out(before, folder / "repository", random)
        loaded = load(folder / "repository")
        assert loaded.declaration is not None
        assert not has_errors(loaded.findings), loaded.findings
        portal = changed(before, goal, random, folder / "goal")
        found, adopted = told(loaded.declaration, loaded.declaration, portal, before)
        assert {fact.status for fact in found.facts} <= {"portal"}
        assert adopted.left == ()
        for written in adopted.written:
            changed_file = adopted.contents[(folder / "repository" / written.file).resolve()]
            untouched(changed_file.old.decode(), changed_file.new.decode(), found.facts)
        replace_files(folder / "repository", adopted.contents, "drift --adopt")
        again = load(folder / "repository").declaration
        assert again is not None
        assert [
            fact
            for fact in drift(again, _state(portal, loaded.declaration), Comparison(portal, CLOCK), "x").facts
            if fact.status != "agreed"
        ] == []
        request = Request(portal, "file:x", CLOCK, lambda _: "account", "sha256:0", "{}")
        plan = make_plan(again, request)
        assert [planned.step for planned in plan.steps] == []
        assert [finding.message for finding in plan.findings] == []


def _state(account: Account, applied: Declaration) -> State:
    return State(account, (), normalised(applied), policy_text(applied.project.policy))


def untouched(old: str, new: str, facts: Iterable[Fact]) -> None:
    """Check that all lines about unchanged things are kept, byte for byte and in the same order."""
    facts = tuple(facts)
    if any(fact.what in {"group", "SSO configuration"} for fact in facts):
        return  # removed entries include their lines and comments
    words = {name for fact in facts for _, name in fact.of} | FIELDS
    words |= {value for fact in facts for value in (fact.applied, fact.portal) if isinstance(value, str)}
    rest, above = iter(new.splitlines(keepends=True)), ""
    for line in old.splitlines(keepends=True):
        plain = line.partition("#")[0]
        touched_above = "[" in above and any(word in above for word in words)
        above = plain
        closed = "]" in plain or "}" in plain  # a list that may have got another item at its end
        if not line.endswith("\n") or closed or any(word in plain for word in words):
            continue
        if touched_above:
            assert line.strip() in new, line  # the first item of a list may be gone, and this one moved up
        else:
            assert line in rest, line


FIELDS = {
    "domains",
    "metadata_url",
    "first_name",
    "last_name",
    "primary_admin",
    "_admins",
    "external_users",
    "sso",
    "members",
    "groups",
    "seats",
    "products",
    "users",
    "services",
    "support",
}
