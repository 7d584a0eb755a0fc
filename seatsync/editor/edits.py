"""The difference of two texts as minimal edits: within a changed line, only the part that differs is replaced."""

from __future__ import annotations

from difflib import SequenceMatcher

from seatsync.editor.places import Edit, Text


def edits_between(old: Text, new: str) -> list[Edit]:
    """Return the edits that turn `old` into `new`, in order."""
    theirs, ours = _lines(old), _lines(Text(new, old.units))
    starts = [0]
    for line in theirs:
        starts.append(starts[-1] + len(line))
    found = []
    for tag, first, last, begin, end in SequenceMatcher(None, theirs, ours).get_opcodes():
        if tag == "replace" and last - first == end - begin:
            pairs = zip(range(first, last), range(begin, end), strict=True)
            changed = [(a, b) for a, b in pairs if theirs[a] != ours[b]]
            found += [_in_line(old, starts[a], theirs[a], ours[b]) for a, b in changed]
        elif tag != "equal":
            found.append(Edit(old.range(starts[first], starts[last]), "".join(ours[begin:end])))
    return found


def _lines(text: Text) -> list[str]:
    """Return the lines of a text with their line breaks."""
    starts = [text.line(number)[0] for number in range(text.lines)]
    return [text.text[start:end] for start, end in zip(starts, [*starts[1:], len(text.text)], strict=True)]


def _in_line(old: Text, start: int, before: str, after: str) -> Edit:
    """Return the edit of one changed line that starts at an offset."""
    if _break(before) != _break(after):  # no position lies between CR and LF
        return Edit(old.range(start, start + len(before)), after)
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    return Edit(old.range(start + head, start + len(before) - tail), after[head : len(after) - tail])


def _alike(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _break(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
