"""Readings of many messages as rows of the wide table, in the bytes of PostgreSQL's binary COPY. Pure.

A row is what one device measured at one moment, `(device, microseconds)` is its key. Two messages for one moment merge
column by column and the first value stays, just as the database merges a row that it has already.
"""

import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import TypeAlias

from edge.wire.quantities import QUANTITIES
from hub.ingest.intake import AcceptedReadings

__all__ = [
    "EVERY_DEVICE", "KEY_COLUMNS", "RowBatch", "format_copy", "format_marks", "gather_marks", "gather_rows",
    "split_by_age", "touched_hours",
]  # fmt: skip

KEY_COLUMNS = ("device_id", "measured_at", "received_at")
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
EVERY_DEVICE = 0
"""In the place of a device's key: a mark for whichever devices have readings there (hub/fields/rollups)."""
# From so many devices on that were measured in the same hours, one mark for every device stands for theirs.
_MANY = 50
_HOUR_US = 3_600_000_000
_MOMENT = itemgetter(1)
_MARK = struct.Struct(">hiiiqiq")

Key: TypeAlias = tuple[int, int]
"""A device's key and the microseconds since 2000."""
Row: TypeAlias = tuple[tuple[str, ...], Sequence[float | None], int]
"""Names of quantities, their values, and when they were received (microseconds since 2000)."""
Packer: TypeAlias = Callable[[int, int, int, Sequence[float | None]], bytes]
"""Device, measured, received, values: to the bytes of a row."""


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows by their key, each key once."""

    rows: dict[Key, Row] = field(default_factory=dict[Key, Row])

    def quantities(self) -> tuple[str, ...]:
        """The quantities that occur, in the table's order."""
        present = {name for names in {row[0] for row in self.rows.values()} for name in names}
        return tuple(name for name in QUANTITIES if name in present)


def gather_rows(messages: Iterable[AcceptedReadings]) -> RowBatch:
    """One row for each device and moment. Moments of which nothing is left but nulls make none."""
    batch = RowBatch()
    rows = batch.rows
    # Equal names become one object, so that whoever writes the rows sees at once that nothing has changed.
    shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
    for message in messages:
        device, received = message.device.key, message.received_us
        names = tuple(message.columns)
        names = shapes.setdefault(names, names)
        holey = any(None in column for column in message.columns.values())
        for measured, values in zip(message.times_us, zip(*message.columns.values(), strict=True), strict=True):
            if holey and all(value is None for value in values):
                continue
            row = (names, values, received)
            known = rows.setdefault((device, measured), row)
            if known is not row:
                rows[device, measured] = _merge(known, row)
    return batch


def _merge(first: Row, second: Row) -> Row:
    """Column by column; what stands first stays."""
    values = dict(zip(first[0], first[1], strict=True))
    for name, value in zip(second[0], second[1], strict=True):
        if values.get(name) is None:
            values[name] = value
    return tuple(values), tuple(values.values()), first[2]


def split_by_age(batch: RowBatch, newest_us: Mapping[int, int]) -> tuple[RowBatch, RowBatch]:
    """Rows after their device's newest known moment, which nobody has stored yet as far as we know, and the others."""
    fresh: dict[Key, Row] = {}
    known: dict[Key, Row] = {}
    for key, row in batch.rows.items():
        (fresh if key[1] > newest_us.get(key[0], -(2**63)) else known)[key] = row
    return RowBatch(fresh), RowBatch(known)


def touched_hours(keys: Sequence[Key]) -> list[tuple[int, int, int]]:
    """Which whole hours rows lie in, from their keys in order: (device, first hour, hour behind), in hours since 2000.

    Hours of a device that follow each other come as one. Looks at one key an hour, not at each.
    """
    found: list[tuple[int, int, int]] = []
    place, count = 0, len(keys)
    while place < count:
        device, measured = keys[place]
        hour = measured // _HOUR_US
        if found and found[-1][0] == device and found[-1][2] == hour:
            found[-1] = (device, found[-1][1], hour + 1)
        else:
            found.append((device, hour, hour + 1))
        behind = (device, (hour + 1) * _HOUR_US)
        place += 1
        if place < count and keys[place] < behind:
            place = bisect_left(keys, behind, place + 1)
    return found


