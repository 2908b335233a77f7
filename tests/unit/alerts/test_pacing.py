"""How fast one person is told: never faster than the town says, never later than they must."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.alerts.pacing import CLOCK_SLACK, Pace, Standing, decide_pace
from tests.unit.alerts.samples import DAY, HOUR, MINUTE, NOON, SECOND

examples = settings(max_examples=300, deadline=None)
PACE = Pace(burst=3, every_s=60, gather_s=5)
FRESH = Standing(NOON, None)


def told_at(pace, moments, standing=FRESH):
    """At which of these moments a message begins, when one is wanted at each."""
    begun = []
    for now in moments:
        paced = decide_pace(standing, pace, now)
        standing = paced.standing
        if paced.allowed:
            begun.append(now)
    return begun


def test_the_first_goes_at_once_and_what_follows_within_the_gathering_time_waits():
    assert told_at(PACE, [NOON, NOON + SECOND, NOON + 4 * SECOND, NOON + 5 * SECOND]) == [NOON, NOON + 5 * SECOND]


def test_after_the_burst_comes_one_a_minute():
    moments = [NOON + n * SECOND for n in range(300)]
    assert told_at(PACE, moments) == [NOON + timedelta(seconds=s) for s in (0, 5, 10, 60, 120, 180, 240)]


def test_a_quiet_time_fills_the_bucket_and_not_more():
    _, *later = told_at(PACE, [NOON, *(NOON + HOUR + n * SECOND for n in range(60))])
    assert len(later) == 3


def test_what_replaces_a_message_that_never_arrived_takes_no_place():
    standing = FRESH
    for n in range(20):
        paced = decide_pace(standing, PACE, NOON + n * 5 * SECOND, takes=False)
        assert paced.allowed
        standing = paced.standing
    assert standing.full_at == NOON


def test_what_has_been_settled_counts_no_more():
    standing = FRESH
    for n in range(20):
        paced = decide_pace(standing, PACE, NOON + n * SECOND)
        assert paced.allowed
        standing = replace(paced.standing, returned=1)


pauses = st.lists(st.one_of(st.floats(0, 10), st.floats(0, 200), st.floats(0, 4000)), min_size=1, max_size=60)
paces = st.builds(
    Pace,
    burst=st.integers(1, 6),
    every_s=st.sampled_from([0.0, 1.0, 30.0, 60.0]),
    gather_s=st.sampled_from([0.0, 3.0, 10.0]),
)


@examples
@given(pace=paces, pauses=pauses)
def test_no_stretch_of_time_holds_more_than_it_may(pace, pauses):
    now, moments = NOON, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        moments.append(now)
    begun = told_at(pace, moments)
    assert begun[0] == moments[0]
    for first in range(len(begun)):
        for last in range(first, len(begun)):
            seconds = (begun[last] - begun[first]).total_seconds()
            if pace.every_s:
                assert last - first + 1 <= pace.burst + seconds / pace.every_s + 1e-6
    assert all(later - earlier >= timedelta(seconds=pace.gather_s) for earlier, later in pairwise(begun))


@examples
@given(
    pace=paces,
    jumps=st.lists(st.one_of(st.floats(-1e7, 1e7), st.floats(-100, 100), st.floats(0, 60)), min_size=1, max_size=40),
)
def test_nobody_waits_longer_than_the_pace_says_whatever_the_clock_does(pace, jumps):
    now, standing = NOON, FRESH
    for jump in jumps:
        now += timedelta(seconds=jump)
        paced = decide_pace(standing, pace, now)
        assert paced.free_at <= now + pace.longest_wait + CLOCK_SLACK
        # Whoever waits so long on the clock as it is now is told.
        later = now + pace.longest_wait + CLOCK_SLACK
        assert decide_pace(paced.standing, pace, later).allowed
        standing = paced.standing


def test_a_clock_that_was_days_ahead_silences_nobody():
    standing = FRESH
    for n in range(3):
        standing = decide_pace(standing, PACE, NOON + 10 * DAY + n * MINUTE / 6).standing
    assert decide_pace(standing, PACE, NOON).allowed
