"""A team, a group or a person renamed in all files, so that the account's are renamed too and nothing is made anew.

The new name stands wherever the old one stood, and the old one goes into `renamed_from` (of a person:
`previous_emails`), by which the plan knows that it is the same thing. What would break a rule is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from seatsync.account.email import identity, problem
from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredTeam
from seatsync.declaration.names import nfc
from seatsync.editing.layout import like
from seatsync.editing.operations import AddItem, EditRefused, Operation, SetKey
from seatsync.editing.overlay import Overlay
from seatsync.editing.text import edited
from seatsync.editor.definitions import same
from seatsync.editor.edits import edits_between
from seatsync.editor.places import Edit, Text, Units, applied
from seatsync.editor.shapes import Kind
from seatsync.editor.things import Mention, Thing, is_csv, mentions
from seatsync.editor.view import View, read
from seatsync.finding import Location, Severity
from seatsync.reading.words import shown

LONGEST_NAME: Final = 256

Edits = Mapping[str, list[Edit]]
"""What changes, by the name of the file."""


class RenameRefused(Exception):
    """A name that cannot be changed, or not to this one. `str()` says why."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A thing that is to have another name."""

    view: View
    declared: Declaration
    thing: Thing
    new: str


def may_rename(thing: Thing, view: View) -> None:
    """Raises `RenameRefused` for what has no name of its own in the files, or none that could be changed now."""
    declared = _readable(view)
    if thing.kind is Kind.TEAM:
        _is_declared(declared.teams, thing)
    elif thing.kind is Kind.GROUP:
        _is_declared(_team_of(thing, declared).groups, thing)
    elif thing.kind is Kind.PERSON:
        user = declared.users.get(thing.name)
        if user is None:
            raise RenameRefused(f"{thing.name} is not declared, so there is no address to change")
        if user.section is None:
            raise RenameRefused(
                f"{thing.name} is declared in {user.file}, and a CSV has no place for the previous address; declare"
                " them under `users`"
            )
    else:
        why = "named by whoever sells it" if thing.kind is not Kind.CODE else "no name of yours"
        raise RenameRefused(f"a {thing.kind} is {why}; teams, groups and people can be renamed")


def rename(thing: Thing, new: str, view: View, units: Units, today: Callable[[str], str]) -> Edits:
    """The edits that give a thing another name. Raises `RenameRefused`."""
    may_rename(thing, view)
    asked = _Asked(view, _readable(view), thing, _legal(thing, new))
    _not_taken(asked)
    texts = {name: Text(text, units) for name, text in _rewritten(asked).items()}
    changed: dict[str, list[Edit]] = {}
    contents: dict[str, bytes] = {}
    for name, after in texts.items():
        before = Text(view.text(name), units)
        changed[name] = edits_between(before, after.text)
        contents[view.names[name]] = applied(before, changed[name]).encode("utf-8", "surrogatepass")
    _nothing_breaks(view, contents, today)
    return {name: edits for name, edits in changed.items() if edits}


# What may be renamed


def _readable(view: View) -> Declaration:
    """The declaration, where all of it could be read: elsewhere places would be missed."""
    broken = sorted(view.unread())
    if broken or view.declaration is None or not view.declaration.complete:
        files = ", ".join(broken) or ("the project file" if view.declaration is None else "what the project includes")
        raise RenameRefused(f"{files} cannot be read as it stands; mend it first, or names in it would be missed")
    return view.declaration


def _is_declared(names: Collection[str], thing: Thing) -> None:
    if thing.name not in names:
        raise RenameRefused(f"{thing.kind} {shown(thing.name)} is not declared, so there is nothing to rename")


def _is_unsaved(old: str, thing: Thing, view: View) -> bool:
    """Whether a thing has the old name still in the files that are saved: then its rename is only being written."""
    saved = read(view.root, {}, lambda _: view.day).declaration
    if saved is None:
        return False
    names: Collection[str] = saved.teams
    if thing.kind is Kind.GROUP:
        team = saved.teams.get(thing.within or "")
        names = () if team is None else team.groups
    return old in names and thing.name not in names


def _team_of(thing: Thing, declared: Declaration) -> DeclaredTeam:
    if thing.within is None or thing.within not in declared.teams:
        raise RenameRefused(f"go to where group {shown(thing.name)} is declared, in its team, and rename it there")
    return declared.teams[thing.within]


def _legal(thing: Thing, new: str) -> str:
    if thing.kind is Kind.PERSON:
        if identity(new) is None:
            raise RenameRefused(f"{shown(new)} is not an e-mail address: {problem(new)}".rstrip("."))
        return new
    if not new.strip():
        raise RenameRefused("a name must not be empty")
    if len(new) > LONGEST_NAME:
        raise RenameRefused(f"a name must have at most {LONGEST_NAME} characters, not {len(new)}")
    if not new.isprintable():
        raise RenameRefused("a name must not hold line breaks, tabs or other control characters")
    return new


