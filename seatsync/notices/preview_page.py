"""Notices as one HTML page, to look at before they are sent: the headers, the plain text and the HTML part of each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from seatsync.notices.due import Due
from seatsync.notices.rendering import Rendered
from seatsync.reporting.escape import element, number_of, shown
from seatsync.reporting.findings.findings_pages import framed, part

_MOST = 200


class Shown(NamedTuple):
    """A notice that is due, with its text."""

    due: Due
    text: Rendered


def render_page(account: str, day: str, mails: Sequence[Shown]) -> str:
    """Return the page. Of very many mails it shows the first ones, and says so."""
    title = f"Notices of account {account}, {day}"
    first = mails[:_MOST]
    count = number_of(len(mails), "notice is", "notices are") if mails else "No notice is"
    more = f" Shown are the first {_MOST}; `--to` shows those of one person." if len(mails) > _MOST else ""
    return framed(
        "notices.html",
        shown(title),
        part("page.css") + part("notices.css"),
        inline_styles=True,
        summary=shown(f"{count} due.{more}"),
        index=_index(first),
        mails="".join(_mail(number, each) for number, each in enumerate(first, 1)),
    )


def _index(mails: Sequence[Shown]) -> str:
    if not mails:
        return ""
    rows = "".join(
        f'<tr><th scope="row"><a href="#mail-{number}">{shown(each.text.subject)}</a></th>'
        f"<td>{shown(each.due.kind)}</td><td>{shown(each.due.to)}</td><td>{shown(each.text.language)}</td></tr>\n"
        for number, each in enumerate(mails, 1)
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Subject", "Kind", "To", "Language"))
    table = f'<table class="mails">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table>'
    return f'<div class="wide" tabindex="0" role="region" aria-label="All notices, table">{table}</div>\n'


def _mail(number: int, each: Shown) -> str:
    due, text = each
    name = "" if due.name in {"", due.to} else f"{due.name} "
    facts = (("To", f"{name}<{due.to}>"), ("Kind", due.kind), ("Id", due.id))
    terms = "".join(f"<dt>{term}</dt><dd>{shown(fact)}</dd>\n" for term, fact in facts)
    lines = "\n".join(shown(line) for line in text.text.rstrip("\n").split("\n"))
    parts = [f'<h3>Plain text</h3>\n<pre tabindex="0" aria-label="Plain text of mail {number}">{lines}</pre>\n']
    if text.html is None:
        parts.append(element("p", "It has no HTML part.", kind="note") + "\n")
    else:
        # Without `allow-scripts` nothing in it runs. Of another origin, it would not be drawn before one scrolls to it.
        name = f"HTML part of mail {number}"
        frame = f'<iframe sandbox="allow-same-origin" title="{name}" srcdoc="{escape(text.html)}"></iframe>'
        parts.append(f"<h3>HTML</h3>\n{frame}\n")
    head = f'<h2 id="mail-{number}-title">{shown(text.subject)}</h2>\n<dl class="facts">\n{terms}</dl>\n'
    columns = "".join(f"<div>{each}</div>\n" for each in parts)
    inner = f'{head}<div class="parts">\n{columns}</div>\n'
    return f'<article id="mail-{number}" aria-labelledby="mail-{number}-title">\n{inner}</article>\n'