def gather_marks(keys: Sequence[Key]) -> list[tuple[int, int, int]]:
    """The marks that rows need, from their keys in order: as `touched_hours`, but where many devices' hours are the
    same they are marked for every device at once. A mark too many costs a computation, one too few would be wrong.
    """
    if len({device for device, _ in keys[:_MANY]}) > _MANY // 2:
        # Few rows a device, most often what many have just measured: the whole batch at once.
        first, last = (of(map(_MOMENT, keys)) // _HOUR_US for of in (min, max))
        if first == last and len(keys) > 2 * _MANY:
            return [(EVERY_DEVICE, first, first + 1)]
    hours = touched_hours(keys)
    if len(hours) < _MANY:
        return hours
    counts = Counter((since, until) for _, since, until in hours)
    wide = {stretch for stretch, count in counts.items() if count >= _MANY}
    if not wide:
        return hours
    return [(EVERY_DEVICE, *stretch) for stretch in sorted(wide)] + [one for one in hours if one[1:] not in wide]


def format_marks(hours: Iterable[tuple[int, int, int]]) -> bytes:
    """Stretches of hours as PostgreSQL's binary COPY: device, since, until."""
    pack = _MARK.pack
    parts = [pack(3, 4, device, 8, since * _HOUR_US, 8, until * _HOUR_US) for device, since, until in hours]
    return b"".join([_SIGNATURE, *parts, _TRAILER])


def format_copy(batch: RowBatch, quantities: Collection[str], keys: Sequence[Key] | None = None) -> bytes:
    """The rows as PostgreSQL's `COPY … (format binary)`: KEY_COLUMNS, then `quantities`; sorted by key.

    `keys` are the batch's keys in order, where the caller has them already.

    Sorted, so that two processes that store the same rows wait for each other in one order and never in a circle.
    """
    order = tuple(quantities)
    rows = batch.rows
    parts = [_SIGNATURE]
    pack: Packer | None = None
    shape: tuple[str, ...] | None = None
    for key in sorted(rows) if keys is None else keys:
        names, values, received = rows[key]
        if None in values:
            pairs = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
            names, values = tuple(name for name, _ in pairs), [value for _, value in pairs]
        if pack is None or names is not shape:
            pack, shape = _packer(names, order), names
        parts.append(pack(key[0], key[1], received, values))
    parts.append(_TRAILER)
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _packer(names: tuple[str, ...], order: tuple[str, ...]) -> Packer:
    """A function that writes one row with just these quantities present.

    Each field is its length (an int32; −1 for null) and its bytes: int32, two int64 of microseconds, then float32.
    """
    pack = struct.Struct(">hiiiqiq" + "".join("if" if name in names else "i" for name in order)).pack
    empty: list[float | None] = [len(KEY_COLUMNS) + len(order), 4, 0, 8, 0, 8, 0]
    places: dict[str, int] = {}
    for name in order:
        if name in names:
            places[name] = len(empty) + 1
            empty += [4, 0.0]
        else:
            empty.append(-1)
    own = [places[name] for name in names]
    first = len(empty) - 2 * len(names) + 1
    is_straight = own == list(range(first, len(empty), 2))

    def pack_straight(device: int, measured: int, received: int, values: Sequence[float | None]) -> bytes:
        fields = empty.copy()
        fields[2], fields[4], fields[6] = device, measured, received
        fields[first::2] = values
        return pack(*fields)

    def pack_scattered(device: int, measured: int, received: int, values: Sequence[float | None]) -> bytes:
        fields = empty.copy()
        fields[2], fields[4], fields[6] = device, measured, received
        for place, value in zip(own, values, strict=True):
            fields[place] = value
        return pack(*fields)

    return pack_straight if is_straight else pack_scattered
