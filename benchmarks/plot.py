"""Cost against size as an SVG: two charts side by side, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.rows import Point

_WIDTH, _HEIGHT, _LEFT, _TOP, _BETWEEN, _EDGE = 300, 230, 64, 52, 96, 84
_COLOURS = {"yaml.load": "#8c8c8c", "plan": "#c2410c", "validate": "#1d4ed8"}
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#374151}.title{font-weight:600;font-size:13px}"
    ".grid{stroke:#e5e7eb}.axis{stroke:#9ca3af}.line{fill:none;stroke-width:2}"
)


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic scale from values to pixels; an axis with a negative `length` goes up."""

    low: float
    high: float
    start: float
    length: float

    @classmethod
    def around(cls, values: list[float], start: float, length: float) -> _Axis:
        """Return an axis that covers all values."""
        low, high = math.log10(min(values)), math.log10(max(values))
        room = max((high - low) * 0.06, 0.05)
        return cls(low - room, high + room, start, length)

    def at(self, value: float) -> float:
        return round(self.start + (math.log10(value) - self.low) / (self.high - self.low) * self.length, 1)

    def ticks(self) -> list[float]:
        """Return 1, 2 and 5 of every power of ten, or only 1 if the others would be too close."""
        steps = (1, 2, 5) if self.high - self.low < 2.2 else (1,)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        ticks = [step * 10.0**power for power in powers for step in steps]
        return [tick for tick in ticks if self.low <= math.log10(tick) <= self.high]


def svg(points: list[Point]) -> str:
    """Return both charts: CPU seconds and peak memory by seats."""
    right = _LEFT + _WIDTH + _BETWEEN
    width, height = right + _WIDTH + _EDGE, _TOP + _HEIGHT + 48
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        "<title>Cost against size</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *_chart(points, "CPU seconds", lambda point: point.cpu, _LEFT),
        *_chart(points, "Peak memory in MiB", lambda point: {k: v / 2**20 for k, v in point.peak.items()}, right),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _chart(points: list[Point], title: str, of: Callable[[Point], dict[str, float]], left: int) -> Iterator[str]:
    values = [value for point in points for value in of(point).values()]
    across = _Axis.around([point.seats for point in points], left, _WIDTH)
    up = _Axis.around(values, _TOP + _HEIGHT, -_HEIGHT)
    bottom, right = _TOP + _HEIGHT, left + _WIDTH
    yield f'<text class="title" x="{left}" y="{_TOP - 20}">{title}</text>'
    for tick in up.ticks():
        y = up.at(tick)
        yield f'<path class="grid" d="M{left} {y}H{right}"/>'
        yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>'
    for tick in across.ticks():
        yield f'<path class="grid" d="M{across.at(tick)} {_TOP}V{bottom}"/>'
        yield f'<text x="{across.at(tick)}" y="{bottom + 18}" text-anchor="middle">{_short(tick)}</text>'
    yield f'<path class="axis" fill="none" d="M{left} {_TOP}V{bottom}H{right}"/>'
    yield f'<text x="{left + _WIDTH / 2:g}" y="{bottom + 38}" text-anchor="middle">seats</text>'
    ends = _apart({name: up.at(of(points[-1])[name]) for name in _COLOURS})
    for name, colour in _COLOURS.items():
        places = [(across.at(point.seats), up.at(of(point)[name])) for point in points]
        path = " ".join(f"{x:g},{y:g}" for x, y in places)
        yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
        yield from (f'<circle cx="{x:g}" cy="{y:g}" r="3" fill="{colour}"/>' for x, y in places)
        yield f'<text x="{right + 2}" y="{ends[name] + 4:g}" style="fill:{colour}">{name}</text>'


def _apart(places: dict[str, float], room: float = 14) -> dict[str, float]:
    """Return the positions of the line labels: at the ends of the lines, but not overlapping."""
    found: dict[str, float] = {}
    for name, y in sorted(places.items(), key=lambda entry: entry[1]):
        found[name] = max(y, max(found.values(), default=y - room) + room)
    return found


def _short(number: float) -> str:
    for size, letter in ((1_000_000, " M"), (1000, " k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
