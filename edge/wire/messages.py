"""What travels: the envelope (CloudEvents 1.0, structured JSON) and the `data` of each kind.

Pure pydantic models. Models of `data` ignore keys that they do not know, so that a newer agent can speak to an older
hub; what they do know must have its right type. The AsyncAPI document in docs/reference is generated from here.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, Strict, model_validator

from edge.wire.orders import FlightData, ReplyData

__all__ = [
    "DATA_MODELS", "MAX_TIMES", "EmptyData", "HubAnnouncement", "OpenData", "ReadingsData", "Receipt", "SprungData",
    "StatusData",
]  # fmt: skip

MAX_TIMES = 500

Finite = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Instant = Annotated[AwareDatetime, Strict()]
Count = Annotated[int, Strict(), Field(ge=1, le=1_000_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class EmptyData(_Model):
    """`reset`: a person has set the trap again; nothing to say but when."""


class OpenData(BaseModel):
    """Kinds whose data is kept as it came (`photo`)."""

    model_config = ConfigDict(extra="allow", frozen=True)


class SprungData(_Model):
    """`sprung`: the trap's line changed; `count` is how many changes were folded into this event."""

    count: Count = 1


class ReadingsData(_Model):
    """`readings`: columns, not rows. Up to 500 times, in any order; each quantity has one value or null a time.

    Raises (as pydantic's error) when a column has not as many values as there are times.
    """

    times: list[Instant] = Field(min_length=1, max_length=MAX_TIMES)
    values: dict[str, list[Finite | None]] = Field(min_length=1)

    @model_validator(mode="after")
    def _same_length(self) -> "ReadingsData":
        for quantity, column in self.values.items():
            if len(column) != len(self.times):
                raise ValueError(f"{quantity} has {len(column)} values for {len(self.times)} times")
        return self


class StatusData(_Model):
    """`status`: birth (`online`), Last Will (`offline`), heartbeat (`running`); of the agent (`-`) or one device.

    `session` names one connection, so that a late will of an older connection is not believed. Of a trap, `line` is
    what its wire says. All of health is optional: an agent says what it knows.
    """

    state: Literal["online", "running", "offline"] = "running"
    session: str | None = Field(default=None, max_length=64)
    line: Literal["closed", "open", "tampered", "fault"] | None = None
    software: str | None = Field(default=None, max_length=64)
    battery_v: Finite | None = None
    battery_percent: Finite | None = None
    signal_dbm: Finite | None = None
    disk_free_mb: Finite | None = None
    backlog: Annotated[int, Strict(), Field(ge=0)] | None = None
    dropped_readings: Annotated[int, Strict(), Field(ge=0)] | None = None
    faults: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=50)


DATA_MODELS: dict[str, type[BaseModel]] = {
    "sprung": SprungData,
    "reset": EmptyData,
    "readings": ReadingsData,
    "status": StatusData,
    "photo": OpenData,
    "flight": FlightData,
    "reply": ReplyData,
}


class Receipt(_Model):
    """Down: the sequence numbers of one outbox that the hub has committed, as inclusive ranges."""

    outbox: str
    sequences: list[tuple[int, int]]


class HubAnnouncement(_Model):
    """Down, to every agent: a hub process has come up; what has no receipt yet should be sent again (with jitter)."""

    process: str
    at: datetime
