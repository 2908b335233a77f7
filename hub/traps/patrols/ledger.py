"""Visits as values, the ledger of a stretch of days, and its CSV. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.errors import Invalid
from hub.texts.words import msgid
from hub.traps.patrols.days import DayFacts, DayState, Switch, day_of, judge_day

__all__ = [
    "OLDEST_VISIT", "NewVisit", "SensorRule", "Source", "Spoken", "TrapDay", "TrapLedger", "Visit", "assemble",
    "csv_lines", "decide_visited_at",
]  # fmt: skip

Source = Literal["page", "report", "api"]

# How far ahead of the hub's clock a phone's may be: such a visit counts as made now.
CLOCK_TOLERANCE = timedelta(minutes=5)
# How old a visit may be that is written down only now (a phone that was out of reach, a forgotten day).
OLDEST_VISIT = timedelta(days=31)
# A visit that was written down so much later is shown with the time at which that was done.
LATE_AFTER = timedelta(hours=1)
_BOM = "\ufeff"
_HEAD = (
    msgid("Day"), msgid("Trap's id"), msgid("Trap"), msgid("Patrol"), msgid("Visited at"), msgid("Visitor"),
    msgid("Note"), msgid("Written at"), msgid("Correction"), msgid("Last signal"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit to be written down; `key` is the same when the same form is sent again."""

    visited_at: datetime
    source: Source
    note: str | None = None
    lat: float | None = None
    lon: float | None = None
    key: UUID | None = None
    incident_id: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of the ledger. `corrected_by` is the row that puts this one right: it counts no more then, nor does one
    that is `void`.
    """

    id: str
    device_key: int
    device_id: str
    device_name: str
    person_id: str
    person_name: str
    visited_at: datetime
    received_at: datetime
    source: Source
    note: str | None
    lat: float | None
    lon: float | None
    incident_id: str | None
    corrects: str | None
    corrected_by: str | None
    void: bool
    written_by: str

    @property
    def counts(self) -> bool:
        """Whether this row is what holds."""
        return not self.void and self.corrected_by is None

    @property
    def is_late(self) -> bool:
        """Whether it was written down long after it was made."""
        return self.received_at - self.visited_at > LATE_AFTER


@dataclass(frozen=True, slots=True)
class SensorRule:
    """Days (both among them) on which a permit of the trap says that its sensor replaces the visit."""

    device_key: int
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was heard of a trap's device on a day of the town: evidence, never a visit."""

    device_key: int
    day: date
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class TrapDay:
    """One trap on one day."""

    day: date
    state: DayState
    visits: tuple[Visit, ...]
    spoken: Spoken | None


@dataclass(frozen=True, slots=True)
class TrapLedger:
    """One trap over a stretch of days."""

    device_id: str
    device_name: str
    days: tuple[TrapDay, ...]

    def count(self, state: DayState) -> int:
        """On how many days it stood so."""
        return sum(1 for day in self.days if day.state == state)


def decide_visited_at(said: datetime | None, now: datetime) -> datetime:
    """When a visit was made, from what the phone says: now where it says nothing, or is a little ahead.

    Raises Invalid for a time to come, and for one more than 31 days ago.
    """
    if said is None or now < said <= now + CLOCK_TOLERANCE:
        return now
    if said > now:
        raise Invalid("A visit cannot be made in the future: the clock of this device is wrong.")
    if now - said > OLDEST_VISIT:
        raise Invalid("A visit is written down within 31 days.")
    return said


def assemble(
    days: Sequence[date],
    switches: Sequence[Switch],
    visits: Sequence[Visit],
    spoken: Iterable[Spoken],
    sensor_rules: Iterable[SensorRule],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[TrapDay, ...]:
    """The ledger of one trap for these days, from all that is known of it."""
    heard: Mapping[date, Spoken] = {one.day: one for one in spoken}
    rules = list(sensor_rules)
    by_day: dict[date, list[Visit]] = {}
    for visit in sorted(visits, key=lambda one: (one.visited_at, one.id)):
        by_day.setdefault(day_of(visit.visited_at, zone), []).append(visit)
    made: list[TrapDay] = []
    for day in days:
        rows = by_day.get(day, [])
        facts = DayFacts(
            day,
            switches,
            [visit.visited_at for visit in rows if visit.counts],
            spoke=day in heard,
            sensor_replaces=any(rule.valid_from <= day <= rule.valid_until for rule in rules),
        )
        made.append(TrapDay(day, judge_day(facts, now, zone), tuple(rows), heard.get(day)))
    return tuple(made)


def csv_lines(
    ledgers: Iterable[TrapLedger], say: Callable[[DayState], str], translate: Callable[[str], str], zone: ZoneInfo
) -> Iterator[str]:
    """The ledger as CSV that a Japanese Excel opens: UTF-8 with BOM, CRLF, the town's own clock; a line a visit, and
    one for each day without any.
    """
    yield _BOM + _line([translate(name) for name in _HEAD])
    for ledger in ledgers:
        for day in ledger.days:
            start = [day.day.isoformat(), ledger.device_id, ledger.device_name, say(day.state)]
            end = _stamp(day.spoken.last_at if day.spoken else None, zone)
            for visit in day.visits or (None,):
                yield _line([*start, *_cells(visit, translate, zone), end])


def _cells(visit: Visit | None, translate: Callable[[str], str], zone: ZoneInfo) -> list[str]:
    if visit is None:
        return [""] * 5
    row = translate("corrected") if visit.corrected_by else translate("no such visit") if visit.void else ""
    return [
        _stamp(visit.visited_at, zone),
        _tame(visit.person_name),
        _tame(visit.note or ""),
        _stamp(visit.received_at, zone),
        row,
    ]


def _stamp(instant: datetime | None, zone: ZoneInfo) -> str:
    return "" if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _tame(text: str) -> str:
    """What somebody wrote is never a formula to a spreadsheet."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
