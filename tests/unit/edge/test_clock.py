"""Moments, with and without a clock that may be believed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.clock import EPOCH, Moment, earlier, place
from edge.core.sampling import Schedule, decide_tick

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_set_clock_gives_the_wall_time_in_utc() -> None:
    wall = NOON.astimezone(timezone(timedelta(hours=9)))
    moment = place(wall, 50.0, "b", is_set=True)
    assert moment == Moment(NOON, "set", "b", 50.0)
    assert moment.time.tzinfo is UTC


@pytest.mark.parametrize(("wall", "is_set"), [(NOON, False), (EPOCH, True), (datetime(2100, 1, 1, tzinfo=UTC), True)])
def test_a_clock_that_is_not_set_or_cannot_be_counts_from_1970_at_boot(wall, is_set) -> None:
    assert place(wall, 90.0, "b", is_set=is_set) == Moment(EPOCH + timedelta(seconds=90), "unset", "b", 90.0)


def test_an_earlier_moment_of_the_same_boot() -> None:
    assert earlier(Moment(NOON, "set", "b", 100.0), 97.5) == Moment(NOON - timedelta(seconds=2.5), "set", "b", 97.5)


def tick(schedule, seconds, clock="set"):
    return decide_tick(schedule, Moment(EPOCH + timedelta(seconds=seconds), clock, "b", seconds))


def test_measuring_is_aligned_to_the_clock_after_a_first_look() -> None:
    schedule, due, wait_s = tick(Schedule(60.0), 1_000_000_030.0)
    assert due
    assert wait_s == pytest.approx(50.0)  # a thousand million seconds are 40 s past a minute
    schedule, due, _ = tick(schedule, 1_000_000_050.0)
    assert not due
    assert tick(schedule, 1_000_000_080.0)[1]


def test_waking_a_little_early_is_not_measuring_twice() -> None:
    schedule = tick(Schedule(1.0), 10.5)[0]
    schedule, due, _ = tick(schedule, 10.995)
    assert due
    assert not tick(schedule, 11.0)[1]


@pytest.mark.parametrize("later", [(20.0, "set"), (1_800_000_000.0, "unset")])
def test_a_clock_that_jumps_makes_it_due(later) -> None:
    schedule = tick(Schedule(60.0), 1_800_000_000.0)[0]
    assert tick(schedule, *later)[1]


@given(st.floats(0.05, 3600), st.floats(0, 4e9), st.lists(st.floats(0, 500), max_size=30))
def test_the_wait_always_ends_at_a_moment_that_is_due(every_s, start_s, gaps) -> None:
    schedule, now_s = Schedule(every_s), start_s
    for gap in gaps:
        schedule, _, wait_s = tick(schedule, now_s)
        assert 0 < wait_s <= every_s + 0.021  # a tick may be taken 20 ms early
        assert not tick(schedule, now_s)[1]
        assert tick(schedule, now_s + wait_s + 1e-3)[1]
        now_s += gap
