"""The YAML language server from npm, started as by an editor, without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.editor.client import Editor, editor
from tests.node_packages import install, one_at_a_time

_HERE = Path(__file__).parent
_SERVER = _HERE / "node_modules/yaml-language-server/bin/yaml-language-server"


def ready() -> None:
    """Install the server, or skip the test with the reason."""
    with one_at_a_time(_HERE):
        install(_HERE)


@asynccontextmanager
async def yaml_language_server(root: Path, schemas: dict[str, Any] | None = None) -> AsyncIterator[Editor]:
    """Return a client of this server; schemas come from the files themselves and from `schemas` (patterns by URI)."""
    settings = {
        "yaml": {
            "validate": True,
            "completion": True,
            "schemaStore": {"enable": False},
            "schemas": schemas or {},
        }
    }
    async with editor(["node", str(_SERVER), "--stdio"], root, settings=settings) as opened:
        yield opened
