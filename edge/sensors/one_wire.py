"""DS18B20 thermometers as Linux shows them: a file `w1_slave` in a folder for each.

The file's first line ends in YES when the checksum was right, the second holds the temperature in thousandths of a
degree. Two values are lies: 85 °C is what the chip holds after power-on before it has measured, and -127 °C is what
some adapters say for a chip that is gone.
"""

from collections.abc import Mapping
from pathlib import Path

from edge.config import OneWireConfig
from edge.errors import SensorError

__all__ = ["OneWire", "open_sensor", "parse_w1"]

_POWER_ON = 85_000
_GONE = -127_000
_FAMILY = "28-"


def parse_w1(text: str) -> float:
    """The temperature in °C in the text of a `w1_slave` file; raises SensorError."""
    lines = text.splitlines()
    if len(lines) < 2 or not lines[0].rstrip().endswith("YES"):
        raise SensorError("the checksum is wrong (a long or loose wire?)")
    _, found, digits = lines[1].partition("t=")
    try:
        thousandths = int(digits)
    except ValueError:
        raise SensorError("the answer holds no temperature") from None
    if not found or thousandths in (_POWER_ON, _GONE):
        raise SensorError(f"{thousandths / 1000:g} °C means that the chip has not measured (power?)")
    return thousandths / 1000


class OneWire:
    """One thermometer on the bus."""

    def __init__(self, config: OneWireConfig) -> None:
        self._config = config

    def read(self) -> Mapping[str, float | None]:
        """Read it: the kernel makes the chip measure, which takes most of a second."""
        file = self._folder() / "w1_slave"
        try:
            text = file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SensorError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
        try:
            return {self._config.quantity: parse_w1(text)}
        except SensorError as error:
            raise SensorError(f"{file.parent.name}: {error}") from error

    def _folder(self) -> Path:
        if self._config.id is not None:
            return self._config.path / self._config.id
        found = sorted(self._config.path.glob(f"{_FAMILY}*"))
        if len(found) != 1:
            raise SensorError(f"{self._config.path} has {len(found)} thermometers; name one by its id")
        return found[0]


def open_sensor(config: OneWireConfig) -> OneWire:
    """The sensor; nothing is opened yet."""
    return OneWire(config)
