"""Change the addresses of people in every file."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration, DeclaredUser
from seatsync.editing.changeset import node_at
from seatsync.editing.occurrences import occurrences, source_files
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, Severity
from seatsync.reading.tree import YamlList
from seatsync.staffing.proposal import Proposal, ProposalError, address_of, declared_person


def change_addresses(declared: Declaration, pairs: Sequence[tuple[str, str]]) -> Proposal:
    """Propose new addresses for people: pairs of the present address and the new one.

    Every mention in YAML and CSV is changed, and the present address becomes one of `previous_emails`, unless only its
    spelling changes. Who has the new address already, with the old one as a previous one, is left alone. Addresses that
    are not declared, are taken or are none block it. Raises `WrongUsage` for an address that is named twice.
    """
    proposal = Proposal.of(declared)
    named: set[str] = set()
    renamed: dict[str, str] = {}
    for old, new in pairs:
        both = {identity(old) or old, identity(new) or new}
        if named & both:
            raise WrongUsage(f"{min(named & both)} is named twice; change one address after the other")
        named |= both
        try:
            user = _person(declared, old, new)
        except ProposalError as error:
            proposal.blocking.append(error.finding)
        else:
            renamed |= {} if user is None else {user: new}
    if renamed and not proposal.blocking:
        _rename(proposal, renamed)
    return proposal


def _person(declared: Declaration, old: str, new: str) -> str | None:
    """Return the identity of the person with the old address; None if they have the new one. Raises `ProposalError`."""
    fresh = address_of(new)
    there = declared.users.get(fresh)
    if there is not None and identity(old) in {mention.user for mention in there.previous}:
        return None
    user = declared_person(declared, old)
    if there is not None and fresh != user:
        hint = "choose another address, or remove the other person first"
        raise ProposalError(Finding("REF002", Severity.ERROR, f"{new} is declared already", there.at, hint))
    return user


def _rename(proposal: Proposal, renamed: dict[str, str]) -> None:
    declared, changes = proposal.declared, proposal.changes
    kept = {mention.at for _, person in declared.moved() for mention in person.previous}
    for occurrence in occurrences(source_files(declared), SymbolKind.PERSON):
        new = renamed.get(occurrence.symbol.name)
        if new is not None and occurrence.at not in kept:
            changes.rename(occurrence.at, new)
    for user, new in renamed.items():
        person = declared.users[user]
        if identity(new) != user:
            _record(proposal, person, new)
        if person.section is None:
            changes.edit_rows({"email": user}, {"email": new})
        for rule in declared.project.rules:
            if person.email.casefold() in rule.must.casefold():
                proposal.notes.append(f"{rule.code} names {person.email} in its expression, which is not changed")


def _record(proposal: Proposal, person: DeclaredUser, new: str) -> None:
    """Add the present address to the previous ones; a previous one that becomes the present one again is no longer."""
    if person.section is None:
        if person.row is not None:
            kept = [address for address in person.row.previous if identity(address) != identity(new)]
            proposal.changes.set_cell(person.at, "previous_emails", " ".join((*kept, person.email)))
        return
    path, file = ("users", new, "previous_emails"), person.section.file
    node = node_at(person.section, person.email, "previous_emails")
    if isinstance(node, YamlList):
        for index, address in enumerate(node):
            if identity(str(address)) == identity(new):
                proposal.changes.remove_item(new, node, path, index)
    proposal.changes.add_item(None, file, path, person.email)
