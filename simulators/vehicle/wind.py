"""Wind: a steady part and gusts that come and go, from a seed. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

__all__ = ["Air", "Wind", "blow"]

_GUST_LASTS_S = 6.0


@dataclass(frozen=True, slots=True)
class Wind:
    """Metres a second, the direction it comes from (degrees from north), and the spread of its gusts (one sigma)."""

    speed_mps: float = 0.0
    from_deg: float = 0.0
    gust_mps: float = 0.0


@dataclass(frozen=True, slots=True)
class Air:
    """How the air moves just now: the steady part and the gust, metres a second towards north and east."""

    north: float = 0.0
    east: float = 0.0
    gust_north: float = 0.0
    gust_east: float = 0.0

    @property
    def speed_mps(self) -> float:
        """Of both parts together."""
        return math.hypot(self.north + self.gust_north, self.east + self.gust_east)

    @property
    def from_deg(self) -> float:
        """Where it comes from, degrees from north."""
        return math.degrees(math.atan2(-self.east - self.gust_east, -self.north - self.gust_north)) % 360


def blow(air: Air, wind: Wind, dt_s: float, chance: Random) -> Air:
    """The air `dt_s` seconds later. Gusts are a Gauss-Markov process with the wind's spread."""
    towards = math.radians(wind.from_deg + 180)
    north, east = wind.speed_mps * math.cos(towards), wind.speed_mps * math.sin(towards)
    if wind.gust_mps <= 0:
        return Air(north, east)
    keep = math.exp(-dt_s / _GUST_LASTS_S)
    fresh = wind.gust_mps * math.sqrt(1 - keep * keep)
    return Air(
        north, east, air.gust_north * keep + fresh * chance.gauss(), air.gust_east * keep + fresh * chance.gauss()
    )
