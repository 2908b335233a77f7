"""The receiver: a fix some time after power-on, and an error that wanders. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

__all__ = ["Gps", "GpsQuality", "receive"]

_WANDERS_S = 20.0
_SETTLES_S = 2.0  # from the first fix until the position is trusted
_AGAIN_S = 0.5  # a receiver that had one finds the next one quickly


@dataclass(frozen=True, slots=True)
class GpsQuality:
    """How good reception is: seconds to a fix, the error's spread in metres, and whether the sky is there at all."""

    fix_after_s: float = 2.0
    noise_m: float = 0.3
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Gps:
    """For how long (seconds) there is a fix, or none; and by how much (metres) the position is off."""

    searching_s: float = 0.0
    fixed_s: float = 0.0
    off_north: float = 0.0
    off_east: float = 0.0
    off_up: float = 0.0
    warm: bool = False

    @property
    def has_fix(self) -> bool:
        """Whether there is a 3D fix."""
        return self.fixed_s > 0

    @property
    def is_trusted(self) -> bool:
        """Whether the autopilot's filter uses it."""
        return self.fixed_s > 0 if self.warm else self.fixed_s >= _SETTLES_S


def receive(gps: Gps, quality: GpsQuality, dt_s: float, chance: Random) -> Gps:
    """The receiver `dt_s` seconds later; its error is a Gauss-Markov process, twice as large upward."""
    if quality.lost:
        return replace(gps, searching_s=0.0, fixed_s=0.0, warm=gps.warm or gps.is_trusted)
    if not gps.has_fix and gps.searching_s + dt_s < (_AGAIN_S if gps.warm else quality.fix_after_s):
        return replace(gps, searching_s=gps.searching_s + dt_s)
    fixed = replace(gps, searching_s=0.0, fixed_s=gps.fixed_s + dt_s)
    if quality.noise_m <= 0:
        return replace(fixed, off_north=0.0, off_east=0.0, off_up=0.0)
    keep = math.exp(-dt_s / _WANDERS_S)
    fresh = quality.noise_m * math.sqrt(1 - keep * keep)
    return replace(
        fixed,
        off_north=gps.off_north * keep + fresh * chance.gauss(),
        off_east=gps.off_east * keep + fresh * chance.gauss(),
        off_up=gps.off_up * keep + 2 * fresh * chance.gauss(),
    )
