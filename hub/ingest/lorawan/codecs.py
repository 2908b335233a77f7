"""Payloads of soil probes as their makers describe them. Pure.

A codec turns the bytes of one frame into measured values in the units of edge/wire/quantities.py. What a probe says of
a sensor that failed is left out; a frame that measures nothing (its settings, its status) gives no values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

__all__ = ["CODECS", "BadPayload", "Codec", "Decoded", "guess_codec"]


class BadPayload(ValueError):
    """These bytes are none of this probe's."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a frame says: values of the moment it was sent, the battery where it is told in per cent, and what the
    probe had stored before by the time of its own clock.
    """

    values: Mapping[str, float] = field(default_factory=dict[str, float])
    battery_percent: float | None = None
    history: Mapping[datetime, Mapping[str, float]] = field(default_factory=dict[datetime, Mapping[str, float]])


@dataclass(frozen=True, slots=True)
class Codec:
    """A probe: its name for people, how its payload is read (from port and bytes), and words of its device profile."""

    name: str
    decode: Callable[[int, bytes], Decoded]
    profiles: tuple[str, ...]


def decode_dragino(port: int, data: bytes) -> Decoded:
    """Dragino LSE01 and SE01-LB: 11 bytes on port 2 (LSE01 user manual, 2.3 Uplink Payload).

    Battery in mV (14 bits), an outside DS18B20 in 0.1 °C (left out), soil moisture in 0.01 %, soil temperature in
    0.01 °C, conductivity in µS/cm, flags. Bit 7 of the flags: raw registers instead of values, of which nothing is kept
    but the battery. Counting firmware appends four bytes. A negative temperature is counted from FFFF, as the manual
    and the maker's own decoders have it (FF7E is -1.29 °C).
    """
    if port == _DRAGINO_STATUS:
        return Decoded()
    if port != _DRAGINO_DATA or len(data) not in (11, 15):
        raise BadPayload(f"{len(data)} bytes on port {port}: expected 11 on port {_DRAGINO_DATA}")
    values = {"battery_voltage": (int.from_bytes(data[0:2], "big") & 0x3FFF) / 1000}
    if not data[10] & 0x80:
        values["soil_moisture"] = int.from_bytes(data[4:6], "big") / 100
        raw = int.from_bytes(data[6:8], "big")
        values["soil_temperature"] = (raw - 0xFFFF if raw & 0x8000 else raw) / 100
        values["soil_conductivity"] = int.from_bytes(data[8:10], "big") / 1000
    return Decoded(values)


def decode_milesight(port: int, data: bytes) -> Decoded:
    """Milesight EM500-SMTC: channels of an id, a type and little-endian bytes (SensorDecoders, EM500-SMTC).

    01 75 battery %, 03 67 temperature 0.1 °C, 04 68 moisture 0.5 %, 04 CA moisture 0.01 %, 05 7F conductivity µS/cm,
    83 D7 temperature with an alarm, 20 CE a stored row. FFFF and FFFD: the sensor failed, or is out of its range.
    Channels FE and FF are about settings; what follows them is not read.
    """
    del port  # 85 by default, and free to choose
    values: dict[str, float] = {}
    history: dict[datetime, Mapping[str, float]] = {}
    battery: float | None = None
    place = 0
    while place + 2 <= len(data) and data[place] not in (0xFE, 0xFF):
        channel = (data[place], data[place + 1])
        if channel not in _MILESIGHT:
            raise BadPayload(f"channel {channel[0]:02x} {channel[1]:02x} at byte {place} is none of this probe")
        body = data[place + 2 : place + 2 + _MILESIGHT[channel]]
        if len(body) < _MILESIGHT[channel]:
            raise BadPayload(f"channel {channel[0]:02x} {channel[1]:02x} is cut off")
        place += 2 + len(body)
        if channel == (0x01, 0x75):
            battery = float(body[0])
        elif channel == (0x20, 0xCE):
            at = datetime.fromtimestamp(int.from_bytes(body[:4], "little"), UTC)
            history[at] = _milesight_row(body[4:])
        elif channel == (0x04, 0x68):
            values["soil_moisture"] = body[0] / 2
        else:
            _put(values, *_MILESIGHT_VALUES[channel], body[:2])
    if place < len(data) and data[place] not in (0xFE, 0xFF):
        raise BadPayload(f"{len(data) - place} bytes are left over")
    return Decoded(values, battery, history)


_DRAGINO_DATA, _DRAGINO_STATUS = 2, 5
_MILESIGHT: Mapping[tuple[int, int], int] = {
    (0x01, 0x75): 1, (0x03, 0x67): 2, (0x04, 0x68): 1, (0x04, 0xCA): 2, (0x05, 0x7F): 2,
    (0x83, 0xD7): 5, (0x20, 0xCE): 10,
}  # fmt: skip
_TEMPERATURE, _MOISTURE, _CONDUCTIVITY = (
    ("soil_temperature", 10.0, True), ("soil_moisture", 100.0, False), ("soil_conductivity", 1000.0, False),
)  # fmt: skip
_MILESIGHT_VALUES = {
    (0x03, 0x67): _TEMPERATURE, (0x83, 0xD7): _TEMPERATURE, (0x04, 0xCA): _MOISTURE, (0x05, 0x7F): _CONDUCTIVITY,
}  # fmt: skip
_FAILED = (0xFFFF, 0xFFFD)


def _milesight_row(body: bytes) -> dict[str, float]:
    values: dict[str, float] = {}
    for place, kind in ((0, _CONDUCTIVITY), (2, _TEMPERATURE), (4, _MOISTURE)):
        _put(values, *kind, body[place : place + 2])
    return values


def _put(values: dict[str, float], quantity: str, parts: float, signed: bool, body: bytes) -> None:
    if int.from_bytes(body, "little") not in _FAILED:
        values[quantity] = int.from_bytes(body, "little", signed=signed) / parts


CODECS: Mapping[str, Codec] = {
    "dragino-lse01": Codec("Dragino LSE01 / SE01-LB", decode_dragino, ("lse01", "se01")),
    "milesight-em500-smtc": Codec("Milesight EM500-SMTC", decode_milesight, ("em500-smt",)),
}
"""Every probe whose payload can be read."""


def guess_codec(profile: str, port: int, data: bytes) -> str | None:
    """The codec of a probe that nobody has registered: by its device profile's name, else the only one that reads
    something out of its payload.
    """
    name = profile.lower().replace(" ", "-")
    by_name = [key for key, codec in CODECS.items() if any(word in name for word in codec.profiles)]
    if by_name:
        return by_name[0]
    fitting = [key for key, codec in CODECS.items() if _reads(codec, port, data)]
    return fitting[0] if len(fitting) == 1 else None


def _reads(codec: Codec, port: int, data: bytes) -> bool:
    try:
        return bool(codec.decode(port, data).values)
    except BadPayload:
        return False
