"""What a trap becomes, and what must follow, when something is heard, not heard, or done.

Pure: the table of `states` with its times. Every function returns the trap as it is from now on and the effects as
data. Instants are aware UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.errors import Conflict
from hub.traps.states import TABLE, Act, Effect, EndIncident, Event, Line, NoteCovered, OpenIncident, State

__all__ = [
    "CLOCK_TOLERANCE", "Decision", "Firing", "Trap", "decide_arm", "decide_disarm", "decide_found", "decide_heard",
    "decide_registered", "decide_seen_to", "decide_silence", "decide_sprung",
]  # fmt: skip

# How wrong an agent's set clock may be (set by NTP hours ago, or a cheap RTC): a firing must be older than a person's
# record by more than this to count as covered by it. Nearer than that it alarms, which is the cheaper mistake.
CLOCK_TOLERANCE = timedelta(minutes=2)

_BROKEN: frozenset[Line] = frozenset({"tampered", "fault"})


@dataclass(frozen=True, slots=True)
class Trap:
    """A trap as the hub knows it; see the table `trap` for the columns."""

    device_key: int
    state: State
    state_changed_at: datetime
    sprung_at: datetime | None = None
    found_at: datetime | None = None
    line: Line | None = None
    last_heard_at: datetime | None = None
    silent_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Firing:
    """A trap fired at `occurred_at`.

    `uncertain`: that is the time of receipt, since no other was to be had. `late`: the message was long on its way.
    """

    occurred_at: datetime
    uncertain: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The trap from now on, and what must follow."""

    trap: Trap
    effects: tuple[Effect, ...] = ()


def decide_registered(device_key: int, now: datetime, silent_after: timedelta) -> Trap:
    """A new trap is armed; it is silent when it says nothing for `silent_after`, whether it ever spoke or not."""
    return Trap(device_key, "armed", now, silent_due_at=now + silent_after)


def decide_sprung(trap: Trap, firing: Firing, now: datetime, silent_after: timedelta) -> Decision:
    """Rules 1, 3 and 7. That the device spoke is decided with it."""
    spoken_at = now if firing.uncertain else min(firing.occurred_at, now)
    heard = decide_heard(trap, spoken_at, None, now, silent_after)
    if _is_covered(trap, firing):
        covered = NoteCovered("trap_sprung", trap.device_key, firing.occurred_at)
        return Decision(heard.trap, (*heard.effects, covered))
    moved = _move(heard.trap, "sprung", now, firing)
    if moved.trap.state != "disarmed" and moved.trap.sprung_at is None:
        moved = replace(moved, trap=replace(moved.trap, sprung_at=firing.occurred_at))
    return Decision(moved.trap, (*heard.effects, *moved.effects))


def decide_heard(
    trap: Trap, at: datetime, line: Line | None, now: datetime, silent_after: timedelta, event: Event = "heard"
) -> Decision:
    """The device itself said something at `at`; `line` is what it says of its wire, `event` is `heard` or `reset`.

    Words older than `silent_after` (out of a backlog) are taken note of and end no silence (rule 5).
    """
    at = min(at, now)
    effects: tuple[Effect, ...] = ()
    if at + silent_after > now:
        moved = _move(trap, event, now)
        trap, effects = moved.trap, moved.effects
        if trap.state != "disarmed":
            due_at = at + silent_after
            trap = replace(trap, silent_due_at=max(trap.silent_due_at or due_at, due_at))
    newest = trap.last_heard_at is None or at >= trap.last_heard_at
    if newest:
        trap = replace(trap, last_heard_at=at)
    if line is None or line == trap.line or not newest:
        return Decision(trap, effects)
    changed = _line_event(trap.line, line)
    trap = replace(trap, line=line)
    moved = _move(trap, changed, now) if changed else Decision(trap)
    return Decision(moved.trap, (*effects, *moved.effects))


