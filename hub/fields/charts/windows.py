"""The stretch of time that a chart shows, and the width of its buckets. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = [
    "BUCKETS", "LEAST", "MAX_POINTS", "SPANS", "Known", "Span", "Window", "choose_bucket", "decide_season",
    "decide_window", "year_before",
]  # fmt: skip

MAX_POINTS = 400
# Widths that divide the town's day, so that buckets begin at round clock times, then whole days: a month shows its days
# and nights as waves, anything longer as a band from each day's least to its greatest, which is what the eye can read.
BUCKETS: tuple[timedelta, ...] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=28),
)
Span = Literal["day", "week", "month", "season", "year", "all", "own"]
# Days of each; a season begins with the planting where that is known, all that there is begins with the first reading.
SPANS: dict[Span, int] = {"day": 1, "week": 7, "month": 31, "season": 180, "year": 365, "all": 365}
# Nobody looks closer than this: the sensors speak each few minutes.
LEAST = timedelta(hours=1)
_MOST = timedelta(days=40 * 365)
_SHORTEST_SEASON, _LONGEST_SEASON = timedelta(days=30), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch [since, until) that a chart shows, with the ends of the windows before and after (None: not yet).

    A `span` of "own" is one that somebody chose by zooming.
    """

    span: Span
    since: datetime
    until: datetime
    before: datetime
    after: datetime | None

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Known:
    """What a window may begin with: the crop's planting day, and the first instant that was measured."""

    planted_on: date | None = None
    first_at: datetime | None = None


def choose_bucket(span: timedelta) -> timedelta:
    """The narrowest width that shows `span` in at most MAX_POINTS points; the widest when nothing else does."""
    return next((width for width in BUCKETS if span / width <= MAX_POINTS), BUCKETS[-1])


def decide_window(
    span: str,
    until: datetime | None,
    now: datetime,
    zone: ZoneInfo,
    since: datetime | None = None,
    known: Known | None = None,
) -> Window:
    """The window that a person asked for: the newest of its span, one that ended earlier, or one of their own.

    An unknown span reads as a day, which ends with the running hour: at breakfast it shows the night. Longer ones
    end with the town's day, so that a reload moves nothing. With `since` the window is that person's own.
    """
    today = _end_of_day(now, zone)
    if since is not None and until is not None and since < until:
        return _own(since, min(until, today), today)
    chosen = span if span in SPANS else "day"
    newest = _end_of_hour(now) if chosen == "day" else today
    length = _length(chosen, newest, zone, known or Known())
    return _placed(chosen, min(until, newest) if until is not None else newest, length, newest)


def decide_season(planted_on: date | None, newest: datetime, zone: ZoneInfo) -> timedelta:
    """From the planting day's midnight on the town's clock to `newest`.

    180 days when no day is known or it lies more than 400 days back (a tree); never less than 30, so that a crop
    planted yesterday is seen with what was before it.
    """
    # Compared as days first: a date of the first or the last year has no instant on every town's clock.
    today = newest.date()
    if planted_on is None or today - planted_on > _LONGEST_SEASON + timedelta(days=1):
        return timedelta(days=SPANS["season"])
    if planted_on > today:
        return _SHORTEST_SEASON
    planted_at = datetime.combine(planted_on, time(), zone)
    length = newest - planted_at.astimezone(newest.tzinfo)
    return timedelta(days=SPANS["season"]) if length > _LONGEST_SEASON else max(length, _SHORTEST_SEASON)


def year_before(width: timedelta) -> timedelta:
    """How far last year's buckets of `width` are moved to lie under this year's: 365 days, or as many whole weeks."""
    return timedelta(days=364 if width > timedelta(days=1) else 365)


def _length(span: Span, newest: datetime, zone: ZoneInfo, known: Known) -> timedelta:
    if span == "season":
        return decide_season(known.planted_on, newest, zone)
    if span == "all" and known.first_at is not None:
        day = known.first_at.astimezone(zone).date()
        length = newest - datetime.combine(day, time(), zone).astimezone(newest.tzinfo)
        return min(max(length, timedelta(days=1)), _MOST)
    return timedelta(days=SPANS[span])


def _own(since: datetime, end: datetime, newest: datetime) -> Window:
    length = min(max(end - since, LEAST), _MOST)
    return _placed("own", end, length, newest)


def _placed(span: Span, end: datetime, length: timedelta, newest: datetime) -> Window:
    following = end + length
    return Window(span, end - length, end, end - length, min(following, newest) if end < newest else None)


def _end_of_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(now.tzinfo)
