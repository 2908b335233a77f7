"""Messages as they are kept: composed once, frozen, and sent unchanged however often it takes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from edge.core.clock import Moment
from edge.core.readings import Row, to_data
from edge.wire.codec import Message, freeze
from edge.wire.topics import NOBODY

__all__ = ["Draft", "draft_flight", "draft_readings", "draft_trigger"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be kept. `urgent` ones are triggers, never dropped; `fresh` ones are about now, sent newest first
    and dropped first; `boot` is the boot whose uptime may be sent along; `row_count` is how many rows it holds.
    """

    device: str
    kind: str
    urgent: bool
    boot: str
    frozen: bytes
    row_count: int = 0
    fresh: bool = False


def draft_trigger(device: str, kind: str, data: BaseModel, at: Moment, event_id: str) -> Draft:
    """A `sprung` or `reset` that happened at `at`."""
    return Draft(device, kind, urgent=True, boot=at.boot, frozen=_frozen(device, kind, data, at, event_id))


def draft_flight(device: str, kind: str, data: BaseModel, at: Moment, event_id: str, *, urgent: bool) -> Draft:
    """A `flight` or `reply`; one that is not `urgent` is where a drone is now."""
    frozen = _frozen(device, kind, data, at, event_id)
    return Draft(device, kind, urgent=urgent, boot=at.boot, frozen=frozen, row_count=int(not urgent), fresh=not urgent)


def draft_readings(device: str, rows: Sequence[Row], event_id: str) -> Draft:
    """One batch of rows that share boot and clock (edge.core.readings.batches); dated by its last row."""
    at = rows[-1].moment
    frozen = _frozen(device, "readings", to_data(rows), at, event_id)
    return Draft(device, "readings", urgent=False, boot=at.boot, frozen=frozen, row_count=len(rows))


def _frozen(device: str, kind: str, data: BaseModel, at: Moment, event_id: str) -> bytes:
    # Who sends it is added at sending: the messages of a re-enrolled agent go out under its new name.
    return freeze(Message(NOBODY, device, kind, event_id, at.time, data, clock=at.clock, boot=at.boot))
