"""Which orders are taken. Pure.

The signature has been checked before (edge.flight.signing); what comes here was written by the town. The rules, in
their order:

1. An order for another agent or drone is foreign.
2. An order that came before is answered as before, and does nothing twice; its nonce with another order is repeated.
3. Hold, return and land are never refused after that. An expired one acts on its own survey only, so that a stop which
   somebody kept and sends again stops no other flight; a fresh one acts on whatever the drone flies.
4. Without a set clock nobody knows how old an order is: it is refused.
5. Its time must have begun, not be over, and not be longer than an order's life; and it must have been given after the
   memory of nonces began, since what came before that is not known.
6. Nothing is done that was ordered before something else which has been done: orders overtake each other on the way.
7. Then the flight must be where the order fits, and the mission within the bounds that the drone's owner has set.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from edge.core.clock import Moment
from edge.core.flying.ground import first_outside
from edge.core.flying.phases import FLYING
from edge.core.flying.preflight import Limits
from edge.wire.orders import STOPS, CheckResult, Mission, Order, Phase, ReplyData

__all__ = [
    "MAX_AHEAD", "MAX_LIFE", "Accept", "Again", "Answer", "Memory", "Refuse", "Settled", "Situation", "Verdict",
    "bounds_fault", "judge",
]  # fmt: skip

MAX_LIFE = timedelta(hours=1)
MAX_AHEAD = timedelta(seconds=60)
_MOST_REMEMBERED = 500


class Answer(BaseModel):
    """What became of one order, by its nonce; `digest` tells whether the same order came again."""

    model_config = ConfigDict(frozen=True)

    nonce: str
    digest: str
    expires_at: AwareDatetime
    reply: ReplyData


class Memory(BaseModel):
    """What must be remembered of orders, whatever restarts. `since`: when remembering began on a set clock."""

    model_config = ConfigDict(frozen=True)

    since: AwareDatetime | None = None
    newest_at: AwareDatetime | None = None
    answers: tuple[Answer, ...] = ()

    def begun(self, now: Moment) -> "Memory":
        """The same, begun now if it has not been before."""
        return self if self.since is not None or now.clock != "set" else self.model_copy(update={"since": now.time})

    def find(self, nonce: str) -> Answer | None:
        """What became of the order with this nonce."""
        return next((answer for answer in self.answers if answer.nonce == nonce), None)

    def noted(self, order: Order, digest: str, reply: ReplyData, now: Moment, *, acts: bool) -> "Memory":
        """With what became of an order; `acts`: it is done, so that none given earlier is done after it."""
        answer = Answer(nonce=order.nonce, digest=digest, expires_at=order.expires_at, reply=reply)
        others = [one for one in self.answers if one.nonce != order.nonce]
        # Those that expired longest ago go first: they would be refused for their age anyway.
        kept = sorted([*others, answer], key=lambda one: one.expires_at)[-_MOST_REMEMBERED:]
        issued_at = order.issued_at
        if now.clock == "set":
            # A date that cannot be must not make every later order too old.
            issued_at = min(issued_at, now.time + MAX_AHEAD)
        newest_at = issued_at if self.newest_at is None else max(self.newest_at, issued_at)
        return self.model_copy(update={"answers": tuple(kept), "newest_at": newest_at if acts else self.newest_at})

    def replied(self, reply: ReplyData) -> "Memory":
        """With a later word on an order that is remembered."""
        return self.model_copy(
            update={
                "answers": tuple(
                    one.model_copy(update={"reply": reply}) if one.reply.order == reply.order else one
                    for one in self.answers
                )
            }
        )


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the flight stands. `busy` while the agent prepares or launches; `prepared` is the (survey, sortie) whose
    mission the drone has; `may_fly` whether it flies, or could in the next moment.
    """

    agent: str
    device: str
    phase: Phase
    busy: bool
    prepared: tuple[str, str] | None
    may_fly: bool


@dataclass(frozen=True, slots=True)
class Accept:
    """It is to be done."""


