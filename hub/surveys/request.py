"""What is asked of a survey's plan, and whether it can be asked. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from hub.errors import Invalid
from hub.geo import LocalFrame
from hub.surveys.fleet import DroneSpec
from hub.surveys.following import LEAST_HEIGHT_M
from hub.surveys.geojson import parse_polygons
from hub.surveys.ground import polygons_of
from hub.surveys.terrain import Terrain

__all__ = ["PlanRequest", "framed"]

# what a drone of today can be asked to do; beyond it is a slip of the pen
_RANGES = {
    "line_spacing_m": (2.0, 500.0, "the line spacing", "m"),
    "height_m": (1.0, 2_000.0, "the height", "m"),
    "speed_mps": (0.5, 50.0, "the speed", "m/s"),
    "accel_mps2": (0.1, 20.0, "the acceleration", "m/s²"),
}
_MOST_DRONES = 20
_MOST_WIND = 0.8
_WIDEST_M = 20_000.0
_MOST_LINES = 400
_FARTHEST_HOME_M = 20_000.0


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """An area and how to fly it. `area` and `keep_out` are GeoJSON as parsed; `drones` are names, one sortie each, or
    specs with batteries and homes of their own; `home` is (lat, lon), for those that have none; `cross_holes` lets legs
    run on over holes of the area; `drill` is only passed on; `photo_every_m` is the way between two photos, None where
    no camera is known. `wind_from_deg` is where the wind comes from, clockwise from north. `height_m` is above the
    ground below with a `terrain` that is followed, else above the take-off place. Metres, m/s, m/s².
    """

    area: object
    line_spacing_m: float
    height_m: float
    speed_mps: float
    accel_mps2: float
    drones: Sequence[str | DroneSpec]
    home: tuple[float, float] | None = None
    keep_out: Sequence[object] = ()
    cross_holes: bool = False
    drill: bool = False
    photo_every_m: float | None = None
    wind_mps: float = 0.0
    wind_from_deg: float = 0.0
    terrain: Terrain | None = None
    follows_ground: bool = True

    @property
    def follows_terrain(self) -> bool:
        """Whether heights follow the ground: it is known, and to be followed."""
        return self.follows_ground and self.terrain is not None

    @property
    def fleet(self) -> tuple[DroneSpec, ...]:
        """The drones with what the request says for all filled in."""
        specs = [DroneSpec(drone) if isinstance(drone, str) else drone for drone in self.drones]
        return tuple(
            replace(spec, home=spec.home or self.home, speed_mps=spec.speed_mps or self.speed_mps) for spec in specs
        )

    def __post_init__(self) -> None:
        """Raise Invalid with one line for a number that cannot be meant."""
        for name, (low, high, words, unit) in _RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise Invalid(f"{words} must be between {low:g} and {high:g} {unit}")
        if self.follows_terrain and self.height_m < LEAST_HEIGHT_M:
            raise Invalid(f"the height above the terrain must be {LEAST_HEIGHT_M:g} m or more")
        if self.photo_every_m is not None and not (math.isfinite(self.photo_every_m) and self.photo_every_m >= 0.5):
            raise Invalid("the way between two photos must be 0.5 m or more")
        if not (math.isfinite(self.wind_from_deg) and 0 <= self.wind_mps < math.inf):
            raise Invalid("the wind must be a speed in m/s and a direction in degrees")
        slowest = min((spec.speed_mps or self.speed_mps for spec in self.fleet), default=self.speed_mps)
        if self.wind_mps > _MOST_WIND * slowest:
            raise Invalid(f"the wind is over {_MOST_WIND:.0%} of a drone's speed; it could not fly its lines")
        if len({spec.id for spec in self.fleet}) < len(self.drones):
            raise Invalid("each drone may be named only once")
        if not 1 <= len(self.drones) <= _MOST_DRONES:
            raise Invalid(f"a survey takes 1 to {_MOST_DRONES} drones")
        if self.home and not (abs(self.home[0]) <= 90 and abs(self.home[1]) <= 180):  # degrees
            raise Invalid("the home must be a latitude and a longitude in degrees")


def framed(request: PlanRequest) -> tuple[LocalFrame, MultiPolygon, MultiPolygon]:
    """Take the request's area and keep-outs to metres about the area's middle, mended. Raises Invalid."""
    area = parse_polygons(request.area, "the area")
    keep_outs = [part for document in request.keep_out for part in parse_polygons(document, "a keep-out").geoms]
    west, south, east, north = area.bounds
    if east - west > 90:  # degrees: no survey is so wide, but one over the date line seems so
        raise Invalid("the area reaches round the globe; areas across the date line must be planned in two parts")
    frame = LocalFrame(lat=(south + north) / 2, lon=(west + east) / 2)
    local = frame.to_local(area)
    left, low, right, high = local.bounds
    widest = math.hypot(right - left, high - low)
    if not math.isfinite(widest) or widest > _WIDEST_M:
        raise Invalid(f"the area is wider than {_WIDEST_M / 1000:g} km; plan it in parts")
    if widest > _MOST_LINES * request.line_spacing_m:
        raise Invalid(f"the area would take more than {_MOST_LINES} lines; widen the spacing or plan it in parts")
    homes = [spec.home for spec in request.fleet if spec.home]
    if any(not math.hypot(*frame.local_point(*home)) <= _FARTHEST_HOME_M for home in homes):
        raise Invalid(f"the home is more than {_FARTHEST_HOME_M / 1000:g} km from the area")
    zones = shapely.union_all([frame.to_local(part) for part in keep_outs])
    return frame, _valid(local), _valid(zones)


def _valid(geometry: BaseGeometry) -> MultiPolygon:
    """Mend what moved to another plane by a rounding."""
    return MultiPolygon(polygons_of(geometry if geometry.is_valid else shapely.make_valid(geometry)))
