"""Spikes: there and back again; what a front or a watered soil does is none."""

import pytest

from hub.fields.quality.hours import HOUR_S, gather_hours
from hub.fields.quality.rules import rule_of

_FIRST_S = 486_000 * HOUR_S


def spikes(quantity: str, values: list[float], step_s: int = 300) -> int:
    times = [_FIRST_S + step_s * place for place in range(len(values))]
    return sum(hour.spikes for hour in gather_hours(times, values, rule_of(quantity)))


@pytest.mark.parametrize(
    ("quantity", "values", "count"),
    [
        ("air_temperature", [12.0, 12.1, 31.0, 12.1, 12.0], 1),
        ("air_temperature", [12.0, 12.1, -31.0, -31.0, 12.0], 2),
        ("air_temperature", [21.0, 14.0, 13.5, 13.2, 13.0], 0),  # a front
        ("air_temperature", [12.0, 17.0, 12.0], 0),
        ("soil_moisture", [18.0, 18.0, 36.0, 35.0, 34.0], 0),  # it was watered
        ("soil_moisture", [18.0, 0.0, 18.0], 1),
        ("solar_radiation", [900.0, 120.0, 880.0], 0),  # a cloud
        ("air_temperature", [12.0, 31.0], 0),
    ],
)
def test_what_goes_there_and_back_is_a_spike(quantity: str, values: list[float], count: int) -> None:
    assert spikes(quantity, values) == count


def test_readings_far_apart_say_nothing_about_how_fast_it_went() -> None:
    assert spikes("air_temperature", [12.0, 31.0, 12.0], step_s=6 * HOUR_S) == 0
