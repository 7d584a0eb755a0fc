"""The tokens of an expression, and the limits that keep its evaluation short.

CEL itself has no loops but the macros over lists, and the library limits their iterations, but not the size of what
they build, nor the cost of comparing it. An expression within these limits is evaluated in well under a second.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

LONGEST = 2000
"""Characters of an expression."""

MACROS = ("all", "exists", "exists_one", "filter")
"""The macros that go through a list."""

_MOST_SUMS = 10
_MOST_MATCHES = 4
_DEEPEST = 2
_REFUSED = {
    "map": "write it with all, exists or filter",
    "dyn": "leave it out; the types of all variables are known",
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<raw>[bB]?[rR](?:\"\"\".*?\"\"\"|'''.*?'''|"[^"\n\r]*"|'[^'\n\r]*'))
    |(?P<text>[bB]?(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'))
    |(?P<name>[A-Za-z_]\w*)
    |(?P<number>0[xX][0-9a-fA-F]+[uU]?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[uU]?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<sign>&&|\|\||[=!<>]=|.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)

TokenKind: TypeAlias = Literal["text", "name", "number", "sign", "space"]
_KINDS: dict[str, TokenKind] = {
    "space": "space",
    "raw": "text",
    "text": "text",
    "name": "name",
    "number": "number",
    "sign": "sign",
}


class Token(NamedTuple):
    """A word, text, number or sign of an expression, with its offset in code points."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after it."""
        return self.start + len(self.text)


class Problem(NamedTuple):
    """A mistake in an expression, between two offsets, how to correct it, and the right name if it is misspelt."""

    message: str
    start: int
    end: int
    hint: str = ""
    replacement: str = ""


class Loop(NamedTuple):
    """A macro over a list: its name, the list if that is a variable, and its tokens within the parentheses."""

    macro: Token
    over: str | None
    body: tuple[Token, ...]


def tokens_of(source: str) -> list[Token]:
    """Return the tokens of an expression, without blanks and comments. Never fails: other characters are signs."""
    found = (Token(_KINDS[match.lastgroup or ""], match[0], match.start()) for match in _TOKEN.finditer(source))
    return [token for token in found if token.kind != "space"]


def names_of(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield every name with its dotted parts as one token (`person.email`), without called functions and macros."""
    index = 0
    while index < len(tokens):
        if tokens[index].kind == "name" and tokens[index].text != "in" and not _after_dot(tokens, index):
            last = index
            while last + 2 < len(tokens) and tokens[last + 1].text == "." and tokens[last + 2].kind == "name":
                last += 2
            if last + 1 < len(tokens) and tokens[last + 1].text == "(":
                last -= 2  # the last part is a function
            if last >= index:
                yield Token("name", "".join(token.text for token in tokens[index : last + 1]), tokens[index].start)
                index = last
        index += 1


def _after_dot(tokens: Sequence[Token], index: int) -> bool:
    """Return True for a part of something before it; a name may also begin with a dot of its own."""
    if index < 2 or tokens[index - 1].text != ".":  # noqa: PLR2004 - a part, a dot, a name
        return False
    before = tokens[index - 2]
    return before.text != "in" if before.kind in {"name", "text", "number"} else before.text in {")", "]", "}"}


def loops_of(tokens: Sequence[Token]) -> list[Loop]:
    """Return the macros over lists, in the order of the text."""
    return [
        Loop(token, _over(tokens, index), tuple(_within(tokens, index + 1)))
        for index, token in enumerate(tokens)
        if token.text in MACROS and _after_dot(tokens, index) and _called(tokens, index)
    ]


def _called(tokens: Sequence[Token], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].text == "("


def _over(tokens: Sequence[Token], index: int) -> str | None:
    """Return the variable before the macro at an index, None if something else is there."""
    first = index - 2
    while first >= 0 and tokens[first].kind == "name" and _after_dot(tokens, first):
        first -= 2
    words = tokens[max(first, 0) : index - 1]
    return "".join(token.text for token in words) if words and words[0].kind == "name" else None


def _within(tokens: Sequence[Token], opening: int) -> Iterator[Token]:
    """Yield the tokens between a parenthesis and the one that closes it."""
    depth = 0
    for token in tokens[opening:]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return
        yield token


def check_limits(source: str) -> Iterator[Problem]:
    """Yield what makes an expression too long or too expensive."""
    if len(source) > LONGEST:
        message = f"the expression has {len(source):,} characters; the limit is {LONGEST:,}"
        yield Problem(message, 0, len(source), "split the rule into several")
        return
    half = _SURROGATE.search(source)
    if half is not None:
        yield Problem("half of a character (a surrogate) is no text", half.start(), half.end(), "remove it")
        return
    tokens = tokens_of(source)
    for index, token in enumerate(tokens):
        if token.kind == "name" and token.text in _REFUSED and _called(tokens, index):
            yield Problem(f"{token.text} is not available in rules", token.start, token.end, _REFUSED[token.text])
    yield from _too_many(tokens, "+", _MOST_SUMS)
    yield from _too_many(tokens, "matches", _MOST_MATCHES)
    for loop in loops_of(tokens):
        yield from _in_loop(loop)


def _too_many(tokens: Sequence[Token], text: str, limit: int) -> Iterator[Problem]:
    found = [token for token in tokens if token.text == text]
    for token in found[limit : limit + 1]:
        message = f"an expression can contain {text} {limit} times, not {len(found)} times"
        yield Problem(message, token.start, token.end, "split the rule into several")


def _in_loop(loop: Loop) -> Iterator[Problem]:
    """Yield what a macro must not do for every item of a list."""
    for token in loop.body:
        if token.text == "+":
            message = f"+ is not available within {loop.macro.text}(…)"
            yield Problem(message, token.start, token.end, "compare without it, or move it out of the parentheses")
        elif token.text == "matches":
            message = f"matches is not available within {loop.macro.text}(…)"
            yield Problem(message, token.start, token.end, "use startsWith, endsWith or contains")
    for second in loops_of(loop.body):
        for third in loops_of(second.body)[:1]:
            message = f"{third.macro.text}(…) is the third macro within each other; the limit is {_DEEPEST}"
            yield Problem(message, third.macro.start, third.macro.end, "split the rule into several")
