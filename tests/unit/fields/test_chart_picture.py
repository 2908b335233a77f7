"""Scales have few round lines, and the server's picture keeps within its sheet and leaves holes open."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.fields.charts import Bucket, Series, decide_window, plan_chart, plan_panels
from hub.fields.charts.picture import WIDTH, draw_picture, draw_spark
from hub.fields.charts.ticks import plan_instants, plan_range, plan_values

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
STEP = timedelta(minutes=5)
WINDOW = decide_window("day", None, NOW, TOKYO)


def series(name: str, *minutes: int) -> Series:
    start = WINDOW.since
    values = [Bucket(start + timedelta(minutes=m), m / 60 - 1, m / 60, m / 60 + 1, 2) for m in minutes]
    return Series("field-1", "field-1", QUANTITIES[name], values)


def drawn(*some: Series):
    return draw_picture(plan_chart(some, STEP), some, plan_panels(some), WINDOW, STEP, TOKYO)


@given(st.floats(-1000, 1000), st.floats(0, 2000), st.integers(0, 2))
def test_a_scale_has_a_few_round_lines_within_it(low, height, decimals):
    bottom, top = plan_range(low, low + height, decimals)
    assert bottom < top
    marks = plan_values(bottom, top, decimals)
    assert 1 <= len(marks) <= 6
    assert all(bottom - 1e-6 <= mark <= top + 1e-6 for mark in marks)
    assert all(abs(mark * 10**decimals - round(mark * 10**decimals)) < 1e-6 for mark in marks)


def test_bars_stand_on_zero():
    assert plan_range(3, 5, 1, from_zero=True)[0] == 0


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(hours=1), timedelta(days=7000)),
)
def test_the_time_axis_has_a_few_round_instants_in_order(since, length):
    found = plan_instants(since, since + length, TOKYO)
    assert 1 <= len(found) <= 8
    assert all(since <= one.local <= since + length for one in found)
    assert [one.local for one in found] == sorted({one.local for one in found})
    assert all(one.kind == "clock" or (one.local.hour, one.local.minute) == (0, 0) for one in found)


@pytest.mark.parametrize(
    ("days", "kind"), [(1, "clock"), (7, "day"), (31, "day"), (180, "month"), (365, "month"), (4000, "year")]
)
def test_a_label_says_no_more_than_it_needs(days, kind):
    assert {one.kind for one in plan_instants(WINDOW.until - timedelta(days=days), WINDOW.until, TOKYO)} >= {kind}


def test_a_line_is_broken_at_a_hole_and_its_band_too():
    (frame,) = drawn(series("air_temperature", *range(0, 60, 5), *range(300, 360, 5))).frames
    (one,) = frame.drawn
    assert one.line.count("M") == 2
    assert one.band.count("Z") == 2


def test_a_lonely_value_is_a_dot():
    (frame,) = drawn(series("air_temperature", *range(0, 60, 5), 180, *range(300, 360, 5))).frames
    assert len(frame.drawn[0].dots) == 1


def test_nothing_measured_draws_scales_only():
    picture = drawn(series("air_temperature"))
    assert picture.frames[0].drawn[0].line == ""
    assert picture.frames[0].marks[0]


@given(st.lists(st.integers(0, 287), unique=True, max_size=40).map(sorted), st.sampled_from(sorted(QUANTITIES)))
def test_everything_keeps_within_the_sheet(steps, name):
    picture = drawn(series(name, *(5 * step for step in steps)))
    for frame in picture.frames:
        paths = "".join(one.line + one.band + one.bars for one in frame.drawn)
        points = [tuple(map(float, pair.split())) for pair in re.findall(r"-?[\d.]+ -?[\d.]+", paths)]
        assert all(0 <= x <= WIDTH and frame.top - 1 <= y <= frame.bottom + 1 for x, y in points)
        assert frame.bottom < picture.height


def test_a_small_line_is_broken_where_nothing_was_measured():
    hourly = [Bucket(NOW + timedelta(hours=hour), 1, hour, 3, 1) for hour in (0, 1, 2, 8, 9)]
    path = draw_spark(hourly, NOW, NOW + timedelta(hours=10), 100, 20)
    assert path.count("M") == 2
    assert draw_spark([], NOW, NOW + timedelta(hours=10), 100, 20) == ""
