"""Who is to be told now, and when to look again.

Pure: (escalation, plan, what was tried, now) -> what it becomes, and orders. The rules, which property tests hold over
random histories:

1.  An unresolved incident always has a due instant; a resolved one never has.
2.  While somebody is on their way nobody is paged; the due instant is then the end of that answer.
3.  A round's number never comes twice, so a notice is due at most once a (round, person, channel).
4.  Rounds that were missed (the hub was down) are not made up for: one round, and then the usual pause.
5.  Who is still waiting for an earlier notice on the same channel gets no second one.
6.  A clock that goes back delays nothing: what was due in ten minutes is due in ten minutes.
7.  An old incident (plans.py) only reminds staff, answered or not. A new event makes it a fresh one.
8.  What cannot be delivered moves on at once: to the person's next channel, or, when a round has reached nobody, to the
    next round that has somebody new.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.alerts.incidents import IncidentState, next_state
from hub.alerts.plans import Plan, Target

__all__ = [
    "LONGEST_ETA", "Decision", "Escalation", "Note", "Order", "Reach", "decide_again", "decide_due", "decide_failed",
    "decide_going", "decide_opened", "decide_replanned", "decide_resolved", "retry_after",
]  # fmt: skip

# Nobody is on the way for longer than a day.
LONGEST_ETA = timedelta(days=1)
# Clocks of two machines, or of one that is being adjusted, may differ by so much without anything being wrong.
_CLOCK_SLACK = timedelta(seconds=5)
_LONGEST_RETRY_S = 60
# A channel that has failed so often in a row, without being refused for good, is no longer waited for.
_PATIENCE_ATTEMPTS = 4

Reach = tuple[str, str]  # (person's id, channel)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Where an incident stands. `due_set_at` is when `next_due_at` was settled; `next_step` numbers the next round."""

    state: IncidentState
    acute_until: datetime
    next_step: int
    next_due_at: datetime | None
    due_set_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """Tell this person on this channel, as part of round `step`."""

    step: int
    person_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Note:
    """An entry for the timeline."""

    kind: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Decision:
    """The escalation from now on, whom to tell, and what the timeline says.

    `lapsed`: nobody is on the way any more. `stranded`: the plan reaches nobody, so it should be made again.
    """

    escalation: Escalation
    orders: tuple[Order, ...] = ()
    notes: tuple[Note, ...] = ()
    lapsed: bool = False
    stranded: bool = False


def decide_opened(plan: Plan, now: datetime) -> Escalation:
    """A new incident: its first round is due as the plan says."""
    due_at = now + timedelta(seconds=plan.step(0).after_s)
    return Escalation("open", now + timedelta(seconds=plan.acute_for_s), 0, due_at, now)


def decide_again(escalation: Escalation, plan: Plan, now: datetime) -> Escalation:
    """The same thing happened again. An old incident becomes a fresh one; if nobody is on the way it pages at once."""
    was_old = now >= escalation.acute_until
    acute_until = max(escalation.acute_until, now + timedelta(seconds=plan.acute_for_s))
    escalation = replace(escalation, state=next_state(escalation.state, "again"), acute_until=acute_until)
    if was_old and escalation.state == "open":
        return replace(escalation, next_due_at=now, due_set_at=now)
    return escalation


def decide_going(escalation: Escalation, plan: Plan, expected_at: datetime, now: datetime) -> Escalation:
    """Somebody is on the way; `expected_at` is the latest ETA of all who are. Raises Conflict when it is settled."""
    state = next_state(escalation.state, "going")
    # An answer that was given by a clock that has gone back since must not stop the paging for longer than any may.
    expected_at = min(expected_at, now + LONGEST_ETA)
    return replace(escalation, state=state, next_due_at=expected_at + timedelta(seconds=plan.grace_s), due_set_at=now)


def decide_resolved(escalation: Escalation, now: datetime) -> Escalation:
    """It is settled: nothing is due any more. Raises Conflict when it was settled before."""
    return replace(escalation, state=next_state(escalation.state, "resolved"), next_due_at=None, due_set_at=now)


def decide_replanned(escalation: Escalation, now: datetime) -> Escalation:
    """The plan reached nobody and a new one does: its round is due at once."""
    return replace(escalation, next_due_at=now, due_set_at=now)


