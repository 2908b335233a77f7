"""A message as it arrived and what could be read of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.wire.codec import Message, UnreadableError, decode
from edge.wire.messages import ReadingsData
from edge.wire.topics import BadTopicError, Topic, parse_topic
from hub.ingest.intake import Decision, Refusal, Sender

__all__ = ["Arrival", "Judged", "in_order", "read_arrival"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message off the broker. Either `message` or `fault` is there.

    `topic` is None when the name is none of ours; `outbox` and `sequence` say where the receipt goes, as far as they
    could be read.
    """

    name: str
    payload: bytes
    received_at: datetime
    topic: Topic | None
    message: Message | None
    fault: Refusal | None
    outbox: str | None
    sequence: int | None

    @property
    def rows(self) -> int:
        """How many rows of readings it may become; 1 for everything else, which costs about as much."""
        message = self.message
        return len(message.data.times) if message is not None and isinstance(message.data, ReadingsData) else 1


@dataclass(frozen=True, slots=True)
class Judged:
    """An arrival, what the registry knows of its sender, and what was decided."""

    arrival: Arrival
    sender: Sender
    decision: Decision


def read_arrival(name: str, payload: bytes, received_at: datetime) -> Arrival:
    """Read what came on the topic `name`; what cannot be read comes back with its fault, never as an exception."""
    try:
        topic = parse_topic(name)
    except BadTopicError:
        return Arrival(name, payload, received_at, None, None, Refusal("bad_topic", f"{name!r:.200}"), None, None)
    try:
        message = decode(topic, payload)
    except UnreadableError as error:
        fault = Refusal(error.reason, error.detail)
        return Arrival(name, payload, received_at, topic, None, fault, error.outbox, error.sequence)
    return Arrival(name, payload, received_at, topic, message, None, message.outbox, message.sequence)


def in_order(judged: Sequence[Judged]) -> list[Judged]:
    """Each outbox's events in the order of their sequence, in the places that they have together; all others stay.

    Shared subscriptions reorder, and a `reset` must not overtake the `sprung` before it.
    """
    places: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(judged):
        event = one.decision.event
        if event is not None and event.outbox is not None and event.sequence is not None:
            places.setdefault((event.agent_id, event.outbox), []).append(place)
    ordered = list(judged)
    for own in places.values():
        moved = sorted((judged[place] for place in own), key=lambda one: one.arrival.sequence or 0)
        for place, one in zip(own, moved, strict=True):
            ordered[place] = one
    return ordered
