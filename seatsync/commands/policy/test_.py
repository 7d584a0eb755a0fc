"""`seatsync policy test`: run the cases written beside the project's own rules."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.repository import Repository, below_top, excerpts, show_findings
from seatsync.declaration.project import find_root, read_project
from seatsync.finding import has_errors
from seatsync.reporting.formats import POLICY_TESTS, RenderOptions
from seatsync.rules.own_cases import run_cases
from seatsync.rules.own_rules import mistakes_of


@options.command
@options.directory
@options.text_json_or_junit
@options.output
def run(console: Console, *, directory: str | None, form: str, output: Sequence[str]) -> int:
    """Run the cases of the project's own rules; needs no account.

    Each case under `passes` must keep its rule, and each under `fails` break it; variables that a case leaves out are
    null, empty, 0 or false. Reads only the project file.

    Examples:
      seatsync policy test
    """
    where = outputs(form, output, POLICY_TESTS, console)
    root = find_root(console.directory(directory))
    project, findings = read_project(root)
    if project is not None:
        findings = [*findings, *mistakes_of(project)]
    line_of = excerpts(root, findings)
    if project is None or has_errors(findings):
        show_findings(Repository(root, None, tuple(findings), (), line_of), where, console)
        return 1
    with console.phase("cases", "running the cases"):
        results = run_cases(project.rules)
    rendering = RenderOptions(line_of, console.paint, below=below_top(root))
    deliver(where, lambda name, paint: POLICY_TESTS[name](results, rendering._replace(paint=paint)), console)
    return int(any(case.wrong for _, cases in results for case in cases))