def _not_taken(asked: _Asked) -> None:
    declared, thing = asked.declared, asked.thing
    taken: Location | None = None
    if thing.kind is Kind.PERSON:
        user = identity(asked.new)
        if user == thing.name:
            return  # only written in another way
        taken = declared.users[user].at if user in declared.users else None
    elif nfc(asked.new) == thing.name:
        raise RenameRefused(f"{shown(asked.new)} is the name it has")
    elif thing.kind is Kind.TEAM:
        taken = declared.teams[nfc(asked.new)].at if nfc(asked.new) in declared.teams else None
    else:
        group = _team_of(thing, declared).groups.get(nfc(asked.new))
        taken = None if group is None else group.at
    if taken is not None:
        raise RenameRefused(f"{shown(asked.new)} is taken: there is a {thing.kind} of this name in {taken}")


# The texts


def _rewritten(asked: _Asked) -> dict[str, str]:
    """The new text of every file that changes."""
    places: dict[str, list[Location]] = {}
    for mention in mentions(asked.view, asked.thing.kind):
        if same(mention, asked.thing) and not _is_history(mention, asked):
            places.setdefault(mention.at.file, []).append(mention.at)
    texts = {name: _replaced(asked, name, found) for name, found in places.items()}
    home, operation = _memory(asked)
    if operation is None:
        return texts
    try:
        texts[home] = edited(texts[home].encode("utf-8", "surrogatepass"), home, [operation]).decode()
    except EditRefused as refused:
        raise RenameRefused(f"{home} {refused}; rename by hand, and note the old name") from refused
    return texts


def _is_history(mention: Mention, asked: _Asked) -> bool:
    """Whether a mention is of the address that a person had before, which stays."""
    if asked.thing.kind is not Kind.PERSON:
        return False
    return any(old.at == mention.at for user in asked.declared.users.values() for old in user.previous)


def _replaced(asked: _Asked, name: str, places: list[Location]) -> str:
    text = Text(asked.view.text(name), "utf-32")
    edits = []
    for place in dict.fromkeys(places):
        at = text.range_of(place)
        old = text.text[text.offset(at.start) : text.offset(at.end)]
        edits.append(Edit(at, written(asked.new, old, name)))
    return applied(text, edits)


def written(new: str, old: str, file: str) -> str:
    """A name as it is to stand in a file in place of another: in its quotes, or in quotes where it needs some."""
    if is_csv(file):
        plain = not any(char in new for char in ',"\r\n') and not old.startswith('"')
        return new if plain else '"' + new.replace('"', '""') + '"'
    return like(old, new)


def _memory(asked: _Asked) -> tuple[str, Operation | None]:
    """Where the old name is kept: the file, and what is to be done in it.

    Nothing, where it is the same address in another spelling, or the name has never been saved.
    """
    declared, thing = asked.declared, asked.thing
    if thing.kind is Kind.PERSON:
        user = declared.users[thing.name]
        same_person = identity(asked.new) == thing.name
        return user.file, None if same_person else AddItem(("users", asked.new, "previous_emails"), user.email)
    said: DeclaredTeam | DeclaredGroup = declared.teams[thing.name] if thing.kind is Kind.TEAM else _group(asked)
    above = () if thing.kind is Kind.TEAM else (_team_of(thing, declared).name, "groups")
    path = ("teams", *above, asked.new, "renamed_from")
    if said.renamed_from and _is_unsaved(said.renamed_from[0], thing, asked.view):
        return said.at.file, None
    former = (thing.name, *(old for old in said.renamed_from if old != asked.new))
    return said.at.file, SetKey(path, former if len(former) > 1 else thing.name)


def _group(asked: _Asked) -> DeclaredGroup:
    return _team_of(asked.thing, asked.declared).groups[asked.thing.name]


def _nothing_breaks(view: View, contents: Mapping[str, bytes], today: Callable[[str], str]) -> None:
    unsaved = view.files.changed if isinstance(view.files, Overlay) else {}
    after = read(view.root, {**unsaved, **contents}, today)
    more = Counter(_errors(after)) - Counter(_errors(view))
    for finding in after.findings:
        if finding.code in more and finding.severity is Severity.ERROR:
            raise RenameRefused(f"that would break a rule: {finding.message} ({finding.code})")


def _errors(view: View) -> Iterator[str]:
    return (finding.code for finding in view.findings if finding.severity is Severity.ERROR)
