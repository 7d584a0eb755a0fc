"""The context of a job of `seatsync ci`: where its results go on the build server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seatsync.ci import BuildContext, Kind
from seatsync.commands.shared.console import Console, Outputs, write_file
from seatsync.commands.shared.real_account.run_folders import RUNS
from seatsync.commands.shared.repository import Repository, no_line, read_repository, show_findings
from seatsync.errors import FileProblem, SeatsyncError
from seatsync.finding import Finding, Severity
from seatsync.reporting.findings import findings_ci
from seatsync.reporting.formats import REPORTS, RenderOptions
from seatsync.reporting.terminal import PLAIN

FOLDER = "seatsync-ci"
"""Folder for report files on a build server: no name with a dot, because GitHub keeps no hidden files."""
_REPORTS = {"sarif": "findings.sarif", "gitlab": "code-quality.json", "junit": "junit.xml"}
_OUTPUTS = {"gitlab": "code-quality"}
_READ_BY: dict[Kind, tuple[str, ...]] = {"github": ("sarif",), "gitlab": ("gitlab", "junit"), "none": tuple(_REPORTS)}
_VARIABLES = "outputs.env"
_OF_MIRROR = ("refresh.json", "status.json", "status.md")
_SHOWN = ("diff.txt", "diff.md", "plan.json", "plan.md", "plan.html", "apply.json", *_OF_MIRROR)
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a job: a conclusion for programs and a line for people.

    `values` are further outputs; `blocks` is Markdown for the job summary.
    """

    job: str
    conclusion: str
    exit_code: int
    line: str
    values: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    blocks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class JobContext:
    """The context of a job. `folder` receives its files; None: it writes none."""

    console: Console
    where: BuildContext
    folder: Path | None
    day: str | None
    strict: bool

    def begin(self, *, anew: bool) -> None:
        """Create the folder; `anew` deletes files of an earlier run and those checked out with the change.

        On a build server this also deletes folders of runs, which can only have been checked out; elsewhere people may
        still need them.
        """
        if self.folder is None:
            return
        if self.folder.is_symlink():
            raise FileProblem(
                str(self.folder), "is a symbolic link, not a folder", "delete it, or name another folder with --out"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        ours = (*_REPORTS.values(), *_SHOWN, _VARIABLES)
        runs = self.folder / RUNS
        if self.where.kind != "none" or runs.is_symlink():
            _delete(runs)
        if anew and any(there.name not in (*ours, RUNS) for there in self.folder.iterdir()):
            problem = "holds files that `seatsync ci` did not write"
            raise FileProblem(str(self.folder), problem, "name an empty folder with --out")
        for name in ours if anew else (_VARIABLES, *_OF_MIRROR):
            (self.folder / name).unlink(missing_ok=True)

    def findings(self) -> Repository:
        """Read the repository; show its findings, and write them in the formats of the build server."""
        repository = read_repository(self.console, None, self.day)
        further = tuple((form, self.folder / _REPORTS[form]) for form in self._forms() if self.folder is not None)
        form = "github" if self.where.kind == "github" else "text"
        show_findings(repository, Outputs(form, None, further), self.console, strict=self.strict)
        return repository

    def further(self, form: str, name: str) -> list[tuple[str, Path]]:
        """Return the file for one more format; empty if no files are written."""
        return [] if self.folder is None else [(form, self.folder / name)]

    def keep(self, name: str, text: str) -> None:
        """Write a file, unless no files are written."""
        if self.folder is not None:
            write_file(self.folder / name, text)

    def runs(self) -> list[Path]:
        """Return the folders of runs that people carry out, in order."""
        runs = None if self.folder is None else self.folder / RUNS
        return sorted(runs.iterdir()) if runs is not None and runs.is_dir() else []

    def note(self, text: str) -> None:
        """Print a notice; GitHub also shows it as an annotation."""
        if self.where.kind == "github":
            self.annotate([Finding("seatsync", Severity.INFO, text)], RenderOptions(no_line, PLAIN))
        else:
            self.console.info(text)

    def annotate(self, findings: Sequence[Finding], rendering: RenderOptions) -> None:
        """Print findings as GitHub annotations; nothing on other build servers."""
        if self.where.kind == "github":
            self.console.output(REPORTS["github"](findings, rendering))

    @contextmanager
    def quoted(self) -> Iterator[None]:
        """Keep GitHub's runner from interpreting the printed text as workflow commands."""
        if self.where.kind != "github":
            yield
            return
        token = _token()
        self.console.output(f"::stop-commands::{token}\n")
        try:
            yield
        finally:
            self.console.output(f"\n::{token}::\n")

    def post(self, result: JobResult) -> None:
        """Publish a result in the log, the job summary and the outputs for later jobs."""
        files = self._files()
        if result.conclusion != "failed":  # the reason is in the log already, or is the error that follows
            self.console.info(f"{result.job} ({result.conclusion}): {result.line}")
            if files:
                self.console.info(f"Files: {', '.join(sorted(files.values()))}")
        values = {"job": result.job, "verdict": result.conclusion, **result.values, **files}
        if self.where.output is not None:
            _append(Path(self.where.output), findings_ci.for_github(values, _token()))
        if self.where.kind == "gitlab":
            self.keep(_VARIABLES, findings_ci.for_gitlab(values))
        if self.where.summary is not None:
            page = Path(self.where.summary)
            room = findings_ci.LARGEST - (page.stat().st_size if page.is_file() else 0)
            _append(page, findings_ci.render_summary(result.line, result.findings, result.blocks, room))

    def fail(self, job: str, problem: SeatsyncError) -> None:
        """Publish the failure of a job and its reason, as far as possible."""
        self.annotate([Finding("seatsync", Severity.ERROR, str(problem))], RenderOptions(no_line, PLAIN))
        try:
            self.post(JobResult(job, "failed", 1, "the job failed; see the log"))
        except FileProblem as second:  # the first problem is raised afterwards
            self.console.info(str(second))

    def _forms(self) -> tuple[str, ...]:
        return _READ_BY[self.where.kind]

    def _files(self) -> dict[str, str]:
        """Return the existing files by the name of their output, relative to the top of the checkout."""
        if self.folder is None:
            return {}
        names = {_OUTPUTS.get(form, form): _REPORTS[form] for form in self._forms()}
        names |= {
            "plan": "plan.json",
            "markdown": "plan.md",
            "html": "plan.html",
            "diff": "diff.md",
            "outcome": "apply.json",
            "refresh": "refresh.json",
            "status": "status.md",
        }
        paths = {output: self.folder / name for output, name in names.items()}
        return {output: self.seen(path) for output, path in paths.items() if path.is_file()}

    def seen(self, path: Path) -> str:
        """Return a path relative to the top of the checkout, if it is below it."""
        real = path.resolve()
        top = Path(self.where.top or self.console.folder).resolve()
        return real.relative_to(top).as_posix() if real.is_relative_to(top) else str(real)


def _delete(path: Path) -> None:
    """Delete what is there, a folder with everything in it; links are not followed."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        problem = f"cannot be deleted ({(error.strerror or 'unknown reason').lower()})"
        raise FileProblem(str(path), problem, "delete it, or name another folder with --out") from error


def _token() -> str:
    """Return an unpredictable delimiter, which no file can contain."""
    return f"seatsync-{os.urandom(_TOKEN_BYTES).hex()}"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(path), f"cannot be written ({(words or 'not a path').lower()})") from error
