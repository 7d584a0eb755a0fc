"""The YAML language server of npm, started as an editor starts it, without a network."""

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
    """The server is installed, or the test is skipped and says why."""
    with one_at_a_time(_HERE):
        install(_HERE)


@asynccontextmanager
async def yaml_language_server(root: Path, schemas: dict[str, Any] | None = None) -> AsyncIterator[Editor]:
    """An editor with this server; schemas come from the files themselves, and from `schemas` (URI: patterns)."""
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
