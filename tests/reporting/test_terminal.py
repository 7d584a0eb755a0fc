from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from threading import Event

import pytest

from seatsync.reporting import terminal
from seatsync.reporting.terminal import Progress, Task, show_progress


def ticking(*moments: float) -> Callable[[], float]:
    left = iter(moments)
    return lambda: next(left)


def test_a_bar_is_redrawn_and_removed() -> None:
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


def test_a_bar_shows_what_the_next_item_waits_for() -> None:
    stream = StringIO()
    bar = Progress(stream, 60, 4, ticking(0.0))
    bar.step("one")
    bar.show("waits 45 s")
    bar.clear()
    assert stream.getvalue() == (
        "\r\x1b[K[######..................] 1/4 one\r\x1b[K[######..................] 1/4 waits 45 s\r\x1b[K"
    )


def test_no_terminal_no_bar() -> None:
    stream = StringIO()
    bar = Progress(stream, None, 0, ticking(0.0))
    bar.step("one")
    bar.show("two")
    bar.clear()
    assert stream.getvalue() == ""


def test_a_bar_of_nothing_is_full() -> None:
    stream = StringIO()
    Progress(stream, 80, 0, ticking(0.0)).step("x")
    assert stream.getvalue() == "\r\x1b[K[########################] 1/0 x"


class Screen(StringIO):
    """A terminal that signals every write."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = Event()

    def flush(self) -> None:
        self.drawn.set()


def test_a_long_task_is_shown_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "LONG", 0.0)
    screen = Screen()
    with show_progress(screen, 60, "reading the account"):
        assert screen.drawn.wait(60)
    told = screen.getvalue()
    assert told.startswith("\r\x1b[Kreading the account …")
    assert told.endswith("…\r\x1b[K")


def fails_after(screen: Screen) -> None:
    assert screen.drawn.wait(60)
    raise OSError("no")


def test_the_line_is_removed_if_the_task_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "LONG", 0.0)
    screen = Screen()
    with pytest.raises(OSError, match="no"), show_progress(screen, 60, "planning"):
        fails_after(screen)
    assert screen.getvalue().endswith("\r\x1b[K")


def test_a_short_task_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "LONG", 3600.0)
    screen = StringIO()
    with show_progress(screen, 60, "planning") as task:
        task.reached(1, 2)
    with show_progress(screen, None, "planning") as task:
        task.reached(1, 2)
    assert screen.getvalue() == ""


def test_a_closed_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Screen):
        def write(self, _: str) -> int:
            self.drawn.set()
            raise OSError

    monkeypatch.setattr(terminal, "LONG", 0.0)
    screen = Gone()
    with show_progress(screen, 60, "planning"):
        assert screen.drawn.wait(60)


def test_a_countable_task_has_a_bar() -> None:
    task = Task("reading the files")
    assert task.line(80) == "reading the files …"
    task.reached(3, 4)
    assert task.line(80) == "[##################......] 3/4 reading the files"
    assert task.line(12) == "[##########"
