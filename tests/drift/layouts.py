"""Accounts written as repositories in many layouts: block and flow style, comments, line ends, quotes.

A comment on a line of its own names what it stands above: `# note 5 ["teams", "design", "members"]`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import yaml

from seatsync.account.model import Account
from seatsync.declaration.writing.write import repository_files
from tests.declaration.accounts import UNTIL, with_days

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def laid_out(account: Account, folder: Path, random: Random) -> None:
    """Write the repository of an account, each file in a random layout, with `prune: [members]`."""
    files = repository_files(account, None)
    files["seatsync.yaml"] += "policy: {prune: [seats, admins, groups, members]}\n"
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if name == "seatsync.yaml" else in_a_layout(text, random))


def comments(text: str) -> set[str]:
    """Return all comments on lines of their own."""
    return set(re.findall(r"# (?:note|at the) [^\r\n]*", text))


def comments_to_keep(old: str, new: str) -> set[str]:
    """Return the comments that a change must keep: all except those above removed entries."""
    data = yaml.load(new.removeprefix("\ufeff"), Loader=_LOADER)  # noqa: S506 - our own text
    return {comment for comment in comments(old) if _is_in(data, json.loads(f"[{comment.partition('[')[2] or ']'}"))}


def _is_in(data: Any, path: list[str]) -> bool:  # noqa: ANN401 - YAML
    for name in path:
        names = data if isinstance(data, dict) else {_name(item): None for item in data or ()}
        if name not in names:
            return False
        data = names[name]
    return True


def as_bytes(account: Account, random: Random) -> list[bytes]:
    """Return the files of an account, each in a random layout."""
    return [
        in_a_layout(text, random) for name, text in repository_files(account, None).items() if name != "seatsync.yaml"
    ]


def in_a_layout(text: str, random: Random) -> bytes:
    """Return a YAML file in a random layout, or as it is."""
    if random.random() < 0.7:
        data = with_days(yaml.load(text, Loader=_LOADER), random, UNTIL)  # noqa: S506 - our own text
        text = _Writer(random).document(data)
    if random.random() < 0.2:
        text = text.replace("\n", "\r\n")
    if random.random() < 0.2:
        text = text.rstrip("\r\n")
    mark = b"\xef\xbb\xbf" if random.random() < 0.2 else b""
    return mark + text.encode()


def _name(item: Any) -> str:  # noqa: ANN401 - YAML
    """Return the name of an item of a list, which may have days."""
    return item if isinstance(item, str) else str(next(iter(item.values())))


class _Writer:
    """Writes data as YAML in a random layout."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.dash = random.choice(["", "  "])
        self.step = random.choice([1, 2, 4])
        self.count = 0

    def document(self, data: dict[str, Any]) -> str:
        if self.random.random() < 0.1:
            return f"# all on one line\n{self.flow(data)}\n"
        return "# at the top\n" + self.mapping(data, "", ()) + self.random.choice(["", "# at the end\n", "\n"])

    def mapping(self, data: dict[str, Any], margin: str, path: tuple[str, ...]) -> str:
        lines = []
        for key, value in data.items():
            lines.append(self.comment(margin, (*path, key)))
            lines.append(f"{margin}{self.key(key)}:{self.value(value, margin, (*path, key))}")
        return "".join(lines)

    def value(self, value: Any, margin: str, path: tuple[str, ...]) -> str:  # noqa: ANN401 - YAML
        if isinstance(value, str):
            return f" {self.text(value)}{self.trailing()}\n"
        if not value or self.random.random() < 0.4:
            return f" {self.flow(value)}{self.trailing()}\n"
        if isinstance(value, dict):
            return f"{self.trailing()}\n{self.mapping(value, margin + ' ' * self.step, path)}"
        items = (
            f"{self.comment(margin, (*path, _name(item)))}{margin}{self.dash}-{gap}{self.flow(item)}{self.trailing()}\n"
            for item, gap in ((item, self.random.choice([" ", "  "])) for item in value)
        )
        return f"{self.trailing()}\n{''.join(items)}"

    def flow(self, value: Any) -> str:  # noqa: ANN401 - YAML
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(key)}: {self.flow(child)}" for key, child in value.items()) + "}"
        between = self.random.choice([", ", ",", ",\n" + " " * 40, " , "])
        return self.random.choice(["[{}]", "[ {} ]", "[{},]" if value else "[{}]"]).format(
            between.join(self.flow(item) for item in value)
        )

    def text(self, text: str) -> str:
        if text.isdigit() or text in {"true", "false"}:
            return text
        return self.random.choice([text, text, f'"{text}"', f"'{text}'"])

    def key(self, text: str) -> str:
        return self.random.choice([text, text, f'"{text}"'])

    def comment(self, margin: str, path: tuple[str, ...]) -> str:
        self.count += 1
        return f"{margin}# note {self.count} {json.dumps(path)}\n" if self.random.random() < 0.1 else ""

    def trailing(self) -> str:
        self.count += 1
        return f"  # side {self.count}" if self.random.random() < 0.1 else ""
