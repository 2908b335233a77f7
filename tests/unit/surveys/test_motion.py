import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.surveys.motion import Motion, length_m, straighten

MOTION = Motion(speed_mps=8, accel_mps2=1)
COORDINATES = st.floats(-500, 500)
PATHS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=12)


@pytest.mark.parametrize(("metres", "seconds"), [(0, 0), (1, 2), (16, 8), (64, 16), (400, 58), (800, 108)])
def test_a_straight_is_a_trapezoid_of_speed(metres: float, seconds: float) -> None:
    assert MOTION.straight_s(metres) == pytest.approx(seconds)


def test_each_corner_is_a_stop() -> None:
    assert MOTION.path_s([(0, 0), (400, 0), (400, 16), (0, 16)]) == pytest.approx(58 + 8 + 58)


@given(PATHS)
def test_a_path_takes_no_less_than_cruising_along_it(path: list[tuple[float, float]]) -> None:
    assert MOTION.path_s(path) >= length_m(path) / 8 - 1e-9


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_a_stop_on_the_way_never_saves_time(one: float, other: float) -> None:
    assert MOTION.straight_s(one) + MOTION.straight_s(other) >= MOTION.straight_s(one + other) - 1e-9


@given(PATHS)
def test_straightening_keeps_the_ends_and_the_corners(path: list[tuple[float, float]]) -> None:
    straight = straighten(path)
    assert straight[0] == path[0]
    assert math.dist(straight[-1], path[-1]) < 0.02
    assert length_m(straight) <= length_m(path) + 1e-6


def test_a_place_on_the_way_is_no_corner_and_a_turning_back_is() -> None:
    assert straighten([(0, 0), (10, 0), (20, 0)]) == [(0, 0), (20, 0)]
    assert straighten([(0, 0), (20, 0), (10, 0)]) == [(0, 0), (20, 0), (10, 0)]
