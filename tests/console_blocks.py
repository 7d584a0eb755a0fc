"""Runner of the examples on Markdown pages: the output of every command in a ```console block is compared literally.

    python -m tests.console_blocks            run all pages, and list those that differ
    python -m tests.console_blocks --update   run them, and write the current output into them

Three kinds of fenced blocks are executed:

- ```console: lines that begin with `$ ` are commands (a trailing backslash continues one); the lines after each are its
  output on both streams, as a terminal shows them. `$ echo $?` shows the exit code of the previous command, and is
  required after a `seatsync` that does not exit with 0.
- ```yaml FILE, ```csv FILE, ```text FILE: the block is written to that file.
- ```diff FILE: lines with `-` are replaced by lines with `+`; FILE must contain the old lines exactly once.

A page runs in a copy: an example in a copy of its folder, every other page in an empty folder, with
a copy of `examples` if a block names it.
Random values (an account's lineage, hashes) and measured ones (seconds, the portal's time) are not compared.

`export SEATSYNC_SMTP=URL` starts a real mail server on this machine for the page, whatever the URL. One whose host
begins with `flaky` takes a mail and ends the connection instead of answering, once.

`seatsync demo portal … &` starts the made-up portal for the rest of the page, on a free port; the page shows `SHOWN`.
`2> FILE` before the `&` writes its log there.
`db.acme.example/seatsync` is a new database on the PostgreSQL server of the tests, with the superuser `admin`. Roles
that a page makes there (`seatsync_…`) are dropped with it.
`seatsync login` opens a browser that follows links by itself (so the portal needs `--auto`). A project file that names
the callback `CALLBACK` gets a free port, too. The home folder is a new one, shown as `~`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import BytesIO, TextIOWrapper
from itertools import chain
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from seatsync.cli import main
from tests.documents import check_if_document
from tests.gits import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = frozenset({"cat", "cp", "diff", "git", "grep", "ls", "mkdir", "mv", "pg_dump", "pg_restore", "psql", "rm"})
"""Allowed commands besides `seatsync`, `cd`, `export` and `echo $?`."""

LIBRARIES = {
    "examples/policy/README.md": "cel_expr_python",
    "docs/how-to/policy.md": "cel_expr_python",
    "docs/how-to/postgresql.md": "psycopg",
    "docs/how-to/sign-in.md": "httpx",
    "docs/how-to/insights.md": "httpx",
    "docs/tutorial-portal.md": "httpx",
}
"""Pages about what is in an extra of seatsync, which need not be installed, with its library."""

SHOWN = "http://127.0.0.1:8765"
"""The address of the made-up portal on every page."""

CALLBACK = "http://localhost:8080/"
"""The start of the callback of a sign-in on every page."""

DATABASE = "db.acme.example/seatsync"
"""Host and name of the PostgreSQL database on every page."""

_FENCE = re.compile(r"^( *)(```+)(\S*) ?(.*)$")
_RANDOM = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "(uuid)"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "(sha256)"),
    (re.compile(r"\btokens-[0-9a-f]{16}\b"), "tokens-(app)"),
    (re.compile(r"\bstate=[\w-]{64}"), "state=(random)"),
    (re.compile(r"T12:0[0-3]:\d\dZ"), "T(soon after noon)"),  # the clock of the made-up portal goes on
    (re.compile(r"(?m)^(\w+): \d+\.\d\d s$"), r"\1: (seconds)"),
    (re.compile(r'^\{"time": "[^"]+"(.*"seconds": )[\d.]+', re.MULTILINE), r'{"time": (now)\1(seconds)'),
)


class BadPage(Exception):
    """A page that cannot be run as written."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: the lines between the fences, from `start` to before `end`, without the indent."""

    language: str
    argument: str
    start: int
    end: int
    indent: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class Shell:
    """The state between two commands: folder, environment and last exit code."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    code: int = 0
    servers: ExitStack = field(default_factory=ExitStack)
    portal: str = SHOWN
    """The real address of the made-up portal."""
    home: str = ""
    callback: str = CALLBACK
    """The real start of the callback of a sign-in."""
    database: str = ""
    """The real host, port and name of the PostgreSQL database, empty until a page names it."""

    def __post_init__(self) -> None:
        self.home = os.path.realpath(self.servers.enter_context(tempfile.TemporaryDirectory()))
        self.callback = CALLBACK.replace("8080", str(_free_port()))

    def run(self, command: str) -> str:
        """Return the output of a command."""
        words = shlex.split(self.as_real(command))
        if words == ["echo", "$?"]:
            return f"{self.code}\n"
        if "|" in words:
            at = words.index("|")
            return self._program(words[at + 1 :], self._run(words[:at]))
        return self._run(words)

    def _run(self, words: list[str]) -> str:
        run = _COMMANDS.get(words[0], Shell._program)
        return run(self, words)

    def _seatsync(self, words: list[str]) -> str:
        """Run seatsync in this process, with both streams merged as on a terminal."""
        if words[-1] == "&":
            return self._in_background(words[1:-1])
        stream = TextIOWrapper(BytesIO(), encoding="utf-8", newline="\n", write_through=True)
        with _world(self.folder, {"HOME": self.home, **self.environment}, stream), _browsing():
            self.code = main(words[1:])
        stream.flush()
        printed = stream.buffer
        assert isinstance(printed, BytesIO)
        text = printed.getvalue().decode()
        check_if_document(text)
        return self._as_shown(text)

    def as_real(self, text: str) -> str:
        """Return a text of the page with the real callback and database."""
        if DATABASE in text and not self.database:
            from tests.postgres import page_database  # noqa: PLC0415 - for few pages

            self.database = self.servers.enter_context(page_database())
        return text.replace(CALLBACK, self.callback).replace(DATABASE, self.database or DATABASE)

    def _as_shown(self, text: str) -> str:
        """Return an output with the addresses and the home folder that the page shows."""
        if self.database:
            port = self.database.partition("/")[0].partition(":")[2]
            text = text.replace(self.database, DATABASE).replace(f'"127.0.0.1", port {port}', '"192.0.2.7", port 5432')
        for real, shown in ((self.portal, SHOWN), (self.callback, CALLBACK)):
            text = text.replace(real, shown).replace(quote(real, safe=""), quote(shown, safe=""))
        return text.replace(self.home, "~")

    def _in_background(self, words: list[str]) -> str:
        """Start the made-up portal in a process of its own; return what it prints first."""
        *words, _, log = words if words[-2] == "2>" else (*words, "", os.devnull)
        errors = self.servers.enter_context((self.folder / log).open("w", encoding="utf-8"))
        usual = {name: value for name, value in os.environ.items() if not name.startswith("SEATSYNC_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "seatsync", *words, "--port", "0"],
            cwd=self.folder,
            env={**usual, **self.environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        self.servers.callback(process.wait)
        self.servers.callback(process.kill)
        assert process.stdout is not None
        self.servers.enter_context(process.stdout)
        text = ""
        while not text.endswith("insights: true\n"):
            line = process.stdout.readline()
            if not line:
                raise BadPage(f"seatsync {shlex.join(words)} & has ended")
            text += line
        self.portal = text.partition(" at ")[2].partition(", ")[0]
        return text.replace(self.portal, SHOWN)

    def _cd(self, words: list[str]) -> str:
        self.folder = (self.folder / words[1]).resolve(strict=True)
        return ""

    def _export(self, words: list[str]) -> str:
        name, _, value = words[1].partition("=")
        value = value.replace(SHOWN, self.portal)
        self.environment[name] = self._mail_server(value) if name == "SEATSYNC_SMTP" else value
        return ""

    def _mail_server(self, url: str) -> str:
        """Start a mail server in place of the one of a page; return its URL."""
        from tests.notices.mail_server import DROP, MailServer, serving, url_of  # noqa: PLC0415 - for few pages

        server = MailServer(to_data=[DROP] if "//flaky" in url else [])
        return url_of(self.servers.enter_context(serving(server)))

    def _program(self, words: list[str], given: str = "") -> str:
        if words[0] not in PROGRAMS:
            raise BadPage(f"no such command here: {words[0]}")
        environment = ENVIRONMENT if words[0] == "git" else {"PATH": ENVIRONMENT["PATH"], "LC_ALL": "C"}
        if words[0] in {"pg_dump", "pg_restore", "psql"}:
            from tests.postgres import server  # noqa: PLC0415 - for few pages

            environment["PATH"] = str(server().binaries)
            words[0] = str(server().binaries / words[0])
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=environment,
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.code = done.returncode
        return self._as_shown(done.stdout.decode().replace("\r\n", "\n"))  # a terminal shows them alike


_COMMANDS: dict[str, Callable[[Shell, list[str]], str]] = {
    "seatsync": Shell._seatsync,
    "cd": Shell._cd,
    "export": Shell._export,
}


@contextmanager
def _world(folder: Path, environment: dict[str, str], stream: TextIOWrapper) -> Iterator[None]:
    """Set folder, environment and streams for a command, and restore them afterwards."""
    before, streams, kept = Path.cwd(), (sys.stdin, sys.stdout, sys.stderr), dict(os.environ)
    os.chdir(folder)
    for name in kept:
        if name.startswith("SEATSYNC_") or name in {"NO_COLOR", "COLUMNS", "XDG_CONFIG_HOME"}:
            del os.environ[name]
    os.environ.update(environment)
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 - a device, not a path of ours
        sys.stdin, sys.stdout, sys.stderr = nothing, stream, stream
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
            os.environ.clear()
            os.environ.update(kept)
            os.chdir(before)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def _browsing() -> Iterator[None]:
    """Let addresses be opened by a browser that shows nothing, and follows redirects."""
    before, webbrowser.open = webbrowser.open, lambda url, *_: urlopen(url).close() is None  # noqa: S310 - on this machine
    try:
        yield
    finally:
        webbrowser.open = before


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    lines = text.split("\n")
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if opened is None:
            opened = (number, match) if match else None
        elif match and match[2] == opened[1][2] and not match[3]:
            start, fence = opened
            inside = tuple(line.removeprefix(fence[1]) for line in lines[start + 1 : number])
            yield Block(fence[3], fence[4], start + 1, number, fence[1], inside)
            opened = None
    if opened is not None:
        raise BadPage(f"line {opened[0] + 1}: this block has no end")


def ran(text: str, folder: Path) -> str:
    """Return a page with the current output of its commands, run in a folder."""
    shell = Shell(folder)
    lines = text.split("\n")
    with shell.servers:
        now_of = [(block, _run_block(block, shell)) for block in blocks(text)]
    for block in reversed(now_of):
        place, now = block
        if now is not None:
            lines[place.start : place.end] = [
                f"{place.indent}{line}".rstrip() if not line else f"{place.indent}{line}" for line in now
            ]
    return "\n".join(lines)


def _run_block(block: Block, shell: Shell) -> list[str] | None:
    """Execute a block; for a console block, return its current lines."""
    if block.language == "console":
        return list(chain.from_iterable(_run_commands(block, shell)))
    if block.argument and block.language in {"yaml", "csv", "text"}:
        file = shell.folder / block.argument
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{line}\n" for line in block.lines)
        file.write_text(shell.as_real(lines), encoding="utf-8")
    elif block.argument and block.language == "diff":
        _edit(shell.folder / block.argument, block, shell)
    return None


def _run_commands(block: Block, shell: Shell) -> Iterator[list[str]]:
    unsaid = False
    for line, written, expected in _commands(block):
        command = " ".join(part.removesuffix("\\").strip() for part in written).removeprefix("$ ")
        if unsaid and command != "echo $?":
            raise BadPage(f"line {line}: what comes before ended with {shell.code}; say so with `$ echo $?`")
        printed = shell.run(command)
        unsaid = command.startswith("seatsync") and shell.code != 0
        now = printed.removesuffix("\n").split("\n") if printed else []
        # Random parts keep the text of the page, so that an update writes real changes only.
        yield [*written, *(expected if same(expected, now) else now)]
    if unsaid:
        raise BadPage(f"line {block.end}: the last command ended with {shell.code}; say so with `$ echo $?`")


def _commands(block: Block) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yield each command of a console block: its position, its lines, and the lines after it."""
    lines = list(block.lines)
    while lines:
        line = block.end - len(lines) + 1
        written = [lines.pop(0)]
        if not written[0].startswith("$ "):
            raise BadPage(f"line {line}: a console block begins with `$ `")
        while written[-1].endswith("\\"):
            written.append(lines.pop(0))
        follows = []
        while lines and not lines[0].startswith("$ "):
            follows.append(lines.pop(0))
        yield line, written, follows


