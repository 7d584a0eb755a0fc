from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatsync.account import email
from seatsync.account.email import identity, problem
from tests.reading.corpora import ADDRESSES, NAUGHTY_STRINGS, needs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ana@acme.example", "ana@acme.example"),
        ("Ana@ACME.Example", "ana@acme.example"),
        ("ana+cad@acme.example", "ana+cad@acme.example"),
        ("o'neil_{x}@acme.example", "o'neil_{x}@acme.example"),
        ("a@x.co", "a@x.co"),
        ("A@1x.co", "a@1x.co"),
        ("straße@acme.example", "strasse@acme.example"),
        ("STRASSE@acme.example", "strasse@acme.example"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
        ("ana@xn--strae-oqa.example", "ana@xn--strae-oqa.example"),
        ("ana@XN--STRAE-OQA.example", "ana@xn--strae-oqa.example"),
        ("ana@strasse.example", "ana@strasse.example"),
        ("zo\u00eb@acme.example", "zo\u00eb@acme.example"),
        ("zoe\u0308@acme.example", "zo\u00eb@acme.example"),
        ("ZOE\u0308@acme.example", "zo\u00eb@acme.example"),
        ("\u212aim@acme.example", "kim@acme.example"),  # the Kelvin sign
        ("d\u0131m@acme.example", "d\u0131m@acme.example"),  # a dotless i is another letter
        ("ana@acme\u3002example", "ana@acme.example"),  # an ideographic full stop
        ("ana@host.local", "ana@host.local"),
        ("ana@Host.LOCAL", "ana@host.local"),
        ("Ana@x.test", "ana@x.test"),
        ("Ana@x.invalid", "ana@x.invalid"),
        ("ana@localhost", "ana@localhost"),
        ("用户@例子.测试", "用户@xn--fsqu00a.xn--0zwm56d"),
        (f"{'a' * 64}@acme.example", f"{'a' * 64}@acme.example"),
    ],
)
def test_identity(text: str, expected: str) -> None:
    assert identity(text) == expected
    assert problem(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "An address needs an @-sign between name and domain."),
        ("ana", "An address needs an @-sign between name and domain."),
        ("@acme.example", "There must be something before the @-sign."),
        ("ana@", "There must be something after the @-sign."),
        ("ana@acme", "The part after the @-sign is not valid. It should have a period."),
        ("ana@acme.example.", "An email address cannot end with a period."),
        ("ana..b@acme.example", "An email address cannot have two periods in a row."),
        ("an a@acme.example", "The email address contains invalid characters before the @-sign: SPACE."),
        (" ana@acme.example", "The email address contains invalid characters before the @-sign: SPACE."),
        ('"ana"@acme.example', "Quoting the part before the @-sign is not allowed here."),
        ("ana@[192.0.2.1]", "A bracketed IP address after the @-sign is not allowed here."),
        ("ana@a_b.example", "The part after the @-sign contains invalid characters: '_'."),
        ("ana@ac\u00adme.example", "The email address contains unsafe characters: SOFT HYPHEN."),
        ("ana@\u2024.local", "The part after the @-sign contains invalid characters: '\u2024'."),
        ("\ud800@acme.example", "The email address contains unsafe characters: U+D800."),
        ("ana\n@acme.example", "The email address contains invalid characters before the @-sign: U+000A."),
        (
            "Ana <ana@acme.example>",
            "A display name and angle brackets around the email address are not permitted here.",
        ),
        (f"{'a' * 65}@acme.example", "The part before the @-sign is too long: more than 64 bytes."),
        (f"{'é' * 33}@acme.example", "The part before the @-sign is too long: more than 64 bytes."),
        (
            f"ana@{'b' * 64}.example",
            "After the @-sign, periods cannot be separated by so many characters (1 character too many).",
        ),
        (f"ana@{'bcd.' * 63}example", "The email address is too long after the @-sign (6 characters too many)."),
        ("a" * 2000, "The address is too long: more than 254 characters."),
    ],
)
def test_no_address(text: str, expected: str) -> None:
    assert identity(text) is None
    assert problem(text) == expected


def test_the_longest_address() -> None:
    longest = "a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 57 + ".de"
    assert len(longest) == 254 - 1
    assert identity(longest) == longest
    assert identity("A" + longest[1:]) == longest
    assert identity("a" + longest.replace(".de", ".design")) is None


