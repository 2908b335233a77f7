"""A drone as the planner sees it: in local metres, with its ways and the battery that a sortie may use. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.geo import Point
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion
from hub.surveys.strips import Leg
from hub.surveys.ways import Ways

__all__ = ["Flyer"]

# a way over a hole is the last one to take
_FAR_S = 3_600.0


@dataclass(frozen=True)
class Flyer:
    """A drone over some ground: `home` in metres or None, `usable_s` the most seconds that a path may take (infinite
    without a battery), `change_s` the seconds from the end of a path to the start of the next, `index` its number.
    """

    ground: Ground
    motion: Motion
    home: Point | None = None
    usable_s: float = math.inf
    change_s: float = 0.0
    index: int = 0
    ways: Ways = field(init=False)
    ways_over_holes: Ways = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the ways; those over holes are for what nothing else reaches."""
        object.__setattr__(self, "ways", Ways(self.ground.no_fly, self.motion))
        object.__setattr__(self, "ways_over_holes", Ways(self.ground.keep_out, self.motion))

    def between(self, start: Point, end: Point) -> tuple[Point, ...] | None:
        """Find the way between two places, over a hole only where there is no other; None where there is none."""
        way = self.ways.between(start, end)
        return self.ways_over_holes.between(start, end) if way is None else way

    def matrix(self, legs: Sequence[Leg]) -> list[list[float]]:
        """Seconds between the ends of legs, with the depot (the home, or nowhere) as the last row."""
        places = [end for leg in legs for end in leg] + ([self.home] if self.home else [])
        seconds = self.ways.matrix(places)
        if any(math.isinf(value) for row in seconds for value in row):
            wider = self.ways_over_holes.matrix(places)
            seconds = [
                [b + _FAR_S if math.isinf(a) and not math.isinf(b) else a for a, b in zip(one, other, strict=True)]
                for one, other in zip(seconds, wider, strict=True)
            ]
        if self.home is None:
            seconds = [[*row, 0.0] for row in seconds] + [[0.0] * (len(places) + 1)]
        return seconds

    def out_s(self, start: Point) -> float:
        """Seconds from the home to a place; none without a home."""
        return 0.0 if self.home is None else self._way_s(self.home, start)

    def back_s(self, end: Point) -> float:
        """Seconds from a place to the home; none without a home."""
        return 0.0 if self.home is None else self._way_s(end, self.home)

    def _way_s(self, start: Point, end: Point) -> float:
        way = self.between(start, end)
        return math.inf if way is None else self.motion.path_s([start, *way, end])
