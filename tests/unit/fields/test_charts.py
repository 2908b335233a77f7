"""A chart has few enough points, begins at the town's midnight, and shows holes as holes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.charts import BUCKETS, MAX_POINTS, SPANS, Bucket, choose_bucket, decide_window, plan_chart

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
STEP = timedelta(minutes=5)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def bucket(minutes: float, value: float = 1.0) -> Bucket:
    return Bucket(NOW + timedelta(minutes=minutes), value - 1, value, value + 1, 3)


@given(st.timedeltas(timedelta(minutes=1), timedelta(days=400)))
def test_a_chart_has_at_most_600_points_up_to_400_days(span):
    assert span / choose_bucket(span) <= MAX_POINTS


@given(st.timedeltas(timedelta(minutes=1), timedelta(days=400)))
def test_no_narrower_bucket_would_do(span):
    width = choose_bucket(span)
    assert all(span / narrower > MAX_POINTS for narrower in BUCKETS if narrower < width)


@given(instants, st.sampled_from(sorted(SPANS)))
def test_the_newest_window_holds_now_and_ends_with_the_hour_or_the_towns_day(now, span):
    window = decide_window(span, None, now, TOKYO)
    assert window.since <= now < window.until
    assert window.until.astimezone(TOKYO).strftime("%H:%M:%S.%f").endswith(":00:00.000000")
    assert span == "day" or window.until.astimezone(TOKYO).hour == 0
    assert window.until - window.since == timedelta(days=SPANS[span])
    assert window.after is None


@given(instants, st.sampled_from(sorted(SPANS)), st.integers(1, 20))
def test_going_back_and_forth_comes_back_to_the_newest(now, span, steps):
    newest = decide_window(span, None, now, TOKYO)
    window = newest
    for _ in range(steps):
        window = decide_window(span, window.before, now, TOKYO)
    for _ in range(steps):
        assert window.after is not None
        window = decide_window(span, window.after, now, TOKYO)
    assert window == newest


def test_an_unknown_span_reads_as_a_day_and_the_future_as_today():
    assert decide_window("century", None, NOW, TOKYO).span == "day"
    assert decide_window("day", NOW + timedelta(days=300), NOW, TOKYO) == decide_window("day", None, NOW, TOKYO)


def test_neighbours_join_and_a_hole_stays_open():
    data = plan_chart([bucket(0), bucket(5), bucket(10), bucket(60), bucket(65)], STEP)
    assert data.mean == [1.0, 1.0, 1.0, None, 1.0, 1.0]
    assert data.min[3] is None
    assert data.max[3] is None
    assert data.times == sorted(data.times)


def test_a_sensor_slower_than_the_buckets_has_no_holes():
    data = plan_chart([bucket(20 * n) for n in range(6)], STEP)
    assert None not in data.mean


def test_one_lost_message_is_no_hole():
    assert None not in plan_chart([bucket(0), bucket(5), bucket(15), bucket(20)], STEP).mean


@pytest.mark.parametrize("count", [0, 1])
def test_few_points_draw_nothing_wrong(count):
    assert plan_chart([bucket(0)][:count], STEP).mean == [1.0][:count]


@given(st.lists(st.integers(0, 10_000), unique=True, max_size=80).map(sorted))
def test_every_bucket_is_drawn_once_and_times_rise(starts):
    data = plan_chart([bucket(5 * start) for start in starts], STEP)
    assert sum(value is not None for value in data.mean) == len(starts)
    assert all(earlier < later for earlier, later in zip(data.times, data.times[1:], strict=False))
