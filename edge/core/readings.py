"""From what sensors say to what is sent: plausibility, calibration, batches. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge.core.clock import Moment
from edge.wire.messages import ReadingsData
from edge.wire.quantities import QUANTITIES

__all__ = ["Correction", "Row", "batches", "calibrate", "check_plausible", "stale_after_s", "to_data"]

_LEAST_STALE_S = 60


class Correction(Protocol):
    """One dated calibration of a quantity; edge.config.Calibration is one."""

    @property
    def quantity(self) -> str:
        """What it corrects."""
        ...

    @property
    def since(self) -> datetime:
        """When it begins to count."""
        ...

    @property
    def gain(self) -> float:
        """What is multiplied."""
        ...

    @property
    def offset(self) -> float:
        """What is then added, in the quantity's unit."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """What one station measured at one moment; None where its sensor had no value."""

    moment: Moment
    values: Mapping[str, float | None]


def calibrate(quantity: str, value: float, calibrations: Sequence[Correction], at: Moment) -> float:
    """The calibrated value: × gain + offset of the newest calibration that has begun (of the newest, on an unset
    clock).
    """
    begun = [
        calibration
        for calibration in calibrations
        if calibration.quantity == quantity and (at.clock == "unset" or calibration.since <= at.time)
    ]
    if not begun:
        return value
    newest = max(begun, key=_since)
    return value * newest.gain + newest.offset


def check_plausible(quantity: str, value: float) -> tuple[float | None, str | None]:
    """The value, or None and the fault: a value outside its quantity's range is a broken sensor, never weather."""
    known = QUANTITIES[quantity]
    if not math.isfinite(value):
        return None, f"{quantity}: the sensor gave no number"
    if not known.low <= value <= known.high:
        return None, f"{quantity}: {value:.6g} {known.unit} cannot be ({known.low:g} to {known.high:g})"
    return value, None


def stale_after_s(every_s: float, timeout_s: float) -> int:
    """After how many seconds a value is too old: two measurements were missed, and a minute at least."""
    return max(_LEAST_STALE_S, math.ceil(3 * every_s + timeout_s))


def batches(rows: Sequence[Row], most: int) -> list[list[Row]]:
    """Rows in groups that can share a message: the same boot and clock, at most `most`, the order kept."""
    groups: list[list[Row]] = []
    for row in rows:
        last = groups[-1] if groups else []
        if (
            last
            and len(last) < most
            and (last[0].moment.boot, last[0].moment.clock) == (row.moment.boot, row.moment.clock)
        ):
            last.append(row)
        else:
            groups.append([row])
    return groups


def to_data(rows: Sequence[Row]) -> ReadingsData:
    """The rows as columns; a quantity that a row lacks is null there. Six significant digits are more than any sensor
    has.
    """
    names = sorted({name for row in rows for name in row.values})
    return ReadingsData(
        times=[_to_milliseconds(row.moment.time) for row in rows],
        values={name: [_rounded(row.values.get(name)) for row in rows] for name in names},
    )


def _since(calibration: Correction) -> datetime:
    return calibration.since


def _to_milliseconds(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
