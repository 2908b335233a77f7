"""From the rows of a station to the values that a rule asks for, each at the moment of a reading. Pure.

1.  Only what came while it was news counts, also in a mean, a change or a sum: what comes late changes no value, so the
    order in which late things come makes no difference.
2.  A value over a window is only given where the window is known: its first reading no later, and no pause within it
    longer, than the rule's gap. A sum that must be *above* a limit needs none of that: what is missing can only add.
3.  Of two readings of one moment the first counts.
4.  What came with a file is history, even where its last line is of a minute ago.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.fields.imports.own_values import own_values
from hub.fields.thresholds.measures import MEASURES
from hub.fields.thresholds.rules import Rule

__all__ = [
    "CLOCK_SLACK", "Reading", "Sample", "is_live", "leave_out", "make_samples", "moments_of",
    "place_arrivals",
]  # fmt: skip

# The clocks of station and hub may differ by so much without anything being wrong.
CLOCK_SLACK = timedelta(minutes=2)
# From the time of receipt on a row to its being looked at: a transaction, and the flush of what is newest.
LOOKS_WITHIN = timedelta(minutes=2)
# What adding and taking away leaves behind is no measured value.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """What a station measured at one moment of the rule's quantities, in their order; None is what it did not.

    `received_at`: when it came, as far as that is known.
    """

    at: datetime
    received_at: datetime
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Sample:
    """One value that the rule decides upon."""

    at: datetime
    received_at: datetime
    value: float


def is_live(at: datetime, received_at: datetime, late_after: timedelta) -> bool:
    """Whether a reading came while it was news: neither long after it was measured nor before."""
    return -CLOCK_SLACK <= received_at - at <= late_after


def leave_out(
    readings: Iterable[Reading], quantities: Sequence[str], imported: Mapping[datetime, Collection[str]]
) -> list[Reading]:
    """The readings without the values that came with a file; `imported` names them by moment, `quantities` are the
    readings' own, in their order.
    """
    if not imported:
        return list(readings)
    return [
        replace(one, values=own_values(one.values, quantities, gone)) if (gone := imported.get(one.at)) else one
        for one in readings
    ]


def place_arrivals(
    readings: Iterable[Reading], seen_at: datetime | None, looked_at: datetime | None, now: datetime
) -> list[Reading]:
    """The readings with when each really came. Rows merge column by column and keep the time at which their first
    column came: a value that is new (after `seen_at`) on a row that came long before all were last looked at
    (`looked_at`) comes only now.
    """
    if looked_at is None:
        return list(readings)
    return [
        replace(one, received_at=now)
        if one.received_at < looked_at - LOOKS_WITHIN and (seen_at is None or one.at > seen_at)
        else one
        for one in readings
    ]


def make_samples(rule: Rule, readings: Iterable[Reading], late_after: timedelta) -> list[Sample]:
    """The samples of some readings, oldest first, whatever order the readings are in."""
    live = list(_live(rule, readings, late_after))
    match rule.how:
        case "value":
            return live
        case "mean":
            return list(_means(rule, live))
        case "change":
            return list(_changes(rule, live))
        case "sum":
            return list(_sums(rule, live))


def moments_of(rule: Rule, readings: Iterable[Reading], late_after: timedelta) -> list[datetime]:
    """The moments of the readings of which samples are made, oldest first, also of those that give none yet."""
    return [sample.at for sample in _live(rule, readings, late_after)]


def _live(rule: Rule, readings: Iterable[Reading], late_after: timedelta) -> Iterator[Sample]:
    measure, before = MEASURES[rule.measure], None
    for reading in sorted(readings, key=lambda one: (one.at, one.received_at)):
        values = [value for value in reading.values if value is not None]
        if len(values) < len(reading.values) or reading.at == before:
            continue
        if is_live(reading.at, reading.received_at, late_after):
            before = reading.at
            yield Sample(reading.at, reading.received_at, measure.of(values))


def _windows(rule: Rule, live: Sequence[Sample]) -> Iterator[tuple[Sample, deque[Sample], float, bool]]:
    """For each sample those of its window, their sum, and whether the window is known."""
    inside: deque[Sample] = deque()
    total, unknown_before = 0.0, live[0].at if live else None
    for sample in live:
        if inside and sample.at - inside[-1].at > rule.gap:
            unknown_before = sample.at
        inside.append(sample)
        total += sample.value
        while inside[0].at <= sample.at - rule.window:
            total -= inside.popleft().value
        start = sample.at - rule.window
        is_known = unknown_before is not None and unknown_before <= start + rule.gap
        yield sample, inside, total, is_known


def _means(rule: Rule, live: Sequence[Sample]) -> Iterator[Sample]:
    for sample, inside, total, is_known in _windows(rule, live):
        if is_known:
            yield Sample(sample.at, sample.received_at, round(total / len(inside), _DIGITS))


def _sums(rule: Rule, live: Sequence[Sample]) -> Iterator[Sample]:
    for sample, _inside, total, is_known in _windows(rule, live):
        if is_known or rule.side == "above":
            yield Sample(sample.at, sample.received_at, round(total, _DIGITS))


def _changes(rule: Rule, live: Sequence[Sample]) -> Iterator[Sample]:
    """The change since the reading that is nearest to the window's beginning, if one is near enough."""
    start = 0
    for number, sample in enumerate(live):
        aim = sample.at - rule.window
        while start + 1 < number and abs(live[start + 1].at - aim) <= abs(live[start].at - aim):
            start += 1
        if start < number and abs(live[start].at - aim) <= rule.gap:
            yield Sample(sample.at, sample.received_at, sample.value - live[start].value)
