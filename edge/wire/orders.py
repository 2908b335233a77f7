"""Orders to fly and what comes of them: what a command carries, what a flight agent answers, what it tells in flight.

Pure pydantic models. A command is signed over the very bytes of its order (Ed25519, RFC 8032), which therefore travel
as a text of their own: nobody has to agree on how JSON is written to check a signature. A flight agent reads the order
only once its signature holds. Heights are metres above the take-off place, positions [lon, lat, height] like the
plan's, directions degrees clockwise from true north, wind the direction it comes from.
"""

import base64
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, Strict

__all__ = [
    "ACTIONS", "PHASES", "STOPS", "Bounds", "CheckResult", "Command", "FlightData", "FlightMessage", "Mission", "Order",
    "PhotoTaken", "ReplyData",
]  # fmt: skip

Action = Literal["prepare", "fly", "hold", "resume", "return", "land", "release"]
ACTIONS: tuple[Action, ...] = ("prepare", "fly", "hold", "resume", "return", "land", "release")
# What makes a flight safer is never refused for its age, its clock or its survey: only a forged one is.
STOPS: frozenset[Action] = frozenset({"hold", "return", "land"})

Phase = Literal[
    "idle", "preparing", "ready", "climbing", "surveying", "held", "returning", "landing", "landed", "unknown"
]
PHASES: tuple[Phase, ...] = (
    "idle", "preparing", "ready", "climbing", "surveying", "held", "returning", "landing", "landed", "unknown",
)  # fmt: skip

Name = Annotated[str, Field(min_length=1, max_length=100)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Height = Annotated[float, Field(ge=-500, le=10_000, allow_inf_nan=False)]
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Instant = Annotated[AwareDatetime, Strict()]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Open(BaseModel):
    """What is not known is kept as it came, so that a newer agent can say more than this hub reads."""

    model_config = ConfigDict(extra="allow", frozen=True)


# -- down


class Mission(_Model):
    """One sortie's flight: climb at the first position's place, fly `path`, and come back to the take-off place.

    `photo_every_m` triggers the camera by distance along the path (None: no photos). `fence` is a ring of [lon, lat],
    not closed, in which all of it must stay; the drone's owner has a fence beside it on the agent. `starts_after_s`
    separates drones in time: seconds to wait on the ground after `fly`. Heights are above the take-off place; where
    they were chosen for the ground below, `takeoff` says from where they were measured, and only there it takes off.
    """

    path: list[tuple[Lon, Lat, Height]] = Field(min_length=2, max_length=2_000)
    speed_mps: Positive
    photo_every_m: Positive | None = None
    fence: list[tuple[Lon, Lat]] = Field(min_length=3, max_length=80)
    highest_m: Positive
    return_height_m: Positive
    starts_after_s: NotNegative = 0.0
    takeoff: tuple[Lon, Lat] | None = None


class Order(_Model):
    """What is to be done with one drone, for whom and until when.

    `prepare` brings the mission (uploaded, read back, preflight list answered), `fly` takes off with it; `hold`,
    `resume`, `return` and `land` act in flight; `release` forgets a prepared mission. `nonce` is never used twice.
    """

    id: Name
    agent: Name
    device: Name
    action: Action
    survey: Name
    sortie: Name
    person: Name
    role: Literal["responder", "partner", "staff"]
    drill: bool = False
    nonce: Name
    issued_at: Instant
    expires_at: Instant
    mission: Mission | None = None


class Command(_Model):
    """`command`, down: an order as JSON, and the town's signature over that text's UTF-8 bytes."""

    order: str = Field(min_length=2, max_length=1_000_000)
    signature: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9+/]+=*$")

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return self.order.encode()

    @property
    def signature_bytes(self) -> bytes:
        """The signature itself: 64 bytes when it can be one; raises ValueError for what is no base64."""
        return base64.b64decode(self.signature, validate=True)


# -- up


class CheckResult(_Model):
    """One line of the preflight list, or one reason of a refusal; `name` is a code, `detail` says what was found."""

    name: Name
    passed: bool
    detail: Annotated[str, Field(max_length=400)] = ""


class ReplyData(_Open):
    """`reply`: what became of an order. `refused` is the agent's word, `failed` the vehicle's.

    `reason` is a code (docs/reference/wire.md lists them); `checks` the preflight list of a `prepare` or `fly`.
    """

    order: Annotated[str, Field(max_length=100)] | None = None
    outcome: Literal["accepted", "done", "refused", "failed"] | None = None
    reason: Annotated[str, Field(max_length=100)] | None = None
    detail: Annotated[str, Field(max_length=400)] | None = None
    checks: list[CheckResult] = Field(default_factory=list[CheckResult], max_length=50)


class PhotoTaken(_Model):
    """One release of the camera as the autopilot reported it. `number` counts from 1 within the sortie."""

    number: Annotated[int, Field(ge=1, le=1_000_000)]
    lat: Lat
    lon: Lon
    height_m: Height
    altitude_m: Height | None = None
    yaw_deg: Degrees = 0.0
    pitch_deg: Degrees = 0.0
    roll_deg: Degrees = 0.0
    taken_at: Instant | None = None


class FlightMessage(_Model):
    """A line of the autopilot or of the agent for whoever watches. `severity` as in syslog: 0 worst, 7 debugging."""

    severity: Annotated[int, Field(ge=0, le=7)]
    text: Annotated[str, Field(max_length=200)]


class Bounds(_Open):
    """What the drone's owner allows: within `fence`, a ring of [lon, lat], not closed, and up to `highest_m` metres
    above its take-off place.
    """

    fence: list[tuple[Lon, Lat]] = Field(min_length=3, max_length=80)
    highest_m: Positive


class FlightData(_Open):
    """`flight`: one moment of one drone: telemetry twice a second while it flies, and at once on an event.

    All is optional: what the autopilot does not say is not made up. `link_age_s` is how old the autopilot's last
    heartbeat was at the agent: a position is as old as the link, and is shown so. `bounds` are told while the
    drone rests, so that a plan that leaves them is not approved.
    """

    survey: Name | None = None
    sortie: Name | None = None
    phase: Phase | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    height_m: Height | None = None
    heading_deg: Degrees | None = None
    speed_mps: NotNegative | None = None
    climb_mps: Finite | None = None
    battery_percent: Percent | None = None
    battery_v: NotNegative | None = None
    satellites: Annotated[int, Field(ge=0, le=255)] | None = None
    fix: Annotated[int, Field(ge=0, le=8)] | None = None
    wind_mps: NotNegative | None = None
    wind_from_deg: Degrees | None = None
    armed: bool | None = None
    mode: Annotated[str, Field(max_length=40)] | None = None
    item: Annotated[int, Field(ge=0, le=100_000)] | None = None
    link_age_s: NotNegative | None = None
    bounds: Bounds | None = None
    photos: list[PhotoTaken] = Field(default_factory=list[PhotoTaken], max_length=500)
    messages: list[FlightMessage] = Field(default_factory=list[FlightMessage], max_length=100)
