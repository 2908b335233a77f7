"""What the pages have of the channels: which there are, and what is needed to link and to test them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hub.alerts.channels import Channel
from hub.alerts.channels.quota import LineState
from hub.texts import msgid

__all__ = ["CHANNELS", "LineDoor", "TownChannels"]

# Every channel as people know it, the best first where a town and a person say nothing else (docs/decisions/0019).
CHANNELS: Mapping[str, str] = {
    "push": msgid("Notification on a device"),
    "line": msgid("LINE"),
    "mail": msgid("Mail"),
    "other": msgid("Another service"),
}


class LineDoor(Protocol):
    """The town's LINE account as pages use it."""

    def reply(self, reply_token: str, text: str) -> None:
        """Answer an event. Raises DeliveryError."""
        ...

    def state(self, now: datetime) -> LineState:
        """What is left of the month, or why that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class TownChannels:
    """The channels that a town has, by name. `push_key`: what browsers subscribe with (base64url)."""

    channels: Mapping[str, Channel] = field(default_factory=dict[str, Channel])
    push_key: str = ""
    push_services: tuple[str, ...] = ()
    other_services: tuple[str, ...] = ()
    line: LineDoor | None = None
    line_secret: str = ""
    line_id: str = ""
    line_reserve: int = 0
