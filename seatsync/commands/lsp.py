"""`seatsync lsp`: the language server, started by an editor on standard input and output."""

from __future__ import annotations

import gc

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.errors import WrongUsage, how_to_install


@options.command
@options.day
def run(console: Console, *, day: str | None) -> int:
    """Run the language server for an editor.

    Uses the language server protocol over standard input and output: diagnostics while typing, completion, hovers, go
    to definition, rename and quick fixes. Needs the package pygls; in a clone of seatsync: pip install '.[lsp]'

    Examples:
      seatsync lsp
    """
    try:
        from seatsync.lsp.server import serve  # noqa: PLC0415 - pygls is an optional extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        raise WrongUsage(f"lsp needs the package pygls; {how_to_install('lsp')}") from error
    if console.interactive:
        console.info("waiting for an editor to connect over standard input; press Ctrl-C to stop")
    gc.enable()  # other commands are too short to need it
    serve(lambda zone: console.clock(day, zone).day)
    return 0
