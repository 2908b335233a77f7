"""Corrections: what follows from reference values, and how they lie over each other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.fields.quality.corrections import (
    Correction,
    Line,
    correct,
    correct_all,
    estimate_jump,
    line_at,
    line_through,
    overlay,
    turn_through,
)

T0 = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_one_reference_value_shifts_and_two_also_stretch() -> None:
    assert line_through([(12.0, 11.4)]) == Line(1.0, pytest.approx(-0.6))
    assert line_through([(10.0, 11.0), (20.0, 23.0)]) == Line(pytest.approx(1.2), pytest.approx(-1.0))


@pytest.mark.parametrize("points", [[], [(10.0, 11.0), (10.0, 12.0)], [(10.0, 5.0), (11.0, 80.0)]])
def test_what_fits_no_sensor_is_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(Invalid):
        line_through(points)


@pytest.mark.parametrize(
    ("points", "shift"), [([(350.0, 10.0)], 20.0), ([(10.0, 350.0)], -20.0), ([(350.0, 5.0), (90.0, 115.0)], 20.0)]
)
def test_a_vane_is_turned_the_shorter_way_and_never_stretched(points: list[tuple[float, float]], shift: float) -> None:
    assert turn_through(points) == Line(1.0, pytest.approx(shift, abs=0.01))


@pytest.mark.parametrize("points", [[], [(0.0, 10.0), (90.0, 190.0)]])
def test_turns_that_fit_no_vane_are_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(Invalid):
        turn_through(points)


_days = st.integers(0, 40).map(lambda day: T0 + day * DAY)
_corrections = st.builds(
    lambda begin, length, gain, shift: Correction(begin, begin + length * DAY if length else None, Line(gain, shift)),
    _days,
    st.integers(0, 20),
    st.sampled_from([0.5, 1.0, 2.0]),
    st.integers(-5, 5).map(float),
)


@given(st.lists(_corrections, max_size=5), _days, st.integers(-50, 50).map(float))
def test_laid_over_each_other_they_correct_one_after_the_other_and_never_overlap(
    ones: list[Correction], at: datetime, measured: float
) -> None:
    laid: list[Correction] = []
    expected = measured
    for one in ones:
        laid = overlay(laid, one)
        if one.from_at <= at and (one.until_at is None or at < one.until_at):
            expected = one.line.shown(expected)

    assert correct(laid, at, measured) == pytest.approx(expected)
    assert correct_all(laid, [int(at.timestamp())], [measured]) == [pytest.approx(expected)]
    assert all(one.until_at is not None and one.until_at <= following.from_at for one, following in pairwise(laid))


def test_outside_of_every_correction_what_was_measured_is_shown() -> None:
    assert line_at([Correction(T0, T0 + DAY, Line(2.0))], T0 + DAY) == Line()


def test_a_jump_is_told_from_the_weather_by_the_neighbours() -> None:
    before = {hour: 10.0 + hour for hour in range(24)}
    after = {hour: 10.0 + hour + 2.5 for hour in range(24, 48)}
    near = {hour: 9.0 + hour for hour in range(48)}

    assert estimate_jump(before, after, near) == pytest.approx(2.5)


def test_without_neighbours_the_same_time_of_day_is_compared() -> None:
    course = {hour: 10.0 + hour % 24 for hour in range(48)}

    jump = estimate_jump(
        {h: v for h, v in course.items() if h < 24}, {h: v - 1.5 for h, v in course.items() if h >= 24}, {}
    )

    assert jump == pytest.approx(-1.5)
    assert estimate_jump({1: 3.0}, {25: 4.0}, {}) is None
