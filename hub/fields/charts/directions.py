"""Directions of the compass: they go round, so their mean is that of vectors. Degrees from north by east. Pure.

The mean direction is that of the sum of unit vectors (WMO-No. 8, Guide to Instruments and Methods of Observation,
part I, chapter 5: wind direction averaged by its components); its length over the number of readings is the steadiness,
1 for a wind from one side and 0 for one from all. Speeds play no part: each reading counts the same.
"""

from collections.abc import Iterable
from math import atan2, cos, degrees, hypot, radians, sin

from edge.wire.quantities import QUANTITIES, Quantity

__all__ = [
    "DIRECTIONS",
    "LEAST_STEADINESS",
    "VECTOR_UNIT",
    "is_direction",
    "mean_direction",
    "point_of",
    "sum_vectors",
    "turn",
    "wrap",
]

DIRECTIONS = frozenset(name for name, quantity in QUANTITIES.items() if quantity.unit == "°")
VECTOR_UNIT = 1e9
"""Unit vectors are added up in whole billionths: a float holds these sums exactly, in whatever order they come."""
LEAST_STEADINESS = 0.1
"""Below this, directions cancel each other so far that no mean is shown."""


def is_direction(quantity: Quantity) -> bool:
    """Whether a quantity goes round, so that 359 and 1 are neighbours."""
    return quantity.name in DIRECTIONS


def wrap(name: str, value: float) -> float:
    """A value of the quantity `name` after something was added to it: a direction goes round, to within [0, 360]."""
    return value if name not in DIRECTIONS or 0 <= value <= 360 else value % 360.0


def mean_direction(north: float, east: float, count: float) -> tuple[float, float]:
    """The direction of a sum of `count` unit vectors, in [0, 360), and its steadiness, 0 to 1.

    Of vectors that cancel each other the direction is 0 and means nothing, as their steadiness of 0 says.
    """
    # A hair west of north is 360 to a float, which is 0.
    direction = degrees(atan2(east, north)) % 360.0 % 360.0
    return direction, min(1.0, hypot(north, east) / count)


def sum_vectors(directions: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The sum, north and east, of vectors given by direction and length."""
    north = east = 0.0
    for direction, length in directions:
        north += length * cos(radians(direction))
        east += length * sin(radians(direction))
    return north, east


def turn(before: float, after: float) -> float:
    """How far one direction lies from another, the shorter way round: in [-180, 180), to the right is positive."""
    return (after - before + 180.0) % 360.0 % 360.0 - 180.0


def point_of(direction: float) -> int:
    """Which of the sixteen points of the compass a direction is nearest to: 0 is north, 4 east."""
    return round(direction / 22.5) % 16
