"""Messages and senders for tests of ingest."""

from datetime import UTC, datetime, timedelta

from edge.wire.codec import Message
from edge.wire.messages import EmptyData, ReadingsData, SprungData
from hub.ingest.arrivals import Arrival, Judged
from hub.ingest.intake import AcceptedReadings, Decision, DeviceRef, Sender

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
TRAP = DeviceRef(1, "boar-1", "ag-1", "trap")
STATION = DeviceRef(2, "field-1", "ag-1", "station")
DRONE = DeviceRef(3, "drone-1", "ag-1", "drone")


def sprung(time: datetime | None = NOW, **more) -> Message:
    return Message(agent="ag-1", device="boar-1", kind="sprung", id="e-1", time=time, data=SprungData(), **more)


def reset(**more) -> Message:
    return Message(agent="ag-1", device="boar-1", kind="reset", id="e-2", time=NOW, data=EmptyData(), **more)


def readings(times: list[datetime], time: datetime | None = None, device: str = "field-1", **more) -> Message:
    values = more.pop("values", {"air_temperature": [20.0] * len(times)})
    data = ReadingsData(times=times, values=values)
    return Message(agent="ag-1", device=device, kind="readings", id="r-1", time=time, data=data, **more)


def minutes(count: int, start: datetime = NOW - timedelta(hours=1)) -> list[datetime]:
    return [start + timedelta(minutes=step) for step in range(count)]


def of(device: DeviceRef | None) -> Sender:
    return Sender(agent_known=True, device=device)


def accepted(
    times_us: list[int], device: DeviceRef = STATION, received_us: int = 10**15, **columns
) -> AcceptedReadings:
    return AcceptedReadings(device, received_us, times_us, columns)


def judged(message: Message, decision: Decision, sender: Sender, received_at: datetime = NOW) -> Judged:
    arrival = Arrival("t", b"", received_at, None, message, None, message.outbox, message.sequence)
    return Judged(arrival, sender, decision)
