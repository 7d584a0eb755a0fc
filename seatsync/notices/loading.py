"""Loading templates into the sandbox: parsed, charged, compiled."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound

from seatsync.notices.sandbox import Sandbox, with_charges


def sandbox_of(found: Callable[[str], tuple[str, str | None]], seconds: Callable[[], float]) -> Sandbox:
    """Return the sandbox of some templates. `found` returns the file and the source (None: none) of a name."""
    return Sandbox(seconds, loader=_Loader(found), auto_reload=False)


class _Loader(BaseLoader):
    def __init__(self, found: Callable[[str], tuple[str, str | None]]) -> None:
        self._found = found

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> Template:
        """Parse and compile a template. Its file name is the one of the repository, for messages."""
        file, source = self._found(name)
        if source is None:
            raise TemplateNotFound(name.removesuffix("#html").rpartition("/")[2])
        tree = with_charges(environment.parse(source, name, file))
        code = environment.compile(tree, name, file)
        return environment.template_class.from_code(environment, code, globals or {})