@given(
    st.text("az09.-_'+", min_size=1, max_size=8),
    st.lists(st.text("abxyz019-", min_size=1, max_size=6), min_size=1, max_size=4),
    st.sampled_from(["example", "local", "de", "d", "d1", "1", "xn--p1ai"]),
)
def test_the_short_way_and_the_long_way_agree(local: str, labels: list[str], ending: str) -> None:
    text = f"{local}@{'.'.join([*labels, ending])}"
    if email.is_plain(text):
        assert email._read(text) == (text, "")
    else:
        assert email._read(text)[0] in {None, text}


addresses = st.builds(
    "{}@{}".format,
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
    st.sampled_from(["acme.example", "STRASSE.example", "straße.example", "x.Local", "例子.测试", "localhost"]),
)


@given(addresses | st.emails() | st.text())
@example("ᾳ̈́@acme.example")
@example("İ@acme.example")
def test_an_identity_is_its_own_identity_and_no_input_is_too_strange(text: str) -> None:
    found = identity(text)
    assert (found is None) == bool(problem(text))
    if found is not None:
        assert identity(found) == found
        assert json.dumps(found, ensure_ascii=False) == f'"{found}"'  # which digests rely on
        assert found == unicodedata.normalize("NFC", found)
        for form in ("NFC", "NFD"):
            assert identity(unicodedata.normalize(form, text)) == found


@given(addresses | st.emails())
def test_case_does_not_tell_people_apart(text: str) -> None:
    local, _, domain = text.rpartition("@")
    found = identity(text)
    if found is not None:
        assert identity(f"{local.casefold()}@{domain}") == found
        assert identity(f"{local}@{domain.swapcase()}" if domain.isascii() else text) == found


def test_every_letter_folds_for_good() -> None:
    letters = (chr(code) for code in (*range(0x80, 0xD800), *range(0xE000, 0x1F000)))
    for letter in letters:
        if letter.isalpha() and letter.casefold() != letter:
            found = identity(f"a{letter}b@acme.example")
            assert found is not None
            assert identity(found) == found


@needs(ADDRESSES)
def test_official_test_suite() -> None:
    """Plainly invalid addresses of a public test suite are rejected, plainly valid ones accepted."""
    judged, taken = Counter[str](), Counter[str]()
    for case in ET.parse(ADDRESSES).getroot().iter("test"):  # noqa: S314 - a file of our own choosing
        address = case.findtext("address") or ""
        text = "".join(chr(ord(c) - 0x2400) if 0x2400 <= ord(c) < 0x2420 else c for c in address)
        category = case.findtext("category") or ""
        found = identity(text)
        assert found is None or identity(found) == found
        judged[category] += 1
        taken[category] += found is not None
    # Comments, quoting and bracketed numbers are legal in mail, but not supported here; one has no dot (test@io).
    assert {category: (taken[category], of) for category, of in judged.items()} == {
        "ISEMAIL_VALID_CATEGORY": (13, 14),
        "ISEMAIL_DNSWARN": (8, 8),
        "ISEMAIL_RFC5321": (0, 16),
        "ISEMAIL_RFC5322": (0, 30),
        "ISEMAIL_CFWS": (0, 10),
        "ISEMAIL_DEPREC": (0, 20),
        "ISEMAIL_ERR": (0, 66),
    }


@pytest.mark.parametrize("character", [*map(chr, range(32)), '"', "\\"], ids=ascii)
def test_identities_need_no_json_escapes(character: str) -> None:
    for text in (f"a{character}b@acme.example", f"{character}@acme.example", f"ana@ac{character}me.example"):
        assert identity(text) is None


@needs(NAUGHTY_STRINGS)
def test_naughty_strings_are_judged() -> None:
    for text in json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8")):
        for address in (text, f"{text}@acme.example", f"ana@{text}", f"ana@{text}.example"):
            assert (identity(address) is None) == bool(problem(address))


def test_plain_addresses_need_no_library() -> None:
    code = (
        "import sys; from seatsync.account import engine, access, mails; from seatsync.account.email import identity;"
        "assert identity('ana@acme.example'); assert not {'email_validator', 'idna'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@given(st.from_regex(email._PLAIN, fullmatch=True), st.randoms(use_true_random=False))
@example("a.b@xn--strae-oqa.example", None)
@example("k@acme.example", None)
@settings(max_examples=30)  # they take long to make
def test_capitals_of_plain_addresses_are_all_that_parsing_changes(text: str, chance: Random | None) -> None:
    """A short cut of `identity`: most addresses of exports are plain ASCII with capitals."""
    mixed = text.upper() if chance is None else "".join(chance.choice((each, each.upper())) for each in text)
    assert identity(mixed) == email._read(mixed)[0]
