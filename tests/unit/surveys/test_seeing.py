"""What has been seen by photos, and the fence and mission of an order."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon
from shapely.geometry import Point

from edge.core.flying.orders import bounds_fault
from edge.core.flying.preflight import Limits
from hub.geo import LocalFrame
from hub.surveys.cameras import CAMERAS
from hub.surveys.commands.orders import lives_for, mission_of
from hub.surveys.flights.seeing import footprint, seen_of

FRAME = LocalFrame(lat=35.37, lon=139.95)


@dataclass(frozen=True)
class Shot:
    sortie_id: str
    number: int
    lat: float
    lon: float
    height_m: float = 60.0
    yaw_deg: float = 0.0


def _place(x: float, y: float) -> tuple[float, float]:
    return FRAME.lon_lat([(x, y)])[0]


def _area(width_m: float, height_m: float) -> dict:
    ring = FRAME.lon_lat([(0, 0), (width_m, 0), (width_m, height_m), (0, height_m), (0, 0)])
    return {"type": "Polygon", "coordinates": [[list(place) for place in ring]]}


def _line(sortie: str, y: float, length_m: float, step_m: float = 10.0, first: int = 1) -> list[Shot]:
    shots = []
    for number in range(int(length_m / step_m) + 1):
        lon, lat = _place(number * step_m, y)
        shots.append(Shot(sortie, first + number, lat, lon))
    return shots


def test_lines_of_photos_see_half_a_spacing_to_each_side() -> None:
    area = _area(200, 60)
    whole = seen_of(area, [], 30, 10, [*_line("a", 15, 200), *_line("b", 45, 200)])
    assert whole.fraction > 0.999
    assert whole.gaps is None
    half = seen_of(area, [], 30, 10, _line("a", 15, 200))
    assert half.fraction == pytest.approx(0.5, abs=0.002)
    assert half.gaps_m2 == pytest.approx(6_000, rel=0.01)


def test_what_lies_between_photos_that_are_far_apart_is_not_seen() -> None:
    line = _line("a", 15, 200)
    lost = [shot for shot in line if not 5 < shot.number < 16]
    assert seen_of(_area(200, 30), [], 30, 10, lost).fraction == pytest.approx(0.5, abs=0.06)
    # Neighbours in the list that do not follow each other join nothing.
    turned = [*_line("a", 15, 0), Shot("a", 3, *reversed(_place(20, 15)))]
    assert seen_of(_area(200, 30), [], 30, 10, turned).fraction == 0


def test_keep_outs_are_not_wanted_and_no_photo_sees_nothing() -> None:
    area = _area(200, 60)
    lower = _area(200, 30)
    assert seen_of(area, [lower], 30, 10, _line("a", 45, 200)).fraction > 0.999
    nothing = seen_of(area, [], 30, 10, [])
    assert (nothing.fraction, nothing.photos) == (0, 0)
    assert nothing.gaps_m2 == pytest.approx(12_000, rel=0.01)


def test_photos_are_measured_by_the_plan_that_they_were_taken_for() -> None:
    area = _area(200, 60)
    wide = [*_line("a", 15, 200, 20.0), *_line("b", 45, 200, 20.0)]
    assert seen_of(area, [], 30, 5, wide).fraction == 0
    planned = {"a": (30.0, 20.0), "b": (30.0, 20.0)}
    assert seen_of(area, [], 30, 5, wide, planned).fraction > 0.99
    # A narrow plan for what is left shows no more than its own lines do.
    assert seen_of(area, [], 30, 10, _line("a", 15, 200), {"a": (10.0, 10.0)}).fraction == pytest.approx(
        1 / 6, abs=0.01
    )


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 20)), max_size=40, unique=True))
def test_more_photos_never_see_less(taken: list) -> None:
    shots = [Shot(f"s{line}", number, *reversed(_place(number * 10.0, line * 10.0))) for line, number in taken]
    area = _area(200, 60)
    some = seen_of(area, [], 30, 10, shots[: len(shots) // 2])
    more = seen_of(area, [], 30, 10, shots)
    assert more.fraction >= some.fraction - 1e-5
    assert 0 <= more.fraction <= 1


def test_a_footprint_is_as_wide_as_the_camera_sees_and_turns_with_it() -> None:
    camera = CAMERAS["dji-mavic-3e"]
    shot = Shot("a", 1, 35.37, 139.95, height_m=50.0, yaw_deg=90.0)
    ring = [FRAME.local_point(lat, lon) for lon, lat in footprint(shot, camera, 30, 10)]
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    across = camera.sensor_width_mm / camera.focal_length_mm * 50
    # Flying east, its width lies north and south. Over one photo a sphere does.
    assert max(ys) - min(ys) == pytest.approx(across, rel=0.005)
    assert max(xs) - min(xs) == pytest.approx(across * 2 / 3, rel=0.005)
    assert ring[0] == ring[-1]


OWNERS = Limits(
    fence=tuple(FRAME.lon_lat([(-9_000, -9_000), (9_000, -9_000), (9_000, 9_000), (-9_000, 9_000)])), highest_m=150,
    least_battery_percent=50, most_wind_mps=8, least_satellites=8, most_hdop=1.5, least_disk_mb=50,
)  # fmt: skip


# --- orders -----------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(-2_000, 2_000), st.floats(-2_000, 2_000)), min_size=2, max_size=60),
    st.tuples(st.floats(-3_000, 3_000), st.floats(-3_000, 3_000)),
)
def test_a_fence_holds_the_way_and_the_home_with_room_to_be_blown_about(places: list, home: tuple) -> None:
    path = [[*place, 60.0] for place in FRAME.lon_lat(places)]
    sortie = {"path": {"type": "LineString", "coordinates": path}, "starts_at_s": 30.0}
    lon, lat = FRAME.lon_lat([home])[0]
    mission = mission_of(sortie, (lat, lon), 8.0, 12.0, first=True)
    ring = Polygon([FRAME.local_point(y, x) for x, y in mission.fence])
    assert ring.is_valid
    assert len(mission.fence) <= 80
    for x, y in [*places, home]:
        assert ring.exterior.distance(Point(x, y)) > 50
        assert ring.contains(Point(x, y))
    assert mission.highest_m > 60
    # As the flight agent judges it, whose owner allows all of this.
    assert bounds_fault(mission, OWNERS) is None
    assert mission.starts_after_s == 30.0
    assert mission_of(sortie, (lat, lon), 8.0, None, first=False).starts_after_s == 0
    assert math.isclose(mission.return_height_m, 60.0)


def test_a_stop_lives_longer_than_an_order_to_fly() -> None:
    assert lives_for("fly") < lives_for("prepare") < min(lives_for(how) for how in ("hold", "return", "land"))
