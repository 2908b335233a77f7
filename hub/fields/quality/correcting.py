"""Corrections in the database: which hold, and new ones laid over them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hub.fields.quality.corrections import Correction, Line, overlay
from hub.fields.quality.store import queries
from hub.store import Connection

__all__ = ["fetch_corrections", "lay_over", "put_back"]


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    device_key: int
    quantity: str
    from_at: datetime
    until_at: datetime | None
    gain: float
    shift: float


def fetch_corrections(conn: Connection, device_keys: Collection[int]) -> dict[int, dict[str, list[Correction]]]:
    """By device and quantity, in the order of their beginning; what is shown as measured is left out."""
    found: dict[int, dict[str, list[Correction]]] = defaultdict(lambda: defaultdict(list))
    for row in queries.all(conn, "fetch_corrections", _Row, device_keys=sorted(device_keys)):
        line = Line(row.gain, row.shift)
        found[row.device_key][row.quantity].append(Correction(row.from_at, row.until_at, line))
    return found


def lay_over(conn: Connection, device_key: int, quantity: str, new: Correction) -> None:
    """Correct what is shown once more. The caller holds the device's watch, so nobody else does so meanwhile."""
    known = fetch_corrections(conn, [device_key])[device_key][quantity]
    put_back(conn, device_key, quantity, overlay(known, new))


def put_back(conn: Connection, device_key: int, quantity: str, corrections: Collection[Correction]) -> None:
    """These corrections hold from now on and no others."""
    queries.run(conn, "clear_corrections", device_key=device_key, quantity=quantity)
    for one in corrections:
        queries.run(
            conn,
            "add_correction",
            device_key=device_key,
            quantity=quantity,
            from_at=one.from_at,
            until_at=one.until_at,
            gain=one.line.gain,
            shift=one.line.shift,
        )
