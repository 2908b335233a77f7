"""Which release of the camera a photo from the drone's card belongs to. Pure.

1.  A photo that says its place belongs to the nearest release within 25 m; of two as near, to the nearer in time.
2.  One that says only its time belongs to the nearest release within two seconds.
3.  A camera's clock may be wrong by hours; where the place is known the time only decides between neighbours.

Of a photo that belongs to none it is told why: another survey's card, a wrong clock, a file without words, a release
that has its photo already.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["Reason", "Taken", "Why", "match_photo", "why_unmatched"]

_NEAR_M = 25.0
_SAME_PLACE_M = 3.0
_NEAR_S = 2.0
_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A release of the camera: degrees, and when."""

    sortie_id: str
    number: int
    lat: float
    lon: float
    taken_at: datetime


Reason = Literal["no_release", "silent", "far", "late", "taken"]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a photo belongs to no release. `metres` to the nearest for `far`, `seconds` for `late`, else 0."""

    reason: Reason
    metres: float = 0.0
    seconds: float = 0.0


def match_photo(
    taken_at: datetime | None, place: tuple[float, float] | None, releases: Iterable[Taken]
) -> Taken | None:
    """Find the release that a photo belongs to; `place` is (lat, lon). None when nothing is near enough."""
    if place is not None:
        near = [(_metres(place, one), one) for one in releases]
        near = [(metres, one) for metres, one in near if metres <= _NEAR_M]
        if not near:
            return None
        nearest = min(metres for metres, _ in near)
        rivals = [one for metres, one in near if metres <= nearest + _SAME_PLACE_M]
        return min(rivals, key=lambda one: (_seconds(taken_at, one), one.sortie_id, one.number))
    if taken_at is None:
        return None
    best = min(releases, key=lambda one: (_seconds(taken_at, one), one.sortie_id, one.number), default=None)
    return best if best is not None and _seconds(taken_at, best) <= _NEAR_S else None


def why_unmatched(taken_at: datetime | None, place: tuple[float, float] | None, releases: Iterable[Taken]) -> Why:
    """Say why a photo belongs to none of `releases`: all that are known, also those that have their photo."""
    known = list(releases)
    if not known:
        return Why("no_release")
    if place is not None:
        metres = min(_metres(place, one) for one in known)
        return Why("far", metres=metres) if metres > _NEAR_M else Why("taken")
    if taken_at is None:
        return Why("silent")
    seconds = min(_seconds(taken_at, one) for one in known)
    return Why("late", seconds=seconds) if seconds > _NEAR_S else Why("taken")


def _seconds(taken_at: datetime | None, one: Taken) -> float:
    return 0.0 if taken_at is None else abs((taken_at - one.taken_at).total_seconds())


def _metres(place: tuple[float, float], one: Taken) -> float:
    east = (one.lon - place[1]) * math.cos(math.radians(place[0]))
    return math.hypot(one.lat - place[0], east) * _METRES_A_DEGREE
