"""Bytes to messages and back. The only place that knows versions of the schema. Pure.

A message that cannot be read raises UnreadableError, which carries a reason for a person and, where the envelope could
be read that far, the outbox and sequence, so that the bad message can be receipted and is not sent for ever.
"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, Strict, TypeAdapter, ValidationError
from pydantic_core import from_json

from edge.wire.messages import DATA_MODELS
from edge.wire.topics import Topic, source_of, type_of

__all__ = [
    "MAX_BYTES", "MAX_PHOTO_BYTES", "Message", "UnreadableError", "decode", "encode", "finish", "format_time", "freeze",
]  # fmt: skip

MAX_BYTES = 256 * 1024
MAX_PHOTO_BYTES = 1024 * 1024
MAX_ID = 200
# Sequences and uptimes live in bigint and interval columns; nobody's outbox or boot reaches these.
_MAX_SEQUENCE = 2**53
_MAX_UPTIME_S = 100 * 366 * 86400.0
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Annotated[AwareDatetime, Strict()])

Data = TypeVar("Data", bound=BaseModel)
Clock = Literal["set", "unset"]
Short = Annotated[str, Strict(), Field(min_length=1, max_length=MAX_ID, pattern=r"^[^\x00]+$")]


class UnreadableError(ValueError):
    """The message cannot be read.

    `reason` is one of `too_large`, `malformed`, `unknown_kind`, `schema`, `identity`; `detail` says what exactly.
    """

    def __init__(self, reason: str, detail: str, outbox: str | None = None, sequence: int | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.outbox, self.sequence = reason, detail, outbox, sequence


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an agent.

    `time` is the edge's own clock at the event (aware; None when it was missing or no time at all); when `clock` is
    `unset` it counts from 1970-01-01T00:00:00Z at boot and the hub places it. `uptime_s`: uptime at sending.
    `data` is the kind's model from messages.DATA_MODELS.
    """

    agent: str
    device: str
    kind: str
    id: str
    time: datetime | None
    data: BaseModel
    outbox: str | None = None
    sequence: int | None = None
    clock: Clock = "set"
    boot: str | None = None
    uptime_s: float | None = None


def format_time(instant: datetime) -> str:
    """RFC 3339 in UTC, milliseconds, ending in Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(message: Message) -> bytes:
    """Write a message as structured CloudEvents JSON."""
    return _dump(_envelope(message))


def freeze(message: Message) -> bytes:
    """What of a message never changes, however often it is sent: to be kept, and completed by `finish` when sent."""
    return _dump({key: value for key, value in _envelope(message).items() if key not in _FINISHED})


def finish(frozen: bytes, source: str, outbox: str, sequence: int, uptime_s: float | None) -> bytes:
    """A frozen message as it goes out: with sender, place in the outbox and the uptime at sending (same boot only)."""
    rest: dict[str, object] = {"source": source, "outbox": outbox, "sequence": str(sequence)}
    if uptime_s is not None:
        rest["uptime"] = round(uptime_s, 3)
    return frozen[:-1] + b"," + _dump(rest)[1:]


# Kinds of many optional parts: what is not known is not written.
_SPARING = frozenset({"status", "flight", "reply"})
_FINISHED = frozenset({"source", "outbox", "sequence", "uptime"})


def _dump(envelope: dict[str, object]) -> bytes:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _envelope(message: Message) -> dict[str, object]:
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "id": message.id,
        "source": source_of(message.agent, message.device),
        "type": type_of(message.kind),
        "time": format_time(message.time) if message.time else None,
        "datacontenttype": "application/json",
        "outbox": message.outbox,
        "sequence": None if message.sequence is None else str(message.sequence),
        "clock": message.clock,
        "boot": message.boot,
        "uptime": message.uptime_s,
    }
    present = {key: value for key, value in envelope.items() if value is not None}
    present["data"] = message.data.model_dump(mode="json", exclude_none=message.kind in _SPARING)
    return present


class _Envelope(BaseModel, Generic[Data]):
    """What every message carries; read in one pass with its data, since readings come by the million."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: Short
    source: Any = None
    type: Any = None
    # A time that is none (missing, garbage, 30 February) is no error here: a sprung must alarm all the same.
    time: Any = None
    clock: Clock = "set"
    boot: Short | None = None
    uptime: Any = None
    outbox: Any = None
    sequence: Any = None
    data: Data


