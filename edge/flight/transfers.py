"""Lists of items up to an autopilot and back down: missions, fences, rally points, by the mission protocol.

dronekit's own upload hangs on a bad item, reports success for a refused last one, answers old requests only, and reads
back through 32-bit floats, which is half a metre at this longitude. Here every answer is looked at, every item is
sent as integers, and what the vehicle has is read back and compared, item by item. A lost last answer is no matter
then: what was read back tells.
"""

from collections.abc import Callable, Sequence
from typing import Any

from edge.core.flying.items import Item, difference
from edge.errors import FlightError
from edge.flight.autopilot import Autopilot, Box
from edge.flight.mavlink import dialect

__all__ = ["FENCE", "MISSION", "RALLY", "has", "put"]

MISSION, FENCE, RALLY = 0, 1, 2
_NAMES = {MISSION: "mission", FENCE: "fence", RALLY: "rally points"}

# The vehicle asks again each second, and gives up after eight.
_QUIET_S = 1.5
_TRIES = 6
_UNSUPPORTED, _CANCELLED, _INVALID_SEQUENCE = 3, 15, 13

Stopped = Callable[[], bool]


def put(autopilot: Autopilot, kind: int, items: Sequence[Item], stopped: Stopped) -> None:
    """Have these items on the vehicle, and see that it has them. Raises FlightError."""
    if items:
        _upload(autopilot, kind, items, stopped)
    else:
        autopilot.send("mission_clear_all", 0, 1, kind)
    wrong = has(autopilot, kind, items, stopped)
    if wrong is not None:
        raise FlightError("upload", f"the {_NAMES[kind]} that was read back is not what was sent: {wrong}")


def has(autopilot: Autopilot, kind: int, items: Sequence[Item], stopped: Stopped) -> str | None:
    """In what the vehicle's items differ from these; None when they are the same. Raises FlightError."""
    return difference(items, _download(autopilot, kind, stopped), home_first=kind == MISSION)


def _upload(autopilot: Autopilot, kind: int, items: Sequence[Item], stopped: Stopped) -> None:
    with autopilot.listening("MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK") as box:
        asked, quiet = -1, 0
        autopilot.send("mission_count", 0, 1, len(items), kind)
        while quiet < _TRIES:
            message = _next(box, kind, stopped)
            if message is None:
                quiet += 1
                if asked < 0:
                    autopilot.send("mission_count", 0, 1, len(items), kind)
                elif asked == len(items) - 1 and quiet >= 2:
                    return  # its last answer is lost, it seems: reading back tells
                continue
            if message.get_type() == "MISSION_ACK":
                if _is_end(message, asked, len(items), kind):
                    return
                continue
            if not 0 <= message.seq < len(items):
                raise FlightError("upload", f"the vehicle asks for item {message.seq} of {len(items)}")
            asked, quiet = int(message.seq), 0
            _send_item(autopilot, kind, asked, items[asked])
    raise FlightError("link", f"the vehicle stopped asking for the {_NAMES[kind]} at item {max(0, asked)}")


def _is_end(ack: Any, asked: int, count: int, kind: int) -> bool:
    """Whether this answer ends the upload well; raises FlightError when it ends it badly."""
    if ack.type == dialect.MAV_MISSION_ACCEPTED:
        # Anything else before the last item is the answer to an earlier transfer.
        return asked == count - 1
    if ack.type == _INVALID_SEQUENCE or (ack.type == _CANCELLED and asked < 0):
        return False  # a doubled item, or the end of an earlier transfer; the vehicle goes on
    entry = dialect.enums["MAV_MISSION_RESULT"].get(ack.type)
    reason = entry.name.removeprefix("MAV_MISSION_").lower() if entry else str(ack.type)
    raise FlightError("upload", f"the vehicle refuses item {max(0, asked)} of the {_NAMES[kind]}: {reason}")


def _send_item(autopilot: Autopilot, kind: int, seq: int, item: Item) -> None:
    autopilot.send(
        "mission_item_int", 0, 1, seq, item.frame, item.command, 0, 1, *item.params, item.x, item.y, item.z, kind
    )  # fmt: skip


def _download(autopilot: Autopilot, kind: int, stopped: Stopped) -> list[Item]:
    with autopilot.listening("MISSION_COUNT", "MISSION_ITEM_INT") as box:
        counted = _ask(
            autopilot,
            box,
            kind,
            stopped,
            ("mission_request_list", 0, 1, kind),
            lambda m: m.get_type() == "MISSION_COUNT",
        )
        items: list[Item] = []
        for seq in range(counted.count):
            m = _ask(
                autopilot, box, kind, stopped, ("mission_request_int", 0, 1, seq, kind),
                lambda m, seq=seq: m.get_type() == "MISSION_ITEM_INT" and m.seq == seq,
            )  # fmt: skip
            items.append(Item(m.command, m.frame, (m.param1, m.param2, m.param3, m.param4), m.x, m.y, m.z))
        autopilot.send("mission_ack", 0, 1, dialect.MAV_MISSION_ACCEPTED, kind)
        return items


def _ask(
    autopilot: Autopilot,
    box: Box,
    kind: int,
    stopped: Stopped,
    question: tuple[Any, ...],
    is_answer: Callable[[Any], bool],
) -> Any:
    for _ in range(_TRIES):
        autopilot.send(*question)
        while (message := _next(box, kind, stopped)) is not None:
            if is_answer(message):
                return message
    raise FlightError("link", f"the vehicle does not answer {question[0]}")


def _next(box: Box, kind: int, stopped: Stopped) -> Any | None:
    """The next message of this kind of list; None when none came for a while."""
    if stopped():
        raise FlightError("superseded", "it was called off")
    message = box.take(_QUIET_S)
    while message is not None and message.mission_type != kind:
        message = box.take(_QUIET_S)
    return message
