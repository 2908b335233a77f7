"""Ways of drones for tests, in metres about FRAME."""

from dataclasses import replace

from hub.surveys.documents import Sortie
from hub.surveys.meeting import Way, motion_in
from tests.unit.surveys.shapes import FRAME

SPEED = 8.0
# Climb and landing of a sortie, seconds.
LIFT_S = 40.0
EAST = [(0.0, 0.0), (400.0, 0.0)]
# Crosses EAST in its middle, 200 m from the start.
NORTH = [(200.0, -200.0), (200.0, 200.0)]
FAR = [(0.0, 500.0), (400.0, 500.0)]


def sortie_of(places: list[tuple[float, float]], height_m: float = 60.0) -> Sortie:
    """A sortie through places, without a stop at corners that matters here."""
    path = [[lon, lat, height_m] for lon, lat in FRAME.lon_lat(places)]
    return {
        "drone": "d", "path": {"type": "LineString", "coordinates": path}, "length_m": 0.0, "duration_s": 100.0,
        "number": 1, "starts_at_s": 0.0, "flight_s": 100.0 + LIFT_S, "height_m": height_m, "photos": None,
        "battery_used": None, "filmed": [0, 1],
    }  # fmt: skip


def from_home(way: Way) -> Way:
    """The same way, of a drone that takes off where it begins."""
    return replace(way, sortie={**way.sortie, "filmed": [1, 2]})


def way_of(places: list[tuple[float, float]], height_m: float = 60.0, survey: str = "sv-1", version: int = 1) -> Way:
    """A drone's way through places, of one plan."""
    motion = motion_in({"speed_mps": SPEED, "accel_mps2": 5.0}, "d")
    return Way(survey, version, "d", sortie_of(places, height_m), motion)
