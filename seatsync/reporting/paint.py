"""Terminal colours."""

from typing import NamedTuple

_RESET = "\x1b[0m"


class Paint(NamedTuple):
    """Colours text if they are enabled; `PLAIN` never does."""

    on: bool

    def bold(self, text: str) -> str:
        """Return text in bold, for headings."""
        return self._sgr("1", text)

    def dim(self, text: str) -> str:
        """Return dimmed text, for secondary details."""
        return self._sgr("2", text)

    def red(self, text: str) -> str:
        """Return red text, for errors and removals."""
        return self._sgr("31", text)

    def green(self, text: str) -> str:
        """Return green text, for additions and success."""
        return self._sgr("32", text)

    def yellow(self, text: str) -> str:
        """Return yellow text, for warnings and changes."""
        return self._sgr("33", text)

    def cyan(self, text: str) -> str:
        """Return cyan text, for information and steps that wait for people."""
        return self._sgr("36", text)

    def _sgr(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.on and text else text


PLAIN = Paint(on=False)