def decide_silence(trap: Trap, now: datetime) -> Decision:
    """Nothing was heard until `silent_due_at` (rules 4 and 6)."""
    if trap.silent_due_at is None or trap.silent_due_at > now:
        return Decision(trap)
    moved = _move(replace(trap, silent_due_at=None), "silence", now)
    since = trap.last_heard_at or trap.state_changed_at
    # The incident is dated by the device's last word, which is what people want to know.
    effects = tuple(replace(e, occurred_at=since) if isinstance(e, OpenIncident) else e for e in moved.effects)
    return Decision(moved.trap, effects)


def decide_found(trap: Trap, at: datetime) -> Decision:
    """A person's record of what was found (rule 2). What the wire said before is forgotten: a person has touched it."""
    moved = _move(trap, "found", at)
    found_at = at if trap.found_at is None else max(trap.found_at, at)
    return Decision(replace(moved.trap, sprung_at=None, found_at=found_at, line=None), moved.effects)


def decide_seen_to(trap: Trap, at: datetime, silent_after: timedelta) -> Decision:
    """A person has closed an incident about the device (silent, faulty wire): rule 6."""
    moved = _move(trap, "seen_to", at)
    trap = replace(moved.trap, line=None)
    if trap.state in ("silent", "sprung_silent"):
        trap = replace(trap, silent_due_at=at + silent_after)
    return Decision(trap, moved.effects)


def decide_disarm(trap: Trap, at: datetime) -> Decision:
    """A person takes the trap out of service. Raises Conflict while it is sprung (rule 8)."""
    moved = _move(trap, "disarm", at)
    return Decision(replace(moved.trap, silent_due_at=None), moved.effects)


def decide_arm(trap: Trap, at: datetime, silent_after: timedelta) -> Decision:
    """A person puts the trap back into service. Raises Conflict unless it is armed or disarmed (rule 8)."""
    moved = _move(trap, "arm", at)
    due_at = moved.trap.silent_due_at or at + silent_after
    return Decision(replace(moved.trap, silent_due_at=due_at), moved.effects)


def _is_covered(trap: Trap, firing: Firing) -> bool:
    if firing.uncertain or trap.found_at is None or trap.state in ("sprung", "sprung_silent"):
        return False
    return firing.occurred_at + CLOCK_TOLERANCE < trap.found_at


def _line_event(before: Line | None, after: Line) -> Event | None:
    """A wire that was never seen closed is no news when it is open: a trap still in the shed, or not set again yet."""
    if after == "fault" or (after == "tampered" and before == "closed"):
        return None if before in _BROKEN else "line_broken"
    return "line_mended" if after not in _BROKEN else None


def _move(trap: Trap, event: Event, now: datetime, firing: Firing | None = None) -> Decision:
    entry = TABLE.get((trap.state, event))
    if entry is None:
        raise Conflict(_REFUSED.get(trap.state))
    state, acts = entry
    moved = trap if state == trap.state else replace(trap, state=state, state_changed_at=now)
    return Decision(moved, tuple(_effects(acts, trap.device_key, event, firing or Firing(now))))


_REFUSED: dict[State, str] = {
    "sprung": "The trap is sprung: first record what was found.",
    "sprung_silent": "The trap is sprung: first record what was found.",
}


def _effects(acts: Sequence[Act], device_key: int, event: Event, firing: Firing) -> list[Effect]:
    found: list[Effect] = []
    for act in acts:
        match act:
            case "open_sprung":
                found.append(OpenIncident("trap_sprung", device_key, firing.occurred_at, firing.uncertain, firing.late))
            case "open_sprung_disarmed":
                found.append(
                    OpenIncident("trap_sprung_disarmed", device_key, firing.occurred_at, firing.uncertain, firing.late)
                )
            case "open_silent":
                found.append(OpenIncident("trap_silent", device_key, firing.occurred_at))
            case "open_fault":
                found.append(OpenIncident("trap_fault", device_key, firing.occurred_at))
            case "end_silent":
                reason = "disarmed" if event == "disarm" else "heard_again"
                found.append(EndIncident("trap_silent", device_key, reason))
            case "end_fault":
                reason = "disarmed" if event == "disarm" else "line_mended"
                found.append(EndIncident("trap_fault", device_key, reason))
    return found
