"""A chart's window and buckets: few points, from the town's midnight, back and forth without losing the place."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.charts import (
    BUCKETS,
    LEAST,
    MAX_POINTS,
    SPANS,
    Known,
    choose_bucket,
    decide_season,
    decide_window,
    year_before,
)

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
DAY = timedelta(days=1)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
fixed_spans = st.sampled_from(["day", "week", "month", "season", "year"])


@given(st.timedeltas(timedelta(minutes=1), timedelta(days=11_000)))
def test_a_chart_has_few_points_up_to_thirty_years(span):
    assert span / choose_bucket(span) <= MAX_POINTS


@given(st.timedeltas(timedelta(minutes=1), timedelta(days=11_000)))
def test_no_narrower_bucket_would_do(span):
    width = choose_bucket(span)
    assert all(span / narrower > MAX_POINTS for narrower in BUCKETS if narrower < width)


@given(instants, fixed_spans)
def test_the_newest_window_holds_now_and_ends_with_the_hour_or_the_towns_day(now, span):
    window = decide_window(span, None, now, TOKYO)
    assert window.since <= now < window.until
    assert window.until.astimezone(TOKYO).strftime("%H:%M:%S.%f").endswith(":00:00.000000")
    assert span == "day" or window.until.astimezone(TOKYO).hour == 0
    assert window.length == SPANS[span] * DAY
    assert window.after is None


@given(instants, st.sampled_from(sorted(SPANS)), st.integers(1, 20))
def test_going_back_and_forth_comes_back_to_the_newest(now, span, steps):
    known = Known((now - timedelta(days=100)).date(), now - timedelta(days=900))
    newest = decide_window(span, None, now, TOKYO, known=known)
    window = newest
    for _ in range(steps):
        window = decide_window(span, window.before, now, TOKYO, known=known)
    for _ in range(steps):
        assert window.after is not None
        window = decide_window(span, window.after, now, TOKYO, known=known)
    assert window == newest


def test_an_unknown_span_reads_as_a_day_and_the_future_as_today():
    assert decide_window("century", None, NOW, TOKYO).span == "day"
    assert decide_window("day", NOW + timedelta(days=300), NOW, TOKYO) == decide_window("day", None, NOW, TOKYO)


def test_a_season_begins_at_midnight_of_the_planting_day():
    window = decide_window("season", None, NOW, TOKYO, known=Known(date(2026, 8, 1)))
    assert window.since.astimezone(TOKYO) == datetime(2026, 8, 1, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("planted_on", "days"),
    [
        (None, 180),
        (date(2012, 3, 1), 180),
        (date(2026, 11, 22), 30),
        (date(2027, 1, 1), 30),
        # Stored before years were bounded: on the town's clock the first day begins in the year 0.
        (date.min, 180),
        (date.max, 30),
    ],
)
def test_a_season_without_a_planting_day_of_use(planted_on, days):
    newest = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert decide_season(planted_on, newest, TOKYO) == timedelta(days=days)


def test_all_begins_with_the_day_of_the_first_reading():
    window = decide_window("all", None, NOW, TOKYO, known=Known(first_at=datetime(2021, 2, 3, 20, 0, tzinfo=UTC)))
    assert window.since.astimezone(TOKYO) == datetime(2021, 2, 4, tzinfo=TOKYO)
    assert decide_window("all", None, NOW, TOKYO).length == 365 * DAY


@given(instants, instants, instants)
def test_a_window_of_ones_own_is_never_empty_nor_in_the_future(since, until, now):
    window = decide_window("day", until, now, TOKYO, since)
    assert window.until <= decide_window("week", None, now, TOKYO).until
    assert window.length >= LEAST
    assert window.span == ("own" if since < until else "day")


def test_a_window_of_ones_own_stays_as_it_was_chosen():
    since, until = NOW - timedelta(hours=30), NOW - timedelta(hours=7)
    window = decide_window("month", until, NOW, TOKYO, since)
    assert (window.since, window.until, window.before) == (since, until, since)
    assert window.after == until + timedelta(hours=16, minutes=55)


@pytest.mark.parametrize("width", BUCKETS)
def test_last_years_buckets_fall_on_this_years(width):
    assert year_before(width) % width == timedelta()
