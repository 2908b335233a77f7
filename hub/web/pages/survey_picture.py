"""A survey as a drawing that needs neither scripts nor map tiles: shapes in the units of one SVG view box. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

__all__ = ["Mark", "Picture", "draw_picture"]

_WIDTH = 1000.0
_LOWEST, _HIGHEST = 460.0, 900.0
_MARGIN = 70.0
_M_PER_DEG = 111_195.0
_SCALES = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
_MOST_POINTS = 4_000

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place with a number: a take-off place, or where a drone was last."""

    x: float
    y: float
    number: int
    label: str = ""
    kind: str = "home"


@dataclass(frozen=True, slots=True)
class Picture:
    """What the template draws. `area`, `keep_outs`, `seen`, `gaps` are path data, `legs` and `tracks`
    a drone's number with path data; `full` and `empty` path data of points where photos were taken, whose files
    have arrived or not. `scale_px` is how long `scale_m` metres are drawn.
    """

    width: int
    height: int
    area: str
    keep_outs: str
    seen: str
    gaps: str
    legs: Sequence[tuple[int, str]]
    tracks: Sequence[tuple[int, str]]
    marks: Sequence[Mark]
    scale_m: int
    scale_px: float
    full: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    lon: float
    lat: float
    per_m: float
    shrink: float

    def at(self, place: Sequence[float]) -> Place:
        x = (place[0] - self.lon) * self.shrink * _M_PER_DEG * self.per_m + _MARGIN
        y = (self.lat - place[1]) * _M_PER_DEG * self.per_m + _MARGIN
        return x, y


def draw_picture(
    area: Mapping[str, object],
    keep_outs: Sequence[Mapping[str, object]] = (),
    legs: Sequence[tuple[int, Sequence[Sequence[float]]]] = (),
    *,
    tracks: Sequence[tuple[int, Sequence[Sequence[float]]]] = (),
    seen: Sequence[Sequence[Sequence[float]]] = (),
    gaps: Mapping[str, object] | None = None,
    marks: Sequence[tuple[Place, int, str, str]] = (),
    dots: Sequence[tuple[float, float, bool]] = (),
) -> Picture:
    """Fit all of it into one box. Shapes are GeoJSON, ways are [lon, lat, …], marks are ((lat, lon), number, label,
    kind), dots (lon, lat, whether the photo's file is there).
    """
    rings = _rings(area)
    places = [place for ring in rings for place in ring]
    places += [place for _, way in (*legs, *tracks) for place in way]
    places += [(lon, lat) for (lat, lon), *_ in marks]
    frame, height = _frame(places)
    scale_m = next((one for one in reversed(_SCALES) if one * frame.per_m <= _WIDTH / 4), _SCALES[0])
    return Picture(
        width=round(_WIDTH),
        height=round(height),
        area=_path(rings, frame, closed=True),
        keep_outs=_path([ring for one in keep_outs for ring in _rings(one)], frame, closed=True),
        seen=_path(seen, frame, closed=True),
        gaps=_path(_rings(gaps), frame, closed=True) if gaps else "",
        legs=[(number, _path([way], frame, closed=False)) for number, way in legs],
        tracks=[(number, _path([_thin(way)], frame, closed=False)) for number, way in tracks],
        marks=[Mark(*_round(frame.at((lon, lat))), number, label, kind) for (lat, lon), number, label, kind in marks],
        scale_m=scale_m,
        scale_px=round(scale_m * frame.per_m, 1),
        full=_dots([dot for dot in dots if dot[2]], frame),
        empty=_dots([dot for dot in dots if not dot[2]], frame),
    )


def _dots(dots: Sequence[tuple[float, float, bool]], frame: _Frame) -> str:
    """A line of no length at each place: with round ends it is drawn as a point."""
    places = (_round(frame.at(dot)) for dot in dots)
    return "".join(f"M{x:g} {y:g}h0" for x, y in places)


def _frame(places: Sequence[Sequence[float]]) -> tuple[_Frame, float]:
    lons, lats = [place[0] for place in places] or [0.0], [place[1] for place in places] or [0.0]
    shrink = max(0.01, math.cos(math.radians((min(lats) + max(lats)) / 2)))
    wide_m = max(1.0, (max(lons) - min(lons)) * shrink * _M_PER_DEG)
    high_m = max(1.0, (max(lats) - min(lats)) * _M_PER_DEG)
    inner = _WIDTH - 2 * _MARGIN
    per_m = min(inner / wide_m, (_HIGHEST - 2 * _MARGIN) / high_m)
    height = max(_LOWEST, high_m * per_m + 2 * _MARGIN)
    # In the middle of what it does not fill.
    west = min(lons) - (inner / per_m - wide_m) / 2 / (shrink * _M_PER_DEG)
    north = max(lats) + ((height - 2 * _MARGIN) / per_m - high_m) / 2 / _M_PER_DEG
    return _Frame(west, north, per_m, shrink), height


def _rings(document: Mapping[str, object] | None) -> list[Sequence[Sequence[float]]]:
    """Every ring of a Polygon or MultiPolygon, of a Feature or of what is collected."""
    if document is None:
        return []
    kind = document.get("type")
    if kind == "Feature":
        return _rings(cast("Mapping[str, object] | None", document.get("geometry")))
    if kind in ("FeatureCollection", "GeometryCollection"):
        parts: object = document.get("features") or document.get("geometries") or ()
        return [ring for one in cast("Sequence[Mapping[str, object]]", parts) for ring in _rings(one)]
    coordinates = cast("Sequence[Sequence[Sequence[Sequence[float]]]]", document.get("coordinates", []))
    pieces = [cast("Sequence[Sequence[Sequence[float]]]", coordinates)] if kind == "Polygon" else coordinates
    return [ring for rings in pieces for ring in rings]


def _thin(way: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
    step = len(way) // _MOST_POINTS + 1
    return [*way[::step], way[-1]] if len(way) > 1 else way


def _path(lines: Sequence[Sequence[Sequence[float]]], frame: _Frame, *, closed: bool) -> str:
    end = "Z" if closed else ""
    written = ["L".join("{:g} {:g}".format(*_round(frame.at(place))) for place in line) for line in lines if line]
    return "".join(f"M{one}{end}" for one in written)


def _round(place: Place) -> Place:
    return round(place[0], 1), round(place[1], 1)
