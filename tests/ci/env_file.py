"""Readers of the files that GitHub's runner and GitLab take values from, by their documented grammars."""

from __future__ import annotations

import re


class BadFile(Exception):
    """A file that the runner would refuse."""


def github(text: str) -> list[tuple[str, str]]:
    """Return the pairs of a `GITHUB_OUTPUT`: `NAME=VALUE`, or `NAME<<END`, lines and `END`; the first sign decides."""
    lines = iter(re.split(r"\r?\n", text))
    found = []
    for line in lines:
        if not line:
            continue
        equals, here = line.find("="), line.find("<<")
        if equals >= 0 and (here < 0 or equals < here):
            found.append((line[:equals], line[equals + 1 :]))
        elif here >= 0:
            found.append((line[:here], _until(line[here + 2 :], lines)))
        else:
            raise BadFile(line)
    return found


def _until(end: str, lines: object) -> str:
    value: list[str] = []
    for line in lines:  # type: ignore[attr-defined]  # an iterator
        if line == end:
            return "\n".join(value)
        value.append(line)
    raise BadFile(end)


def gitlab(text: str) -> list[tuple[str, str]]:
    """Return the pairs of a dotenv report: one `NAME=VALUE` per line, names of letters, digits and `_`."""
    found = []
    for line in re.split(r"\r\n|[\r\n]", text.removesuffix("\n")) if text else []:
        match = re.fullmatch(r"(\w+)=(.*)", line, re.ASCII | re.DOTALL)
        if match is None:
            raise BadFile(line)
        found.append((match[1], match[2]))
    return found
