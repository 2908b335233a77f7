"""A Raspberry Pi's pins without a Pi: gpiozero's mock factory, moved as a trap's wire and a hunter's hand do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Protocol, cast

from gpiozero.pins.mock import MockFactory, MockPin

from simulators.clock import wait

__all__ = ["BOUNCES", "Bounce", "TrapPins"]


@dataclass(frozen=True, slots=True)
class Bounce:
    """How contacts chatter before they rest: pairs of (open, seconds) that come before the final position."""

    steps: Sequence[tuple[bool, float]] = ()


BOUNCES = {
    "clean": Bounce(),
    # a reed switch: some milliseconds of chatter
    "reed": Bounce(((True, 0.002), (False, 0.001), (True, 0.004), (False, 0.002))),
    # a snare that a boar tears at: the wire touches again and again
    "torn": Bounce(((True, 0.03), (False, 0.015), (True, 0.08), (False, 0.01), (True, 0.02), (False, 0.005))),
}


class _WiredPin(MockPin):
    """A mock pin with a wire to ground on it, which a pull resistor cannot move."""

    grounded = False

    def ground(self, grounded: bool) -> None:
        """Put the wire on or take it off."""
        self.grounded = grounded
        self._follow_wire()

    def _set_pull(self, value: str) -> None:
        # drives the pin to where the resistor pulls
        super()._set_pull(value)  # pyright: ignore[reportUnknownMemberType]  # gpiozero carries no types
        self._follow_wire()

    def _follow_wire(self) -> None:
        if self.grounded or cast("str", self.pull) == "down":
            self.drive_low()
        else:
            self.drive_high()


class _Pins(Protocol):
    """What is used of gpiozero's untyped factory."""

    def pin(self, name: int) -> MockPin: ...


class TrapPins:
    """The pins of one agent. `factory` goes to the agent; a trap's line leads to ground while the trap is set.

    Traps are not set at first: `close` them before the agent starts, as a hunter does.
    """

    def __init__(self) -> None:
        self.factory = MockFactory(pin_class=_WiredPin)

    def close(self, pin: int) -> None:
        """The trap is set: its wire or magnet is in place."""
        self._pin(pin).ground(True)

    def open(self, pin: int, bounce: Bounce = BOUNCES["clean"], stop: Event | None = None) -> None:
        """The trap springs; contacts chatter as `bounce` says. Returns when they rest."""
        for is_open, seconds in bounce.steps:
            self._pin(pin).ground(not is_open)
            wait(stop or Event(), seconds)
        self._pin(pin).ground(False)

    def is_open(self, pin: int) -> bool:
        """What the trap's line is now."""
        return not self._pin(pin).grounded

    def _pin(self, pin: int) -> _WiredPin:
        return cast("_WiredPin", cast("_Pins", self.factory).pin(pin))
