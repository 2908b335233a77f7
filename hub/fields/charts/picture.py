"""A chart as lines on a sheet: what the server draws for the first sight, for paper, and for browsers without scripts.

Lengths are units of the picture's own, which is WIDTH wide; y grows downwards. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.fields.charts.columns import ChartData, Column
from hub.fields.charts.notes import Note, NoteKind
from hub.fields.charts.panels import Axis, Panel, Trace
from hub.fields.charts.series import Bucket, Series
from hub.fields.charts.ticks import Instant, plan_instants, plan_range, plan_values
from hub.fields.charts.windows import Window

__all__ = ["WIDTH", "Drawn", "DrawnNote", "Frame", "Mark", "Picture", "draw_picture", "draw_spark"]

WIDTH = 480
_MARGIN, _FOOT, _GAP = 48, 28, 28
_MAIN, _FURTHER = 200, 96
_HEAD = 18
# How far the slanted strokes of a stretch are apart.
_STROKES = 5.0
# North, east, south, west, and north again.
_COMPASS = (0.0, 90.0, 180.0, 270.0, 360.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series of a panel: its number, its dash pattern, and paths (empty where it has none)."""

    series: int
    dash: int
    line: str
    band: str
    bars: str
    dots: list[tuple[float, float]]
    end: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of a value axis: where, and which value."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A panel within the picture, from `top` to `bottom`; `marks` of each of its axes, `target` of the first."""

    top: float
    bottom: float
    marks: list[list[Mark]]
    drawn: list[Drawn]
    panel: Panel
    target: Mark | None = None


@dataclass(frozen=True, slots=True)
class DrawnNote:
    """A note at the foot of the first panel: its path (slanted strokes, dashes, a triangle) and where its number is."""

    kind: NoteKind
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template puts into an SVG."""

    height: float
    left: float
    right: float
    frames: list[Frame]
    instants: list[tuple[float, Instant]]
    notes: list[DrawnNote] = field(default_factory=list["DrawnNote"])


@dataclass(frozen=True, slots=True)
class _Sheet:
    times: Sequence[int]
    since: float
    length: float
    width_s: float
    left: float
    right: float

    def x(self, at: float) -> float:
        """Where an instant in Unix seconds stands."""
        return self.left + (at - self.since) / self.length * (self.right - self.left)


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        """Where a value stands."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def draw_picture(
    data: ChartData,
    series: Sequence[Series],
    panels: Sequence[Panel],
    window: Window,
    width: timedelta,
    zone: ZoneInfo,
    *,
    notes: Sequence[Note] = (),
) -> Picture:
    """The picture of some panels over a window, with what is to be known of it."""
    since, until = window.since, window.until
    right = WIDTH - (_MARGIN if any(len(panel.axes) > 1 for panel in panels) else 18)
    sheet = _Sheet(
        data.times, since.timestamp(), (until - since).total_seconds(), width.total_seconds(), _MARGIN, right
    )
    frames: list[Frame] = []
    top = float(_HEAD)
    for panel in panels:
        bottom = top + (_FURTHER if frames else _MAIN)
        frames.append(_frame(sheet, data, series, panel, top, bottom))
        top = bottom + _GAP
    instants = [(round(sheet.x(one.local.timestamp()), 1), one) for one in plan_instants(since, until, zone)]
    marked = [_note(sheet, one, frames[0].bottom) for one in notes] if frames else []
    return Picture(top - _GAP + _FOOT, _MARGIN, right, frames, instants, marked)


def draw_spark(buckets: Sequence[Bucket], since: datetime, until: datetime, width: float, height: float) -> str:
    """The path of a small line without axes over [since, until), broken at holes of three hours; empty when nothing."""
    if not buckets:
        return ""
    low, high = min(bucket.mean for bucket in buckets), max(bucket.mean for bucket in buckets)
    scale = _Scale(*plan_range(low, high, 1), 1, height - 1)
    length = (until - since).total_seconds()
    points = [((one.time - since).total_seconds() / length * width, scale.y(one.mean)) for one in buckets]
    breaks = {at for at, (a, b) in enumerate(pairwise(buckets), 1) if b.time - a.time > timedelta(hours=3)}
    return _path(points, breaks)


def _frame(sheet: _Sheet, data: ChartData, series: Sequence[Series], panel: Panel, top: float, bottom: float) -> Frame:
    scales: list[_Scale] = []
    for number, axis in enumerate(panel.axes):
        values = [value for trace in panel.traces if trace.axis == number for value in _extent(data, series, trace)]
        low, high = _range(axis, values)
        scales.append(_Scale(low, high, top, bottom))
    marks = [
        [Mark(round(scale.y(value), 1), value) for value in _values(axis, scale)]
        for scale, axis in zip(scales, panel.axes, strict=True)
    ]
    drawn = [_trace(sheet, data.columns[trace.series], series[trace.series], trace, scales) for trace in panel.traces]
    wanted = panel.axes[0].target
    target = None if wanted is None else Mark(round(scales[0].y(wanted), 1), wanted)
    return Frame(top, bottom, marks, drawn, panel, target)


