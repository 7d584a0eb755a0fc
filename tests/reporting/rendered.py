"""Markdown rendered by GitHub's own parser, and the references that GitHub would find in the result."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

_LOOKED_FOR = re.compile(
    r"""
    @\w                            # somebody is mentioned
  | (?<!\w)\#\d | \bGH-\d          # an issue
  | \b[0-9a-f]{7,40}\b             # a commit
  | :[\w+-]+:                      # an emoji
  | \bwww\. | ://                  # a link
    """,
    re.VERBOSE,
)


@dataclass
class Rendered(HTMLParser):
    """Rendered Markdown: tags, cells of tables, and text outside of code."""

    tags: set[str] = field(default_factory=set)
    cells: list[str] = field(default_factory=list)
    text: str = ""
    plain: str = ""
    _code: int = 0
    _cell: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(" ".join([tag, *(name for name, _ in attrs)]))
        if tag in {"code", "pre"}:
            self._code += 1
        if tag == "td":
            self._cell = True
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"code", "pre"}:
            self._code -= 1
        if tag == "td":
            self._cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell:
            self.cells[-1] += data
        if not self._code:
            self.plain += data

    @property
    def found(self) -> list[str]:
        """Texts that GitHub would turn into a mention, an issue, a commit, an emoji or a link."""
        return _LOOKED_FOR.findall(self.plain)


def rendered(markdown: str) -> Rendered:
    """Return the text as GitHub renders it, including raw HTML."""
    page = Rendered()
    page.feed(github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    page.close()
    return page
