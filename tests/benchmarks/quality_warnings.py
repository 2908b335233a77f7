"""What farmers would have been told in the replayed year: warnings decided reading by reading around every fault, with
what was known of the sensor at that moment, and held against the same warnings over what was really so.

A warning is false where the truth was not beyond its limit when it was told. The limits are set by each station's own
year, so that each warning is near to being told on many days.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hub.fields.quality.states import Verdict
from hub.fields.thresholds.deciding import Circumstances, Open, State, decide
from hub.fields.thresholds.measures import MEASURES, Measure
from hub.fields.thresholds.rules import Rule
from hub.fields.thresholds.samples import Reading, Sample, make_samples
from hub.fields.thresholds.sensors import SensorWord, word_of, worst_word
from tests.benchmarks.quality_faults import BEGIN_S, DAY_S, HOUR_S, Fault, Feed
from tests.benchmarks.quality_world import STEP_S, Station

_ZONE = ZoneInfo("Asia/Tokyo")
_LATE_AFTER = timedelta(minutes=15)
# A worker looks within seconds of a reading's coming.
_LOOKS_S = 2
_BEFORE_S = 2 * DAY_S
# Of those that a fault touches so many are tried, drawn by lot: all of them would take an hour.
_MOST_RULES = 5
# Two readings: the truth's own beginning and end are known to no more than that.
_EDGE = timedelta(minutes=10)
_FAR = datetime(2100, 1, 1, tzinfo=UTC)

# By the year's quantile at which the limit lies: what farmers ask for, in each of its forms.
_ASKED: tuple[tuple[float, Rule], ...] = (
    (0.1, Rule("*", "below", 0.0)),
    (0.9, Rule("*", "above", 0.0, hold_min=30)),
    (0.1, Rule("*", "below", 0.0, hold_min=120)),
    (0.9, Rule("*", "above", 0.0, how="mean", window_h=6)),
    (0.1, Rule("*", "below", 0.0, how="mean", window_h=24)),
    (0.95, Rule("*", "above", 0.0, how="change", window_h=3)),
)
_RAIN: tuple[tuple[float, Rule], ...] = (
    (0.95, Rule("rainfall", "above", 0.0, how="sum", window_h=24)),
    (0.3, Rule("rainfall", "below", 0.0, how="sum", window_h=72)),
)

Spans = Mapping[tuple[int, str], tuple[Sequence[int], Sequence[Verdict]]]
"""By station and quantity: from when on (seconds since 1970) it was judged how."""


@dataclass
class Outcome:
    """By fault: warnings told while it was so, warnings that the truth would have told and nobody did, false ones."""

    told: Counter[str] = field(default_factory=Counter[str])
    withheld: Counter[str] = field(default_factory=Counter[str])
    false: Counter[str] = field(default_factory=Counter[str])
    which: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class _Told:
    """`now`: when; `since_at` and `over_at`: of what was so from when until when."""

    now: datetime
    since_at: datetime
    over_at: datetime


def _rules_of(station: Station) -> list[Rule]:
    """Each form of each measure of the station, its limit from its own year."""
    rules: list[Rule] = []
    for measure in MEASURES.values():
        if measure.name in {"battery_voltage", "vpd"} or not all(
            name in station.columns for name in measure.quantities
        ):
            continue
        forms = _RAIN if measure.name == "rainfall" else _ASKED
        for share, form in forms:
            limit = float(np.quantile(_values(station, form, measure), share))
            rules.append(_with(form, measure.name, limit, measure.hysteresis))
    return rules


def _with(form: Rule, measure: str, limit: float, hysteresis: float) -> Rule:
    return Rule(
        measure, form.side, limit, how=form.how, window_h=form.window_h, hysteresis=hysteresis, hold_min=form.hold_min
    )


def _values(station: Station, form: Rule, measure: Measure) -> NDArray[np.float64]:
    """The year's values that a form looks at, near enough to place a limit among them."""
    every = 12 if len(measure.quantities) == 1 else 60
    if measure.name == "rainfall":
        fallen = np.cumsum(station.columns["rainfall"])
        width = form.window_h * HOUR_S // STEP_S
        sums: NDArray[np.float64] = fallen[width:] - fallen[:-width]
        return sums[sums > 0]
    columns = [station.columns[name][::every].tolist() for name in measure.quantities]
    values = np.array([measure.of(row) for row in zip(*columns, strict=True)])
    if form.how != "change":
        return values
    back = form.window_h * HOUR_S // STEP_S // every or 1
    changes: NDArray[np.float64] = values[back:] - values[:-back]
    return changes


def _as_readings(
    measured_s: NDArray[np.int64], received_s: NDArray[np.int64], columns: Sequence[NDArray[np.floating]]
) -> Iterator[Reading]:
    values = zip(*(column.tolist() for column in columns), strict=True)
    for at_s, came_s, row in zip(measured_s.tolist(), received_s.tolist(), values, strict=True):
        shown = [None if value != value else value for value in row]
        yield Reading(datetime.fromtimestamp(at_s, UTC), datetime.fromtimestamp(came_s, UTC), shown)


