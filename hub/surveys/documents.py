"""What a plan looks like to outside programs: the contract's members, and further ones beside them. Pure."""

from typing import NotRequired, TypedDict

__all__ = ["Check", "LineStringDocument", "PlanDocument", "Sortie", "TerrainDocument"]


class LineStringDocument(TypedDict):
    """GeoJSON: positions are [lon, lat, height above the take-off place in metres]."""

    type: str
    coordinates: list[list[float]]


class TerrainDocument(TypedDict):
    """The heights of a sortie over ground that is known: metres above the sea for each position of its path, and above
    the ground over the whole path, between its positions too. `climbs_m` are its ascents on the way.

    `follows_ground`: it keeps its height above the ground below, else above its take-off place. `highest_near_m` is the
    highest ground above the sea to which it may be blown or fly home over, None where a part of that is not known.
    """

    follows_ground: bool
    takeoff_ground_above_sea_m: float
    ground_above_sea_m: list[float]
    path_above_sea_m: list[float]
    lowest_above_ground_m: float
    highest_above_ground_m: float
    climbs_m: float
    highest_near_m: float | None


class Sortie(TypedDict):
    """One flight of one drone on one battery.

    `number` counts the drone's sorties from 1; `starts_at_s` is seconds from the survey's start; `flight_s` is
    `duration_s` with climb and landing; `battery_used` a share of the full battery, None where none is given; `photos`
    None where the way between two is not known; `filmed` the first and last place of the path (by index) between which
    the camera runs. `height_m` is above the take-off place, or, where the sortie follows the ground (`terrain`), above
    that.
    """

    drone: str
    path: LineStringDocument
    length_m: float
    duration_s: float
    number: int
    starts_at_s: float
    flight_s: float
    height_m: float
    photos: int | None
    battery_used: float | None
    filmed: list[int]
    terrain: NotRequired[TerrainDocument]


class Check(TypedDict):
    """A rule, whether the plan keeps it, what was found, and where the rule is from."""

    name: str
    passed: bool
    detail: str
    source: str


class PlanDocument(TypedDict):
    """The plan of the contract. `finishes_at_s` counts climbs, waiting and changes of batteries; `drill` as asked."""

    id: str
    coverage: float
    lower_bound_m: float
    makespan_s: float
    finishes_at_s: float
    sorties: list[Sortie]
    checks: list[Check]
    drill: bool
