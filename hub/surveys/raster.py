"""How much of the ground straights see, counted on scattered samples: quick enough to try thousands of changes. Pure.

One sample lies in each cell of a grid, somewhere in it, so that a narrow gap between two lines cannot hide between
samples. The count is rough (a plan's coverage is measured exactly elsewhere); it is meant for comparing.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

import math
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hub.geo import Point

__all__ = ["Raster", "Seen", "Straight", "dice_of"]

_SAMPLES = 14_000
# no coarser than a sixth of a spacing, no finer than a fifteenth
_COARSEST, _FINEST = 6, 15
_MOST_SAMPLES = 150_000
_ACROSS, _ALONG = 0.7548776662466927, 0.5698402909980532


Straight = tuple[Point, Point, bool, bool]
"""Two ends, and for each whether the path ends there: then nothing is seen beyond it."""


class Seen:
    """The samples that one straight sees: a window of the grid and which of its samples."""

    __slots__ = ("mask", "window")

    def __init__(self, window: tuple[slice, slice], mask: NDArray[Any]) -> None:
        self.window, self.mask = window, mask


class Raster:
    """Samples of a target (`spacing_m` apart lie the lines), each with how many straights see it."""

    def __init__(self, target: BaseGeometry, spacing_m: float) -> None:
        left, low, right, high = target.bounds
        fine = max(math.sqrt(target.area / _SAMPLES), spacing_m / _FINEST)
        cell = max(min(fine, spacing_m / _COARSEST), math.sqrt((right - left) * (high - low) / _MOST_SAMPLES))
        columns, rows = math.ceil((right - left) / cell), math.ceil((high - low) / cell)
        xs, ys = np.meshgrid(np.arange(columns), np.arange(rows))
        # multiples of two irrational numbers fall evenly, and on no line (Roberts 2018, the plastic number)
        self._xs = (left + (xs + (_ACROSS * (xs + columns * ys)) % 1.0) * cell).astype(np.float32)
        self._ys = (low + (ys + (_ALONG * (xs + columns * ys)) % 1.0) * cell).astype(np.float32)
        self._wanted: NDArray[Any] = shapely.contains_xy(target, self._xs, self._ys)
        self._counts = np.zeros(self._wanted.shape, dtype=np.int16)
        self._left, self._low, self._cell, self._radius = left, low, cell, spacing_m / 2
        self.samples = int(np.count_nonzero(self._wanted))
        self.sample_m2 = target.area / max(1, self.samples)

    def seen(self, straight: Straight) -> Seen:
        """Find the samples within half a spacing of a straight; an end sees round itself, or nothing beyond it."""
        a, b, flat_a, flat_b = straight
        reach, cell = self._radius, self._cell
        columns = self._slice(min(a[0], b[0]) - reach - self._left, max(a[0], b[0]) + reach - self._left, cell)
        rows = self._slice(min(a[1], b[1]) - reach - self._low, max(a[1], b[1]) + reach - self._low, cell)
        window = (rows, columns)
        size = math.dist(a, b)
        ux, uy = ((b[0] - a[0]) / size, (b[1] - a[1]) / size) if size else (1.0, 0.0)
        dx, dy = self._xs[window] - np.float32(a[0]), self._ys[window] - np.float32(a[1])
        along = dx * np.float32(ux) + dy * np.float32(uy)
        across = dx * np.float32(uy) - dy * np.float32(ux)
        along -= np.clip(along, np.float32(0), np.float32(size))
        if flat_a:
            along[along < 0] = np.inf
        if flat_b:
            along[along > 0] = np.inf
        across *= across
        along *= along
        across += along
        return Seen(window, (across <= np.float32(reach * reach)) & self._wanted[window])

    def some_unseen(self, dice: Random) -> Point | None:
        """Give a sample that nobody sees, None where all are seen."""
        places = np.flatnonzero(self._wanted & (self._counts == 0))
        if not len(places):
            return None
        place = int(places[dice.randrange(len(places))])
        return float(self._xs.flat[place]), float(self._ys.flat[place])

    @staticmethod
    def _slice(low: float, high: float, cell: float) -> slice:
        return slice(max(0, int(low / cell)), max(0, int(high / cell) + 1))

    def add(self, seen: Seen) -> int:
        """Count a straight in; give how many samples are seen by it alone."""
        counts = self._counts[seen.window]
        gained = int(np.count_nonzero(seen.mask & (counts == 0)))
        counts += seen.mask
        return gained

    def remove(self, seen: Seen) -> int:
        """Count a straight out; give how many samples nobody sees then."""
        counts = self._counts[seen.window]
        counts -= seen.mask
        return int(np.count_nonzero(seen.mask & (counts == 0)))


def dice_of(seed: int) -> Random:
    """Dice that fall the same way each time."""
    return Random(seed)  # noqa: S311  # a seed makes the same plan again
