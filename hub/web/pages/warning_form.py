"""The form of a warning: read into a rule, and filled from one."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from hub.errors import Invalid
from hub.fields.thresholds.measures import MEASURES
from hub.fields.thresholds.rules import (
    HOWS,
    LONGEST_WINDOW_H,
    SIDES,
    How,
    Rule,
    Season,
    Side,
    bounds_of,
    read_month_day,
)
from hub.fields.thresholds.service import NewWarning
from hub.registry.devices import Device
from hub.texts import msgid
from hub.web.pages.forms import Filled

__all__ = [
    "HOLDS_MIN",
    "REPEATS_H",
    "WINDOWS_H",
    "Asked",
    "filled_from",
    "read_season",
    "read_warning",
    "season_fields",
]

HOLDS_MIN = (0, 10, 30, 60, 120, 180, 360, 720, 1440, 2880)
WINDOWS_H = (1, 3, 6, 12, 24, 48, LONGEST_WINDOW_H)
REPEATS_H = (6, 12, 24, 72)
_DAY = re.compile(r"(\d{1,2})\D+(\d{1,2})\D*", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:00)?", re.ASCII)
_NO_DAY = msgid("Please give a day such as 4/20.")
_BOTH = msgid("Please give both, or neither.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form may name: the plot's stations by id."""

    stations: Mapping[str, Device]


def read_warning(form: Filled, asked: Asked) -> NewWarning | None:
    """The warning as the form has it; None, with the faults noted, when it cannot be."""
    station = form.choice("station", asked.stations) if len(asked.stations) != 1 else next(iter(asked.stations))
    measure = form.choice("measure", MEASURES)
    how, side = form.choice("how", HOWS), form.choice("side", SIDES)
    if measure in MEASURES and how in HOWS and how not in MEASURES[measure].hows:
        form.fault("how", msgid("This cannot be asked of this value."))
    if form.errors:
        return None
    known = MEASURES[measure]
    low, high = bounds_of(known, cast("How", how))
    limit = form.number("limit", low, high)
    hysteresis = known.hysteresis
    if form.typed("hysteresis").strip():
        hysteresis = form.number("hysteresis", 0, (high - low) / 2)
    window_h = _one_of(form, "window_h", WINDOWS_H) if how != "value" else 0
    rule = Rule(
        measure, cast("Side", side), limit, cast("How", how), window_h, hysteresis,
        _one_of(form, "hold_min", HOLDS_MIN), season=read_season(form), quiet_min=_read_quiet(form),
        repeat_h=_one_of(form, "repeat_h", REPEATS_H) if form.typed("repeat_h") else None,
    )  # fmt: skip
    return None if form.errors else NewWarning(asked.stations[station].key, rule)


def read_season(form: Filled) -> Season | None:
    """The days of the year of the fields `season_first` and `season_last`; None for all of it."""
    first, last = _read_day(form, "season_first"), _read_day(form, "season_last")
    if (first is None) != (last is None):
        form.fault("season_last" if last is None else "season_first", _BOTH)
    return None if first is None or last is None else Season(first, last)


def filled_from(rule: Rule, station_id: str) -> dict[str, list[str]]:
    """The fields of a rule, as a form would send them."""
    values = {
        "station": station_id,
        "measure": rule.measure,
        "how": rule.how,
        "window_h": str(rule.window_h or WINDOWS_H[4]),
        "side": rule.side,
        "limit": f"{rule.limit:g}",
        "hysteresis": f"{rule.hysteresis:g}",
        "hold_min": str(rule.hold_min),
        "repeat_h": str(rule.repeat_h or ""),
    }
    if rule.season is not None:
        values |= season_fields(rule.season)
    if rule.quiet_min is not None:
        values |= {"quiet_from": _clock(rule.quiet_min[0]), "quiet_until": _clock(rule.quiet_min[1])}
    return {name: [value] for name, value in values.items()}


def season_fields(season: Season) -> dict[str, str]:
    """The fields of a season."""
    return {"season_first": "{}/{}".format(*season.first), "season_last": "{}/{}".format(*season.last)}


def _read_day(form: Filled, name: str) -> tuple[int, int] | None:
    text = form.narrow(name)
    if not text:
        return None
    match = _DAY.fullmatch(text)
    try:
        if match:
            return read_month_day(int(match[1]), int(match[2]))
    except Invalid:
        pass
    form.fault(name, _NO_DAY)
    return None


def _read_quiet(form: Filled) -> tuple[int, int] | None:
    begin, end = (_read_clock(form, name) for name in ("quiet_from", "quiet_until"))
    if (begin is None) != (end is None):
        form.fault("quiet_until" if end is None else "quiet_from", _BOTH)
    return None if begin is None or end is None or begin == end else (begin, end)


def _read_clock(form: Filled, name: str) -> int | None:
    text = form.narrow(name)
    match = _CLOCK.fullmatch(text) if text else None
    if text and match is None:
        form.fault(name, msgid("Please give a time such as 21:00."))
    return int(match[1]) * 60 + int(match[2]) if match else None


def _one_of(form: Filled, name: str, numbers: Collection[int]) -> int:
    text = form.choice(name, [str(number) for number in numbers])
    return int(text) if text in {str(number) for number in numbers} else min(numbers)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
