"""What a drone's words in flight change: its latest place, its way, its photos, its sortie, the timeline."""

from dataclasses import dataclass
from datetime import datetime

from edge.wire.orders import FlightData, Phase
from hub.store import Connection
from hub.surveys import store
from hub.surveys.flights import store as flights
from hub.surveys.flying import Flying
from hub.surveys.states import event_of_phase
from hub.surveys.values import SortieRow

__all__ = ["Said", "on_flight"]

# The autopilot's warnings and what is worse go on the timeline; the rest is for whoever watches.
_WARNING = 4


@dataclass(frozen=True, slots=True)
class Said:
    """Which drone said something by which agent: what was so `at` an instant, and when it came in."""

    device_key: int
    agent_id: str
    at: datetime
    received_at: datetime


def on_flight(conn: Connection, flying: Flying, flight: FlightData, said: Said) -> None:
    """Take one moment of one drone. Of a sortie that is not this drone's nothing is believed but where the drone is.

    What arrives late finds its place on the way and among the photos, and moves neither the latest place nor a state.
    """
    at, now = said.at, said.received_at
    sortie = store.fetch_sortie(conn, flight.sortie) if flight.sortie else None
    if sortie is not None and sortie.device_key != said.device_key:
        sortie = None
    ids = (None, None) if sortie is None else (sortie.survey_id, sortie.id)
    moved = flights.save_latest(conn, said.device_key, flight, ids, at, now)
    if flight.bounds is not None:
        flights.save_bounds(conn, said.device_key, flight.bounds, at)
    if flight.lat is not None and flight.lon is not None:
        flights.add_point(conn, said.device_key, ids[1], flight, at)
    if sortie is None:
        return
    for photo in flight.photos:
        moved = flights.add_photo(conn, sortie.survey_id, sortie.id, photo, at, now) or moved
    for message in flight.messages:
        if message.severity <= _WARNING:
            store.add_entry(
                conn, sortie.survey_id, said.agent_id, "message", now, sortie_id=sortie.id, at=at, drone=sortie.drone,
                severity=message.severity, text=message.text,
            )  # fmt: skip
    _take_phase(conn, flying, sortie, flight.phase, said)
    if moved:
        store.tell(conn, sortie.survey_id, "flight")


def _take_phase(conn: Connection, flying: Flying, sortie: SortieRow, phase: Phase | None, said: Said) -> None:
    if phase is None or event_of_phase(phase) is None or phase == sortie.phase:
        return
    survey = store.lock_survey(conn, sortie.survey_id)
    present = store.fetch_sortie(conn, sortie.id)
    if present is None or (present.phase_at is not None and said.at < present.phase_at):
        return
    flying.on_phase(conn, survey, present, phase, (said.at, said.received_at))
