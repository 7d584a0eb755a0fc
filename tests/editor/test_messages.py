"""Requests whose positions lie beyond the text, or beyond the numbers of the protocol, are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import validators
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import default_converter

from seatsync.lsp.messages import converter
from tests.commands.running import write
from tests.editor.client import editor, within
from tests.editor.repository import FILES

ASKED: dict[str, Callable[..., Any]] = {
    "hover": types.HoverParams,
    "completion": types.CompletionParams,
    "definition": types.DefinitionParams,
    "references": partial(types.ReferenceParams, context=types.ReferenceContext(include_declaration=True)),
    "prepare_rename": types.PrepareRenameParams,
    "rename": partial(types.RenameParams, new_name="x"),
}
INVALID = -32602
REFUSED = -32803


def answers(root: Path, line: Any, character: Any) -> dict[str, int | None]:  # noqa: ANN401 - also what is no number
    """Return the error code of each request at a position, None if it succeeds. Fails for one without an answer."""
    with validators.disabled():
        position = types.Position(line, character)
        area = types.Range(position, position)
    found: dict[str, int | None] = {}

    async def whole() -> None:
        async with editor(None, root) as e:
            e.open("people.yaml")
            document = types.TextDocumentIdentifier(e.uri("people.yaml"))
            actions = types.CodeActionParams(document, area, types.CodeActionContext([]))
            requests = {name: params(text_document=document, position=position) for name, params in ASKED.items()}
            for name, params in {**requests, "code_action": actions}.items():
                try:
                    await within(getattr(e.client, f"text_document_{name}_async")(params))
                    found[name] = None
                except JsonRpcException as error:
                    found[name] = error.code

    asyncio.run(whole())
    return found


@pytest.mark.parametrize(
    ("line", "character"),
    [(99, 0), (2, 9999), (2**32 - 1, 2**32 - 1), (-1, -1), (2.0, 10**400)],
    ids=["below the text", "right of its line", "4294967295", "-1", "endless"],
)
def test_positions_out_of_range_are_answered(tmp_path: Path, line: Any, character: Any) -> None:  # noqa: ANN401 - any number
    write(tmp_path, FILES)
    nothing_there = {**dict.fromkeys([*ASKED, "code_action"], None), "rename": REFUSED}
    assert answers(tmp_path.resolve(), line, character) == nothing_there


def test_parameters_of_another_type_are_answered_with_an_error(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    assert answers(tmp_path.resolve(), None, "x") == dict.fromkeys([*ASKED, "code_action"], INVALID)


def test_without_our_converter_the_numbers_are_refused() -> None:
    position = {"line": 2**32 - 1, "character": -1}
    assert converter().structure(position, types.Position) == types.Position(2**31 - 1, 0)
    with pytest.raises(Exception, match="Position"):
        default_converter().structure(position, types.Position)  # type: ignore[no-untyped-call]  # it has no types
