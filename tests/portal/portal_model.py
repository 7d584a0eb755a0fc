"""A model of the vendor's portal, which the real engine changes, and plans from what its exports show."""

from __future__ import annotations

from pathlib import Path

from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import policy_text
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import UNKNOWN, Excluded, Plan
from seatsync.portal.exports_target import open_exports
from tests.portal.random_accounts import DAY

CLOCK = Clock.at(DAY)


def plan_from(folder: Path, declared: Declaration) -> Plan:
    """Return the plan from the account that the exports in a folder show to a declaration."""
    target = open_exports(f"exports:{folder.name}", folder.parent, {}, CLOCK)
    state = target.read_with(declared)
    request = Request(
        account=state.account,
        target=target.url,
        clock=CLOCK,
        route=target.route,
        config_digest="sha256:0",
        policy=policy_text(declared.project.policy),
        allow=("GUARD002",),
        left_out=tuple(Excluded(kind, name, (UNKNOWN,)) for kind, name in state.left_out),
        undated=state.undated,
        unknown=state.unknown,
        assumed=state.assumed,
    )
    return make_plan(declared, request)
