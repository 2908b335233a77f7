"""Who is to be told now, and when to look again.

Pure: (escalation, plan, what was tried, now) -> what it becomes, and orders. The rules, which property tests hold over
random histories:

1.  An unresolved incident always has a due instant; a resolved one never has.
2.  While enough people are on their way nobody is paged; the due instant is then the end of their answers. While a
    second person is wanted only that is asked for, of those who are not going.
3.  A round's number never comes twice, so a notice is due at most once a (round, person, channel).
4.  Rounds that were missed (the hub was down) are not made up for: one round, and then the usual pause.
5.  Who is still waiting for an earlier notice on the same channel gets no second one.
6.  A clock that goes back delays nothing: what was due in ten minutes is due in ten minutes.
7.  An old incident (plans.py) only reminds staff, answered or not. A new event makes it a fresh one.
8.  What cannot be delivered moves on at once: to the person's next channel, or, when a round has reached nobody, to the
    next round that has somebody new.
9.  Who is not to be told just now (quiet.py: a mute, or the night) is held, and told as soon as that is over. A round
    in which all would be held waits as a whole, and nobody else is told because of it. Nothing is skipped.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.alerts.answers import Answered, lacks_second, latest_eta
from hub.alerts.incidents import PAGING, IncidentState, next_state
from hub.alerts.plans import Plan, Step, Target
from hub.alerts.quiet import Quiet, Why

__all__ = [
    "LONGEST_ETA", "PATIENCE_ATTEMPTS", "Decision", "Escalation", "Hold", "Note", "Order", "Reach", "decide_again",
    "decide_answered", "decide_due", "decide_failed", "decide_opened", "decide_replanned", "decide_resolved",
    "retry_after",
]  # fmt: skip

# Nobody is on the way for longer than a day.
LONGEST_ETA = timedelta(days=1)
# Clocks of two machines, or of one that is being adjusted, may differ by so much without anything being wrong.
_CLOCK_SLACK = timedelta(seconds=5)
_LONGEST_RETRY_S = 60
# A channel that has failed so often in a row, without being refused for good, is no longer waited for.
PATIENCE_ATTEMPTS = 4

Reach = tuple[str, str]  # (person's id, channel)
_NOBODY: AbstractSet[str] = frozenset()
_NO_HOLDS: Mapping[str, int] = {}
_NO_QUIET: Mapping[str, Quiet] = {}


@dataclass(frozen=True, slots=True)
class Escalation:
    """Where an incident stands.

    `next_step` numbers the next round, `plan_step` says which of the plan's steps it is. Three instants may be set: the
    next round, the end of the answers, and the end of somebody's mute or night (`release_at`); `due_set_at` is when
    they were settled. `waits_for`: why the whole round waits, None when it does not.
    """

    state: IncidentState
    acute_until: datetime
    next_step: int
    due_set_at: datetime
    plan_step: int = 0
    round_due_at: datetime | None = None
    answered_until: datetime | None = None
    release_at: datetime | None = None
    waits_for: Why | None = None

    @property
    def next_due_at(self) -> datetime | None:
        """When to look again; None when it is resolved."""
        return min(filter(None, (self.round_due_at, self.answered_until, self.release_at)), default=None)


@dataclass(frozen=True, slots=True)
class Order:
    """Tell this person on this channel, as part of round `step`."""

    step: int
    person_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Hold:
    """This person was due in round `step` and is told later."""

    step: int
    person_id: str
    why: Why


@dataclass(frozen=True, slots=True)
class Note:
    """An entry for the timeline."""

    kind: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Decision:
    """The escalation from now on, whom to tell, and what the timeline says.

    `lapsed`: nobody is on the way any more. `stranded`: the plan reaches nobody, so it should be made again. `holds`
    are to be kept; `released` are people whose hold is over, told now.
    """

    escalation: Escalation
    orders: tuple[Order, ...] = ()
    notes: tuple[Note, ...] = ()
    lapsed: bool = False
    stranded: bool = False
    holds: tuple[Hold, ...] = ()
    released: tuple[str, ...] = ()


def decide_opened(plan: Plan, now: datetime) -> Escalation:
    """A new incident: its first round is due as the plan says."""
    due_at = now + timedelta(seconds=plan.step(0).after_s)
    return Escalation("open", now + timedelta(seconds=plan.acute_for_s), 0, now, round_due_at=due_at)


def decide_again(escalation: Escalation, plan: Plan, now: datetime) -> Escalation:
    """The same thing happened again. An old incident becomes a fresh one; if nobody is on the way it pages at once."""
    was_old = now >= escalation.acute_until
    acute_until = max(escalation.acute_until, now + timedelta(seconds=plan.acute_for_s))
    escalation = replace(escalation, state=next_state(escalation.state, "again"), acute_until=acute_until)
    if was_old and escalation.state == "open":
        return _round_due(escalation, now, now)
    return escalation


def decide_answered(
    escalation: Escalation, plan: Plan, answers: Collection[Answered], now: datetime, *, came_back: bool = False
) -> Escalation:
    """The answers have changed to these: given, taken back, or ended by coming back (`came_back`).

    Raises Conflict when it is settled. What was held is dropped, unless nothing changes by it.
    """
    if not answers:
        if (state := next_state(escalation.state, "nobody_goes")) == escalation.state:
            return escalation
        # Whoever came back without a report may write it first; an answer that was taken back leaves a hole at once.
        due_at = now + timedelta(seconds=plan.grace_s if came_back else 0)
        return replace(_round_due(escalation, due_at, now), state=state, answered_until=None, release_at=None)
    event = "one_goes" if lacks_second(answers, plan.people_wanted) else "enough_go"
    state = next_state(escalation.state, event)
    # An answer that was given by a clock that has gone back since must not stop the paging for longer than any may.
    expected_at = min(latest_eta(answers), now + LONGEST_ETA)
    until = expected_at + timedelta(seconds=plan.grace_s)
    if state == escalation.state == "seeking":
        return replace(_rebased(escalation, now), answered_until=until)
    seek_at = now if state == "seeking" else None
    return replace(_round_due(escalation, seek_at, now), state=state, answered_until=until, release_at=None)


def decide_resolved(escalation: Escalation, now: datetime) -> Escalation:
    """It is settled: nothing is due any more. Raises Conflict when it was settled before."""
    state = next_state(escalation.state, "resolved")
    return replace(_round_due(escalation, None, now), state=state, answered_until=None, release_at=None)


def decide_replanned(escalation: Escalation, now: datetime) -> Escalation:
    """The plan reached nobody and a new one does: its round is due at once."""
    return _round_due(escalation, now, now)


def decide_due(
    escalation: Escalation,
    plan: Plan,
    waiting: AbstractSet[Reach],
    refused: AbstractSet[Reach],
    now: datetime,
    *,
    held: Mapping[str, int] = _NO_HOLDS,
    quiet: Mapping[str, Quiet] = _NO_QUIET,
    going: AbstractSet[str] = _NOBODY,
) -> Decision:
    """What is due by now, if anything.

    `waiting`: who has a notice of this incident underway on which channel. `refused`: which were given up before.
    `held`: who is held since which round. `quiet`: who is not to be told now (quiet.py). `going`: who is on the way.
    """
    due_at = escalation.next_due_at
    if due_at is None:
        return Decision(escalation)
    if now + _CLOCK_SLACK < escalation.due_set_at:
        return Decision(_rechecked(_rebased(escalation, now), now), notes=(Note("clock_went_back", {}),))
    if now < due_at:
        return Decision(escalation)
    lapsed = escalation.answered_until is not None and now >= escalation.answered_until
    notes: list[Note] = []
    if lapsed:
        state = next_state(escalation.state, "lapsed")
        escalation = replace(_round_due(escalation, now, now), state=state, answered_until=None)
        held, going = _NO_HOLDS, _NOBODY
        notes.append(Note("lapsed", {}))
    released = tuple(person for person in held if person not in quiet)
    known = {target.person_id: target for target in plan.people if target.channels}
    orders = [
        Order(held[person], person, _best_channel(known[person], refused)) for person in released if person in known
    ]
    orders = [order for order in orders if (order.person_id, order.channel) not in waiting]
    if orders:
        notes.append(Note("told", {"step": orders[0].step, "people": [o.person_id for o in orders], "reminder": False}))
    kept = {person: step for person, step in held.items() if person in quiet}
    told = Decision(escalation, tuple(orders), tuple(notes), lapsed, not plan.reaches_somebody, (), released)
    if escalation.round_due_at is not None and now >= escalation.round_due_at:
        told = _run_round(told, plan, waiting, refused, now, kept=kept, quiet=quiet, going=going)
    still = [quiet[person].until_at for person in (*kept, *(hold.person_id for hold in told.holds))]
    return replace(told, escalation=replace(told.escalation, release_at=min(still, default=None), due_set_at=now))


def _rechecked(escalation: Escalation, now: datetime) -> Escalation:
    """Whether it is night, and whether a mute holds, is to be asked again: the clock that said so was wrong."""
    return replace(
        escalation,
        round_due_at=now if escalation.waits_for else escalation.round_due_at,
        release_at=now if escalation.release_at else None,
    )


def _run_round(
    before: Decision,
    plan: Plan,
    waiting: AbstractSet[Reach],
    refused: AbstractSet[Reach],
    now: datetime,
    *,
    kept: Mapping[str, int],
    quiet: Mapping[str, Quiet],
    going: AbstractSet[str],
) -> Decision:
    """The round itself. `before` has been decided already, the orders to people whose hold is over among it."""
    escalation, number = before.escalation, before.escalation.next_step
    is_old = now >= escalation.acute_until
    step, following = _steps_due(escalation, plan, is_old=is_old)
    targets = [target for target in plan.targets(step) if target.person_id not in going]
    if escalation.state == "seeking" and not targets:
        targets = [target for target in plan.targets(plan.reminder) if target.person_id not in going]
    awake = [target for target in targets if target.person_id not in quiet]
    asleep = [target for target in targets if target.person_id in quiet]
    if asleep and not awake:
        return _postponed(before, asleep, quiet, now)
    done = {(order.person_id, order.channel) for order in before.orders} | waiting
    reaches = [(target.person_id, _best_channel(target, refused)) for target in awake]
    orders = tuple(Order(number, person, channel) for person, channel in reaches if (person, channel) not in done)
    holds = tuple(
        Hold(number, target.person_id, quiet[target.person_id].why) for target in asleep if target.person_id not in kept
    )
    notes = list(before.notes)
    if orders:
        detail = {"step": number, "people": [o.person_id for o in orders], "reminder": is_old}
        notes.append(Note("told", detail | ({"second": True} if escalation.state == "seeking" else {})))
    elif not targets and not plan.low and _is_power_of_two(number):
        # Said often enough to be seen, and not a line a round for ever.
        notes.append(Note("nobody_to_tell", {"step": number}))
    if holds:
        notes.append(_wait_note(holds[0].why, [hold.person_id for hold in holds], quiet))
    after = replace(
        _round_due(escalation, now + timedelta(seconds=following.after_s), now),
        next_step=number + 1,
        plan_step=escalation.plan_step + (0 if escalation.state == "seeking" else 1),
    )
    return replace(before, escalation=after, orders=before.orders + orders, notes=tuple(notes), holds=holds)


def _steps_due(escalation: Escalation, plan: Plan, *, is_old: bool) -> tuple[Step, Step]:
    """The step of a round that is due, and the one after it."""
    if escalation.state == "seeking":
        return plan.seek_step, plan.seek_step
    if is_old:
        return plan.reminder, plan.reminder
    return plan.step(escalation.plan_step), plan.step(escalation.plan_step + 1)


def _postponed(before: Decision, asleep: Sequence[Target], quiet: Mapping[str, Quiet], now: datetime) -> Decision:
    """Nobody of the round may be told now: it waits until the first of them may be."""
    first = min((quiet[target.person_id] for target in asleep), key=lambda one: one.until_at)
    notes = before.notes
    if before.escalation.waits_for != first.why:
        notes += (_wait_note(first.why, [target.person_id for target in asleep], quiet),)
    waiting = replace(_round_due(before.escalation, first.until_at, now), waits_for=first.why)
    return replace(before, escalation=waiting, notes=notes)


def _wait_note(why: Why, people: Sequence[str], quiet: Mapping[str, Quiet]) -> Note:
    until = min(quiet[person].until_at for person in people)
    return Note("waits", {"why": why, "until": until.isoformat(), "people": list(people)})


def _round_due(escalation: Escalation, due_at: datetime | None, now: datetime) -> Escalation:
    """The next round is due then; every other instant is as far off as it was."""
    return replace(_rebased(escalation, now), round_due_at=due_at, waits_for=None)


def _rebased(escalation: Escalation, now: datetime) -> Escalation:
    """Settled anew at `now`. Where the clock has gone back, what was due in ten minutes is due in ten minutes."""
    if now + _CLOCK_SLACK >= escalation.due_set_at:
        return replace(escalation, due_set_at=now)

    def moved(due_at: datetime | None) -> datetime | None:
        return None if due_at is None else now + (due_at - escalation.due_set_at)

    return replace(
        escalation,
        round_due_at=moved(escalation.round_due_at),
        answered_until=moved(escalation.answered_until),
        release_at=moved(escalation.release_at),
        due_set_at=now,
    )


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
    if escalation.state not in PAGING:
        return Decision(escalation)
    if not permanent and attempts != PATIENCE_ATTEMPTS:
        return Decision(escalation)
    channel = _next_channel(plan, failed, refused)
    if channel is not None:
        order = Order(failed.step, failed.person_id, channel)
        return Decision(
            escalation, (order,), (Note("other_channel", {"person": failed.person_id, "channel": channel}),)
        )
    if not permanent or reached or escalation.state == "seeking":
        return Decision(escalation)
    number = _next_useful_step(escalation, plan, refused)
    if number is None:
        return Decision(escalation)
    moved = replace(_round_due(escalation, now, now), plan_step=number)
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
    place = channels.index(failed.channel) if failed.channel in channels else len(channels)
    # Where a step has put a channel first that the person would use last, those before it have not been tried.
    later = channels[place + 1 :] + (channels[:place] if plan.orders_channels else ())
    return next((channel for channel in later if (failed.person_id, channel) not in refused), None)


def _next_useful_step(escalation: Escalation, plan: Plan, refused: AbstractSet[Reach]) -> int | None:
    for number in range(escalation.plan_step, max(escalation.plan_step + 1, len(plan.steps))):
        targets = plan.targets(plan.step(number))
        if any((target.person_id, channel) not in refused for target in targets for channel in target.channels):
            return number
    return None


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
