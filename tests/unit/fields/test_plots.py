from datetime import UTC, datetime, timedelta

import pytest

from edge.wire.quantities import QUANTITIES
from hub.fields.plots import STALE_AFTER, Plot, decide_trend, is_stale, may_change

NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "before", "trend"),
    [(8.0, None, None), (8.0, 8.2, "steady"), (8.0, 7.0, "rising"), (8.0, 9.0, "falling"), (8.0, 8.0, "steady")],
)
def test_trend_of_the_hour(value, before, trend):
    assert decide_trend(QUANTITIES["air_temperature"], value, before) == trend


def test_a_quantity_shown_coarsely_needs_a_coarser_change():
    assert decide_trend(QUANTITIES["relative_humidity"], 72.0, 70.0) == "steady"
    assert decide_trend(QUANTITIES["relative_humidity"], 74.0, 70.0) == "rising"


def test_the_wind_veers_and_does_not_rise():
    assert decide_trend(QUANTITIES["wind_direction"], 350.0, 10.0) is None


def test_an_hour_makes_a_value_old():
    assert not is_stale(NOW - STALE_AFTER, NOW)
    assert is_stale(NOW - STALE_AFTER - timedelta(seconds=1), NOW)


def test_a_plot_is_changed_by_its_owner_and_staff_only():
    plot = Plot("pl-1", "p-owner", "山田", "上の畑", None, None, NOW, [], ["p-friend"])
    assert may_change(plot, "p-owner", is_staff=False)
    assert may_change(plot, "p-clerk", is_staff=True)
    assert not may_change(plot, "p-friend", is_staff=False)
