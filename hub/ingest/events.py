"""What ingest hands on: accepted events, what could not be read, who was heard; and the forms of their handlers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    from hub.store import Connection

__all__ = [
    "AcceptedEvent", "Handler", "Heard", "HeardHandler", "Strange", "StrangeHandler", "TimeQuality", "Unreadable",
    "UnreadableHandler",
]  # fmt: skip

TimeQuality = Literal["edge", "corrected", "uncertain"]


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """One event as it is stored.

    `id` is the CloudEvents id (unique within `source`). The three `device_…` are None when the agent speaks of itself.
    `occurred_at` is where the hub places it in time; `time_quality` says how: `edge` (the agent's own set clock),
    `corrected` (placed by its boot's offset), `uncertain` (the time of receipt, for want of a better one).
    """

    id: str
    source: str
    agent_id: str
    device_key: int | None
    device_id: str | None
    device_kind: str | None
    kind: str
    occurred_at: datetime
    received_at: datetime
    time_quality: TimeQuality
    late: bool
    outbox: str | None
    sequence: int | None
    data: BaseModel

    @property
    def uncertain(self) -> bool:
        """Whether `occurred_at` is only the time of receipt."""
        return self.time_quality == "uncertain"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that went to quarantine and that a person should hear of, since a trap may be behind it.

    `agent_id` is None when nobody has registered that agent, the `device_…` when it has no such device.
    """

    topic: str
    reason: str
    detail: str
    agent_id: str | None
    device_key: int | None
    device_kind: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """A device that has said something that was accepted.

    `at` is the newest instant for which it proves that the device was alive: of what was buffered, the time of the
    measurement and not that of the receipt.
    """

    device_key: int
    device_id: str
    device_kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Strange:
    """A reading of a known device that was refused: its value cannot be, or (`quantity` empty) its time."""

    device_key: int
    quantity: str
    measured_at: datetime
    received_at: datetime
    value: float | None


Handler = Callable[["Connection", AcceptedEvent], None]
"""Called once for each new event of a kind, in a savepoint of the transaction that stores it."""

UnreadableHandler = Callable[["Connection", Unreadable], None]
"""Called in the transaction that writes the quarantine row."""

HeardHandler = Callable[["Connection", Sequence[Heard]], None]
"""Called about once a second with every device heard since, in the transaction that saves when it was heard."""

StrangeHandler = Callable[["Connection", Sequence[Strange]], None]
"""Called in the transaction that writes the quarantine row, with some of the readings for which it was written."""
