"""What a warning would have told: the same decision over what was measured, each reading when it came. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.fields.thresholds.deciding import Circumstances, Open, SensorSays, State, decide, remember_wrong
from hub.fields.thresholds.rules import Rule
from hub.fields.thresholds.samples import Reading, is_live, make_samples, moments_of

__all__ = ["Rehearsal", "Told", "WrongSpell", "rehearse"]


@dataclass(frozen=True, slots=True)
class WrongSpell:
    """A sensor of the measure was stuck, drifting or out of range within [since, until); None: it still is."""

    since_at: datetime
    until_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether what was measured at an instant does not count."""
        return self.since_at <= at and (self.until_at is None or at < self.until_at)


@dataclass(frozen=True, slots=True)
class Told:
    """It would have told at `at`, of what was so since `since_at`; `over_at` None: it still would be open."""

    at: datetime
    since_at: datetime
    value: float
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would have been told. `readings` were there, of which `late` came too late to tell anything; `lowest` and
    `highest` are of the values that count for the rule.

    Where most came too late (a station was out of reach for weeks), what really would have been told says little about
    the limit: with `as_if_in_time`, `told`, `lowest` and `highest` are as if each had come when it was measured.
    """

    told: tuple[Told, ...]
    readings: int
    late: int
    lowest: float | None
    highest: float | None
    as_if_in_time: bool = False


def rehearse(
    rule: Rule,
    readings: Sequence[Reading],
    zone: ZoneInfo,
    late_after: timedelta,
    wrong: Sequence[WrongSpell] = (),
) -> Rehearsal:
    """Run a rule over what was measured, without what a sensor measured while it was `wrong`; pauses are those of
    nobody yet, and left out. It is as if each reading had been judged at once: a sensor of which it was noticed later
    that it was wrong may really have told something.
    """
    complete = [one for one in readings if all(value is not None for value in one.values)]
    late = sum(not is_live(one.at, one.received_at, late_after) for one in complete)
    mostly_late = 2 * late > len(complete)
    if mostly_late:
        readings = [replace(one, received_at=one.at) for one in readings]
    state, told, values = State(), list[Told](), list[float]()
    samples = {sample.at: sample for sample in make_samples(rule, readings, late_after)}
    for at in moments_of(rule, readings, late_after):
        spell = next((one for one in wrong if one.covers(at)), None)
        says: SensorSays = "well" if spell is None else "wrong"
        then = Circumstances(says, spell and spell.since_at, fresh_for=late_after)
        sample = samples.get(at)
        if sample is None:
            state = remember_wrong(state, [at], then)
            continue
        state, effects = decide(rule, state, [sample], max(sample.received_at, at), zone, then)
        if not state.reaches_wrong(rule, at):
            values.append(sample.value)
        for effect in effects:
            if isinstance(effect, Open):
                told.append(Told(effect.at, effect.since_at, effect.value))
            elif told:
                last = told[-1]
                told[-1] = Told(last.at, last.since_at, last.value, effect.at)
    return Rehearsal(
        tuple(told), len(complete), late, min(values, default=None), max(values, default=None), mostly_late
    )
