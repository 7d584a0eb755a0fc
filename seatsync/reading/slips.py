"""Common mistakes in YAML and CSV text, such as typos and characters from pasted text, with their remedies."""

import re
from datetime import date, timedelta
from typing import Final, NamedTuple

from seatsync.reading.plain_text import listed


class Slip(NamedTuple):
    """A slip in a text: where it starts and ends, what it is, and how to mend it."""

    start: int
    end: int
    problem: str
    hint: str


_MARKERS: Final = r"^(?:<{7}|\|{7}|={7}|>{7})(?: [^\r\n]*)?(?=\r?$)"
_CONFLICT: Final = "resolve the conflict, then delete the lines that begin with <<<<<<<, ======= and >>>>>>>"

_LINES_ABOVE: Final = 2
"""The lines above a syntax error that may have its cause: the parser notices some only at the next key."""

_QUOTE_WITHIN: Final = re.compile(
    r"""(?<![\w'"])(?P<quote>['"])(?P<before>[^'"\\\n]*)(?P=quote)(?=\w)"""
    r"""(?P<after>.{0,200}?)(?P=quote)(?= *(?:[,}\]#]|$))""",
    re.MULTILINE,
)
_TAB: Final = re.compile(r"^ *(\t)", re.MULTILINE)
NO_BREAK_SPACE: Final = "\u00a0"
_INDENTED: Final = re.compile(r"^ *(\u00a0)[^\n:#]*:(?= |$)", re.MULTILINE)
_COLON: Final = re.compile(r"^ *(?:- )?([A-Za-z_]+):(?=[\w\[{'\"])(?!//)", re.MULTILINE)
_DASH: Final = re.compile(r"^ *-(?=[\w'\"{\[])", re.MULTILINE)
_BLANKS: Final = {
    NO_BREAK_SPACE: "no-break space",
    "\u00ad": "soft hyphen",
    "\u2007": "figure space",
    "\u2009": "thin space",
    "\u200b": "zero-width space",
    "\u200c": "zero-width non-joiner",
    "\u200d": "zero-width joiner",
    "\u200e": "left-to-right mark",
    "\u200f": "right-to-left mark",
    "\u202f": "narrow no-break space",
    "\u2060": "word joiner",
    "\u3000": "ideographic space",
    "\ufeff": "byte order mark",
}
_BLANK: Final = f"[{''.join(_BLANKS)}]"
_BLANK_AS_SPACE: Final = re.compile(rf"(?:^ *|[:,\-\[{{\]}}] *)({_BLANK})", re.MULTILINE)
_ODD: Final = re.compile(f"{_BLANK}|[\u2018-\u201f\u00ab\u00bb]")
_COMMAS: Final = "separate the entries in brackets with commas"


def conflict_in(text: str) -> Slip | None:
    """Return the first marker of a merge conflict in a text."""
    if ">>>>>>>" not in text or not (text.startswith("<<<<<<<") or "\n<<<<<<<" in text):
        return None
    found = re.search(_MARKERS, text, re.MULTILINE)
    return None if found is None else Slip(*found.span(), "this is a merge conflict that is not resolved", _CONFLICT)


def slip_before(text: str, at: int, began: int | None = None) -> Slip | None:
    """Return the slip that is probably the cause of a syntax error in YAML at an offset.

    `began` is the start of what the parser was reading.
    """
    if began is not None and text[began] in "\"'" and not text[at:].strip():
        return Slip(began, began + 1, "this quote is never closed", "add the quote that closes it, or remove this one")
    opened = "" if began is None else text[began]
    if began is not None and opened in ("[", "{") and "\n" in text[began:at]:
        if _closed_below(text, began, at):
            if not text[text.rfind("\n", 0, at) + 1 : at].strip(" "):
                return Slip(at, at + 1, "a comma is missing before this", _COMMAS)
        elif not text.count({"[": "]", "{": "}"}[opened], began, at):
            return Slip(began, began + 1, f"this {opened} is never closed", "add the bracket that closes it")
    end = text.find("\n", at)
    lines = text[: len(text) if end < 0 else end].split("\n")[-_LINES_ABOVE - 1 :]
    window = "\n".join(lines)
    found = next(filter(None, (find(window) for find in (_tab, _blank_as_space, _quote_within, _no_space))), None)
    start = (len(text) if end < 0 else end) - len(window)
    return conflict_in(text) or (found and found._replace(start=start + found.start, end=start + found.end))


def _closed_below(text: str, began: int, at: int) -> bool:
    """Return True if a bracket is closed after an offset, by lines that are further in than its own."""
    line, here = (text.rfind("\n", 0, place) + 1 for place in (began, at))
    margin = len(text[line:began]) - len(text[line:began].lstrip(" "))
    closing = "]" if text[began] == "[" else "}"
    for each in text[here:].split("\n"):
        inside = each.lstrip(" ")
        if inside and len(each) - len(inside) <= margin and not inside.startswith(("#", closing)):
            return False
        if closing in inside.partition("#")[0]:
            return True
    return False


def _quote_within(text: str) -> Slip | None:
    found = _QUOTE_WITHIN.search(text)
    if found is None:
        return None
    quote, before, after = found.groups()
    inside, at = f"{before}{quote}{after}", found.end("before")
    other = '"' if quote == "'" else "'"
    mended = f"{other}{inside}{other}" if other not in inside else "'{}'".format(inside.replace("'", "''"))
    what = "apostrophe" if quote == "'" else "quote"
    return Slip(at, at + 1, f"this {what} ends the text", f"write {mended}")


