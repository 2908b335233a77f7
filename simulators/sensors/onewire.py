"""DS18B20 thermometers as the Linux kernel shows them: a folder for each with a `w1_slave` file of two lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["OneWireFolder", "crc8", "scratchpad", "w1_slave"]

# What a DS18B20 says when it has not measured since it got power; a famous false reading.
POWER_ON_C = 85.0


def crc8(content: bytes) -> int:
    """The Dallas/Maxim CRC-8 (x⁸+x⁵+x⁴+1, reflected) of a scratchpad's first eight bytes."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc


def scratchpad(celsius: float) -> bytes:
    """The nine bytes a DS18B20 answers at 12 bits: temperature in 1/16 °C, little-endian, then its CRC."""
    raw = max(-55 * 16, min(125 * 16, round(celsius * 16)))
    eight = raw.to_bytes(2, "little", signed=True) + bytes((0x4B, 0x46, 0x7F, 0xFF, 0x10 - (raw & 0x0F), 0x10))
    return eight + bytes((crc8(eight),))


def w1_slave(celsius: float, *, crc_fault: bool = False) -> str:
    """The kernel's text for that temperature; with `crc_fault` as a long or wet cable makes it."""
    content = bytearray(scratchpad(celsius))
    if crc_fault:
        content[0] ^= 0x20
    words = content.hex(" ")
    verdict = "YES" if crc8(bytes(content[:8])) == content[8] else "NO"
    milli_c = round(int.from_bytes(content[:2], "little", signed=True) * 1000 / 16)
    return f"{words} : crc={content[8]:02x} {verdict}\n{words} t={milli_c}\n"


@dataclass
class OneWireFolder:
    """A stand-in for /sys/bus/w1/devices. A thermometer is there from its first `show` until `unplug`."""

    path: Path
    crc_fault: bool = False
    _shown: set[str] = field(default_factory=set[str])

    def show(self, sensor_id: str, celsius: float) -> None:
        """What the thermometer says from now on."""
        folder = self.path / sensor_id
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / ".w1_slave.new"
        draft.write_text(w1_slave(celsius, crc_fault=self.crc_fault), encoding="ascii")
        draft.replace(folder / "w1_slave")
        self._shown.add(sensor_id)

    def unplug(self, sensor_id: str) -> None:
        """The cable is off: the kernel takes its folder away."""
        folder = self.path / sensor_id
        (folder / "w1_slave").unlink(missing_ok=True)
        if folder.exists():
            folder.rmdir()
        self._shown.discard(sensor_id)
