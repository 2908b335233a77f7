"""Where photos were taken, as OpenDroneMap's `geo.txt`. Pure.

Format: docs.opendronemap.org, "Image Geolocation Files": the projection, then a line a photo of name, longitude,
latitude, height above sea, yaw, pitch, roll, horizontal and vertical accuracy.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from hub.errors import Invalid

__all__ = ["Photo", "format_geo_txt"]

_PROJECTION = "EPSG:4326"
_MEMBERS = 9
_WITHOUT_HEIGHT = 3


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo: its file's name (no spaces), place, metres above sea (None: not known, and nothing behind it is written
    then), attitude in degrees, accuracy in metres.
    """

    name: str
    lon: float
    lat: float
    alt_m: float | None
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    hacc_m: float = 5.0
    vacc_m: float = 5.0


def format_geo_txt(photos: Sequence[Photo]) -> str:
    """Write the file. Raises Invalid for a name that would break its line."""
    lines = [_PROJECTION]
    for photo in photos:
        if not photo.name or photo.name.split() != [photo.name]:
            raise Invalid(f"a photo's name in geo.txt has no spaces: {photo.name[:40]!r}")
        told = astuple(photo)[1 : _MEMBERS if photo.alt_m is not None else _WITHOUT_HEIGHT]
        lines.append(" ".join([photo.name, *(f"{value:.10g}" for value in told)]))
    return "\n".join(lines) + "\n"
