"""The functions of expressions that rules need most, for the documentation and the language server.

CEL has more. `seatsync.expressions.tokens` lists what is refused.
"""

from typing import Final, Literal, NamedTuple, TypeAlias

Receiver: TypeAlias = Literal["text", "list", "value"]
"""What a function is called on: a text, a list, or nothing (it takes a value in brackets)."""


class Function(NamedTuple):
    """A function or macro: what it is called on, how a call is written, and what it returns."""

    name: str
    on: tuple[Receiver, ...]
    call: str
    description: str


FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function("size", ("text", "list"), "members.size()", "the number of entries of a list, or letters of a text"),
        Function("startsWith", ("text",), "group.startsWith('vault-')", "true if a text begins with another"),
        Function("endsWith", ("text",), "person.email.endsWith('.example')", "true if a text ends with another"),
        Function("contains", ("text",), "product.contains('LT')", "true if a text contains another"),
        Function("matches", ("text",), "group.matches('^[a-z-]+$')", "true if a regular expression (RE2) matches"),
        Function("exists", ("list",), "members.exists(m, m == 'a@b.example')", "true if an entry meets a condition"),
        Function("exists_one", ("list",), "products.exists_one(p, p == 'Vault')", "true if exactly one entry does"),
        Function("all", ("list",), "members.all(m, m.endsWith('@b.example'))", "true if every entry does"),
        Function("filter", ("list",), "products.filter(p, p != 'Vault')", "the entries that meet a condition"),
        Function("int", ("value",), "int('12')", "a value as a whole number"),
        Function("double", ("value",), "double(held) / 2.0", "a value as a number with a fraction"),
        Function("string", ("value",), "string(seats)", "a value as text"),
    )
}
"""The functions by name."""
