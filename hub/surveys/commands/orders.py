"""What a drone is ordered to do: an order from a plan's sortie, and for how long it lives. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from shapely import MultiPoint, Polygon

from edge.wire.orders import STOPS, Action, Mission, Order
from edge.wire.topics import down
from hub.geo import LocalFrame
from hub.surveys.documents import Sortie
from hub.surveys.values import Drone, SortieRow

__all__ = [
    "Asker", "NewCommand", "command_for", "is_overtaken", "lives_for", "mission_of", "return_height_m",
    "role_of",
]  # fmt: skip

# An order to take off is stale soon, and so is one to go on: drones that go on together keep their times to each other
# only if they hear of it together. What makes a flight safer is never too late, so it is sent for longer.
_LIVES_S: Mapping[Action, float] = {"prepare": 180.0, "fly": 30.0, "resume": 15.0, "release": 60.0}
_STOP_LIVES_S = 600.0
_FENCE_MARGIN_M = 60.0
_FENCE_MOST_CORNERS = 70
_ABOVE_M = 20.0
_LEAST_RETURN_M = 30.0
_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom an order is given: the person and the role in which they may."""

    person_id: str
    role: Literal["responder", "partner", "staff"]


@dataclass(frozen=True, slots=True)
class NewCommand:
    """An order, not yet signed. `topic` is where its agent reads."""

    order: Order
    topic: str
    device_key: int

    @property
    def text(self) -> str:
        """The very text that is signed."""
        return self.order.model_dump_json(exclude_none=True)


def role_of(roles: frozenset[str]) -> Literal["responder", "partner", "staff"]:
    """The role in which a person gives orders."""
    if "responder" in roles:
        return "responder"
    return "staff" if "staff" in roles else "partner"


def lives_for(action: Action) -> timedelta:
    """How long an order is sent before it has expired."""
    return timedelta(seconds=_STOP_LIVES_S if action in STOPS else _LIVES_S[action])


def is_overtaken(action: Action, issued_at: datetime, attempt_at: datetime | None) -> bool:
    """Whether an order belongs to an attempt at its sortie before the present one, which began at `attempt_at`.

    What comes of such an order says nothing of the present attempt; a stop and its answer concern the drone itself.
    """
    return action in ("prepare", "fly") and attempt_at is not None and issued_at < attempt_at


def command_for(
    sortie: SortieRow,
    drone: Drone,
    action: Action,
    asker: Asker,
    ids: tuple[str, str],
    now: datetime,
    *,
    drill: bool,
    mission: Mission | None = None,
) -> NewCommand:
    """An order for a sortie's drone. `ids` are its id and its nonce, which nobody can guess and nobody uses again."""
    order = Order(
        id=ids[0],
        agent=drone.agent_id,
        device=drone.id,
        action=action,
        survey=sortie.survey_id,
        sortie=sortie.id,
        person=asker.person_id,
        role=asker.role,
        drill=drill,
        nonce=ids[1],
        issued_at=now,
        expires_at=now + lives_for(action),
        mission=mission,
    )
    return NewCommand(order, down(drone.agent_id, drone.id, "command"), drone.device_key)


def mission_of(
    sortie: Sortie, home: tuple[float, float], speed_mps: float, photo_every_m: float | None, *, first: bool
) -> Mission:
    """A plan's sortie as its drone flies it. `home` is (lat, lon); `first`: it waits as the plan says, a later one of
    the same drone goes when its battery is changed.

    The fence is the convex hull of the way and the home, and 60 m round it: the drone may be blown about, and goes home
    straight from wherever it is within it. Where the ground is known it goes home above all of it.
    """
    path = [
        (lon, lat, height)
        for lon, lat, height in cast("list[tuple[float, float, float]]", sortie["path"]["coordinates"])
    ]
    highest = max(height for _, _, height in path)
    return Mission(
        path=path,
        speed_mps=speed_mps,
        photo_every_m=photo_every_m,
        fence=_fence([(lon, lat) for lon, lat, _ in path], home),
        highest_m=highest + _ABOVE_M,
        return_height_m=return_height_m(sortie),
        starts_after_s=max(0.0, sortie["starts_at_s"]) if first else 0.0,
        takeoff=(home[1], home[0]) if "terrain" in sortie else None,
    )


def return_height_m(sortie: Sortie) -> float:
    """Metres above its take-off place at which a drone comes home: no lower than its way, and above all ground near."""
    return max(_LEAST_RETURN_M + _hills_m(sortie), *(place[2] for place in sortie["path"]["coordinates"]))


def _hills_m(sortie: Sortie) -> float:
    """So far above the take-off place the ground rises to which the drone may come, as far as it is known."""
    told = sortie.get("terrain")
    if told is None or told["highest_near_m"] is None:
        return 0.0
    return max(0.0, told["highest_near_m"] - told["takeoff_ground_above_sea_m"])


def _fence(places: Sequence[tuple[float, float]], home: tuple[float, float]) -> list[tuple[float, float]]:
    lat, lon = home
    frame = LocalFrame(lat=places[0][1], lon=places[0][0])
    local = [frame.local_point(y, x) for x, y in [*places, (lon, lat)]]
    around = MultiPoint(local).convex_hull.buffer(_FENCE_MARGIN_M, quad_segs=4)
    ring = _simple(around)
    return [(round(x, _DIGITS), round(y, _DIGITS)) for x, y in frame.lon_lat(ring)]


def _simple(around: Polygon) -> list[tuple[float, float]]:
    """A ring with few enough corners, and never within what it was: corners are left out outwards."""
    tolerance_m = 0.5
    ring = [(float(x), float(y)) for x, y, *_ in around.exterior.coords]
    while len(ring) - 1 > _FENCE_MOST_CORNERS:
        fewer = cast("Polygon", around.buffer(tolerance_m, quad_segs=2).simplify(tolerance_m))
        ring = [(float(x), float(y)) for x, y, *_ in fewer.exterior.coords]
        tolerance_m *= 2
        if math.isinf(tolerance_m):
            break
    return ring[:-1]
