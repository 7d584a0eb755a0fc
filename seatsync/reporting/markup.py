"""Values on their way into HTML: text, never markup."""

from __future__ import annotations

from html import escape

from seatsync.reporting.escape import visible


def shown(text: str) -> str:
    """A value between tags or in an attribute."""
    return escape(visible(text))


def element(tag: str, text: str, *, kind: str = "") -> str:
    """An element that holds a value; `kind` is its class, and ours."""
    return f'<{tag} class="{kind}">{shown(text)}</{tag}>' if kind else f"<{tag}>{shown(text)}</{tag}>"


def in_script(json: str) -> str:
    """A JSON document of plain ASCII inside a script element: nothing in it ends the element or begins a comment."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
