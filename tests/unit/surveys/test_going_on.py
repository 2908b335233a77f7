"""Whoever was held goes on only where what is left of its way comes near nothing that is left of another's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.surveys.going_on import Held, who_stays
from hub.surveys.meeting import Aloft, Way
from tests.unit.surveys.shapes import FRAME
from tests.unit.surveys.ways import EAST, FAR, LIFT_S, NORTH, SPEED, from_home, way_of

STOP = datetime(2026, 11, 27, 3, tzinfo=UTC)
# Each after the other, the lines 100 m apart: out, across, back.
ROUND = [(0.0, 0.0), (400.0, 0.0), (400.0, 100.0), (0.0, 100.0)]


def _at(x: float, y: float) -> tuple[float, float]:
    return FRAME.lon_lat([(x, y)])[0]


def _held(way: Way, place: tuple[float, float] | None, drone: str = "own", **more: object) -> Held:
    given_ = {"stopped_at": None, "held_at": None} | more
    return Held(replace(way, drone=drone), place and _at(*place), **given_)


def _flies(way: Way, ago_s: float, drone: str = "other") -> Aloft:
    return Aloft(replace(way, drone=drone), -ago_s, -ago_s)


def _hovers(one: Held) -> Aloft:
    return Aloft(one.way, -300, -300, is_timed=False)


def _may_go(own: Held, *others: Aloft) -> bool:
    return not who_stays([own], [_hovers(own), *others])


def test_one_that_would_cross_another_at_some_time_stays() -> None:
    before, behind = _held(way_of(EAST), (100, 0)), _held(way_of(EAST), (250, 0))
    # 40 s after its start the other has half a minute to the crossing; how long it takes does not matter.
    for ago_s in (-20, 0, 25, 40):
        assert who_stays([before], [_hovers(before), _flies(way_of(NORTH), ago_s)]), ago_s
        assert _may_go(behind, _flies(way_of(NORTH), ago_s)), ago_s
    # It is over the crossing, which is 45 s after its start, and five seconds more.
    assert _may_go(before, _flies(way_of(NORTH), LIFT_S / 2 + 200 / SPEED + 10))
    assert _may_go(before, _flies(way_of(FAR), 0))
    assert _may_go(before)


def test_who_starts_late_is_held_against_by_the_latest_start() -> None:
    own = _held(way_of(EAST), (100, 0))
    assert not _may_go(own, Aloft(replace(way_of(NORTH), drone="other"), -200, -40))


@pytest.mark.parametrize("place", [None, (250.0, 300.0)])
def test_of_one_that_is_nowhere_near_its_way_the_whole_way_counts(place: tuple[float, float] | None) -> None:
    assert not _may_go(_held(way_of(EAST), place), _flies(way_of(NORTH), 0))


def test_what_is_left_begins_at_the_first_place_that_is_near() -> None:
    crosses = [(0.0, 0.0), (400.0, 0.0), (400.0, 100.0), (200.0, 100.0), (200.0, -300.0)]
    other = _flies(way_of([(300.0, 20.0), (300.0, -20.0)]), 0)
    assert not _may_go(_held(way_of(crosses), (200, 0)), other)
    assert _may_go(_held(way_of(crosses), (200, 50)), other)


def test_a_drone_beside_its_way_is_near_others_too() -> None:
    other = _flies(way_of([(150.0, 16.0), (150.0, 200.0)]), 0)
    assert _may_go(_held(way_of(EAST), (100, 0)), other)
    assert not _may_go(_held(way_of(EAST), (147, 9)), other)


def test_one_that_was_on_its_way_home_has_all_of_its_way_before_it() -> None:
    other = _flies(way_of([(350.0, -50.0), (350.0, 20.0)]), 0)
    # Homeward from the far corner it passes over the last line.
    assert _may_go(_held(way_of(ROUND), (100, 100)), other)
    assert not _may_go(_held(way_of(ROUND), (100, 100), was_off=True), other)
    # And it flies straight to wherever it was.
    between = _flies(way_of([(500.0, 50.0), (150.0, 50.0)]), 0)
    assert not _may_go(_held(way_of(EAST), (100, 90), was_off=True), between)


def test_heights_keep_those_of_one_plan_apart_but_not_where_they_land() -> None:
    own = _held(way_of(EAST), (100, 0))
    assert _may_go(own, _flies(way_of(NORTH, 70.0), 0))
    assert not _may_go(own, _flies(way_of(NORTH, 70.0, survey="sv-2"), 0))
    assert not _may_go(own, _flies(way_of(NORTH, 70.0, version=2), 0))
    # Another home may lie ten metres lower.
    own_home = _held(from_home(way_of(EAST)), (100, 0))
    assert not _may_go(own_home, _flies(from_home(way_of(NORTH, 70.0)), 0))
    # Through whatever height it comes down on the way, or is passed where it comes down itself.
    assert not _may_go(own, _flies(way_of([(200.0, 200.0), (200.0, 0.0)], 80.0), 0))
    assert not _may_go(own, _flies(way_of([(400.0, 200.0), (400.0, -200.0)], 80.0), 0))
    # One that should be down is landing until it says so.
    assert not _may_go(own, _flies(way_of([(200.0, 200.0), (200.0, 0.0)], 80.0), 150))


def test_of_one_whose_place_nobody_knows_the_whole_way_is_kept_free() -> None:
    own = _held(way_of(EAST), (100, 0))
    for way in (way_of(NORTH), way_of(NORTH, 80.0)):
        assert not _may_go(own, Aloft(replace(way, drone="other"), -900, -900, is_timed=False))
    assert _may_go(_held(way_of(EAST), (250, 0)), Aloft(replace(way_of(NORTH), drone="o"), -9, -9, is_timed=False))


def test_those_of_one_stop_that_go_on_by_one_order_keep_their_times() -> None:
    at = STOP + timedelta(seconds=1)
    own = _held(way_of(EAST), (100, 0), "a", stopped_at=STOP, held_at=at)
    mate = _held(way_of(NORTH), (200, -100), "b", stopped_at=STOP, held_at=at + timedelta(seconds=4))
    aloft = [_hovers(own), _hovers(mate)]
    assert who_stays([own, mate], aloft) == []
    # Alone it flies past one that stays.
    assert who_stays([own], aloft) == [(own, aloft[1])]
    before = STOP - timedelta(seconds=6)
    early = [replace(own, held_at=before), replace(mate, held_at=before)]
    assert [one for one, _ in who_stays(early, aloft)] == early, "they held before anybody stopped them"
    for change in (
        {"stopped_at": STOP + timedelta(seconds=1)},
        {"stopped_at": None},
        {"held_at": at + timedelta(seconds=6)},
        {"held_at": None},
        {"way": replace(mate.way, survey_id="sv-2")},
    ):
        other = replace(mate, **change)
        both = [_hovers(own), _hovers(other)]
        assert who_stays([own, other], both) == [(own, both[1]), (other, both[0])], change


def test_who_stays_is_in_the_way_of_those_that_would_have_gone_with_it() -> None:
    own = _held(way_of(EAST), (100, 0), "a", stopped_at=STOP, held_at=STOP)
    mate = _held(way_of(NORTH), (200, -100), "b", stopped_at=STOP, held_at=STOP)
    third = _held(way_of(FAR), (100, 500), "c", stopped_at=STOP, held_at=STOP)
    crosses = _flies(way_of([(100.0, 150.0), (300.0, 150.0)], survey="sv-2"), 0)
    held = [_hovers(one) for one in (own, mate, third)]
    assert who_stays([own, mate, third], [*held, crosses]) == [(mate, crosses), (own, held[1])]


def test_nobody_is_in_its_own_way_not_even_by_an_older_sortie() -> None:
    own = _held(way_of(EAST), (100, 0))
    assert _may_go(own, _flies(way_of(NORTH, survey="sv-0"), 0, drone="own"))


def test_those_come_first_of_which_nobody_knows_where_they_are() -> None:
    own = _held(way_of(EAST), (100, 0))
    lost = Aloft(replace(way_of(NORTH), drone="lost"), -9, -9, is_timed=False)
    assert who_stays([own], [_flies(way_of(NORTH), 0), lost]) == [(own, lost)]


@given(st.floats(0, 400), st.floats(-60, 160), st.sampled_from([EAST, NORTH, FAR]), st.floats(0, 600))
def test_whoever_goes_on_stays_away_whenever_it_does(
    place_m: float, ago_s: float, places: list, after_s: float
) -> None:
    """Counted apart from the module: both at constant speed, which ramps of 5 m/s² come to within two metres."""
    if not _may_go(_held(way_of(EAST), (place_m, 0)), _flies(way_of(places), ago_s)):
        return
    (ax, ay), (bx, by) = places
    lasts_s = abs(complex(bx - ax, by - ay)) / SPEED
    for tick in range(1_000):
        at_s = tick / 2
        own = complex(min(400.0, place_m + max(0.0, at_s - after_s) * SPEED), 0)
        flown_s = at_s + ago_s - LIFT_S / 2
        if -LIFT_S / 2 <= flown_s <= lasts_s + LIFT_S / 2 and at_s - after_s <= (400 - place_m) / SPEED + LIFT_S / 2:
            share = min(1.0, max(0.0, flown_s / lasts_s))
            assert abs(own - complex(ax + (bx - ax) * share, ay + (by - ay) * share)) > 10 - 2
