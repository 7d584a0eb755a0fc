"""Escaping for HTML."""

from __future__ import annotations

from html import escape

from seatsync.reporting.escape import visible


def shown(text: str) -> str:
    """Return a value for use between tags or in an attribute."""
    return escape(visible(text))


def element(tag: str, text: str, *, kind: str = "") -> str:
    """Return an element with a value; `kind` is its class and must be trusted."""
    return f'<{tag} class="{kind}">{shown(text)}</{tag}>' if kind else f"<{tag}>{shown(text)}</{tag}>"


def in_script(json: str) -> str:
    """Return an ASCII JSON document for a script element, in which nothing ends the element or starts a comment."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
