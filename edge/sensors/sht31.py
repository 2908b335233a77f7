"""SHT31 thermometer and hygrometer on I²C, through the kernel's /dev/i2c-N; no library.

Commands, formulas and checksum from Sensirion's datasheet "SHT3x-DIS" (sections 4.3, 4.12, 4.13).
"""

import fcntl
import os
import threading
from collections.abc import Mapping

from edge.config import Sht31Config
from edge.errors import SensorError

__all__ = ["Sht31", "checksum", "decode_sht31", "open_sensor"]

_I2C_SLAVE = 0x0703
_MEASURE = b"\x24\x00"  # single shot, high repeatability, no clock stretching
_MEASURE_S = 0.02


def checksum(word: bytes) -> int:
    """CRC-8 of a word: polynomial 0x31, start 0xFF."""
    value = 0xFF
    for byte in word:
        value ^= byte
        for _ in range(8):
            value = ((value << 1) ^ 0x31 if value & 0x80 else value << 1) & 0xFF
    return value


def decode_sht31(answer: bytes) -> tuple[float, float]:
    """Air temperature (°C) and relative humidity (%) in the six bytes of an answer; raises SensorError."""
    words = (answer[0:2], answer[3:5])
    if len(answer) != 6 or any(checksum(word) != answer[at] for word, at in zip(words, (2, 5), strict=True)):
        raise SensorError("the checksum is wrong (a long or loose wire?)")
    temperature, humidity = (int.from_bytes(word, "big") / 65535 for word in words)
    return -45.0 + 175.0 * temperature, 100.0 * humidity


class Sht31:
    """One SHT31."""

    def __init__(self, config: Sht31Config) -> None:
        self._config = config

    def read(self) -> Mapping[str, float | None]:
        """Measure; takes about 20 ms."""
        where = f"/dev/i2c-{self._config.bus}"
        try:
            device = os.open(where, os.O_RDWR)
            try:
                fcntl.ioctl(device, _I2C_SLAVE, self._config.address)
                os.write(device, _MEASURE)
                threading.Event().wait(_MEASURE_S)
                answer = os.read(device, 6)
            finally:
                os.close(device)
        except OSError as error:
            raise SensorError(f"{where}, 0x{self._config.address:02x}: {error.strerror}") from error
        temperature_c, humidity = decode_sht31(answer)
        return {"air_temperature": temperature_c, "relative_humidity": humidity}


def open_sensor(config: Sht31Config) -> Sht31:
    """The sensor; nothing is opened yet."""
    return Sht31(config)
