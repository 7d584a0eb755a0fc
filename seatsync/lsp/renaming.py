"""Rename of a team, group, list or person in all files.

The old name is recorded in `renamed_from` (of a person: `previous_emails`), so that the plan renames the object in
the account, and does not delete and create it. A list, which is not in the account, has no old name. A rename that
would break a rule is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from seatsync.account.email import identity, problem
from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import is_csv
from seatsync.editing.changeset import Overlay, edited
from seatsync.editing.occurrences import Occurrence, Symbol, is_of, occurrences
from seatsync.editing.operations import AddItem, EditRefused, Operation, SetKey
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.editing.splices import written_like
from seatsync.finding import Location, Severity
from seatsync.lsp.positions import Edit, Text, Units, applied, edits_between
from seatsync.lsp.workspace import View, read
from seatsync.reading.plain_text import shown
from seatsync.staffing.renames import former_names, name_problem

Edits = Mapping[str, list[Edit]]
"""Edits by file name."""


class RenameRefused(Exception):
    """A rename that is not possible; `str()` is the reason."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A symbol and its new name."""

    view: View
    declared: Declaration
    symbol: Symbol
    new: str


def check_renamable(symbol: Symbol, view: View) -> None:
    """Check that a symbol can be renamed. Raises `RenameRefused`."""
    declared = _complete_declaration(view)
    if symbol.kind is SymbolKind.TEAM:
        _check_declared(declared.teams, symbol)
    elif symbol.kind is SymbolKind.LIST:
        _check_declared(declared.lists, symbol)
    elif symbol.kind is SymbolKind.GROUP:
        _check_declared(_team_of(symbol, declared).groups, symbol)
    elif symbol.kind is SymbolKind.PERSON:
        user = declared.users.get(symbol.name)
        if user is None:
            raise RenameRefused(f"{symbol.name} is not declared, so there is no address to change")
        if user.section is None:
            raise RenameRefused(
                f"{symbol.name} is declared in {user.file}, and a CSV is not edited; change the address there,"
                " and write the old one into the column previous_emails"
            )
    else:
        raise RenameRefused(f"a {symbol.kind} cannot be renamed; only teams, groups, lists and people can")


def rename(symbol: Symbol, new: str, view: View, units: Units, today: Callable[[str], str]) -> Edits:
    """Return the edits that rename a symbol. Raises `RenameRefused`."""
    check_renamable(symbol, view)
    request = _Request(view, _complete_declaration(view), symbol, _checked_name(symbol, new))
    _check_not_taken(request)
    texts = {name: Text(text, units) for name, text in _rewritten(request).items()}
    changed: dict[str, list[Edit]] = {}
    contents: dict[str, bytes] = {}
    for name, after in texts.items():
        before = Text(view.text(name), units)
        changed[name] = edits_between(before, after.text)
        contents[view.names[name]] = applied(before, changed[name]).encode("utf-8", "surrogatepass")
    _check_no_new_errors(view, contents, today)
    return {name: edits for name, edits in changed.items() if edits}


# Preconditions


def _complete_declaration(view: View) -> Declaration:
    """Return the declaration. Raises `RenameRefused` if files were not read, since occurrences would be missed."""
    broken = sorted(view.unreadable())
    if broken or view.declaration is None or not view.declaration.complete:
        files = ", ".join(broken) or ("the project file" if view.declaration is None else "what the project includes")
        raise RenameRefused(f"{files} cannot be read, and names in it would be missed; fix its errors first")
    return view.declaration


def _check_declared(names: Collection[str], symbol: Symbol) -> None:
    if symbol.name not in names:
        raise RenameRefused(f"{symbol.kind} {shown(symbol.name)} is not declared, so there is nothing to rename")


def _is_unsaved_rename(old: str, symbol: Symbol, view: View) -> bool:
    """Return True if the saved files still have the old name, so that the rename is not saved yet."""
    saved = read(view.root, {}, lambda _: view.day).declaration
    if saved is None:
        return False
    names: Collection[str] = saved.teams
    if symbol.kind is SymbolKind.GROUP:
        team = saved.teams.get(symbol.within or "")
        names = () if team is None else team.groups
    return old in names and symbol.name not in names


def _team_of(symbol: Symbol, declared: Declaration) -> DeclaredTeam:
    if symbol.within is None or symbol.within not in declared.teams:
        raise RenameRefused(f"group {shown(symbol.name)} can only be renamed where its team declares it")
    return declared.teams[symbol.within]


def _checked_name(symbol: Symbol, new: str) -> str:
    if symbol.kind is SymbolKind.PERSON:
        if identity(new) is None:
            raise RenameRefused(f"{shown(new)} is not an e-mail address: {problem(new)}".rstrip("."))
        return new
    refusal = name_problem(new)
    if refusal is not None:
        raise RenameRefused(refusal)
    return new


