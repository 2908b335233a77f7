"""Whoever takes off comes near none that flies, whenever the others really started."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.surveys.documents import Sortie
from hub.surveys.meeting import Aloft, Way, in_the_way, motion_in
from tests.unit.surveys.shapes import FRAME

SPEED = 8.0
# Climb and landing of a sortie, seconds.
LIFT_S = 40.0


def _sortie(places: list[tuple[float, float]], height_m: float = 60.0) -> Sortie:
    """A sortie through places in metres about FRAME, without a stop at corners that matters here."""
    path = [[lon, lat, height_m] for lon, lat in FRAME.lon_lat(places)]
    return {
        "drone": "d", "path": {"type": "LineString", "coordinates": path}, "length_m": 0.0, "duration_s": 100.0,
        "number": 1, "starts_at_s": 0.0, "flight_s": 100.0 + LIFT_S, "height_m": height_m, "photos": None,
        "battery_used": None, "filmed": [0, 1],
    }  # fmt: skip


def _way(places: list[tuple[float, float]], height_m: float = 60.0, survey: str = "sv-1") -> Way:
    motion = motion_in({"speed_mps": SPEED, "accel_mps2": 5.0}, "d")
    return Way(survey, "d", _sortie(places, height_m), motion)


EAST = [(0.0, 0.0), (400.0, 0.0)]
# Crosses EAST in its middle, 200 m from the start.
NORTH = [(200.0, -200.0), (200.0, 200.0)]
FAR = [(0.0, 500.0), (400.0, 500.0)]


def _started(way: Way, ago_s: float) -> Aloft:
    return Aloft(way, -ago_s, -ago_s)


def test_two_that_would_cross_at_one_time_do_not_take_off_at_one_time() -> None:
    own = _way(EAST)
    assert in_the_way(own, 0, [_started(_way(NORTH), 0)])
    assert in_the_way(own, 0, [_started(_way(FAR), 0)]) is None
    # It has been over the crossing long ago.
    assert in_the_way(own, 0, [_started(_way(NORTH), 40)]) is None
    # What was planned to start later does not matter for one that really started now.
    assert in_the_way(own, 30, [_started(_way(NORTH), 0)]) is None


def test_seconds_that_nobody_knows_for_sure_are_kept_free() -> None:
    crossing = _way(NORTH)
    for ago_s in range(-5, 6):
        assert in_the_way(_way(EAST), 0, [_started(crossing, ago_s)]), ago_s


def test_one_that_may_start_late_is_in_the_way_for_so_long() -> None:
    assert in_the_way(_way(EAST), 20, [Aloft(_way(NORTH), 0, 30)])
    assert in_the_way(_way(EAST), 60, [Aloft(_way(NORTH), 0, 30)]) is None


def test_heights_keep_drones_of_one_survey_apart_and_no_others() -> None:
    assert in_the_way(_way(EAST), 0, [_started(_way(NORTH, 70.0), 0)]) is None
    assert in_the_way(_way(EAST), 0, [_started(_way(NORTH, 70.0, "sv-2"), 0)])


def test_of_one_whose_place_in_time_nobody_knows_the_whole_way_is_kept_free() -> None:
    for way in (_way(NORTH), _way(NORTH, 80.0)):
        assert in_the_way(_way(EAST), 0, [Aloft(way, -900, -900, is_timed=False)])
    assert in_the_way(_way(EAST), 0, [Aloft(_way(FAR), -900, -900, is_timed=False)]) is None
    # It flies home straight, over what its way goes round.
    round_it = _way([(100.0, -50.0), (100.0, -300.0), (500.0, -300.0), (500.0, 200.0), (100.0, 300.0)])
    assert in_the_way(_way([(200.0, 0.0), (300.0, 0.0)]), 0, [Aloft(round_it, -9, -9, is_timed=False)])


def test_those_come_first_of_which_nobody_knows_where_they_are() -> None:
    held = Aloft(_way(NORTH), -9, -9, is_timed=False)
    assert in_the_way(_way(EAST), 0, [_started(_way(NORTH), 0), held]) is held


@given(st.floats(0, 120), st.floats(-150, 150), st.sampled_from([EAST, NORTH, FAR]))
def test_whoever_may_take_off_stays_so_far_away_by_the_seconds(starts_s: float, ago_s: float, places: list) -> None:
    """Counted apart from the module: both at constant speed, which ramps of 5 m/s² come to within two metres."""
    own, other = _way(EAST), _way(places)
    if in_the_way(own, starts_s, [_started(other, ago_s)]) is not None:
        return
    for tick in range(1_000):
        at_s = tick / 2
        one, two = _at(EAST, at_s - starts_s - LIFT_S / 2), _at(places, at_s + ago_s - LIFT_S / 2)
        if one and two:
            assert abs(complex(*one) - complex(*two)) > 10 - 2


def _at(places: list[tuple[float, float]], seconds: float) -> tuple[float, float] | None:
    (ax, ay), (bx, by) = places
    share = seconds * SPEED / abs(complex(bx - ax, by - ay))
    return (ax + (bx - ax) * share, ay + (by - ay) * share) if 0 <= share <= 1 else None


def test_a_drone_moves_as_its_plan_was_made() -> None:
    request = {
        "speed_mps": 8, "accel_mps2": 1, "wind_mps": 2, "wind_from_deg": 270,
        "fleet": [{"id": "a", "speed_mps": 12}, {"id": "b", "speed_mps": None}],
    }  # fmt: skip
    assert [motion_in(request, drone).speed_mps for drone in "abc"] == [12, 8, 8]
    assert motion_in(request, "a").wind[0] == pytest.approx(2)
    assert replace(motion_in({"speed_mps": 5, "accel_mps2": 1}, "a"), wind=(0, 0)).speed_mps == 5
