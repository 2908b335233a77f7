"""Zones that limit flying: brought in by staff with their source, found near a flight."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.errors import NotFound
from hub.geo import BadArea, parse_polygons
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection, Queries
from hub.surveys.asking import Asked
from hub.surveys.limits import FRESH_KINDS, Flight, Zone, ZoneKind
from hub.surveys.zones import NewZone

__all__ = ["Import", "NewImport", "end_import", "fetch_imports", "fetch_zones", "import_zones", "near", "no_go_near"]

_queries = Queries.beside(__file__)
_NEAR_DEG = 0.02
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class NewImport:
    """Where zones of one kind are from: a title, an address, and the day of which the source speaks."""

    kind: ZoneKind
    title: str
    url: str | None
    source_date: date
    is_sample: bool


@dataclass(frozen=True, slots=True)
class Import:
    """An import that holds. Without zones it says that there are none in town."""

    id: str
    kind: ZoneKind
    title: str
    url: str | None
    source_date: date
    is_sample: bool
    zones: int
    imported_at: datetime
    imported_by: str


def import_zones(
    conn: Connection, actor: Actor, new: NewImport, zones: Sequence[NewZone], now: datetime, *, replaces: bool = True
) -> str:
    """Bring in zones of one kind; the former of that kind end unless they are added to. Returns the import's id."""
    if replaces:
        _queries.run(conn, "end_imports", kind=new.kind, id=None, now=now)
    import_id = new_id("az")
    _queries.run(
        conn, "add_import", id=import_id, kind=new.kind, title=new.title, url=new.url, source_date=new.source_date,
        is_sample=new.is_sample, zones=len(zones), imported_at=now, imported_by=actor.person_id,
    )  # fmt: skip
    _queries.run_many(conn, "add_zone", [_row(import_id, zone) for zone in zones])
    registry.record(
        conn, actor, "import_zones", f"airspace/{import_id}", now, kind=new.kind, title=new.title, zones=len(zones)
    )
    return import_id


def _row(import_id: str, zone: NewZone) -> dict[str, object]:
    west, south, east, north = zone.bounds
    return {
        "id": new_id("zn"), "import_id": import_id, "name": zone.name,
        "shape": json.dumps(zone.document, ensure_ascii=False), "west": west, "south": south, "east": east,
        "north": north, "floor_m": zone.floor_m, "ceiling_m": zone.ceiling_m,
        "height_reference": "sea" if zone.above_sea else "ground", "valid_from": zone.valid_from,
        "valid_until": zone.valid_until,
    }  # fmt: skip


def end_import(conn: Connection, actor: Actor, import_id: str, now: datetime) -> None:
    """An import holds no more. Raises NotFound."""
    if not is_id(import_id) or not _queries.run(conn, "end_imports", kind=None, id=import_id, now=now):
        raise NotFound("There is no such import.")
    registry.record(conn, actor, "end_zones", f"airspace/{import_id}", now)


def fetch_imports(conn: Connection) -> list[Import]:
    """The imports that hold."""
    return _queries.all(conn, "fetch_imports", Import)


def fetch_zones(
    conn: Connection, bounds: tuple[float, float, float, float] = (-180, -90, 180, 90), after: str = "",
    limit: int = _MOST,
) -> list[Zone]:  # fmt: skip
    """Zones that hold and whose bounds meet these (west, south, east, north), by id."""
    west, south, east, north = bounds
    return _queries.all(
        conn, "fetch_zones", Zone, west=west, south=south, east=east, north=north, after=after, limit=limit
    )


def near(conn: Connection, flight: Flight, now: datetime, fresh_for: timedelta) -> tuple[list[Zone], Mapping[str, str]]:
    """The zones near a flight, and of which kinds there are data, with their sources.

    What must be looked at before every flight is known only as long as it is fresh.
    """
    known: dict[str, str] = {}
    for one in fetch_imports(conn):
        if one.kind in FRESH_KINDS and not now - fresh_for <= one.imported_at:
            continue
        words = f"{'sample, made up: ' if one.is_sample else ''}{one.title} ({one.source_date})"
        known[one.kind] = f"{known[one.kind]}; {words}" if one.kind in known else words
    return fetch_zones(conn, _around([place for path in flight.paths for place in path])), known


def no_go_near(conn: Connection, asked: Asked, homes: Sequence[tuple[float, float]]) -> list[Zone]:
    """The owners' no-go zones that a plan of this area must keep out of. What cannot be an area has none."""
    try:
        west, south, east, north = parse_polygons(asked.area, "the area").bounds
    except BadArea:
        return []
    places = [(west, south), (east, north), *((lon, lat) for lat, lon in homes)]
    if asked.home is not None:
        places.append((asked.home[1], asked.home[0]))
    return [zone for zone in fetch_zones(conn, _around(places)) if zone.kind == "no_go"]


def _around(places: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    return min(lons) - _NEAR_DEG, min(lats) - _NEAR_DEG, max(lons) + _NEAR_DEG, max(lats) + _NEAR_DEG


def sample_zones(conn: Connection, actor: Actor, kind: ZoneKind, zones: Sequence[NewZone], now: datetime) -> str:
    """Zones that are made up for a demonstration, and marked so."""
    new = NewImport(kind, "見本（実在しません）", None, now.date(), is_sample=True)
    return import_zones(conn, actor, new, zones, now)
