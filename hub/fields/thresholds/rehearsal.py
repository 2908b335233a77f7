"""What a warning would have told: the same decision over what was measured, each reading when it came. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.fields.thresholds.deciding import Circumstances, Open, State, decide
from hub.fields.thresholds.rules import Rule
from hub.fields.thresholds.samples import Reading, is_live, make_samples

__all__ = ["Rehearsal", "Told", "rehearse"]


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
    `highest` are of the values that the rule looks at.

    Where most came too late (a station was out of reach for weeks), what really would have been told says little about
    the limit: with `as_if_in_time`, `told`, `lowest` and `highest` are as if each had come when it was measured.
    """

    told: tuple[Told, ...]
    readings: int
    late: int
    lowest: float | None
    highest: float | None
    as_if_in_time: bool = False


def rehearse(rule: Rule, readings: Sequence[Reading], zone: ZoneInfo, late_after: timedelta) -> Rehearsal:
    """Run a rule over what was measured; pauses and the state of sensors are those of nobody yet, and left out."""
    complete = [one for one in readings if all(value is not None for value in one.values)]
    late = sum(not is_live(one.at, one.received_at, late_after) for one in complete)
    mostly_late = 2 * late > len(complete)
    if mostly_late:
        readings = [replace(one, received_at=one.at) for one in readings]
    samples = make_samples(rule, readings, late_after)
    state, told, then = State(), list[Told](), Circumstances(fresh_for=late_after)
    for sample in samples:
        state, effects = decide(rule, state, [sample], max(sample.received_at, sample.at), zone, then)
        for effect in effects:
            if isinstance(effect, Open):
                told.append(Told(effect.at, effect.since_at, effect.value))
            elif told:
                last = told[-1]
                told[-1] = Told(last.at, last.since_at, last.value, effect.at)
    values = [sample.value for sample in samples]
    return Rehearsal(
        tuple(told), len(complete), late, min(values, default=None), max(values, default=None), mostly_late
    )
