"""The difference of two texts as edits: lines that stay are not touched, and of a changed line only what changed is."""

from __future__ import annotations

from difflib import SequenceMatcher

from seatsync.editor.places import Edit, Text


def edits_between(old: Text, new: str) -> list[Edit]:
    """The edits that make one text of another, in order."""
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
    """The lines of a text with their breaks."""
    starts = [text.line(number)[0] for number in range(text.lines)]
    return [text.text[start:end] for start, end in zip(starts, [*starts[1:], len(text.text)], strict=True)]


def _in_line(old: Text, start: int, before: str, after: str) -> Edit:
    """What changes in one line."""
    if _break(before) != _break(after):  # no position is between the two characters of CR LF
        return Edit(old.range(start, start + len(before)), after)
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    return Edit(old.range(start + head, start + len(before) - tail), after[head : len(after) - tail])


def _alike(one: str, other: str) -> int:
    """With how many characters two texts begin alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _break(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
