"""Page, data and plot of given results."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import report
from benchmarks.measure import Failed, Ratio
from benchmarks.plot import svg
from benchmarks.rows import PROMISES, Measured, Point, Results


def results() -> Results:
    measured = {
        "plan": Measured(Ratio(0.656, 0.64, 0.7, 7), "base: 6 s CPU"),
        "plan memory": Measured(Ratio(1.2, 1.2, 1.2, 7)),
        "difference": Measured(Ratio(151.2, 149.0, 160.0, 3), "9 seats"),
        "octodns": Measured(None, "the tool was not installed"),
    }
    points = [
        Point(seats, {"yaml.load": seats / 3e4, "plan": seats / 1e5, "validate": seats / 2e5}, PEAKS)
        for seats in (3000, 30_000)
    ]
    return Results(30_000, measured, points)


NAMES = ("yaml.load", "plan", "validate")
PEAKS = dict.fromkeys(NAMES, 2e7)

TABLE = """\
| what | must | goal | measured | lowest–highest | must met | goal met | |
|---|---|---|---|---|---|---|---|
| `plan` from cold, whole process, CPU | ≤ 0.95 × base | ≤ 0.6 | **0.66** | 0.64–0.70 | yes | **no** | base: 6 s CPU |
| `plan` from cold, peak memory | ≤ 1.1 × base | ≤ 0.95 | **1.20** | 1.20–1.20 | **no** | **no** |  |
| difference of two states alone: DeepDiff of the same | ≥ 100 × | ≥ 200 | **151** | 149–160 | yes | **no** | 9 seats |
| octodns dry run, CPU per record: `plan`, CPU per seat | ≥ 30 × | ≥ 60 | – | – | – | – | the tool was not installed |
"""


def test_the_table() -> None:
    assert report.table(results()) == TABLE


def test_page_describes_the_measurement() -> None:
    page = report.page(results(), (7, 3), "a machine (2 cores)", "2026-06-15")
    assert page.startswith("# Benchmarks\n\n`make bench` wrote this page on 2026-06-15, on\na machine (2 cores).\n")
    assert "30,000 direct seats, 10,000 people and 10,000 memberships in 50 files" in page
    assert TABLE in page
    assert page.endswith("| 30,000 | 1.00 s | 0.30 s | 0.15 s | 19 MiB | 19 MiB | 19 MiB |\n")


@pytest.mark.parametrize(
    ("value", "text"), [(280.4, "280"), (12.34, "12.3"), (1.234, "1.23"), (0.1, "0.10"), (0.0161, "0.016")]
)
def test_as_many_digits_as_say_something(value: float, text: str) -> None:
    assert report.number(value) == text


def test_the_data_holds_promise_and_ratio() -> None:
    document = json.loads(report.document(results(), (7, 3), "a machine", "2026-06-15"))
    assert document["rows"][0] == {
        "key": "plan",
        "what": "`plan` from cold, whole process, CPU",
        "must": 0.95,
        "goal": 0.6,
        "bound": "at most",
        "unit": "× base",
        "remark": "base: 6 s CPU",
        "ratio": {"median": 0.656, "low": 0.64, "high": 0.7, "rounds": 7},
        "day": "2026-06-15",
    }
    assert document["rows"][-1]["ratio"] is None
    assert [point["seats"] for point in document["points"]] == [3000, 30_000]


def test_rows_of_an_earlier_run_are_kept_with_their_day(tmp_path: Path) -> None:
    (tmp_path / report.DATA).write_text(report.document(results(), (7, 3), report.machine(), "2026-06-15"))
    newer = Results(30_000, {"plan": Measured(Ratio(0.5, 0.4, 0.6, 5), "base: 5 s CPU")})
    report.keep(newer, tmp_path)
    assert newer.points == results().points
    assert report.table(newer) == TABLE.replace(
        "**0.66** | 0.64–0.70 | yes | **no** | base: 6 s CPU", "**0.50** | 0.40–0.60 | yes | yes | base: 5 s CPU"
    ).replace("**no** |  |", "**no** | measured on 2026-06-15 |").replace("9 seats", "9 seats; measured on 2026-06-15")


def test_rows_of_another_size_are_not_kept(tmp_path: Path) -> None:
    (tmp_path / report.DATA).write_text(report.document(results(), (7, 3), report.machine(), "2026-06-15"))
    with pytest.raises(Failed, match="30000 seats"):
        report.keep(Results(300_000), tmp_path)


def test_the_plot_has_a_line_for_each_in_both_charts() -> None:
    picture = ET.fromstring(svg(results().points))  # noqa: S314 - our own
    lines = picture.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2 * len(NAMES)
    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"CPU seconds", "Peak memory in MiB", "5 k", "20 k", *NAMES} <= set(texts)


def test_files_are_written(tmp_path: Path) -> None:
    report.write(results(), (7, 3), tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [report.DATA, report.PAGE, report.PLOT]


def test_every_promise_has_one_name() -> None:
    keys = [promise.key for promise in PROMISES]
    assert len(keys) == len(set(keys))
