"""How values are corrected when they are shown, and how a correction follows from what somebody measured. Pure.

What is shown = gain × measured + shift, for what was measured in [from_at, until_at). Readings themselves stay as they
were measured.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from hub.errors import Invalid
from hub.fields.charts.directions import mean_direction, sum_vectors, turn
from hub.texts.words import msgid

__all__ = [
    "SAME", "Correction", "Line", "correct", "correct_all", "estimate_jump", "line_at", "line_through",
    "overlay", "turn_through",
]  # fmt: skip

_LEAST_GAIN, _MOST_GAIN = 0.2, 5.0
_MOST_SHIFT = 100_000.0
# Two references of one vane that say turns further apart than twice this were not both read rightly.
_TURNS_APART = 30.0


@dataclass(frozen=True, slots=True)
class Line:
    """What is shown of a measured value: gain × measured + shift."""

    gain: float = 1.0
    shift: float = 0.0

    def shown(self, measured: float) -> float:
        """The value as it is shown."""
        return self.gain * measured + self.shift

    def after(self, first: "Line") -> "Line":
        """This correction of what another one shows already, as one."""
        return Line(self.gain * first.gain, self.gain * first.shift + self.shift)


SAME = Line()


@dataclass(frozen=True, slots=True)
class Correction:
    """One stretch of time of a sensor, and what is shown of what was measured in it; `until_at` None: up to now."""

    from_at: datetime
    until_at: datetime | None
    line: Line


def line_through(points: Sequence[tuple[float, float]]) -> Line:
    """The correction from reference values: (what the sensor said, what was right), one or more of them.

    One gives a shift; several the straight line of least squares. Raises Invalid where no sensible line follows.
    """
    if not points:
        raise Invalid(msgid("A calibration needs a value that was measured with something reliable."))
    means = [sum(column) / len(points) for column in zip(*points, strict=True)]
    spread = sum((said - means[0]) ** 2 for said, _ in points)
    gain = 1.0
    if len(points) > 1:
        if spread < 1e-9:
            raise Invalid(msgid("The two readings of the sensor are the same: the second must be at another value."))
        gain = sum((said - means[0]) * (right - means[1]) for said, right in points) / spread
    if not _LEAST_GAIN <= gain <= _MOST_GAIN:
        raise Invalid(msgid("These values do not fit together: please look whether they were typed rightly."))
    line = Line(round(gain, 6), round(means[1] - gain * means[0], 4))
    if abs(line.shift) > _MOST_SHIFT:
        raise Invalid(msgid("These values do not fit together: please look whether they were typed rightly."))
    return line


def turn_through(points: Sequence[tuple[float, float]]) -> Line:
    """The correction of a vane from reference directions: (what it said, what was right), one or more of them.

    A vane is turned, never stretched: the mean of the turns, the shorter way round. Raises Invalid for none, and for
    turns that do not fit together.
    """
    if not points:
        raise Invalid(msgid("A calibration needs a value that was measured with something reliable."))
    turns = [turn(said, right) for said, right in points]
    mean, _ = mean_direction(*sum_vectors((one, 1.0) for one in turns), len(turns))
    if any(abs(turn(mean, one)) > _TURNS_APART for one in turns):
        raise Invalid(msgid("These values do not fit together: please look whether they were typed rightly."))
    return Line(1.0, round(turn(0.0, mean), 4))


def overlay(known: Iterable[Correction], new: Correction) -> list[Correction]:
    """The stretches of a sensor when a new correction is laid over what is shown already; they never overlap."""
    result: list[Correction] = []
    covered: list[tuple[datetime, datetime | None]] = []
    for one in sorted(known, key=lambda one: one.from_at):
        for part in _split(one, new):
            inside = part.from_at >= new.from_at and (
                new.until_at is None or (part.until_at is not None and part.until_at <= new.until_at)
            )
            if inside:
                covered.append((part.from_at, part.until_at))
            result.append(replace(part, line=new.line.after(part.line)) if inside else part)
    result += [replace(new, from_at=begin, until_at=end) for begin, end in _holes(new, covered)]
    return sorted((one for one in result if one.line != SAME), key=lambda one: one.from_at)


def _split(one: Correction, new: Correction) -> list[Correction]:
    """A stretch cut where the new one begins and ends."""
    parts = [one]
    for cut in (new.from_at, new.until_at):
        last = parts[-1]
        if cut is not None and last.from_at < cut and (last.until_at is None or cut < last.until_at):
            parts[-1:] = [replace(last, until_at=cut), replace(last, from_at=cut)]
    return parts


def _holes(
    new: Correction, covered: Sequence[tuple[datetime, datetime | None]]
) -> list[tuple[datetime, datetime | None]]:
    holes: list[tuple[datetime, datetime | None]] = []
    at: datetime | None = new.from_at
    for begin, end in covered:
        if at is None:
            break
        if at < begin:
            holes.append((at, begin))
        at = end
    if at is not None and (new.until_at is None or at < new.until_at):
        holes.append((at, new.until_at))
    return holes


def line_at(corrections: Sequence[Correction], at: datetime) -> Line:
    """The correction of what was measured at an instant; `corrections` in the order of their beginning."""
    place = bisect_right(corrections, at, key=lambda one: one.from_at) - 1
    if place < 0:
        return SAME
    one = corrections[place]
    return one.line if one.until_at is None or at < one.until_at else SAME


def correct(corrections: Sequence[Correction], at: datetime, measured: float) -> float:
    """One value as it is shown."""
    return line_at(corrections, at).shown(measured)


def correct_all(
    corrections: Sequence[Correction], times_s: Sequence[int], values: Sequence[float | None]
) -> list[float | None]:
    """Values as they are shown; the times are seconds since 1970."""
    if not corrections:
        return list(values)
    begins = [one.from_at.timestamp() for one in corrections]
    ends = [one.until_at.timestamp() if one.until_at else float("inf") for one in corrections]
    shown: list[float | None] = []
    for time_s, value in zip(times_s, values, strict=True):
        place = bisect_right(begins, time_s) - 1
        within = place >= 0 and time_s < ends[place]
        shown.append(corrections[place].line.shown(value) if within and value is not None else value)
    return shown


def estimate_jump(
    before: Mapping[int, float], after: Mapping[int, float], near: Mapping[int, float | None]
) -> float | None:
    """By how much a series jumped when the sensor was replaced: hourly values of the last hours before and the first
    after, by the hour's number.

    Where neighbours are known their own change is taken off, otherwise hours of the same time of day are compared.
    None when there is too little to say.
    """
    against = [value - other for hour, value in before.items() if (other := near.get(hour)) is not None]
    since = [value - other for hour, value in after.items() if (other := near.get(hour)) is not None]
    if len(against) >= 3 and len(since) >= 3:
        return median(since) - median(against)
    by_hour: dict[int, list[float]] = {}
    for hour, value in before.items():
        by_hour.setdefault(hour % 24, []).append(value)
    jumps = [value - median(by_hour[hour % 24]) for hour, value in after.items() if hour % 24 in by_hour]
    return median(jumps) if len(jumps) >= 3 else None
