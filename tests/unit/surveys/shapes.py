"""Areas for tests: in metres about a place in Ehime, and as GeoJSON."""

import math
from typing import Any

import shapely
from hypothesis import strategies as st
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from hub.geo import LocalFrame

FRAME = LocalFrame(lat=33.6, lon=133.0)


def geojson(local: BaseGeometry) -> dict[str, Any]:
    """A geometry in metres about FRAME as GeoJSON."""
    degrees = shapely.transform(
        local, lambda xs, ys: tuple(zip(*FRAME.lon_lat(list(zip(xs, ys, strict=True))), strict=True)), interleaved=False
    )
    return dict(shapely.geometry.mapping(degrees))


@st.composite
def outlines(draw: st.DrawFn, least: float = 60, most: float = 220) -> Polygon:
    """Star-shaped outlines, mostly concave."""
    radii = draw(st.lists(st.floats(least, most), min_size=4, max_size=9))
    turn = math.tau / len(radii)
    return Polygon([(r * math.cos(i * turn), r * math.sin(i * turn)) for i, r in enumerate(radii)])


@st.composite
def grounds(draw: st.DrawFn) -> Polygon:
    """Outlines, most with a hole in their middle."""
    outline = draw(outlines())
    size = draw(st.floats(0, 0.6))
    middle = shapely.Point(0, 0)
    hole = middle.buffer(size * outline.exterior.distance(middle), quad_segs=2)
    return outline.difference(hole) if hole.area > 25 else outline
