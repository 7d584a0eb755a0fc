from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from seatsync.reporting.progress import Progress


def ticking(*moments: float) -> Callable[[], float]:
    left = iter(moments)
    return lambda: next(left)


def test_a_bar_is_drawn_over_itself_and_taken_away() -> None:
    stream = StringIO()
    bar = Progress(stream, 60, 4, ticking(0.0, 0.05, 1.0))
    bar.step("team design: one")
    bar.step("too soon to be drawn")
    bar.clear()
    bar.step("team design: " + "long " * 20)
    bar.clear()
    bar.clear()
    assert stream.getvalue() == (
        "\r\x1b[K[######..................] 1/4 team design: one"
        "\r\x1b[K"
        "\r\x1b[K[##################......] 3/4 team design: long long long "
        "\r\x1b[K"
    )


def test_no_terminal_no_bar() -> None:
    stream = StringIO()
    bar = Progress(stream, None, 0, ticking(0.0))
    bar.step("one")
    bar.clear()
    assert stream.getvalue() == ""


def test_a_bar_of_nothing_is_full() -> None:
    stream = StringIO()
    Progress(stream, 80, 0, ticking(0.0)).step("x")
    assert stream.getvalue() == "\r\x1b[K[########################] 1/0 x"
