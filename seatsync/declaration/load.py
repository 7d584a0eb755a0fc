"""A repository to what it declares: its files read, checked and merged by identity."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.draft import Draft
from seatsync.declaration.files import Files, Folder, Unreadable
from seatsync.declaration.fragment import read_fragment
from seatsync.declaration.including import Included, included, refused
from seatsync.declaration.notes import Notes
from seatsync.declaration.project import read_project
from seatsync.declaration.rows import read_rows
from seatsync.finding import Finding, in_order
from seatsync.reading import people_csv, schema, yaml_file
from seatsync.reading.collector import collector_paused
from seatsync.reading.people_csv import PersonRow
from seatsync.reading.tree import Node, YamlList, YamlMap

AT_A_TIME = 16
"""Files whose trees are there at once, and whose shape is looked at together."""
_LARGE = 1_000_000


class Loaded(NamedTuple):
    """What came of a repository. `declaration` is None where the project file could not be read."""

    declaration: Declaration | None
    findings: list[Finding]


Told: TypeAlias = Callable[[int, int], None]
"""Told of every file: how many are read now, of how many."""


def load(
    root: Path, project: Project | None = None, files: Files | None = None, told: Told = lambda *_: None
) -> Loaded:
    """Read a repository. `findings` are all of YAML, SCHEMA and REF002, sorted.

    With a `project` that was read before, without those of the project file. Its files are those of the folder `root`,
    or, with `files`, of another place such as a git revision. Raises what `read_project` raises.
    """
    files = files or Folder(root)
    findings: list[Finding] = []
    with collector_paused():
        if project is None:
            project, findings = read_project(root, files)
        if project is None:
            return Loaded(None, in_order(findings))
        draft = Draft(Declaration(project), Notes())
        return _loaded(draft, _files(project, files, draft.notes), files, findings, told)


def load_part(project: Project, part: Sequence[Included], files: Files) -> Loaded:
    """Read some of the files that a project includes, as if it included no others."""
    with collector_paused():
        return _loaded(Draft(Declaration(project), Notes()), part, files, [], lambda *_: None)


def _loaded(draft: Draft, part: Sequence[Included], files: Files, findings: list[Finding], told: Told) -> Loaded:
    some: list[_Content] = []
    for number, file in enumerate(part, 1):
        content = _content(file, files, draft.notes)
        if content is not None:
            some.append(content)
        if len(some) == AT_A_TIME or (content is not None and content.size > _LARGE):
            _take_up(some, draft)
            some.clear()
        told(number, len(part))
    _take_up(some, draft)
    return Loaded(draft.finish(), in_order([*findings, *draft.notes.findings]))


def included_by(project: Project, files: Files) -> tuple[list[Included], list[Finding]]:
    """The files that the project includes, and what is wrong with its patterns."""
    node = project.node.get("include")
    entries = node if isinstance(node, YamlList) else YamlList()
    return included(
        files, [(item, entries.item_at(index)) for index, item in enumerate(entries) if isinstance(item, str)]
    )


def _files(project: Project, files: Files, notes: Notes) -> list[Included]:
    """The files to read. Behind a pattern that was refused there may have been anything."""
    found, findings = included_by(project, files)
    node = project.node.get("include")
    entries = node if isinstance(node, YamlList) else YamlList()
    notes.findings += findings
    readable = isinstance(node, YamlList | None) and all(isinstance(item, str) for item in entries)
    notes.complete = readable and not findings
    return found


class _Content:
    """What a file holds: rows of people, or a tree. `size` is that of its text, in bytes."""

    def __init__(self, file: Included, size: int, node: Node = None, rows: list[PersonRow] | None = None) -> None:
        self.file = file
        self.size = size
        self.node = node
        self.rows = rows


def _content(file: Included, files: Files, notes: Notes) -> _Content | None:
    """What a file holds. One that cannot be read leaves the declaration incomplete."""
    try:
        text = files.content(file.real)
    except Unreadable as problem:
        notes.findings.append(refused(file.name, str(problem), file.entry))
        notes.complete = False
        return None
    if file.name.lower().endswith(".csv"):
        rows, findings = people_csv.read_people(text, file.name)
        notes.findings += findings
        if findings:  # of the rows that were left out nobody knows who stands in them
            notes.unread.add("users")
        return _Content(file, len(text), rows=rows)
    node, findings = yaml_file.read(text, file.name, folded=True)
    notes.findings += findings
    if node is None:
        notes.complete = notes.complete and not findings
        return None
    notes.doubled.update(f.related[0].location for f in findings if f.code == "YAML002" and f.related)
    return _Content(file, len(text), node)


def _take_up(some: list[_Content], draft: Draft) -> None:
    """Take up some files. Their shape is looked at together: that is several times as quick as one by one."""
    accepted = schema.accepts_all([content.node for content in some if content.rows is None], "fragment")
    for content in some:
        if content.rows is not None:
            read_rows(content.rows, draft)
            continue
        node, file = content.node, content.file.name
        if not accepted:
            _unfold(node)
            draft.notes.schema(schema.check(node, "fragment", file))
        if isinstance(node, YamlMap):
            read_fragment(node, draft)
        else:
            draft.notes.complete = False


def _unfold(node: Node) -> None:
    """Make mappings of what the reader left folded in the sections of a file."""
    for section in node.values() if isinstance(node, YamlMap) else ():
        if isinstance(section, YamlMap):
            section.unfold()
