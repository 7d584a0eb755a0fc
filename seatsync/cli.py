"""The command line: options and help by click, the one error door, and a command imported only when it runs."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

import click

from seatsync import __version__
from seatsync.cli_table import ACCOUNT, EDIT, HELP, MAIN_JOB, Entry
from seatsync.errors import SeatsyncError, WrongUsage

if TYPE_CHECKING:  # imported when a command runs: `--help` needs neither them nor what they import
    from seatsync.commands.console import Console
    from seatsync.reporting.paint import Paint

NAME = "seatsync"
COMPLETE_VARIABLE = "_SEATSYNC_COMPLETE"
_SIGINT, _SIGPIPE, _ENDED_BY = 2, 13, 128
_USUAL_WIDTH = 80
_SECRETS = ("SEATSYNC_TOKEN",)
MODULES = {"import": "import_"}


class Settings:
    """What may stand before and after the command's name."""

    folder: str = ""
    verbose: bool = False
    debug: bool = False
    color: bool | None = None
    no_cache: bool = False

    def console(self) -> Console:
        """The world as the command is to see it."""
        from pathlib import Path

        from seatsync.commands.console import Console

        folder = Path.cwd() / self.folder
        if not folder.is_dir():
            raise WrongUsage(f"-C {self.folder}: there is no such folder")
        terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
        return Console(
            out=sys.stdout,
            err=sys.stderr,
            folder=folder,
            environment=os.environ,
            now=lambda: datetime.now(UTC),
            seconds=monotonic,
            ask=_ask,
            interactive=terminal,
            paint=self.paint(sys.stdout),
            err_paint=self.paint(sys.stderr),
            verbose=self.verbose or self.debug,
            err_width=_width(sys.stderr) if sys.stderr.isatty() else None,
            cache=not self.no_cache,
        )

    def paint(self, stream: TextIO) -> Paint:
        """Colours on a terminal, unless the user or the environment says otherwise."""
        from seatsync.reporting.paint import Paint

        if self.color is not None:
            return Paint(on=self.color)
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return Paint(on=stream.isatty() and not plain)


def _width(stream: TextIO) -> int:
    """The columns of a terminal; some do not know it."""
    return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH


def _ask(question: str) -> str:
    """Ask on standard error; standard output carries the answer. Where no line is typed, the screen still gets one."""
    line = ""
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
    finally:
        if not line.endswith("\n"):
            sys.stderr.write("\n")
    return line.strip()


# Options that every command takes. They are kept in Settings, so that they may also stand before the command's name.


def _keep(name: str) -> Callable[[click.Context, click.Parameter, bool | None], None]:
    def keep(context: click.Context, _: click.Parameter, value: object) -> None:
        if value is not None:
            setattr(_settings(context), name, value)

    return keep


def _everywhere() -> list[click.Parameter]:
    def flag(names: list[str], name: str, text: str) -> click.Option:
        return click.Option(names, is_flag=True, default=None, expose_value=False, callback=_keep(name), help=text)

    return [
        flag(["-v", "--verbose"], "verbose", "Tell more: reasons, what is unmanaged, timings."),
        flag(["--debug"], "debug", "Tell all, and show the traceback of a fault."),
        flag(["--color/--no-color"], "color", "Colours or none; else on a terminal, unless NO_COLOR is set."),
        flag(["--no-cache"], "no_cache", "Neither read nor write .seatsync/cache."),
    ]


def _folder(context: click.Context, _: click.Parameter, value: tuple[str, ...]) -> None:
    _settings(context).folder = os.path.join(*value) if value else ""  # noqa: PTH118 - Path is slow to import


def _settings(context: click.Context) -> Settings:
    settings: Settings = context.find_root().obj
    return settings


def _dispatch(module: str, **options: object) -> int:
    settings = _settings(click.get_current_context())
    command: Any = importlib.import_module(f"seatsync.commands.{module}")
    collects = gc.isenabled()
    gc.disable()  # a command is one short run that keeps what it makes: looking for garbage only takes time
    try:
        code: int = command.run(settings.console(), **options)
    finally:
        if collects:
            gc.enable()
    return code


def _completion(shell: str) -> int:
    """Click writes the script; it is the one command that is about the command line itself."""
    from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

    shells = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    complete = shells[shell](root(), {}, NAME, COMPLETE_VARIABLE)
    # Not BashComplete.source: that starts a bash to ask for its version.
    click.echo(ShellComplete.source(complete))
    return 0


def _command(entry: Entry, module: str, everywhere: list[click.Parameter]) -> click.Command:
    text = f"{entry.summary}\n\n{entry.more}".strip()
    callback = _completion if entry.name == "completion" else partial(_dispatch, module)
    parameters = [*entry.parameters, *everywhere]
    return click.Command(entry.name, callback=callback, params=parameters, help=text, short_help=entry.summary)


