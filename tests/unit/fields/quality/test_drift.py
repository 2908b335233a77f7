"""A sensor that drifts, and a place that only differs at night."""

import math
from collections.abc import Callable

from hub.fields.quality.advancing import advance
from hub.fields.quality.hours import Hour
from hub.fields.quality.memory import SensorMemory
from hub.fields.quality.rules import rule_of

RULE = rule_of("air_temperature")
BASE_DAYS = 15


def course(hour: int) -> float:
    """A day's course: coldest at six, warmest at eighteen o'clock of these hours."""
    return 10 - 5 * math.sin(hour * math.pi / 12)


def is_cool(hour: int) -> bool:
    return course(hour) < 10


def after(days: int, away: Callable[[int], float]) -> SensorMemory:
    """The memory after days in which it stood in its place and days in which it stood `away` by the hour."""
    hours = range(24, 24 * (1 + BASE_DAYS + days))
    first = 24 * (1 + BASE_DAYS)
    told = [
        Hour(at, 1, value, value, value, at * 3600, at * 3600, value, 0.1)
        for at in hours
        for value in [course(at) + 0.03 * (at % 5) + (away(at) if at >= first else 0.0)]
    ]
    return advance(SensorMemory(), told, RULE, {at: course(at) for at in hours})


def test_a_sensor_that_is_away_at_all_hours_drifts_to_either_side() -> None:
    for way in (2.0, -2.0):
        assert after(7, lambda _, way=way: way).drifting


def test_a_hollow_that_is_cold_at_night_does_not_drift_however_cold() -> None:
    assert not after(30, lambda hour: -6.0 if is_cool(hour) or course(hour) < 12 else 0.0).drifting


def test_what_is_forgotten_of_an_older_versions_days_is_counted_from_their_end() -> None:
    """Of four days the last has halves; it goes with the hours in which the sensor was stuck."""
    memory = SensorMemory(
        hour=24 * 4 + 9, flat_low=5.0, flat_high=5.0, flat_since_s=24 * 4 * 3600, flat_hours=9, stuck=True,
        days=[1, 2, 3, 4], day_diffs=[0.1, 0.2, 0.3, 0.4], halves=[[0.4, 0.4]],
    )  # fmt: skip
    moved = Hour(24 * 4 + 10, 1, 9.0, 9.0, 9.0, 0, 0, 9.0, 0.1)
    later = advance(memory, [moved], RULE)
    assert (later.days, later.day_diffs, later.halves) == ([1, 2, 3], [0.1, 0.2, 0.3], [])


def test_it_goes_on_from_the_database_with_what_an_older_version_left() -> None:
    kept = after(3, lambda _: 2.0).dump()
    old = {name: value for name, value in kept.items() if name not in {"nears", "halves", "base_cool", "base_warm"}}
    for stored in (kept, old):
        memory = SensorMemory.load(stored)
        begin = memory.hour + 1
        told = [
            Hour(at, 1, value, value, value, at * 3600, at * 3600, value, 0.1)
            for at in range(begin, begin + 24 * 5)
            for value in [course(at) + 0.03 * (at % 5) + 2.0]
        ]
        assert advance(memory, told, RULE, {at: course(at) for at in range(begin, begin + 24 * 5)}).drifting
