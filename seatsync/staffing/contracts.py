"""Assign and unassign seats of contracts in the classic view."""

from __future__ import annotations

from seatsync.declaration.declared import Declaration, DeclaredContract
from seatsync.declaration.names import nfc
from seatsync.errors import WrongUsage
from seatsync.staffing.proposal import Proposal, declared_person, is_named, not_declared


def assign(declared: Declaration, person: str, product: str, number: str) -> Proposal:
    """Propose a seat of a product in a contract. Raises `ProposalError` for names that are not declared."""
    user, contract, product = declared_person(declared, person), _contract(declared, number), nfc(product)
    proposal = Proposal.of(declared)
    if product not in contract.products:
        raise not_declared(f"contract {contract.number}: product", product, contract.products)
    if user not in _holders(contract, product):
        path = ("contracts", contract.number, "products", product, "users")
        proposal.changes.add_item(None, contract.node.file, path, proposal.shown(user))
    return proposal


def unassign(declared: Declaration, person: str, product: str, number: str) -> Proposal:
    """Propose to remove a seat in a contract. A person without anything else in the contract stays its member.

    Raises `ProposalError` for names that are not declared, `WrongUsage` if the person does not hold the seat.
    """
    user, contract, product = declared_person(declared, person), _contract(declared, number), nfc(product)
    proposal = Proposal.of(declared)
    who = proposal.shown(user)
    if user not in _holders(contract, product):
        raise WrongUsage(f"{who} holds no seat of {product} in contract {contract.number}")
    path = ("contracts", contract.number)
    there = (*path, "products", product, "users")
    proposal.changes.remove_person(f"{product} of contract {contract.number}", contract.users[product], there, user)
    if not _remains_member(contract, product, user):
        proposal.changes.add_item(None, contract.node.file, (*path, "members"), who)
        proposal.notes.append(f"{who} stays a member of contract {contract.number}")
    return proposal


def _contract(declared: Declaration, number: str) -> DeclaredContract:
    if nfc(number) not in declared.contracts:
        raise not_declared("contract", number, declared.contracts)
    return declared.contracts[nfc(number)]


def _holders(contract: DeclaredContract, product: str) -> list[str]:
    return contract.users[product].ids if product in contract.users else []


def _remains_member(contract: DeclaredContract, product: str, user: str) -> bool:
    others = [people for name, people in contract.users.items() if name != product]
    lists = (*others, *contract.services.values(), contract.support, contract.members)
    managing = is_named(contract.contract_manager, user) or is_named(contract.coordinator, user)
    return managing or any(user in people.ids for people in lists)
