"""One drone's flight: what orders, the vehicle's word and the agent's own work make of it. Pure.

State and input to new state and effects. What the vehicle is to do is kept as a wish (`Wish`) until the vehicle does
it: a stop that cannot be sent because the link is gone is done when the link is back, also by an agent that was
started anew meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from edge.core.flying.orders import Situation
from edge.core.flying.phases import FLYING, next_phase
from edge.core.flying.photos import PhotoCount
from edge.core.flying.seen import PILOTS_MODES, Motion, Seen
from edge.wire.orders import CheckResult, Order, Phase, ReplyData

__all__ = [
    "MODES", "Camera", "Cancel", "Decided", "Effect", "Flight", "Launch", "Prepare", "Reply", "SetMode", "Wish",
    "decide_job", "decide_motion", "decide_order", "decide_restart", "decide_tick", "situation_of",
]  # fmt: skip

MODES = {"hold": "BRAKE", "return": "RTL", "land": "LAND", "resume": "AUTO"}
_AS_GOOD = {
    "hold": frozenset({"BRAKE"}),
    "return": frozenset({"RTL", "SMART_RTL"}),
    "land": frozenset({"LAND"}),
    "resume": frozenset({"AUTO"}),
}
_ASK_EVERY_S = 1.0
_GIVE_UP_S = 20.0
_RESUME_WITHIN_S = 30.0


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Wish(_Model):
    """What the vehicle is to do, for which order. `given_s` is the uptime at which it began; `tried_s` counts only
    while the vehicle could hear of it. `in_launch`: it fell into a launch, whose last command may have undone what was
    asked before its end.
    """

    action: Literal["hold", "return", "land", "resume"]
    order: str
    mode_before: str | None = None
    given_s: float = 0.0
    tried_s: float = 0.0
    asked_s: float | None = None
    in_launch: bool = False


class Flight(_Model):
    """Where one drone's flight stands; kept on disk at each change.

    `survey` and `sortie` are those of the mission that it has, `launch_order` the `fly` that waits (`launch_due_s`, an
    uptime) or is being carried out (`launching`), `ours` whether a flight of ours is on its way. `first` and `last` are
    the mission's items between which it surveys.
    """

    phase: Phase = "idle"
    survey: str | None = None
    sortie: str | None = None
    photo_every_m: float | None = None
    starts_after_s: float = 0.0
    first: int | None = None
    last: int | None = None
    prepare_order: str | None = None
    launch_order: str | None = None
    launch_due_s: float | None = None
    launching: bool = False
    ours: bool = False
    wish: Wish | None = None
    photos: PhotoCount = PhotoCount()


@dataclass(frozen=True, slots=True)
class Prepare:
    """Upload this order's mission."""

    order: Order


