"""A lithium battery of four cells: charge, voltage under load, and what flying takes from it. Pure."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from simulators.vehicle.motion import Motion
from simulators.vehicle.wind import Air

__all__ = ["Battery", "drain", "needed_a"]

_CELLS = 4
_CURVE = ((0.0, 3.3), (0.05, 3.5), (0.2, 3.68), (0.5, 3.8), (0.8, 4.0), (1.0, 4.2))
"""Share of the charge and volts of a resting cell."""
_OHM = 0.02
_IDLE_A = 0.5
_SPINNING_A = 3.0
_HOVER_A = 18.0
_CLIMB_A_PER_MPS = 2.0
_DRAG_A = 0.035  # a metre a second of airspeed, squared: 2 A more at 8 m/s


@dataclass(frozen=True, slots=True)
class Battery:
    """What it holds, what is gone, and how much lower than it should its voltage is (a worn pack, a fault)."""

    capacity_mah: float = 5200.0
    used_mah: float = 0.0
    current_a: float = 0.0
    sag_v: float = 0.0

    @property
    def left(self) -> float:
        """Share of the charge, 0 to 1."""
        return max(0.0, 1.0 - self.used_mah / self.capacity_mah)

    @property
    def voltage_v(self) -> float:
        """Under the present load."""
        for (low, low_v), (high, high_v) in itertools.pairwise(_CURVE):
            if self.left <= high:
                cell = low_v + (high_v - low_v) * (self.left - low) / (high - low)
                break
        else:
            cell = _CURVE[-1][1]
        return max(0.0, _CELLS * cell - self.current_a * _OHM - self.sag_v)


def needed_a(motion: Motion, air: Air, armed: bool) -> float:
    """The current that the copter draws, amperes."""
    if not armed:
        return _IDLE_A
    if motion.up_m <= 0:
        return _SPINNING_A
    through = (motion.v_north - air.north - air.gust_north) ** 2 + (motion.v_east - air.east - air.gust_east) ** 2
    return max(_SPINNING_A, _HOVER_A + _CLIMB_A_PER_MPS * motion.v_up + _DRAG_A * through)


def drain(battery: Battery, current_a: float, dt_s: float) -> Battery:
    """The battery after `dt_s` seconds at this current."""
    return replace(battery, used_mah=battery.used_mah + current_a * dt_s / 3.6, current_a=current_a)
