"""The planner's figures beside a peer's, at 30 m spacing, 8 m/s, 1 m/s²: `pytest -s tests/benchmarks/test_plans.py`.

BENCH=1 plans 1,000 random polygons with holes, otherwise ten. The peer has the best of 36 angles and the widest spacing
that reach 99.5 %, and flies over holes; our plans go round them, or cross them in the second line. Milliseconds are of
the processor's time.
"""

import os
from dataclasses import dataclass
from time import process_time

import pytest
from shapely import LineString, Polygon

from hub.surveys.coverage import plan_coverage
from hub.surveys.drafts import Draft
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion, length_m
from hub.surveys.routes import Field
from tests.benchmarks.ground_samples import BEND, L_SHAPE, SQUARE, random_ground
from tests.benchmarks.peer import tuned_peer

SPACING, MOTION, EFFORT = 30.0, Motion(8, 1), 6
POLYGONS = 1_000 if os.environ.get("BENCH") else 10
SHAPES = {"square 400 m": (SQUARE, 1.45), "L-shape 500/160": (L_SHAPE, 1.52), "river bend": (BEND, 1.45)}


@dataclass(frozen=True)
class Measured:
    length: float
    time: float
    coverage: float
    outside_m: float
    over_holes_m: float
    turns: int
    milliseconds: float


def _plan(ground: Polygon, drones: int = 1, *, cross_holes: bool = False) -> tuple[Draft, float]:
    began = process_time()
    field = Field.alone(Ground.of(ground, Polygon(), 5, cross_holes=cross_holes), SPACING, MOTION, drones)
    return plan_coverage(field, EFFORT, lambda: False), (process_time() - began) * 1000


def _measured(ground: Polygon, *, cross_holes: bool = False) -> Measured:
    draft, milliseconds = _plan(ground, cross_holes=cross_holes)
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


def _peer_time(ground: Polygon) -> float | None:
    path = tuned_peer(ground, SPACING, MOTION, 0.995)
    return MOTION.path_s(path) / (ground.area / SPACING / MOTION.speed_mps) if path else None


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", SHAPES)
def test_the_three_shapes(name: str) -> None:
    ground, goal = SHAPES[name]
    ours, peer = _measured(ground), _peer_time(ground)
    assert peer is not None
    print(
        f"\n{name}: L/LB {ours.length:.3f}, t/tLB {ours.time:.3f} (goal {goal}, peer {peer:.3f}), {ours.coverage:.2%}, "
        f"{ours.outside_m:.0f} m outside, {ours.turns} turns, {ours.milliseconds:.0f} ms"
    )
    assert ours.time <= goal
    assert ours.time <= 0.9 * peer
    assert ours.coverage >= 0.995


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", SHAPES)
def test_the_makespan_of_more_drones(name: str) -> None:
    ground = SHAPES[name][0]
    alone = _plan(ground)[0].seconds
    ratios = {count: _plan(ground, count)[0].seconds / (alone / count) for count in (2, 3, 5)}
    print(f"\n{name}: makespan over a fair share: " + ", ".join(f"{n} drones {r:.3f}" for n, r in ratios.items()))
    assert all(ratio < 1.5 for ratio in ratios.values())


@pytest.mark.timeout(0)
def test_random_polygons_with_holes() -> None:
    rounds: list[float] = []
    across: list[float] = []
    for seed in range(POLYGONS):
        ground = random_ground(seed)
        ours, crossing = _measured(ground), _measured(ground, cross_holes=True)
        assert min(ours.coverage, crossing.coverage) >= 0.995, seed
        assert ours.over_holes_m < 0.01, seed
        peer = _peer_time(ground)
        if peer is not None:
            rounds.append(ours.time / peer)
            across.append(crossing.time / peer)
    for words, ratios in (("round holes", rounds), ("over holes", across)):
        under = sum(ratio <= 0.9 for ratio in ratios)
        print(
            f"\n{POLYGONS} polygons, {words}: {sum(ratios) / len(ratios):.3f} of the peer's time on average "
            f"({min(ratios):.3f} to {max(ratios):.3f}), 10 % under it on {under} of {len(ratios)} that it can do"
        )
    assert sum(across) / len(across) < 1
