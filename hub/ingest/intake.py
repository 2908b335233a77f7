"""What is believed of a message that could be read: whose it is, when it was, which of its values can be. Pure.

The rules, in the order in which they are asked:

1. The agent is registered, the device too and to that agent, and such a device says such a thing.
2. An agent's unset clock counts from its boot. The hub fixes one offset for each agent and boot, the first writer wins,
   and a time once placed never moves (docs/decisions/0006).
3. Nothing happened before 2000 or more than ten minutes from now. Rows of readings at such times are refused, the
   others stored. An event is never refused for its time: it takes the time of receipt and is `uncertain`.
4. A quantity that nobody knows refuses its message; a value outside the plausible range becomes null and the rest is
   stored (docs/decisions/0007).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.wire.codec import Message
from edge.wire.messages import ReadingsData
from edge.wire.quantities import QUANTITIES, Quantity
from edge.wire.topics import NOBODY, source_of
from hub.ingest.events import AcceptedEvent, Strange, TimeQuality
from hub.ingest.instants import FIRST_PLAUSIBLE_US, UNIX_EPOCH_US, all_to_us, from_us, to_us

__all__ = [
    "AHEAD_US", "REASONS", "AcceptedReadings", "Decision", "DeviceRef", "Refusal", "Sender", "boot_of", "decide",
    "decide_offset", "decide_sender",
]  # fmt: skip

REASONS = (
    "bad_topic", "malformed", "too_large", "unknown_kind", "schema", "identity",
    "unknown_agent", "unknown_device", "foreign_device", "wrong_kind",
    "unknown_quantity", "out_of_range", "impossible_time", "clock_unknown",
    "handler_failed", "not_stored",
)  # fmt: skip
"""Every reason for which a message can be in quarantine; docs/how-to/quarantine.md explains them."""
AHEAD_US = 600_000_000
"""How far ahead of the hub an agent's set clock may be, in microseconds."""
_SLACK_US = 60_000_000
_FAR_US = 100 * 365 * 86_400 * 1_000_000
_ANY = frozenset({"trap", "station", "drone"})
_NAMED = 5

_SPEAKERS: dict[str, tuple[frozenset[str], bool]] = {
    "sprung": (frozenset({"trap"}), False),
    "reset": (frozenset({"trap"}), False),
    "readings": (_ANY, False),
    "status": (_ANY, True),
    "photo": (_ANY, True),
    "flight": (frozenset({"drone"}), True),
    "reply": (_ANY, True),
}
"""Who says what: the kinds of device, and whether the agent may say it of itself."""


