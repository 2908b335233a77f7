"""How much water a paddy loses in a day (減水深). Pure.

日減水深 is the fall of the standing water in mm a day while no water is let in: evapotranspiration and seepage together
(as land improvement offices measure it: hourly water levels while the inlet is shut). So only stretches are looked at
in which nobody lets water in or out; rain that fell meanwhile is added to what is lost, and a rise that rain does not
explain is water let in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

__all__ = ["Depth", "WaterLoss", "water_loss"]

# A jump of more than so many cm in a step, beyond its rain, is water let in or let out by hand.
_LET_IN_CM = 0.3
_LET_OUT_CM_PER_H = 2.0
# Less time than this says nothing of a day, and what lies further apart is a hole.
_LEAST = timedelta(hours=6)
_HOLE = timedelta(hours=3)
_STANDING_CM = 0.5


@dataclass(frozen=True, slots=True)
class Depth:
    """The mean water depth about one moment in cm, and the rain in mm since the one before."""

    at: datetime
    cm: float
    rain_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class WaterLoss:
    """The loss in mm a day, from how many hours it was reckoned, and how much rain fell into the water then."""

    mm_per_day: float
    hours: float
    rain_mm: float


def water_loss(depths: Sequence[Depth]) -> WaterLoss | None:
    """The loss over depths in their order, some hours to a few days of them, best by the hour.

    None when water stood undisturbed for less than six hours in all.
    """
    lost_mm = rain_mm = 0.0
    stretch = timedelta()
    for before, after in pairwise(depths):
        step = after.at - before.at
        if not timedelta() < step <= _HOLE or min(before.cm, after.cm) < _STANDING_CM:
            continue
        fall_mm = (before.cm - after.cm) * 10 + after.rain_mm
        by_hand = fall_mm < -_LET_IN_CM * 10 or fall_mm > _LET_OUT_CM_PER_H * 10 * (step / timedelta(hours=1))
        if not by_hand:
            lost_mm += fall_mm
            rain_mm += after.rain_mm
            stretch += step
    if stretch < _LEAST:
        return None
    return WaterLoss(max(0.0, lost_mm / (stretch / timedelta(days=1))), stretch / timedelta(hours=1), rain_mm)