def _tab(text: str) -> Slip | None:
    found = _TAB.search(text)
    return None if found is None else Slip(*found.span(1), "this line is indented with a tab", "indent with spaces")


def indented_by_blanks(text: str) -> Slip | None:
    """Return the no-break space before the first line that looks like a key indented with one."""
    found = _INDENTED.search(text) if NO_BREAK_SPACE in text else None
    return None if found is None else odd_character(text, found.start(1))


def _blank_as_space(text: str) -> Slip | None:
    found = _BLANK_AS_SPACE.search(text)
    return None if found is None else odd_character(text, found.start(1))


def odd_character(text: str, start: int = 0) -> Slip | None:
    """Return the first blank that is not a space, or typographic quote: they come from copied text."""
    found = _ODD.search(text, start)
    if found is None:
        return None
    name = _BLANKS.get(found[0], "typographic quote")
    instead = "a space" if found[0] in _BLANKS else "a straight quote, ' or \","
    hint = f"type {instead} instead, or remove it"
    return Slip(*found.span(), f"there is a {name} (U+{ord(found[0]):04X})", hint)


def _no_space(text: str) -> Slip | None:
    colon, dash = _COLON.search(text), _DASH.search(text)
    if colon is not None:
        return Slip(colon.end() - 1, colon.end(), "a colon after a key needs a space", f"write `{colon[1]}: …`")
    if dash is not None:
        return Slip(dash.end() - 1, dash.end(), "the dash of an item needs a space", "write `- …`")
    return None


# Addresses

_BETWEEN: Final = re.compile(r"[\s,;<>()\[\]\"']+")
_WITH_NAME: Final = re.compile(r"[^<>@]*<\s*(?:mailto:)?([^\s<>@]+@[^\s<>]+)\s*>")


def addresses_in(text: str) -> list[str]:
    """Return what looks like addresses in a text."""
    return [part for part in _BETWEEN.split(text) if "@" in part[1:-1]]


def not_an_address(text: str, key: str) -> tuple[str, str, str] | None:
    """Return what a text is instead of an address, the remedy, and the address if it is certain; None if unknown.

    `key` is that of a field for one person, "" in a list.
    """
    several = addresses_in(text)
    alone = _WITH_NAME.fullmatch(text.strip()) if "<" in text else None
    if alone is not None:
        return "is more than an e-mail address", f"write {alone[1]} alone", alone[1]
    if len(several) > 1:
        remedy = only_one(key) if key else "put a comma between them, or each in a line of its own"
        return f"is {len(several)} addresses", remedy, ""
    odd = odd_character(text)
    if odd is not None:
        return f"is not an e-mail address: it has {odd.problem.removeprefix('there is ')}", odd.hint, ""
    return None


def only_one(key: str) -> str:
    """Return the remedy for a field with several people that is for one."""
    others = ", and the others under `secondary_admins`" if key == "primary_admin" else ""
    return f"name one of them{others}"


# Dates

_NUMBERS: Final = re.compile(r"(\d{1,4})[-./ ]+(\d{1,2})[-./ ]+(\d{1,4})\.?(?:[T ]\d{1,2}:.*)?")
_IN_WORDS: Final = re.compile(r"(?:(\d{1,2})\.?[ -])?([A-Za-z]{3})[a-z]*\.?[ -](?:(\d{1,2}),? )?(\d{4})")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS: Final = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_SERIAL: Final = re.compile(r"[34567]\d{4}")
_FIRST_SERIAL: Final = date(1899, 12, 30)  # day 0 of spreadsheets
_CENTURY: Final = 100


def dates_in(text: str) -> list[str]:
    """Return the days that a text in another notation may stand for, as 2027-01-31; a day and month may be swapped."""
    text = text.strip()
    found: list[str | None] = []
    numbers, words = _NUMBERS.fullmatch(text), _IN_WORDS.fullmatch(text)
    if numbers is not None:
        one, two, three = numbers.groups()
        if len(one) > 2:  # noqa: PLR2004 - digits: a year
            found = [_day(int(one), int(two), int(three))]
        else:
            year = int(three) + (2000 if int(three) < _CENTURY else 0)
            found = [_day(year, int(two), int(one))]
            found += [_day(year, int(one), int(two))] if "." not in text else []
    elif words is not None and words[2].lower() in _MONTHS and (words[1] or words[3]):
        found = [_day(int(words[4]), _MONTHS.index(words[2].lower()) + 1, int(words[1] or words[3]))]
    elif (digits := _DIGITS.fullmatch(text)) is not None:
        found = [_day(*map(int, digits.groups()))]
    elif _SERIAL.fullmatch(text):
        found = [(_FIRST_SERIAL + timedelta(int(text))).isoformat()]
    return list(dict.fromkeys(filter(None, found)))


def how_to_write(text: str) -> str:
    """Return how to write a text that is not a date."""
    days = dates_in(text)
    if not days and _NUMBERS.fullmatch(text.strip()):
        return "there is no such day in the calendar"
    return f"write it as {listed(days or ['2026-12-31'], 'or')}" + (
        ", depending on which day you mean" if len(days) > 1 else ""
    )


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
