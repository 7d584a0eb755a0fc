"""The jobs of `seatsync ci`: check a change, plan, and carry a saved plan out."""

from __future__ import annotations

from collections import Counter
from io import StringIO
from typing import TextIO

from seatsync.commands.answer import Outputs
from seatsync.commands.apply import from_saved, to_end
from seatsync.commands.approvals import Asked, required
from seatsync.commands.approved import approved
from seatsync.commands.ci_desk import Desk, Done
from seatsync.commands.diff import compared
from seatsync.commands.prepare import Prepared, basis_of, prepare, preview
from seatsync.commands.repository import Repository, below_top
from seatsync.commands.saved import read_plan
from seatsync.commands.sides import both_sides
from seatsync.commands.wish import Wish
from seatsync.declaration.declared import Declaration
from seatsync.errors import FileProblem, NoAccount, WrongUsage
from seatsync.finding import Severity, has_errors
from seatsync.planning.plan import Plan, plan_digest, to_json
from seatsync.planning.verdict import is_blocked
from seatsync.reading.git_objects import Git
from seatsync.reporting import ci_summary
from seatsync.reporting.diff import WORKING_TREE, Diff
from seatsync.reporting.diff_text import last_line as of_diff
from seatsync.reporting.formats import DIFFS, PLANS, RenderOptions
from seatsync.reporting.paint import PLAIN
from seatsync.reporting.plan_text import last_line as of_plan

_HEAD = "HEAD"
_INTENT = "SEATSYNC_INTENT"
_WAITING = 3
_VERDICTS = {0: "applied", _WAITING: "waiting"}
_LINES = {
    "applied": "the plan is applied",
    "waiting": "what could be done is done; some steps wait for people",
    "no-changes": "nothing to change",
    "failed": "the plan is not applied, or not as a whole; the log says why",
}


def check(desk: Desk, base: str | None) -> Done:
    """What is wrong with the files, and what they declare otherwise than at the base, where there is one."""
    repository = desk.findings()
    diff = None if base is None else _diff(desk, base)
    if base is None and desk.where.event == "proposal":
        desk.note("nothing tells what this change is compared with; --base REVISION does")
    return _checked(desk, repository, diff)


def _checked(desk: Desk, repository: Repository, diff: Diff | None = None) -> Done:
    failed = has_errors(repository.findings, strict=desk.strict)
    line = ci_summary.counts(repository.findings)
    values, blocks = _counted(repository), []
    if diff is not None:
        line = f"{line}. {of_diff(diff)}"
        values["has-changes"] = _word(diff.differences != ())
        blocks = [DIFFS["markdown"](diff, RenderOptions(repository.line_of, PLAIN))]
    verdict = "errors" if failed else "sound"
    return Done("check", verdict, int(failed), line, values, repository.findings, blocks)


def _diff(desk: Desk, base: str) -> Diff:
    """The comparison with the revision in which the base and what is checked out last were one."""
    console = desk.console
    git = Git(console.folder, console.environment)
    git.above()  # refuses where there is no repository, which no longer history would help
    try:
        tree = git.tree(base)
    except WrongUsage as problem:
        whole = "the whole history is needed (GitHub: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)"
        raise WrongUsage(f"{problem}; {whole}") from problem
    start = git.merge_base(base, _HEAD) or base
    start = base if git.tree(start) == tree else start  # by the name that people know
    with both_sides(console, start, _HEAD, WORKING_TREE) as (old, new):
        diff = compared(console, old, new, (), desk.day, _HEAD)
        rendering = RenderOptions(new.line_of, console.paint, console.verbose, desk.strict, below=new.below)
        with desk.quoted():
            console.answer("\n" + DIFFS["text"](diff, rendering))
        desk.keep("diff.txt", DIFFS["text"](diff, rendering._replace(paint=PLAIN)))
    desk.keep("diff.md", DIFFS["markdown"](diff, rendering))
    return diff


