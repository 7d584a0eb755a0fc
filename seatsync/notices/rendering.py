"""The texts of notices: templates of the repository or of seatsync, in the person's language, filled with facts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from seatsync.declaration.files import Files, Unreadable
from seatsync.errors import FileProblem
from seatsync.reading.schema_problems import nearest
from seatsync.targets.sql.records import StoredMail

if TYPE_CHECKING:
    from seatsync.notices.sandbox import Sandbox

FOLDER: Final = "notices"
"""The folder of a repository with its own templates."""
LANGUAGE: Final = "en"
"""The language of the templates of seatsync."""

_OWN = Path(__file__).with_name("templates") / LANGUAGE
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.(?:txt|html)")
_SUBJECT = re.compile(r"\s*Subject:[ \t]*([^\n]*)\n(.*)", re.DOTALL)
_MANY_BREAKS = re.compile(r"\n{3,}")
_SPACE_AT_END = re.compile(r"[ \t]+(?=\n|$)")
_LARGEST = 1 << 16  # bytes of a template
_FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
"""What else a template can raise while it is compiled or filled."""

Facts: TypeAlias = Mapping[str, object]
"""What a template shows: texts, numbers, None, and lists and mappings of these."""


class Rendered(NamedTuple):
    """The text of a notice. `html` is None if its language has no HTML template; `language` is that of the texts."""

    subject: str
    text: str
    html: str | None
    language: str


class Templates:
    """The templates of a repository (None: of no repository) and of seatsync.

    A notice is looked for in `notices/LANGUAGE`, then in `notices`, then among those of seatsync: `NAME.txt`, and
    `NAME.html` beside it. What it includes is looked for in the same order from there on.
    """

    def __init__(self, files: Files | None = None, seconds: Callable[[], float] = monotonic) -> None:
        self._files = files
        self._seconds = seconds
        self._read = lru_cache(None)(self._content)
        self._sandbox: Sandbox | None = None

    def render(self, name: str, facts: Facts, language: str | None = None) -> Rendered:
        """Fill the templates of a notice. Raises FileProblem, with the line, for a template that is wrong."""
        facts = {key: _on_one_line(value) for key, value in facts.items()}
        folder = self._folder_of(name, language)
        chosen = folder or LANGUAGE
        text = self._filled(f"{folder}/{name}.txt", {**facts, "language": chosen})
        match = _SUBJECT.fullmatch(text)
        if match is None or not match[1].strip():
            where = self._found(f"{folder}/{name}.txt")[0]
            raise FileProblem(where, "has no subject", "begin it with a line `Subject: …` and an empty line")
        subject = " ".join(match[1].split())
        body = _MANY_BREAKS.sub("\n\n", _SPACE_AT_END.sub("", match[2])).strip("\n") + "\n"
        html = None
        if self._beside(folder, name):
            html = self._filled(f"{folder}/{name}.html", {**facts, "language": chosen, "subject": subject})
        return Rendered(subject, body, html, chosen)

    def misspelt(self) -> list[tuple[str, str]]:
        """Return files of the repository that no notice is written from, but whose names resemble one that is.

        Each with that name. Other names are those of parts that templates include.
        """
        known = sorted(path.name for path in _OWN.iterdir())
        found = []
        for place in self._places():
            name = place.rpartition("/")[2]
            near = "" if name in known else nearest(name, known)
            if near:
                found.append((place, near))
        return found

    def _places(self) -> list[str]:
        """Return the files in the folder of templates and in those of languages."""
        files, found = self._files, []
        if files is None or files.kind(f"{files.top}/{FOLDER}") != "folder":
            return []
        folders = [FOLDER]
        for folder in folders:
            try:
                entries = sorted(files.names(f"{files.top}/{folder}"))
            except Unreadable as problem:
                raise FileProblem(folder, str(problem)) from problem
            found += [f"{folder}/{name}" for name, kind in entries if kind != "folder"]
            if folder == FOLDER:
                folders += [f"{folder}/{name}" for name, kind in entries if kind == "folder"]
        return found

    def _folder_of(self, name: str, language: str | None) -> str:
        """Return the language whose folder has the notice, "" for the templates without one."""
        for tag in _tags(language):
            if self._read(f"{FOLDER}/{tag}/{name}.txt") is not None:
                return tag
            self._refuse_alone(f"{FOLDER}/{tag}/{name}")
        return ""

    def _beside(self, folder: str, name: str) -> bool:
        """Return True if the text of a notice has HTML beside it."""
        place = f"{FOLDER}/{folder}/{name}" if folder else f"{FOLDER}/{name}"
        if self._read(f"{place}.txt") is not None:
            return self._read(f"{place}.html") is not None
        self._refuse_alone(place)
        return (_OWN / f"{name}.html").is_file()

    def _refuse_alone(self, place: str) -> None:
        if self._read(f"{place}.html") is not None:
            raise FileProblem(f"{place}.html", "there is no plain text for it", f"write {place}.txt beside it")

    def _filled(self, key: str, facts: Facts) -> str:
        """Fill one template. `key` is its language and name."""
        from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError  # noqa: PLC0415 - slow to import

        try:
            template = self._environment().get_template(key)
            self._environment().begin()
            return template.render(facts)
        except TemplateNotFound as error:
            raise FileProblem(self._found(key)[0], f"includes {error.name}, which is not there") from error
        except TemplateSyntaxError as error:
            where = f"{error.filename or self._found(key)[0]}, line {error.lineno}"
            raise FileProblem(where, _sentence(error.message)) from error
        except (RecursionError, SyntaxError, MemoryError) as error:  # also of the Python that Jinja writes
            raise FileProblem(self._place(error, key), "nests too deeply, or includes itself without end") from error
        except (TemplateError, *_FAULTS) as error:
            raise FileProblem(self._place(error, key), _sentence(str(error))) from error

    def _place(self, error: Exception, key: str) -> str:
        """Return the file and line of the innermost template in which an error occurred."""
        place, trace = self._found(key)[0], error.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name.startswith((f"{FOLDER}/", f"{_SHOWN}/")):
                place = f"{name}, line {trace.tb_lineno}"
            trace = trace.tb_next
        return place

    def _environment(self) -> Sandbox:
        if self._sandbox is None:
            from seatsync.notices.loading import sandbox_of  # noqa: PLC0415 - slow to import

            self._sandbox = sandbox_of(self._found, self._seconds)
        return self._sandbox

    def _found(self, key: str) -> tuple[str, str | None]:
        """Return the file of a template, and its source; None if there is none."""
        folder, _, name = key.removesuffix("#html").partition("/")
        if not _NAME.fullmatch(name):
            return name, None
        for place in ([f"{FOLDER}/{folder}/{name}"] if folder else []) + [f"{FOLDER}/{name}"]:
            source = self._read(place)
            if source is not None:
                return place, source
        own = _OWN / name
        return f"{_SHOWN}/{name}", own.read_text(encoding="utf-8") if own.is_file() else None

    def _content(self, place: str) -> str | None:
        """Return the text of a file of the repository, None if there is none. Raises FileProblem."""
        if self._files is None:
            return None
        try:
            if self._files.kind(f"{self._files.top}/{place}") is None:
                return None
            data = self._files.content(self._files.inside(place))
        except Unreadable as problem:
            raise FileProblem(place, str(problem)) from problem
        if len(data) > _LARGEST:
            raise FileProblem(place, f"is larger than {_LARGEST >> 10} kB", "shorten it, or include other templates")
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise FileProblem(place, f"is not UTF-8 (byte {error.start + 1})", "save it as UTF-8") from error


def with_text(mail: StoredMail, templates: Templates) -> StoredMail:
    """Return a mail of an outbox with subject and text. Those of earlier versions already have them."""
    if not mail.facts:
        return mail
    rendered = templates.render(mail.template, json.loads(mail.facts))
    return replace(mail, subject=rendered.subject, body=rendered.text)


_SHOWN = "seatsync's templates"
_JOINERS = "\u200c\u200d"  # needed in some scripts


def on_one_line(text: str) -> str:
    """Return a text with blanks for line breaks and all else that is invisible or changes direction."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)


def _on_one_line(value: object) -> object:
    """Return a fact whose texts, also in lists and mappings, are each on one line."""
    if isinstance(value, str):
        return on_one_line(value)
    if isinstance(value, list | tuple):
        return [_on_one_line(each) for each in value]
    if isinstance(value, dict):
        return {key: _on_one_line(each) for key, each in value.items()}
    return value


def _tags(language: str | None) -> Iterator[str]:
    """Yield a language and what it is a variety of, as usually written: `de-AT`, `de`, also for `DE-at`."""
    parts = [] if language is None else language.lower().split("-")
    for place, part in enumerate(parts):
        if len(part) == 1:  # what follows is no region
            break
        if place and len(part) in _CASES and part.isalpha():
            parts[place] = _CASES[len(part)](part)
    for count in range(len(parts), 0, -1):
        yield "-".join(parts[:count])


_CASES: Final[Mapping[int, Callable[[str], str]]] = {2: str.upper, 4: str.title}
"""How a region (`AT`) and a script (`Hant`) are written, by their length."""


def _sentence(text: str | None) -> str:
    return " ".join((text or "is wrong").split()).rstrip(".")
