"""Whoever takes off comes near none that flies, whenever the others really started."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.surveys.meeting import Aloft, Way, in_the_way, motion_in
from hub.surveys.timing import HEARD_WITHIN_S
from tests.unit.surveys.ways import EAST, FAR, LIFT_S, NORTH, SPEED, from_home, way_of


def _started(way: Way, ago_s: float) -> Aloft:
    return Aloft(way, -ago_s, -ago_s)


def test_two_that_would_cross_at_one_time_do_not_take_off_at_one_time() -> None:
    own = way_of(EAST)
    assert in_the_way(own, 0, [_started(way_of(NORTH), 0)])
    assert in_the_way(own, 0, [_started(way_of(FAR), 0)]) is None
    # It has been over the crossing long ago.
    assert in_the_way(own, 0, [_started(way_of(NORTH), 40)]) is None
    # What was planned to start later does not matter for one that really started now.
    assert in_the_way(own, 30, [_started(way_of(NORTH), 0)]) is None


def test_seconds_that_nobody_knows_for_sure_are_kept_free() -> None:
    crossing = way_of(NORTH)
    for ago_s in range(-5, 6):
        assert in_the_way(way_of(EAST), 0, [_started(crossing, ago_s)]), ago_s


def test_one_that_may_start_late_is_in_the_way_for_so_long() -> None:
    assert in_the_way(way_of(EAST), 20, [Aloft(way_of(NORTH), 0, 30)])
    assert in_the_way(way_of(EAST), 60, [Aloft(way_of(NORTH), 0, 30)]) is None


def test_the_own_order_may_be_heard_as_late_as_any() -> None:
    """The other is at the crossing so much later as the own order may be heard late."""
    for ago_s in range(-int(HEARD_WITHIN_S), 1):
        assert in_the_way(way_of(EAST), 0, [_started(way_of(NORTH), ago_s)]), ago_s
    assert in_the_way(way_of(EAST), 0, [_started(way_of(NORTH), -HEARD_WITHIN_S - 15)]) is None


def test_nobody_climbs_where_another_lands_or_climbs() -> None:
    home, away = (0.0, 0.0), (-600.0, 0.0)
    back = [away, (0.0, 0.0)]
    duration_s = 600 / SPEED + SPEED / 5 + LIFT_S
    # It comes in above the place, after its way has ended, at whatever height.
    for height_m in (60.0, 90.0):
        lands = way_of(back, height_m)
        assert in_the_way(way_of([home, (300.0, 0.0)]), 0, [_started(lands, duration_s - LIFT_S / 2)])
        assert in_the_way(way_of([home, (300.0, 0.0)]), 0, [_started(lands, duration_s + 10)]) is None
    # Nor over a place from which another comes up just then.
    climbs = way_of([(200.0, 0.0), (200.0, 400.0)], 80.0)
    assert in_the_way(way_of(EAST), 0, [_started(climbs, -30)])
    assert in_the_way(way_of(EAST), 0, [_started(climbs, 60)]) is None


def test_heights_keep_drones_of_one_plan_apart_and_no_others() -> None:
    assert in_the_way(way_of(EAST), 0, [_started(way_of(NORTH, 70.0), 0)]) is None
    assert in_the_way(way_of(EAST), 0, [_started(way_of(NORTH, 70.0, "sv-2"), 0)])
    # Another home may lie ten metres lower.
    assert in_the_way(from_home(way_of(EAST)), 0, [_started(from_home(way_of(NORTH, 70.0)), 0)])


def test_of_one_whose_place_in_time_nobody_knows_the_whole_way_is_kept_free() -> None:
    for way in (way_of(NORTH), way_of(NORTH, 80.0)):
        assert in_the_way(way_of(EAST), 0, [Aloft(way, -900, -900, is_timed=False)])
    assert in_the_way(way_of(EAST), 0, [Aloft(way_of(FAR), -900, -900, is_timed=False)]) is None
    # It flies home straight, over what its way goes round.
    round_it = way_of([(100.0, -50.0), (100.0, -300.0), (500.0, -300.0), (500.0, 200.0), (100.0, 300.0)])
    assert in_the_way(way_of([(200.0, 0.0), (300.0, 0.0)]), 0, [Aloft(round_it, -9, -9, is_timed=False)])


def test_those_come_first_of_which_nobody_knows_where_they_are() -> None:
    held = Aloft(way_of(NORTH), -9, -9, is_timed=False)
    assert in_the_way(way_of(EAST), 0, [_started(way_of(NORTH), 0), held]) is held


@given(st.floats(0, 120), st.floats(-150, 150), st.sampled_from([EAST, NORTH, FAR]), st.floats(0, HEARD_WITHIN_S))
def test_whoever_may_take_off_stays_so_far_away_by_the_seconds(
    starts_s: float, ago_s: float, places: list, late_s: float
) -> None:
    """Counted apart from the module: both at constant speed, which ramps of 5 m/s² come to within two metres."""
    own, other = way_of(EAST), way_of(places)
    if in_the_way(own, starts_s, [_started(other, ago_s)]) is not None:
        return
    for tick in range(1_000):
        at_s = tick / 2
        one, two = _at(EAST, at_s - starts_s - late_s - LIFT_S / 2), _at(places, at_s + ago_s - LIFT_S / 2)
        if one and two:
            assert abs(complex(*one) - complex(*two)) > 10 - 2


def _at(places: list[tuple[float, float]], seconds: float) -> tuple[float, float] | None:
    """Where it is so long after its climb; None on the ground."""
    (ax, ay), (bx, by) = places
    lasts_s = abs(complex(bx - ax, by - ay)) / SPEED
    if not -LIFT_S / 2 <= seconds <= lasts_s + LIFT_S / 2:
        return None
    share = min(1.0, max(0.0, seconds / lasts_s))
    return ax + (bx - ax) * share, ay + (by - ay) * share


def test_a_drone_moves_as_its_plan_was_made() -> None:
    request = {
        "speed_mps": 8, "accel_mps2": 1, "wind_mps": 2, "wind_from_deg": 270,
        "fleet": [{"id": "a", "speed_mps": 12}, {"id": "b", "speed_mps": None}],
    }  # fmt: skip
    assert [motion_in(request, drone).speed_mps for drone in "abc"] == [12, 8, 8]
    assert motion_in(request, "a").wind[0] == pytest.approx(2)
    assert replace(motion_in({"speed_mps": 5, "accel_mps2": 1}, "a"), wind=(0, 0)).speed_mps == 5
