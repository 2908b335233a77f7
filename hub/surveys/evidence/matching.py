"""Which release of the camera a photo from the drone's card belongs to. Pure.

1.  A photo that says its place belongs to the nearest release within 25 m; of two as near, to the nearer in time.
2.  A camera's clock may be wrong by hours, and is so by the same on a whole card. By how much is seen from photos and
    the releases that they are nearest to: their median difference, where three and the most of them agree in it. A
    photo whose time does not fit any release near it then belongs to none.
3.  A photo that says only its time belongs to the nearest release within two seconds, by the camera's own clock where
    that is known.
4.  One that belongs to a release which has its photo already is that photo again, and takes no neighbour's release. Of
    two that come together the one that fits better has it.

Of a photo that belongs to none it is told why: another survey's card, a wrong clock, a file without words, a release
that has its photo already.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Literal

__all__ = ["Key", "Pair", "Reason", "Snap", "Taken", "Why", "clocks_of", "match_photos", "why_unmatched"]

_NEAR_M = 25.0
_SAME_PLACE_M = 3.0
_NEAR_S = 2.0
# Cameras write whole seconds.
_SAME_TIME_S = 1.0
_LEAST_PAIRS = 3

# A release: its sortie and number.
Key = tuple[str, int]
_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A release of the camera: degrees, and when."""

    sortie_id: str
    number: int
    lat: float
    lon: float
    taken_at: datetime

    @property
    def key(self) -> Key:
        """Its sortie and number."""
        return self.sortie_id, self.number


@dataclass(frozen=True, slots=True)
class Snap:
    """A photo of a card: what it says of when and where it was taken; `place` is (lat, lon)."""

    id: str
    taken_at: datetime | None
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo and the release at its place: by how many seconds the camera of the sortie's drone was ahead."""

    sortie_id: str
    seconds: float


Reason = Literal["no_release", "silent", "far", "late", "taken", "other_time"]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a photo belongs to no release. `metres` to the nearest for `far`, `seconds` for `late` and
    `other_time`, else 0.
    """

    reason: Reason
    metres: float = 0.0
    seconds: float = 0.0


def clocks_of(pairs: Iterable[Pair]) -> dict[str, float]:
    """By how many seconds cameras were ahead of their drones, by sortie; only where the pairs agree."""
    by_sortie: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        by_sortie[pair.sortie_id].append(pair.seconds)
    clocks: dict[str, float] = {}
    for sortie_id, seconds in by_sortie.items():
        middle = median(seconds)
        agree = sum(abs(one - middle) <= _NEAR_S for one in seconds)
        if agree >= _LEAST_PAIRS and 2 * agree > len(seconds):
            clocks[sortie_id] = middle
    return clocks


def match_photos(
    snaps: Iterable[Snap], releases: Sequence[Taken], pairs: Iterable[Pair] = (), used: Collection[Key] = ()
) -> dict[str, Taken]:
    """Find the releases that photos belong to, by the photos' ids, in whatever order they come.

    `releases` are all that are known, `used` those that have their photo; `pairs` come of photos that were matched
    before.
    """
    snaps = list(snaps)
    near = {snap.id: _near(snap, releases) for snap in snaps}
    own = [
        Pair(close[0][1].sortie_id, (snap.taken_at - close[0][1].taken_at).total_seconds())
        for snap in snaps
        if snap.taken_at is not None and (close := near[snap.id])
    ]
    clocks = clocks_of([*pairs, *own])
    wishes: list[tuple[float, float, str, Taken]] = []
    for snap in snaps:
        best = _best(snap, near[snap.id], releases, clocks)
        if best is not None:
            metres = 0.0 if snap.place is None else _metres(snap.place, best)
            wishes.append((metres, _seconds(snap.taken_at, best, clocks), snap.id, best))
    found: dict[str, Taken] = {}
    full = set(used)
    for *_, snap_id, best in sorted(wishes, key=lambda wish: wish[:3]):
        if best.key not in full:
            full.add(best.key)
            found[snap_id] = best
    return found


def _near(snap: Snap, releases: Sequence[Taken]) -> list[tuple[float, Taken]]:
    """The releases within reach of a photo's place, the nearest first."""
    if snap.place is None:
        return []
    found = [(_metres(snap.place, one), one) for one in releases]
    return sorted((one for one in found if one[0] <= _NEAR_M), key=lambda one: (one[0], one[1].key))


def _best(
    snap: Snap, near: Sequence[tuple[float, Taken]], releases: Sequence[Taken], clocks: Mapping[str, float]
) -> Taken | None:
    """The release that a photo is of, whoever else is; None when none is near enough."""
    if snap.place is None:
        if snap.taken_at is None:
            return None
        best = min(releases, key=lambda one: (_seconds(snap.taken_at, one, clocks), *one.key), default=None)
        return best if best is not None and _seconds(snap.taken_at, best, clocks) <= _NEAR_S else None
    if snap.taken_at is not None:
        near = [one for one in near if one[1].sortie_id not in clocks or _fits(snap.taken_at, one[1], clocks)]
    if not near:
        return None
    rivals = [(_seconds(snap.taken_at, one, clocks), m, one) for m, one in near if m <= near[0][0] + _SAME_PLACE_M]
    return min(rivals, key=lambda rival: (*rival[:2], rival[2].key))[2]


def _fits(taken_at: datetime, one: Taken, clocks: Mapping[str, float]) -> bool:
    return _seconds(taken_at, one, clocks) <= _NEAR_S + _SAME_TIME_S


def why_unmatched(
    taken_at: datetime | None,
    place: tuple[float, float] | None,
    releases: Iterable[Taken],
    clocks: Mapping[str, float] | None = None,
) -> Why:
    """Say why a photo belongs to none of `releases`: all that are known, also those that have their photo."""
    known, clocks = list(releases), clocks or {}
    if not known:
        return Why("no_release")
    if place is not None:
        near = [one for one in known if _metres(place, one) <= _NEAR_M]
        if not near:
            return Why("far", metres=min(_metres(place, one) for one in known))
        fits = [one for one in near if taken_at is None or one.sortie_id not in clocks or _fits(taken_at, one, clocks)]
        return Why("taken") if fits else Why("other_time", seconds=min(_seconds(taken_at, one, clocks) for one in near))
    if taken_at is None:
        return Why("silent")
    seconds = min(_seconds(taken_at, one, clocks) for one in known)
    return Why("late", seconds=seconds) if seconds > _NEAR_S else Why("taken")


def _seconds(taken_at: datetime | None, one: Taken, clocks: Mapping[str, float]) -> float:
    """Seconds between a photo and a release, by the camera's clock where that is known."""
    if taken_at is None:
        return 0.0
    return abs((taken_at - one.taken_at).total_seconds() - clocks.get(one.sortie_id, 0.0))


def _metres(place: tuple[float, float], one: Taken) -> float:
    east = (one.lon - place[1]) * math.cos(math.radians(place[0]))
    return math.hypot(one.lat - place[0], east) * _METRES_A_DEGREE
