"""A trap's wire and reset button on GPIO pins, by gpiozero. It only tells levels; what they mean is edge.core.trap's to
say.
"""

from collections.abc import Callable
from typing import Any

import gpiozero

from edge.config import TrapConfig
from edge.errors import SensorError

__all__ = ["GpioLine"]

# gpiozero has no types.
_Device: Any = gpiozero.DigitalInputDevice
_GpioError: type[Exception] = gpiozero.GPIOZeroError


class _Pin:
    """A pin that is on when it has the wanted level (low or high), whatever its pull."""

    def __init__(
        self, name: int | str, pull: str, on_is_low: bool, factory: object | None, changed: Callable[[bool], None]
    ) -> None:
        if pull == "none":
            self._device = _Device(name, pull_up=None, active_state=not on_is_low, pin_factory=factory)
            self._inverted = False
        else:
            # gpiozero takes the level against the pull as active.
            self._device = _Device(name, pull_up=pull == "up", pin_factory=factory)
            self._inverted = (pull == "up") != on_is_low
        self._device.when_activated = lambda: changed(not self._inverted)
        self._device.when_deactivated = lambda: changed(self._inverted)

    def is_on(self) -> bool:
        try:
            return bool(self._device.is_active) != self._inverted
        except (_GpioError, OSError) as error:
            raise SensorError(f"a pin cannot be read: {error}") from error

    def close(self) -> None:
        self._device.close()


class GpioLine:
    """The pins of one trap. `on_wire` and `on_button` are told the new level (open, pressed) in gpiozero's thread and
    must
    not block. Raises SensorError when the pins cannot be had.
    """

    def __init__(
        self,
        config: TrapConfig,
        on_wire: Callable[[bool], None],
        on_button: Callable[[bool], None],
        pin_factory: object | None,
    ) -> None:
        self._wire: _Pin | None = None
        self._button: _Pin | None = None
        try:
            self._wire = _Pin(config.pin, config.pull, config.closed_is_low, pin_factory, lambda on: on_wire(not on))
            if config.reset_pin is not None:
                self._button = _Pin(config.reset_pin, "up", on_is_low=True, factory=pin_factory, changed=on_button)
        except (_GpioError, OSError, ImportError, ValueError) as error:
            self.close()
            raise SensorError(f"pin {config.pin}: {error}") from error

    def is_open(self) -> bool:
        """Whether the wire is open now."""
        return self._wire is not None and not self._wire.is_on()

    def is_pressed(self) -> bool:
        """Whether the reset button is pressed now; never without one."""
        return self._button is not None and self._button.is_on()

    def close(self) -> None:
        """Let go of the pins."""
        for pin in (self._wire, self._button):
            if pin is not None:
                pin.close()
