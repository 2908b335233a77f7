"""What the office asks: catches, outcomes and effort of a period. In the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.errors import Invalid
from hub.geo.mesh import Level
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.registry.people import Actor
from hub.store import Connection, Queries
from hub.traps.history import Known
from hub.traps.statistics.counting import Catch, Found, Tables, count_catches, months_between, share_of
from hub.traps.statistics.effort import Effort, Standing, add_up, count_effort

__all__ = ["Asked", "MonthOfEffort", "StandingDays", "Statistics", "StatisticsService", "TrapEffort"]

_queries = Queries.beside(__file__)
_LONGEST = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class Asked:
    """Both days are within the period; an empty team or species is every one."""

    first: date
    last: date
    team: str = ""
    species: str = ""
    level: Level = "five_km"


@dataclass(frozen=True, slots=True)
class StandingDays:
    """Between which days a trap stood in the field, both included."""

    device_key: int
    set_on: date | None
    removed_on: date | None


@dataclass(frozen=True, slots=True)
class MonthOfEffort:
    """A month (its first day) with its effort and its heads."""

    month: date
    effort: Effort
    caught: int


@dataclass(frozen=True, slots=True)
class TrapEffort:
    """One trap's effort and heads in the period."""

    device_key: int
    effort: Effort
    caught: int
    standing: StandingDays | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything that the page and the files show."""

    asked: Asked
    tables: Tables
    outcomes: Mapping[str, int]
    months: Sequence[MonthOfEffort]
    traps: Sequence[TrapEffort]
    effort: Effort


class StatisticsService:
    """The statistics of a town; `zone` is the one of its calendar."""

    def __init__(self, *, zone: ZoneInfo) -> None:
        self.zone = zone

    def fetch(self, conn: Connection, asked: Asked, now: datetime) -> Statistics:
        """Count a period. Raises Invalid when it is none, or longer than five years."""
        if not timedelta() <= asked.last - asked.first <= _LONGEST:
            raise Invalid("The last day must not be before the first, nor more than five years behind it.")
        since = datetime.combine(asked.first, time(), self.zone)
        until = datetime.combine(asked.last + timedelta(days=1), time(), self.zone)
        bounds = {"since": since, "until": until, "team": asked.team}
        catches = _queries.all(conn, "fetch_catches", Catch, **bounds, species=asked.species)
        found = _queries.all(conn, "fetch_found", Found, **bounds)
        months, traps = self._effort(conn, asked, catches, now)
        return Statistics(
            asked,
            count_catches(catches, asked.level, self.zone),
            share_of(found),
            months,
            traps,
            add_up([month.effort for month in months]),
        )

    def _effort(
        self, conn: Connection, asked: Asked, catches: Sequence[Catch], now: datetime
    ) -> tuple[list[MonthOfEffort], list[TrapEffort]]:
        known: dict[int, list[Known]] = {}
        for one in _queries.all(conn, "fetch_known", Known, team=asked.team):
            known.setdefault(one.device_key, []).append(one)
        days = {one.device_key: one for one in _queries.all(conn, "fetch_standing", StandingDays)}
        stretches = months_between(asked.first, asked.last, self.zone)
        by_month: dict[date, list[Effort]] = {month: [] for month, _, _ in stretches}
        traps: list[TrapEffort] = []
        for key, learned in known.items():
            standing = self._standing(days.get(key))
            efforts = [count_effort(learned, since, until, now, standing) for _, since, until in stretches]
            for (month, _, _), effort in zip(stretches, efforts, strict=True):
                by_month[month].append(effort)
            caught = sum(one.device_key == key for one in catches)
            traps.append(TrapEffort(key, add_up(efforts), caught, days.get(key)))
        heads = {month: 0 for month, _, _ in stretches}
        for one in catches:
            heads[one.found_at.astimezone(self.zone).date().replace(day=1)] += 1
        return [MonthOfEffort(month, add_up(by_month[month]), heads[month]) for month in by_month], traps

    def _standing(self, days: StandingDays | None) -> Standing | None:
        if days is None:
            return None
        removed = None if days.removed_on is None else days.removed_on + timedelta(days=1)
        return Standing(
            None if days.set_on is None else datetime.combine(days.set_on, time(), self.zone),
            None if removed is None else datetime.combine(removed, time(), self.zone),
        )

    def fetch_standing(self, conn: Connection, device_key: int) -> StandingDays | None:
        """Between which days a trap stood in the field, if the office has said so."""
        found = _queries.all(conn, "fetch_standing", StandingDays)
        return next((one for one in found if one.device_key == device_key), None)

    def save_standing(
        self,
        conn: Connection,
        actor: Actor,
        device: Device,
        days: tuple[date | None, date | None],
        now: datetime,
    ) -> None:
        """Between which days a trap stood in the field. Raises Invalid for an end before the beginning."""
        set_on, removed_on = days
        if set_on is not None and removed_on is not None and removed_on < set_on:
            raise Invalid("The last day is not before the first.")
        _queries.run(conn, "save_standing", device_key=device.key, set_on=set_on, removed_on=removed_on)
        registry.record(conn, actor, "set standing", f"device/{device.id}", now, set_on=set_on, removed_on=removed_on)