def _edit(file: Path, block: Block, shell: Shell) -> None:
    def without(sign: str) -> str:
        lines = "".join(f"{line[1:]}\n" for line in block.lines if not line.startswith(sign))
        return shell.as_real(lines)

    old, new = without("+"), without("-")
    text = file.read_text(encoding="utf-8")
    if f"\n{text}".count(f"\n{old}") != 1:
        raise BadPage(f"line {block.start}: what this changes stands in {file.name} not once:\n{old}")
    file.write_text(f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:], encoding="utf-8")


def plain(text: str) -> str:
    """Return a text without its random parts."""
    for pattern, word in _RANDOM:
        text = pattern.sub(word, text)
    return text


def same(expected: list[str], now: list[str]) -> bool:
    """Return True if two outputs are equal but for their random parts."""
    return plain("\n".join(expected)) == plain("\n".join(now))


def pages() -> list[Path]:
    """Return every page that shows commands with their output."""
    return [
        ROOT / "README.md",
        *sorted((ROOT / "examples").glob("*/README.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


def missing_library(page: Path) -> str | None:
    """Return the library of an extra without which a page cannot be run, if it is not installed here."""
    name = LIBRARIES.get(page.relative_to(ROOT).as_posix())
    return None if name is None or find_spec(name) is not None else name


def run_page(page: Path, folder: Path) -> str:
    """Return the current text of a page, run in an empty folder."""
    text = page.read_text(encoding="utf-8")
    here, skip = folder / "here", shutil.ignore_patterns(".seatsync", "__pycache__")
    if page.parent.parent == ROOT / "examples":
        shutil.copytree(page.parent, here, ignore=skip)
    else:
        here.mkdir(parents=True)
        if any("examples" in line for block in blocks(text) for line in (block.argument, *block.lines)):
            shutil.copytree(ROOT / "examples", here / "examples", ignore=skip)
    return ran(text, here)


def _main(arguments: list[str]) -> int:
    update, names = "--update" in arguments, [name for name in arguments if not name.startswith("--")]
    code = 0
    for page in pages():
        shown = page.relative_to(ROOT).as_posix()
        if names and not any(shown.startswith(name) for name in names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            text = page.read_text(encoding="utf-8")
            try:
                now = run_page(page, Path(folder))
            except BadPage as problem:
                sys.stdout.write(f"{shown}: {problem}\n")
                code = 1
                continue
        if now != text:
            sys.stdout.write(f"{shown}: {'written' if update else 'differs'}\n")
            if update:
                page.write_text(now, encoding="utf-8")
            else:
                code = 1
    return code


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
