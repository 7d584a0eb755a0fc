from __future__ import annotations

import pytest

from seatsync.finding import Finding
from seatsync.reading import plain_text
from tests.reading.outline import rendered


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"\xef\xbb\xbfa", "a"),
        ("tab\there, é😀\r\nand\rso\n".encode(), "tab\there, é😀\r\nand\rso\n"),
        ("\u00a0\u00ad\u200d\u202e".encode(), "\u00a0\u00ad\u200d\u202e"),
    ],
)
def test_clean_text_passes(raw: bytes, text: str) -> None:
    assert plain_text.decode(raw, "f") == text


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"a\nb\xff", "YAML005 2:2-2:3: the file is not UTF-8 (save it as UTF-8)"),
        (b"\xff\xfea\x00", "YAML005 1:1-1:2: the file is not UTF-8 (save it as UTF-8 (this looks like UTF-16))"),
        (b"\xfe\xff\x00a", "YAML005 1:1-1:2: the file is not UTF-8 (save it as UTF-8 (this looks like UTF-16))"),
        (b"\xed\xa0\x80", "YAML005 1:1-1:2: the file is not UTF-8 (save it as UTF-8)"),
        ("é\r\né\x00".encode(), "YAML005 2:2-2:3: control character U+0000 is not allowed (remove it)"),
        (b"a\x0b\x1c\x00\x80", "YAML005 1:5-1:6: the file is not UTF-8 (save it as UTF-8)"),
        (b"\x7f", "YAML005 1:1-1:2: control character U+007F is not allowed (remove it)"),
        ("a\x85b".encode(), "YAML005 1:2-1:3: control character U+0085 is not allowed (remove it)"),
        ("\ufdd0".encode(), "YAML005 1:1-1:2: noncharacter U+FDD0 is not allowed (remove it)"),
        ("\U0001fffe".encode(), "YAML005 1:1-1:2: noncharacter U+1FFFE is not allowed (remove it)"),
        (
            "# a\u2028b".encode(),
            'YAML005 1:4-1:5: line separator U+2028 is not allowed (write it as "\\u2028", in double quotes)',
        ),
        (
            "\u2029".encode(),
            'YAML005 1:1-1:2: paragraph separator U+2029 is not allowed (write it as "\\u2029", in double quotes)',
        ),
        (
            "\ufeff\ufeff".encode(),
            "YAML005 1:1-1:2: byte order mark U+FEFF is not allowed (remove it, except at the start of a file)",
        ),
    ],
)
def test_bad_bytes_have_a_place(raw: bytes, says: str) -> None:
    found = plain_text.decode(raw, "f")
    assert isinstance(found, Finding)
    assert rendered([found]) == says


def test_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_text, "MAX_BYTES", 1024 * 1024)
    assert plain_text.decode(b" " * 1024 * 1024, "f") == " " * 1024 * 1024
    found = plain_text.decode(b" " * (1024 * 1024 + 1), "f")
    assert isinstance(found, Finding)
    assert rendered([found]) == "YAML005 1:1-1:1: the file is larger than 1 MiB (split it into several files)"


@pytest.mark.parametrize("value", ["", "a b", "\t\n", "\u2028", "\ufeff", "\u200b"])
def test_values_may_hold(value: str) -> None:
    assert plain_text.problem_in_value(value) is None


@pytest.mark.parametrize("value", ["\x00", "\r", "\x1b[31m", "\x9b", "\ud800", "\ufffe", "\U0010ffff"])
def test_values_may_not_hold(value: str) -> None:
    assert plain_text.problem_in_value(value) is not None
