"""Plans for a mirror of the real account with their open cases, for the tests of checklists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.reporting.checklist.letters import Contact, Known
from seatsync.reporting.checklist.run_folder import RunFolder, render
from seatsync.targets.target import Case
from tests.account.sample import NOON, acme
from tests.reporting.test_plan_text import EMPTY

ANA, BEN, CHO, DEE, ELI, GUS = (f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eli", "gus"))
DESIGN, STUDIO, C1 = Scope("team", "design"), Scope("team", "studio"), Scope("contract", "C-1")


def todo(
    action: str,
    scope: Scope,
    route: str = "console",
    may: tuple[str, ...] = (ANA,),
    needs: tuple[int, ...] = (),
    effects: tuple[str, ...] = (),
    **args: Plain,
) -> PlannedStep:
    """Return a step that `plan_of` gives a number."""
    spec = ACTIONS[action]
    step = Step.make(action, scope, **args)
    return PlannedStep(0, step, spec.kind, spec.channel, route, needs, may, effects=effects)


def invite(
    user: str, first: str = "", last: str = "", route: str = "csv", may: tuple[str, ...] = (ANA,)
) -> PlannedStep:
    """Return an invitation to team design."""
    return todo("user.invite", DESIGN, route, may, user=user, first_name=first, last_name=last)


def plan_of(*steps: PlannedStep) -> Plan:
    """Return a plan with these steps, numbered from 1."""
    numbered = (each._replace(id=number) for number, each in enumerate(steps, 1))
    return EMPTY._replace(at=NOON.day, steps=tuple(numbered))


def cases_of(plan: Plan) -> list[Case]:
    """Return an open case for every step: CASE-1 for step 1, and so on."""
    return [Case(f"CASE-{each.id}", each.step, NOON.stamp, None, route=each.route) for each in plan.steps]


def folder_of(
    plan: Plan,
    more: Sequence[Case] = (),
    account: Account | None = None,
    target: str | None = None,
    contacts: Mapping[str, Contact] | None = None,
) -> RunFolder:
    """Return the folder of run 3 that opened a case for every step; `more` are other open cases."""
    return render(plan, [*cases_of(plan), *more], Known(account or acme(), contacts or {}), NOON, "3", target)


def files_of(*steps: PlannedStep) -> dict[str, bytes]:
    """Return the files of such a run."""
    return folder_of(plan_of(*steps)).files


def markdown(*steps: PlannedStep) -> str:
    """Return its checklist as Markdown."""
    return files_of(*steps)["CHECKLIST.md"].decode()


EVERYTHING = plan_of(
    invite("new@acme.example", "Ana", "Nova", route="csv", may=(ANA, BEN)),
    invite("zoe@acme.example", "Zoë", "=Kim", route="csv", may=(ANA, BEN)),
    todo("seat.assign", DESIGN, "csv", (ANA, BEN), (1,), user="new@acme.example", product="Revit"),
    todo("seat.assign", DESIGN, "csv", (ANA, BEN), (2,), user="zoe@acme.example", product="Revit"),
    todo("group.add_member", DESIGN, "console", (ANA, BEN), (1,), group="cad", user="new@acme.example"),
    todo(
        "admin.change_primary",
        DESIGN,
        may=(ANA, BEN),
        effects=("ana@acme.example becomes secondary admin",),
        user=BEN,
    ),
    todo("contract_manager.transfer", DESIGN, "form", (ANA,), subscription="S-1", user=BEN),
    todo("user.redirect_invitation", WHOLE_ACCOUNT, may=(BEN,), user=ELI, to="eli.new@acme.example"),
    todo("user.remove", STUDIO, may=(BEN,), effects=("frees Revit", "leaves the account"), user=GUS),
    todo("team.delete", STUDIO, "support", (BEN,), needs=(9,)),
    todo(
        *("purchase.seats", DESIGN, "purchase", (BEN,), (7,)),
        subscription="S-1",
        now=Facts((("seats", 3),)),
        wanted=Facts((("seats", 5),)),
    ),
)
"""A plan with every route, for three hand-overs."""