@dataclass(frozen=True, slots=True)
class Settled:
    """There is nothing to do for it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """It is not done. `reason` is a code of docs/reference/wire.md; `checks` the list that it failed."""

    reason: str
    detail: str = ""
    checks: tuple[CheckResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """It was answered before."""

    reply: ReplyData


Verdict = Accept | Settled | Refuse | Again


def judge(order: Order, digest: str, situation: Situation, limits: Limits, memory: Memory, now: Moment) -> Verdict:
    """What to do with an order whose signature holds."""
    if (order.agent, order.device) != (situation.agent, situation.device):
        return Refuse("foreign", f"for {order.device} of {order.agent}")
    before = memory.find(order.nonce)
    if before is not None and before.digest == digest:
        return Again(before.reply)
    if order.action in STOPS:
        return _judge_stop(order, situation, now)
    if before is not None:
        return Refuse("repeated", "another order had this nonce")
    return _judge_age(order, memory, now) or _judge_place(order, situation, limits) or Accept()


def bounds_fault(mission: Mission, limits: Limits) -> Refuse | None:
    """In what a mission leaves the bounds of the drone's owner, or its own."""
    highest = max(height for _, _, height in mission.path)
    way = [(lon, lat) for lon, lat, _ in mission.path]
    if min(height for _, _, height in mission.path) < 1.0 or mission.return_height_m < 1.0:
        return Refuse("bad_mission", "it flies below one metre")
    if highest > mission.highest_m:
        return Refuse("bad_mission", f"{highest:g} m is above its own limit of {mission.highest_m:g} m")
    if max(highest, mission.return_height_m) > limits.highest_m:
        return Refuse("too_high", f"{max(highest, mission.return_height_m):g} m of at most {limits.highest_m:g} m")
    leg = first_outside(way, limits.fence)
    if leg is not None:
        return Refuse("outside_fence", f"leg {leg + 1} leaves the owner's fence")
    leg = first_outside(way, mission.fence)
    if leg is not None:
        return Refuse("bad_mission", f"leg {leg + 1} leaves the mission's own fence")
    return None


def _judge_stop(order: Order, situation: Situation, now: Moment) -> Verdict:
    if not situation.may_fly:
        return Settled("not_flying")
    is_old = now.clock == "set" and now.time > order.expires_at
    if is_old and (situation.prepared is None or order.survey != situation.prepared[0]):
        return Settled("other_survey")
    return Accept()


def _judge_age(order: Order, memory: Memory, now: Moment) -> Refuse | None:
    if now.clock != "set":
        return Refuse("clock_unset", "this agent does not know the time")
    if order.expires_at - order.issued_at > MAX_LIFE or order.expires_at <= order.issued_at:
        return Refuse("bad_times", "no order holds so long, or so short")
    if order.issued_at > now.time + MAX_AHEAD:
        return Refuse("early", f"given at {_told(order.issued_at)}, which is to come")
    if now.time > order.expires_at:
        return Refuse("stale", f"it ended at {_told(order.expires_at)}")
    return _judge_turn(order, memory)


def _judge_turn(order: Order, memory: Memory) -> Refuse | None:
    if memory.since is None or order.issued_at < memory.since:
        return Refuse("stale", "it was given before this agent began to remember orders")
    if memory.newest_at is not None and order.issued_at < memory.newest_at:
        return Refuse("superseded", f"a later order, of {_told(memory.newest_at)}, has been done")
    return None


def _judge_place(order: Order, situation: Situation, limits: Limits) -> Refuse | None:
    is_prepared = situation.prepared == (order.survey, order.sortie)
    flies = situation.phase in FLYING
    match order.action:
        case "prepare":
            if order.mission is None:
                return Refuse("bad_mission", "there is none")
            return _first([flies or situation.busy], "busy", situation) or bounds_fault(order.mission, limits)
        case "fly":
            return _first([flies or situation.busy], "busy", situation) or _first(
                [situation.phase != "ready", not is_prepared], "not_prepared", situation
            )
        case "resume":
            return _first([situation.phase != "held", not is_prepared], "not_held", situation)
        case _:
            return _first([flies or situation.busy], "busy", situation) or _first(
                [situation.prepared is not None and not is_prepared], "not_prepared", situation
            )


def _first(obstacles: Iterable[bool], reason: str, situation: Situation) -> Refuse | None:
    return Refuse(reason, f"the drone is {situation.phase}") if any(obstacles) else None


def _told(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
