"""The drones of a survey: where each takes off, how fast it is, and how long its battery lasts. Pure."""

import math
from dataclasses import dataclass

from hub.errors import Invalid
from hub.geo import Point
from hub.surveys.motion import CLIMB_MPS, DESCEND_MPS, Motion

__all__ = ["DroneSpec"]

_CHANGE_S = 300.0
_RESERVE = 0.25


@dataclass(frozen=True, slots=True)
class DroneSpec:
    """One drone. What is None is as the request says for all (`home`, `speed_mps`) or without end (the battery).

    `home` is (lat, lon). A battery is given by `endurance_s`, the seconds that a full one flies, or by `battery_wh`
    with `power_w`, what flying takes. `reserve` is the share of it (0 to 1) that is never planned with, `change_s` what
    a change of batteries takes on the ground, `climb_mps` and `descend_mps` the speeds of take-off and landing.
    """

    id: str
    home: tuple[float, float] | None = None
    speed_mps: float | None = None
    endurance_s: float | None = None
    battery_wh: float | None = None
    power_w: float | None = None
    reserve: float = _RESERVE
    change_s: float = _CHANGE_S
    climb_mps: float = CLIMB_MPS
    descend_mps: float = DESCEND_MPS

    def __post_init__(self) -> None:
        """Raise Invalid with one line for a number that cannot be meant."""
        ranges = (
            (self.speed_mps, 0.5, 50.0, "speed in m/s"),
            (self.endurance_s, 60.0, 86_400.0, "endurance in seconds"),
            (self.battery_wh, 1.0, 100_000.0, "battery in Wh"),
            (self.power_w, 1.0, 100_000.0, "power in W"),
            (self.reserve, 0.0, 0.9, "reserve as a share"),
            (self.change_s, 0.0, 86_400.0, "change of batteries in seconds"),
            (self.climb_mps, 0.1, 50.0, "climb in m/s"),
            (self.descend_mps, 0.1, 50.0, "descent in m/s"),
        )
        for value, low, high, words in ranges:
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise Invalid(f"{self.id[:40]}: the {words} must be between {low:g} and {high:g}")
        if self.home and not (abs(self.home[0]) <= 90 and abs(self.home[1]) <= 180):  # degrees
            raise Invalid(f"{self.id[:40]}: the home must be a latitude and a longitude in degrees")
        if (self.battery_wh is None) != (self.power_w is None):
            raise Invalid(f"{self.id[:40]}: a battery in Wh needs the power in W, and the other way round")

    @property
    def full_s(self) -> float | None:
        """Seconds that a full battery flies; None where no battery is given."""
        if self.endurance_s is None and self.battery_wh is not None and self.power_w is not None:
            return self.battery_wh / self.power_w * 3_600
        return self.endurance_s

    @property
    def usable_s(self) -> float:
        """Seconds in the air that a sortie may take: the full battery less its reserve; infinite without a battery."""
        return math.inf if self.full_s is None else self.full_s * (1 - self.reserve)

    def motion(self, speed_mps: float, accel_mps2: float, wind: Point) -> Motion:
        """How it moves; the speed is for a drone that has none of its own, the wind as `wind_toward` gives it."""
        return Motion(self.speed_mps or speed_mps, accel_mps2, wind, self.climb_mps, self.descend_mps)

    def lift_s(self, height_m: float) -> float:
        """Seconds of the climb to a height and the descent from it."""
        return height_m / self.climb_mps + height_m / self.descend_mps
