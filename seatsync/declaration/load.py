"""Load a repository: read, check and merge its files into a declaration, and report files that no pattern includes."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple, TypeAlias

from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.fields import Diagnostics
from seatsync.declaration.files import (
    OTHER_ENDING,
    PROJECT_FILE,
    Files,
    Folder,
    Included,
    Unreadable,
    include_error,
    included,
    is_csv,
    printable,
)
from seatsync.declaration.fragment import read_fragment
from seatsync.declaration.people import Draft, read_rows
from seatsync.declaration.project import read_project
from seatsync.finding import Finding, Location, Severity, has_errors, in_order
from seatsync.reading import people_csv, schema, yaml_file
from seatsync.reading.plain_text import shown
from seatsync.reading.tree import YamlList, YamlMap, collector_paused

_ENDINGS = (".yaml", ".yml", ".csv")
_NOT_READ = frozenset({"schemas", "notices", "exports", "runs"})
"""Folders next to the project file that contain no configuration."""

_SNAPSHOT = re.compile(rb"^\{?[ \t]*[\"']?account[\"']?[ \t]*:", re.MULTILINE)
"""A top-level key that snapshots have and fragments do not."""


def unmatched(
    files: Files, read: Collection[Included], include: Collection[str], unread: Collection[str], at: Location
) -> Iterator[Finding]:
    """Yield a warning for every YAML or CSV file below the top that is not in `read`.

    Skips hidden files, snapshots, paths that match a pattern of `unread`, folders without configuration and folders
    with a project file of their own; does not follow links. A folder that cannot be listed is a warning too, located
    at `at` in the project file.
    """
    known = {file.real for file in read} | {files.real(f"{files.top}/{PROJECT_FILE}")}
    links: list[str] = []
    waiting = [("", files.top)]
    while waiting:
        folder, real = waiting.pop()
        try:
            listed = files.names(real)
        except Unreadable as problem:
            yield _unlisted(folder, problem, at)
            continue
        if folder and any(name == PROJECT_FILE for name, _ in listed):
            continue
        for name, kind in sorted(listed):
            path, there = f"{folder}{name}", f"{real}/{name}"
            if name.startswith(".") or any(names(pattern, path) for pattern in unread):
                continue
            if kind == "folder" and path not in _NOT_READ:
                waiting.append((f"{path}/", there))
            elif kind == "file" and _may_declare(files, name, there, known):
                known.add(there)
                yield _unread(path, include)
            elif kind == "link" and name.lower().endswith(_ENDINGS):
                links.append(path)
    yield from (_unread(path, include) for path in links if _is_other_file(files, path, known))


def _may_declare(files: Files, name: str, there: str, known: Collection[str]) -> bool:
    """Return True for a configuration file that is not known. An unreadable file counts as one."""
    if not name.lower().endswith(_ENDINGS) or there in known:
        return False
    try:
        return is_csv(name) or _SNAPSHOT.search(files.content(there)) is None
    except Unreadable:
        return True


def _is_other_file(files: Files, path: str, known: Collection[str]) -> bool:
    """Return True if a link leads to a configuration file that is not known. A broken link counts as one."""
    try:
        real = files.inside(path)
        return not files.is_folder(f"{files.top}/{path}") and _may_declare(files, path, real, known)
    except Unreadable:
        return True


def names(pattern: str, path: str) -> bool:
    """Return True if a pattern matches a path relative to the top, or a folder above it."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    reached = [True] + [False] * len(parts)
    for name in [*path.split("/"), None]:
        for index, part in enumerate(parts):
            reached[index + 1] |= reached[index] and part == "**"
        if name is None or reached[-1]:
            break
        steps = [reached[index] and part != "**" and fnmatchcase(name, part) for index, part in enumerate(parts)]
        stays = [reached[index] and part == "**" for index, part in enumerate(parts)]
        reached = [a or b for a, b in zip([*stays, False], [False, *steps], strict=True)]
    return reached[-1]


def _unread(path: str, include: Collection[str]) -> Finding:
    stem, _, ending = path.rpartition(".")
    other = f"{stem}.{OTHER_ENDING.get(ending, ending)}"
    hint = "add it to `include`, or name it in `policy.unread`"
    if other != path and any(names(pattern, other) for pattern in include):
        hint = f"rename it to {shown(printable(other))}, or {hint}"
    message = "no pattern of `include` matches this file, so it is not read"
    return Finding("FILE001", Severity.WARNING, message, Location(printable(path), 1, 1, 1, 1), hint)


def _unlisted(folder: str, problem: Unreadable, at: Location) -> Finding:
    name = shown(printable(folder.rstrip("/") or "."))
    message = f"folder {name} {problem}, so files in it that `include` misses are not noticed"
    hint = "change its permissions, or name it in `policy.unread`"
    return Finding("FILE001", Severity.WARNING, message, at, hint)


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
        diagnostics.findings += unmatched(files, found, project.include, _not_configuration(project), at)
    return found


def _not_configuration(project: Project) -> tuple[str, ...]:
    """Return the patterns of files that are not meant to be read: `policy.unread`, and exports below the top folder."""
    exports = project.portal.exports if project.portal is not None else ()
    return (*project.policy.unread, *(pattern for pattern in exports if pattern.strip("./")))


def _read(file: Included, files: Files, draft: Draft) -> None:
    """Add the declarations of one file. An unreadable file leaves the declaration incomplete."""
    diagnostics = draft.diagnostics
    try:
        text = files.content(file.real)
    except Unreadable as problem:
        diagnostics.findings.append(include_error(file.name, str(problem), file.entry))
        diagnostics.complete = False
        return
    if file.name.lower().endswith((".csv", ".xlsx")):  # the reader refuses workbooks
        rows, findings = people_csv.read_people(text, file.name)
        diagnostics.findings += findings
        if has_errors(findings):  # the people of omitted rows are unknown
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
