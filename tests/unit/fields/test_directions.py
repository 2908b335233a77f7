"""Means of directions go round; what cancels has none; whole and parts agree."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.charts import Bucket, merge
from hub.fields.charts.directions import mean_direction, point_of, sum_vectors, turn, wrap

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
directions = st.floats(0, 360)


def mean_of(*values: float) -> tuple[float, float]:
    return mean_direction(*sum_vectors((value, 1.0) for value in values), len(values))


def apart(one: float, other: float) -> float:
    """The smaller angle between two directions."""
    return abs((one - other + 180) % 360 - 180)


@pytest.mark.parametrize(
    ("values", "mean"),
    [((350, 10), 0), ((0, 90), 45), ((350, 350, 20), 0), ((170, 190), 180), ((360, 0), 0), ((271,), 271)],
)
def test_the_mean_goes_round(values, mean):
    found, steadiness = mean_of(*values)
    assert 0 <= found < 360
    assert apart(found, mean) < 0.2
    assert steadiness > 0.7


@pytest.mark.parametrize("values", [(0, 180), (22.5, 202.5), (0, 120, 240)])
def test_what_cancels_has_no_mean(values):
    assert mean_of(*values)[1] == pytest.approx(0, abs=1e-9)
    assert Bucket(NOW, 0, 0.0, 180, 2, 0.0).shown_mean is None


@given(st.lists(directions, min_size=1, max_size=20), st.floats(0, 360))
def test_who_turns_the_vane_turns_the_mean(values, turn):
    mean, steadiness = mean_of(*values)
    turned, same = mean_of(*((value + turn) % 360 for value in values))
    assert same == pytest.approx(steadiness, abs=1e-9)
    assert steadiness < 1e-3 or apart(turned, mean + turn) < 1e-6


@given(st.lists(st.lists(directions, min_size=1, max_size=6), min_size=1, max_size=5))
def test_merged_buckets_are_the_bucket_of_all(parts):
    buckets = [
        Bucket(NOW + number * timedelta(hours=1), min(part), *mean_and(part), steadiness=mean_of(*part)[1])
        for number, part in enumerate(parts)
    ]
    whole = [value for part in parts for value in part]
    merged, (mean, steadiness) = merge(buckets), mean_of(*whole)
    assert (merged.min, merged.max, merged.count) == (min(whole), max(whole), len(whole))
    assert merged.steadiness == pytest.approx(steadiness, abs=1e-9)
    assert steadiness < 1e-3 or apart(merged.mean, mean) < 1e-6


def mean_and(part: list[float]) -> tuple[float, float, int]:
    return mean_of(*part)[0], max(part), len(part)


@pytest.mark.parametrize(("direction", "point"), [(0, 0), (11, 0), (12, 1), (90, 4), (348, 15), (349, 0), (360, 0)])
def test_the_nearest_point_of_the_compass(direction, point):
    assert point_of(direction) == point


@given(directions, directions)
def test_a_turn_is_the_shorter_way_and_leads_there(one, other):
    found = turn(one, other)
    assert -180 <= found < 180
    assert apart(one + found, other) < 1e-6


@pytest.mark.parametrize(("value", "shown"), [(370, 10), (-20, 340), (0, 0), (360, 360), (725, 5)])
def test_a_turned_direction_goes_round_and_nothing_else_does(value, shown):
    assert wrap("wind_direction", value) == pytest.approx(shown)
    assert wrap("air_temperature", value) == value
