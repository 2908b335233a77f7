"""Degree days, days to the target, chill."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.agronomy.warmth import (
    chill_hours,
    days_to_target,
    degree_days,
    utah_units,
    whole_days,
)

FIRST = date(2026, 6, 1)
# 気象庁 千葉, 平年値 (1991-2020): monthly means of June to August in °C
NORMALS = {6: 21.9, 7: 25.7, 8: 27.1}


def run(*means_c, first=FIRST):
    return {first + timedelta(days=index): mean for index, mean in enumerate(means_c) if mean is not None}


def test_a_season_of_normals_is_the_sum_of_days_times_means():
    means = {}
    day = FIRST
    while day <= date(2026, 8, 31):
        means[day] = NORMALS[day.month]
        day += timedelta(days=1)
    found = degree_days(means, FIRST, date(2026, 8, 31), base_c=10)
    assert found.total == pytest.approx(30 * 11.9 + 31 * 15.7 + 31 * 17.1)
    assert (found.filled, found.missing) == (0, 0)


def test_a_day_below_the_base_takes_nothing_away():
    assert degree_days(run(12, 4, 15), FIRST, FIRST + timedelta(days=2), base_c=10).total == pytest.approx(7)


def test_the_offset_of_the_station_counts_before_the_base():
    means = run(9.5, 12)
    assert degree_days(means, FIRST, FIRST + timedelta(days=1), base_c=10, offset_c=1.5).total == pytest.approx(4.5)


def test_short_gaps_are_filled_and_long_ones_counted():
    short = degree_days(run(20, None, None, 26), FIRST, FIRST + timedelta(days=3), base_c=0)
    assert short.total == pytest.approx(20 + 22 + 24 + 26)
    assert (short.filled, short.missing) == (2, 0)
    long = degree_days(run(20, *[None] * 6, 26), FIRST, FIRST + timedelta(days=7), base_c=0)
    assert long.total == pytest.approx(46)
    assert (long.filled, long.missing) == (0, 6)


def test_an_open_end_is_not_made_up():
    found = degree_days(run(20, 20), FIRST, FIRST + timedelta(days=3), base_c=0)
    assert (found.total, found.missing) == (40, 2)


def test_days_to_the_target_go_by_the_last_two_weeks():
    # five cold days long ago do not slow the pace
    means = run(*[11.0] * 5, *[20.0] * 15)
    today = FIRST + timedelta(days=20)
    so_far = degree_days(means, FIRST, today - timedelta(days=1), base_c=10)
    assert so_far.total == pytest.approx(155)
    left = days_to_target(so_far, 200, today)
    assert (left.days, left.by) == (5, "recent")
    assert left.day == today + timedelta(days=5)


def test_days_to_the_target_go_by_last_year_where_it_is_known():
    today = FIRST + timedelta(days=10)
    so_far = degree_days(run(*[20.0] * 10), FIRST, today - timedelta(days=1), base_c=10)
    last_year = {today + timedelta(days=n - 364): 5.0 for n in range(1, 60)}
    left = days_to_target(so_far, 120, today, last_year)
    assert (left.days, left.by) == (4, "last_year")
    assert days_to_target(so_far, 1000, today, last_year).by == "recent"


def test_a_target_that_is_met_has_no_days_left():
    assert days_to_target(degree_days(run(30), FIRST, FIRST, base_c=10), 15, FIRST).days == 0


@pytest.mark.parametrize("means", [run(20, 20), run(*[5.0] * 20)])
def test_without_a_pace_nothing_is_foretold(means):
    today = FIRST + timedelta(days=20)
    assert days_to_target(degree_days(means, FIRST, today, base_c=10), 500, today) is None


def test_a_day_speaks_when_it_has_most_of_the_usual_readings():
    counts = {FIRST + timedelta(days=n): 144 for n in range(10)}
    outage = {FIRST + timedelta(days=4): 70, FIRST + timedelta(days=5): 100}
    assert whole_days(counts) == frozenset(counts)
    assert whole_days(counts | outage) == frozenset(counts) - frozenset(outage)


def test_another_pace_of_measuring_spoils_no_day():
    counts = {FIRST + timedelta(days=n): 24 if n < 10 else 144 for n in range(20)}
    assert whole_days(counts) == frozenset(counts)
    slower = {FIRST + timedelta(days=n): 144 if n < 10 else 24 for n in range(20)}
    assert len(whole_days(slower)) == 20


def test_chill_hours_are_those_from_0_to_7_2():
    assert chill_hours([-0.1, 0, 3, 7.2, 7.3, 15]) == 3


@pytest.mark.parametrize(
    ("air_c", "units"),
    # the classes of Richardson and others (1974)
    [(1.0, 0), (1.4, 0), (2.0, 0.5), (2.5, 1), (9.1, 1), (10, 0.5), (14, 0), (17, -0.5), (18.1, -1)],
)
def test_utah_units(air_c, units):
    assert utah_units([air_c]) == units


@given(st.lists(st.none() | st.floats(-10, 40), max_size=40), st.floats(0, 15))
def test_each_day_is_measured_filled_or_missing(means, base_c):
    last = FIRST + timedelta(days=39)
    found = degree_days(run(*means), FIRST, last, base_c=base_c)
    assert len(found.days) + found.missing == 40
    assert found.total == pytest.approx(sum(day.degree_days for day in found.days))
    assert all(day.degree_days >= 0 for day in found.days)
