"""Faults put into a station's telling, and what then reaches the hub's table: the deliveries as ingest takes them."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edge.wire.quantities import QUANTITIES
from hub.fields.quality.rules import rule_of
from tests.benchmarks.quality_world import BEGIN, STEP_S, Column, Station

BEGIN_S = int(BEGIN.timestamp())
HOUR_S, DAY_S = 3600, 86_400
_AHEAD_S = 600  # ingest refuses what is further ahead (hub/ingest/intake.py)

# fault -> the states that name it rightly
EXPECTED: dict[str, set[str]] = {
    "gap": {"silent"},
    "outage with backlog": {"silent"},
    "one sensor missing": {"silent"},
    "stuck": {"stuck"},
    # it shows what a working sensor would show as well: nobody can tell, and nobody is misled
    "stuck, no difference": {"ok", "stuck"},
    "rain gauge blocked": {"stuck"},
    "spikes": {"out_of_range"},
    "out of range": {"out_of_range"},
    "clock behind": {"late"},
    "clock ahead": {"silent"},
    "late batches": {"late"},
    "duplicates": {"ok"},
    "drift": {"drifting"},
}
# Faults of the whole device.
WHOLE = {"gap", "outage with backlog", "clock behind", "clock ahead", "late batches", "duplicates"}
# Until when after its end a fault may still be named: what the rules need to believe a sensor again.
GRACE_S = {
    "spikes": 7.5 * HOUR_S,
    "out of range": 7.5 * HOUR_S,
    "late batches": 5 * HOUR_S,
    "clock behind": 5 * HOUR_S,
    "drift": 6 * DAY_S,
    "stuck": 3 * HOUR_S,
    "rain gauge blocked": 40 * DAY_S,  # until it rains again
}
# How long each lasts, in hours: a fault that lasts shorter than the rule needs is none that anybody could name.
_LASTS_H = {
    "gap": (3, 120),
    "outage with backlog": (3, 96),
    "one sensor missing": (6, 240),
    "spikes": (1, 24),
    "out of range": (1, 48),
    "clock behind": (8, 48),
    "clock ahead": (6, 48),
    "late batches": (48, 120),
    "duplicates": (24, 120),
    "drift": (30 * 24, 45 * 24),
    "rain gauge blocked": (60 * 24, 75 * 24),
}
_STUCK_H = {
    "air_temperature": (52, 150),
    "relative_humidity": (18, 120),
    "solar_radiation": (26, 96),
    "air_pressure": (52, 140),
    "wind_speed": (98, 160),
    "soil_moisture": (41 * 24, 50 * 24),
    "soil_temperature": (5 * 24, 12 * 24),
}
_DRIFT_A_DAY = {
    "air_temperature": (0.08, 0.2),
    "relative_humidity": (0.6, 1.2),
    "solar_radiation": (-0.02, -0.012),
    "air_pressure": (0.12, 0.25),
}


# How far two good sensors side by side may differ: the makers' accuracies, twice.
_ACCURACY = {
    "air_temperature": 0.6,
    "relative_humidity": 6.0,
    "solar_radiation": 20.0,
    "air_pressure": 2.0,
    "wind_speed": 1.0,
    "soil_moisture": 6.0,
    "soil_temperature": 1.0,
}
# The shortest flat line of which any rule speaks: whoever differed for less than that has made no difference.
_NO_DIFFERENCE_H = 3


@dataclass(frozen=True)
class Fault:
    """One fault; `quantity` None: of the whole station."""

    kind: str
    station: int
    quantity: str | None
    begin_s: int
    end_s: int

    @property
    def until_s(self) -> int:
        return self.end_s + int(GRACE_S.get(self.kind, 2 * HOUR_S))


@dataclass
class Feed:
    """A station as the hub has it in the end: stored rows in the order of their times, and what was refused."""

    station: Station
    measured_s: NDArray[np.int64]
    received_s: NDArray[np.int64]
    columns: dict[str, Column]
    heard_s: NDArray[np.int64]
    refused: list[tuple[int, str, int, float]] = field(default_factory=list)  # received, quantity, measured, value
    delivered: int = 0


def plan_faults(station: Station, days: int, roll: np.random.Generator, first_day: int = 25) -> list[Fault]:
    """A fault every few weeks, one after the other, in every fourth station none at all."""
    faults: list[Fault] = []
    if station.number % 4 == 3:
        return faults
    at_s = first_day * DAY_S + roll.uniform(0, 3) * DAY_S
    while True:
        kinds = [kind for kind in EXPECTED if kind != "stuck, no difference"]
        if "rainfall" not in station.columns:
            kinds.remove("rain gauge blocked")
        kind = str(roll.choice(kinds))
        quantity = _quantity(kind, station, roll)
        low, high = _STUCK_H[quantity or ""] if kind == "stuck" else _LASTS_H[kind]
        end_s = at_s + roll.uniform(low, high) * HOUR_S
        fault = Fault(kind, station.number, quantity, BEGIN_S + int(at_s), BEGIN_S + int(end_s))
        if fault.until_s - BEGIN_S > (days - 1) * DAY_S:
            if at_s > (days - 8) * DAY_S:
                return faults
            at_s += DAY_S
            continue
        faults.append(fault)
        at_s = fault.until_s - BEGIN_S + roll.uniform(8, 16) * DAY_S


def _quantity(kind: str, station: Station, roll: np.random.Generator) -> str | None:
    if kind in WHOLE:
        return None
    known = list(station.columns)
    if kind == "rain gauge blocked":
        return "rainfall"
    if kind == "stuck":
        known = [name for name in known if name in _STUCK_H]
    if kind == "drift":
        known = [name for name in known if name in _DRIFT_A_DAY]
    if kind == "spikes":
        known = [name for name in known if rule_of(name).spike is not None and name != "wind_speed"]
    return str(roll.choice(known))


def deliver(station: Station, faults: list[Fault], roll: np.random.Generator) -> Feed:
    """What the hub stores of that station, faults and all."""
    count = len(station.columns["air_temperature"])
    told_s = BEGIN_S + station.phase_s + np.arange(count, dtype=np.int64) * STEP_S
    measured = told_s.copy()
    received = told_s + roll.integers(1, 8, count)
    columns = {name: column.astype(np.float64) for name, column in station.columns.items()}
    kept = np.ones(count, dtype=bool)
    again: list[NDArray[np.int64]] = []
    for fault in faults:
        inside = (told_s >= fault.begin_s) & (told_s < fault.end_s)
        if fault.quantity is not None:
            columns[fault.quantity] = _spoil(columns[fault.quantity], told_s, inside, fault, roll)
        elif fault.kind == "gap":
            kept &= ~inside
        elif fault.kind == "outage with backlog":
            received = np.where(inside, fault.end_s + roll.integers(5, 120), received)
        elif fault.kind == "late batches":
            every = int(roll.choice([3, 4, 6, 8])) * HOUR_S
            received = np.where(inside, -(-received // every) * every + 20, received)
        elif fault.kind == "clock behind":
            measured = np.where(inside, measured - int(roll.uniform(2, 7) * HOUR_S), measured)
        elif fault.kind == "clock ahead":
            measured = np.where(inside, measured + int(roll.uniform(1, 30) * HOUR_S), measured)
        elif fault.kind == "duplicates":
            again.append(received[inside] + roll.integers(30, 2 * DAY_S, int(inside.sum())))
    return _ingest(station, measured[kept], received[kept], {k: v[kept] for k, v in columns.items()}, again)


def settle_kind(fault: Fault, station: Station, feed: Feed) -> Fault:
    """The fault as it is told by its effect: by what came and what would have come, never by what was made of it."""
    if fault.kind != "stuck" or fault.quantity is None:
        return fault
    column = station.columns[fault.quantity]
    told_s = BEGIN_S + station.phase_s + np.arange(len(column), dtype=np.int64) * STEP_S
    inside = (told_s >= fault.begin_s) & (told_s < fault.end_s)
    came = feed.columns[fault.quantity][np.isin(feed.measured_s, told_s[inside])]
    apart = np.abs(came - column[inside]) > _ACCURACY[fault.quantity]
    if int(np.count_nonzero(apart)) * STEP_S >= _NO_DIFFERENCE_H * HOUR_S:
        return fault
    return replace(fault, kind="stuck, no difference")


def _spoil(
    column: Column, told_s: NDArray[np.int64], inside: NDArray[np.bool_], fault: Fault, roll: np.random.Generator
) -> Column:
    steps = np.flatnonzero(inside)
    column = column.copy()
    quantity = QUANTITIES[fault.quantity or ""]
    if fault.kind == "one sensor missing":
        column[steps] = np.nan
    elif fault.kind == "stuck":
        column[steps] = _stuck(column, steps, quantity.high, roll)
    elif fault.kind == "rain gauge blocked":
        column[steps] = 0.0
    elif fault.kind == "spikes":
        limit = rule_of(quantity.name).spike or 0.0
        for step in roll.choice(steps[1::4], size=min(len(steps) // 4, int(roll.integers(1, 15))), replace=False):
            up = column[step] + limit * roll.uniform(1.3, 4)
            down = column[step] - limit * roll.uniform(1.3, 4)
            column[step] = up if up <= quantity.high else max(down, quantity.low)
    elif fault.kind == "out of range":
        column[steps] = roll.choice([quantity.high + 900, quantity.low - 87])
    elif fault.kind == "drift":
        days = (told_s[steps] - fault.begin_s) / DAY_S
        rate = roll.uniform(*_DRIFT_A_DAY[quantity.name]) * roll.choice([-1, 1])
        is_sun = quantity.name == "solar_radiation"
        drifted = column[steps] * (1 - abs(rate) * days) if is_sun else column[steps] + rate * days
        column[steps] = np.clip(drifted, quantity.low, quantity.high)
    return column


def _stuck(column: Column, steps: NDArray[np.int64], high: float, roll: np.random.Generator) -> Column:
    """The same value over and over; in some the last digit flickers."""
    held = np.full(len(steps), column[steps[0]])
    if roll.random() < 0.3:
        known = np.unique(column[~np.isnan(column)])
        held[roll.random(len(steps)) < 0.1] += np.min(np.diff(known))
    return np.minimum(held, high)


def _ingest(
    station: Station,
    measured: NDArray[np.int64],
    received: NDArray[np.int64],
    columns: dict[str, Column],
    again: list[NDArray[np.int64]],
) -> Feed:
    """In the order of coming: no row from the future, no value outside its range, each moment once."""
    order = np.argsort(received, kind="stable")
    measured, received = measured[order], received[order]
    columns = {name: column[order] for name, column in columns.items()}
    refused: list[tuple[int, str, int, float]] = []
    ahead = measured > received + _AHEAD_S
    refused += [(int(came), "", int(at), 0.0) for came, at in zip(received[ahead], measured[ahead], strict=True)]
    for name, column in columns.items():
        quantity = QUANTITIES[name]
        strange = ~ahead & ((column > quantity.high) | (column < quantity.low))
        refused += [(int(received[at]), name, int(measured[at]), float(column[at])) for at in np.flatnonzero(strange)]
        column[strange] = np.nan
    measured_kept, received_kept = measured[~ahead], received[~ahead]
    _, first = np.unique(measured_kept, return_index=True)  # np.unique keeps the first of equals: the first writer wins
    stored = {name: column[~ahead][first].astype(np.float32) for name, column in columns.items()}
    heard = np.sort(np.concatenate([received, *again]))
    return Feed(station, measured_kept[first], received_kept[first], stored, heard, sorted(refused), len(heard))
