"""What a person asks of a survey, and what the planner is asked then. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from hub.errors import Invalid
from hub.surveys.cameras import camera_named, height_m, spacing_m
from hub.surveys.fleet import DroneSpec
from hub.surveys.geojson import parse_polygons
from hub.surveys.request import PlanRequest
from hub.surveys.resuming import remaining
from hub.surveys.values import Drone, Plan

__all__ = [
    "Asked", "asked_again", "asked_anew", "asked_of", "base_plan", "is_same_area", "kept_fleet", "plan_request",
    "planned_with",
]  # fmt: skip

_USUAL_SPEED_MPS = 8.0
_USUAL_ACCEL_MPS2 = 1.0
_MOST_DRONES = 20
_LEAST_EVERY_M = 2.0
# some 10 cm: a form writes corners with seven digits
_SAME_DEG = 1e-6
# what a request came to and what it was planned with, beside what was asked
_KEPT_BESIDE = ("spacing_m", "flown_at_m", "fleet", "photo_every_asked_m")


@dataclass(frozen=True, slots=True)
class Asked:
    """A survey's request as it was sent: an area with either `line_spacing_m`, or `camera` and `gsd_cm`.

    Drones are `drones` (ids of devices), or `count` of them that are not named, from `home` (lat, lon) if it is given.
    Without `height_m` it is the height at which the camera has the resolution; with `follow_ground` it is above the
    ground below. Metres, m/s, m/s², degrees.
    """

    area: Mapping[str, object]
    drill: bool
    line_spacing_m: float | None = None
    camera: str | None = None
    gsd_cm: float | None = None
    height_m: float | None = None
    speed_mps: float = _USUAL_SPEED_MPS
    accel_mps2: float = _USUAL_ACCEL_MPS2
    drones: Sequence[str] = ()
    count: int = 1
    home: tuple[float, float] | None = None
    keep_out: Sequence[Mapping[str, object]] = ()
    photo_every_m: float | None = None
    wind_mps: float = 0.0
    wind_from_deg: float = 0.0
    # whether legs may run on over holes of the area: of gaps they have been seen already
    cross_holes: bool = False
    # heights are above the ground below, not above the take-off place
    follow_ground: bool = False
    # the owners' no-go zones that were kept out of it, by name
    no_go: Sequence[str] = ()
    # their shapes, which are the owners' own and are not told
    no_go_shapes: Sequence[Mapping[str, object]] = ()
    # the named drones as they were planned with; another home or speed is another plan
    fleet: Sequence[Mapping[str, object]] = ()

    def as_json(self) -> dict[str, object]:
        """The request as it is kept with its plan, with the spacing and the way between photos that it came to."""
        spacing, height = _lines(self)
        return {
            **asdict(self),
            "spacing_m": spacing,
            "flown_at_m": height,
            "photo_every_m": _every_m(self.photo_every_m, spacing),
            "photo_every_asked_m": self.photo_every_m,
        }


def plan_request(asked: Asked, fleet: Sequence[Drone], no_go: Sequence[Mapping[str, object]] = ()) -> PlanRequest:
    """Ask the planner. `fleet` are the named drones, in the order of their naming; `no_go` zones stay out of the plan.

    Raises Invalid with one line.
    """
    spacing, height = _lines(asked)
    named = [_spec(drone) for drone in fleet]
    if not named and not 1 <= asked.count <= _MOST_DRONES:
        raise Invalid(f"a survey takes 1 to {_MOST_DRONES} drones")
    return PlanRequest(
        area=asked.area,
        line_spacing_m=spacing,
        height_m=height,
        speed_mps=asked.speed_mps,
        accel_mps2=asked.accel_mps2,
        drones=named or [f"drone-{number}" for number in range(1, asked.count + 1)],
        home=fleet[0].home if fleet else asked.home,
        keep_out=[*asked.keep_out, *no_go],
        cross_holes=asked.cross_holes,
        follows_ground=asked.follow_ground,
        drill=asked.drill,
        photo_every_m=_every_m(asked.photo_every_m, spacing),
        wind_mps=asked.wind_mps,
        wind_from_deg=asked.wind_from_deg,
    )


def asked_of(request: Mapping[str, object]) -> Asked:
    """What was asked, of a request as `Asked.as_json` wrote it, or of one from before it kept what was asked apart."""
    kept = {key: value for key, value in request.items() if key not in _KEPT_BESIDE}
    home = cast("Sequence[float] | None", kept.get("home"))
    kept["home"] = None if home is None else (home[0], home[1])
    every_m = cast("float | None", request.get("photo_every_asked_m", request.get("photo_every_m")))
    if "photo_every_asked_m" not in request and every_m == _every_m(None, cast("float", request["spacing_m"])):
        every_m = None
    kept["photo_every_m"] = every_m
    return Asked(**kept)  # pyright: ignore[reportArgumentType]  # as `Asked.as_json` wrote it


def base_plan(plans: Sequence[Plan]) -> Plan:
    """The plan by which a survey is measured: of all its plans, the oldest first, the newest that is not of gaps."""
    return next((plan for plan in reversed(plans) if plan.gaps is None), plans[0])


def is_same_area(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two GeoJSON documents are one area, but for the digits of a form. Raises Invalid for what is no area."""
    first, second = (parse_polygons(document, "the area") for document in (one, other))
    return first.symmetric_difference(second).area <= first.length * _SAME_DEG