def _group(
    name: str, entries: Sequence[Entry], everywhere: list[click.Parameter], text: str, short: str
) -> click.Group:
    """A group of commands, whose modules are in the package of its name."""
    commands = {entry.name: _command(entry, f"{name}.{entry.name}", everywhere) for entry in entries}
    return _Listed(name, commands=commands, params=everywhere, help=text, short_help=short, no_args_is_help=False)


class _Listed(click.Group):
    """A group that lists its commands in the order of work, under headings."""

    sections: Sequence[tuple[str, Sequence[str]]] = ()

    def list_commands(self, _: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.commands)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """One list a section."""
        for heading, names in self.sections or (("Commands", list(self.commands)),):
            with formatter.section(heading):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(200)) for name in names])


def root() -> click.Group:
    """The whole command line."""
    everywhere = _everywhere()
    account = _group(
        "account",
        ACCOUNT,
        everywhere,
        "The embedded account: what the vendor's portal does, not the configuration.",
        "What the vendor's portal does, not the configuration.",
    )
    edit = _group(
        "edit",
        EDIT,
        everywhere,
        "Changes the files, comments kept, as people come, go and move; then shows the plan that follows. All files are"
        " written or none, and none where that would make an error.",
        "Change the files as people come, go and move; comments kept.",
    )
    commands: dict[str, click.Command] = {
        entry.name: _command(entry, MODULES.get(entry.name, entry.name), everywhere) for entry in (*MAIN_JOB, *HELP)
    }
    everything = _Listed(
        NAME,
        commands={**commands, "edit": edit, "account": account},
        params=[
            click.Option(
                ["-C"],
                metavar="DIR",
                multiple=True,
                callback=_folder,
                expose_value=False,
                help="Run as if started in DIR.",
            ),
            *everywhere,
        ],
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Keeps a software vendor's account (who administers which team, who holds which seat) equal to YAML.",
        epilog="`seatsync COMMAND --help` tells more about a command.",
    )
    everything.sections = (
        ("The main job", [*(entry.name for entry in MAIN_JOB), "edit"]),
        ("The embedded account", ["account"]),
        ("Help", [entry.name for entry in HELP]),
    )
    return click.version_option(__version__, message=f"{NAME} %(version)s")(everything)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; the exit code. Every error ends here as one line."""
    _steady_streams()
    settings = Settings()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments), settings)
        if not sys.stdout.closed:  # as the language server leaves it when its editor has gone
            sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the one door that every error leaves by
        code = _leave(error, settings)
    return code


def _run(arguments: list[str], settings: Settings) -> int:
    commands = root()
    if COMPLETE_VARIABLE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(commands, {"obj": settings}, NAME, COMPLETE_VARIABLE, os.environ[COMPLETE_VARIABLE])
    if not arguments:
        arguments = ["--help"]
    with commands.make_context(NAME, arguments, obj=settings) as context:
        code: int = commands.invoke(context)
        return code


def _leave(error: BaseException, settings: Settings) -> int:
    """What is said about an error, and the exit code it has."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, BrokenPipeError):
        _drop(sys.stdout)
        return _ENDED_BY + _SIGPIPE
    code, line = _code_and_line(error, settings)
    if settings.debug:
        import traceback

        _tell("".join(traceback.format_exception(error)).rstrip("\n"), one_line=False)
    _tell(f"{NAME}: {line}")
    if isinstance(error, OSError):
        _drop(sys.stdout)
    return code


def _code_and_line(error: BaseException, settings: Settings) -> tuple[int, str]:
    if isinstance(error, SeatsyncError):
        return error.exit_code, str(error)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _ENDED_BY + _SIGINT, "interrupted"
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else NAME
        return 1, f"{error.format_message().rstrip('.')}; see `{command} --help`"
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return 1, f"{file}{(error.strerror or type(error).__name__).lower()}"
    if isinstance(error, MemoryError):
        return 1, "not enough memory"
    what = "all that stands above" if settings.debug else "the output of the same command and --debug"
    return 1, f"this should not have happened ({type(error).__name__}); please report this, with {what}"


def _tell(text: str, *, one_line: bool = True) -> None:
    """Write to standard error, without secrets; a standard error that is gone is no second error."""
    from seatsync.reporting.escape import visible

    for name in _SECRETS:
        if os.environ.get(name):
            text = text.replace(os.environ[name], f"[{name}]")
    lines = [text] if one_line else text.split("\n")
    try:
        sys.stderr.write("".join(f"{visible(line)}\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _steady_streams() -> None:
    """UTF-8 and plain line ends everywhere, no error for any character, and no stream that is missing."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115 - open as long as we run
        elif isinstance(stream, TextIOWrapper):
            if name == "stdin":
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _drop(stream: TextIO) -> None:
    """Let what is still to be written go nowhere, so that Python's own last flush has nothing to complain of."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
