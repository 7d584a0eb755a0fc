"""The pictures in the documentation match the current output of the commands beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.pictures import IMAGES, PICTURES, made_from, mark_of, marked, written
from tests.console_blocks import ROOT, missing_library

_PAGES = sorted({each.page for each in PICTURES})
_MOST = 200_000  # bytes


@pytest.mark.parametrize("page", _PAGES)
def test_a_picture_is_of_the_plan_that_its_page_makes(page: str, tmp_path: Path) -> None:
    library = missing_library(ROOT / "docs" / "how-to" / f"{page}.md")
    if library is not None:
        pytest.skip(f"{library}, of an extra, is not installed")
    files = written(page, tmp_path)
    shown = {each.name: made_from(each, files) for each in PICTURES if each.page == page}
    there = {name: mark_of((IMAGES / f"{name}.png").read_bytes()) for name in shown}
    assert there == shown, "run: python -m tests.browser.pictures"


def test_every_picture_is_made_here_shown_on_its_page_and_small() -> None:
    assert {file.stem for file in IMAGES.iterdir()} == {each.name for each in PICTURES}
    for each in PICTURES:
        text = (ROOT / "docs" / "how-to" / f"{each.page}.md").read_text(encoding="utf-8")
        assert f"](../images/{each.name}.png)" in text
        assert (IMAGES / f"{each.name}.png").stat().st_size < _MOST


def test_a_broken_picture_is_noticed() -> None:
    png = (IMAGES / f"{PICTURES[0].name}.png").read_bytes()
    assert mark_of(marked(png, "of another plan")) == mark_of(png)  # preceded by a new one
    for broken in (b"", png[1:], png.replace(b"IHDR", b"IHDX")):
        with pytest.raises(ValueError, match="PNG"):
            mark_of(broken)
