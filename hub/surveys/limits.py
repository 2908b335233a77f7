"""What limits flying where and how high, and what was found of a plan. Pure: zones are data with their sources.

1.  Permission is needed above 150 m over the ground, over densely inhabited districts (人口集中地区), near airports and
    in emergency-use airspace (緊急用務空域): Civil Aeronautics Act art. 132-85 (航空法第132条の85).
2.  Art. 132-92 exempts flights for search and rescue by the state or a town, or by whom they ask, from art. 132-85:
    with that ground recorded the same finding is `exempt`. A drill (訓練) is no rescue, so it is never exempt.
3.  A recorded permit covers the kinds that it names while it is valid: `permitted`.
4.  What an owner forbids (`no_go`) is kept always. No law is behind it, and no permit lifts it.
5.  Where nobody has entered data of a kind the service knows nothing: `unknown`, and a person answers for having
    looked.
6.  A zone whose heights are above the sea counts at every height where it is not known how high the ground lies.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal, get_args

import shapely
from shapely import LineString, MultiPolygon
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from hub.geo import LocalFrame

__all__ = [
    "FRESH_KINDS", "KINDS", "Finding", "Flight", "Ground", "GroundKind", "Outcome", "Zone", "ZoneKind", "check_limits",
    "is_worse", "needs_vouching", "stands_in_way",
]  # fmt: skip

ZoneKind = Literal["did", "airport", "emergency", "no_go"]
KINDS: tuple[ZoneKind, ...] = get_args(ZoneKind)
# To be looked at before every flight: what was found goes stale.
FRESH_KINDS: frozenset[str] = frozenset({"emergency"})
GroundKind = Literal["art_132_92", "permit"]
Outcome = Literal["passed", "exempt", "permitted", "unknown", "failed"]

_LAW = "Civil Aeronautics Act art. 132-85 (航空法第132条の85)"
_EXEMPTION = "Civil Aeronautics Act art. 132-92 (航空法第132条の92)"
_HIGHEST_M = 150.0
# A drone is blown about, and zones are drawn by hand.
_BESIDE_M = 30.0
_SOURCES: Mapping[str, str] = {"did": _LAW, "airport": _LAW, "emergency": _LAW, "no_go": "owner"}


@dataclass(frozen=True)
class Zone:
    """A zone that limits flying. `document` is its GeoJSON; heights in metres, None without end.

    `source` names title, day and address of where it is from; `is_sample` is made up for a demonstration.
    """

    id: str
    kind: ZoneKind
    name: str
    document: Mapping[str, object]
    floor_m: float | None
    ceiling_m: float | None
    above_sea: bool
    valid_from: datetime | None
    valid_until: datetime | None
    source: str
    is_sample: bool

    @cached_property
    def area(self) -> BaseGeometry:
        """The zone in (lon, lat)."""
        return shape(dict(self.document))

    def holds(self, first: datetime, last: datetime) -> bool:
        """Whether it holds at any moment between two instants."""
        return (self.valid_from is None or self.valid_from <= last) and (
            self.valid_until is None or first < self.valid_until
        )

    def reaches(self, flight: "Flight") -> bool:
        """Whether a flight from the ground up to its greatest height meets the zone's heights."""
        if self.above_sea:
            return flight.highest_sea_m is None or self.floor_m is None or self.floor_m <= flight.highest_sea_m
        return (self.floor_m or 0.0) <= flight.highest_m


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground in law on which a survey may be flown: who asked and why; of a permit, what it covers and when."""

    kind: GroundKind
    requester: str
    reason: str
    reference: str | None
    covers: Sequence[str]
    valid_from: datetime | None
    valid_until: datetime | None
    contact: str | None
    recorded_at: datetime
    recorded_by: str

    def holds(self, now: datetime) -> bool:
        """Whether it is valid at this instant."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Flight:
    """What is to be checked: paths as (lon, lat), the greatest height, from when to when.

    `highest_m` is above the ground where that is known, else above the take-off place, and then `highest_sea_m`, that
    above the sea, is None.
    """

    paths: Sequence[Sequence[tuple[float, float]]]
    highest_m: float
    first_at: datetime
    last_at: datetime
    drill: bool
    highest_sea_m: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit and what was found; `source` says where the rule and the data are from.

    `zones` name what is in the way: zones that are met, or drones that are out of their owners' bounds (`bounds`).
    """

    name: str
    outcome: Outcome
    detail: str
    source: str
    zones: Sequence[str] = ()


def check_limits(
    flight: Flight, zones: Collection[Zone], known: Mapping[str, str], grounds: Sequence[Ground]
) -> list[Finding]:
    """Check a flight. `known` has each kind of which there are data, with their source; the rest is `unknown`."""
    reach, frame = _reach(flight)
    found = [_height(flight, grounds)]
    for kind in KINDS:
        hit = [
            zone
            for zone in zones
            if zone.kind == kind
            and zone.holds(flight.first_at, flight.last_at)
            and zone.reaches(flight)
            and reach.intersects(frame.to_local(zone.area))
        ]
        if hit or kind in known:
            found.append(_of_zones(kind, hit, flight, grounds, known.get(kind, "old data")))
        else:
            detail = "no data of this kind that hold now; whoever approves answers for having looked"
            found.append(Finding(kind, "unknown", detail, _SOURCES[kind]))
    return found


def _reach(flight: Flight) -> tuple[BaseGeometry, LocalFrame]:
    places = [place for path in flight.paths for place in path]
    if not places:
        return MultiPolygon(), LocalFrame(0.0, 0.0)
    frame = LocalFrame(lat=places[0][1], lon=places[0][0])
    lines = [frame.to_local(LineString(path if len(path) > 1 else [*path, *path])) for path in flight.paths if path]
    return shapely.union_all([line.buffer(_BESIDE_M, quad_segs=4) for line in lines]), frame


def _height(flight: Flight, grounds: Sequence[Ground]) -> Finding:
    place = "take-off place" if flight.highest_sea_m is None else "ground below"
    detail = f"{flight.highest_m:g} m above the {place}; {_HIGHEST_M:g} m above the ground is the limit"
    if flight.highest_m <= _HIGHEST_M:
        return Finding("height", "passed", detail, _LAW)
    outcome, why = _excused("height", flight, grounds)
    return Finding("height", outcome, f"{detail}{why}", _LAW)


def _of_zones(kind: ZoneKind, hit: Sequence[Zone], flight: Flight, grounds: Sequence[Ground], source: str) -> Finding:
    names = tuple(sorted({zone.name for zone in hit}))
    source = f"{_SOURCES[kind]}; {source}"
    if not hit:
        return Finding(kind, "passed", "no zone of this kind is met", source)
    detail = f"meets {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}"  # so many are read
    if kind == "no_go":
        return Finding(kind, "failed", f"{detail}; its owner allows no flight", source, names)
    outcome, why = _excused(kind, flight, grounds)
    return Finding(kind, outcome, f"{detail}{why}", source, names)


def _excused(kind: str, flight: Flight, grounds: Sequence[Ground]) -> tuple[Outcome, str]:
    """Take what the grounds make of a limit that is met."""
    for ground in grounds:
        if ground.kind == "permit" and kind in ground.covers and ground.holds(flight.first_at):
            return "permitted", f"; permit {ground.reference or 'without a number'} of {ground.requester}"
    if any(ground.kind == "art_132_92" and ground.holds(flight.first_at) for ground in grounds) and not flight.drill:
        return "exempt", f"; {_EXEMPTION}"
    if flight.drill:
        return "failed", "; a drill needs a permit for it"
    return "failed", "; neither a request under art. 132-92 nor a permit is recorded"


def stands_in_way(findings: Collection[Finding]) -> list[Finding]:
    """Those findings with which nobody may fly."""
    return [finding for finding in findings if finding.outcome == "failed"]


def needs_vouching(findings: Collection[Finding]) -> list[Finding]:
    """Those findings for which a person must answer: the service knows nothing."""
    return [finding for finding in findings if finding.outcome == "unknown"]


_RANK: Mapping[Outcome, int] = {"passed": 0, "permitted": 1, "exempt": 1, "unknown": 2, "failed": 3}


def is_worse(now: Collection[Finding], before: Collection[Finding]) -> list[Finding]:
    """Those findings that were better when the plan was approved, or that have met further zones since.

    What nobody could look at then is no worse where it passes now.
    """
    known = {finding.name: finding for finding in before}
    return [
        finding
        for finding in now
        if finding.outcome != "passed"
        and (
            (old := known.get(finding.name)) is None
            or _RANK[finding.outcome] > _RANK[old.outcome]
            or not set(finding.zones) <= set(old.zones)
        )
    ]
