"""What a sensor is, and how one is opened."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, cast

from edge.config import ModbusRtuConfig, OneWireConfig, SensorConfig, TrapConfig
from edge.errors import SensorError

__all__ = ["Line", "Sensor", "bus_of", "open_line", "open_sensor"]


class Sensor(Protocol):
    """Something that measures."""

    def read(self) -> Mapping[str, float | None]:
        """Measure now: quantity → value in the quantity's unit, None where the sensor says it has none.

        Blocks up to its own timeout. Raises SensorError when nothing usable came.
        """
        ...


class Line(Protocol):
    """A trap's wire and its reset button."""

    def is_open(self) -> bool:
        """Whether the wire is open now; raises SensorError."""
        ...

    def is_pressed(self) -> bool:
        """Whether the reset button is pressed now (False without one); raises SensorError."""
        ...

    def close(self) -> None:
        """Let go of the pins."""
        ...


def bus_of(config: SensorConfig) -> str:
    """What sensors share that only one of them may use at a time."""
    match config:
        case ModbusRtuConfig():
            return config.port
        case OneWireConfig():
            return str(config.path)
        case _:
            return f"i2c-{config.bus}"


def open_line(
    config: TrapConfig,
    *,
    on_wire: Callable[[bool], None],
    on_button: Callable[[bool], None],
    pin_factory: object | None,
) -> Line:
    """A trap's pins; `on_wire` and `on_button` are told the new level (open, pressed) in a thread of gpiozero's.

    Raises SensorError when they cannot be had, or their library is missing.
    """
    try:
        module = import_module("edge.sensors.gpio_line")
    except ImportError as error:
        raise SensorError(f"pins need a library that is not installed: {error.name}") from error
    return cast("Line", module.GpioLine(config, on_wire, on_button, pin_factory))


def open_sensor(config: SensorConfig) -> Sensor:
    """A sensor of this configuration; its kind's module is loaded now. Raises SensorError when its
    library is missing.
    """
    try:
        module = import_module(f"edge.sensors.{config.kind}")
    except ImportError as error:
        raise SensorError(f"{config.kind} needs a library that is not installed: {error.name}") from error
    return cast("Sensor", module.open_sensor(config))
