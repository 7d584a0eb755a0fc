"""Location and reader of the project file `seatsync.yaml`."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from seatsync.clock import time_zone
from seatsync.declaration.change_record import must_be_whole
from seatsync.declaration.declared import Project
from seatsync.declaration.fields import Fields
from seatsync.declaration.files import LEADS_NOWHERE, Files, Folder, Unreadable, is_there
from seatsync.declaration.including import PROJECT_FILE
from seatsync.declaration.notes import Diagnostics
from seatsync.declaration.policy import read_policy
from seatsync.errors import FileProblem, ProjectNotFound
from seatsync.finding import Finding, in_order
from seatsync.reading import schema, yaml_file
from seatsync.reading.tree import YamlMap
from seatsync.reading.words import shown
from seatsync.secret import has_secret

PROJECT = frozenset(("version", "account", "target", "timezone", "include", "policy"))


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds a project file.

    Raises `ProjectNotFound` if none does, `FileProblem` if a folder on the way cannot be looked into.
    """
    try:
        here = Path(os.path.realpath(start))  # `resolve` treats a loop of links differently in each Python
    except (OSError, ValueError) as error:  # a path that the system cannot represent
        raise ProjectNotFound(str(start)) from error
    for folder in (here, *here.parents):
        if is_there(folder / PROJECT_FILE):
            return folder
    raise ProjectNotFound(str(start))


def read_project(root: Path, files: Files | None = None) -> tuple[Project | None, list[Finding]]:
    """Return the project of a repository, None if the project file is invalid, and its findings.

    The project file is read from the folder, or from `files` if given. Raises `ProjectNotFound` if there is none,
    `FileProblem` if it cannot be read, and `UnfinishedChange` if a change of the folder's files was interrupted.
    """
    diagnostics = Diagnostics()
    files = files or Folder(root)
    if isinstance(files, Folder):
        must_be_whole(root)
    node, findings = yaml_file.read(_text_of(root, files), PROJECT_FILE)
    diagnostics.findings += findings
    if node is None and findings:
        return None, diagnostics.findings
    diagnostics.add_schema_findings(schema.check(node, "project", PROJECT_FILE))
    project = _project(root, node, diagnostics) if isinstance(node, YamlMap) else None
    return project, in_order(diagnostics.findings)


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Return True if a name is that of a time zone."""
    try:
        time_zone(name)
    except LookupError:
        return False
    return True


def _target(fields: Fields) -> str | None:
    """Return the field `target`; report a secret in it."""
    target = fields.text("target")
    if target is not None and has_secret(target):
        fields.diagnostics.report_secret(fields.node.value_at("target"), "`target`")
    return target


def zone_of(fields: Fields) -> str | None:
    """Return the field `timezone`; report an unknown time zone."""
    name = fields.text("timezone")
    if name is None or is_zone(name):
        return name
    message = f"{shown(name)} is not a time zone"
    fields.diagnostics.report_shape(
        fields.node.value_at("timezone"), message, "use a name such as Europe/Lisbon or UTC"
    )
    return None


def _text_of(root: Path, files: Files) -> bytes:
    path = ""
    try:
        path = files.inside(PROJECT_FILE)
        return files.content(path)
    except Unreadable as problem:
        file, why = str(root / PROJECT_FILE), str(problem)
        if isinstance(problem.__cause__, FileNotFoundError):
            if path == f"{files.top}/{PROJECT_FILE}":
                raise ProjectNotFound(str(root)) from problem
            why = LEADS_NOWHERE
        raise FileProblem(file, why) from problem


def _project(root: Path, node: YamlMap, diagnostics: Diagnostics) -> Project:
    fields = Fields(node, diagnostics, PROJECT)
    include = fields.listing("include")
    return Project(
        root=root,
        node=node,
        account=fields.text("account") or "",
        target=_target(fields),
        include=tuple(item for item in include if isinstance(item, str)),
        timezone=zone_of(fields),
        policy=read_policy(fields),
    )
