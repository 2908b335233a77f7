"""Mesh codes, held against the package jismesh, which knows nothing of our arithmetic."""

from itertools import pairwise

import jismesh.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.geo.mesh import LEVELS, Cell, Level, NoMesh, format_mesh, mesh_of, parse_mesh

ORACLE: dict[Level, int] = {"first": 1, "second": 2, "five_km": 5000, "third": 3, "half": 4}
# Edges of all levels fall on multiples of 1/240 degree of latitude and 1/160 of longitude.
LATS = st.floats(20, 46) | st.integers(20 * 240, 46 * 240).map(lambda step: step / 240)
LONS = st.floats(122, 154) | st.integers(122 * 160, 154 * 160).map(lambda step: step / 160)
PLACES = st.tuples(LATS, LONS)
CITY_HALL = (35.3760, 139.9167)


def test_the_city_hall_lies_where_the_hunters_map_says() -> None:
    codes = {level: format_mesh(mesh_of(*CITY_HALL, level)) for level in LEVELS}
    assert codes == {
        "first": "5339", "second": "5339-07", "five_km": "5339-07-3", "third": "5339-07-53", "half": "5339-07-53-1",
    }  # fmt: skip


@given(place=PLACES, level=st.sampled_from(LEVELS))
def test_codes_are_those_of_the_oracle(place: tuple[float, float], level: Level) -> None:
    cell = mesh_of(*place, level)
    # The oracle multiplies floats, so on an edge it may take the neighbour: it is asked in the middle of our cell.
    assert format_mesh(cell).replace("-", "") == str(jismesh.utils.to_meshcode(*cell.centre, ORACLE[level]))
    assert cell.south <= place[0] < cell.north
    assert cell.west <= place[1] < cell.east


@given(place=PLACES, level=st.sampled_from(LEVELS))
def test_corners_are_those_of_the_oracle(place: tuple[float, float], level: Level) -> None:
    cell = mesh_of(*place, level)
    code = int(format_mesh(cell).replace("-", ""))
    for multiplier, corner in ((0, (cell.south, cell.west)), (1, (cell.north, cell.east)), (0.5, cell.centre)):
        expected = jismesh.utils.to_meshpoint(code, multiplier, multiplier)
        assert corner == pytest.approx(tuple(float(part) for part in expected), abs=1e-9)


@given(place=PLACES, level=st.sampled_from(LEVELS))
def test_a_code_leads_back_to_its_cell_with_and_without_dashes(place: tuple[float, float], level: Level) -> None:
    cell = mesh_of(*place, level)
    code = format_mesh(cell)
    assert parse_mesh(code) == cell == parse_mesh(code.replace("-", ""))


@given(place=PLACES, level=st.sampled_from(LEVELS))
def test_a_cell_holds_its_corner_and_its_neighbours_hold_theirs(place: tuple[float, float], level: Level) -> None:
    cell = mesh_of(*place, level)
    assert cell.contains(*place)
    assert cell.contains(cell.south, cell.west)
    assert mesh_of(cell.north, cell.east, level) == Cell(level, cell.row + 1, cell.col + 1)


@given(place=PLACES)
def test_each_level_lies_within_the_coarser_ones(place: tuple[float, float]) -> None:
    codes = {level: format_mesh(mesh_of(*place, level)) for level in LEVELS}
    assert codes["second"].startswith(codes["first"])
    assert codes["five_km"].startswith(codes["second"])
    assert codes["third"].startswith(codes["second"])
    assert codes["half"].startswith(codes["third"])
    quarter = parse_mesh(codes["five_km"])
    third = parse_mesh(codes["third"])
    assert quarter.contains(*third.centre)


def test_a_polygon_is_closed_and_runs_against_the_clock() -> None:
    ring = mesh_of(*CITY_HALL, "five_km").polygon["coordinates"][0]  # type: ignore[index]
    assert ring[0] == ring[-1]
    doubled = sum(one[0] * two[1] - two[0] * one[1] for one, two in pairwise(ring))
    assert doubled > 0


@pytest.mark.parametrize(
    "place", [(-1, 140), (67, 140), (35, 99.9), (35, 180), (float("nan"), 140), (35, float("inf"))]
)
def test_outside_of_the_grid_there_is_no_code(place: tuple[float, float]) -> None:
    with pytest.raises(NoMesh):
        mesh_of(*place, "third")


@pytest.mark.parametrize(
    "code",
    ["", "53", "53399", "5339-08", "5339-07-0", "5339-07-5", "5339-07-53-5", "5339-07-53-11", "９９99", "9999", "x"],
)
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(NoMesh):
        parse_mesh(code)
