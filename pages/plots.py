"""Plots as inline SVG, from numbers: they need no script and follow the page's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pages.html import Html, element, text

SIDE = 320.0
"""Pixels of a square plot without its margins."""
MARGIN = 40.0
ROW = 24.0
"""Height of a row of `intervals`."""
NAMES = 180.0
"""Width of the names before the rows."""
TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its bounds; without them only its dot is drawn."""

    name: str
    value: float
    low: float | None
    high: float | None
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.begin + share * (self.end - self.begin), 1)

    def ticks(self) -> list[float]:
        step = (self.high - self.low) / (TICKS - 1)
        return [self.low + n * step for n in range(TICKS)]


def scatter(points: Sequence[tuple[float, float]], *, top: float, across: str, up: str) -> Html:
    """Points from 0 to `top` both ways, with the line on which nothing moves."""
    x = _Scale(low=0, high=top, begin=MARGIN, end=MARGIN + SIDE)
    y = _Scale(low=0, high=top, begin=MARGIN + SIDE, end=MARGIN)
    dots = [_shape("circle", "dot", cx=x(one), cy=y(two), r=3) for one, two in points]
    same = _line("same", x(0), y(0), x(top), y(top))
    return _svg(
        f"{across} against {up}, {len(points)} conversations",
        2 * MARGIN + SIDE,
        *_across(x, y(0), across),
        *_up(y, x(0), up),
        same,
        *dots,
    )


def histogram(values: Sequence[float], *, across: str, bins: int = 21) -> Html:
    """How often each value comes, in an odd number of bins around 0."""
    most = max([1.0, *(abs(one) for one in values)])
    counts = [0] * bins
    for one in values:
        counts[min(bins - 1, int((one + most) / (2 * most) * bins))] += 1
    x = _Scale(low=-most, high=most, begin=MARGIN, end=MARGIN + SIDE)
    y = _Scale(low=0, high=max(counts), begin=MARGIN + SIDE, end=MARGIN)
    width = SIDE / bins
    bars = [
        _shape(
            "rect", "bar", x=round(MARGIN + n * width, 1), y=y(count),
            width=round(width - 1, 1), height=round(y(0) - y(count), 1),
        )
        for n, count in enumerate(counts)
    ]  # fmt: skip
    return _svg(
        f"{across}, {len(values)} conversations",
        2 * MARGIN + SIDE,
        *bars,
        *_across(x, y(0), across),
        *_up(y, x(-most), "conversations"),
    )


def intervals(rows: Sequence[Interval], *, across: str, band: float) -> Html:
    """A row a value, with its bounds; between `-band` and `band` it is nothing to worry about."""
    ends = [abs(one) for row in rows for one in (row.value, row.low, row.high) if one is not None]
    most = max([2 * band, *ends])
    x = _Scale(low=-most, high=most, begin=NAMES, end=NAMES + SIDE)
    bottom = MARGIN + ROW * len(rows)
    drawn = [
        _shape(
            "rect", "band", x=x(-band), y=MARGIN, width=x(band) - x(-band), height=bottom - MARGIN
        )
    ]
    for n, row in enumerate(rows):
        y = MARGIN + ROW * (n + 0.5)
        kind = "flagged" if row.flagged else "fine"
        drawn.append(_label(row.name, NAMES - 8, y + 4, "end"))
        if row.low is not None and row.high is not None:
            drawn.append(_line(kind, x(row.low), y, x(row.high), y))
        drawn.append(_shape("circle", kind, cx=x(row.value), cy=y, r=4))
    return _svg(
        f"{across}, {len(rows)} subgroups",
        bottom + MARGIN,
        *drawn,
        *_across(x, bottom, across),
        width=NAMES + SIDE + MARGIN,
    )


def _across(x: _Scale, at: float, title: str) -> list[Html]:
    found = [_line("axis", x.begin, at, x.end, at)]
    found += [_label(f"{one:.3g}", x(one), at + 16, "middle") for one in x.ticks()]
    return [*found, _label(title, (x.begin + x.end) / 2, at + 34, "middle")]


def _up(y: _Scale, at: float, title: str) -> list[Html]:
    found = [_line("axis", at, y.begin, at, y.end)]
    found += [_label(f"{one:.3g}", at - 6, y(one) + 4, "end") for one in y.ticks()]
    return [*found, _label(title, at, y.end - 12, "start")]


def _svg(label: str, height: float, *parts: Html, width: float = 2 * MARGIN + SIDE) -> Html:
    return element(
        "svg",
        element("title", text(label)),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        width=f"{width:g}",
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Html:
    return _shape("line", kind, x1=x1, y1=y1, x2=x2, y2=y2)


def _shape(tag: str, kind: str, **places: float) -> Html:
    return element(tag, class_=kind, **{name: f"{one:g}" for name, one in places.items()})


def _label(told: str, x: float, y: float, anchor: str) -> Html:
    return element("text", text(told), **{"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor})
