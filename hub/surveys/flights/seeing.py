"""What a survey has seen so far, from the photos really taken, and what is left to see. Pure.

A stretch counts as seen where two photos that follow each other lie as near as the camera was told to take them, half a
line spacing to each side: the same measure by which the plan's coverage is counted (docs/decisions/0012).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from hub.geo import LocalFrame, format_polygons
from hub.surveys.cameras import Camera
from hub.surveys.geojson import parse_polygons
from hub.surveys.ground import polygons_of

__all__ = ["Seen", "Shot", "footprint", "seen_of"]

_FOLLOWS = 2.5
_LEAST_GAP_M2 = 25.0
_SLIVER_M = 0.5
_DIGITS = 7


class Shot(Protocol):
    """A release of the camera, as it is kept: degrees, metres above the take-off place."""

    @property
    def sortie_id(self) -> str:
        """Whose."""
        ...

    @property
    def number(self) -> int:
        """From 1 within the sortie."""
        ...

    @property
    def lat(self) -> float:
        """Where."""
        ...

    @property
    def lon(self) -> float:
        """Where."""
        ...

    @property
    def height_m(self) -> float:
        """How high."""
        ...

    @property
    def yaw_deg(self) -> float:
        """Looking ahead to where, clockwise from north."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of the area has been seen (0 to 1), how many photos show it, and what is left as GeoJSON."""

    fraction: float
    photos: int
    area_m2: float
    gaps_m2: float
    gaps: dict[str, object] | None


def seen_of(
    area: object,
    keep_out: Sequence[object],
    spacing_m: float,
    every_m: float,
    shots: Iterable[Shot],
    planned: Mapping[str, tuple[float, float]] | None = None,
) -> Seen:
    """Measure it. `area` and `keep_out` are GeoJSON; `spacing_m` between lines, `every_m` between photos, or for those
    of a sortie in `planned` these two as its own plan has them.
    """
    wanted = parse_polygons(area, "the area")
    west, south, east, north = wanted.bounds
    frame = LocalFrame(lat=(south + north) / 2, lon=(west + east) / 2)
    closed = [frame.to_local(parse_polygons(document, "a keep-out")) for document in keep_out]
    target = _valid(frame.to_local(wanted)).difference(shapely.union_all([_valid(one) for one in closed]))
    by_sortie: dict[str, list[Shot]] = {}
    for shot in shots:
        by_sortie.setdefault(shot.sortie_id, []).append(shot)
    seen = shapely.union_all(
        [
            _stretch(one, frame, *(planned or {}).get(sortie_id, (spacing_m, every_m)))
            for sortie_id, taken in by_sortie.items()
            for one in _runs(taken)
        ]
    )
    left = target.difference(seen)
    fraction = 1.0 if target.area <= 0 else max(0.0, 1 - left.area / target.area)
    gaps = [part for part in polygons_of(left.buffer(-_SLIVER_M).buffer(_SLIVER_M)) if part.area >= _LEAST_GAP_M2]
    return Seen(
        fraction=math.floor(fraction * 1e5) / 1e5,
        photos=sum(len(taken) for taken in by_sortie.values()),
        area_m2=round(target.area, 1),
        gaps_m2=round(sum(part.area for part in gaps), 1),
        gaps=_document(gaps, frame),
    )


def _runs(taken: Sequence[Shot]) -> list[tuple[Shot, Shot]]:
    """Pairs of photos of one sortie of which one follows the other."""
    ordered = sorted(taken, key=lambda shot: shot.number)
    return [(a, b) for a, b in pairwise(ordered) if b.number == a.number + 1]


def _stretch(pair: tuple[Shot, Shot], frame: LocalFrame, spacing_m: float, every_m: float) -> BaseGeometry:
    a, b = (frame.local_point(shot.lat, shot.lon) for shot in pair)
    if math.dist(a, b) > _FOLLOWS * every_m:
        return MultiPolygon()
    if math.dist(a, b) < 0.01:  # one place
        return Polygon()
    ux, uy = (b[0] - a[0]) / math.dist(a, b), (b[1] - a[1]) / math.dist(a, b)
    half = every_m / 2
    line = LineString([(a[0] - ux * half, a[1] - uy * half), (b[0] + ux * half, b[1] + uy * half)])
    return line.buffer(spacing_m / 2, cap_style="flat")


def footprint(shot: Shot, camera: Camera | None, spacing_m: float, every_m: float) -> list[list[float]]:
    """The ground that a photo shows, as a closed ring of [lon, lat]: by the camera's model at the photo's height, or
    where no camera is known by the plan's own spacing. The camera is taken to look straight down.
    """
    if camera is None:
        across, along = spacing_m, max(every_m, spacing_m / 2)
    else:
        across = camera.sensor_width_mm / camera.focal_length_mm * max(shot.height_m, 1.0)
        along = across * _ASPECT
    turn = math.radians(shot.yaw_deg)
    ahead, aside = (math.sin(turn), math.cos(turn)), (math.cos(turn), -math.sin(turn))
    corners = [
        (x * across / 2 * aside[0] + y * along / 2 * ahead[0], x * across / 2 * aside[1] + y * along / 2 * ahead[1])
        for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ]
    # A sphere's degrees: over one photo the ellipsoid differs by less than a metre, and pages ask for thousands.
    wide = _M_PER_DEG * max(0.01, math.cos(math.radians(shot.lat)))
    return [[round(shot.lon + x / wide, _DIGITS), round(shot.lat + y / _M_PER_DEG, _DIGITS)] for x, y in corners]


# Of the photos of survey cameras: 3 to 2.
_ASPECT = 2 / 3
_M_PER_DEG = 111_195.0


def _document(gaps: Sequence[Polygon], frame: LocalFrame) -> dict[str, object] | None:
    if not gaps:
        return None
    parts = [
        Polygon(
            frame.lon_lat([(x, y) for x, y, *_ in part.exterior.coords]),
            [frame.lon_lat([(x, y) for x, y, *_ in ring.coords]) for ring in part.interiors],
        )
        for part in gaps
    ]
    return format_polygons(MultiPolygon(parts))


def _valid(geometry: BaseGeometry) -> MultiPolygon:
    return MultiPolygon(polygons_of(geometry if geometry.is_valid else shapely.make_valid(geometry)))