@dataclass(frozen=True, slots=True)
class Launch:
    """Take off with the mission that was prepared, for this order."""

    order: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Whatever is being prepared or launched is to end."""


@dataclass(frozen=True, slots=True)
class SetMode:
    """Ask the vehicle for a mode."""

    mode: str


@dataclass(frozen=True, slots=True)
class Camera:
    """Trigger the camera by distance; 0: no more."""

    every_m: float


@dataclass(frozen=True, slots=True)
class Reply:
    """Tell what became of an order."""

    data: ReplyData


Effect = Prepare | Launch | Cancel | SetMode | Camera | Reply
Decided = tuple[Flight, tuple[Effect, ...]]


def situation_of(flight: Flight, agent: str, device: str, seen: Seen) -> Situation:
    """What judging an order needs to know."""
    launching = flight.launching or flight.launch_due_s is not None
    prepared = None if flight.survey is None or flight.sortie is None else (flight.survey, flight.sortie)
    return Situation(
        agent=agent,
        device=device,
        phase=flight.phase,
        # A flight that begins anew would forget a stop that the vehicle has not heard of yet.
        busy=flight.phase == "preparing" or launching or flight.wish is not None,
        prepared=prepared,
        may_fly=launching or flight.phase in FLYING or bool(seen.armed) or flight.wish is not None,
    )


def decide_order(flight: Flight, order: Order, seen: Seen, now_s: float) -> Decided:
    """Begin an order that was accepted."""
    accepted = Reply(ReplyData(order=order.id, outcome="accepted"))
    match order.action:
        case "prepare":
            photos = (
                flight.photos.begin()
                if (flight.survey, flight.sortie) == (order.survey, order.sortie)
                else PhotoCount()
            )
            begun = Flight(
                phase=next_phase(flight.phase, "prepare"),
                survey=order.survey,
                sortie=order.sortie,
                photo_every_m=order.mission.photo_every_m if order.mission else None,
                starts_after_s=order.mission.starts_after_s if order.mission else 0.0,
                prepare_order=order.id,
                photos=photos,
            )
            return begun, (accepted, Prepare(order))
        case "fly":
            return flight.model_copy(
                update={"launch_order": order.id, "launch_due_s": now_s + flight.starts_after_s}
            ), (accepted,)
        case "release":
            released = Flight(phase=next_phase(flight.phase, "release"))
            return released, (Reply(ReplyData(order=order.id, outcome="done")),)
        case "hold" | "return" | "land" | "resume":
            return _wish(
                flight, Wish(action=order.action, order=order.id, mode_before=seen.mode, given_s=now_s), accepted
            )


def _wish(flight: Flight, wish: Wish, accepted: Reply) -> Decided:
    effects: list[Effect] = [accepted]
    if flight.wish is not None:
        effects.append(_failed(flight.wish.order, "superseded"))
    in_launch = flight.launching or (flight.wish is not None and flight.wish.in_launch)
    changes: dict[str, object] = {"wish": wish.model_copy(update={"in_launch": in_launch})}
    if wish.action != "resume" and flight.launch_order is not None:
        effects += [Cancel(), _failed(flight.launch_order, "superseded")]
        changes |= {"launch_order": None, "launch_due_s": None}
    return flight.model_copy(update=changes), tuple(effects)


def decide_job(
    flight: Flight,
    job: Literal["prepare", "launch"],
    order: str,
    *,
    fault: tuple[str, str] | None,
    items: tuple[int, int] | None = None,
    checks: Sequence[CheckResult] = (),
) -> Decided:
    """The agent's own work has ended: well, or with a `fault` (reason, detail). `items`: where the survey begins and
    ends.
    """
    reply = _ended(order, fault, checks)
    if job == "prepare":
        if flight.prepare_order != order or flight.phase not in ("preparing", "unknown"):
            return flight, (reply,)
        if fault is not None:
            return Flight(phase=next_phase(flight.phase, "not_prepared"), wish=flight.wish), (reply,)
        first, last = items or (None, None)
        ready = next_phase(flight.phase, "prepared")
        return flight.model_copy(update={"phase": ready, "first": first, "last": last}), (reply,)
    was_stopped = flight.launch_order != order
    changes: dict[str, object] = {"launching": False, "launch_order": None, "launch_due_s": None}
    if fault is not None and flight.phase not in FLYING:
        # What is not known to be on the ground is taken as flying; its next word tells.
        changes["ours"] = fault[0] == "link"
    if flight.wish is not None and flight.wish.in_launch:
        changes["wish"] = flight.wish.model_copy(update={"asked_s": None, "tried_s": 0.0})
    # The word on a launch that was stopped has been given with the stop.
    return flight.model_copy(update=changes), () if was_stopped else (reply,)


def decide_motion(flight: Flight, motion: Motion | None, seen: Seen) -> Decided:
    """Follow the vehicle."""
    # During a launch modes come and go, and are heard of late.
    if motion is None or (motion in ("is_down", "other") and flight.launching):
        return flight, ()
    phase = next_phase(flight.phase, motion)
    if phase == flight.phase:
        return flight, ()
    effects: list[Effect] = []
    changes: dict[str, object] = {"phase": phase}
    if phase == "landed":
        changes["ours"] = False
        if not flight.ours:
            # A pilot's own flight leaves nothing behind.
            changes["phase"] = "idle"
    elif flight.phase == "surveying" and flight.photo_every_m and seen.mode != "AUTO":
        # Whoever ended the survey: the trigger goes on by itself on the way home.
        effects.append(Camera(0.0))
    return flight.model_copy(update=changes), tuple(effects)


def decide_tick(flight: Flight, seen: Seen, now_s: float, step_s: float, *, hears: bool) -> Decided:
    """Carry on with what waits: a launch that is due, a wish that the vehicle has not fulfilled. `step_s` are the
    seconds since the last tick; `hears` is whether the link works.
    """
    if flight.wish is not None:
        return _pursue(flight, flight.wish, seen, now_s, step_s, hears=hears)
    if flight.launch_due_s is not None and flight.launch_order is not None and now_s >= flight.launch_due_s:
        launching = flight.model_copy(update={"launch_due_s": None, "launching": True, "ours": True})
        return launching, (Launch(flight.launch_order),)
    return flight, ()


def decide_restart(flight: Flight) -> Decided:
    """An agent starts with what an earlier one had kept: what was half done is off, what flies is asked."""
    effects: list[Effect] = []
    changes: dict[str, object] = {"launch_order": None, "launch_due_s": None, "launching": False}
    if flight.launch_order is not None:
        effects.append(_failed(flight.launch_order, "restarted"))
    wish = flight.wish
    if wish is not None and wish.action == "resume":
        effects.append(_failed(wish.order, "restarted"))
        wish = None
    elif wish is not None:
        # The clock of an earlier boot means nothing to this one.
        wish = wish.model_copy(update={"asked_s": None})
    if flight.phase == "preparing":
        if flight.prepare_order is not None:
            effects.append(_failed(flight.prepare_order, "restarted"))
        return Flight(wish=wish), tuple(effects)
    if flight.phase in FLYING or flight.launching:
        changes |= {"phase": "unknown", "ours": flight.ours or flight.launching}
    return flight.model_copy(update=changes | {"wish": wish}), tuple(effects)


def _pursue(flight: Flight, wish: Wish, seen: Seen, now_s: float, step_s: float, *, hears: bool) -> Decided:
    if wish.action == "resume" and now_s - wish.given_s > _RESUME_WITHIN_S:
        # A stop is late at worst; to fly on minutes later is not what somebody wanted.
        return flight.model_copy(update={"wish": None}), (_failed(wish.order, "link", "it could not be done in time"),)
    if not hears:
        return flight, ()
    end = _end_of(flight, wish, seen)
    if end is not None:
        return flight.model_copy(update={"wish": None}), end
    tried = wish.model_copy(update={"tried_s": wish.tried_s + step_s})
    if wish.asked_s is not None and now_s - wish.asked_s < _ASK_EVERY_S:
        return flight.model_copy(update={"wish": tried}), ()
    effects: list[Effect] = [SetMode(MODES[wish.action])]
    if wish.action != "resume" and flight.photo_every_m:
        effects.append(Camera(0.0))
    return flight.model_copy(update={"wish": tried.model_copy(update={"asked_s": now_s})}), tuple(effects)


def _end_of(flight: Flight, wish: Wish, seen: Seen) -> tuple[Effect, ...] | None:
    """The last word on a wish; None while it is still to be pursued."""
    if flight.launching or (wish.in_launch and not _was_heard_since_asked(wish, seen)):
        return None
    if seen.armed is False:
        return (Reply(ReplyData(order=wish.order, outcome="done", reason="not_flying")),)
    if seen.mode in _AS_GOOD[wish.action]:
        return (Reply(ReplyData(order=wish.order, outcome="done")), *_camera_again(flight, wish, seen))
    if seen.mode in PILOTS_MODES and seen.mode != wish.mode_before:
        return (_failed(wish.order, "pilot", f"{seen.mode} was chosen at the sticks"),)
    if wish.tried_s > _GIVE_UP_S:
        return (_failed(wish.order, "mode_refused", f"the vehicle stays in {seen.mode}"),)
    return None


def _was_heard_since_asked(wish: Wish, seen: Seen) -> bool:
    return None not in (wish.asked_s, seen.heartbeat_s) and (seen.heartbeat_s or 0.0) > (wish.asked_s or 0.0)


def _camera_again(flight: Flight, wish: Wish, seen: Seen) -> tuple[Effect, ...]:
    """The item that switched the camera on lies behind a flight that resumes."""
    inside = flight.first is not None and flight.last is not None and flight.first < (seen.item or 0) <= flight.last
    return (Camera(flight.photo_every_m),) if wish.action == "resume" and flight.photo_every_m and inside else ()


def _failed(order: str, reason: str, detail: str | None = None) -> Reply:
    return Reply(ReplyData(order=order, outcome="failed", reason=reason, detail=detail))


def _ended(order: str, fault: tuple[str, str] | None, checks: Sequence[CheckResult]) -> Reply:
    if fault is None:
        return Reply(ReplyData(order=order, outcome="done", checks=list(checks)))
    reason, detail = fault
    return Reply(ReplyData(order=order, outcome="failed", reason=reason, detail=detail[:400], checks=list(checks)))
