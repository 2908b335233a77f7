"""Plans of random polygons after their way through files: pytest -s this file. BENCH=1: 1,000 polygons, otherwise 20.

Each is planned as it is first answered (effort 0) for one to three drones, its holes flown round, then read back from
GeoJSON and from QGroundControl's `.plan` as those programs read them.
"""

import json
import os
from time import process_time

import pytest
import shapely
from shapely import LineString, Point, Polygon

from hub.surveys.exports import format_geojson, format_qgc
from hub.surveys.plan import PlanDocument, plan_survey
from hub.surveys.request import PlanRequest
from tests.benchmarks.ground_samples import random_ground
from tests.plan_files import read_geojson, read_qgc
from tests.unit.surveys.shapes import FRAME, geojson

POLYGONS = 1_000 if os.environ.get("BENCH") else 20
SPACING = 30.0

Paths = list[list[list[float]]]


def _read_back(plan: PlanDocument, ground: Polygon) -> dict[str, Paths]:
    return {
        "GeoJSON": read_geojson(json.loads(json.dumps(format_geojson(plan, geojson(ground))))),
        ".plan": [read_qgc(json.loads(json.dumps(format_qgc(sortie, 8, 15)))) for sortie in plan["sorties"]],
    }


def _measure(paths: Paths, ground: Polygon) -> tuple[float, float]:
    """The share seen and the metres over holes. Straight by straight: GEOS buffers some whole paths wrongly.

    At its ends a path sees nothing ahead, as of the planner's own measure.
    """
    lines = [FRAME.to_local(LineString([place[:2] for place in path])) for path in paths]
    straights = [LineString(pair) for line in lines for pair in zip(line.coords, line.coords[1:], strict=False)]
    strips = [one.buffer(SPACING / 2, cap_style="flat") for one in straights]
    corners = [Point(place).buffer(SPACING / 2) for line in lines for place in line.coords[1:-1]]
    seen = shapely.union_all([*strips, *corners]).intersection(ground).area / ground.area
    # a centimetre is what seven digits of a degree leave open
    holes = shapely.union_all([Polygon(ring).buffer(-0.02) for ring in ground.interiors])
    return seen, sum(one.intersection(holes).length for one in straights)


@pytest.mark.timeout(0)
def test_plans_of_random_polygons_are_valid_as_files() -> None:
    least, most_over, milliseconds = 1.0, 0.0, list[float]()
    for seed in range(POLYGONS):
        ground, drones = random_ground(seed), ["a", "b", "c"][: 1 + seed % 3]
        began = process_time()
        plan = plan_survey(PlanRequest(geojson(ground), SPACING, 60, 8, 1, drones, photo_every_m=15), 0)
        milliseconds.append((process_time() - began) * 1000)
        for file, paths in _read_back(plan, ground).items():
            seen, over_m = _measure(paths, ground)
            least, most_over = min(least, seen), max(most_over, over_m)
            assert seen >= 0.995, f"seed {seed}, {file}: {seen:.4%} seen"
            assert over_m == 0, f"seed {seed}, {file}: {over_m:.2f} m over holes"
    milliseconds.sort()
    print(
        f"\n{POLYGONS} polygons: at least {least:.3%} seen, at most {most_over:.2f} m over holes; first plan in "
        f"{milliseconds[len(milliseconds) // 2]:.0f} ms (median), {milliseconds[-1]:.0f} ms at most"
    )
