"""What follows from an accepted event, through the areas, on a real database."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from edge.wire.messages import SprungData, StatusData
from hub import clock
from hub.config import Settings
from hub.ingest.events import AcceptedEvent
from hub.registry import service as registry
from hub.registry.people import NewPerson
from hub.store import Connection, Database
from hub.wiring.handlers import make_handlers
from hub.wiring.rooms import Rooms, make_rooms
from tests.integration.wiring.places import NewTrap, add_trap

NOW = clock.now()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """A town with a mail server, so that hunters can be reached."""
    return Settings.model_validate({"database_url": database_url, "secret": "s" * 32, "smtp_host": "127.0.0.1"})


@pytest.fixture
def conn(settings: Settings) -> Iterator[Connection]:
    """One transaction of the test's own."""
    database = Database(settings.database_url, max_size=2)
    try:
        with database.transaction() as connection:
            yield connection
    finally:
        database.close()


@pytest.fixture
def rooms(settings: Settings) -> Rooms:
    """The areas, wired."""
    return make_rooms(settings)


@pytest.fixture
def trap(conn: Connection, rooms: Rooms) -> NewTrap:
    """A trap with a hunter."""
    registry.create_person(conn, None, NewPerson("佐藤", frozenset({"hunter"}), "sato@example.jp"), NOW)
    return add_trap(conn, rooms, NOW)


def _event(trap: NewTrap, kind: str, occurred_at: datetime, **more: object) -> AcceptedEvent:
    values: dict[str, object] = {
        "id": f"{kind}-{occurred_at.timestamp()}",
        "source": f"/agents/{trap.agent_id}/devices/{trap.device_id}",
        "agent_id": trap.agent_id,
        "device_key": trap.key,
        "device_id": trap.device_id,
        "device_kind": "trap",
        "kind": kind,
        "occurred_at": occurred_at,
        "received_at": NOW,
        "time_quality": "edge",
        "late": False,
        "outbox": "o",
        "sequence": 1,
        "data": SprungData() if kind == "sprung" else StatusData(),
    }
    return AcceptedEvent(**(values | more))


def _state(conn: Connection, rooms: Rooms, trap: NewTrap) -> str:
    return rooms.traps.fetch_traps(conn, [trap.key])[trap.key].state


def test_a_firing_opens_one_incident_that_a_report_settles_and_the_trap_is_armed(
    conn: Connection, rooms: Rooms, trap: NewTrap
) -> None:
    handlers = make_handlers(rooms)
    handlers["sprung"](conn, _event(trap, "sprung", NOW))
    handlers["sprung"](conn, _event(trap, "sprung", NOW + timedelta(seconds=1)))
    [incident] = rooms.alerts.fetch_incidents(conn, states=("open",))
    assert (incident.kind, incident.events, _state(conn, rooms, trap)) == ("trap_sprung", 2, "sprung")
    hunter = registry.fetch_hunters_for_trap(conn, trap.key)[0]
    rooms.alerts.resolve(conn, incident.id, hunter.person_id, "captured", None, NOW + timedelta(hours=1))
    assert _state(conn, rooms, trap) == "armed"


def test_a_silent_trap_that_speaks_by_a_slow_clock_is_heard(conn: Connection, rooms: Rooms, trap: NewTrap) -> None:
    rooms.sweep_traps(conn, NOW + timedelta(hours=1))
    assert _state(conn, rooms, trap) == "silent"
    spoken = _event(trap, "status", NOW - timedelta(days=2), received_at=NOW + timedelta(hours=1), outbox=None)
    make_handlers(rooms)["status"](conn, spoken)
    assert _state(conn, rooms, trap) == "armed"
    assert rooms.alerts.fetch_incidents(conn, states=("open",)) == []


def test_old_words_out_of_an_outbox_end_no_silence(conn: Connection, rooms: Rooms, trap: NewTrap) -> None:
    rooms.sweep_traps(conn, NOW + timedelta(hours=1))
    make_handlers(rooms)["status"](
        conn, _event(trap, "status", NOW - timedelta(days=2), received_at=NOW + timedelta(hours=1))
    )
    assert _state(conn, rooms, trap) == "silent"
