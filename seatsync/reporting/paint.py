"""Colours on a terminal, or none."""

from typing import NamedTuple

_RESET = "\x1b[0m"


class Paint(NamedTuple):
    """Writes text in a colour where colours are on; `PLAIN` never does."""

    on: bool

    def bold(self, text: str) -> str:
        """What a paragraph is about."""
        return self._sgr("1", text)

    def dim(self, text: str) -> str:
        """What is there for those who look for it."""
        return self._sgr("2", text)

    def red(self, text: str) -> str:
        """Errors and removals."""
        return self._sgr("31", text)

    def green(self, text: str) -> str:
        """What is added, and what went well."""
        return self._sgr("32", text)

    def yellow(self, text: str) -> str:
        """Warnings and changes."""
        return self._sgr("33", text)

    def cyan(self, text: str) -> str:
        """Information, and what waits for people."""
        return self._sgr("36", text)

    def _sgr(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.on and text else text


PLAIN = Paint(on=False)
