"""Which stored values came with a file. They are history, however young: who tells of what is live leaves them out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.store import Connection, Queries

__all__ = ["fetch_devices", "fetch_imported", "fetch_newest_imported"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Row:
    measured_at: datetime
    quantities: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Sensor:
    device_key: int
    quantity: str


@dataclass(frozen=True, slots=True)
class _Device:
    device_key: int


def fetch_imported(
    conn: Connection, device_key: int, since: datetime, until: datetime
) -> Mapping[datetime, frozenset[str]]:
    """A station's quantities by moment, over [since, until), whose values are from files that were not taken back."""
    imported: dict[datetime, frozenset[str]] = {}
    for row in _queries.all(conn, "fetch_imported", _Row, device_key=device_key, since=since, until=until):
        imported[row.measured_at] = imported.get(row.measured_at, frozenset()) | {*row.quantities}
    return imported


def fetch_newest_imported(conn: Connection, device_keys: Collection[int]) -> frozenset[tuple[int, str]]:
    """The sensors (device and quantity) whose newest value came with a file."""
    found = _queries.all(conn, "fetch_newest_imported", _Sensor, device_keys=sorted(device_keys))
    return frozenset((sensor.device_key, sensor.quantity) for sensor in found)


def fetch_devices(conn: Connection, device_keys: Collection[int], since: datetime, until: datetime) -> frozenset[int]:
    """Those of the devices to which files may have added anything over [since, until)."""
    found = _queries.all(
        conn, "fetch_devices_imported", _Device, device_keys=sorted(device_keys), since=since, until=until
    )
    return frozenset(device.device_key for device in found)
