"""What a drone's owner allows, held against a plan before anybody approves it. Pure.

The agent beside the drone refuses a mission that leaves its owner's fence, or is higher than the owner lets it fly
(edge.core.flying.orders). It tells these bounds while the drone rests, so that a responder hears of it from the plan
and not at the launch. Of a drone whose agent has told nothing, nothing is found: it still looks itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shapely import LineString, Polygon

from hub.geo import LocalFrame
from hub.surveys.commands.orders import return_height_m
from hub.surveys.documents import Sortie
from hub.surveys.limits import Finding

__all__ = ["OwnerBounds", "check_bounds"]

_SOURCE = "owner"
# Positions are given to a centimetre, and a fence is drawn by hand.
_NONE_M = 0.05


@dataclass(frozen=True, slots=True)
class OwnerBounds:
    """A ring of (lon, lat), not closed, and the greatest height in metres above the take-off place."""

    device_key: int
    fence: Sequence[tuple[float, float]]
    highest_m: float


def check_bounds(sorties: Sequence[tuple[Sortie, OwnerBounds]]) -> list[Finding]:
    """Check sorties of which the owner's bounds are known, as the agents will; without any there is nothing to find.

    The drones that are in the way are named as a finding's zones.
    """
    if not sorties:
        return []
    return [_height(sorties), _fence(sorties)]


def _height(sorties: Sequence[tuple[Sortie, OwnerBounds]]) -> Finding:
    # the way home is never lower than the way
    needed = [(return_height_m(sortie), bounds.highest_m, sortie["drone"]) for sortie, bounds in sorties]
    over = sorted((one for one in needed if one[0] > one[1]), key=lambda one: one[1] - one[0])
    if not over:
        return Finding("owner_height", "passed", "no higher than the drones' owners allow", _SOURCE)
    needed_m, highest_m, _ = over[0]
    drones = sorted({drone for _, _, drone in over})
    detail = f"{needed_m:.0f} m above the take-off place, its owner allows {highest_m:g} m: {', '.join(drones)}"
    return Finding("owner_height", "failed", detail, _SOURCE, drones)


def _fence(sorties: Sequence[tuple[Sortie, OwnerBounds]]) -> Finding:
    drones = sorted({sortie["drone"] for sortie, bounds in sorties if _is_outside(sortie, bounds)})
    if not drones:
        return Finding("owner_fence", "passed", "within the fences of the drones' owners", _SOURCE)
    return Finding("owner_fence", "failed", f"outside its owner's fence: {', '.join(drones)}", _SOURCE, drones)


def _is_outside(sortie: Sortie, bounds: OwnerBounds) -> bool:
    lon, lat = bounds.fence[0]
    frame = LocalFrame(lat=lat, lon=lon)
    way = frame.to_local(LineString([place[:2] for place in sortie["path"]["coordinates"]]))
    fence = frame.to_local(Polygon(bounds.fence))
    return way.difference(fence.buffer(_NONE_M)).length > 0
