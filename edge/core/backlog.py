"""What to send next, and when again. Pure.

A message counts as delivered when the hub's receipt names it; until then it is sent again. The rules:

1. At most `window` messages are in flight: sent less than `first_s` ago and without a receipt.
2. Triggers (sprung, reset) go before readings, in their order, and may use the whole window; readings leave a quarter
   of it free, so a trigger never waits behind them. Those sent in vain three times let the others go first, so that a
   message which the hub will not receipt holds up no other.
3. Readings go in order, and only the oldest few at a time: while nobody gives receipts, a backlog of weeks stays on
   this disk and costs no airtime.
4. A message without a receipt goes again after `first_s`, then after twice as long, up to `most_s`, each time a little
   longer by chance, so that a town's agents drift apart.
5. What is about now (where a drone is) goes newest first, after triggers and before readings, so that an hour without a
   hub does not delay where it is now. It uses half of the window at most, and all but the newest a quarter.
6. When the hub announces itself or the connection is back, everything in flight is due at once (within `spread_s`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Policy", "Sent", "Window", "decide_again", "decide_delay", "decide_receipt", "decide_sends", "next_due_s"]

_CHANCE = 0.25
_IN_VAIN = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of sending; see OutboxConfig. Seconds."""

    window: int = 64
    first_s: float = 10.0
    most_s: float = 300.0
    spread_s: float = 3.0

    @property
    def readings_window(self) -> int:
        """How much of the window readings may use."""
        return self.window - max(1, self.window // 4)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent `attempts` times, last at `sent_at_s`, and goes again at `due_at_s` (uptimes)."""

    attempts: int
    sent_at_s: float
    due_at_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """What was sent and has no receipt yet, by sequence number."""

    sent: Mapping[int, Sent] = field(default_factory=dict[int, Sent])


def decide_delay(attempts: int, first_s: float, most_s: float, chance: float) -> float:
    """Seconds to wait after the `attempts`-th try: doubling from `first_s` to `most_s`, up to a quarter longer
    (`chance` in 0..1).
    """
    return min(first_s * 2.0 ** min(attempts - 1, 60), most_s) * (1.0 + _CHANCE * chance)


def decide_sends(
    window: Window,
    triggers: Sequence[int],
    readings: Sequence[int],
    now_s: float,
    policy: Policy,
    chance: float,
    *,
    fresh: Sequence[int] = (),
) -> tuple[Window, list[int]]:
    """Which messages to send now, in order. `triggers`, `readings` and `fresh` (newest first) are all that waits (of
    readings, the oldest suffice).
    """
    waiting = {*triggers, *readings, *fresh}
    sent = {sequence: mark for sequence, mark in window.sent.items() if sequence in waiting}
    room = policy.window - sum(1 for mark in sent.values() if mark.sent_at_s > now_s - policy.first_s)
    due = [sequence for sequence in triggers if _is_due(sent.get(sequence), now_s)]
    due.sort(key=lambda sequence: (_attempts(sent.get(sequence)) >= _IN_VAIN, sequence))
    chosen = due[: max(0, room)]
    chosen += _choose_fresh(sent, fresh, room - len(chosen), now_s, policy)
    readings_in_flight = [
        sequence for sequence in readings if (mark := sent.get(sequence)) and mark.sent_at_s > now_s - policy.first_s
    ]
    room = min(room - len(chosen), policy.readings_window - len(readings_in_flight))
    due = [sequence for sequence in readings[: policy.readings_window] if _is_due(sent.get(sequence), now_s)]
    chosen += due[: max(0, room)]
    for sequence in chosen:
        attempts = _attempts(sent.get(sequence)) + 1
        delay_s = decide_delay(attempts, policy.first_s, policy.most_s, chance)
        sent[sequence] = Sent(attempts, now_s, now_s + delay_s)
    return Window(sent), chosen


def decide_receipt(window: Window, ranges: Iterable[tuple[int, int]]) -> tuple[Window, list[int]]:
    """Which messages a receipt settles: those in its (inclusive) ranges that were sent at all.

    What was never sent cannot have arrived; a receipt that says so is wrong, and must not empty the outbox.
    """
    spans = [(low, high) for low, high in ranges if low <= high]
    settled = sorted(sequence for sequence in window.sent if any(low <= sequence <= high for low, high in spans))
    gone = set(settled)
    return Window({sequence: mark for sequence, mark in window.sent.items() if sequence not in gone}), settled


def decide_again(window: Window, now_s: float, policy: Policy, chance: float) -> Window:
    """The hub is back: all that was sent in vain is lost, due within `spread_s`, and its back-off starts anew."""
    at_s = now_s + policy.spread_s * chance
    lost_s = now_s - policy.first_s
    return Window(
        {
            sequence: Sent(0, min(mark.sent_at_s, lost_s), min(mark.due_at_s, at_s))
            for sequence, mark in window.sent.items()
        }
    )


def next_due_s(window: Window, now_s: float, policy: Policy) -> float | None:
    """The uptime at which deciding again may send something (a message falls due, or the window gets room); None:
    never.

    To be asked after `decide_sends`: what was due before and was not chosen waits for room.
    """
    moments = [moment for mark in window.sent.values() for moment in (mark.due_at_s, mark.sent_at_s + policy.first_s)]
    return min((moment for moment in moments if moment > now_s), default=None)


def _choose_fresh(sent: Mapping[int, Sent], fresh: Sequence[int], room: int, now_s: float, policy: Policy) -> list[int]:
    in_flight = sum(1 for number in fresh if (mark := sent.get(number)) and mark.sent_at_s > now_s - policy.first_s)
    chosen: list[int] = []
    for place, number in enumerate(fresh):
        share = policy.window // 2 if place == 0 else policy.window // 4
        if len(chosen) >= min(room, share - in_flight):
            if place:
                break
        elif _is_due(sent.get(number), now_s):
            chosen.append(number)
    return chosen


def _is_due(mark: Sent | None, now_s: float) -> bool:
    return mark is None or mark.due_at_s <= now_s


def _attempts(mark: Sent | None) -> int:
    return 0 if mark is None else mark.attempts
