"""Writes what was changed in the portal back into the files: tried in memory first, and kept only if it comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder
from seatsync.declaration.load import Loaded, load
from seatsync.declaration.transaction import Changed
from seatsync.drift.adopting import operations
from seatsync.drift.facts import Fact
from seatsync.drift.three_way import Drift
from seatsync.editing.changeset import Skipped
from seatsync.editing.operations import AddItem, SetKey
from seatsync.editing.overlay import Overlay
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.formatting.text import kept_canonical


@dataclass(frozen=True, slots=True)
class Written:
    """A file that changes: what for, which people it declares now, and who is listed so that they stay members."""

    file: str
    facts: tuple[Fact, ...]
    people: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What is written back and what is left. `contents` are the files, by their real path; nothing is written yet."""

    written: tuple[Written, ...]
    left: tuple[Skipped[Fact], ...]
    contents: dict[Path, Changed]
    loaded: Loaded | None


_UNCLEAR = "an apply may have left it waiting; this target does not tell"

Again = Callable[[Declaration], Drift]
"""The drift of another declaration, all else being the same."""


def adopt(declared: Declaration, drift: Drift, day: str, again: Again) -> Adopted:
    """Work out how the files have to change. Raises `SeatsyncError` where they would say what nobody asked for."""
    unclear = [] if drift.certain else [fact for fact in drift.of("portal") if fact.applied is not None]
    clear = [fact for fact in drift.facts if fact not in unclear]
    edits = operations(declared, clear, drift, day)
    folder = Folder(declared.project.root)
    left = list(dict.fromkeys([*edits.skipped, *(Skipped(fact, _UNCLEAR) for fact in unclear)]))
    contents, done, refused = edits.contents(folder)
    for file, why in refused.items():
        left += [
            Skipped(fact, why)
            for fact in dict.fromkeys(edit.subject for edit in edits.edits if edit.file == file)
            if fact
        ]
    contents = {
        place: Changed(file.old, kept_canonical(place.name, file.old, file.new)) for place, file in contents.items()
    }
    if not contents:
        return Adopted((), tuple(_unsaid(left, drift)), {}, None)
    overlay = Overlay(folder, {str(place): changed.new for place, changed in contents.items()})
    loaded = load(declared.project.root, files=overlay)
    if loaded.declaration is None or has_errors(loaded.findings):
        problem = next((finding.message for finding in loaded.findings), "the files could not be read again")
        raise SeatsyncError(f"nothing was written: the files would be wrong ({problem}); change them by hand")
    after = again(loaded.declaration)
    _as_meant(drift, after)
    still = {fact.key for fact in after.of("portal")}
    written = []
    for file, made in done.items():
        facts = dict.fromkeys(edit.subject for edit in made if edit.subject is not None)
        kept = [fact for fact in facts if fact.key not in still]
        needed = [edit.operation for edit in made if edit.subject is None]
        people = tuple(operation.path[1] for operation in needed if isinstance(operation, SetKey))
        members = tuple(str(operation.item) for operation in needed if isinstance(operation, AddItem))
        written.append(Written(file, tuple(kept), people, members))
    return Adopted(tuple(written), tuple(_unsaid(left, after)), contents, loaded)


def _unsaid(left: list[Skipped[Fact]], after: Drift) -> list[Skipped[Fact]]:
    """What is left, once each; also what the files turn out to say otherwise still."""
    known = {each.subject.key for each in left}
    more = [
        Skipped(fact, "follows from something that is left, or changed in git")
        for fact in after.of("portal")
        if fact.key not in known
    ]
    conflicts = [Skipped(fact, "was changed in git too, otherwise") for fact in after.of("both")]
    return [*left, *more, *conflicts]


def _as_meant(before: Drift, after: Drift) -> None:
    """What git changes must be the same as before."""
    known = {fact.key for fact in (*before.of("git"), *before.of("both"))}
    now = (*after.of("git"), *after.of("both"))
    new = [fact for fact in now if fact.key not in known]
    if new:
        things = ", ".join(" ".join((fact.what, *(name for _, name in fact.of))) for fact in new[:3])
        raise SeatsyncError(f"nothing was written: the files would also change {things}; change them by hand")
