"""How full a battery is, in a word, from its voltage. Pure.

Resting voltages: a lead battery of 12 V is full from 12.6 V, half at 12.2 and empty below 11.8 (the usual tables of its
makers; 6 V is half of that); a lithium cell is full from 4.0 V, and what stands below 3.4 V falls quickly. Dry cells in
pairs (2 to 3.2 V) are left out: their radios die at voltages that differ by maker.
"""

from typing import Literal

__all__ = ["BatteryWord", "battery_word"]

BatteryWord = Literal["full", "good", "low", "empty"]
# (from V, to V, full from, good from, low from)
_KINDS = (
    (3.0, 4.5, 4.0, 3.6, 3.4),
    (5.0, 7.8, 6.3, 6.1, 5.9),
    (10.0, 15.5, 12.6, 12.2, 11.8),
)


def battery_word(volts: float) -> BatteryWord | None:
    """The word for a voltage; None where it fits no kind of battery that is known here."""
    for least, most, full, good, low in _KINDS:
        if least <= volts < most:
            return "full" if volts >= full else "good" if volts >= good else "low" if volts >= low else "empty"
    return None
