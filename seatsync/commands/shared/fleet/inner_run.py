"""Runs of ordinary commands within another one: with a console of their own, and their output kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

import click
from click.core import ParameterSource

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import HELP_OPTIONS, Command
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.reporting.terminal import PLAIN

_TARGET: Final = "target"  # one of the environment would be that of every account
_ENVIRONMENT: Final = ParameterSource.ENVIRONMENT


class InnerRun(NamedTuple):
    """The end of an inner run: exit code, standard output, standard error, and the error that stopped it, if any."""

    code: int
    out: str
    err: str
    error: SeatsyncError | None = None


def inner_run(
    command: Command, words: Sequence[str], console: Console, folder: Path, environment: Mapping[str, str]
) -> InnerRun:
    """Run a command as if its words were typed in a folder, without a terminal. Errors of seatsync are returned."""
    out, err = StringIO(), StringIO()
    inner = console._replace(
        out=out,
        err=err,
        folder=folder,
        environment={**console.environment, **environment},
        interactive=False,
        paint=PLAIN,
        err_paint=PLAIN,
        err_width=None,
    )
    try:
        with command.make_context(command.name, list(words), obj={}, help_option_names=HELP_OPTIONS) as context:
            given = {
                name: None if name == _TARGET and context.get_parameter_source(name) is _ENVIRONMENT else value
                for name, value in context.params.items()
            }
            code = command.function(inner, **given)
    except click.ClickException as error:
        raise WrongUsage(error.format_message().rstrip(".")) from error
    except SeatsyncError as error:
        return InnerRun(error.exit_code, out.getvalue(), err.getvalue(), error)
    return InnerRun(code, out.getvalue(), err.getvalue())