def _note(sheet: _Sheet, note: Note, bottom: float) -> DrawnNote:
    left, right = sheet.x(note.since.timestamp()), sheet.x(note.until.timestamp())
    if note.kind == "work":
        path = f"M{left:.1f} {bottom - 10:.1f}l5 10h-10z"
    elif note.kind == "late":
        path = f"M{left:.1f} {bottom - 4:.1f}H{max(right, left + 3):.1f}"
    else:
        strokes = range(max(1, int((right - left) / _STROKES)))
        path = "".join(f"M{left + _STROKES * at:.1f} {bottom - 1:.1f}l4 -7" for at in strokes)
        path += f"M{left:.1f} {bottom - 8:.1f}H{max(right, left + 4):.1f}"
    return DrawnNote(note.kind, path, round((left + right) / 2, 1), round(bottom - 12, 1))


def _range(axis: Axis, values: Sequence[float]) -> tuple[float, float]:
    if axis.circle:
        return _COMPASS[0], _COMPASS[-1]
    seen = [*values, *([axis.target] if axis.target is not None else [])]
    return plan_range(min(seen, default=0), max(seen, default=1), axis.decimals, from_zero=axis.from_zero)


def _values(axis: Axis, scale: _Scale) -> Sequence[float]:
    return _COMPASS if axis.circle else plan_values(scale.low, scale.high, axis.decimals)


def _extent(data: ChartData, series: Sequence[Series], trace: Trace) -> list[float]:
    column = data.columns[trace.series]
    if trace.band and series[trace.series].kind == "line":
        return [value for value in (*column.min, *column.max) if value is not None]
    return [value for value in column.mean if value is not None]


def _trace(sheet: _Sheet, column: Column, series: Series, trace: Trace, scales: Sequence[_Scale]) -> Drawn:
    scale = scales[trace.axis]
    known = [(at, value) for at, value in zip(sheet.times, column.mean, strict=True) if value is not None]
    points = [(sheet.x(at), scale.y(value)) for at, value in known]
    if series.kind == "bars":
        return Drawn(trace.series, trace.dash, "", "", _bars(points, sheet, scale), [])
    if series.kind == "dots":
        return Drawn(trace.series, trace.dash, "", "", "", [(round(x, 1), round(y, 1)) for x, y in points])
    ends = [hole.since.timestamp() for hole in column.holes]
    breaks = {at for at in range(1, len(known)) if any(known[at - 1][0] <= end <= known[at][0] for end in ends)}
    alone = [points[at] for at in _lonely(len(points), breaks)]
    band = _band(sheet, column, scale, breaks) if trace.band else ""
    end = (round(points[-1][0], 1), round(points[-1][1] - 5, 1)) if points else None
    dots = [(round(x, 1), round(y, 1)) for x, y in alone]
    return Drawn(trace.series, trace.dash, _path(points, breaks), band, "", dots, end)


def _lonely(count: int, breaks: set[int]) -> list[int]:
    """Points between two holes, of which a line shows nothing."""
    edges = breaks | {0, count}
    return [at for at in range(count) if at in edges and at + 1 in edges]


def _path(points: Sequence[tuple[float, float]], breaks: set[int]) -> str:
    return "".join(f"{'M' if not at or at in breaks else 'L'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(points))


def _band(sheet: _Sheet, column: Column, scale: _Scale, breaks: set[int]) -> str:
    rows = [
        (sheet.x(at), scale.y(low), scale.y(high))
        for at, low, high in zip(sheet.times, column.min, column.max, strict=True)
        if low is not None and high is not None
    ]
    pieces: list[str] = []
    for first, last in pairwise([0, *sorted(breaks), len(rows)]):
        part = rows[first:last]
        over = [f"{x:.1f} {high:.1f}" for x, _, high in part]
        under = [f"{x:.1f} {low:.1f}" for x, low, _ in reversed(part)]
        if len(part) > 1:
            pieces.append(f"M{'L'.join(over + under)}Z")
    return "".join(pieces)


def _bars(points: Sequence[tuple[float, float]], sheet: _Sheet, scale: _Scale) -> str:
    half = max(0.4, sheet.width_s / sheet.length * (sheet.right - sheet.left) * 0.4)
    return "".join(
        f"M{x - half:.1f} {scale.bottom:.1f}V{y:.1f}H{x + half:.1f}V{scale.bottom:.1f}Z"
        for x, y in points
        if y < scale.bottom
    )
