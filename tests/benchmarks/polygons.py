"""The planner and its peer over random polygons, a line of figures for each.

`python -m tests.benchmarks.polygons FIRST LAST FILE [EFFORT]` adds the seeds FIRST up to LAST (without it) to a file of
JSON lines, those that it lacks.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

from shapely import LineString, Polygon

from hub.surveys.coverage import plan_coverage
from hub.surveys.drafts import Draft
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion, length_m
from hub.surveys.routes import Field
from tests.benchmarks.ground_samples import random_ground
from tests.benchmarks.peer import round_holes, tuned_peer

__all__ = ["EFFORT", "MOTION", "SPACING", "Figures", "Measured", "figures_of", "measured", "peer_time", "planned"]

SPACING, MOTION, EFFORT = 30.0, Motion(8, 1), 6
_GOAL = 0.995


@dataclass(frozen=True)
class Measured:
    """A plan's figures: length and time over their lower bounds, metres where none should be, the processor's time."""

    length: float
    time: float
    coverage: float
    outside_m: float
    over_holes_m: float
    turns: int
    milliseconds: float


@dataclass(frozen=True)
class Figures:
    """A polygon: our plan round its holes and over them, and the peer's t/tLB in both (None: it reaches no 99.5 %)."""

    seed: int
    rounds: Measured
    across: Measured
    peer_rounds: float | None
    peer_across: float | None


def planned(
    ground: Polygon, drones: int = 1, *, cross_holes: bool = False, effort: int = EFFORT
) -> tuple[Draft, float]:
    """Plan a ground; the draft and the processor's milliseconds."""
    began = process_time()
    field = Field.alone(Ground.of(ground, Polygon(), 5, cross_holes=cross_holes), SPACING, MOTION, drones)
    return plan_coverage(field, effort, lambda: False), (process_time() - began) * 1000


def measured(ground: Polygon, *, cross_holes: bool = False, effort: int = EFFORT) -> Measured:
    """Plan a ground for one drone and measure the plan."""
    draft, milliseconds = planned(ground, cross_holes=cross_holes, effort=effort)
    path = draft.flown[0].path
    bound = ground.area / SPACING
    line = LineString(path)
    return Measured(
        length=length_m(path) / bound,
        time=draft.seconds / (bound / MOTION.speed_mps),
        coverage=draft.coverage,
        outside_m=line.difference(Polygon(ground.exterior).buffer(0.01)).length,
        over_holes_m=sum(line.intersection(Polygon(ring)).length for ring in ground.interiors),
        turns=len(path) - 2,
        milliseconds=milliseconds,
    )


def peer_time(ground: Polygon, *, rounds: bool = False) -> float | None:
    """The peer's t/tLB, over holes or round them."""
    if rounds:
        path = tuned_peer(ground, SPACING, MOTION, _GOAL, led=round_holes(ground, MOTION))
    else:
        path = tuned_peer(ground, SPACING, MOTION, _GOAL)
    return MOTION.path_s(path) / (ground.area / SPACING / MOTION.speed_mps) if path else None


def figures_of(seed: int, effort: int = EFFORT) -> Figures:
    """Plan one random polygon in both ways."""
    ground = random_ground(seed)
    return Figures(
        seed,
        measured(ground, effort=effort),
        measured(ground, cross_holes=True, effort=effort),
        peer_time(ground, rounds=True),
        peer_time(ground),
    )


def _main(first: int, last: int, file: Path, effort: int = EFFORT) -> None:
    known = {json.loads(line)["seed"] for line in file.read_text().splitlines()} if file.exists() else set()
    for seed in range(first, last):
        if seed not in known:
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(figures_of(seed, effort))) + "\n")


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:]))
