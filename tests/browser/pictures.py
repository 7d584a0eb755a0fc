"""Generator of the pictures in the documentation, from the output of the commands on its pages.

    python -m tests.browser.pictures           write docs/images
    python -m tests.browser.pictures FOLDER    write each in light, in dark and for a narrow screen, for inspection

It needs Chromium, Node and a source of npm packages, like the tests of pages.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from string import Template
from struct import pack, unpack
from typing import Any
from zlib import crc32

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

from tests.browser.tools import look
from tests.console_blocks import ROOT, plain, run_page

IMAGES = ROOT / "docs" / "images"
_KEY = b"seatsync plan\0"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST = len(_SIGNATURE) + 25
"""The offset of the second chunk of a picture, after the header."""
_AROUND = Template(
    """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A comment</title><style>
body { margin: 0; padding: 1rem; font: 14px/1.5 system-ui, sans-serif; }
main { border: 1px solid #8886; border-radius: 6px; padding: 0 1rem 0.5rem; overflow-wrap: break-word; }
h3 { font-size: 1.25em; } h4 { font-size: 1em; margin: 1.5em 0 0.8em; }
code { font: 85% ui-monospace, monospace; background: #8883; border-radius: 6px; padding: 0.2em 0.4em; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { border: 1px solid #8886; padding: 6px 13px; }
pre { overflow: auto; } pre[lang=mermaid] { text-align: center; }
pre code { background: none; padding: 0; }
</style><main>$comment</main></html>
"""
)
"""The approximate page that a git host puts around a comment."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a file that the commands of a page write; `how` are the options of `look.mjs`."""

    name: str
    page: str
    file: str
    how: dict[str, Any] = field(default_factory=dict)


_CI, _CLASSIC, _COSTS = "examples/handover/seatsync-ci", "examples/classic", "examples/costs"
_DARK = {"scheme": "dark", "height": 720, "from": "#before-and-after", "opened": "#before-and-after details"}
PICTURES = (
    Picture("pull-request-comment", "pull-request", f"{_CI}/plan.md", {"width": 860}),
    Picture("pull-request-page", "pull-request", f"{_CI}/plan.html", {"width": 1040, "height": 1020}),
    Picture("checklist-page", "checklist", "runs/3/CHECKLIST.html", {"width": 1000, "height": 900}),
    Picture("notices-page", "notices", "examples/quickstart/mails.html", {"width": 1400, "height": 900}),
    Picture("usage-page", "usage", "examples/usage/usage.html", {"width": 960, "height": 410, "from": "#days"}),
    Picture("report-page", "reports", "examples/usage/usage.html", {"width": 960, "height": 1020}),
    Picture(
        "contracts-page",
        "contracts-and-cost",
        f"{_COSTS}/contracts.html",
        {"width": 960, "height": 330, "from": "#terms"},
    ),
    Picture("cost-page", "contracts-and-cost", f"{_COSTS}/cost.html", {"width": 960, "height": 900}),
    Picture("reclaim-page", "reclaim", "examples/unused-seats/reclaim.html", {"width": 1320, "height": 700}),
    Picture("plan-page", "show-a-plan", f"{_CLASSIC}/plan.html", {"width": 1040, "height": 900}),
    Picture("policy-page", "policy", "examples/quickstart/plan.html", {"width": 1040, "height": 960}),
    Picture("plan-page-dark", "show-a-plan", f"{_CLASSIC}/plan.html", {"width": 1040, **_DARK}),
)


def written(page: str, folder: Path) -> Path:
    """Run the commands of a page in a folder, and return the folder with the files that they write."""
    folder.mkdir(exist_ok=True)
    run_page(ROOT / "docs" / "how-to" / f"{page}.md", folder)
    return folder / "here"


def made_from(picture: Picture, files: Path) -> str:
    """Return the hash of the Markdown or JSON beside a picture's page, without its random parts."""
    beside = [(files / picture.file).with_suffix(ending) for ending in (".md", ".json")]
    text = next(file for file in beside if file.is_file()).read_text(encoding="utf-8")
    return sha256(plain(text).encode()).hexdigest()


def marked(png: bytes, text: str) -> bytes:
    """Return a picture with an embedded text chunk."""
    chunk = b"tEXt" + _KEY + text.encode()
    return png[:_FIRST] + pack(">I", len(chunk) - 4) + chunk + pack(">I", crc32(chunk)) + png[_FIRST:]


def mark_of(png: bytes) -> str:
    """Return the text embedded by `marked`. Raises `ValueError` if there is none, or if the picture is broken."""
    if not png.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    found, at = "", len(_SIGNATURE)
    while at < len(png):
        (size,) = unpack(">I", png[at : at + 4])
        chunk = png[at + 4 : at + 8 + size]
        if png[at + 8 + size : at + 12 + size] != pack(">I", crc32(chunk)):
            raise ValueError("a damaged PNG")
        found = chunk.removeprefix(b"tEXt" + _KEY).decode() if chunk.startswith(b"tEXt" + _KEY) else found
        at += 12 + size
    return found


def make(folder: Path, *, ways: bool) -> None:
    """Make all pictures in a folder; with `ways`, whole pages in light, dark and narrow."""
    with tempfile.TemporaryDirectory() as place:
        pages = {each.page for each in PICTURES}
        files = {page: written(page, Path(place) / page) for page in sorted(pages)}
        marks = {}
        jobs: list[dict[str, Any]] = []
        for each in PICTURES:
            file = _as_page(files[each.page] / each.file)
            for job in _ways(each, folder) if ways else [{**each.how, "png": str(folder / f"{each.name}.png")}]:
                jobs.append({"file": str(file), **job})
                marks[job["png"]] = made_from(each, files[each.page])
        look({"pictures": jobs}, Path(place))
    for name, mark in marks.items():
        png = Path(name)
        png.write_bytes(marked(png.read_bytes(), mark))
        sys.stdout.write(f"{png} ({png.stat().st_size:,} bytes)\n")


def _as_page(file: Path) -> Path:
    """Return the file to open: a comment rendered by GitHub's own parser."""
    if file.suffix == ".html":
        return file
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
    comment = github_flavored_markdown_to_html(file.read_text(encoding="utf-8"), options)
    page = file.with_name("comment.html")
    page.write_text(_AROUND.substitute(comment=comment), encoding="utf-8")
    return page


def _ways(picture: Picture, folder: Path) -> list[dict[str, Any]]:
    width = picture.how["width"]
    looks = {"light": ("light", width), "dark": ("dark", width), "narrow": ("light", 390)}
    return [
        {"png": str(folder / f"{picture.name}-{name}.png"), "scheme": scheme, "width": size}
        for name, (scheme, size) in looks.items()
    ]


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES, ways=len(sys.argv) > 1)
