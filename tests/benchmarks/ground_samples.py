"""Grounds to plan: the three shapes that figures are given for, and any number of random polygons with holes."""

import math
from random import Random

from shapely import LineString, Point, Polygon, box

__all__ = ["BEND", "L_SHAPE", "SQUARE", "random_ground"]

SQUARE = box(0, 0, 400, 400)
L_SHAPE = Polygon([(0, 0), (500, 0), (500, 160), (160, 160), (160, 500), (0, 500)])
BEND = LineString([(0, 0), (200, 60), (350, 220), (360, 420), (520, 560), (760, 590)]).buffer(60)


def random_ground(seed: int) -> Polygon:
    """A star-shaped outline of 5 to 14 corners, 300 to 1,000 m across, with one to three holes."""
    random = Random(seed)
    size, count = random.uniform(150, 500), random.randint(5, 14)
    turns = sorted(random.uniform(0, math.tau) for _ in range(count))
    outline = Polygon(
        [
            (size * random.uniform(0.5, 1) * math.cos(turn), size * random.uniform(0.5, 1) * math.sin(turn))
            for turn in turns
        ]
    ).buffer(0)
    ground = max(getattr(outline, "geoms", [outline]), key=lambda part: part.area)
    wanted = random.randint(1, 3)
    for _ in range(200):
        if len(ground.interiors) == wanted:
            break
        left, low, right, high = ground.bounds
        middle = Point(random.uniform(left, right), random.uniform(low, high))
        radius = size * random.uniform(0.05, 0.2)
        hole = Polygon(
            [
                (middle.x + radius * random.uniform(0.6, 1) * math.cos(turn), middle.y + radius * math.sin(turn))
                for turn in sorted(random.uniform(0, math.tau) for _ in range(random.randint(4, 8)))
            ]
        ).buffer(0)
        if hole.geom_type == "Polygon" and hole.area > 100 and ground.buffer(-5).contains(hole):
            ground = ground.difference(hole)
    return ground if ground.interiors and ground.area > 5_000 else random_ground(seed + 100_000)
