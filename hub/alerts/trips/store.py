"""Trips in the database. Every function works in the caller's transaction, and before it locks an incident."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.alerts.trips.decisions import Trip
from hub.store import Connection, Queries

__all__ = ["Out", "claim_overdue", "end_trips", "fetch_device_key", "fetch_out", "fetch_partner", "lock_trips",
           "lock_trips_of_overdue", "pair_trips", "save_overdue", "save_trip", "start_trip"]  # fmt: skip

_queries = Queries.beside(__file__)
_CLOCK_SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Out:
    """Somebody who is out, with whom, and until when; `overdue_id` is the incident that looks for them."""

    person_id: str
    name: str
    partner_id: str | None
    partner_name: str | None
    back_at: datetime
    overdue_id: str | None


@dataclass(frozen=True, slots=True)
class _Id:
    id: str | None


def lock_trips(conn: Connection, incident_id: str) -> list[Trip]:
    """Everybody on the way to an incident."""
    return _queries.all(conn, "lock_trips", Trip, incident_id=incident_id)


def lock_trips_of_overdue(conn: Connection, overdue_id: str) -> list[Trip]:
    """The trips whose people this incident looks for."""
    return _queries.all(conn, "lock_trips_of_overdue", Trip, overdue_id=overdue_id)


def start_trip(
    conn: Connection, incident_id: str, person_id: str, partner_id: str | None, back_at: datetime, now: datetime
) -> None:
    """Somebody is on the way and expected back at `back_at`."""
    _queries.run(
        conn,
        "start_trip",
        incident_id=incident_id,
        person_id=person_id,
        partner_id=partner_id,
        back_at=back_at,
        now=now,
    )


def pair_trips(conn: Connection, incident_id: str) -> None:
    """Those who go to the same place look after each other."""
    _queries.run(conn, "pair_trips", incident_id=incident_id)


def end_trips(conn: Connection, trips: Collection[Trip], how: str, now: datetime) -> list[str]:
    """These are out no more; returns the incidents that looked for them."""
    if not trips:
        return []
    ended = _queries.all(conn, "end_trips", _Id, ids=[trip.id for trip in trips], how=how, now=now)
    return [row.id for row in ended if row.id is not None]


def claim_overdue(conn: Connection, now: datetime, limit: int) -> list[Trip]:
    """Trips to be decided about now."""
    return _queries.all(conn, "claim_overdue", Trip, now=now, ahead=now + _CLOCK_SLACK, limit=limit)


def save_trip(conn: Connection, trip: Trip) -> None:
    """When the person is expected from now on."""
    _queries.run(conn, "save_trip", id=trip.id, back_at=trip.back_at, due_set_at=trip.due_set_at)


def save_overdue(conn: Connection, trip: Trip, overdue_id: str) -> None:
    """This incident looks for the person."""
    _queries.run(conn, "save_overdue", id=trip.id, overdue_id=overdue_id)


def fetch_out(conn: Connection, incident_id: str) -> list[Out]:
    """Who is out for an incident."""
    return _queries.all(conn, "fetch_out", Out, incident_id=incident_id)


def fetch_device_key(conn: Connection, incident_id: str) -> int | None:
    """Where an incident is; None where it is about an agent."""
    key: int | None = _queries.value(conn, "fetch_device_of_incident", incident_id=incident_id)
    return key


def fetch_partner(conn: Connection, person_id: str, device_key: int | None) -> str | None:
    """Who goes with somebody who is out at this place."""
    partner: str | None = _queries.value(conn, "fetch_party", person_id=person_id, device_key=device_key)
    return partner
