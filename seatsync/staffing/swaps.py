"""Swap the product of seats, as a change of the files."""

from __future__ import annotations

from seatsync.declaration.declared import Declaration
from seatsync.declaration.fields import nfc
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.rules.references import nearest
from seatsync.staffing.proposal import Proposal, declared_team, for_people, list_entry
from seatsync.staffing.team_entries import Entry, Thing, entries, is_covered, remove


def swap(declared: Declaration, people: tuple[str, ...], old: str, new: str, team_name: str | None) -> Proposal:
    """Propose a seat of another product, on the same days, in place of a direct seat of each of some people.

    Without `team_name` it is the only team in which the person holds the old product. Who holds only the new product
    is left alone. Names that are not declared block it. Raises `WrongUsage` for a seat that a person does not hold
    directly.
    """
    old, new = nfc(old), nfc(new)
    if old == new:
        raise WrongUsage(f"cannot swap {old} for itself; name another product")
    return for_people(declared, people, lambda proposal, user: _swap(proposal, user, (old, new), team_name))


def _swap(proposal: Proposal, user: str, products: tuple[str, str], team_name: str | None) -> None:
    declared, (old, new), who = proposal.declared, products, proposal.shown(user)
    teams = [*declared.teams.values()] if team_name is None else [declared_team(declared, team_name)]
    there = [entry for team in teams for entry in entries(declared, team, user)]
    seats = [entry for entry in there if entry.thing == Thing("seat", old) and entry.through is None]
    shared = [entry for entry in there if entry not in seats and entry.given(old)]
    names = list(dict.fromkeys(entry.team.name for entry in seats))
    names = names or list(dict.fromkeys(entry.team.name for entry in there if entry.given(new)))
    if not seats and not names:
        raise _not_held(who, old, there, shared)
    if seats and len(names) > 1:
        raise WrongUsage(f"teams {listed(names)} give {who} {old}; choose one with --team")
    present = [days for entry in there if entry.team.name in names for days in entry.given(new)]
    for entry in seats:
        _swap_entry(proposal, entry, new, gets=not is_covered(entry.days, present))
    for entry in shared:
        if entry.team.name in names:
            proposal.notes.append(f"{who} still holds {old} {entry.through_what}")


def _not_held(who: str, product: str, there: list[Entry], shared: list[Entry]) -> WrongUsage:
    """Return the error for a product that a person does not hold directly; `shared` are the entries that give it."""
    if shared:
        by_list = shared[0].through is not None
        remedy = "change the list by hand" if by_list else "change their group with `seatsync edit move`"
        return WrongUsage(f"{who} holds {product} {shared[0].through_what}; {remedy}")
    meant = nearest(product, sorted({entry.thing.name for entry in there if entry.thing.kind == "seat"}))
    return WrongUsage(f"{who} holds no seat of {product}" + ("" if meant is None else f"; did you mean {meant}?"))


def _swap_entry(proposal: Proposal, entry: Entry, new: str, *, gets: bool) -> None:
    """Change an entry into one of the new product or, unless `gets`, remove it."""
    changes = proposal.changes
    if entry.row is not None and gets:
        changes.set_cell(entry.row.at, "product", new)
    elif entry.node is not None and entry.by_user and gets:
        changes.set_item(None, entry.node.file, entry.path, entry.rank, list_entry(new, entry.days, "product"))
    else:
        remove(proposal, entry)
        if gets:
            proposal.add(entry.team, ("seats", new), entry.user, entry.days)
