"""The project file: where a repository is, which account it is for, what it includes, and its policy."""

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
from seatsync.declaration.notes import Notes
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
        here = Path(os.path.realpath(start))  # `resolve` says another thing of a loop of links in every Python
    except (OSError, ValueError) as error:  # a name that no system has
        raise ProjectNotFound(str(start)) from error
    for folder in (here, *here.parents):
        if is_there(folder / PROJECT_FILE):
            return folder
    raise ProjectNotFound(str(start))


def read_project(root: Path, files: Files | None = None) -> tuple[Project | None, list[Finding]]:
    """The project file of a repository, and what is wrong with it; None where nothing can be made of it.

    It is read from the folder, or from `files` where they are given.
    Raises `ProjectNotFound` where there is none, `FileProblem` where it cannot be read, and `UnfinishedChange` where a
    change of the folder's files was cut short.
    """
    notes = Notes()
    files = files or Folder(root)
    if isinstance(files, Folder):
        must_be_whole(root)
    node, findings = yaml_file.read(_text_of(root, files), PROJECT_FILE)
    notes.findings += findings
    if node is None and findings:
        return None, notes.findings
    notes.schema(schema.check(node, "project", PROJECT_FILE))
    project = _project(root, node, notes) if isinstance(node, YamlMap) else None
    return project, in_order(notes.findings)


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Whether a name is that of a time zone."""
    try:
        time_zone(name)
    except LookupError:
        return False
    return True


def _target(fields: Fields) -> str | None:
    """The field `target`; a secret in it is reported."""
    target = fields.text("target")
    if target is not None and has_secret(target):
        fields.notes.secret(fields.node.value_at("target"), "the target")
    return target


def zone_of(fields: Fields) -> str | None:
    """The field `timezone`; a name that is no zone's is reported."""
    name = fields.text("timezone")
    if name is None or is_zone(name):
        return name
    message = f"{shown(name)} is not a time zone"
    fields.notes.shape(fields.node.value_at("timezone"), message, "zones are named like Europe/Lisbon or UTC")
    return None


def _text_of(root: Path, files: Files) -> bytes:
    place = ""
    try:
        place = files.inside(PROJECT_FILE)
        return files.content(place)
    except Unreadable as problem:
        file, why = str(root / PROJECT_FILE), str(problem)
        if isinstance(problem.__cause__, FileNotFoundError):
            if place == f"{files.top}/{PROJECT_FILE}":
                raise ProjectNotFound(str(root)) from problem
            why = LEADS_NOWHERE
        raise FileProblem(file, why) from problem


def _project(root: Path, node: YamlMap, notes: Notes) -> Project:
    fields = Fields(node, notes, PROJECT)
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