def _check_not_taken(request: _Request) -> None:
    declared, symbol = request.declared, request.symbol
    taken: Location | None = None
    if symbol.kind is SymbolKind.PERSON:
        user = identity(request.new)
        if user == symbol.name:
            return  # the same address in another spelling
        taken = declared.users[user].at if user in declared.users else None
    elif nfc(request.new) == symbol.name:
        raise RenameRefused(f"the {symbol.kind} is already named {shown(request.new)}")
    elif symbol.kind is SymbolKind.LIST:
        taken = declared.lists[nfc(request.new)].at if nfc(request.new) in declared.lists else None
    elif symbol.kind is SymbolKind.TEAM:
        taken = declared.teams[nfc(request.new)].at if nfc(request.new) in declared.teams else None
    else:
        group = _team_of(symbol, declared).groups.get(nfc(request.new))
        taken = None if group is None else group.at
    if taken is not None:
        raise RenameRefused(f"{shown(request.new)} is taken by the {symbol.kind} at {taken}; choose another name")


# New texts


def _rewritten(request: _Request) -> dict[str, str]:
    """Return the new text of every changed file by name."""
    places: dict[str, list[Location]] = {}
    for occurrence in occurrences(request.view, request.symbol.kind):
        if is_of(occurrence, request.symbol) and not _is_previous_address(occurrence, request):
            places.setdefault(occurrence.at.file, []).append(occurrence.at)
    texts = {name: _replaced(request, name, found) for name, found in places.items()}
    if request.symbol.kind is SymbolKind.LIST:
        return texts
    home, operation = _old_name_record(request)
    if operation is None:
        return texts
    try:
        texts[home] = edited(texts[home].encode("utf-8", "surrogatepass"), home, [operation]).decode()
    except EditRefused as refused:
        raise RenameRefused(f"{home} {refused}; rename by hand, and record the old name") from refused
    return texts


def _is_previous_address(occurrence: Occurrence, request: _Request) -> bool:
    """Return True if an occurrence is a previous address of a person, which a rename keeps."""
    if request.symbol.kind is not SymbolKind.PERSON:
        return False
    return any(old.at == occurrence.at for user in request.declared.users.values() for old in user.previous)


def _replaced(request: _Request, name: str, places: list[Location]) -> str:
    text = Text(request.view.text(name), "utf-32")
    edits = []
    for place in dict.fromkeys(places):
        at = text.range_of(place)
        old = text.text[text.offset(at.start) : text.offset(at.end)]
        edits.append(Edit(at, in_place_of(request.new, old, name)))
    return applied(text, edits)


def in_place_of(new: str, old: str, file: str) -> str:
    """Return a name as it is written in place of an old one: in the same quotes, or in the ones it needs."""
    if is_csv(file):
        plain = not any(char in new for char in ',;\t"\r\n') and not old.startswith('"')
        return new if plain else '"' + new.replace('"', '""') + '"'
    return written_like(old, new)


def _old_name_record(request: _Request) -> tuple[str, Operation | None]:
    """Return the file and the operation that record the old name.

    The operation is None if only the spelling of an address changes, or if the old name was never saved.
    """
    declared, symbol = request.declared, request.symbol
    if symbol.kind is SymbolKind.PERSON:
        user = declared.users[symbol.name]
        same_person = identity(request.new) == symbol.name
        return user.file, None if same_person else AddItem(("users", request.new, "previous_emails"), user.email)
    declaration: DeclaredTeam | DeclaredGroup = (
        declared.teams[symbol.name] if symbol.kind is SymbolKind.TEAM else _group(request)
    )
    above = () if symbol.kind is SymbolKind.TEAM else (_team_of(symbol, declared).name, "groups")
    path = ("teams", *above, request.new, "renamed_from")
    if declaration.renamed_from and _is_unsaved_rename(declaration.renamed_from[0], symbol, request.view):
        return declaration.at.file, None
    return declaration.at.file, SetKey(path, former_names(declaration, request.new))


def _group(request: _Request) -> DeclaredGroup:
    return _team_of(request.symbol, request.declared).groups[request.symbol.name]


def _check_no_new_errors(view: View, contents: Mapping[str, bytes], today: Callable[[str], str]) -> None:
    unsaved = view.files.changed if isinstance(view.files, Overlay) else {}
    after = read(view.root, {**unsaved, **contents}, today)
    more = Counter(_errors(after)) - Counter(_errors(view))
    for finding in after.findings:
        if finding.code in more and finding.severity is Severity.ERROR:
            raise RenameRefused(f"the new name would break a rule: {finding.message} ({finding.code})")


def _errors(view: View) -> Iterator[str]:
    return (finding.code for finding in view.findings if finding.severity is Severity.ERROR)
