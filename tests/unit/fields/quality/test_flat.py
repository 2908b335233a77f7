"""What may be flat and what may not."""

import pytest

from hub.fields.quality.advancing import advance
from hub.fields.quality.hours import HOUR_S, Hour, gather_hours
from hub.fields.quality.memory import SensorMemory
from hub.fields.quality.rules import rule_of

_FIRST = 486_000


def after(quantity: str, values: list[float], *, before: list[float] | None = None) -> SensorMemory:
    """A sensor after hours in each of which it said one value over and over; `before`, from which its step is known."""
    known = before or []
    steps = [(number, value) for number, value in enumerate(known + values)]
    times = [(_FIRST + number) * HOUR_S + 300 * tick for number, _ in steps for tick in range(12)]
    told = [value for _, value in steps for _ in range(12)]
    if known:
        told[1] = known[0] + 0.1
    return advance(SensorMemory(), gather_hours(times, told, rule_of(quantity)), rule_of(quantity))


@pytest.mark.parametrize(
    ("quantity", "value", "hours", "is_stuck"),
    [
        ("air_temperature", 14.2, 11, False),
        ("air_temperature", 14.2, 12, True),
        ("air_temperature", 0.0, 23, False),  # wet snow
        ("relative_humidity", 61.0, 12, True),
        ("relative_humidity", 100.0, 9 * 24, False),  # fog and a week's rain
        ("solar_radiation", 0.0, 16, False),  # a night of December
        ("solar_radiation", 0.0, 20, True),
        ("solar_radiation", 413.0, 4, True),
        ("rainfall", 0.0, 60 * 24, False),  # a dry winter
        ("rainfall", 1.2, 6, True),
        ("soil_moisture", 31.0, 9 * 24, False),
        ("soil_moisture", 31.0, 10 * 24, True),
        ("soil_moisture", 66.0, 90 * 24, False),  # a flooded paddy
        ("soil_temperature", 0.0, 13 * 24, False),  # frozen ground
        ("soil_temperature", 8.0, 4 * 24, True),
        ("water_depth", 0.0, 60 * 24, False),  # a paddy that is dry
        ("battery_voltage", 3.3, 60 * 24, False),
        ("wind_speed", 0.0, 3 * 24, False),
        ("wind_speed", 2.0, 5, True),
    ],
)
def test_how_long_a_working_sensor_may_be_flat(quantity: str, value: float, hours: int, is_stuck: bool) -> None:
    assert after(quantity, [value] * hours).stuck is is_stuck


def test_a_coarse_sensor_may_be_flat_longer() -> None:
    rule = rule_of("air_temperature")
    coarse = SensorMemory(resolution=0.5)
    hours = [
        Hour(_FIRST + n, 12, 14.0, 14.0, 168.0, (_FIRST + n) * HOUR_S, (_FIRST + n) * HOUR_S + 3300, 14.0)
        for n in range(50)
    ]

    assert not advance(coarse, hours[:47], rule).stuck
    assert advance(coarse, hours[:48], rule).stuck


def test_the_last_digit_of_a_stuck_sensor_may_flicker() -> None:
    assert after("air_temperature", [14.2, 14.3] * 6, before=[12.0, 13.0]).stuck
    assert not after("air_temperature", [14.2, 14.4] * 6, before=[12.0, 13.0]).stuck


def test_what_moves_again_is_no_longer_stuck() -> None:
    assert not after("air_temperature", [14.2] * 15 + [15.0]).stuck


def test_a_sensor_that_is_flat_while_its_neighbours_move_is_named_within_hours() -> None:
    rule = rule_of("air_temperature")
    hours = [Hour(_FIRST + n, 12, 14.0, 14.0, 168.0, 0, (_FIRST + n) * HOUR_S + 3300, 14.0) for n in range(5)]
    morning = {_FIRST + n: 10.0 + 1.5 * n for n in range(5)}

    assert advance(SensorMemory(), hours, rule, morning).stuck
    assert not advance(SensorMemory(), hours, rule, dict.fromkeys(morning, 14.0)).stuck
    assert not advance(SensorMemory(), hours, rule, dict.fromkeys(morning)).stuck


def test_a_rain_gauge_without_rain_is_blocked_only_where_it_rains_all_around() -> None:
    rule = rule_of("rainfall")
    hours = [Hour(_FIRST + n, 12, 0.0, 0.0, 0.0, 0, (_FIRST + n) * HOUR_S + 3300, 0.0) for n in range(20 * 24)]
    rain = {hour.number: 5.0 if hour.number % 72 < 4 else 0.0 for hour in hours}

    assert advance(SensorMemory(), hours, rule, rain).stuck
    assert not advance(SensorMemory(), hours, rule, dict.fromkeys(rain, 0.0)).stuck
    assert not advance(SensorMemory(), hours[:100], rule, rain).stuck
