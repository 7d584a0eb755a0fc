"""`seatsync why`: explain a person's entitlements, with the lines and commits that declare them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from seatsync.account.email import identity, problem
from seatsync.account.model import Account
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.plan_inputs import chosen_target, note_unknown, open_as_of, read_state
from seatsync.commands.shared.repository import Repository, read_repository, show_findings
from seatsync.declaration.declared import Declaration
from seatsync.declaration.fields import nfc
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.finding import Severity
from seatsync.insight.blame import history
from seatsync.insight.why_gaps import NO_GAPS, Gaps
from seatsync.insight.why_ties import Sources, explain
from seatsync.reporting.escape import number_of
from seatsync.reporting.formats import ANSWERS
from seatsync.rules.references import nearest, nearest_person


@options.command
@click.argument("person")
@click.argument("product", metavar="[PRODUCT]", required=False)
@options.target
@options.day
@options.text_or_json
@options.output
def run(
    console: Console,
    *,
    person: str,
    product: str | None,
    target: str | None,
    day: str | None,
    form: str,
    output: Sequence[str],
) -> int:
    """Explain what a person is entitled to, and where it is declared.

    Shows the person's products, or only PRODUCT, with the seats, groups and roles that grant them, the lines and
    commits that declare them, and the state of the account. Changes nothing.

    Examples:
      seatsync why dee@acme.example
      seatsync why dee@acme.example AutoCAD
    """
    where = outputs(form, output, ANSWERS, console)
    repository = read_repository(console, None, day)
    if repository.declaration is None:
        show_findings(repository, where, console)
        return 1
    sources = _sources(console, repository, repository.declaration, target, day)
    user = sources.person(_identity(person, sources))
    answer = explain(sources, user, None if product is None else _product(product, sources))
    if answer is None:
        raise WrongUsage(
            f"{person} is neither declared nor in the account{_suggestion(nearest(user, sources.people()))}"
        )
    with console.phase("history", "asking git"):
        answer = replace(answer, history=history(repository.root, answer.places(), console.environment))
    _warn_of_errors(repository, console)
    deliver(where, lambda form, paint: ANSWERS[form](answer, paint), console)
    return 0


def _sources(
    console: Console, repository: Repository, declared: Declaration, target: str | None, day: str | None
) -> Sources:
    """Return the declaration and, if it can be read, the account."""
    url = chosen_target(target, declared.project)
    account: Account | None = None
    gaps = NO_GAPS
    trouble = "no target is named"
    if url:
        try:
            state = read_state(open_as_of(url, repository.root, console, day), console, declared)
            note_unknown(state, console)
            account, gaps = state.account, Gaps.of(state.unknown, state.assumed, state.left_out)
        except SeatsyncError as error:
            trouble = str(error)
        if account is not None and account.name != declared.project.account:
            trouble = f"{url} is the account {account.name}, not {declared.project.account}"
            account = None
    zone = account.timezone if account is not None else declared.project.timezone or "UTC"
    return Sources(declared, account, trouble, console.clock(day, zone).day, gaps)


def _identity(person: str, sources: Sources) -> str:
    """Return the identity of an address. Raises `WrongUsage` with a suggestion if it is not one."""
    user = identity(person)
    if user is not None:
        return user
    names = {known.partition("@")[0]: known for known in reversed(sources.people())}
    guess = nearest_person(person.partition("@")[0], names)
    text = f"{person}: {problem(person).removesuffix('.')}"
    raise WrongUsage(f"{text}{_suggestion(names[guess] if guess is not None else None)}")


def _product(product: str, sources: Sources) -> str:
    name, known = nfc(product), sources.products()
    if name not in known:
        guess = nearest(name, known)
        raise WrongUsage(f"there is no product {product}, neither declared nor in the account{_suggestion(guess)}")
    return name


def _suggestion(name: str | None) -> str:
    return "" if name is None else f"; did you mean {name}?"


def _warn_of_errors(repository: Repository, console: Console) -> None:
    """Warn that the answer may be incomplete if the files have errors."""
    errors = sum(finding.severity is Severity.ERROR for finding in repository.findings)
    if errors:
        console.info(f"the files have {number_of(errors, 'error')}, so this may be incomplete; see `seatsync validate`")
