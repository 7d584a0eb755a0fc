"""`seatsync notify`: tell people by mail what concerns them."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.notify_run import Asked, Mode, run_notify
from seatsync.errors import WrongUsage
from seatsync.notices.due import KINDS, Kind

_LONGEST = 36_500  # days
_SLOWEST, _FASTEST = 2, 6_000  # mails a minute


@options.command
@click.argument("words", metavar="[DIR] [KIND]...", nargs=-1)
@options.target
@options.day
@click.option("--to", metavar="EMAIL", multiple=True, help="Only notices to this person (repeatable).")
@click.option("--before", metavar="PLAN", help="Announce the changes of roles of a saved plan.")
@click.option(
    "--since",
    metavar="DATE",
    type=options.read_day,
    help="Tell what happened since this date (default: 30 days ago).",
)
@click.option(
    "--renewal-days",
    metavar="N",
    type=click.IntRange(0, _LONGEST),
    default=30,
    help="Tell of terms that end within N days (default 30).",
)
@click.option("--preview", is_flag=True, help="Write a page that shows the mails.")
@click.option("--out", metavar="DIR", help="Write the mails as .eml files into a new folder.")
@click.option("--send", is_flag=True, help="Send the mails, each once.")
@click.option("--list", "listing", is_flag=True, help="List all notices so far.")
@click.option("--resend", metavar="ID", multiple=True, help="Send this notice again (repeatable).")
@click.option("--delivered", metavar="ID", multiple=True, help="Record that this notice has arrived (repeatable).")
@click.option(
    "--rate",
    metavar="N",
    type=click.IntRange(_SLOWEST, _FASTEST),
    default=60,
    help="Send at most N mails a minute (default 60).",
)
@options.text_or_json
@options.output
def run(
    console: Console,
    *,
    words: Sequence[str],
    target: str | None,
    day: str | None,
    to: Sequence[str],
    before: str | None,
    since: str | None,
    renewal_days: int,
    preview: bool,
    out: str | None,
    send: bool,
    listing: bool,
    resend: Sequence[str],
    delivered: Sequence[str],
    rate: int,
    form: str,
    output: Sequence[str],
) -> int:
    """Tell people by mail what concerns them.

    Lists the notices that are due; --preview, --out and --send make mails of them. KIND is one or more of: invitation,
    reminder, order, welcome, role, advance, renewal, reclaim, reclaim-reminder, cases (default: all of them, but in a
    mirror not those that the vendor sends). The mail server is that of SEATSYNC_SMTP (smtps://HOST or smtp://HOST), the
    sender that of SEATSYNC_MAIL_FROM; SEATSYNC_SMTP_USER and SEATSYNC_SMTP_PASSWORD sign in.

    Examples:
      seatsync notify --preview
      seatsync notify reminder cases --send
      seatsync notify --before plan.json --out mails
    """
    kinds, directory = _words(words, console)
    chosen: dict[Mode, bool] = {
        "preview": preview,
        "out": out is not None,
        "send": send,
        "list": listing,
        "resend": bool(resend),
        "delivered": bool(delivered),
    }
    modes = [mode for mode, is_chosen in chosen.items() if is_chosen]
    if len(modes) > 1:
        raise WrongUsage(f"--{modes[0]} and --{modes[1]} exclude each other; use one of them")
    asked = Asked(
        mode=modes[0] if modes else "due",
        kinds=kinds,
        directory=directory,
        target=target,
        day=day,
        to=tuple(to),
        before=before,
        since=since,
        renewal_days=renewal_days,
        out=out,
        names=tuple(resend or delivered),
        rate=rate,
        form=form,
        output=output,
    )
    return run_notify(console, asked)


def _words(words: Sequence[str], console: Console) -> tuple[frozenset[Kind], str | None]:
    """Return the kinds among the words, and the folder, which is any other word; `./order` is a folder, too."""
    kinds = frozenset(kind for kind in KINDS if kind in words)
    folders = [word for word in words if word not in kinds]
    for word in folders:
        if not console.path(word).is_dir():
            problem = f"{word}: there is no such kind of notice, and no such folder"
            raise WrongUsage(f"{problem}; kinds are {', '.join(KINDS)}")
    if len(folders) > 1:
        raise WrongUsage(f"{' and '.join(folders)} are several folders; name one")
    return kinds, folders[0] if folders else None
