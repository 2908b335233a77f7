"""A plan's request from files and the words of a command line."""

import json
from pathlib import Path

from hub.errors import Invalid
from hub.surveys.cameras import camera_named, spacing_m
from hub.surveys.request import PlanRequest

__all__ = ["read_request"]


def read_request(
    area: Path,
    keep_out: Path | None,
    lines: tuple[float | None, str | None, float | None],
    motion: tuple[float, float, float],
    count: int,
    home: str | None,
    *,
    cross_holes: bool = False,
) -> PlanRequest:
    """Put a request together. `lines` is (spacing in m, camera, cm a pixel), `motion` (height m, m/s, m/s²).

    Raises Invalid with one line that says what to do.
    """
    height_m, speed_mps, accel_mps2 = motion
    if count < 1:
        raise Invalid("--count must be 1 or more")
    return PlanRequest(
        area=_read(area),
        line_spacing_m=_spacing(*lines),
        height_m=height_m,
        speed_mps=speed_mps,
        accel_mps2=accel_mps2,
        drones=[f"drone-{number}" for number in range(1, min(count, 1_000) + 1)],
        home=_home(home) if home is not None else None,
        keep_out=[_read(keep_out)] if keep_out is not None else [],
        cross_holes=cross_holes,
    )


def _spacing(line_spacing: float | None, camera: str | None, gsd_cm: float | None) -> float:
    if line_spacing is not None and camera is None and gsd_cm is None:
        return line_spacing
    if line_spacing is None and camera is not None and gsd_cm is not None:
        return spacing_m(camera_named(camera), gsd_cm)
    raise Invalid("give either --line-spacing, or --camera with --gsd-cm")


def _home(words: str) -> tuple[float, float]:
    try:
        lat, lon = (float(word) for word in words.split(","))
    except ValueError:
        raise Invalid(f"--home must be LAT,LON in degrees, such as 33.59,132.99, not {words[:40]!r}") from None
    return lat, lon


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Invalid(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is not JSON: {error}") from None
