"""Writes changes of the portal to the files; verified in memory first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seatsync.declaration.changing.transaction import Changed
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder
from seatsync.declaration.load import Loaded, load
from seatsync.editing.canonical import kept_canonical
from seatsync.editing.changeset import Overlay, Skipped
from seatsync.editing.operations import AddItem, SetKey
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.insight.adoption import operations
from seatsync.insight.drift import Drift
from seatsync.insight.drift_facts import Fact


@dataclass(frozen=True, slots=True)
class Written:
    """A changed file: its facts, newly declared people, and people listed to remain members."""

    file: str
    facts: tuple[Fact, ...]
    people: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopted:
    """The written and the remaining facts. `contents` are the files by real path, not written yet."""

    written: tuple[Written, ...]
    left: tuple[Skipped[Fact], ...]
    contents: dict[Path, Changed]
    loaded: Loaded | None


_UNCERTAIN = "it may be waiting since an apply; this target keeps no record of that"

Redrift = Callable[[Declaration], Drift]
"""Function that returns the drift of another declaration of the same account."""


def adopt(declared: Declaration, drift: Drift, day: str, redrift: Redrift) -> Adopted:
    """Return the changed files. Raises `SeatsyncError` if they would have errors or unintended changes."""
    uncertain = [] if drift.certain else [fact for fact in drift.of("portal") if fact.applied is not None]
    certain = [fact for fact in drift.facts if fact not in uncertain]
    edits = operations(declared, certain, drift, day)
    folder = Folder(declared.project.root)
    left = list(dict.fromkeys([*edits.skipped, *(Skipped(fact, _UNCERTAIN) for fact in uncertain)]))
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
        return Adopted((), tuple(_remaining(left, drift)), {}, None)
    overlay = Overlay(folder, {str(place): changed.new for place, changed in contents.items()})
    loaded = load(declared.project.root, files=overlay)
    if loaded.declaration is None or has_errors(loaded.findings):
        problem = next((finding.message for finding in loaded.findings), "the files could not be read again")
        raise SeatsyncError(f"nothing was written; the files would have errors ({problem}); change them by hand")
    after = redrift(loaded.declaration)
    _check_unintended(drift, after)
    still = {fact.key for fact in (*after.of("portal"), *after.of("note"))}
    written = []
    for file, made in done.items():
        facts = dict.fromkeys(edit.subject for edit in made if edit.subject is not None)
        kept = [fact for fact in facts if fact.key not in still]
        needed = [edit.operation for edit in made if edit.subject is None]
        people = tuple(operation.path[1] for operation in needed if isinstance(operation, SetKey))
        members = tuple(str(operation.item) for operation in needed if isinstance(operation, AddItem))
        written.append(Written(file, tuple(kept), people, members))
    return Adopted(tuple(written), tuple(_remaining(left, after)), contents, loaded)


def _remaining(left: list[Skipped[Fact]], after: Drift) -> list[Skipped[Fact]]:
    """Return the remaining facts without duplicates, including those that still differ."""
    known = {each.subject.key for each in left}
    more = [
        Skipped(fact, "depends on something that was left or changed in git")
        for fact in after.of("portal")
        if fact.key not in known
    ]
    conflicts = [Skipped(fact, "was changed in git too, otherwise") for fact in after.of("both")]
    return [*left, *more, *conflicts]


def _check_unintended(before: Drift, after: Drift) -> None:
    """Raise `SeatsyncError` if the edits change facts beyond those of the portal."""
    known = {fact.key for fact in (*before.of("git"), *before.of("both"))}
    now = (*after.of("git"), *after.of("both"))
    new = [fact for fact in now if fact.key not in known]
    if new:
        things = ", ".join(" ".join((fact.what, *(name for _, name in fact.of))) for fact in new[:3])
        raise SeatsyncError(f"nothing was written; the change would also affect {things}; change the files by hand")
