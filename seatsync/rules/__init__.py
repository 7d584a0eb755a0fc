"""The rules of a configuration. Each is a plain function; its docstring is its manual page."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from seatsync.declaration.declared import Declaration
from seatsync.declaration.policy_fields import NOT_SUPPRESSIBLE
from seatsync.declaration.project_values import Suppress
from seatsync.finding import Finding, Severity, in_order
from seatsync.reading.tree import YamlList, YamlMap, node_at
from seatsync.rules import classic, lookalikes, policy, references, roles, seats, times

Check: TypeAlias = Callable[[Declaration, str], Iterator[Finding]]
"""Yield the findings of one rule about a declaration on a day (ISO text)."""

Progress: TypeAlias = Callable[[int, int], None]
"""Take note of how much of a long check is done, and of how much in all."""

Scope: TypeAlias = Literal["file", "team", "contract", "repository"]


_CODE = re.compile(r"[A-Z]+[0-9]{3}")


class Rule(NamedTuple):
    """A rule by its code. `check` yields findings of this code and severity alone; its docstring is the manual page.

    `scope` is the extent of a finding: the team or contract that it names, the part of a file that it points at, or the
    whole repository, which then cannot be planned.
    `withheld_by`: a finding is dropped if one of these codes has a finding about the same things.
    """

    code: str
    severity: Severity
    scope: Scope
    check: Check
    withheld_by: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The text of the manual page."""
        return self.check.__doc__ or ""


