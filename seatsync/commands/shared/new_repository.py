"""A new repository: what git must not keep of it; of an account, with what was assumed and what breaks a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from seatsync.account.actions.spec import Facts
from seatsync.account.model import Account
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.commands.shared.console import Console
from seatsync.declaration.files import OWN_FOLDER, PROJECT_FILE
from seatsync.declaration.load import load
from seatsync.declaration.policy_fields import NOT_SUPPRESSIBLE, THINGS
from seatsync.declaration.project_values import Portal, Suppress
from seatsync.declaration.revision import InMemory
from seatsync.declaration.writing.emit import key
from seatsync.declaration.writing.write import for_editors, included, repository_files
from seatsync.editing.canonical import kept_canonical
from seatsync.editing.changeset import edited
from seatsync.editing.operations import AddItem, EditRefused, Operation, SetKey
from seatsync.errors import SeatsyncError
from seatsync.finding import Finding, Severity
from seatsync.reading.plain_text import listed, shown
from seatsync.reporting.escape import visible
from seatsync.reporting.plan.wording import assumed_value, thing
from seatsync.rules import check
from seatsync.targets.sql.sqlite import file_of

IGNORED: Final = ".gitignore"
MADE: Final = {
    f"{OWN_FOLDER}/": "what seatsync keeps: the account or its mirror, unfinished changes, tokens",
    "runs/": "what people have to do",
    "seatsync-ci/": "what `seatsync ci` writes",
}
"""What seatsync makes in the folder of a project, with the reason why git must not keep it."""


def with_git_ignored(
    console: Console, folder: Path, files: Mapping[str, str], target: str = "", exports: Iterable[str] = ()
) -> dict[str, str]:
    """Return files with a `.gitignore`; if the folder has one, say what to add to it.

    `target` is the URL of the project's store, unless it is in `.seatsync/`; `exports` are the patterns of its exports.
    Both are relative to the folder.
    """
    found = _ignored(target, exports)
    place = folder / IGNORED
    if place.exists():
        try:
            lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            console.info(f"{place} cannot be read ({error.strerror}); git must not keep {listed([*found])}")
            return dict(files)
        if missing := [each for each in found if each not in lines]:
            console.info(f"{place} already exists; add {listed(missing)} to it")
        return dict(files)
    return {IGNORED: "".join(f"# {why}\n{name}\n" for name, why in found.items()), **files}


def _ignored(target: str, exports: Iterable[str]) -> dict[str, str]:
    """Return what git must not keep, each with the reason.

    Exports in the project folder are ignored, too: they have more personal data than the files, and change every week.
    """
    found = dict(MADE)
    store = file_of(target, Path())
    if store is not None and _is_inside(store) and store.parts[0] != OWN_FOLDER:
        found[f"/{literal_pattern(store.as_posix())}*"] = "the account, and what belongs to it"
    for pattern in exports:
        if _is_inside(Path(pattern)):
            found[f"/{pattern}"] = "exports have personal data, such as usage"
    return found


def _is_inside(path: Path) -> bool:
    return not path.is_absolute() and ".." not in path.parts


def literal_pattern(path: str) -> str:
    """Return the pattern of git that matches only this path."""
    return re.sub(r"([\\*?\[\] ])", r"\\\1", path)


class NewRepository(NamedTuple):
    """The files of a new repository by name, the errors of the account that its policy suppresses, and other findings.

    A team without known subscriptions breaks no rule by that, but SEAT002 has to be suppressed: that is a SOURCE007.
    """

    files: dict[str, str]
    suppressed: list[Finding]
    findings: list[Finding]


def new_repository(
    account: Account,
    url: str,
    day: str,
    assumed: Sequence[Assumed] = (),
    portal: Portal | None = None,
    unknown: Sequence[Unknown] = (),
    kept: bytes | None = None,
) -> NewRepository:
    """Return the repository that declares an account as it is.

    `kept` is a project file that declares nothing yet. It stays as it is, except that the files are included, and
    the errors suppressed.
    """
    suppress: list[Suppress] = []
    suppressed: list[Finding] = []
    bare = {each.team for each in unknown if each.fact == "subscriptions"}
    notes = []

    def repository() -> dict[str, str]:
        files = for_editors(repository_files(account, url, suppress, portal))
        return files if kept is None else {**files, PROJECT_FILE: _completed(kept, files, suppress)}

    files = repository()
    # A suppressed finding may have hidden another one.
    while errors := suppressible_errors(findings := findings_in(files, day)):
        gaps = [each for each in errors if each.code == "SEAT002" and dict(each.things).get("team") in bare]
        notes += [_without_subscriptions(team) for team in sorted({dict(each.things)["team"] for each in gaps})]
        suppressed += (each for each in errors if each not in gaps)
        suppress += dict.fromkeys(_suppression(each, day, gap=each in gaps) for each in errors)
        files = repository()
    return NewRepository(_with_comments(files, assumed), suppressed, [*notes, *findings])


def _completed(kept: bytes, files: Iterable[str], suppress: Sequence[Suppress]) -> str:
    """Return a project file that includes files, and suppresses errors. Raises SeatsyncError if it cannot be edited."""
    entries = (Facts((("code", each.code), ("reason", each.reason), *each.things)) for each in suppress)
    operations: list[Operation] = [
        SetKey(("include",), tuple(included(files))),
        *(AddItem(("policy", "suppress"), entry) for entry in entries),
    ]
    try:
        return kept_canonical(PROJECT_FILE, kept, edited(kept, PROJECT_FILE, operations)).decode()
    except EditRefused as problem:
        raise SeatsyncError(f"{PROJECT_FILE} {problem}; move it away to have a new one written") from problem


def _without_subscriptions(team: str) -> Finding:
    message = f"no export shows the subscriptions of team {shown(team)}, so SEAT002 is suppressed there"
    hint = "add the subscriptions export and import again, or declare them and remove the entries of `suppress`"
    return Finding("SOURCE007", Severity.INFO, message, hint=hint, things=(("team", team),))


def findings_in(files: dict[str, str], day: str) -> list[Finding]:
    """Return the findings of all rules about the files of a repository."""
    loaded = load(Path(), files=InMemory(files))
    return [] if loaded.declaration is None else list(check(loaded.declaration, day, loaded.findings).findings)


def suppressible_errors(findings: Sequence[Finding]) -> list[Finding]:
    """Return the errors whose rule can be suppressed."""
    return [each for each in findings if each.severity is Severity.ERROR and not each.code.startswith(NOT_SUPPRESSIBLE)]


def suppression_notice(findings: Sequence[Finding]) -> str:
    """Return a notice that lists suppressed findings; empty if there are none."""
    if not findings:
        return ""
    lines = "".join(f"  {visible(str(each.location))}: {each.code} {visible(each.message)}\n" for each in findings)
    return f"\nThe account already breaks these rules; `policy.suppress` in {PROJECT_FILE} suppresses them:\n{lines}"


def _suppression(finding: Finding, day: str, *, gap: bool) -> Suppress:
    """Return the entry that suppresses a finding; `gap`: it only follows from an unknown fact."""
    things = tuple((kind, name) for kind, name in finding.things if kind in THINGS)
    reason = f"no export showed the subscriptions on {day}" if gap else f"as imported on {day}"
    return Suppress(finding.code, things, reason, None)


_SECTIONS: Final = {"user": "users.yaml", "team": "teams/", "subscription": "subscriptions.yaml"}
"""The files with the entries of each kind of thing."""


def _with_comments(files: dict[str, str], assumed: Sequence[Assumed]) -> dict[str, str]:
    """Return files with a comment beside each team, subscription and person about whom something was assumed."""
    whats: dict[str, dict[str, list[str]]] = {kind: {} for kind in _SECTIONS}
    for each in assumed:
        *others, (kind, name) = each.things or (("", ""),)
        if kind in whats:
            where = f" in {thing(others)}" if others else ""
            whats[kind].setdefault(f"  {key(name)}:", []).append(f"{assumed_value(each)}{where}")
    commented = {}
    for file, text in files.items():
        facts = next((whats[kind] for kind, section in _SECTIONS.items() if file.startswith(section)), {})
        lines = text.split("\n")
        for at, line in enumerate(lines) if facts else ():
            entry = line.removesuffix(" {}")
            if entry in facts:
                lines[at] += f"  # assumed: {listed(facts.pop(entry))}"
        commented[file] = "\n".join(lines)
    return commented
