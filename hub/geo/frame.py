"""Between WGS 84 and metres on the ground: one local plane a place. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

__all__ = ["LocalFrame", "Point"]

Point = tuple[float, float]
Geometry = TypeVar("Geometry", bound=BaseGeometry)


@dataclass(frozen=True)
class LocalFrame:
    """A plane that touches the ellipsoid at (lat, lon): x metres east, y metres north, azimuthal equidistant.

    True to a centimetre in a kilometre within 20 km of the centre; areas are refused long before that.
    """

    lat: float
    lon: float

    @cached_property
    def _there(self) -> Transformer:
        local = f"+proj=aeqd +lat_0={self.lat!r} +lon_0={self.lon!r} +datum=WGS84 +units=m +no_defs"
        return Transformer.from_crs("EPSG:4326", local, always_xy=True)

    def to_local(self, geometry: Geometry) -> Geometry:
        """Take a geometry in (lon, lat) to one in metres."""
        moved: Any = shapely.transform(geometry, cast("Any", self._there.transform), interleaved=False)
        return moved

    def local_point(self, lat: float, lon: float) -> Point:
        """Take one place to metres east and north of the centre."""
        x, y = self._there.transform(lon, lat)
        return float(x), float(y)

    def lon_lat(self, points: Sequence[Point]) -> list[Point]:
        """Take points in metres to (lon, lat) in degrees."""
        xs, ys = self._there.transform([x for x, _ in points], [y for _, y in points], direction="INVERSE")
        return list(zip(map(float, xs), map(float, ys), strict=True))