def suppresses_nothing(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every suppression is of a rule.

    What: The `code` of each entry of `policy.suppress` that is not over is that of a rule about the files, or of one of
    the project's own rules.

    Why: An entry with a spelling mistake, or for a finding that cannot be suppressed, does nothing.

    Source: the project's policy

    Wrong:
        # policy: {suppress: [{code: ROLE030, reason: "two people only"}]}
        users: {}

    Right:
        # policy: {suppress: [{code: ROLE003, reason: "two people only"}]}
        users: {}
    """
    node, own = node_at(declared.project.node, "policy", "suppress"), declared.project.node.get("rules")
    known = {*(rule.code for rule in ALL_RULES), "FILE001", *(own if isinstance(own, YamlMap) else ())}
    for entry in node if isinstance(node, YamlList) else ():
        code = entry.get("code") if isinstance(entry, YamlMap) else None
        if not isinstance(entry, YamlMap) or not isinstance(code, str) or code in known:
            continue
        until = entry.get("until")
        is_over = isinstance(until, str) and until < day
        if not is_over and _CODE.fullmatch(code) and not code.startswith(NOT_SUPPRESSIBLE):  # these are errors
            message = f"no rule has the code {code}, so this entry suppresses nothing"
            hint = "correct the code, or remove the entry; only findings of rules can be suppressed"
            yield Finding("POLICY006", Severity.WARNING, message, entry.value_at("code"), hint)


ALL_RULES: tuple[Rule, ...] = (
    Rule("TIME001", Severity.INFO, "file", times.entry_over),
    Rule("TIME002", Severity.WARNING, "file", times.term_too_long),
    Rule("REF001", Severity.ERROR, "file", references.declared_names),
    Rule("REF003", Severity.WARNING, "file", lookalikes.lookalikes),
    Rule("REF004", Severity.ERROR, "file", references.declared_lists),
    Rule("REF005", Severity.INFO, "file", references.in_no_scope),
    Rule("ROLE001", Severity.ERROR, "team", roles.one_primary),
    Rule("ROLE002", Severity.ERROR, "team", roles.one_role),
    Rule("ROLE003", Severity.WARNING, "team", roles.no_secondary, ("POLICY002",)),
    Rule("ROLE004", Severity.ERROR, "team", roles.no_manager),
    Rule("ROLE005", Severity.WARNING, "team", roles.no_sso),
    Rule("SEAT001", Severity.ERROR, "team", seats.more_than_the_pool, ("SEAT002", "SEAT003", "POLICY004")),
    Rule("SEAT002", Severity.ERROR, "team", seats.without_subscription, ("POLICY004",)),
    Rule("SEAT003", Severity.ERROR, "team", seats.out_of_term, ("SEAT002", "POLICY004")),
    Rule("SEAT004", Severity.WARNING, "team", seats.soon_too_small, ("SEAT002", "SEAT003", "SEAT001", "POLICY004")),
    Rule("SEAT005", Severity.WARNING, "file", seats.declared_twice),
    Rule("SEAT006", Severity.INFO, "file", seats.manager_holds),
    Rule("CLASSIC001", Severity.ERROR, "contract", classic.no_manager),
    Rule("CLASSIC002", Severity.ERROR, "contract", classic.products_to_groups),
    Rule("CLASSIC003", Severity.ERROR, "contract", classic.crowded_service, ("POLICY004",)),
    Rule("CLASSIC004", Severity.ERROR, "contract", classic.crowded_support),
    Rule("CLASSIC005", Severity.ERROR, "contract", classic.crowded_product, ("POLICY004",)),
    Rule("CLASSIC006", Severity.ERROR, "file", classic.other_view),
    Rule("POLICY001", Severity.ERROR, "repository", policy.outside_domains),
    Rule("POLICY002", Severity.ERROR, "team", policy.too_few_secondaries),
    Rule("POLICY003", Severity.ERROR, "repository", policy.protected_missing),
    Rule("POLICY004", Severity.ERROR, "repository", policy.declared_and_ignored),
    Rule("POLICY005", Severity.WARNING, "repository", policy.exempt_missing),
    Rule("POLICY006", Severity.WARNING, "repository", suppresses_nothing),
)
"""Every rule that is checked on a whole declaration, in the order of the codes."""

OF_REPOSITORY = frozenset(rule.code for rule in ALL_RULES if rule.scope == "repository")
"""The rules whose findings concern the repository as a whole."""

_WITHHELD = {rule.code: rule.withheld_by for rule in ALL_RULES if rule.withheld_by}


class Silenced(NamedTuple):
    """A finding that the policy silences, and the entry that does."""

    finding: Finding
    by: Suppress


class Checked(NamedTuple):
    """The findings about a declaration in order of file and place; those that the policy silences are separate."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Silenced, ...] = ()


def check(
    declared: Declaration, day: str, others: Iterable[Finding] = (), progress: Progress = lambda _, __: None
) -> Checked:
    """Check every rule on a declaration, on a day (ISO text). `others` are the findings of its loading.

    `progress` is called with what the project's own rules have judged, and of how much.

    A `suppress` entry silences findings of its code that are about every thing it names, through its `until`;
    an entry that names no thing silences its code in the whole repository.
    """
    checked = _not_withheld([finding for rule in ALL_RULES for finding in rule.check(declared, day)])
    found = in_order([*others, *checked, *_own(declared, day, progress)])
    entries = declared.project.policy.suppress
    shown: list[Finding] = []
    silenced: list[Silenced] = []
    for finding in found:
        entry = next((entry for entry in entries if silences(entry, finding, day)), None)
        if entry is None:
            shown.append(finding)
        else:
            silenced.append(Silenced(finding, entry))
    return Checked(tuple(shown), tuple(silenced))


def _not_withheld(findings: list[Finding]) -> Iterator[Finding]:
    known = {(finding.code, finding.things) for finding in findings}
    for finding in findings:
        if not any((code, finding.things) in known for code in _WITHHELD.get(finding.code, ())):
            yield finding


def _own(declared: Declaration, day: str, progress: Progress) -> Iterator[Finding]:
    """Yield the findings of the project's own rules."""
    if declared.project.rules:
        from seatsync.rules.own_rules import own_findings  # noqa: PLC0415 - few projects have rules of their own

        yield from own_findings(declared, day, progress)


def silences(entry: Suppress, finding: Finding, day: str) -> bool:
    """Return True if an entry of `policy.suppress` covers a finding on a day."""
    return not finding.code.startswith(NOT_SUPPRESSIBLE) and entry.covers(finding, day)
