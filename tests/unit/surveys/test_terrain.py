"""Ground heights: an ESRI ASCII grid is read, and what is between its cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.surveys.terrain import Terrain, parse_terrain

HEAD = "ncols 3\nnrows 2\nxllcenter 133.0\nyllcenter 33.0\ncellsize 0.01\nNODATA_value -9999\n"
GRID = HEAD + "10 20 30\n40 50 -9999\n"


def _at(terrain: Terrain, lat: float, lon: float) -> float:
    return float(terrain.ground_m(np.array([lon]), np.array([lat]))[0])


def test_rows_are_from_the_north_and_middles_have_their_own_heights() -> None:
    terrain = parse_terrain(GRID, "hills.asc")
    assert [_at(terrain, 33.01, 133.0 + step) for step in (0, 0.01, 0.02)] == pytest.approx([10, 20, 30])
    assert [_at(terrain, 33.0, 133.0 + step) for step in (0, 0.01)] == pytest.approx([40, 50])
    assert _at(terrain, 33.005, 133.005) == pytest.approx(30)


def test_a_corner_is_half_a_cell_from_the_first_middle_and_cells_need_not_be_square() -> None:
    text = "NCOLS 2\nNROWS 2\nXLLCORNER 133.0\nYLLCORNER 33.0\nDX 0.02\nDY 0.01\n1\n2\n3 4\n"
    terrain = parse_terrain(text, "hills.asc")
    assert (terrain.west, terrain.south, terrain.dx, terrain.dy) == pytest.approx((133.01, 33.005, 0.02, 0.01))
    assert _at(terrain, 33.015, 133.03) == pytest.approx(2)


@given(*[st.floats(0, 0.98) for _ in range(2)], *[st.floats(-100, 100) for _ in range(3)])
def test_a_slope_is_a_slope_between_the_cells_too(
    up: float, along: float, level: float, east: float, north: float
) -> None:
    values = [[500 + level + east * column + north * row for column in range(4)] for row in range(3)]
    rows = "\n".join(" ".join(repr(value) for value in row) for row in reversed(values))
    head = "ncols 4\nnrows 3\nxllcenter 133\nyllcenter 33\ncellsize 0.5\n"
    terrain = parse_terrain(head + rows, "slope.asc")
    found = _at(terrain, 33 + up, 133 + 1.5 * along)
    assert found == pytest.approx(500 + level + east * 3 * along + north * 2 * up, abs=1e-6)


@pytest.mark.parametrize(
    ("lat", "lon", "says"),
    [
        (33.0, 132.9999, "the terrain ends before 33.00000, 132.99990 (latitude, longitude)"),
        (33.0101, 133.0, "the terrain ends before 33.01010"),
        (33.001, 133.015, "the terrain has no height at 33.00100, 133.01500"),
    ],
)
def test_where_no_height_is_known_is_said(lat: float, lon: float, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _at(parse_terrain(GRID, "hills.asc"), lat, lon)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no ESRI ASCII grid: it has no ncols"),
        ('{"type": "Polygon"}', "no ESRI ASCII grid: it has no ncols"),
        ("ncols 3\nnrows 2\ncellsize 1\n", "needs xllcorner or xllcenter"),
        (GRID.replace("ncols 3", "ncols 2.5"), "ncols must be a whole number"),
        (GRID.replace("ncols 3", "ncols nan"), "ncols must be a whole number"),
        (GRID.replace("ncols 3", "ncols many"), "ncols must be a number, not 'many'"),
        (GRID.replace("ncols 3", "ncols 3000000"), "over 4,000,000 cells"),
        (GRID.replace("133.0", "31250.0"), "is not in degrees"),
        (GRID.replace("0.01", "5"), "is not in degrees"),
        (GRID.replace("0.01", "nan"), "is not in degrees"),
        (GRID.replace(" 30", ""), "should have 6 heights and has 5"),
        (GRID + "1", "should have 6 heights and has more"),
        (GRID.replace("20", "tree"), "a height must be a number"),
        (GRID.replace("20", "-8888"), "-8888 is no height of ground"),
        (GRID.replace("20", "inf"), "inf is no height of ground"),
    ],
)
def test_what_is_no_grid_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_terrain(text, "hills.asc")
    assert says in str(refusal.value)
    assert str(refusal.value).startswith("hills.asc")
    assert "\n" not in str(refusal.value)
