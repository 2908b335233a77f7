"""A file's lines as rows of readings by a layout, and what could not be read, with its reason. Pure.

A line whose time cannot be read is refused whole. A cell that cannot be read, or holds what no sensor can say, is
refused alone: the line's other values are stored, and the line stands among the refused ones with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal
from zoneinfo import ZoneInfo

from edge.wire.quantities import QUANTITIES
from hub.fields.imports.cells import parse_number
from hub.fields.imports.layouts import Column, Layout
from hub.fields.imports.stamps import parse_clock, parse_day, parse_offset, parse_stamp
from hub.fields.imports.tables import Line
from hub.fields.imports.units import convert

__all__ = ["AHEAD", "Reason", "Refused", "Row", "Rows", "read_rows"]

AHEAD = timedelta(minutes=10)
"""How far ahead of the hub's clock a row may be, as of an agent's clock."""
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
Reason = Literal["no_time", "impossible_time", "no_number", "out_of_range", "twice", "of_others"]


@dataclass(frozen=True, slots=True)
class Refused:
    """What of a line could not be stored. `cell` is what stood there, `quantity` what it should have been."""

    line: int
    raw: str
    reason: Reason
    cell: str
    quantity: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One moment of the file: its line, and the values in our units."""

    line: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file says: rows by moment (UTC), what was refused, and how many lines had a time but no value."""

    rows: dict[datetime, Row] = field(default_factory=dict[datetime, Row])
    refused: list[Refused] = field(default_factory=list[Refused])
    empty: int = 0
    lines: int = 0


def read_rows(
    lines: Iterable[Line], layout: Layout, zone: ZoneInfo, now: datetime, since: datetime | None = None
) -> Rows:
    """Read every line from the layout's first on; what is older than `since` is refused: the station was another's."""
    rows: dict[datetime, Row] = {}
    refused: list[Refused] = []
    empty = count = 0
    for line in lines:
        if line.number < layout.first_line:
            continue
        count += 1
        at, reason = _place(line, layout, zone, now)
        if at is not None and since is not None and at < since:
            at, reason = None, "of_others"
        if at is None:
            cell = line.cells[layout.day] if len(line.cells) > layout.day else ""
            refused.append(Refused(line.number, line.raw, reason, cell))
            continue
        values, faults = _values(line, layout)
        refused += faults
        if values:
            twice = _merge(rows, at, Row(line.number, values))
            refused += [Refused(line.number, line.raw, "twice", f"{values[name]:g}", name) for name in twice]
        elif not faults:
            empty += 1
    return Rows(rows, refused, empty, count)


def _place(line: Line, layout: Layout, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, Reason]:
    if len(line.cells) < layout.width:
        return None, "no_time"
    try:
        local, offset = _stamp(line.cells, layout)
        if offset is None and layout.utc_offset_min is not None:
            offset = timedelta(minutes=layout.utc_offset_min)
        at = local.replace(tzinfo=zone if offset is None else timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, "no_time"
    return (at, "no_time") if _FIRST <= at <= now + AHEAD else (None, "impossible_time")


def _stamp(cells: tuple[str, ...], layout: Layout) -> tuple[datetime, timedelta | None]:
    if layout.clock is None:
        stamp = parse_stamp(cells[layout.day], layout.day_order)
        local, offset = stamp.local, stamp.offset
    else:
        day = parse_day(cells[layout.day], layout.day_order)
        local = datetime(day.year, day.month, day.day) + parse_clock(cells[layout.clock])  # noqa: DTZ001  # placed above
        offset = None
    return local, parse_offset(cells[layout.offset]) if layout.offset is not None else offset


def _values(line: Line, layout: Layout) -> tuple[dict[str, float], list[Refused]]:
    values: dict[str, float] = {}
    faults: list[Refused] = []
    for column in layout.columns:
        cell = line.cells[column.place] if len(line.cells) > column.place else ""
        try:
            number = parse_number(cell, layout.decimal)
            value = None if number is None else convert(number, column.quantity, column.unit, layout.interval_s)
        except (ValueError, OverflowError):
            faults.append(Refused(line.number, line.raw, "no_number", cell, column.quantity))
            continue
        if value is None:
            continue
        if _is_possible(column, value):
            values.setdefault(column.quantity, value)
        else:
            faults.append(Refused(line.number, line.raw, "out_of_range", cell, column.quantity))
    return values, faults


def _is_possible(column: Column, value: float) -> bool:
    quantity = QUANTITIES[column.quantity]
    return quantity.low <= value <= quantity.high


def _merge(rows: dict[datetime, Row], at: datetime, row: Row) -> list[str]:
    """Add a row; of a moment that stands twice the first values stay. Returns the quantities that disagree."""
    known = rows.setdefault(at, row)
    if known is row:
        return []
    return [name for name, value in row.values.items() if known.values.setdefault(name, value) != value]
