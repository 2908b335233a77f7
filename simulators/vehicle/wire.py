"""MAVLink's bytes to messages and back, for one link: the door to pymavlink. Sends MAVLink 2, understands both."""

from __future__ import annotations

from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from simulators.vehicle.values import Message

__all__ = ["Wire"]

_AUTOPILOT = 1


class Wire:
    """One link's parser and its sequence numbers."""

    def __init__(self, system_id: int) -> None:
        self._mavlink: Any = mavlink.MAVLink(None, srcSystem=system_id, srcComponent=_AUTOPILOT)
        self._mavlink.robust_parsing = True

    def encode(self, message: Message) -> bytes:
        """A message as a frame with this link's next sequence number."""
        fields = {name: value.encode() if isinstance(value, str) else value for name, value in message.fields.items()}
        packed = getattr(self._mavlink, f"{message.name.lower()}_encode")(**fields)
        frame: bytes = packed.pack(self._mavlink)
        self._mavlink.seq = (self._mavlink.seq + 1) % 256
        return frame

    def decode(self, data: bytes) -> list[tuple[int, int, Message]]:
        """The messages that these bytes complete, each with its sender's system and component; noise is passed over."""
        found: list[tuple[int, int, Message]] = []
        parsed_messages: list[Any] = self._mavlink.parse_buffer(data) or []
        for parsed in parsed_messages:
            name: str = parsed.get_type()
            if name == "BAD_DATA" or name.startswith("UNKNOWN"):
                continue
            fields: dict[str, Any] = {field: getattr(parsed, field) for field in parsed.get_fieldnames()}
            found.append((parsed.get_srcSystem(), parsed.get_srcComponent(), Message(name, fields)))
        return found
