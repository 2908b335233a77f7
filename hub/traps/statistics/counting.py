"""Captures counted by mesh, month, species, sex and age, and what came of firings. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.geo.mesh import Cell, Level, is_in_grid, mesh_of

__all__ = ["OUTCOMES", "Catch", "Found", "Tables", "count_catches", "months_between", "share_of"]

OUTCOMES = ("captured", "empty", "wrong_species", "visited")


@dataclass(frozen=True, slots=True)
class Catch:
    """One animal that was caught; the place is the report's own, else the trap's. Degrees, aware UTC."""

    found_at: datetime
    device_key: int
    lat: float
    lon: float
    species: str
    sex: str
    age: str


@dataclass(frozen=True, slots=True)
class Found:
    """One report of what was found."""

    found_at: datetime
    device_key: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Counts. Months are their first days. `outside` are catches of places that no mesh code has."""

    total: int
    by_month: Mapping[date, Mapping[str, int]]
    by_mesh: Mapping[Cell, Mapping[str, int]]
    by_kind: Mapping[tuple[str, str, str], int]
    species: Sequence[str]
    outside: int


def count_catches(catches: Iterable[Catch], level: Level, zone: ZoneInfo) -> Tables:
    """The tables of some catches, by the town's calendar. Species stand in the order of their number."""
    by_month: dict[date, Counter[str]] = {}
    by_mesh: dict[Cell, Counter[str]] = {}
    by_kind: Counter[tuple[str, str, str]] = Counter()
    species: Counter[str] = Counter()
    outside = 0
    for one in catches:
        month = one.found_at.astimezone(zone).date().replace(day=1)
        by_month.setdefault(month, Counter())[one.species] += 1
        by_kind[one.species, one.sex, one.age] += 1
        species[one.species] += 1
        if is_in_grid(one.lat, one.lon):
            by_mesh.setdefault(mesh_of(one.lat, one.lon, level), Counter())[one.species] += 1
        else:
            outside += 1
    return Tables(
        species.total(),
        dict(sorted(by_month.items())),
        dict(sorted(by_mesh.items(), key=_largest_first)),
        dict(sorted(by_kind.items())),
        [name for name, _ in sorted(species.items(), key=lambda item: (-item[1], item[0]))],
        outside,
    )


def _largest_first(item: tuple[Cell, Counter[str]]) -> tuple[int, int, int]:
    cell, counted = item
    return -sum(counted.values()), cell.row, cell.col


def share_of(found: Iterable[Found]) -> Mapping[str, int]:
    """How many reports had each outcome."""
    counted = Counter(one.outcome for one in found)
    return {outcome: counted[outcome] for outcome in OUTCOMES}


def months_between(first: date, last: date, zone: ZoneInfo) -> list[tuple[date, datetime, datetime]]:
    """The months that [first, last] touches: their first day, and the part of it within the days, as instants."""
    months: list[tuple[date, datetime, datetime]] = []
    day = first
    while day <= last:
        month = day.replace(day=1)
        following = (month + timedelta(days=31)).replace(day=1)
        end = min(following, last + timedelta(days=1))
        months.append((month, datetime.combine(day, time(), zone), datetime.combine(end, time(), zone)))
        day = following
    return months
