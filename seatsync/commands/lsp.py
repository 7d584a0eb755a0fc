"""`seatsync lsp`: the language server, which an editor starts and talks to over standard input and output."""

from __future__ import annotations

import gc

from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.errors import WrongUsage


@options.command
@options.day
def run(console: Console, *, day: str | None) -> int:
    """Run the language server, for editors to start.

    Speaks the language server protocol over standard input and output: findings while typing, completion, what a person
    holds, go to definition, rename, quick fixes. Needs the package pygls: pip install 'seatsync[lsp]'
    """
    try:
        from seatsync.editor.server import serve  # noqa: PLC0415 - what it needs is an extra, which may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        raise WrongUsage("lsp needs the package pygls; `pip install 'seatsync[lsp]'` brings it along") from error
    if console.interactive:
        console.say("this waits for an editor, which speaks the language server protocol to it; Ctrl-C ends it")
    gc.enable()  # unlike other commands it runs for hours
    serve(lambda zone: console.clock(day, zone).day)
    return 0
