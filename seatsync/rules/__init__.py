"""The rules a configuration must keep. Each is a plain function; its docstring is its manual page."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from seatsync.declaration.declared import Declaration, Suppress
from seatsync.declaration.policy import NOT_SUPPRESSIBLE
from seatsync.finding import Finding, Severity, in_order
from seatsync.rules import classic, lookalikes, mentions, policy, references, roles, seats, times

Check: TypeAlias = Callable[[Declaration, str], Iterator[Finding]]
"""What a rule is: a declaration and the day, as ISO text, to what is wrong."""


class Rule(NamedTuple):
    """A rule by its code. `check` yields findings of this code and severity alone."""

    code: str
    severity: Severity
    check: Check


ALL_RULES: tuple[Rule, ...] = (
    Rule("TIME001", Severity.INFO, times.entry_over),
    Rule("TIME002", Severity.WARNING, times.term_too_long),
    Rule("REF001", Severity.ERROR, references.declared_names),
    Rule("REF003", Severity.WARNING, lookalikes.lookalikes),
    Rule("REF005", Severity.INFO, references.in_no_scope),
    Rule("ROLE001", Severity.ERROR, roles.one_primary),
    Rule("ROLE002", Severity.ERROR, roles.one_role),
    Rule("ROLE003", Severity.WARNING, roles.no_secondary),
    Rule("ROLE004", Severity.ERROR, roles.no_manager),
    Rule("ROLE005", Severity.WARNING, roles.no_sso),
    Rule("SEAT001", Severity.ERROR, seats.more_than_the_pool),
    Rule("SEAT002", Severity.ERROR, seats.without_subscription),
    Rule("SEAT003", Severity.ERROR, seats.out_of_term),
    Rule("SEAT004", Severity.WARNING, seats.soon_too_small),
    Rule("SEAT005", Severity.WARNING, mentions.declared_twice),
    Rule("SEAT006", Severity.INFO, mentions.manager_holds),
    Rule("CLASSIC001", Severity.ERROR, classic.no_manager),
    Rule("CLASSIC002", Severity.ERROR, classic.products_to_groups),
    Rule("CLASSIC003", Severity.ERROR, classic.crowded_service),
    Rule("CLASSIC004", Severity.ERROR, classic.crowded_support),
    Rule("CLASSIC005", Severity.ERROR, classic.crowded_product),
    Rule("CLASSIC006", Severity.ERROR, classic.other_view),
    Rule("POLICY001", Severity.ERROR, policy.outside_domains),
    Rule("POLICY002", Severity.ERROR, policy.too_few_secondaries),
    Rule("POLICY003", Severity.ERROR, policy.protected_missing),
    Rule("POLICY004", Severity.ERROR, policy.declared_and_ignored),
)
"""Every rule that is checked on a whole declaration, in the order of the codes."""


class Silenced(NamedTuple):
    """A finding that the policy silences, and the entry that does."""

    finding: Finding
    by: Suppress


class Checked(NamedTuple):
    """What the rules say of a declaration, in order of file and place; what `policy.suppress` silences stands apart."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Silenced, ...] = ()


def check(declared: Declaration, day: str, others: Iterable[Finding] = ()) -> Checked:
    """Every rule on a declaration, on a day (ISO text). `others` are findings of its loading, sorted in among these.

    A `suppress` entry silences findings of its code that are about every thing it names, through its `until`;
    an entry that names no thing silences its code in the whole repository.
    """
    found = in_order([*others, *(finding for rule in ALL_RULES for finding in rule.check(declared, day))])
    entries = [entry for entry in declared.project.policy.suppress if entry.until is None or day <= entry.until]
    spoken: list[Finding] = []
    silenced: list[Silenced] = []
    for finding in found:
        entry = next((entry for entry in entries if silences(entry, finding)), None)
        if entry is None:
            spoken.append(finding)
        else:
            silenced.append(Silenced(finding, entry))
    return Checked(tuple(spoken), tuple(silenced))


def silences(entry: Suppress, finding: Finding) -> bool:
    """Whether an entry of `policy.suppress` is about a finding (whatever the day)."""
    return (
        entry.code == finding.code
        and not finding.code.startswith(NOT_SUPPRESSIBLE)
        and set(entry.things).issubset(finding.things)
    )