_ENVELOPES: dict[str, type[_Envelope[Any]]] = {kind: _Envelope[model] for kind, model in DATA_MODELS.items()}


def decode(topic: Topic, payload: bytes) -> Message:
    """Read a message that came on `topic` (going up); raises UnreadableError."""
    limit = MAX_PHOTO_BYTES if topic.kind == "photo" else MAX_BYTES
    if len(payload) > limit:
        detail = f"{len(payload)} bytes; the limit for {topic.kind} is {limit}"
        # What is far too large is not even looked into: its objects would take far more memory than itself.
        explains = len(payload) <= 2 * MAX_PHOTO_BYTES
        raise _explain(payload, detail, "too_large") if explains else UnreadableError("too_large", detail)
    envelope = _ENVELOPES.get(topic.kind)
    try:
        if envelope is None:
            raise UnreadableError("unknown_kind", f"kind {topic.kind!r} is not known")
        if topic.kind != "readings":
            _check_json(payload)
        return _message(topic, envelope.model_validate_json(payload))
    except ValidationError as error:
        raise _explain(payload, _first(error)) from error
    except UnreadableError as error:
        raise _explain(payload, error.detail, error.reason) from error


def _message(topic: Topic, envelope: _Envelope[Any]) -> Message:
    for attribute, value, wanted in (
        ("source", envelope.source, source_of(topic.agent, topic.device)),
        ("type", envelope.type, type_of(topic.kind)),
    ):
        if value != wanted:
            raise UnreadableError("identity", f"{attribute} {_show(value)} does not belong to the topic ({wanted})")
    outbox, sequence = _place_in_outbox(envelope.outbox, envelope.sequence)
    return Message(
        agent=topic.agent,
        device=topic.device,
        kind=topic.kind,
        id=envelope.id,
        time=_time(envelope.time),
        data=envelope.data,
        outbox=outbox,
        sequence=sequence,
        clock=envelope.clock,
        boot=envelope.boot,
        uptime_s=_uptime(envelope.uptime),
    )


def _check_json(payload: bytes) -> None:
    """Data of open kinds is kept as jsonb, which knows no NaN and no NUL."""
    try:
        from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableError("malformed", f"not JSON: {error}") from error
    if b"\\u0000" in payload:
        raise UnreadableError("malformed", "a text contains the character NUL")


def _explain(payload: bytes, detail: str, reason: str = "schema") -> UnreadableError:
    """The error with all that could still be read: whether it is JSON at all, and its place in the sender's outbox."""
    try:
        parsed: object = from_json(payload)
    except ValueError as error:
        parsed, fault = None, f"not JSON: {error}"[:400]
    else:
        fault = "not a JSON object"
    if not isinstance(parsed, dict):
        return UnreadableError("malformed", fault) if reason == "schema" else UnreadableError(reason, detail)
    envelope = cast("dict[str, object]", parsed)
    return UnreadableError(reason, detail, *_place_in_outbox(envelope.get("outbox"), envelope.get("sequence")))


def _place_in_outbox(outbox: object, sequence: object) -> tuple[str | None, int | None]:
    if not isinstance(outbox, str) or not 0 < len(outbox) <= MAX_ID or not outbox.isprintable():
        return None, None
    if isinstance(sequence, int) and not isinstance(sequence, bool):
        number = sequence
    elif isinstance(sequence, str) and sequence.isascii() and sequence.isdigit() and len(sequence) < 20:
        number = int(sequence)
    else:
        return None, None
    return (outbox, number) if 0 <= number <= _MAX_SEQUENCE else (None, None)


def _uptime(value: object) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not 0.0 <= seconds <= _MAX_UPTIME_S:
        raise UnreadableError("schema", f"uptime {_show(value)} is no number of seconds")
    return seconds


def _show(value: object) -> str:
    """The value for a person; a number of many thousand digits has no text in Python."""
    try:
        return f"{value!r:.200}"
    except ValueError:
        return "(a number without end)"


def _time(value: object) -> datetime | None:
    try:
        return _INSTANT.validate_json(json.dumps(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "data"
    return f"{where}: {problem['msg']} ({error.error_count()} in all)"[:400]
