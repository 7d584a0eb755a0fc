"""Parser for workflow commands in the logs of CI runners, following the documented grammar.

A command is a line `::NAME KEY=VALUE,KEY=VALUE::DATA`, possibly after white space, or in the older form
`##[NAME KEY=VALUE;KEY=VALUE]DATA` anywhere in a line; other runners expect a word between `##` and `[`. In values and
data, `%25`, `%0D` and `%0A` are escapes of `%` and line ends, and in values `%3A` and `%2C` of `:` and `,`. Runners
accept certain names only; this parser accepts all. Like runners, it ignores invisible characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_UNSEEN = re.compile(
    "[\u0000\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_NEW = re.compile(r"::(?P<name>[^ :]*)(?: (?P<values>.*?))?::(?P<data>.*)", re.DOTALL)
_OLD = re.compile(r"##(?P<name>\w*\[[^\] ]*)(?: (?P<values>[^\]]*))?\](?P<data>.*)", re.DOTALL)


@dataclass(frozen=True)
class Command:
    name: str
    values: dict[str, str] = field(default_factory=dict)
    data: str = ""


def commands(log: str) -> list[Command]:
    """Return every command in a log."""
    return [found for line in log.splitlines() if (found := command(line)) is not None]


def command(line: str) -> Command | None:
    """Return the command in a line, or None."""
    for text in dict.fromkeys((line, _UNSEEN.sub("", line))):
        if new := _NEW.match(text.lstrip()):
            return _command(new, ",")
        if old := _OLD.search(text):
            return _command(old, ";")
    return None


def _command(match: re.Match[str], between: str) -> Command:
    pairs = [pair.partition("=") for pair in (match["values"] or "").strip().split(between) if pair]
    return Command(match["name"], {key: _plain(value) for key, _, value in pairs if value}, _plain(match["data"]))


def _plain(text: str) -> str:
    for written, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(written, char)
    return text
