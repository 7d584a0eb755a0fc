"""Loader of a repository: reads and validates its files, and merges them into one declaration."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.draft import Draft
from seatsync.declaration.files import Files, Folder, Unreadable
from seatsync.declaration.fragment import read_fragment
from seatsync.declaration.including import PROJECT_FILE, Included, include_error, included
from seatsync.declaration.notes import Diagnostics
from seatsync.declaration.project import read_project
from seatsync.declaration.rows import read_rows
from seatsync.declaration.unmatched import unmatched
from seatsync.finding import Finding, Location, has_errors, in_order
from seatsync.reading import people_csv, schema, yaml_file
from seatsync.reading.collector import collector_paused
from seatsync.reading.tree import YamlList, YamlMap


class Loaded(NamedTuple):
    """The result of a load. `declaration` is None if the project file cannot be read."""

    declaration: Declaration | None
    findings: list[Finding]


Progress: TypeAlias = Callable[[int, int], None]
"""Progress callback: the number of files read so far, and their total."""


def load(
    root: Path, project: Project | None = None, files: Files | None = None, progress: Progress = lambda *_: None
) -> Loaded:
    """Load a repository. The findings are those of FILE, YAML, SCHEMA and REF002, sorted.

    The files are read from the folder `root`, or from `files`, for example a git revision. If `project` was read
    before, the findings exclude those of the project file. Raises what `read_project` raises.
    """
    files = files or Folder(root)
    findings: list[Finding] = []
    with collector_paused():
        if project is None:
            project, findings = read_project(root, files)
        if project is None:
            return Loaded(None, in_order(findings))
        draft = Draft(Declaration(project), Diagnostics())
        return _loaded(draft, _files(project, files, draft.diagnostics), files, findings, progress)


def _loaded(
    draft: Draft, part: Sequence[Included], files: Files, findings: list[Finding], progress: Progress
) -> Loaded:
    for number, file in enumerate(part, 1):
        _read(file, files, draft)
        progress(number, len(part))
    return Loaded(draft.finish(), in_order([*findings, *draft.diagnostics.findings]))


def included_by(project: Project, files: Files) -> tuple[list[Included], list[Finding]]:
    """Return the files that the project includes, and the findings for its patterns."""
    node = project.node.get("include")
    entries = node if isinstance(node, YamlList) else YamlList()
    return included(
        files, [(item, entries.item_at(index)) for index, item in enumerate(entries) if isinstance(item, str)]
    )


def _files(project: Project, files: Files, diagnostics: Diagnostics) -> list[Included]:
    """Return the files to read. An invalid pattern leaves the declaration incomplete."""
    found, findings = included_by(project, files)
    node = project.node.get("include")
    entries = node if isinstance(node, YamlList) else YamlList()
    diagnostics.findings += findings
    readable = isinstance(node, YamlList | None) and all(isinstance(item, str) for item in entries)
    diagnostics.complete = readable and not has_errors(findings)
    if diagnostics.complete:
        at = project.node.key_at("include") if "include" in project.node else Location(PROJECT_FILE, 1, 1, 1, 1)
        diagnostics.findings += unmatched(files, found, project.include, project.policy.unread, at)
    return found


def _read(file: Included, files: Files, draft: Draft) -> None:
    """Add the declarations of one file. An unreadable file leaves the declaration incomplete."""
    diagnostics = draft.diagnostics
    try:
        text = files.content(file.real)
    except Unreadable as problem:
        diagnostics.findings.append(include_error(file.name, str(problem), file.entry))
        diagnostics.complete = False
        return
    if file.name.lower().endswith(".csv"):
        rows, findings = people_csv.read_people(text, file.name)
        diagnostics.findings += findings
        if findings:  # the people of omitted rows are unknown
            diagnostics.unread.add("users")
        read_rows(rows, draft)
        return
    node, findings = yaml_file.read(text, file.name)
    diagnostics.findings += findings
    if node is None:
        diagnostics.complete = diagnostics.complete and not findings
        return
    diagnostics.duplicate_keys.update(f.related[0].location for f in findings if f.code == "YAML002" and f.related)
    diagnostics.add_schema_findings(schema.check(node, "fragment", file.name))
    if isinstance(node, YamlMap):
        read_fragment(node, draft)
    else:
        diagnostics.complete = False
