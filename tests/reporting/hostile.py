"""Hostile names: a short list of our own, and shared corpora if they are available."""

from __future__ import annotations

import json

from tests.reading.corpora import MARKUP_INJECTION, NAUGHTY_STRINGS

OWN = [
    '?token=a"b',
    "@ana",
    "@acme/admins",
    "#12",
    "GH-12",
    "acme/seats#12",
    "deadbeef1234567",
    ":tada:",
    "www.acme.example",
    "https://acme.example/?a=1&b=2",
    "ana@acme.example",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!-- x --> -->",
    "]]>",
    "`code`",
    "``` fence",
    "`",
    "a`b``c",
    " both ends ",
    "   ",
    "a|b",
    "a\\|b",
    "\\",
    "back\\`tick",
    "a\nb\r\nc",
    "*em* _em_ **strong** ~~gone~~",
    "[text](https://acme.example)",
    "![image](https://acme.example/a.png)",
    "[^1]",
    "[ ]",
    "# heading",
    "- list",
    "1. list",
    "1)",
    "> quote",
    "&amp; &#64;ana &copy;",
    "$x^2$",
    "%%{init: {}}%%",
    'say "end"',
    '"a"b"',
    'click a "javascript:alert(1)"',
    "${title} $data $$",
    "end",
    "a --> b",
    "#35;quot;",
    "\u202eelpoep\u202c",
    "\x1b[31mred",
    "é ü ß 日本語 🎉",
    # A few kinds from the corpora, which are not always available.
    "<IMG SRC=x onerror=alert(1)>",
    "'><script>alert(1)</script>",
    '"><svg onload=alert(1)//',
    '<a href="javas\tcript:alert(1)">x</a>',
    "--><!-- ---> <img src=x onerror=alert(1)>",
    "<style>@import'https://acme.example/a.css'</style>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'>",
    "]]><![CDATA[<script>alert(1)</script>",
    "</textarea></title></pre><h1>x",
    "${jndi:ldap://acme.example/a}",
    "{% print 'x' * 64 %}",
    "%0a%0d::set-output name=a::b",
    "__proto__",
    "1;DROP TABLE users",
    "\ufeffbegins with a mark",
    "ab\u200bcd\u2066ef\u2069",
]


def naughty() -> list[str]:
    """Return the shared list of naughty strings if it is available."""
    return json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8")) if NAUGHTY_STRINGS.exists() else []


def markup() -> list[str]:
    """Return the shared strings that inject markup if they are available."""
    files = sorted(MARKUP_INJECTION.glob("*.txt"))
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
