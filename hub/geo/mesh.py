"""Mesh codes of JIS X 0410, and the 5 km mesh of hunters' maps, from a place and back to the cell. Pure.

A first mesh is 40 minutes of latitude by 1 degree of longitude; its number is the latitude times 1.5 and the longitude
less 100. A second mesh is an eighth of it, a third mesh a tenth of a second; each cell is named by its row from the
south, then its column from the west. The half mesh, and the 5 km mesh of a second mesh, are quarters: 1 south-west,
2 south-east, 3 north-west, 4 north-east (Ministry of Internal Affairs and Communications, Notice 143 of 1973;
JIS X 0410:2021). Written as on the hunters' map: `5339-07-3`, `5339-07-53`. Degrees are WGS 84, which differs from
JGD2011 by less than a metre.

Edges are quotients of whole numbers, rounded once, so that a cell's own corner lies in it, and not in its neighbour.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["LEVELS", "Cell", "Level", "NoMesh", "format_mesh", "is_in_grid", "mesh_of", "parse_mesh"]

Level = Literal["first", "second", "five_km", "third", "half"]
LEVELS: tuple[Level, ...] = get_args(Level)

# The grid of JIS X 0410 has codes of two digits for latitudes under 66.66… and longitudes from 100 to under 180.
_SOUTH, _NORTH, _WEST, _EAST = 0, 200 / 3, 100, 180
_ROWS: dict[Level, int] = {"first": 1, "second": 8, "five_km": 16, "third": 80, "half": 160}
_FORM = re.compile(r"(\d{2})(\d{2})(?:-?([0-7])([0-7])(?:-?(?:([0-9])([0-9])(?:-?([1-4]))?|([1-4])))?)?", re.ASCII)


class NoMesh(ValueError):
    """This is no mesh code, or no place within the grid."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid. `row` from the equator and `col` from 100° E, counted in cells of its own level."""

    level: Level
    row: int
    col: int

    @property
    def south(self) -> float:
        """The southern edge in degrees."""
        return self.row * 2 / (3 * _ROWS[self.level])

    @property
    def north(self) -> float:
        """The northern edge in degrees."""
        return (self.row + 1) * 2 / (3 * _ROWS[self.level])

    @property
    def west(self) -> float:
        """The western edge in degrees."""
        return (_WEST * _ROWS[self.level] + self.col) / _ROWS[self.level]

    @property
    def east(self) -> float:
        """The eastern edge in degrees."""
        return (_WEST * _ROWS[self.level] + self.col + 1) / _ROWS[self.level]

    @property
    def centre(self) -> tuple[float, float]:
        """The middle as (lat, lon) in degrees."""
        rows = _ROWS[self.level]
        return (self.row * 2 + 1) / (3 * rows), (_WEST * rows * 2 + self.col * 2 + 1) / (rows * 2)

    @property
    def polygon(self) -> dict[str, object]:
        """The cell as a GeoJSON Polygon: closed, counter-clockwise, [lon, lat]."""
        south, north, west, east = self.south, self.north, self.west, self.east
        return {
            "type": "Polygon",
            "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
        }

    def contains(self, lat: float, lon: float) -> bool:
        """Whether a place lies in the cell; its southern and western edge belong to it."""
        return is_in_grid(lat, lon) and mesh_of(lat, lon, self.level) == self


def is_in_grid(lat: float, lon: float) -> bool:
    """Whether the grid has a code for the place: 0° to 66.66…° N, 100° to 180° E."""
    return math.isfinite(lat) and math.isfinite(lon) and _SOUTH <= lat < _NORTH and _WEST <= lon < _EAST


def mesh_of(lat: float, lon: float, level: Level) -> Cell:
    """The cell in which a place lies, in degrees. Raises NoMesh outside of the grid."""
    if not is_in_grid(lat, lon):
        raise NoMesh("The mesh reaches from 0 to 66.6 degrees north and from 100 to 180 degrees east.")
    rows = _ROWS[level]
    # The nearest cell by floats, then put right where rounding came out on the other side of an edge.
    row, col = math.floor(lat * 1.5 * rows), math.floor((lon - _WEST) * rows)
    while Cell(level, row, col).south > lat:
        row -= 1
    while Cell(level, row, col).north <= lat:
        row += 1
    while Cell(level, row, col).west > lon:
        col -= 1
    while Cell(level, row, col).east <= lon:
        col += 1
    return Cell(level, row, col)


def format_mesh(cell: Cell) -> str:
    """The code as people write it: `5339`, `5339-07`, `5339-07-3` (5 km), `5339-07-53`, `5339-07-53-1` (half)."""
    rows = _ROWS[cell.level]
    code = f"{cell.row // rows:02d}{cell.col // rows:02d}"
    row, col = cell.row % rows, cell.col % rows
    if cell.level == "first":
        return code
    step = rows // 8
    code += f"-{row // step}{col // step}"
    row, col = row % step, col % step
    match cell.level:
        case "second":
            return code
        case "five_km":
            return f"{code}-{_quarter(row, col)}"
        case "third":
            return f"{code}-{row}{col}"
        case "half":
            return f"{code}-{row // 2}{col // 2}-{_quarter(row % 2, col % 2)}"


def parse_mesh(code: str) -> Cell:
    """The cell of a code, with or without its dashes. Raises NoMesh.

    Without dashes the 5 km mesh has seven digits (`5339073`), as in official lists.
    """
    match = _FORM.fullmatch(code.strip())
    if match is None:
        raise NoMesh("A mesh code is written as 5339-07-53, or 5339-07-3 for the 5 km mesh.")
    first_row, first_col, row2, col2, row3, col3, half, five = (
        None if text is None else int(text) for text in match.groups()
    )
    row, col = first_row or 0, first_col or 0
    if row >= 100 or col >= _EAST - _WEST:
        raise NoMesh("This mesh code lies outside of the grid.")
    if row2 is None or col2 is None:
        return Cell("first", row, col)
    row, col = row * 8 + row2, col * 8 + col2
    if five is not None:
        return _quartered("five_km", row, col, five)
    if row3 is None or col3 is None:
        return Cell("second", row, col)
    row, col = row * 10 + row3, col * 10 + col3
    return Cell("third", row, col) if half is None else _quartered("half", row, col, half)


def _quarter(row: int, col: int) -> int:
    return 1 + 2 * row + col


def _quartered(level: Level, row: int, col: int, quarter: int) -> Cell:
    return Cell(level, row * 2 + (quarter - 1) // 2, col * 2 + (quarter - 1) % 2)
