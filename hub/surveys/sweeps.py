"""Strips to and fro over a whole piece: many directions, numbers of strips and ends, ranked by a rough count. Pure."""

from dataclasses import dataclass

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from hub.surveys.cells import Method, directions_of
from hub.surveys.strips import BANDS, Leg, bridge_m, legs_of, rough_s, strips_of, unseen_m2

__all__ = ["Sweep", "sweeps_of"]

_DIRECTIONS = 24
_SHARES = tuple(least / BANDS for least in (1, 2, 3, 4, 5))
_MORE_STRIPS = (0, 1)
# of what a sweep leaves unseen so much is seen by its turns or may stay unseen; the rest takes legs of its own
_FREE_SHARE = 0.02
_UNSEEN_S = 0.02
_A_DIRECTION = 2


@dataclass(frozen=True, slots=True)
class Sweep:
    """Legs over a piece in one direction, and the rough seconds for them and for what they leave unseen."""

    legs: tuple[Leg, ...]
    seconds: float


def sweeps_of(piece: Polygon, no_fly: BaseGeometry, method: Method) -> list[Sweep]:
    """Lay sweeps over a piece, the quickest first, a few in each direction."""
    near = no_fly if no_fly.intersects(piece) else Polygon()
    found: list[Sweep] = []
    for angle in directions_of(piece, _DIRECTIONS):
        sweeps = [_sweep(piece, angle, more, share, near, method) for more in _MORE_STRIPS for share in _SHARES]
        found.extend(sorted(sweeps, key=lambda sweep: sweep.seconds)[:_A_DIRECTION])
    return sorted(found, key=lambda sweep: sweep.seconds)


def _sweep(piece: Polygon, angle: float, more: int, share: float, no_fly: BaseGeometry, method: Method) -> Sweep:
    strips = strips_of(piece, angle, method.spacing_m, more)
    longest_m = bridge_m(method.motion, method.spacing_m)
    legs = tuple(legs_of(strips, share, no_fly, longest_m))
    lack = max(0.0, unseen_m2(strips, share, method.spacing_m, longest_m) - _FREE_SHARE * piece.area)
    return Sweep(legs, rough_s(legs, method.motion, method.spacing_m) + lack * _UNSEEN_S)
