"""Letters that look like other letters, and which script a letter belongs to.

The table is for e-mail addresses, so it leads to the lower-case ASCII letter (or digit) that a reader would take the
other one for. Compatibility forms (full-width, mathematical, superscript) are not in it: NFKC takes care of them.
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category, name, normalize

_LOOK_LIKE: dict[str, str] = {
    # ASCII: what looks like it, in small letters (Cyrillic, Greek, Armenian, Latin beyond ASCII, others)
    "a": "аαɑᴀ",
    "b": "вьʙƅ",
    "c": "сϲᴄ",
    "d": "ԁᴅ",
    "e": "еҽεᴇ",
    "f": "ք",
    "g": "ցɡɢ",
    "h": "һнհʜ",
    "i": "іιıɩɪ",
    "j": "јϳյᴊ",
    "k": "кκᴋ",
    "l": "ӏʟ",
    "m": "мᴍ",
    "n": "пηոռɴ",
    "o": "оοօσס०০๐໐ᴏ",
    "p": "рρᴘ",
    "q": "ԛզգ",
    "r": "гʀɾ",
    "s": "ѕꜱ",
    "t": "тτᴛ",
    "u": "υսᴜ",
    "v": "ѵνᴠ",
    "w": "ѡԝωᴡ",
    "x": "хχ",
    "y": "уүγʏ",
    "z": "ᴢ",
    "3": "зӡ",
    "4": "ч",
    "6": "б",
}
_TABLE = str.maketrans({letter: ascii_ for ascii_, letters in _LOOK_LIKE.items() for letter in letters})
_DOT_ABOVE = "\u0307"  # on an i or j it shows nothing: the small form of the Turkish capital has it

_WIDTHS = ("FULLWIDTH", "HALFWIDTH")
_EAST_ASIAN = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)


def skeleton(text: str) -> str:
    """What a text looks like: two that look alike have the same skeleton. That of small ASCII letters is the text."""
    if text.isascii():
        return text
    plain = normalize("NFKC", text).casefold().translate(_TABLE)
    return normalize("NFC", plain.replace("i" + _DOT_ABOVE, "i").replace("j" + _DOT_ABOVE, "j"))


def mixed_scripts(text: str) -> tuple[str, ...]:
    """The scripts of a text, where they are more than one and do not go together; otherwise nothing.

    What is written in Japanese, Chinese or Korean goes together, with Latin letters too.
    """
    scripts = sorted({_script(char) for char in text if not char.isascii() and category(char) in _LETTERS})
    if any(char.isascii() and char.isalpha() for char in text):
        scripts = sorted({*scripts, "LATIN"})
    if len(scripts) < 2 or any(allowed.issuperset(scripts) for allowed in _EAST_ASIAN):  # noqa: PLR2004 - one is no mixture
        return ()
    return tuple(script.capitalize() for script in scripts)


_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo"})


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """The script of a letter: the first word of its name, once its width is set aside."""
    words = name(normalize("NFKC", char)[0], "UNNAMED").split()
    return words[1] if words[0] in _WIDTHS and len(words) > 1 else words[0]
