"""What a camera wrote into a photo: when and where. Pure.

EXIF 2.32 (CIPA DC-008): times are local, since 2.31 with an offset beside them; places are degrees, minutes, seconds.
Cameras write rubbish too: whatever cannot be is None.
"""

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast
from zoneinfo import ZoneInfo

__all__ = ["parse_place", "parse_taken_at"]

_TIME = re.compile(r"(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
# Before there were phones with cameras: a clock that was never set.
_FIRST_YEAR = 2005


def parse_taken_at(text: object, offset: object, zone: ZoneInfo) -> datetime | None:
    """An EXIF time as an instant in UTC; without a readable offset it is taken for the town's clock (`zone`)."""
    found = _TIME.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  # a camera's clock; its zone follows
    except ValueError:
        return None
    if local.year < _FIRST_YEAR:
        return None
    try:
        return local.replace(tzinfo=_parse_offset(offset) or zone).astimezone(UTC)
    except OverflowError:
        return None


def _parse_offset(text: object) -> timezone | None:
    found = _OFFSET.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    if minutes > 14 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def parse_place(latitude: object, north: object, longitude: object, east: object) -> tuple[float, float] | None:
    """A place in degrees (WGS 84) from the three numbers and the letter of each axis."""
    lat, lon = _degrees(latitude, north, "NS", 90), _degrees(longitude, east, "EW", 180)
    # 0°, 0° is what a camera writes that does not know.
    if lat is None or lon is None or (lat, lon) == (0, 0):
        return None
    return lat, lon


def _degrees(parts: object, letter: object, letters: str, most: float) -> float | None:
    if isinstance(letter, bytes):
        letter = letter.decode("ascii", "replace")
    sign = letter.strip("\0 ").upper() if isinstance(letter, str) else ""
    if sign not in tuple(letters) or not isinstance(parts, tuple):
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in cast("tuple[Any, ...]", parts))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= most or not 0 <= minutes <= 60 or not 0 <= seconds <= 60:
        return None
    return -value if sign == letters[1] else value
