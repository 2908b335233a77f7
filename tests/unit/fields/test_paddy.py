"""Water that a paddy loses in a day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.agronomy.paddy import Depth, water_loss

BEGIN = datetime(2026, 6, 10, tzinfo=UTC)


def hourly(*cm, rain=()):
    rains = dict(rain)
    return [Depth(BEGIN + timedelta(hours=hour), value, rains.get(hour, 0.0)) for hour, value in enumerate(cm)]


def falling(hours, mm_per_day, begin_cm=8.0):
    return [begin_cm - mm_per_day / 240 * hour for hour in range(hours)]


def test_a_day_of_24_mm():
    found = water_loss(hourly(*falling(25, 24)))
    assert found.mm_per_day == pytest.approx(24)
    assert found.hours == 24


def test_rain_that_fell_into_it_was_lost_too():
    depths = hourly(*[8.0 - 0.1 * hour + (0.6 if hour >= 5 else 0) for hour in range(13)], rain=[(5, 6.0)])
    found = water_loss(depths)
    assert found.mm_per_day == pytest.approx(24)
    assert found.rain_mm == 6


def test_water_let_in_and_let_out_does_not_count():
    depths = hourly(*falling(8, 24), *falling(8, 24, begin_cm=12), *falling(8, 24, begin_cm=5))
    assert water_loss(depths).mm_per_day == pytest.approx(24)


@pytest.mark.parametrize("depths", [[], hourly(5.0), hourly(*falling(6, 24)), hourly(*[0.2] * 24)])
def test_too_little_says_nothing(depths):
    assert water_loss(depths) is None


def test_a_hole_is_no_stretch():
    before, after = hourly(*falling(4, 24)), hourly(*falling(4, 24))
    moved = [Depth(one.at + timedelta(hours=12), one.cm) for one in after]
    assert water_loss([*before, *moved]).hours == 6


@given(st.lists(st.floats(-5, 50), max_size=60))
def test_a_loss_is_never_negative(depths):
    found = water_loss(hourly(*depths))
    assert found is None or found.mm_per_day >= 0
