"""Days and times of day as loggers, Excel and people in Japan write them. Pure.

Known are 2026/11/26 5:00, 2026-11-26T05:00:00.5+09:00, 20261126 0500, 26-11-26, 11/26/26 05:00:00 AM (by the file's
own order), 2026年11月26日(木) 午後5時3分, 令和8年11月26日, R8.11.26, 24:00 (the next day's 0:00), 10:03'00 (T&D), and
Excel's serial days since 1899-12-30 (46352.2083).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

__all__ = ["DAY_ORDERS", "DayOrder", "Stamp", "parse_clock", "parse_day", "parse_offset", "parse_stamp"]

DayOrder = Literal["ymd", "mdy", "dmy"]
DAY_ORDERS: tuple[DayOrder, ...] = get_args(DayOrder)

# The first year of an era is the year after this one (改元: 2019-05-01, 1989-01-08, 1926-12-25).
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_ERA = re.compile(r"(令和|平成|昭和|[RHS])\s*(元|\d{1,2})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?", re.ASCII)
_FULL = re.compile(r"(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d{1,3}\.)", re.ASCII)
_SHORT = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)", re.ASCII)
_SERIAL = re.compile(r"[2-7]\d{4}(\.\d+)?", re.ASCII)
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a day in a file has no zone yet
_BETWEEN = re.compile(
    r"\s*(?:\([日月火水木金土]\)|[日月火水木金土]曜日?|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*)?[T,\s]*"
)
_HALVES = {"午前": 0, "am": 0, "a.m.": 0, "午後": 12, "pm": 12, "p.m.": 12}
_CLOCK = re.compile(
    r"(?P<before>午前|午後)?\s*(?P<h>\d{1,2})(?::|時\s*)(?:(?P<m>\d{1,2})分?)?(?:\s*[:'’]?\s*(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,6})\d*)?秒?)?"
    r"\s*(?P<after>[AaPp]\.?[Mm]\.?)?",
    re.ASCII,
)
_COMPACT_CLOCK = re.compile(r"(?P<h>\d{2})(?P<m>\d{2})(?P<s>\d{2})?", re.ASCII)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{2}):?(\d{2})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment by a wall clock (naive); `offset` is the clock's distance from UTC where the text says it."""

    local: datetime
    offset: timedelta | None = None


def parse_stamp(text: str, order: DayOrder = "ymd") -> Stamp:
    """A day with a time of day; a day alone is its midnight. Raises ValueError for anything else."""
    text = _narrow(text)
    if _SERIAL.fullmatch(text):
        return Stamp(_from_serial(text))
    day, rest = _take_day(text, order)
    rest = rest[_length(_BETWEEN, rest) :]
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the same
    if not rest:
        return Stamp(midnight)
    since_midnight, rest = _take_clock(rest)
    return Stamp(midnight + since_midnight, parse_offset(rest) if rest else None)


def parse_day(text: str, order: DayOrder = "ymd") -> date:
    """A day without a time. Raises ValueError."""
    text = _narrow(text)
    if _SERIAL.fullmatch(text):
        return _from_serial(text).date()
    day, rest = _take_day(text, order)
    if rest[_length(_BETWEEN, rest) :] not in ("", "0:00", "0:00:00", "00:00", "00:00:00"):
        raise ValueError("more than a day")
    return day


def parse_clock(text: str) -> timedelta:
    """A time of day as the time since midnight; 24:00 is the next midnight. Raises ValueError."""
    since_midnight, rest = _take_clock(_narrow(text))
    if rest:
        raise ValueError("more than a time of day")
    return since_midnight


def parse_offset(text: str) -> timedelta:
    """A clock's distance from UTC: +09:00, GMT+0900, Z, JST. Raises ValueError."""
    text = _narrow(text)
    if text.upper() in ("Z", "UTC", "GMT"):
        return timedelta()
    if text.upper() == "JST":
        return timedelta(hours=9)
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise ValueError("no offset")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -offset if match[1] == "-" else offset


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _from_serial(text: str) -> datetime:
    # Excel keeps a day in a double: closer than a second it says nothing.
    return _SERIAL_EPOCH + timedelta(seconds=round(float(text) * 86_400))


def _take_day(text: str, order: DayOrder) -> tuple[date, str]:
    if match := _ERA.match(text):
        years = 1 if match[2] == "元" else int(match[2])
        return date(_ERAS[match[1]] + years, int(match[3]), int(match[4])), text[match.end() :]
    if match := _FULL.match(text) or _COMPACT.match(text):
        return date(int(match[1]), int(match[2]), int(match[3])), text[match.end() :]
    if match := _SHORT.match(text):
        places = {"ymd": (1, 2, 3), "mdy": (3, 1, 2), "dmy": (3, 2, 1)}[order]
        year, month, day = (match[place] for place in places)
        if len(year) == 1:
            raise ValueError("no year")
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)), text[match.end() :]
    raise ValueError("no day")


def _take_clock(text: str) -> tuple[timedelta, str]:
    match = _CLOCK.match(text)
    if match is None or (match["m"] is None and "時" not in match[0]):
        match = _COMPACT_CLOCK.match(text)
        if match is None:
            raise ValueError("no time of day")
        return _since_midnight(int(match["h"]), int(match["m"]), int(match["s"] or 0)), text[match.end() :].strip()
    hour = int(match["h"])
    half = match["before"] or (match["after"] or "").lower()
    if half:
        if hour > 12:
            raise ValueError("no hour of a half day")
        hour = hour % 12 + _HALVES[half if half in _HALVES else half.replace(".", "")]
    parts = _since_midnight(hour, int(match["m"] or 0), int(match["s"] or 0))
    fraction = timedelta(microseconds=int((match["f"] or "0").ljust(6, "0")))
    return parts + fraction, text[match.end() :].strip()


def _since_midnight(hour: int, minute: int, second: int) -> timedelta:
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second)):
        raise ValueError("no time of day")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _length(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0
