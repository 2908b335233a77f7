"""The height of the ground: a grid as an ESRI ASCII file gives it, and the height at any place between its cells. Pure.

Format: header lines `ncols`, `nrows`, `xllcorner` or `xllcenter`, `yllcorner` or `yllcenter`, `cellsize` (or `dx` and
`dy`, as GDAL writes cells that are not square), `NODATA_value`, then the heights row by row from the north.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from hub.errors import Invalid
from hub.geo import Point

__all__ = ["MOST_CHARACTERS", "Terrain", "UnknownGround", "parse_terrain"]

MOST_CHARACTERS = 60_000_000
_MOST_CELLS = 4_000_000
_HEADER = (
    "ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize", "dx", "dy", "nodata_value",
)  # fmt: skip
# the shore of the Dead Sea and the top of Mount Everest: beyond them a height is no height in metres
_LOWEST_M, _HIGHEST_M = -450.0, 8_900.0
_METRES_A_DEGREE = 111_320.0
_NOTHING = 1e-6

Heights = NDArray[Any]


class UnknownGround(Invalid):
    """Nobody knows how high the ground is at a place."""


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """Metres above the sea at the middles of a grid's cells, rows from the south, NaN where nobody knows.

    `west` and `south` are the first middle in degrees (WGS 84), `dx` and `dy` the degrees from one to the next.
    `digest` is the same for the same grid alone; `name` is that of its file.
    """

    west: float
    south: float
    dx: float
    dy: float
    heights: Heights
    digest: str
    name: str

    @property
    def cell_m(self) -> float:
        """The shorter side of a cell in metres."""
        narrow = self.dx * math.cos(math.radians(max(abs(self.south), abs(self._north))))
        return min(narrow, self.dy) * _METRES_A_DEGREE

    @property
    def _north(self) -> float:
        return self.south + self.dy * (self.heights.shape[0] - 1)

    def ground_m(self, lons: Heights, lats: Heights) -> Heights:
        """Metres above the sea at places, between the four middles around each (bilinear).

        Raises UnknownGround, saying where, for a place beyond the outermost middles or beside a cell without a height.
        """
        rows, columns = self.heights.shape
        x, y = (np.asarray(lons) - self.west) / self.dx, (np.asarray(lats) - self.south) / self.dy
        # degrees are written with so many digits only
        inside = (x >= -_NOTHING) & (x <= columns - 1 + _NOTHING) & (y >= -_NOTHING) & (y <= rows - 1 + _NOTHING)
        if not inside.all():
            raise UnknownGround(f"the terrain ends before {_place(lons, lats, ~inside)}; take a larger grid")
        x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
        left, low = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
        along, up = x - left, y - low
        found = np.zeros(x.shape)
        for right, above in ((0, 0), (1, 0), (0, 1), (1, 1)):
            weight = (along if right else 1 - along) * (up if above else 1 - up)
            # what counts for nothing need not be known
            corner = self.heights[low + above, left + right]
            found += np.where(np.isnan(corner) & (weight < _NOTHING), 0.0, corner * weight)
        unknown = np.isnan(found)
        if unknown.any():
            raise UnknownGround(f"the terrain has no height at {_place(lons, lats, unknown)}; fill the grid there")
        return found

    def highest_m(self, around: Polygon) -> float | None:
        """Metres above the sea of the highest ground in an area (lon, lat); None where a part of it is not known."""
        rows, columns = self.heights.shape
        west, south, east, north = around.bounds
        left, right = math.floor((west - self.west) / self.dx), math.ceil((east - self.west) / self.dx)
        low, high = math.floor((south - self.south) / self.dy), math.ceil((north - self.south) / self.dy)
        if left < 0 or low < 0 or right >= columns or high >= rows:
            return None
        lats, lons = np.mgrid[low : high + 1, left : right + 1]
        # ground between middles is no higher than the highest of them
        near = shapely.contains_xy(
            around.buffer(math.hypot(self.dx, self.dy)), self.west + lons * self.dx, self.south + lats * self.dy
        )
        found = self.heights[low : high + 1, left : right + 1][near]
        return None if np.isnan(found).any() else float(found.max())

    def bends(self, start: Point, end: Point) -> list[float]:
        """Shares (0 to 1) of a straight between two places (lon, lat) at which it goes from four middles to others: the
        ground may have an edge there, and none between.
        """
        found: list[float] = []
        for axis, (first, step) in enumerate(((self.west, self.dx), (self.south, self.dy))):
            a, b = (start[axis] - first) / step, (end[axis] - first) / step
            if a != b:
                found += [(line - a) / (b - a) for line in range(math.ceil(min(a, b)), math.floor(max(a, b)) + 1)]
        return found


def _place(lons: Heights, lats: Heights, wanted: Heights) -> str:
    first = int(np.argmax(wanted))
    return f"{float(lats[first]):.5f}, {float(lons[first]):.5f} (latitude, longitude)"


def parse_terrain(text: str, what: str) -> Terrain:
    """Read a grid. Raises Invalid with one line for what is none, is not in degrees, or has heights that none are."""
    lines = text.splitlines()
    header: dict[str, float] = {}
    for line in lines:
        words = line.split()
        if len(words) != 2 or words[0].lower() not in _HEADER:  # a name and its value
            break
        header[words[0].lower()] = _number(words[1], f"{what}: {words[0]}")
    columns, rows = (_count(header, name, what) for name in ("ncols", "nrows"))
    if columns * rows > _MOST_CELLS:
        raise Invalid(f"{what} has over {_MOST_CELLS:,} cells; cut out the part that is flown over")
    dx, dy = (header.get(name, header.get("cellsize", math.nan)) for name in ("dx", "dy"))
    west, south = (_middle(header, axis, step, what) for axis, step in (("x", dx), ("y", dy)))
    east, north = west + dx * (columns - 1), south + dy * (rows - 1)
    if not (0 < dx < 1 and 0 < dy < 1 and west >= -180 and east <= 180 and south >= -90 and north <= 90):  # degrees
        raise Invalid(f"{what} is not in degrees (WGS 84): convert it, as the manual of `wanamori-hub plan` shows")
    heights = _heights(lines[len(header) :], (rows, columns), header, what)
    grid = np.flipud(heights)
    digest = hashlib.sha256(repr((west, south, dx, dy, grid.shape)).encode() + grid.tobytes()).hexdigest()
    return Terrain(west, south, dx, dy, grid, digest, PurePath(what).name)


def _number(word: str, what: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise Invalid(f"{what} must be a number, not {word[:40]!r}") from None


def _count(header: Mapping[str, float], name: str, what: str) -> int:
    value = header.get(name)
    if value is None:
        raise Invalid(f"{what} is no ESRI ASCII grid: it has no {name}")
    if not (2 <= value <= _MOST_CELLS and value == int(value)):
        raise Invalid(f"{what}: {name} must be a whole number of 2 or more")
    return int(value)


def _middle(header: Mapping[str, float], axis: str, step: float, what: str) -> float:
    corner, center = header.get(f"{axis}llcorner"), header.get(f"{axis}llcenter")
    if (corner is None) == (center is None):
        raise Invalid(f"{what} is no ESRI ASCII grid: it needs {axis}llcorner or {axis}llcenter")
    return center if center is not None else (corner or 0.0) + step / 2


def _heights(lines: Sequence[str], shape: tuple[int, int], header: Mapping[str, float], what: str) -> Heights:
    rows, columns = shape
    # one more than there should be says that there are too many
    words = list(islice((word for line in lines for word in line.split()), rows * columns + 1))
    if len(words) != rows * columns:
        found = "more" if len(words) > rows * columns else f"{len(words):,}"
        raise Invalid(f"{what} should have {rows * columns:,} heights and has {found}")
    try:
        heights = np.array(words, dtype=np.float64)
    except ValueError as error:
        raise Invalid(f"{what}: a height must be a number: {str(error)[:80]}") from None
    nodata = header.get("nodata_value", math.nan)
    heights[heights == nodata] = math.nan
    odd = ~np.isnan(heights) & ~((heights >= _LOWEST_M) & (heights <= _HIGHEST_M))
    if odd.any():
        raise Invalid(f"{what}: {float(heights[int(np.argmax(odd))]):g} is no height of ground in metres, nor NODATA")
    return heights.reshape(shape)
