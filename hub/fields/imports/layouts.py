"""What a file's columns are, as a person has confirmed it; and the files of known loggers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from edge.wire.quantities import QUANTITIES
from hub.errors import Invalid
from hub.fields.imports.cells import Decimal
from hub.fields.imports.stamps import DayOrder
from hub.fields.imports.units import units_of

__all__ = ["Column", "Layout", "Preset", "dump_layout", "load_layout"]


@dataclass(frozen=True, slots=True)
class Column:
    """The column at `place` (from 0) holds `quantity` in the unit `unit`."""

    place: int
    quantity: str
    unit: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read.

    `first_line`: the number (from 1) of the first line of values. `day` is the place of the day (and time), `clock` of
    the time of day where that stands apart, `offset` of the clock's distance from UTC. Without such a column
    the clock is `utc_offset_min` minutes from UTC; None is the town's own clock. `interval_s`: seconds between rows,
    for units that gather over the interval.
    """

    separator: Literal[",", "\t", ";"] = ","
    decimal: Decimal = "."
    first_line: int = 1
    day: int = 0
    clock: int | None = None
    offset: int | None = None
    day_order: DayOrder = "ymd"
    utc_offset_min: int | None = None
    interval_s: float | None = None
    columns: tuple[Column, ...] = ()

    @property
    def width(self) -> int:
        """How many cells a line needs so that the time can be read."""
        return max(self.day, self.clock or 0, self.offset or 0) + 1


@dataclass(frozen=True, slots=True)
class Preset:
    """The files of one maker's loggers; see the table `logger_preset`."""

    id: str
    name: str
    marks: tuple[str, ...]
    day_order: DayOrder
    headings: Mapping[str, tuple[str, str] | None] = field(default_factory=dict[str, tuple[str, str] | None])
    source: str = ""
    checked_on: date | None = None


_LAYOUT = TypeAdapter(Layout)


def dump_layout(layout: Layout) -> str:
    """A layout as JSON."""
    return _LAYOUT.dump_json(layout).decode()


def load_layout(text: str) -> Layout:
    """The layout that `dump_layout` wrote. Raises Invalid."""
    try:
        layout = _LAYOUT.validate_json(text)
    except ValidationError as error:
        raise Invalid(f"This is no layout of a file: {error.error_count()} faults.") from None
    for column in layout.columns:
        if column.quantity not in QUANTITIES or column.unit not in {unit.symbol for unit in units_of(column.quantity)}:
            raise Invalid(f"Nothing is measured in {column.unit} here.")
    return layout
