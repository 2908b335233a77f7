"""The notice of a flight that others must know of, and the summary that may be shown to everybody. Pure.

What a notice of a flight under art. 132-92 says: purpose, place and radius, greatest height above the ground and the
sea, times, number and type of aircraft, contact, and who asked. What the hub does not know is left to be written in.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import shapely

from hub.geo import LocalFrame
from hub.surveys.documents import PlanDocument
from hub.surveys.geojson import parse_polygons
from hub.surveys.limits import Ground
from hub.surveys.over_ground import highest_of
from hub.surveys.values import Drone, Plan, Survey

__all__ = ["Notice", "Summary", "notice_of", "summary_of"]

# A shape is told to some 100 m: enough to know where, too little to find a house.
_PUBLIC_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice. Degrees, metres; `highest_sea_m` is None where nobody knows the ground, and written in by hand."""

    survey_id: str
    name: str
    drill: bool
    purpose: str | None
    requester: str | None
    article: str | None
    reference: str | None
    contact: str | None
    lat: float
    lon: float
    radius_m: float
    highest_ground_m: float
    highest_sea_m: float | None
    first_at: datetime
    last_at: datetime
    aircraft: Sequence[str]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """What everybody may know of a survey: no person, no home of a drone, no pin's words."""

    name: str
    state: str
    drill: bool
    day: str
    area: Mapping[str, object]
    area_m2: float
    coverage: float
    photos: int
    drones: int
    pins: Mapping[str, int]


def notice_of(survey: Survey, plan: Plan, grounds: Sequence[Ground], drones: Sequence[Drone], now: datetime) -> Notice:
    """The notice of a plan: of one that flies or has flown from its launch on, of any other from now on."""
    document = cast("PlanDocument", plan.document)
    places = [place for sortie in document["sorties"] for place in sortie["path"]["coordinates"]]
    # A launch of an earlier plan is none of this one.
    first = (None if survey.state in ("draft", "planned", "approved") else survey.launched_at) or now
    ground = next((one for one in reversed(grounds) if one.holds(first)), None)
    points = shapely.MultiPoint([(place[0], place[1]) for place in places])
    middle = shapely.minimum_bounding_circle(points).centroid if places else shapely.Point(0, 0)
    frame = LocalFrame(lat=middle.y, lon=middle.x)
    radius = max((math.hypot(*frame.local_point(place[1], place[0])) for place in places), default=0.0)
    highest_m, highest_sea_m = highest_of(document)
    models = [f"{drone.name} ({drone.camera or '–'})" for drone in drones]
    return Notice(
        survey_id=survey.id,
        name=survey.name,
        drill=survey.drill,
        purpose=ground.reason if ground else None,
        requester=ground.requester if ground else None,
        article=ground.kind if ground else None,
        reference=ground.reference if ground else None,
        contact=ground.contact if ground else None,
        lat=round(middle.y, 5),
        lon=round(middle.x, 5),
        radius_m=math.ceil(radius / 10) * 10.0,
        highest_ground_m=highest_m,
        highest_sea_m=highest_sea_m,
        first_at=first,
        last_at=first + timedelta(seconds=float(document["finishes_at_s"])),
        aircraft=models or sorted({sortie["drone"] for sortie in document["sorties"]}),
        made_at=now,
    )


def summary_of(
    survey: Survey, first: Plan, seen: tuple[float, int, float], drones: int, pins: Sequence[str], day: str
) -> Summary:
    """A summary. `seen` is coverage (0 to 1), photos and square metres; `pins` their kinds; `day` the town's."""
    area = parse_polygons(first.request["area"], "the area")
    coverage, photos, area_m2 = seen
    return Summary(
        name=survey.name,
        state=survey.state,
        drill=survey.drill,
        day=day,
        area=_coarse(area),
        area_m2=round(area_m2, -2),
        coverage=round(coverage, 3),
        photos=photos,
        drones=drones,
        pins={kind: list(pins).count(kind) for kind in sorted(set(pins))},
    )


def _coarse(area: shapely.MultiPolygon) -> dict[str, object]:
    """The bounds of each part, rounded outwards."""
    step = 10**-_PUBLIC_DIGITS
    boxes: list[list[list[list[float]]]] = []
    for part in area.geoms:
        west, south, east, north = part.bounds
        low = [math.floor(value / step) * step for value in (west, south)]
        high = [math.ceil(value / step) * step for value in (east, north)]
        (w, s), (e, n) = ([round(value, _PUBLIC_DIGITS) for value in corner] for corner in (low, high))
        boxes.append([[[w, s], [e, s], [e, n], [w, n], [w, s]]])
    return {"type": "MultiPolygon", "coordinates": boxes}
