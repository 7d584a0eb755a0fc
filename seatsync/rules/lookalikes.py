"""REF003: addresses that look alike, scripts that are mixed, and names that differ only in case.

The table maps letters to the lower-case ASCII letters and digits that occur in e-mail addresses. It has no
compatibility forms (full-width, mathematical, superscript) because NFKC normalisation handles them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import category, normalize

from seatsync.declaration.declared import Declaration
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.plain_text import listed
from seatsync.reading.tree import YamlMap

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


_A_LABEL = "xn--"


def lookalikes(declared: Declaration, day: str) -> Iterator[Finding]:
    """No address mixes scripts or looks like another one, and no two names differ only in case.

    What: The part before the `@`, and each label of the domain, uses the letters of one script (except Japanese,
    Chinese and Korean, which combine several). No two addresses with different letters look alike, such as a Latin and
    a Cyrillic a. Names of lists, of teams, of groups in a team, of products and of services differ in more than case.
    The finding is placed at the later of the two.

    Why: Reviewers mistake one for the other, and a seat or a role goes to a stranger.

    Source: seatsync

    Wrong:
        users:
          аna@acme.example: {}   # the first letter is Cyrillic

    Right:
        users:
          ana.silva@acme.example: {}
    """
    yield from _addresses(declared)
    yield from _same_but_for_case(((named.name, named.at) for named in declared.lists.values()), "list")
    yield from _same_but_for_case(((team.name, team.at) for team in declared.teams.values()), "team")
    for team in declared.teams.values():
        groups = ((group.name, group.at) for group in team.groups.values())
        yield from _same_but_for_case(groups, "group", ("team", team.name))
    yield from _same_but_for_case(_products(declared), "product")
    yield from _same_but_for_case(_services(declared), "service")


def _addresses(declared: Declaration) -> Iterator[Finding]:
    unusual = [user for user in declared.users if not user.isascii() or _A_LABEL in user]
    if not unusual:
        return
    rank = {user: place for place, user in enumerate(declared.users)}
    seen: dict[str, str] = {}
    reported: set[str] = set()
    for user in unusual:
        shown = _decoded(user)
        scripts = mixed_in(shown)
        looks = skeleton(shown)
        other = looks if looks.isascii() and looks in declared.users else seen.setdefault(looks, user)
        if scripts:
            reported.add(user)
            yield _mixed(declared, user, scripts, other)
        elif other != user and other not in reported:
            yield _alike(declared, *sorted((user, other), key=rank.__getitem__))


def mixed_in(address: str) -> tuple[str, ...]:
    """Return the scripts that are mixed in the part before the `@` or in one label of the domain."""
    local, _, domain = address.rpartition("@")
    return next(filter(None, map(mixed_scripts, (local, *domain.split(".")))), ())


def _decoded(user: str) -> str:
    """Return an identity with its domain decoded from punycode."""
    local, _, domain = user.rpartition("@")
    return f"{local}@{'.'.join(map(_label, domain.split('.')))}"


def _label(label: str) -> str:
    if not label.startswith(_A_LABEL):
        return label
    try:
        return label.removeprefix(_A_LABEL).encode().decode("punycode")
    except UnicodeError:
        return label


def _mixed(declared: Declaration, user: str, scripts: tuple[str, ...], other: str) -> Finding:
    twin = () if other == user else (Related(declared.users[other].at, "looks like this address"),)
    hint = "retype the address; if it is correct, confirm that in a comment next to it"
    return _finding(declared, user, f"{_written(declared, user)} mixes {listed(scripts)} letters", hint, twin)


def _alike(declared: Declaration, earlier: str, later: str) -> Finding:
    message = f"{_written(declared, later)} looks like {_written(declared, earlier)}, but is a different address"
    hint = "retype the address, or remove the wrong one"
    return _finding(declared, later, message, hint, (Related(declared.users[earlier].at, "looks like this address"),))


def _written(declared: Declaration, user: str) -> str:
    """Return an address as declared, followed by its ASCII form if its domain has other letters."""
    shown = declared.shown(user)
    return f"{shown} ({user})" if _A_LABEL in user and not shown.isascii() else shown


def _finding(declared: Declaration, user: str, message: str, hint: str, related: tuple[Related, ...]) -> Finding:
    at = declared.users[user].at
    return Finding("REF003", Severity.WARNING, message, at, hint=hint, related=related, things=(("user", user),))


def _same_but_for_case(names: Iterator[tuple[str, Location]], kind: str, *scope: tuple[str, str]) -> Iterator[Finding]:
    """Yield a finding for each name that differs from an earlier one only in case."""
    first: dict[str, tuple[str, Location]] = {}
    for name, at in names:
        earlier, place = first.setdefault(name.casefold(), (name, at))
        if earlier != name:
            yield Finding(
                "REF003",
                Severity.WARNING,
                f"{kind} {name} differs from {kind} {earlier} only in case",
                at,
                hint="use one spelling if they are the same; otherwise choose names that differ more",
                related=(Related(place, f"{kind} {earlier}"),),
                things=(*scope, (kind, name)),
            )


def _products(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """Yield each purchased product once; SEAT002 reports products that are only assigned."""
    seen: set[str] = set()
    for sub in declared.subscriptions.values():
        if sub.product not in seen and "product" not in sub.broken:
            seen.add(sub.product)
            yield sub.product, sub.node.value_at("product")
    for contract in declared.contracts.values():
        yield from _new_keys(contract.node.get("products"), seen)


def _services(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """Yield each service of the contracts once."""
    seen: set[str] = set()
    for contract in declared.contracts.values():
        yield from _new_keys(contract.node.get("services"), seen)


def _new_keys(section: object, seen: set[str]) -> Iterator[tuple[str, Location]]:
    if isinstance(section, YamlMap):
        for name in section:
            if name not in seen:
                seen.add(name)
                yield name, section.key_at(name)
