"""`seatsync why`: whether a person is entitled, through what, declared where, since which commit. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from seatsync.account.email import identity, problem
from seatsync.account.model import Account
from seatsync.commands import options
from seatsync.commands.answer import deliver, outputs
from seatsync.commands.console import Console
from seatsync.commands.place import open_on, read_state
from seatsync.commands.repository import Repository, read_repository
from seatsync.commands.validate import show_findings
from seatsync.declaration.declared import Declaration
from seatsync.declaration.names import nfc
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.finding import Severity
from seatsync.reporting.counting import number_of
from seatsync.reporting.formats import ANSWERS
from seatsync.rules.suggestions import nearest
from seatsync.why.asking import Sources, ask
from seatsync.why.blame import history


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
    """Show why somebody has what they have, and where it is declared.

    Says whether somebody is entitled, to PRODUCT or to anything, through which seat, group or role, where that is
    declared and since which commit, and what the account has. Changes nothing.
    """
    where = outputs(form, output, ANSWERS, console)
    repository = read_repository(console, None, day)
    if repository.declaration is None:
        show_findings(repository, where, console)
        return 1
    sources = _sources(console, repository, repository.declaration, target, day)
    user = sources.person(_identity(person, sources))
    answer = ask(sources, user, None if product is None else _product(product, sources))
    if answer is None:
        raise WrongUsage(f"{person} is neither declared nor in the account{_guess(nearest(user, sources.people()))}")
    with console.phase("history", "asking git"):
        answer = replace(answer, history=history(repository.root, answer.places(), console.environment))
    _tell_errors(repository, console)
    deliver(where, lambda form, paint: ANSWERS[form](answer, paint), console)
    return 0


def _sources(
    console: Console, repository: Repository, declared: Declaration, target: str | None, day: str | None
) -> Sources:
    """The files, and the account as far as it can be read: without it there is still an answer."""
    url = target or declared.project.target
    account: Account | None = None
    trouble = "no target is named"
    if url:
        try:
            account = read_state(open_on(url, repository.root, console, day), console).account
        except SeatsyncError as error:
            trouble = str(error)
        if account is not None and account.name != declared.project.account:
            trouble = f"{url} is the account {account.name}, not {declared.project.account}"
            account = None
    zone = account.timezone if account is not None else declared.project.timezone or "UTC"
    return Sources(declared, account, trouble, console.clock(day, zone).day)


def _identity(person: str, sources: Sources) -> str:
    """Who is meant; a name without an address may resemble somebody's."""
    user = identity(person)
    if user is not None:
        return user
    names = {known.partition("@")[0]: known for known in reversed(sources.people())}
    guess = nearest(person, names)
    text = f"{person}: {problem(person).removesuffix('.')}"
    raise WrongUsage(f"{text}{_guess(names[guess] if guess is not None else None)}")


def _product(product: str, sources: Sources) -> str:
    name, known = nfc(product), sources.products()
    if name not in known:
        guess = nearest(name, known)
        raise WrongUsage(f"there is no product {product}, neither declared nor in the account{_guess(guess)}")
    return name


def _guess(name: str | None) -> str:
    return "" if name is None else f"; did you mean {name}?"


def _tell_errors(repository: Repository, console: Console) -> None:
    """Where the files have errors, that the answer is of what could be read."""
    errors = sum(finding.severity is Severity.ERROR for finding in repository.findings)
    if errors:
        console.say(
            f"the files have {number_of(errors, 'error')}, so this may not be all; `seatsync validate` tells more"
        )
