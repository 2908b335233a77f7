"""Columns show holes as holes; panels keep scales and lines apart; tables and totals add up."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.fields.charts import (
    MOST_SERIES,
    Bucket,
    Hole,
    Series,
    choose_step,
    find_holes,
    merge,
    plan_chart,
    plan_panels,
    plan_table,
    total,
)

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
STEP = timedelta(minutes=5)
buckets = st.builds(
    lambda low, first, second, count: Bucket(NOW, low, low + min(first, second), low + max(first, second), count),
    st.floats(-50, 50), st.floats(0, 20), st.floats(0, 20), st.integers(1, 50),
)  # fmt: skip


def bucket(minutes: float, value: float = 1.0) -> Bucket:
    return Bucket(NOW + timedelta(minutes=minutes), value - 1, value, value + 1, 3)


def series(name: str, *minutes: float, device: str = "field-1", years_back: int = 0) -> Series:
    return Series(device, device, QUANTITIES[name], [bucket(one) for one in minutes], years_back)


def test_a_hole_is_named_from_the_last_bucket_to_the_next():
    holes = find_holes([bucket(one) for one in (0, 5, 10, 60, 65)], STEP)
    assert holes == [Hole(NOW + timedelta(minutes=15), NOW + timedelta(minutes=60))]


def test_a_sensor_slower_than_the_buckets_and_one_lost_message_make_no_hole():
    assert not find_holes([bucket(20 * n) for n in range(6)], STEP)
    assert not find_holes([bucket(one) for one in (0, 5, 15, 20)], STEP)


@pytest.mark.parametrize("count", [0, 1])
def test_few_points_draw_nothing_wrong(count):
    data = plan_chart([series("air_temperature", *[0][:count])], STEP)
    assert data.columns[0].mean == [1.0][:count]
    assert not data.columns[0].holes


def test_a_slow_series_beside_a_quick_one_is_no_row_of_holes():
    quick, slow = series("air_temperature", *range(0, 60, 5)), series("soil_moisture", *range(0, 60, 20))
    data = plan_chart([quick, slow], STEP)
    assert len(data.times) == 12
    assert sum(value is not None for value in data.columns[1].mean) == 3
    assert not data.columns[1].holes


@given(st.lists(st.lists(st.integers(0, 500), unique=True, max_size=60).map(sorted), max_size=3))
def test_every_bucket_is_drawn_once_and_times_rise(starts):
    data = plan_chart([series("co2", *(5 * one for one in some)) for some in starts], STEP)
    for column, some in zip(data.columns, starts, strict=True):
        assert sum(value is not None for value in column.mean) == len(some)
        assert len(column.mean) == len(column.min) == len(column.max) == len(data.times)
    assert all(earlier < later for earlier, later in zip(data.times, data.times[1:], strict=False))


@given(st.lists(st.integers(0, 500), unique=True, max_size=60).map(sorted))
def test_holes_and_buckets_share_no_instant(starts):
    some = [bucket(5 * one) for one in starts]
    for hole in find_holes(some, STEP):
        assert hole.since < hole.until
        assert all(one.time + STEP <= hole.since or one.time >= hole.until for one in some)


def test_rain_is_added_up():
    assert plan_chart([series("rainfall", 0)], STEP).columns[0].mean == [3.0]


def test_two_scales_share_the_first_panel_and_a_third_stands_below():
    shown = [series(name, 0) for name in ("air_temperature", "relative_humidity", "soil_moisture", "soil_temperature")]
    panels = plan_panels(shown)
    assert [[axis.unit for axis in panel.axes] for panel in panels] == [["°C"], ["%"], ["%"]]
    panels = plan_panels(shown[:3])
    assert [[axis.unit for axis in panel.axes] for panel in panels] == [["°C", "%"], ["%"]]
    assert [trace.axis for trace in panels[0].traces] == [0, 1]


def test_places_are_compared_on_one_scale_and_without_bands_that_hide_each_other():
    shown = [series("air_temperature", 0, device=f"field-{n}") for n in range(3)]
    (panel,) = plan_panels(shown)
    assert len(panel.axes) == 1
    assert [trace.band for trace in panel.traces] == [False] * 3
    assert [trace.dash for trace in panel.traces] == [0, 1, 2]
    assert all(trace.band for trace in plan_panels(shown[:2])[0].traces)


def test_last_year_lies_under_this_year_without_a_band():
    (panel,) = plan_panels([series("air_temperature", 0), series("air_temperature", 0, years_back=1)])
    assert [trace.band for trace in panel.traces] == [True, False]


def test_rain_has_a_panel_of_its_own_from_zero():
    panels = plan_panels([series("rainfall", 0), series("air_temperature", 0)])
    assert [[axis.from_zero for axis in panel.axes] for panel in panels] == [[True], [False]]


@given(st.lists(st.tuples(st.sampled_from(sorted(QUANTITIES)), st.integers(1, 3)), max_size=10))
def test_each_series_is_drawn_once_with_a_pattern_of_its_own(chosen):
    shown = [series(name, 0, device=f"field-{n}") for name, n in chosen]
    traces = [trace for panel in plan_panels(shown) for trace in panel.traces]
    assert sorted(trace.series for trace in traces) == list(range(min(len(shown), MOST_SERIES)))
    assert len({trace.dash for trace in traces}) == len(traces)
    for panel in plan_panels(shown):
        assert 1 <= len(panel.axes) <= 2
        assert {trace.axis for trace in panel.traces} == set(range(len(panel.axes)))


@given(st.lists(buckets, min_size=1, max_size=20))
def test_merged_buckets_keep_count_and_order(some):
    whole = merge(some)
    assert whole.count == sum(one.count for one in some)
    assert whole.min <= whole.mean <= whole.max
    assert whole.mean == pytest.approx(sum(one.mean * one.count for one in some) / whole.count, abs=1e-9)


@pytest.mark.parametrize(
    ("days", "step"), [(1, "hour"), (7, "day"), (31, "day"), (180, "week"), (365, "week"), (900, "month")]
)
def test_a_table_can_be_read(days, step):
    assert choose_step(timedelta(days=days)) == step


@given(
    st.lists(st.integers(0, 400), unique=True, min_size=1, max_size=60).map(sorted),
    st.sampled_from(["hour", "day", "week", "month"]),
)
def test_a_table_holds_every_reading_once(hours, step):
    one, other = series("co2", *(60 * hour for hour in hours)), series("soil_ph", 60 * hours[0])
    rows = plan_table([one, other], step, TOKYO)
    assert sum(row.values[0].count for row in rows if row.values[0]) == total(one).count
    assert sum(row.values[1].count for row in rows if row.values[1]) == 3
    assert [row.begins_at for row in rows] == sorted({row.begins_at for row in rows})
    assert all((row.begins_at.hour, row.begins_at.minute) == (0, 0) or step == "hour" for row in rows)


def test_days_of_a_table_begin_at_the_towns_midnight():
    (first, second) = plan_table([series("co2", 9 * 60, 10 * 60)], "day", TOKYO)
    assert (first.begins_at.day, second.begins_at.day) == (23, 24)


def test_nothing_has_no_total():
    assert total(series("co2")) is None
