"""Requests whose positions lie beyond the text, or beyond the numbers of the protocol, are answered."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.protocol import default_converter

from seatsync.lsp.messages import converter
from tests.commands.running import write
from tests.editor.client import SEATSYNC
from tests.editor.repository import FILES

REPOSITORY = Path(__file__).parents[2]
REQUESTS: dict[str, dict[str, Any]] = {
    "hover": {},
    "completion": {},
    "definition": {},
    "references": {"context": {"includeDeclaration": True}},
    "prepareRename": {},
    "rename": {"newName": "x"},
    "codeAction": {"context": {"diagnostics": []}},
}
INVALID = -32602
REFUSED = -32803


def answers(root: Path, position: dict[str, Any]) -> dict[str, Any]:
    """Return the error code of each request at a position, None if it succeeds; requests without answer are missing."""
    uri = (root / "people.yaml").as_uri()
    document = {"uri": uri, "languageId": "yaml", "version": 1, "text": FILES["people.yaml"]}
    place = {"textDocument": {"uri": uri}, "position": position, "range": {"start": position, "end": position}}
    requests: list[dict[str, Any]] = [
        {"id": name, "method": f"textDocument/{name}", "params": place | more} for name, more in REQUESTS.items()
    ]
    sent = [
        {"id": "start", "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"method": "textDocument/didOpen", "params": {"textDocument": document}},
        *requests,
        {"id": "end", "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in sent]
    given = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(SEATSYNC, input=given, capture_output=True, cwd=root, env=environment, check=True)
    received = [json.loads(part.rpartition(b"}")[0] + b"}") for part in ended.stdout.split(b"\r\n\r\n")[1:]]
    return {each["id"]: each.get("error", {}).get("code") for each in received if each.get("id") in REQUESTS}


@pytest.mark.parametrize(
    "position",
    [
        {"line": 99, "character": 0},
        {"line": 2, "character": 9999},
        {"line": 2**32 - 1, "character": 2**32 - 1},
        {"line": -1, "character": -1},
        {"line": 2.0, "character": 10**400},
    ],
    ids=["below the text", "right of its line", "4294967295", "-1", "endless"],
)
def test_positions_out_of_range_are_answered(tmp_path: Path, position: dict[str, Any]) -> None:
    write(tmp_path, FILES)
    nothing_there = {**dict.fromkeys(REQUESTS, None), "rename": REFUSED}
    assert answers(tmp_path.resolve(), position) == nothing_there


def test_parameters_of_another_type_are_answered_with_an_error(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    found = answers(tmp_path.resolve(), {"line": None, "character": "x"})
    assert found == dict.fromkeys(REQUESTS, INVALID)


def test_without_our_converter_the_numbers_are_refused() -> None:
    position = {"line": 2**32 - 1, "character": -1}
    assert converter().structure(position, types.Position) == types.Position(2**31 - 1, 0)
    with pytest.raises(Exception, match="Position"):
        default_converter().structure(position, types.Position)  # type: ignore[no-untyped-call]  # it has no types