def asked_anew(newest: Plan, change: Mapping[str, object]) -> tuple[Asked, Mapping[str, object] | None]:
    """What is asked of the plan behind the newest, with the gaps of which it is: as long as the area stays the same.

    Holes may be flown over as before in the same area alone. Raises Invalid for a new area that is none.
    """
    before = asked_of(newest.request)
    asked = replace(before, **cast("Mapping[str, Any]", change))
    if is_same_area(before.area, asked.area):
        return asked, newest.gaps
    return replace(asked, cross_holes=bool(change.get("cross_holes", False))), None


def asked_again(asked: Asked, gaps: Mapping[str, object]) -> Asked:
    """Ask for what has not been seen of an area. Raises Invalid with one line."""
    left = remaining(plan_request(replace(asked, drones=(), count=1), ()), gaps)
    keep_out = cast("Sequence[Mapping[str, object]]", left.keep_out)
    return replace(asked, area=gaps, keep_out=keep_out, cross_holes=left.cross_holes)


def kept_fleet(fleet: Sequence[Drone]) -> list[dict[str, object]]:
    """The drones of a plan as they are kept with it."""
    return [
        {
            "id": drone.id, "home": list(drone.home), "speed_mps": drone.speed_mps, "endurance_s": drone.endurance_s,
            "change_s": drone.change_s,
        }
        for drone in fleet
    ]  # fmt: skip


def planned_with(request: Mapping[str, object], drone: Drone) -> tuple[tuple[float, float], float]:
    """Home (lat, lon) and speed in m/s of a drone as its plan was made and approved, whatever was said of it since."""
    kept = cast("Sequence[Mapping[str, Any]]", request.get("fleet") or ())
    own = next((one for one in kept if one["id"] == drone.id), None)
    usual = cast("float", request["speed_mps"])
    if own is None:
        return drone.home, drone.speed_mps or usual
    lat, lon = own["home"]
    return (lat, lon), own["speed_mps"] or usual


def _lines(asked: Asked) -> tuple[float, float]:
    """Take spacing and height in metres from what was given."""
    if asked.line_spacing_m is not None and asked.camera is None and asked.gsd_cm is None:
        if asked.height_m is None:
            raise Invalid("height_m: give the height with line_spacing_m")
        return asked.line_spacing_m, asked.height_m
    if asked.line_spacing_m is None and asked.camera is not None and asked.gsd_cm is not None:
        camera = camera_named(asked.camera)
        height = asked.height_m if asked.height_m is not None else round(height_m(camera, asked.gsd_cm), 1)
        return spacing_m(camera, asked.gsd_cm), height
    raise Invalid("give either line_spacing_m, or camera with gsd_cm")


def _every_m(asked_m: float | None, spacing_m: float) -> float:
    """Metres between photos: of 3-to-2 photos whose neighbours' lines share 70 %, each shares 80 % with the next."""
    return asked_m if asked_m is not None else max(_LEAST_EVERY_M, round(spacing_m / 0.3 * 2 / 3 * 0.2, 1))


def _spec(drone: Drone) -> DroneSpec:
    """Each sortie begins with a full battery: what is in a drone now its preflight list looks at."""
    spec = DroneSpec(drone.id, home=drone.home, speed_mps=drone.speed_mps, endurance_s=drone.endurance_s)
    return spec if drone.change_s is None else replace(spec, change_s=drone.change_s)
