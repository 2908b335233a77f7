"""How much of the ground straights see, counted on scattered samples: quick enough to try thousands of changes. Pure.

One sample lies in each cell of a grid. A sample near the edge of what a straight sees is seen in part, and parts add
up: a gap between two lines, however narrow, counts with its width, so nothing is gained by laying lines so that gaps
lie between samples. The count is rough (a plan's coverage is measured exactly elsewhere); it is meant for comparing.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

import math
from collections.abc import Callable
from random import Random
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

from hub.geo import Point

__all__ = ["Raster", "Seen", "Straight", "dice_of"]

_SAMPLES = 14_000
# no coarser than a sixth of a spacing, no finer than a fifteenth
_COARSEST, _FINEST = 6, 15
_MOST_SAMPLES = 150_000
# the weight of a sample that is wholly seen
_FULL = 128


Straight = tuple[Point, Point, bool, bool]
"""Two ends, and for each whether the path ends there: then nothing is seen beyond it."""


class Seen:
    """The samples that one straight sees: a window of the grid and how much of each of its samples."""

    __slots__ = ("weights", "window")

    def __init__(self, window: tuple[slice, slice], weights: NDArray[Any]) -> None:
        self.window, self.weights = window, weights


class Raster:
    """Samples of a target (`spacing_m` apart lie the lines), each with how much of it straights see.

    The grid lies along `angle` (radians): straights in that direction have narrow windows, which are quick to count.
    """

    def __init__(self, target: BaseGeometry, spacing_m: float, angle: float = 0.0) -> None:
        self._cos, self._sin = math.cos(angle), math.sin(angle)
        target = affine_transform(target, [self._cos, self._sin, -self._sin, self._cos, 0, 0])
        left, low, right, high = target.bounds
        fine = max(math.sqrt(target.area / _SAMPLES), spacing_m / _FINEST)
        cell = max(min(fine, spacing_m / _COARSEST), math.sqrt((right - left) * (high - low) / _MOST_SAMPLES))
        columns, rows = math.ceil((right - left) / cell), math.ceil((high - low) / cell)
        xs, ys = np.meshgrid(np.arange(columns), np.arange(rows))
        self._xs = (left + (xs + 0.5) * cell).astype(np.float32)
        self._ys = (low + (ys + 0.5) * cell).astype(np.float32)
        self._wanted = self._wants(target, cell)
        self._counts = np.zeros(self._wanted.shape, dtype=np.int16)
        self._left, self._low, self._cell, self._radius = left, low, cell, spacing_m / 2
        self.samples = round(int(self._wanted.sum()) / _FULL)
        self.sample_m2 = target.area / max(1, self.samples)

    def _wants(self, target: BaseGeometry, cell: float) -> NDArray[Any]:
        """How much of each sample is to be seen: at the rim it fades as what straights see does at their edges."""
        inner: NDArray[Any] = shapely.contains_xy(target.buffer(-cell / 2), self._xs, self._ys)
        rim: NDArray[Any] = shapely.contains_xy(target.buffer(cell / 2), self._xs, self._ys) & ~inner
        wanted = np.where(inner, _FULL, 0).astype(np.int16)
        xs, ys = self._xs[rim], self._ys[rim]
        distances = cast("Callable[..., NDArray[Any]]", shapely.distance)  # its overloads leave arrays open
        off = distances(target.boundary, shapely.points(xs, ys))
        deep = np.where(shapely.contains_xy(target, xs, ys), off, -off)
        wanted[rim] = np.rint(_FULL * np.clip(deep / cell + 0.5, 0.0, 1.0)).astype(np.int16)
        return wanted

    def seen(self, straight: Straight) -> Seen:
        """Find the samples within half a spacing of a straight; an end sees round itself, or nothing beyond it."""
        flat_a, flat_b = straight[2:]
        cos, sin = self._cos, self._sin
        a, b = ((x * cos + y * sin, y * cos - x * sin) for x, y in straight[:2])
        reach, cell = self._radius, self._cell
        columns = self._slice(min(a[0], b[0]) - reach - self._left, max(a[0], b[0]) + reach - self._left, cell)
        rows = self._slice(min(a[1], b[1]) - reach - self._low, max(a[1], b[1]) + reach - self._low, cell)
        window = (rows, columns)
        size = math.dist(a, b)
        ux, uy = ((b[0] - a[0]) / size, (b[1] - a[1]) / size) if size else (1.0, 0.0)
        dx, dy = self._xs[window] - np.float32(a[0]), self._ys[window] - np.float32(a[1])
        along = dx * np.float32(ux) + dy * np.float32(uy)
        across = dx * np.float32(uy) - dy * np.float32(ux)
        along -= np.minimum(np.maximum(along, np.float32(0)), np.float32(size))
        if flat_a:
            along[along < 0] = np.inf
        if flat_b:
            along[along > 0] = np.inf
        across *= across
        along *= along
        across += along
        np.sqrt(across, out=across)
        # from all to nothing over the width of a cell, about the edge of what is seen
        across *= np.float32(-_FULL / cell)
        across += np.float32(_FULL * (reach / cell + 0.5))
        weights = np.rint(np.minimum(np.maximum(across, np.float32(0)), np.float32(_FULL))).astype(np.int16)
        return Seen(window, weights)

    def some_unseen(self, dice: Random) -> Point | None:
        """Give a sample that nobody sees, None where all are seen."""
        places = np.flatnonzero(self._counts < self._wanted // 2)
        if not len(places):
            return None
        place = int(places[dice.randrange(len(places))])
        x, y = float(self._xs.flat[place]), float(self._ys.flat[place])
        return x * self._cos - y * self._sin, x * self._sin + y * self._cos

    @staticmethod
    def _slice(low: float, high: float, cell: float) -> slice:
        return slice(max(0, int(low / cell)), max(0, int(high / cell) + 1))

    def add(self, seen: Seen) -> float:
        """Count a straight in; give how many samples are seen by it alone."""
        counts, wanted = self._counts[seen.window], self._wanted[seen.window]
        before = np.minimum(counts, wanted)
        counts += seen.weights
        return int((np.minimum(counts, wanted) - before).sum()) / _FULL

    def remove(self, seen: Seen) -> float:
        """Count a straight out; give how many samples nobody sees then."""
        counts, wanted = self._counts[seen.window], self._wanted[seen.window]
        before = np.minimum(counts, wanted)
        counts -= seen.weights
        return int((before - np.minimum(counts, wanted)).sum()) / _FULL


def dice_of(seed: int) -> Random:
    """Dice that fall the same way each time."""
    return Random(seed)  # noqa: S311  # a seed makes the same plan again
