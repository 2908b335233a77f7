"""Stretches of time as sets of whole minutes: the same answers, by brute force."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.fields.rollups.stretches import (
    EARLIEST,
    HOUR,
    LATEST,
    Stretch,
    hour_above,
    hour_below,
    join,
    share,
    subtract,
    thin_out,
)

START = datetime(2026, 11, 26, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
some = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=8).map(
    lambda pairs: [Stretch(START + a * MINUTE, START + (a + length) * MINUTE) for a, length in pairs]
)


def minutes(stretches: list[Stretch]) -> set[int]:
    return {
        minute for one in stretches for minute in range((one.since - START) // MINUTE, (one.until - START) // MINUTE)
    }


@given(some)
def test_joined_stretches_are_the_same_minutes_and_none_touches_another(stretches):
    joined = join(stretches)
    assert minutes(joined) == minutes(stretches)
    assert all(one.until < other.since for one, other in itertools.pairwise(joined))


@given(some, some)
def test_share_and_subtract_are_those_of_sets(first, second):
    one, other = join(first), join(second)
    assert minutes(share(one, other)) == minutes(one) & minutes(other)
    assert minutes(subtract(one, other)) == minutes(one) - minutes(other)


@given(some, st.integers(1, 4))
def test_thinned_out_stretches_hold_all_and_as_little_more_as_can_be(stretches, most):
    joined = join(stretches)
    thinned = thin_out(joined, most)
    assert len(thinned) == min(len(joined), most)
    assert minutes(thinned) >= minutes(joined)
    gaps = sorted((other.since - one.until) // MINUTE for one, other in itertools.pairwise(joined))
    assert len(minutes(thinned)) - len(minutes(joined)) == sum(gaps[: max(len(joined) - most, 0)])


@given(st.datetimes(timezones=st.just(UTC)))
def test_hours_lie_around_their_instants(instant):
    below, above = hour_below(instant), hour_above(instant)
    assert below.minute == below.second == below.microsecond == above.minute == above.second == above.microsecond == 0
    if EARLIEST <= instant <= LATEST:
        assert below <= instant < below + HOUR
        assert above - HOUR < instant <= above
