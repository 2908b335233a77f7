"""A plan's request from files and a command line's words: what `POST /api/v1/surveys` takes, asked the same way."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from hub.errors import Invalid
from hub.surveys.asking import Asked, plan_request
from hub.surveys.fleet import DroneSpec
from hub.surveys.request import PlanRequest
from hub.surveys.terrain_file import read_terrain

__all__ = ["Words", "read_request"]

_MOST_COUNTED = 1_000
_MINUTE_S = 60.0
# more than any list of corners is; a device such as /dev/zero has no end
_MOST_BYTES = 20_000_000
# half of a character, which JSON can name and nobody can write
_HALF = re.compile("[\ud800-\udfff]")
_NUMBERS = (
    "speed_mps", "endurance_s", "battery_wh", "power_w", "reserve", "change_s", "climb_mps", "descend_mps",
)  # fmt: skip
# what `GET /api/v1/drones` tells beside them, which is no matter of a plan
_PASSED_OVER = frozenset(
    {
        "name", "agent", "partner", "told", "battery_percent", "camera", "note", "changed_at", "changed_by",
        "telemetry", "telemetry_at",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the command line, by its options. Metres, m/s, m/s², centimetres, minutes; files as paths."""

    area: Path
    height: float | None = None
    line_spacing: float | None = None
    camera: str | None = None
    gsd_cm: float | None = None
    speed: float = 8.0
    accel: float = 1.0
    count: int | None = None
    home: str | None = None
    keep_out: Path | None = None
    wind: str | None = None
    battery: float | None = None
    drones: Path | None = None
    photo_every: float | None = None
    terrain: Path | None = None
    cross_holes: bool = False
    drill: bool = False


def read_request(words: Words) -> PlanRequest:
    """Put a request together. Raises Invalid with one line that says what to do."""
    if words.count is not None and words.drones is not None:
        raise Invalid("give either --count or --drones")
    if words.count is not None and words.count < 1:
        raise Invalid("--count must be 1 or more")
    if words.line_spacing is None and (words.camera is None or words.gsd_cm is None):
        raise Invalid("give either --line-spacing, or --camera with --gsd-cm")
    if words.line_spacing is not None and (words.camera is not None or words.gsd_cm is not None):
        raise Invalid("give either --line-spacing, or --camera with --gsd-cm")
    if words.height is None and words.camera is None:
        raise Invalid("give the height with --height")
    wind_mps, wind_from_deg = _wind(words.wind) if words.wind is not None else (0.0, 0.0)
    asked = Asked(
        area=cast("Mapping[str, object]", _read(words.area)),
        drill=words.drill,
        line_spacing_m=words.line_spacing,
        camera=words.camera,
        gsd_cm=words.gsd_cm,
        height_m=words.height,
        speed_mps=words.speed,
        accel_mps2=words.accel,
        count=min(words.count or 1, _MOST_COUNTED),
        home=_place(words.home) if words.home is not None else None,
        keep_out=[cast("Mapping[str, object]", _read(words.keep_out))] if words.keep_out is not None else [],
        photo_every_m=words.photo_every,
        wind_mps=wind_mps,
        wind_from_deg=wind_from_deg,
        cross_holes=words.cross_holes,
    )
    return _with_fleet(plan_request(asked, ()), words)


def _with_fleet(request: PlanRequest, words: Words) -> PlanRequest:
    """Drones and terrain as their files tell them, and the battery of all drones that tell none."""
    if words.battery is not None and not 1 <= words.battery <= 1_440:  # minutes of a day; not a number is refused too
        raise Invalid("--battery must be between 1 and 1440 minutes")
    endurance_s = None if words.battery is None else words.battery * _MINUTE_S
    alike = [drone if isinstance(drone, DroneSpec) else DroneSpec(drone) for drone in request.drones]
    fleet = alike if words.drones is None else _drones(words.drones)
    terrain = None if words.terrain is None else read_terrain(words.terrain)
    full = [replace(one, endurance_s=endurance_s) if one.full_s is None else one for one in fleet]
    return replace(request, drones=full, terrain=terrain, follows_ground=True)


def _drones(path: Path) -> list[DroneSpec]:
    document = _read(path)
    if isinstance(document, dict) and "items" in document:
        document = cast("object", document["items"])
    if not isinstance(document, list):
        raise Invalid(f"{path} must be a list of drones, such as GET /api/v1/drones answers")
    told = cast("list[object]", document)
    found = [_drone(one, f"{path}: drone {number}") for number, one in enumerate(told, start=1)]
    ready = [spec for spec in found if spec is not None]
    if not ready:
        raise Invalid(f"{path}: no drone is ready")
    return ready


def _drone(told: object, where: str) -> DroneSpec | None:
    """One drone; None for one that says that it is not ready."""
    if not isinstance(told, dict):
        raise Invalid(f"{where} must be an object with an id")
    members = cast("dict[str, object]", told)
    name = members.get("id")
    if not isinstance(name, str) or not name.strip() or _HALF.search(name):
        raise Invalid(f"{where} needs an id, a text")
    strange = sorted(members.keys() - {"id", "home", "ready", *_NUMBERS} - _PASSED_OVER)
    if strange:
        raise Invalid(f"{where}: nothing is called {strange[0][:40]!r}; there are home, ready, {', '.join(_NUMBERS)}")
    if members.get("ready", True) is False:
        return None
    numbers = {one: _number(members[one], f"{where}: {one}") for one in _NUMBERS if members.get(one) is not None}
    home = members.get("home")
    spec = DroneSpec(name, home=None if home is None else _location(home, f"{where}: home"))
    return replace(spec, **numbers)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"{where} must be a number")
    try:
        return float(value)
    except OverflowError:  # a whole number beyond any float
        raise Invalid(f"{where} is too large a number") from None


def _location(told: object, where: str) -> tuple[float, float]:
    if not isinstance(told, dict) or told.keys() != {"lat", "lon"}:
        raise Invalid(f'{where} must be {{"lat": degrees, "lon": degrees}}')
    place = cast("dict[str, object]", told)
    return _number(place["lat"], f"{where}.lat"), _number(place["lon"], f"{where}.lon")


def _wind(words: str) -> tuple[float, float]:
    """Speed in m/s and where it comes from, in degrees clockwise from north."""
    try:
        mps, from_deg = (float(word) for word in words.split(","))
    except ValueError:
        mps = from_deg = math.nan
    if not (mps >= 0 and 0 <= from_deg <= 360):  # degrees, as in the API
        raise Invalid(
            f"--wind must be SPEED,FROM: m/s and the degrees from north that it comes from, such as 5,270, "
            f"not {words[:40]!r}"
        )
    return mps, from_deg


def _place(words: str) -> tuple[float, float]:
    try:
        lat, lon = (float(word) for word in words.split(","))
    except ValueError:
        raise Invalid(f"--home must be LAT,LON in degrees, such as 33.59,132.99, not {words[:40]!r}") from None
    return lat, lon


def _read(path: Path) -> object:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise Invalid(f"{path} is larger than {_MOST_BYTES / 1e6:g} MB; simplify it")
        return json.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise Invalid(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is not JSON: {error}") from None
