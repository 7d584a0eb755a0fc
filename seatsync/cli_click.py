"""The command line by click: help, completion, and what is wrong with a line. Needed for these alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from seatsync import __version__
from seatsync.cli_options import Option, Parameter
from seatsync.cli_settings import MODULES, Settings, dispatch
from seatsync.cli_table import ACCOUNT, EDIT, HELP, MAIN_JOB, Entry

NAME = "seatsync"
COMPLETE_VARIABLE = "_SEATSYNC_COMPLETE"


def run(arguments: list[str], settings: Settings) -> int:
    """Run a command line; its exit code. Raises what click raises."""
    commands = root()
    if COMPLETE_VARIABLE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(commands, {"obj": settings}, NAME, COMPLETE_VARIABLE, os.environ[COMPLETE_VARIABLE])
    with commands.make_context(NAME, arguments or ["--help"], obj=settings) as context:
        code: int = commands.invoke(context)
        return code


def told(error: BaseException) -> tuple[int, str] | None:
    """The exit code of an error of click's, and what is to be said of it, if anything; None for any other error."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code, ""
    if isinstance(error, click.Abort):
        return 130, "interrupted"
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else NAME
        return 1, f"{error.format_message().rstrip('.')}; see `{command} --help`"
    return None


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
    _settings(context).folders = value


def _settings(context: click.Context) -> Settings:
    settings: Settings = context.find_root().obj
    return settings


def _dispatch(module: str, **options: object) -> int:
    return dispatch(_settings(click.get_current_context()), module, options)


def _completion(shell: str) -> int:
    """Click writes the script; it is the one command that is about the command line itself."""
    from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

    shells = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    complete = shells[shell](root(), {}, NAME, COMPLETE_VARIABLE)
    # Not BashComplete.source: that starts a bash to ask for its version.
    click.echo(ShellComplete.source(complete))
    return 0


def _parameter(said: Parameter) -> click.Parameter:
    """A parameter of the table as click has it."""
    if not isinstance(said, Option):
        kind = click.Choice(said.choices) if said.choices else None
        return click.Argument(
            [said.name], metavar=said.metavar, required=said.required, nargs=-1 if said.many else 1, type=kind
        )
    more: dict[str, Any] = {"is_flag": True} if said.flag else {"multiple": said.multiple, "required": said.required}
    if said.default is not None:
        more["default"] = said.default
    if said.envvar is not None:
        more |= {"envvar": said.envvar, "show_envvar": True}
    if said.alone is not None:
        more |= {"is_flag": False, "flag_value": said.alone}
    if said.numbers is not None:
        more["type"] = click.IntRange(*said.numbers)
    if said.read is not None:
        more["callback"] = partial(_read, said.read)
    return click.Option([*said.written, said.name], metavar=said.metavar, help=said.text, **more)


def _read(read: Callable[[str], str], _: click.Context, __: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else read(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _command(entry: Entry, module: str, everywhere: list[click.Parameter]) -> click.Command:
    text = f"{entry.summary}\n\n{entry.more}".strip()
    callback = _completion if entry.name == "completion" else partial(_dispatch, module)
    command = _Command(entry.name, callback=callback, params=[], help=text, short_help=entry.summary)
    command.make = lambda: [*map(_parameter, entry.parameters), *everywhere]
    return command


class _Command(click.Command):
    """A command whose parameters are made when they are asked for: of all commands, a run needs those of one."""

    make: Callable[[], list[click.Parameter]]

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """All parameters, and `--help`."""
        if not self.params:
            self.params = self.make()
        return super().get_params(ctx)


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
