"""How old a drone's words are, and what became of the orders to it: what a live page must never gloss over. Pure.

1.  A position is as old as the moment of which it speaks, and older by what the agent's own link to the autopilot was.
2.  Under 5 s it is live; from 5 s on it is late, from 30 s on lost: shown hollow, with its age, never as a still drone.
3.  A drone of which nothing is expected (not ordered about) is at rest, whatever its words' age.
4.  An order without an answer is unanswered from its first second on, until the drone has answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, cast

from edge.wire.orders import STOPS

__all__ = ["LATE_S", "LOST_S", "Link", "OrderView", "last_order", "link_of", "order_view"]

LATE_S, LOST_S = 5, 30
Freshness = Literal["live", "late", "lost", "none", "rest"]
Answer = Literal["waiting", "unanswered", "accepted", "done", "refused", "failed"]
_SHOWN = frozenset({*STOPS, "resume", "prepare", "fly", "release"})


class Said(Protocol):
    """What a drone last said (hub.surveys.flights)."""

    @property
    def at(self) -> datetime: ...
    @property
    def data(self) -> Mapping[str, object]: ...


class Ordered(Protocol):
    """An order as it is kept (hub.surveys.commands)."""

    @property
    def id(self) -> str: ...
    @property
    def device_key(self) -> int: ...
    @property
    def action(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def issued_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def reply(self) -> Mapping[str, object] | None: ...


@dataclass(frozen=True, slots=True)
class Link:
    """How old a drone's last words are. `at` is the moment of which they are true; None: it has never said anything."""

    state: Freshness
    at: datetime | None
    age_s: int | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """The last order to a drone: `answer` and since when. `is_stop`: it makes a flight safer."""

    id: str
    action: str
    is_stop: bool
    answer: Answer
    issued_at: datetime
    reason: str
    person_id: str


def link_of(latest: Said | None, now: datetime, *, expected: bool) -> Link:
    """The freshness of a drone's last words; `expected`: it is ordered about, so it should be speaking."""
    if latest is None:
        return Link("none" if expected else "rest", None, None)
    own_age = cast("float", latest.data.get("link_age_s") or 0.0)
    at = latest.at - timedelta(seconds=min(own_age, 86_400.0))
    age_s = max(0.0, (now - at).total_seconds())
    if not expected:
        return Link("rest", at, int(age_s))
    return Link("live" if age_s < LATE_S else "late" if age_s < LOST_S else "lost", at, int(age_s))


def last_order(orders: Sequence[Ordered], device_key: int | None) -> Ordered | None:
    """The newest order to a drone."""
    own = [one for one in orders if one.device_key == device_key and one.action in _SHOWN]
    return max(own, key=lambda one: (one.issued_at, one.id), default=None)


def order_view(order: Ordered, now: datetime) -> OrderView:
    """What became of an order."""
    reply = order.reply or {}
    answer = cast("Answer", order.outcome) if order.outcome else "waiting" if now < order.expires_at else "unanswered"
    return OrderView(
        id=order.id,
        action=order.action,
        is_stop=order.action in STOPS,
        answer=answer,
        issued_at=order.issued_at,
        reason=str(reply.get("detail") or reply.get("reason") or ""),
        person_id=order.person_id,
    )
