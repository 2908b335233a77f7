"""What passes between a copter and its ground stations, as values: messages by their MAVLink names. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Message", "Outgoing", "Place", "Received", "float32"]


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the earth, WGS 84, with metres above the sea and the way that a nose points (degrees from north)."""

    lat: float
    lon: float
    height_m: float = 0.0
    heading_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Message:
    """A MAVLink message: its name and its fields by their names, in the units of the protocol."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def integer(self, name: str) -> int:
        """A field as a whole number; 0 where the message has none."""
        return int(self.fields.get(name, 0))

    def number(self, name: str) -> float:
        """A field as a number; 0 where the message has none."""
        return float(self.fields.get(name, 0.0))

    def text(self, name: str) -> str:
        """A field as text, up to its first NUL."""
        value = self.fields.get(name, "")
        words = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
        return words.split("\0", 1)[0]


@dataclass(frozen=True, slots=True)
class Received:
    """A message with its way here: the link's number and who sent it."""

    link: int
    system: int
    component: int
    message: Message


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to one link, or to all of them."""

    message: Message
    link: int | None = None


def float32(value: float) -> float:
    """A number as a 32-bit float holds it, which is what parameters are on the wire."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