@dataclass(frozen=True, slots=True)
class DeviceRef:
    """A registered device: its small key, its id in the world, whose it is, and what it is."""

    key: int
    id: str
    agent_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Sender:
    """What the registry knows of the names in a topic. `device` is whoever's; None also when the topic names none."""

    agent_known: bool
    device: DeviceRef | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message, or a part of it, was not stored. `reason` is one of REASONS."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class AcceptedReadings:
    """Columns ready to store: one row for each of `times_us` (microseconds since 2000, in no order), values or null."""

    device: DeviceRef
    received_us: int
    times_us: Sequence[int]
    columns: dict[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a message: at most one of `event` and `readings`, and what was refused of it.

    `strange`: the newest reading of each quantity that was, and the row whose time lies farthest ahead.
    """

    event: AcceptedEvent | None = None
    readings: AcceptedReadings | None = None
    refusal: Refusal | None = None
    strange: Sequence[Strange] = ()


def decide_sender(agent: str, device: str, kind: str, sender: Sender) -> Refusal | None:
    """Whether such a message can come from there; the names are the topic's."""
    if agent == NOBODY or not sender.agent_known:
        return Refusal("unknown_agent", f"no agent {agent} is registered")
    kinds, itself = _SPEAKERS[kind]
    if device == NOBODY:
        return None if itself else Refusal("wrong_kind", f"an agent itself says no {kind}")
    known = sender.device
    if known is None:
        return Refusal("unknown_device", f"no device {device} is registered")
    if known.agent_id != agent:
        return Refusal("foreign_device", f"device {device} is registered to another agent")
    if known.kind not in kinds:
        return Refusal("wrong_kind", f"a {known.kind} says no {kind}")
    return None


def boot_of(message: Message) -> tuple[str, str] | None:
    """The agent and boot by whose offset the message is placed; None when its clock is set or it does not say."""
    return (message.agent, message.boot) if message.clock == "unset" and message.boot is not None else None


def decide_offset(message: Message, received_at: datetime) -> int | None:
    """The offset (microseconds, hub minus edge) that this message would give its boot; None when it cannot give one.

    Counting from 1970 the edge's time is its uptime, so the uptime at sending says when 1970 was, however long the
    message waited before it was sent. A foreign clock that says a year from 2000 on is taken as read at the moment of
    receipt. Without an uptime the message may be of any earlier boot and fixes nothing; nor does one whose event lies
    after its own sending.
    """
    edge_us = _edge_us(message)
    if message.uptime_s is None or edge_us is None:
        return None
    received_us = to_us(received_at)
    if edge_us >= FIRST_PLAUSIBLE_US:
        return received_us - edge_us
    uptime_us = round(message.uptime_s * 1_000_000)
    if not 0 <= edge_us - UNIX_EPOCH_US <= uptime_us + _SLACK_US:
        return None
    return received_us - uptime_us - UNIX_EPOCH_US


def decide(
    message: Message, sender: Sender, offset_us: int | None, received_at: datetime, late_after_s: float
) -> Decision:
    """What becomes of the message. `offset_us` is its boot's fixed offset, None when it needs none or has none."""
    refusal = decide_sender(message.agent, message.device, message.kind, sender)
    if refusal is not None:
        return Decision(refusal=refusal)
    device = sender.device if message.device != NOBODY else None
    if isinstance(message.data, ReadingsData):
        if device is None:
            raise AssertionError("readings of no device were refused above")
        return _decide_readings(message, message.data, device, offset_us, to_us(received_at))
    return Decision(event=_place_event(message, device, offset_us, received_at, late_after_s))


def _place_event(
    message: Message, device: DeviceRef | None, offset_us: int | None, received_at: datetime, late_after_s: float
) -> AcceptedEvent:
    received_us = to_us(received_at)
    placed_us = None if message.time is None else _placed(to_us(message.time), message.clock == "set", offset_us)
    quality: TimeQuality = "edge" if message.clock == "set" else "corrected"
    if placed_us is None or not FIRST_PLAUSIBLE_US <= placed_us <= received_us + AHEAD_US:
        placed_us, quality = received_us, "uncertain"
    return AcceptedEvent(
        id=message.id,
        source=source_of(message.agent, message.device),
        agent_id=message.agent,
        device_key=device.key if device else None,
        device_id=device.id if device else None,
        device_kind=device.kind if device else None,
        kind=message.kind,
        occurred_at=from_us(placed_us),
        received_at=received_at,
        time_quality=quality,
        late=received_us - placed_us > late_after_s * 1_000_000,
        outbox=message.outbox,
        sequence=message.sequence,
        data=message.data,
    )


def _decide_readings(
    message: Message, data: ReadingsData, device: DeviceRef, offset_us: int | None, received_us: int
) -> Decision:
    unknown = [name for name in data.values if name not in QUANTITIES]
    if unknown:
        names = _Findings(f"{name!r:.80}" for name in unknown)
        return Decision(refusal=Refusal("unknown_quantity", names.text()))
    if message.clock == "set":
        shift = 0
    elif offset_us is not None:
        shift = offset_us
    else:
        return Decision(refusal=Refusal("clock_unknown", "measured with an unset clock in a boot without an offset"))
    times = all_to_us(data.times, shift)
    columns: dict[str, Sequence[float | None]] = dict(data.values)
    refusals: list[Refusal] = []
    beyond: Strange | None = None
    if min(times) < FIRST_PLAUSIBLE_US or max(times) > received_us + AHEAD_US:
        possible = [FIRST_PLAUSIBLE_US <= time <= received_us + AHEAD_US for time in times]
        bad = _Findings(given.isoformat() for given, fine in zip(data.times, possible, strict=True) if not fine)
        late_us = max(time for time, fine in zip(times, possible, strict=True) if not fine)
        beyond = _strange(device, "", late_us, received_us, None)
        refusals.append(Refusal("impossible_time", bad.text()))
        times = [time for time, fine in zip(times, possible, strict=True) if fine]
        columns = {
            name: [value for value, fine in zip(column, possible, strict=True) if fine]
            for name, column in columns.items()
        }
    strange = _Findings()
    outside: list[Strange] = [beyond] if beyond is not None else []
    for name, column in columns.items():
        kept = _plausible(QUANTITIES[name], column, times, strange)
        if kept is not column:
            time_us, value = max(
                (t, v) for t, v, k in zip(times, column, kept, strict=True) if v is not None and k is None
            )
            outside.append(_strange(device, name, time_us, received_us, value))
        columns[name] = kept
    if strange.count:
        refusals.append(Refusal("out_of_range", strange.text()))
    readings = AcceptedReadings(device, received_us, times, columns) if times else None
    return Decision(readings=readings, refusal=_together(refusals), strange=outside)


def _strange(device: DeviceRef, quantity: str, time_us: int, received_us: int, value: float | None) -> Strange:
    """The newest of a message's readings that cannot be. A time beyond all calendars is shown as the last one."""
    measured_at = from_us(max(0, min(time_us, received_us + _FAR_US)))
    return Strange(device.key, quantity, measured_at, from_us(received_us), value)


def _plausible(
    quantity: Quantity, column: Sequence[float | None], times_us: Sequence[int], strange: "_Findings"
) -> Sequence[float | None]:
    """The column with null for what cannot be, each of which is noted in `strange`."""
    present = [value for value in column if value is not None]
    low, high = quantity.low, quantity.high
    if not present or (low <= min(present) and max(present) <= high):
        return column
    kept: list[float | None] = []
    for value, time_us in zip(column, times_us, strict=True):
        is_strange = value is not None and not low <= value <= high
        if is_strange:
            strange.add(f"{quantity.name} {value:g} at {from_us(time_us).isoformat()} is outside {low:g} … {high:g}")
        kept.append(None if is_strange else value)
    return kept


def _edge_us(message: Message) -> int | None:
    """The edge's own time of the message: its event, or of readings without one the newest measurement."""
    if message.time is not None:
        return to_us(message.time)
    return max(map(to_us, message.data.times)) if isinstance(message.data, ReadingsData) else None


def _placed(edge_us: int, is_set: bool, offset_us: int | None) -> int | None:
    if is_set:
        return edge_us
    return None if offset_us is None else edge_us + offset_us


def _together(refusals: list[Refusal]) -> Refusal | None:
    if len(refusals) < 2:
        return refusals[0] if refusals else None
    return Refusal(refusals[0].reason, "; ".join(f"{refusal.reason}: {refusal.detail}" for refusal in refusals))


class _Findings:
    """The first few of many findings, and how many there were."""

    def __init__(self, findings: Iterable[str] = ()) -> None:
        self.count = 0
        self._first: list[str] = []
        for finding in findings:
            self.add(finding)

    def add(self, finding: str) -> None:
        self.count += 1
        if self.count <= _NAMED:
            self._first.append(finding)

    def text(self) -> str:
        more = f" and {self.count - _NAMED} more" if self.count > _NAMED else ""
        return "; ".join(self._first) + more