def decide_due(
    escalation: Escalation, plan: Plan, waiting: AbstractSet[Reach], refused: AbstractSet[Reach], now: datetime
) -> Decision:
    """What is due by now, if anything.

    `waiting`: who has a notice of this incident underway on which channel. `refused`: which were given up before.
    """
    due_at = escalation.next_due_at
    if due_at is None:
        return Decision(escalation)
    if now + _CLOCK_SLACK < escalation.due_set_at:
        rebased = replace(escalation, next_due_at=now + (due_at - escalation.due_set_at), due_set_at=now)
        return Decision(rebased, notes=(Note("clock_went_back", {}),))
    if now < due_at:
        return Decision(escalation)
    lapsed = escalation.state == "going"
    is_old = now >= escalation.acute_until
    number = escalation.next_step
    step, following = (plan.reminder, plan.reminder) if is_old else (plan.step(number), plan.step(number + 1))
    targets = plan.targets(step)
    reaches = [(target.person_id, _best_channel(target, refused)) for target in targets]
    orders = tuple(Order(number, person, channel) for person, channel in reaches if (person, channel) not in waiting)
    after = replace(
        escalation,
        state=next_state("going", "lapsed") if lapsed else escalation.state,
        next_step=number + 1,
        next_due_at=now + timedelta(seconds=following.after_s),
        due_set_at=now,
    )
    notes = [Note("lapsed", {})] if lapsed else []
    if orders:
        notes.append(Note("told", {"step": number, "people": [o.person_id for o in orders], "reminder": is_old}))
    elif not targets and _is_power_of_two(number):
        # Said often enough to be seen, and not a line a round for ever.
        notes.append(Note("nobody_to_tell", {"step": number}))
    return Decision(after, orders, tuple(notes), lapsed, stranded=not plan.reaches_somebody)


def decide_failed(
    escalation: Escalation,
    plan: Plan,
    failed: Order,
    *,
    permanent: bool,
    attempts: int,
    refused: AbstractSet[Reach],
    reached: bool,
    now: datetime,
) -> Decision:
    """A notice could not be delivered (`attempts` tries so far); `refused` includes it when `permanent`.

    `reached`: whether anybody has got, or may still get, a notice of the same round or of a later one.
    """
    if escalation.state != "open":
        return Decision(escalation)
    if not permanent and attempts != _PATIENCE_ATTEMPTS:
        return Decision(escalation)
    channel = _next_channel(plan, failed, refused)
    if channel is not None:
        order = Order(failed.step, failed.person_id, channel)
        return Decision(
            escalation, (order,), (Note("other_channel", {"person": failed.person_id, "channel": channel}),)
        )
    if not permanent or reached:
        return Decision(escalation)
    number = _next_useful_step(escalation, plan, refused)
    if number is None:
        return Decision(escalation)
    moved = replace(escalation, next_step=number, next_due_at=now, due_set_at=now)
    return Decision(moved, notes=(Note("moved_on", {"step": number}),))


def retry_after(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th try failed: 2 s, 4 s, … up to a minute."""
    return timedelta(seconds=min(_LONGEST_RETRY_S, 2 ** min(attempts, 10)))


def _best_channel(target: Target, refused: AbstractSet[Reach]) -> str:
    usable = [channel for channel in target.channels if (target.person_id, channel) not in refused]
    # Everything was refused: what was wrong may have been mended since, and silence would be worse.
    return (usable or target.channels)[0]


def _next_channel(plan: Plan, failed: Order, refused: AbstractSet[Reach]) -> str | None:
    channels = next((t.channels for t in plan.people if t.person_id == failed.person_id), ())
    later = channels[channels.index(failed.channel) + 1 :] if failed.channel in channels else ()
    return next((channel for channel in later if (failed.person_id, channel) not in refused), None)


def _next_useful_step(escalation: Escalation, plan: Plan, refused: AbstractSet[Reach]) -> int | None:
    for number in range(escalation.next_step, max(escalation.next_step + 1, len(plan.steps))):
        targets = plan.targets(plan.step(number))
        if any((target.person_id, channel) not in refused for target in targets for channel in target.channels):
            return number
    return None


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
