"""Metres north and east of a place, and back. Pure.

The earth is taken as flat about the place, with WGS 84's two radii of curvature there: within 5 km the error stays
below a few decimetres, and on the way out and back it cancels.
"""

import math
from dataclasses import dataclass

from simulators.vehicle.values import Place

__all__ = ["Ground"]

_EQUATOR_M = 6378137.0
_FLATTENING = 1 / 298.257223563


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground about a place; its own height is zero."""

    origin: Place
    metres_per_lat: float
    metres_per_lon: float

    @classmethod
    def about(cls, origin: Place) -> "Ground":
        """The ground about this place."""
        squared = _FLATTENING * (2 - _FLATTENING)
        sine = math.sin(math.radians(origin.lat))
        bend = 1 - squared * sine * sine
        meridian = _EQUATOR_M * (1 - squared) / bend**1.5
        across = _EQUATOR_M / math.sqrt(bend) * math.cos(math.radians(origin.lat))
        return cls(origin, math.radians(meridian), math.radians(across))

    def metres(self, lat: float, lon: float) -> tuple[float, float]:
        """Metres north and east of the origin."""
        return (lat - self.origin.lat) * self.metres_per_lat, (lon - self.origin.lon) * self.metres_per_lon

    def degrees(self, north_m: float, east_m: float) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.origin.lat + north_m / self.metres_per_lat, self.origin.lon + east_m / self.metres_per_lon
