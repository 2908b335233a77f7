"""How air near the ground cools through a clear night. Pure.

1.  The ground loses heat at a nearly even rate, so that temperature falls with the square root of time since sunset
    (Brunt 1941, Physical and Dynamical Meteorology; it is also the trend of the FAO's frost book).
2.  A place that knows its own clear nights predicts its lowest temperature best by them: a line over the temperature,
    and one over the dew point, two hours after sunset (R. L. Snyder and J. P. de Melo-Abreu, Frost Protection:
    fundamentals, practice and economics, volume 1, FAO 2005, chapter 5).
3.  A place that does not is taken to lose what a clear sky lets out (FAO-56, equation 39, without clouds), at the rate
    at which the ten nights printed in that chapter cooled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import StatisticsError, fmean, linear_regression

from hub.fields.agronomy.humidity import saturation_kpa

__all__ = ["LEAST_NIGHTS", "Night", "OwnNights", "clear_sky_rate", "fit_nights", "slow_below_dew_point", "trend_c"]

# As many as the book asks for.
LEAST_NIGHTS = 10
_STEFAN_BOLTZMANN = 5.670374e-8
# °C per root hour for each W/m²: the ten nights of the book fell 7.4 °C from the second hour after sunset to sunrise,
# taken as ten hours, at 80 W/m²: 7.4 / (sqrt(12) - sqrt(2)) / 80.
_RATE = 0.045
# Dew and rime give heat back: below the dew point air cools about half as fast.
_BELOW_DEW_POINT = 0.5


@dataclass(frozen=True, slots=True)
class Night:
    """One clear, calm night at a place, in °C: air and dew point two hours after sunset, and what it came to."""

    air_c: float
    dew_point_c: float
    lowest_c: float


@dataclass(frozen=True, slots=True)
class OwnNights:
    """What a place's own clear nights teach: lowest = `by_air` · temperature + `by_dew` · dew point + `base`.

    `error_c` is the root mean square error over the `nights` that it was made from.
    """

    by_air: float
    by_dew: float
    base: float
    error_c: float
    nights: int

    def lowest_c(self, air_c: float, dew_point_c: float) -> float:
        """The night's lowest temperature from what was measured two hours after sunset."""
        return self.by_air * air_c + self.by_dew * dew_point_c + self.base


def fit_nights(nights: Sequence[Night]) -> OwnNights | None:
    """The place's own rule, in the book's two steps: over the temperature, then what is left over the dew point.

    None for fewer than LEAST_NIGHTS nights, or when they are all alike.
    """
    if len(nights) < LEAST_NIGHTS:
        return None
    lowest = [night.lowest_c for night in nights]
    try:
        first = linear_regression([night.air_c for night in nights], lowest)
        left = [night.lowest_c - first.slope * night.air_c - first.intercept for night in nights]
        second = linear_regression([night.dew_point_c for night in nights], left)
    except StatisticsError:
        return None
    own = OwnNights(first.slope, second.slope, first.intercept + second.intercept, 0.0, len(nights))
    error = sqrt(fmean((own.lowest_c(night.air_c, night.dew_point_c) - night.lowest_c) ** 2 for night in nights))
    return OwnNights(own.by_air, own.by_dew, own.base, error, len(nights))


def clear_sky_rate(air_c: float, dew_point_c: float) -> float:
    """How fast air cools under a clear, calm sky: °C per root hour since sunset."""
    vapour = 0.34 - 0.14 * sqrt(saturation_kpa(dew_point_c))
    return _RATE * _STEFAN_BOLTZMANN * (air_c + 273.15) ** 4 * vapour


def trend_c(second_hour_c: float, lowest_c: float, hours: float, night_h: float) -> float:
    """The temperature `hours` after sunset, from that of the second hour to the lowest at sunrise after `night_h`."""
    return second_hour_c + (lowest_c - second_hour_c) * sqrt(max(hours - 2, 0.0) / (night_h - 2))


def slow_below_dew_point(air_c: float, dew_point_c: float) -> float:
    """A predicted temperature with the heat that dew gives back."""
    return air_c if air_c >= dew_point_c else dew_point_c - _BELOW_DEW_POINT * (dew_point_c - air_c)
