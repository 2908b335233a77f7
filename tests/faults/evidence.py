"""What must be true after a storm: the agents' own records against the database and the mailbox."""

import struct
from collections import Counter
from datetime import datetime

from edge.wire.messages import ReadingsData
from simulators.fleet.record import Published
from tests.acceptance.service import Service
from tests.faults.crew import Recorded


def missing_events(service: Service, recorded: list[Recorded]) -> list[str]:
    """Recorded events that are not exactly once in the database, as `id: times`."""
    wanted = [one.message for one in recorded if not isinstance(one.message.data, ReadingsData)]
    rows = service.rows("select event_id from event where event_id = any(%s)", [message.id for message in wanted])
    stored = Counter(row[0] for row in rows)
    return [f"{message.kind} {message.id}: {stored[message.id]}" for message in wanted if stored[message.id] != 1]


def unknown_firings(service: Service, recorded: list[Recorded], traps: list[str]) -> list[tuple]:
    """Firings of these traps in the database that no agent has recorded."""
    known = [one.message.id for one in recorded if one.message.kind == "sprung"]
    statement = (
        "select event.id, event_id from event join device on key = device_key"
        " where device.id = any(%s) and event.kind = 'sprung' and not event_id = any(%s)"
    )
    return service.rows(statement, traps, known)


def wrong_readings(service: Service, recorded: list[Recorded]) -> list[str]:
    """Recorded values that are not exactly once, and as they were, in the database."""
    wrong: list[str] = []
    for device, values in _measured(recorded).items():
        statement = "select measured_at, soil_temperature from reading join device on key = device_id where id = %s"
        stored: dict[datetime, list[float]] = {}
        for time, value in service.rows(statement, device):
            stored.setdefault(time, []).append(value)
        wrong += [
            f"{device} {time}: {stored.get(time)}" for time, value in values.items() if stored.get(time) != [value]
        ]
    return wrong


def _measured(recorded: list[Recorded]) -> dict[str, dict[datetime, float | None]]:
    found: dict[str, dict[datetime, float | None]] = {}
    for one in recorded:
        if isinstance(one.message.data, ReadingsData):
            column = one.message.data.values["soil_temperature"]
            found.setdefault(one.message.device, {}).update(
                zip(one.message.data.times, map(_real, column), strict=True)
            )
    return found


def _real(value: float | None) -> float | None:
    """As PostgreSQL's `real` holds it."""
    return None if value is None else float(str(struct.unpack("f", struct.pack("f", value))[0]))


def missing_load(service: Service, published: list[Published]) -> list[str]:
    """Of a fleet's record: readings that are not exactly once in the database."""
    missing: list[str] = []
    for device in sorted({message.device for message in published}):
        rows = service.rows("select measured_at from reading join device on key = device_id where id = %s", device)
        stored = Counter(row[0] for row in rows)
        wanted = [time for message in published if message.device == device for time in message.times]
        missing += [f"{device} {time}: {stored[time]}" for time in wanted if stored[time] != 1]
    return missing


def incidents_without_mail(service: Service, traps: list[str]) -> list[str]:
    """Firings (incidents of these traps) for which no mail lies in the mailbox."""
    mails = "\n".join(mail.text for mail in service.mailbox.mails())
    return [incident for incident, _ in incidents_of(service, traps) if f"/incidents/{incident}" not in mails]


def incidents_of(service: Service, traps: list[str]) -> list[tuple[str, str]]:
    """Every firing's incident, resolved or not: its id and its trap's."""
    statement = (
        "select incident.id, device.id from incident join device on key = device_key"
        " where device.id = any(%s) and incident.kind = 'trap_sprung'"
    )
    return service.rows(statement, traps)
