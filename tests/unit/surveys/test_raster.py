"""The samples that polishing goes by: what they count is near the truth wherever lines lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Polygon, box
from shapely.affinity import rotate

from hub.surveys.cells import Method
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion
from hub.surveys.raster import Raster
from hub.surveys.strips import bridge_m
from hub.surveys.sweeps import sweeps_of
from hub.surveys.ways import Ways

SPACING = 30.0
GROUND = box(0, 0, 300, 120)


def _unseen_m2(raster: Raster, *middles: float) -> float:
    seen = sum(raster.add(raster.seen(((0.0, y), (300.0, y), True, True))) for y in middles)
    return (raster.samples - seen) * raster.sample_m2


@given(st.floats(0.2, 6.0), st.floats(-7.0, 7.0))
def test_a_gap_between_two_lines_counts_with_its_width(gap: float, moved: float) -> None:
    middles = (15.0, 30.0, 60.0 + moved - 15 - gap / 2, 60.0 + moved + 15 + gap / 2, 90.0, 105.0)
    assert _unseen_m2(Raster(GROUND, SPACING), *middles) == pytest.approx(300 * gap, abs=300 * 0.25)


def test_nothing_is_missed_where_lines_meet_and_at_the_rim() -> None:
    assert _unseen_m2(Raster(GROUND, SPACING), 15, 45, 75, 105) == pytest.approx(0, abs=120)


@given(st.floats(0.0, 3.1))
def test_the_grids_direction_changes_no_count(angle: float) -> None:
    assert _unseen_m2(Raster(GROUND, SPACING, angle), 15, 45, 105) == pytest.approx(9_000, rel=0.04)


def test_what_is_counted_out_again_leaves_no_trace() -> None:
    raster = Raster(GROUND, SPACING)
    before = raster.add(raster.seen(((0.0, 15.0), (300.0, 15.0), True, True)))
    other = raster.seen(((20.0, 0.0), (90.0, 100.0), False, False))
    assert raster.add(other) == raster.remove(other)
    assert raster.remove(raster.seen(((0.0, 15.0), (300.0, 15.0), True, True))) == before


def test_a_hole_that_may_be_crossed_cuts_no_line_in_two_where_flying_on_is_quicker() -> None:
    motion = Motion(8, 1)
    assert 60 < bridge_m(motion, SPACING) < 300
    field = box(0, 0, 600, 90).difference(box(250, 30, 350, 60))
    across = sweeps_of(field, Polygon(), Method(SPACING, motion, lambda: False))[0]
    assert len(across.legs) == 3
    rounds = sweeps_of(field, Ground.of(field, Polygon(), 5).no_fly, Method(SPACING, motion, lambda: False))[0]
    assert len(rounds.legs) == 4


@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(-60, 60), st.floats(-60, 60))
def test_a_straight_is_clear_of_a_zone_that_it_does_not_meet(ax: float, ay: float, bx: float, by: float) -> None:
    zone = rotate(box(-20, -8, 20, 8), 30)
    ways = Ways(zone, Motion(8, 1))
    line = LineString([(ax, ay), (bx, by)])
    if line.distance(zone) > 0.01:
        assert ways.is_clear((ax, ay), (bx, by))
    if line.intersects(zone.buffer(-0.1)):
        assert not ways.is_clear((ax, ay), (bx, by))
