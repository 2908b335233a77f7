"""When a warning is told and when it is over. Pure: (rule, state, samples, now) -> new state + effects.

The rules, which property tests hold over random histories:

1.  It is told when the value has been beyond the limit at every reading for the whole hold time, at two readings at
    least, with no pause between them longer than the rule's gap. One reading proves nothing: it may be a spike.
2.  After a longer pause the hold time begins anew, since nobody knows what was in between. What has been told stays so:
    silence settles nothing.
3.  It is over when the value has been back behind the limit by the hysteresis at two readings in a row. Between limit
    and hysteresis nothing changes, but a hold time that runs begins anew at every reading that is not beyond the limit.
4.  It is never told twice without having been over in between.
5.  A reading that is not newer than the last one that counted changes nothing, nor does one that comes late or from
    the future (samples.py). Only a reading of just now tells: what was so an hour ago is history.
6.  While its sensor is not well nothing is told; what a sensor measures that is stuck, drifting or out of range does
    not count at all, and the hold time begins anew. Nor does, once it is well again, a mean, a change or a sum over a
    window that reaches back to what did not count.
7.  Out of its season a rule is asleep: what it told is over, and no hold time runs. A paused rule goes on counting and
    tells when the pause ends, if it is still so then.
8.  A clock that was wrong and goes back keeps nothing waiting: a state that is ahead of now is forgotten, except that
    it was told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from hub.fields.thresholds.rules import Rule, is_active
from hub.fields.thresholds.samples import CLOCK_SLACK, Sample

__all__ = ["Circumstances", "Close", "Effect", "Open", "SensorSays", "State", "Why", "decide", "remember_wrong"]

Why = Literal["value_recovered", "season_over"]
# well: counts. quiet: silent or late just now, tells nothing yet. wrong: what it measures does not count.
SensorSays = Literal["well", "quiet", "wrong"]
_TWICE = 2


@dataclass(frozen=True, slots=True)
class State:
    """What a rule remembers.

    `seen_at`: the last reading that counted. `since_at`: since when the value is beyond the limit without a pause,
    `times` readings so far. `told_at`: when it was told, None while nothing is. `back`: readings in a row that were
    back behind the limit. `wrong_at`: the last reading that did not count because its sensor was wrong.
    """

    seen_at: datetime | None = None
    since_at: datetime | None = None
    times: int = 0
    told_at: datetime | None = None
    back: int = 0
    wrong_at: datetime | None = None

    def reaches_wrong(self, rule: Rule, at: datetime) -> bool:
        """Whether the rule's window at a reading may be made of readings that did not count."""
        reach = rule.window + rule.gap if rule.how == "change" else rule.window
        return self.wrong_at is not None and at - reach <= self.wrong_at


@dataclass(frozen=True, slots=True)
class Open:
    """Tell it: so since `since_at`, by the reading at `at` with this value."""

    at: datetime
    since_at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Close:
    """It is over."""

    at: datetime
    why: Why
    value: float | None = None


Effect = Open | Close


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else counts: how the sensor is (and since when it is `wrong`), until when the rule is paused, and how old
    the reading may be by which it is told.
    """

    sensor: SensorSays = "well"
    wrong_since_at: datetime | None = None
    muted_until: datetime | None = None
    fresh_for: timedelta = timedelta(minutes=30)

    def tells(self, at: datetime, now: datetime) -> bool:
        """Whether a reading at an instant may be told at `now`."""
        is_muted = self.muted_until is not None and now < self.muted_until
        return self.sensor == "well" and not is_muted and now - at <= self.fresh_for

    def discounts(self, at: datetime) -> bool:
        """Whether a reading at an instant does not count."""
        return self.sensor == "wrong" and (self.wrong_since_at is None or at >= self.wrong_since_at)


_USUAL = Circumstances()


def decide(
    rule: Rule,
    state: State,
    samples: Iterable[Sample],
    now: datetime,
    zone: ZoneInfo,
    circumstances: Circumstances = _USUAL,
) -> tuple[State, list[Effect]]:
    """The state after some samples (oldest first) as seen at `now`, and what follows.

    Of what was told and is over within the same batch nothing is said.
    """
    state = _not_ahead(state, now)
    effects: list[Effect] = []
    for sample in samples:
        if (state.seen_at is not None and sample.at <= state.seen_at) or sample.at > now + CLOCK_SLACK:
            continue
        if circumstances.discounts(sample.at):
            state = replace(state, wrong_at=sample.at)
        if state.reaches_wrong(rule, sample.at):
            state = replace(state, seen_at=sample.at, since_at=None, times=0, back=0)
            continue
        state, over = _take(rule, state, sample, zone)
        if over is not None:
            _close(effects, over)
        if state.since_at is not None and _is_due(rule, state, sample) and circumstances.tells(sample.at, now):
            effects.append(Open(sample.at, state.since_at, sample.value))
            state = replace(state, told_at=sample.at, back=0)
    if state.told_at is not None and not is_active(rule, now, zone):
        _close(effects, Close(now, "season_over"))
        state = State(state.seen_at, wrong_at=state.wrong_at)
    return state, effects


def remember_wrong(state: State, moments: Iterable[datetime], circumstances: Circumstances) -> State:
    """The state after readings at these moments, of which some may not count: also where a rule makes no value of them
    yet, they are in the means and changes that follow.
    """
    wrong = [at for at in moments if circumstances.discounts(at)]
    if state.wrong_at is not None:
        wrong.append(state.wrong_at)
    return replace(state, wrong_at=max(wrong)) if wrong else state


def _take(rule: Rule, state: State, sample: Sample, zone: ZoneInfo) -> tuple[State, Close | None]:
    """One sample that counts."""
    if not is_active(rule, sample.at, zone):
        over = Close(sample.at, "season_over", sample.value) if state.told_at is not None else None
        return State(sample.at, wrong_at=state.wrong_at), over
    if rule.holds(sample.value):
        goes_on = state.since_at is not None and state.seen_at is not None and sample.at - state.seen_at <= rule.gap
        since_at, times = (state.since_at, state.times + 1) if goes_on else (sample.at, 1)
        return replace(state, seen_at=sample.at, since_at=since_at, times=times, back=0), None
    back = state.back + 1 if rule.is_over(sample.value) else 0
    after = replace(state, seen_at=sample.at, since_at=None, times=0, back=back)
    if after.told_at is not None and back >= _TWICE:
        return replace(after, told_at=None, back=0), Close(sample.at, "value_recovered", sample.value)
    return after, None


def _is_due(rule: Rule, state: State, sample: Sample) -> bool:
    if state.told_at is not None or state.since_at is None or state.seen_at != sample.at:
        return False
    return state.times >= _TWICE and sample.at - state.since_at >= rule.hold


def _close(effects: list[Effect], over: Close) -> None:
    """What was told in this very batch was told to nobody yet."""
    if effects and isinstance(effects[-1], Open):
        effects.pop()
    else:
        effects.append(over)


def _not_ahead(state: State, now: datetime) -> State:
    if state.seen_at is None or state.seen_at <= now + CLOCK_SLACK:
        return state
    return State(told_at=state.told_at)
