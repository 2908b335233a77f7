"""What whoever runs the copters may order while they fly: faults, weather, a fresh battery. Pure.

One line is one order, with the vehicle's number before it where it is for one of several:

    link cut [SECONDS] | link restore | link close      radio silence (of the wall clock); connections closed
    loss SHARE | duplicate SHARE                        of the messages, each way, 0 to 1
    battery PERCENT | battery sag VOLTS | battery swap  so much is left; volts too low; a fresh one
    gps lost [SECONDS] | gps back | gps noise METRES    seconds of the vehicle's clock
    wind SPEED FROM [GUST]                              m/s, degrees, m/s
    reboot | repair | status
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from simulators.errors import Unsuitable
from simulators.vehicle.autopilot import Autopilot
from simulators.vehicle.battery import Battery
from simulators.vehicle.mav import Severity
from simulators.vehicle.wind import Wind

__all__ = ["LinkFaults", "Order", "Radio", "carry_out", "parse_order"]


@dataclass(frozen=True, slots=True)
class LinkFaults:
    """What is wrong with the radio: shares of lost and doubled messages, and silence until then (wall seconds)."""

    loss: float = 0.0
    duplicate: float = 0.0
    silent_until_s: float = -math.inf


class Radio:
    """Decides for each message, from a seed, how often it arrives: not at all, once, twice."""

    def __init__(self, faults: LinkFaults, seed: int) -> None:
        self.faults = faults
        self._chance = Random(seed)

    def copies(self, now_s: float) -> int:
        """How many copies of the next message arrive."""
        faults = self.faults
        if now_s < faults.silent_until_s:
            return 0
        if faults.loss and self._chance.random() < faults.loss:
            return 0
        return 2 if faults.duplicate and self._chance.random() < faults.duplicate else 1


@dataclass(frozen=True, slots=True)
class Order:
    """An order, for one vehicle or for all."""

    words: tuple[str, ...]
    vehicle: int | None = None


@dataclass(slots=True)
class Target:
    """What an order may reach: one vehicle, its radio, what is to come later, and whether links are to be closed."""

    autopilot: Autopilot
    radio: Radio
    now_s: float
    later: list[tuple[float, Order]]
    close: bool = False


def parse_order(line: str) -> Order:
    """An order from its line; `Unsuitable` for what is none."""
    words = line.split()
    vehicle: int | None = None
    if words and (words[0].isdecimal() or words[0] == "all"):
        vehicle = None if words[0] == "all" else int(words[0])
        words = words[1:]
    if not words or words[0] not in _ORDERS:
        raise Unsuitable(f"No such order: {line.strip() or '(nothing)'}. Orders: {', '.join(_ORDERS)}.")
    order = Order(tuple(words), vehicle)
    _ORDERS[words[0]](words[1:])
    return order


def carry_out(order: Order, target: Target) -> str:
    """Do it; the answer is a line."""
    return _ORDERS[order.words[0]](list(order.words[1:]))(target)


Act = Callable[[Target], str]


def _number(word: str, least: float, most: float) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise Unsuitable(f"{word} is no number from {least:g} to {most:g}.")
    return value


def _needs(words: list[str], *counts: int) -> None:
    if len(words) not in counts:
        raise Unsuitable("An order has too few words, or too many.")


def _link(words: list[str]) -> Act:
    _needs(words, 1, 2)
    seconds = _number(words[1], 0, 1e6) if len(words) == 2 else math.inf

    def act(target: Target) -> str:
        if words[0] == "close":
            target.close = True
        else:
            until_s = target.now_s + seconds if words[0] == "cut" else -math.inf
            target.radio.faults = replace(target.radio.faults, silent_until_s=until_s)
        return "ok"

    if words[0] not in ("cut", "restore", "close"):
        raise Unsuitable("A link is cut, restored or closed.")
    return act


def _loss(words: list[str]) -> Act:
    _needs(words, 1)
    share = _number(words[0], 0, 1)

    def act(target: Target) -> str:
        target.radio.faults = replace(target.radio.faults, loss=share)
        return "ok"

    return act


def _duplicate(words: list[str]) -> Act:
    _needs(words, 1)
    share = _number(words[0], 0, 1)

    def act(target: Target) -> str:
        target.radio.faults = replace(target.radio.faults, duplicate=share)
        return "ok"

    return act


def _battery(words: list[str]) -> Act:
    _needs(words, 2 if words[:1] == ["sag"] else 1)
    value = 0.0 if words[0] == "swap" else _number(words[-1], 0, 20 if words[0] == "sag" else 100)

    def act(target: Target) -> str:
        copter = target.autopilot.copter
        if words[0] == "swap":
            if copter.armed:
                return "error: the motors run"
            copter.battery = Battery(copter.config.battery_mah)
            copter.failures.battery_low = copter.failures.battery_critical = False
        elif words[0] == "sag":
            copter.battery = replace(copter.battery, sag_v=value)
        else:
            copter.battery = replace(copter.battery, used_mah=copter.battery.capacity_mah * (1 - value / 100))
        return "ok"

    return act


def _gps(words: list[str]) -> Act:
    _needs(words, 1, 2)
    if words[0] not in ("lost", "back", "noise"):
        raise Unsuitable("GPS is lost, back, or has noise.")
    value = _number(words[1], 0, 1e6) if len(words) == 2 else None
    if (words[0] == "noise") is (value is None) and words[0] != "lost":
        raise Unsuitable("Noise is in metres; GPS that is back has no number.")

    def act(target: Target) -> str:
        copter = target.autopilot.copter
        if words[0] == "noise":
            copter.gps_quality = replace(copter.gps_quality, noise_m=value or 0.0)
            return "ok"
        copter.gps_quality = replace(copter.gps_quality, lost=words[0] == "lost")
        if value is not None:
            target.later.append((copter.elapsed_s + value, Order(("gps", "back"))))
        return "ok"

    return act


def _wind(words: list[str]) -> Act:
    _needs(words, 2, 3)
    numbers = [_number(words[0], 0, 60), _number(words[1], -360, 360), *(_number(word, 0, 30) for word in words[2:])]

    def act(target: Target) -> str:
        target.autopilot.copter.wind = Wind(*numbers)
        return "ok"

    return act


def _reboot(words: list[str]) -> Act:
    _needs(words, 0)

    def act(target: Target) -> str:
        target.autopilot.reboot()
        return "ok"

    return act


def _repair(words: list[str]) -> Act:
    _needs(words, 0)

    def act(target: Target) -> str:
        target.autopilot.copter.broken = False
        return "ok"

    return act


def _say(words: list[str]) -> Act:
    text = " ".join(words)

    def act(target: Target) -> str:
        target.autopilot.copter.say(Severity.WARNING, text)
        return "ok"

    return act


def _status(words: list[str]) -> Act:
    _needs(words, 0)
    return lambda target: json.dumps(target.autopilot.status())


_ORDERS: dict[str, Callable[[list[str]], Act]] = {
    "link": _link,
    "loss": _loss,
    "duplicate": _duplicate,
    "battery": _battery,
    "gps": _gps,
    "wind": _wind,
    "reboot": _reboot,
    "repair": _repair,
    "say": _say,
    "status": _status,
}
