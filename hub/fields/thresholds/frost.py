"""Whether a plot's farmers are told of frost tonight, when to look again, and what a night came to. Pure.

1.  Frost is told once an evening, only where somebody asked for it, and only as surely as the owner asked: `possible`,
    `likely`, or `certain` (likely, on a calm evening that is two hours old and whose humidity is known).
2.  What comes late counts neither for the statement nor for what it rests on; without fresh readings there is none.
3.  In the morning the lowest temperature that was measured is noted. Readings that come late count for that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from hub.fields.agronomy.frost import AirReading, FrostRisk
from hub.fields.thresholds.rules import Season
from hub.fields.thresholds.samples import Reading, is_live

__all__ = ["CERTAINTIES", "Certainty", "Lowest", "air_readings", "evening_of", "is_told", "lowest_of", "next_look"]

Certainty = Literal["possible", "likely", "certain"]
CERTAINTIES: tuple[Certainty, ...] = ("possible", "likely", "certain")
# The statement becomes surer with each reading; a night's frost is not a matter of minutes.
_EVERY = timedelta(minutes=10)
_FROM_SUNSET = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Lowest:
    """The night's lowest air temperature at the plot in °C, and when it was."""

    air_c: float
    at: datetime


def is_told(certainty: Certainty, risk: FrostRisk) -> bool:
    """Whether a statement is as sure as the owner asked for."""
    if certainty == "certain":
        return risk.level == "likely" and risk.certain
    return risk.level == "likely" or (certainty == "possible" and risk.level == "possible")


def evening_of(sunset_at: datetime, zone: ZoneInfo) -> date:
    """The town's day on which the night begins."""
    return sunset_at.astimezone(zone).date()


def next_look(
    night: tuple[datetime, datetime] | None, now: datetime, zone: ZoneInfo, season: Season | None, *, told: bool
) -> datetime:
    """When it is worth looking again: in ten minutes by night, else when the next evening is an hour old."""
    if night is None:
        return now + timedelta(days=1)
    sunset_at, sunrise_at = night
    sleeps = season is not None and not season.holds_on(evening_of(sunset_at, zone))
    if told or sleeps:
        return max(sunrise_at, now) + timedelta(minutes=1)
    return max(now + _EVERY, sunset_at + _FROM_SUNSET)


def air_readings(readings: Iterable[Reading], late_after: timedelta) -> list[AirReading]:
    """What came while it was news, of air temperature, humidity and wind in this order, as the statement wants it."""
    return [
        AirReading(one.at, one.values[0], one.values[1], one.values[2])
        for one in readings
        if one.values[0] is not None and is_live(one.at, one.received_at, late_after)
    ]


def lowest_of(nights: Iterable[tuple[Sequence[Reading], float]]) -> Lowest | None:
    """The lowest of some stations' nights, each with what the plot is warmer than the station; None without any."""
    found = [
        Lowest(one.values[0] + offset_c, one.at)
        for readings, offset_c in nights
        for one in readings
        if one.values[0] is not None
    ]
    return min(found, key=lambda one: (one.air_c, one.at), default=None)
