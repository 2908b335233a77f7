from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.clock import WorldClock

examples = settings(max_examples=100, deadline=None)  # no opinion on how fast this machine is
BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLOCKS = st.builds(WorldClock, st.just(BEGAN), st.floats(1, 1440), repeat=st.booleans())
SECONDS = st.floats(-1e5, 1e6)


@examples
@given(CLOCKS, SECONDS, SECONDS)
def test_the_world_never_goes_back(clock, one, other):
    sooner, later = sorted((one, other))
    assert clock.world_at(BEGAN + timedelta(seconds=sooner)) <= clock.world_at(BEGAN + timedelta(seconds=later))


@examples
@given(CLOCKS, SECONDS)
def test_real_at_is_the_inverse_of_world_at(clock, seconds):
    real = BEGAN + timedelta(seconds=seconds)
    assert abs(clock.real_at(clock.world_at(real)) - real) < timedelta(seconds=0.01)


def test_a_day_in_five_minutes_and_then_the_real_hour():
    clock = WorldClock(BEGAN, 288)
    assert clock.world_at(BEGAN - timedelta(hours=1)) == BEGAN - timedelta(hours=1)
    assert clock.world_at(BEGAN + timedelta(minutes=1)) == BEGAN + timedelta(hours=4.8)
    assert clock.world_at(BEGAN + timedelta(minutes=5)) == BEGAN + timedelta(days=1)
    assert clock.world_at(BEGAN + timedelta(minutes=65)) == BEGAN + timedelta(days=1, hours=1)


def test_day_after_day():
    clock = WorldClock(BEGAN, 288, repeat=True)
    assert clock.world_at(BEGAN + timedelta(minutes=50)) == BEGAN + timedelta(days=10)
