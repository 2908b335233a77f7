"""Flights in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from edge.wire.orders import Bounds, FlightData, PhotoTaken
from hub.store import Connection, Queries
from hub.surveys.bounds import OwnerBounds

__all__ = [
    "BEGINNING", "Latest", "Photo", "Point", "add_photo", "add_point", "count_photos", "fetch_bounds",
    "fetch_latest", "fetch_photos", "fetch_points", "save_bounds", "save_latest",
]  # fmt: skip

_queries = Queries.beside(__file__)
_SLOT_S = 2
_MOST = 20_000
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Latest:
    """Where a drone is and how it is, as it last said; `data` as on the wire, without photos and messages."""

    device_key: int
    drone: str
    at: datetime
    received_at: datetime
    survey_id: str | None
    sortie_id: str | None
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the way that was flown. Degrees, metres above the take-off place, m/s, percent."""

    sortie_id: str
    at: datetime
    lat: float
    lon: float
    height_m: float | None
    speed_mps: float | None
    battery_percent: float | None


@dataclass(frozen=True, slots=True)
class Photo:
    """One release of the camera."""

    sortie_id: str
    drone: str
    number: int
    lat: float
    lon: float
    height_m: float
    altitude_m: float | None
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    taken_at: datetime
    received_at: datetime


def save_latest(
    conn: Connection, device_key: int, flight: FlightData, sortie: tuple[str | None, str | None], at: datetime,
    received_at: datetime,
) -> bool:  # fmt: skip
    """Write where a drone is; `sortie` is (survey, sortie). False when newer words are known already."""
    data = flight.model_dump(
        mode="json", exclude={"photos", "messages", "survey", "sortie", "bounds"}, exclude_none=True
    )
    touched = _queries.run(
        conn, "save_latest", device_key=device_key, at=at, received_at=received_at, survey_id=sortie[0],
        sortie_id=sortie[1], data=json.dumps(data, ensure_ascii=False),
    )  # fmt: skip
    return touched > 0


def save_bounds(conn: Connection, device_key: int, bounds: Bounds, at: datetime) -> None:
    """Keep what a drone's owner allows."""
    fence = json.dumps(bounds.fence)
    _queries.run(conn, "save_bounds", device_key=device_key, fence=fence, highest_m=bounds.highest_m, at=at)


def fetch_bounds(conn: Connection, keys: Sequence[int]) -> dict[int, OwnerBounds]:
    """What the owners of these drones allow, by device; without those of which nothing was told."""
    return {one.device_key: one for one in _queries.all(conn, "fetch_bounds", OwnerBounds, keys=list(keys))}


def add_point(conn: Connection, device_key: int, sortie_id: str | None, flight: FlightData, at: datetime) -> None:
    """Keep a place on the way, one in two seconds at most."""
    _queries.run(
        conn, "add_point", device_key=device_key, slot=int(at.timestamp()) // _SLOT_S, sortie_id=sortie_id, at=at,
        lat=flight.lat, lon=flight.lon, height_m=flight.height_m, speed_mps=flight.speed_mps,
        battery_percent=flight.battery_percent,
    )  # fmt: skip


def add_photo(
    conn: Connection, survey_id: str, sortie_id: str, photo: PhotoTaken, at: datetime, received_at: datetime
) -> bool:
    """Keep a release of the camera; False when it is known."""
    touched = _queries.run(
        conn, "add_photo", sortie_id=sortie_id, survey_id=survey_id, number=photo.number, lat=photo.lat, lon=photo.lon,
        height_m=photo.height_m, altitude_m=photo.altitude_m, yaw_deg=photo.yaw_deg, pitch_deg=photo.pitch_deg,
        roll_deg=photo.roll_deg, taken_at=photo.taken_at or at, received_at=received_at,
    )  # fmt: skip
    return touched > 0


def fetch_latest(conn: Connection, keys: Sequence[int]) -> list[Latest]:
    """Where these drones are."""
    return _queries.all(conn, "fetch_latest", Latest, keys=list(keys))


def fetch_points(conn: Connection, survey_id: str, after: datetime = BEGINNING, limit: int = _MOST) -> list[Point]:
    """The ways of a survey's sorties, by sortie and time."""
    return _queries.all(conn, "fetch_points", Point, survey_id=survey_id, after=after, limit=limit)


def fetch_photos(
    conn: Connection,
    survey_id: str,
    after: tuple[str, int] = ("", 0),
    limit: int = _MOST,
    heard_after: datetime = BEGINNING,
) -> list[Photo]:
    """A survey's photos, by sortie and number: those behind one, and those of which the hub heard after an instant."""
    return _queries.all(
        conn, "fetch_photos", Photo, survey_id=survey_id, after_sortie=after[0], after_number=after[1], limit=limit,
        heard_after=heard_after,
    )  # fmt: skip


def count_photos(conn: Connection, survey_id: str) -> int:
    """How many photos of a survey are known."""
    return _queries.value(conn, "count_photos", survey_id=survey_id)
