"""The series of a chart out of the database. The caller's transaction comes first; no clock is read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge.wire.quantities import Quantity
from hub.fields import store
from hub.fields.charts import Bucket, Series, Window, choose_bucket, year_before
from hub.fields.plots import Station
from hub.fields.plots.past import shown_since
from hub.registry.devices import Device
from hub.store import Connection

__all__ = ["Place", "Wanted", "fetch_chart", "fetch_first_at", "fetch_places"]


@dataclass(frozen=True, slots=True)
class Place:
    """A station that a chart may show, and the names of what it measures."""

    key: int
    id: str
    name: str
    quantities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line that somebody wants to see: a quantity of a device; `place` is what people call the device."""

    device_key: int
    device: str
    place: str
    quantity: Quantity


def fetch_places(conn: Connection, devices: Sequence[Device | Station]) -> list[Place]:
    """What each station measures, in the order of `devices`."""
    rows = store.fetch_latest(conn, [device.key for device in devices])
    return [
        Place(device.key, device.id, device.name, frozenset(r.quantity for r in rows if r.device_key == device.key))
        for device in devices
    ]


def fetch_chart(
    conn: Connection, wanted: Sequence[Wanted], window: Window, zone: ZoneInfo, *, compare_years: bool = False
) -> tuple[list[Series], timedelta]:
    """What was measured in the window, and the width of the buckets.

    With `compare_years` each series is followed by its own of the year before, moved under this year's.
    """
    width = choose_bucket(window.length)
    now = _fetch(conn, wanted, window.since, window.until, width, zone)
    if not compare_years:
        return now, width
    moved = year_before(width)
    before = _fetch(conn, wanted, window.since - moved, window.until - moved, width, zone)
    return [one for pair in zip(now, (_moved(old, moved) for old in before), strict=True) for one in pair], width


def fetch_first_at(conn: Connection, device_keys: Collection[int]) -> datetime | None:
    """When the first of some devices measured anything that is shown for the first time; None when none ever did."""
    found = [shown_since(conn, key, first) for key, first in store.fetch_first_at(conn, device_keys)]
    return min(found, default=None)


def _fetch(
    conn: Connection, wanted: Sequence[Wanted], since: datetime, until: datetime, width: timedelta, zone: ZoneInfo
) -> list[Series]:
    found: dict[tuple[int, str], Sequence[Bucket]] = {}
    for key in dict.fromkeys(one.device_key for one in wanted):
        names = [one.quantity.name for one in wanted if one.device_key == key]
        many = store.fetch_many(conn, key, names, since, until, width, zone=zone.key)
        found |= {(key, name): buckets for name, buckets in many.items()}
    return [Series(one.device, one.place, one.quantity, found[one.device_key, one.quantity.name]) for one in wanted]


def _moved(series: Series, distance: timedelta) -> Series:
    buckets = [replace(bucket, time=bucket.time + distance) for bucket in series.buckets]
    return replace(series, buckets=buckets, years_back=1)
