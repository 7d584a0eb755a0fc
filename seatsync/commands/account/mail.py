"""`seatsync account mail`: list the mails that the account sent."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded, integrity_exit_code
from seatsync.errors import WrongUsage
from seatsync.notices.rendering import Templates, with_text
from seatsync.reporting import account_report
from seatsync.targets.sql.inquiries import mails


@options.command
@click.argument("mail", metavar="[ID]", required=False)
@options.target
def run(console: Console, *, mail: str | None, target: str | None) -> int:
    """List the mails that were sent, or show one.

    Examples:
      seatsync account mail
      seatsync account mail 3
    """
    account = embedded(console, target)
    report = mails(account)
    templates = Templates()
    if mail is None:
        shown = [with_text(each, templates) for each in report.items]
        console.output(account_report.mails(shown, console.paint))
        return integrity_exit_code(console, account, report.problem)
    for each in report.items:
        if str(each.id) == mail:
            console.output(account_report.mail(with_text(each, templates), console.paint))
            return integrity_exit_code(console, account, report.problem)
    raise WrongUsage(f"there is no mail {mail}; `seatsync account mail` lists them")