def check_and_plan(desk: Desk, wish: Wish, asks: Asked, *, must: bool) -> Done:
    """What is wrong with the files, or else the plan. `must`: it is a failure if there is no account yet."""
    wanted = required(asks)
    repository = desk.findings()
    basis = basis_of(repository, wish, strict=desk.strict)
    if basis is None:
        return _checked(desk, repository)
    try:
        prepared = prepare(desk.console, repository, basis, wish)
    except NoAccount as problem:
        if must:
            raise
        desk.note(f"not planned: {problem}")
        return _checked(desk, repository)
    plan = prepared.plan._replace(require=wanted)
    page = _show(desk, plan, repository, prepared, basis.declared)
    failed = is_blocked(plan, strict=desk.strict)
    values = {
        **_counted(repository),
        "has-changes": _word(bool(plan.steps)),
        "intent": plan.intent(),
        "digest": plan_digest(plan),
    }
    if wanted is not None:  # whoever is to approve a plan must see it first, so this is no failure yet
        values["approved"] = _word(approved(desk.console, plan, prepared.state.account, asks, wanted))
    verdict = "errors" if failed else "changes" if plan.steps else "no-changes"
    line = of_plan(plan, strict=desk.strict)
    # The page shows errors and warnings itself, and with -v all.
    more = [each for each in repository.findings if each.severity is Severity.INFO and not desk.console.verbose]
    return Done("plan", verdict, int(failed), line, values, more, [page])


def _show(desk: Desk, plan: Plan, repository: Repository, prepared: Prepared, declared: Declaration) -> str:
    """The plan in the log and in its files; as Markdown."""
    console = desk.console
    rendering = RenderOptions(
        repository.line_of,
        console.paint,
        console.verbose,
        desk.strict,
        preview=lambda: preview(prepared, declared, (), plan.require),
        other_files=("plan.html", "plan.json") if desk.folder is not None else (),
        below=below_top(repository.root),
        others=repository.findings,
    )
    with desk.quoted():
        console.answer("\n" + PLANS["text"](plan, rendering))
    desk.annotate(plan.findings, rendering)
    rendering = rendering._replace(paint=PLAIN)
    page = PLANS["markdown"](plan, rendering)
    desk.keep("plan.json", to_json(plan))
    desk.keep("plan.md", page)
    if desk.folder is not None:
        desk.keep("plan.html", PLANS["html"](plan, rendering))
    return page


def saved_plan(desk: Desk, file: str, intent: str | None, wish: Wish, asks: Asked, *, rebase: bool) -> Done:
    """Carry a saved plan out, which must have the intent that is given, if one is."""
    console = desk.console
    plan = read_plan(console.path(file))
    required(asks, plan)
    wanted = console.environment.get(_INTENT) if intent is None else intent
    if wanted is not None and wanted != plan.intent():
        raise FileProblem(
            file, f"has the intent {plan.intent()}, not {wanted or 'none at all'}", "plan and approve again"
        )
    log = _Heard(console.out)
    with desk.quoted():
        job = from_saved(console, plan, wish, rebase=rebase)
        plainly = console._replace(out=log, paint=PLAIN)
        where = Outputs("text", None, tuple(desk.beside("json", "apply.json")))
        code = to_end(job, plainly, asks, where, strict=desk.strict, auto_approve=True, rebase=rebase)
    verdict = _VERDICTS.get(code, "failed") if plan.steps or code else "no-changes"
    if verdict == "waiting" and desk.where.kind == "github":
        desk.note("some steps wait for people; the log says for whom")
        code = 0
    blocks = [ci_summary.as_code("What was done", log.getvalue())]
    return Done("apply", verdict, code, _LINES[verdict], {"intent": plan.intent()}, (), blocks)


class _Heard(StringIO):
    """A stream that remembers what it hands on."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        return super().write(text)


def _counted(repository: Repository) -> dict[str, str]:
    found = Counter(finding.severity for finding in repository.findings)
    return {"errors": str(found[Severity.ERROR]), "warnings": str(found[Severity.WARNING])}


def _word(value: bool) -> str:  # noqa: FBT001 - the value itself is what is written
    return "true" if value else "false"
