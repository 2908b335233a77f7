"""Camera models as data: from the ground resolution wanted to the height and the spacing of the lines. Pure."""

from dataclasses import dataclass

from hub.errors import Invalid

__all__ = ["CAMERAS", "SIDE_OVERLAP", "Camera", "camera_named", "height_m", "spacing_m"]

SIDE_OVERLAP = 0.7
"""Share of a photo that the next line's photos show again; what photogrammetry programs ask for at least."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A drone's camera: sensor width and real focal length in millimetres, photo width across the line in pixels."""

    sensor_width_mm: float
    focal_length_mm: float
    width_px: int


CAMERAS: dict[str, Camera] = {
    "dji-phantom-4-rtk": Camera(13.2, 8.8, 5472),
    "dji-mavic-3e": Camera(17.3, 12.3, 5280),
}
"""By the makers' data sheets."""


def camera_named(name: str) -> Camera:
    """Find a camera by its name. Raises Invalid with the names that there are."""
    if name not in CAMERAS:
        raise Invalid(f"no camera is called {name[:40]!r}; there are {', '.join(sorted(CAMERAS))}")
    return CAMERAS[name]


def height_m(camera: Camera, gsd_cm: float) -> float:
    """Metres above the ground at which a pixel shows `gsd_cm` of it."""
    return gsd_cm / 100 * camera.width_px * camera.focal_length_mm / camera.sensor_width_mm


def spacing_m(camera: Camera, gsd_cm: float, side_overlap: float = SIDE_OVERLAP) -> float:
    """Metres between lines so that photos of neighbours share `side_overlap` of their width."""
    return gsd_cm / 100 * camera.width_px * (1 - side_overlap)
