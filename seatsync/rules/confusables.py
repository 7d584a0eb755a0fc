"""Confusable letters and the scripts of letters.

The table maps letters to the lower-case ASCII letters and digits that occur in e-mail addresses. It has no
compatibility forms (full-width, mathematical, superscript) because NFKC normalisation handles them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from unicodedata import category, normalize

_LOOK_LIKE: dict[str, str] = {
    # lower-case look-alikes: Cyrillic, Greek, Armenian, non-ASCII Latin, others
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
_DOT_ABOVE = "\u0307"  # invisible on an i or j; lower-casing the Turkish capital İ produces it

_WIDTHS = ("FULLWIDTH", "HALFWIDTH")
_EAST_ASIAN = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)


def skeleton(text: str) -> str:
    """Return a form of the text that is equal for all texts that look alike; lower-case ASCII is its own skeleton."""
    if text.isascii():
        return text
    plain = normalize("NFKC", text).casefold().translate(_TABLE)
    return normalize("NFC", plain.replace("i" + _DOT_ABOVE, "i").replace("j" + _DOT_ABOVE, "j"))


def mixed_scripts(text: str) -> tuple[str, ...]:
    """Return the scripts of a text if it mixes scripts, else an empty tuple.

    The scripts of Japanese, Chinese and Korean may be combined with each other's usual companions and with Latin.
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
    """Return the script of a letter: the first word of its Unicode name, ignoring its width."""
    words = unicodedata.name(normalize("NFKC", char)[0], "UNNAMED").split()
    return words[1] if words[0] in _WIDTHS and len(words) > 1 else words[0]
