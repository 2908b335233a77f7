"""What the photos of a claim tell, held against the trigger. Pure.

Findings are for the eyes of staff: none of them refuses anything. Clocks of cameras are wrong and phones do not always
know where they are.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from hub.texts.words import msgid
from hub.traps.captures.rules import PhotoRule

__all__ = [
    "FAR_M", "LATE", "Finding", "PhotoFacts", "Trigger", "distance_m", "find_about_photo", "find_few", "find_missing",
]  # fmt: skip

Level = Literal["good", "note", "odd"]
# Clocks of a camera and of an agent differ by minutes without anybody's doing.
_TOLERANCE = timedelta(minutes=10)
# The animal is seen to within a day as a rule (a visit a day); after two the photo may well show another one.
LATE = timedelta(hours=48)
# A phone under trees is off by tens of metres; the photo of the carcass is often taken at the road.
FAR_M = 1000.0
_EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """When and where a photo was taken, by the camera or (`said_…`) only by the phone's own word."""

    item: str | None
    received_at: datetime
    taken_at: datetime | None = None
    place: tuple[float, float] | None = None
    said_at: datetime | None = None
    said_place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a photo is held against: the firing (None: found without alarm), and where the trap stands."""

    fired_at: datetime | None
    found_at: datetime
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence for staff as a message id with its blanks."""

    level: Level
    message: str
    blanks: Mapping[str, object] = field(default_factory=dict[str, object])


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two places in degrees on a sphere (haversine); within half a per cent of the ellipsoid."""
    (lat1, lon1), (lat2, lon2) = one, other
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def find_about_photo(photo: PhotoFacts, trigger: Trigger) -> list[Finding]:
    """What the time and the place of one photo say."""
    return [*_about_time(photo, trigger), *_about_place(photo, trigger)]


def _about_time(photo: PhotoFacts, trigger: Trigger) -> list[Finding]:
    taken_at = photo.taken_at or photo.said_at
    if taken_at is None:
        return [Finding("note", msgid("The photo does not say when it was taken."))]
    found = _against_trigger(taken_at, photo.received_at, trigger)
    if photo.taken_at is None:
        return [Finding("note", msgid("Only the phone says when it was taken, not the camera.")), found]
    return [found]


def _against_trigger(taken_at: datetime, received_at: datetime, trigger: Trigger) -> Finding:
    if taken_at > received_at + _TOLERANCE:
        return Finding("odd", msgid("By its own time the photo was taken after it was sent: the clock is wrong."))
    since = trigger.fired_at or trigger.found_at
    before, after = {"hours": _hours(since - taken_at)}, {"hours": _hours(max(taken_at - since, timedelta()))}
    if trigger.fired_at is not None and taken_at < since - _TOLERANCE:
        return Finding("odd", msgid("Taken %(hours)s h before the trap fired."), before)
    if taken_at < since - LATE:
        return Finding("odd", msgid("Taken %(hours)s h before the animal was found."), before)
    is_late = taken_at > since + LATE
    if trigger.fired_at is None and not is_late:
        return Finding("good", msgid("Taken near the time of the report."))
    return Finding("odd" if is_late else "good", msgid("Taken %(hours)s h after the firing."), after)


def _about_place(photo: PhotoFacts, trigger: Trigger) -> list[Finding]:
    place = photo.place or photo.said_place
    if place is None:
        return [Finding("note", msgid("The photo does not say where it was taken."))]
    away = distance_m(place, (trigger.lat, trigger.lon))
    found: list[Finding] = []
    if photo.place is None:
        found.append(Finding("note", msgid("Only the phone says where it was taken, not the camera.")))
    text = msgid("Taken %(metres)s m from the trap.")
    return [*found, Finding("odd" if away > FAR_M else "good", text, {"metres": f"{away:,.0f}"})]


def find_missing(rules: Sequence[PhotoRule], photos: Sequence[PhotoFacts]) -> list[PhotoRule]:
    """The required items of the checklist for which there is no photo."""
    there = {photo.item for photo in photos}
    return [rule for rule in rules if rule.required and rule.item not in there]


def find_few(rules: Sequence[PhotoRule], photos: Sequence[PhotoFacts], heads: int) -> list[tuple[PhotoRule, int]]:
    """The required items with fewer photos than the report has animals, though with some; and how many there are.

    One photo may show two animals: staff look, and decide.
    """
    there = Counter(photo.item for photo in photos)
    return [(rule, there[rule.item]) for rule in rules if rule.required and 0 < there[rule.item] < heads]


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.1f}"
