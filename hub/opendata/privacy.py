"""What of the captures may be told to everybody. Pure.

1.  A row is a month, a cell of a coarse mesh and a species, with a number of heads. Nothing finer enters this module's
    answers: no place, no day, no trap, no person.
2.  The newest months are not told: `delay_months` whole ones, and the one that runs.
3.  A number under `least_count` is hidden, and so is the next smallest number of its month and species when it would
    be the only hidden one: who knows a total from elsewhere cannot subtract the rest from it.
4.  A month's total of a species is told only where none of its numbers is hidden. No other totals are told. So nothing
    that is told can be subtracted from anything else that is told, and a hidden small number is anything from 1 to
    `least_count` - 1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from hub.geo.mesh import format_mesh, is_in_grid, mesh_of
from hub.texts.csv_text import csv_bytes

__all__ = ["ALL_CELLS", "Captured", "Row", "Rule", "last_told_month", "open_csv", "open_rows", "tell"]

ALL_CELLS = "all"
CoarseLevel = Literal["first", "second", "five_km"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How much is told: see the module."""

    least_count: int
    delay_months: int
    mesh: CoarseLevel


@dataclass(frozen=True, slots=True)
class Captured:
    """One head, as the hub knows it."""

    found_at: datetime
    lat: float
    lon: float
    species: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of what is told; `count` is None where it is hidden. `mesh` is ALL_CELLS in a month's total."""

    month: str
    mesh: str
    species: str
    count: int | None


def last_told_month(rule: Rule, today: date) -> date:
    """The first day of the newest month that is told."""
    number = today.year * 12 + today.month - 1 - (rule.delay_months + 1)
    return date(number // 12, number % 12 + 1, 1)


def open_rows(captured: Iterable[Captured], rule: Rule, today: date, zone: ZoneInfo) -> list[Row]:
    """What may be told today, by month, species and mesh; a species' total of a month stands after its cells."""
    last = last_told_month(rule, today)
    groups: dict[tuple[str, str], Counter[str]] = {}
    for one in captured:
        day = one.found_at.astimezone(zone).date()
        if day.replace(day=1) <= last and is_in_grid(one.lat, one.lon):
            cell = format_mesh(mesh_of(one.lat, one.lon, rule.mesh))
            groups.setdefault((f"{day:%Y-%m}", one.species), Counter())[cell] += 1
    rows: list[Row] = []
    for (month, species), cells in sorted(groups.items()):
        numbers, total = tell(cells, rule.least_count)
        rows += [Row(month, cell, species, number) for cell, number in numbers.items()]
        rows.append(Row(month, ALL_CELLS, species, total))
    return rows


def tell(cells: Mapping[str, int], least_count: int) -> tuple[dict[str, int | None], int | None]:
    """The numbers of one month and species as they are told, by cell, and their total; None is hidden."""
    hidden = _hidden(cells, least_count)
    numbers = {cell: None if cell in hidden else cells[cell] for cell in sorted(cells)}
    return numbers, None if hidden else sum(cells.values())


def _hidden(cells: Mapping[str, int], least_count: int) -> set[str]:
    hidden = {cell for cell, count in cells.items() if count < least_count}
    if len(hidden) == 1:
        others = sorted((count, cell) for cell, count in cells.items() if cell not in hidden)
        hidden |= {cell for _, cell in others[:1]}
    return hidden


def open_csv(rows: Sequence[Row]) -> bytes:
    """The file: UTF-8 with BOM, CRLF. A hidden number is an `x`."""
    return csv_bytes(
        ("month", "mesh", "species", "count"),
        ((row.month, row.mesh, row.species, "x" if row.count is None else row.count) for row in rows),
    )