def _run(
    rule: Rule, samples: Sequence[Sample], words: Mapping[str, tuple[Sequence[int], Sequence[Verdict]]]
) -> list[_Told]:
    """As the worker does it, each reading when it came, with how the sensor was judged just then."""
    state, told = State(), list[_Told]()

    for sample in samples:
        now = max(sample.received_at, sample.at) + timedelta(seconds=_LOOKS_S)
        word = _word(words, now)
        then = Circumstances(word.says, word.since_at, None, _LATE_AFTER)
        state, effects = decide(rule, state, [sample], now, _ZONE, then)
        for effect in effects:
            if isinstance(effect, Open):
                told.append(_Told(now, effect.since_at, _FAR))
            elif told:
                told[-1] = _Told(told[-1].now, told[-1].since_at, effect.at)
    return told


def _word(words: Mapping[str, tuple[Sequence[int], Sequence[Verdict]]], now: datetime) -> SensorWord:
    now_s = now.timestamp()
    found: list[SensorWord] = []
    for begins, verdicts in words.values():
        place = bisect_right(begins, now_s) - 1
        if place >= 0 and not verdicts[place].is_ok:
            found.append(word_of(verdicts[place].state, verdicts[place].since_at))
    return worst_word(found)


def _held(truth: Sequence[Sample], rule: Rule) -> list[tuple[datetime, datetime]]:
    """When it was really so: from the first reading beyond the limit until it is over, however shortly."""
    short = _with(rule, rule.measure, rule.limit, rule.hysteresis)
    found: list[tuple[datetime, datetime]] = []
    begin: datetime | None = None
    for sample in truth:
        if begin is None and short.holds(sample.value):
            begin = sample.at
        elif begin is not None and short.is_over(sample.value):
            found.append((begin, sample.at))
            begin = None
    if begin is not None:
        found.append((begin, _FAR))
    return found


def judge_warnings(spans: Spans, faults: Sequence[Fault], feed: Feed, station: Station, outcome: Outcome) -> None:
    """Enter one station's warnings: `station` is what its sensors would have said, `feed` what came of it.

    Around each fault, some of the warnings that ask for what it touches.
    """
    own = [fault for fault in faults if fault.station == station.number]
    rules = _rules_of(station) if own else []
    roll = np.random.default_rng(station.number)
    for fault in own:
        touched = [one for one in rules if fault.quantity is None or fault.quantity in MEASURES[one.measure].quantities]
        chosen = roll.permutation(len(touched))[:_MOST_RULES]
        for rule in (touched[at] for at in sorted(chosen.tolist())):
            _judge(spans, fault, rule, feed, station, outcome)


def _judge(spans: Spans, fault: Fault, rule: Rule, feed: Feed, station: Station, outcome: Outcome) -> None:
    names = MEASURES[rule.measure].quantities
    first_s, last_s = fault.begin_s - _BEFORE_S, fault.until_s + rule.window_h * HOUR_S + HOUR_S
    begin, end = np.searchsorted(feed.measured_s, [first_s, last_s])
    columns = [feed.columns[name][begin:end] for name in names]
    came = _as_readings(feed.measured_s[begin:end], feed.received_s[begin:end], columns)
    as_came = make_samples(rule, came, _LATE_AFTER)
    told_s = BEGIN_S + station.phase_s + np.arange(len(station.columns[names[0]]), dtype=np.int64) * STEP_S
    begin, end = np.searchsorted(told_s, [first_s, last_s])
    columns = [station.columns[name][begin:end] for name in names]
    as_real = make_samples(rule, _as_readings(told_s[begin:end], told_s[begin:end] + 4, columns), _LATE_AFTER)
    words = {name: spans[station.number, name] for name in names if (station.number, name) in spans}
    _enter(outcome, fault, rule, _run(rule, as_came, words), _run(rule, as_real, {}), _held(as_real, rule))


def _enter(
    outcome: Outcome,
    fault: Fault,
    rule: Rule,
    told: Sequence[_Told],
    wanted: Sequence[_Told],
    held: Sequence[tuple[datetime, datetime]],
) -> None:
    begin_at, until_at = datetime.fromtimestamp(fault.begin_s, UTC), datetime.fromtimestamp(fault.end_s, UTC)
    for one in told:
        if one.now < begin_at:
            continue
        if any(since - _EDGE <= one.now <= until + _EDGE for since, until in held):
            outcome.told[fault.kind] += 1
        else:
            outcome.false[fault.kind] += 1
            outcome.which.append(
                f"{fault.kind} of {fault.quantity} at {fault.station} from {begin_at:%m-%d %H:%M}: {rule.measure}"
                f" {rule.how} {rule.window_h} h {rule.side} {rule.limit:.2f} for {rule.hold_min} min,"
                f" told {one.now:%m-%d %H:%M}"
            )
    for one in wanted:
        if begin_at <= one.now < until_at and not any(
            other.now >= one.since_at and other.since_at <= one.over_at for other in told
        ):
            outcome.withheld[fault.kind] += 1


def spans_of(told: Sequence[tuple[int, int, str, Verdict]]) -> Spans:
    """From what was told (when, station, quantity, how) to how each sensor was judged from when on."""
    begins: dict[tuple[int, str], list[int]] = defaultdict(list)
    verdicts: dict[tuple[int, str], list[Verdict]] = defaultdict(list)
    for at_s, station, quantity, verdict in told:
        begins[station, quantity].append(at_s)
        verdicts[station, quantity].append(verdict)
    return {key: (begins[key], verdicts[key]) for key in begins}
