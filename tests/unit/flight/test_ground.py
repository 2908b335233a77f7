"""Whether a way stays within a fence, held against a library that knows."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from edge.core.flying.ground import first_outside, is_inside, ring_fault
from tests.unit.flight.orders import place, square

NOTCHED = (place(0, 0), place(100, 0), place(100, 100), place(50, 20), place(0, 100))


def test_a_leg_may_leave_a_fence_between_two_places_inside() -> None:
    assert is_inside(place(5, 80), NOTCHED)
    assert is_inside(place(95, 80), NOTCHED)
    assert first_outside([place(5, 80), place(95, 80)], NOTCHED) == 0
    assert first_outside([place(5, 80), place(50, 10), place(95, 80)], NOTCHED) is None


def test_a_leg_along_the_fence_is_inside() -> None:
    assert first_outside([place(0, 0), place(100, 0), place(100, 100)], NOTCHED) is None


def test_the_leg_that_leaves_is_named() -> None:
    assert first_outside([place(0, 0), place(10, 0), place(10, 400)], square(50)) == 1
    assert first_outside([place(90, 0), place(10, 0)], square(50)) == 0


@pytest.mark.parametrize(
    ("ring", "fault"),
    [
        (square(10), None),
        (NOTCHED, None),
        ((place(0, 0), place(10, 0), place(0, 0)), "a fence needs three corners"),
        (
            (place(0, 0), place(10, 10), place(10, 0), place(0, 10)),
            "the fence crosses itself between corners 1 and 3",
        ),
    ],
)
def test_a_fence_that_is_none_is_found(ring, fault) -> None:
    assert ring_fault(ring) == fault


metres = st.integers(-200, 200)
spot = st.tuples(metres, metres)


@given(ring=st.lists(spot, min_size=3, max_size=7, unique=True), way=st.lists(spot, min_size=2, max_size=4))
def test_a_library_says_the_same(ring, way) -> None:
    fence = Polygon(ring)
    assume(fence.is_valid and fence.area > 10)
    line = LineString(way) if len(set(way)) > 1 else Point(way[0])
    # Within a hand's breadth of the line both answers are right.
    assume(fence.buffer(0.5).covers(line) == fence.buffer(-0.5).covers(line))
    ours = first_outside([place(*one) for one in way], [place(*one) for one in ring]) is None
    assert ours == fence.covers(line)
