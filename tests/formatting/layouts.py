"""Random YAML layouts of given data, with comments in every possible place.

Every comment names the entry it belongs to, so that a test can check that it is still there.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any


class Layout:
    """A writer of documents in a random layout. `comments` is the probability of a comment, from 0 to 1."""

    def __init__(self, random: Random, comments: float = 0.15) -> None:
        self.random = random
        self.comments = comments
        self.count = 0
        self.step = random.choice([1, 2, 2, 4])
        self.dash = random.choice(["", "  "])

    def document(self, data: dict[str, Any]) -> bytes:
        head = self._maybe("# the top of it all\n\n", 0.3)
        head += self._maybe(self.random.choice(["---\n", "--- # a new file\n", "\n---\n"]), 0.2)
        body = f"{self._flow(data, '')}\n" if self._chance(0.1) else self._mapping(data, "")
        foot = self._maybe("# at the end\n", 0.3) + self._maybe("...\n", 0.1) + self._maybe("\n\n", 0.2)
        text = (head + body + foot).rstrip("\n") + self.random.choice(["", "\n"])
        if self._chance(0.2):
            text = text.replace("\n", "\r\n")
        return (b"\xef\xbb\xbf" if self._chance(0.2) else b"") + text.encode()

    def _mapping(self, data: dict[str, Any], margin: str) -> str:
        keys = list(data)
        self.random.shuffle(keys)
        return "".join(self._entry(key, data[key], margin) for key in keys)

    def _entry(self, key: str, value: Any, margin: str) -> str:  # noqa: ANN401 - YAML
        written, name = self._key(key), _about(key)
        start = f"{self._above(name, margin)}{margin}{written}:"
        if self._chance(0.05):
            start = f"{self._above(name, margin)}{margin}? {written}{self._beside(name)}\n{margin}:"
        return start + self._value(value, margin, name)

    def _value(self, value: Any, margin: str, name: str) -> str:  # noqa: ANN401 - YAML
        if value is None:
            return f"{self.random.choice(['', ' null', ' ~'])}{self._beside(name)}\n"
        if isinstance(value, str | int):
            return self._scalar(value, margin, name)
        if not value or self._chance(0.4):
            return f" {self._flow(value, margin)}{self._beside(name)}\n"
        below = self._beside(name) + "\n"
        if isinstance(value, dict):
            return below + self._mapping(value, margin + " " * self.step) + self._foot(margin + " " * self.step)
        items = list(value)
        self.random.shuffle(items)
        inner = margin + self.dash
        return below + "".join(self._item(item, inner) for item in items) + (self._foot(inner) if self.dash else "")

    def _item(self, item: Any, margin: str) -> str:  # noqa: ANN401 - YAML
        name = _about(item if isinstance(item, str) else item.get("user", item.get("product", item.get("code"))))
        above = self._above(name, margin)
        if isinstance(item, str):
            return f"{above}{margin}-{self._scalar(item, margin, name)}"
        if self._chance(0.5):
            return f"{above}{margin}- {self._flow(item, margin)}{self._beside(name)}\n"
        block = "".join(self._entry(key, child, margin + "  ") for key, child in item.items())
        if not block.lstrip(" \n").startswith(("#", "?")) and not block.startswith("\n"):
            return f"{above}{margin}- {block.lstrip(' ')}"
        return f"{above}{margin}-{self._beside(name)}\n{block}"

    def _scalar(self, value: str | int, margin: str, name: str) -> str:
        if isinstance(value, int):
            return f" {json.dumps(value)}{self._beside(name)}\n"
        if value.strip() == value and value.isprintable() and value and self._chance(0.1):
            words = value.split(" ") if self._chance(0.5) and "  " not in value else [value]
            head = ">-" if len(words) > 1 else self.random.choice(["|-", ">-"])
            return f" {head}{self._beside(name)}\n" + "".join(f"{margin}    {word}\n" for word in words)
        if self._chance(0.1):
            return f"{self._beside(name)}\n{self._above(name, margin + '   ')}{margin}    {self._text(value)}\n"
        return f" {self._text(value)}{self._beside(name)}\n"

    def _flow(self, value: Any, margin: str) -> str:  # noqa: ANN401 - YAML
        if value is None:
            return "null"
        if isinstance(value, str | int):
            return self._in_brackets(value)
        deeper = margin + "      "
        parts = []
        entries = list(value.items()) if isinstance(value, dict) else [(None, item) for item in value]
        self.random.shuffle(entries)
        own_lines = self._chance(0.3)
        for rank, (key, child) in enumerate(entries):
            text = self._flow(child, deeper) if key is None else f"{self._key(key)}: {self._flow(child, deeper)}"
            comma = "," if rank < len(entries) - 1 or self._chance(0.2) else ""
            name = _about(key if key is not None else child if isinstance(child, str) else next(iter(child.values())))
            if own_lines:
                above = self._above(name, deeper)
                parts.append(f"{above}{deeper}{text}{comma}{self._beside(name)}\n")
            else:
                parts.append(f"{text}{comma} ")
        inside = "\n" + "".join(parts) + margin + "  " if own_lines and parts else "".join(parts).strip()
        return f"{{{inside}}}" if isinstance(value, dict) else f"[{inside}]"

    def _in_brackets(self, value: str | int) -> str:
        if isinstance(value, int):
            return json.dumps(value)
        return self._text(value) if _is_tame(value) else _double(value)

    def _text(self, text: str) -> str:
        """Return a text in any quotes, or plain if possible."""
        ways = [_double(text)]
        if text.isprintable():
            ways.append("'" + text.replace("'", "''") + "'")
        if _is_tame(text):
            ways += [text, text, text]
        return self.random.choice(ways)

    def _key(self, text: str) -> str:
        ways = [text, text] if _is_tame(text) else []
        return self.random.choice([*ways, _double(text)])

    def _above(self, name: str, margin: str) -> str:
        self.count += 1
        comment = self._maybe(f"{margin}# {self.count} above {name}\n", self.comments)
        return self._maybe("\n", 0.1) + comment + self._maybe("  \n", 0.05 if comment and margin else 0)

    def _beside(self, name: str) -> str:
        self.count += 1
        return self._maybe(f"{' ' * self.random.choice([1, 2, 9])}# {self.count} beside {name}", self.comments)

    def _foot(self, margin: str) -> str:
        self.count += 1
        return self._maybe(f"{margin}# {self.count} below\n", self.comments / 2)

    def _maybe(self, text: str, chance: float) -> str:
        return text if self._chance(chance) else ""

    def _chance(self, chance: float) -> bool:
        return self.random.random() < chance


def _double(text: str) -> str:
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in text) + '"'


def _escape(character: str) -> str:
    return f"\\{character}" if character in '"\\' else character.encode("unicode_escape").decode()


def _is_tame(text: str) -> bool:
    """Return True if a text can be a plain scalar anywhere."""
    simple = all(c.isalpha() or c in "@. -_+0" for c in text) and text[:1].isalpha()
    return simple and text.strip() == text and text not in {"null", "true", "false"}


def _about(name: str) -> str:
    """Return a name as comments contain it; empty if it can be written in several ways."""
    return name if name.isascii() and name.isprintable() and not set(name) & set("'\"\\") else ""
