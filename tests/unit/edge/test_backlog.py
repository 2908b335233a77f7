"""What is sent next: bounded, triggers first, nothing forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from edge.core.backlog import (
    Policy,
    Sent,
    Window,
    decide_again,
    decide_delay,
    decide_receipt,
    decide_sends,
    next_due_s,
)

POLICY = Policy(window=8, first_s=10.0, most_s=300.0, spread_s=3.0)

sequences = st.lists(st.integers(1, 60), unique=True, max_size=40).map(sorted)
chances = st.floats(0, 1)


def in_flight(window: Window, now_s: float) -> int:
    return sum(1 for mark in window.sent.values() if mark.sent_at_s > now_s - POLICY.first_s)


def split(numbers, triggers):
    return [n for n in numbers if n in triggers], [n for n in numbers if n not in triggers]


def test_triggers_go_before_readings_and_readings_leave_them_room() -> None:
    window, chosen = decide_sends(Window(), [7, 9], list(range(10, 30)), 0.0, POLICY, 0.0)
    assert chosen == [7, 9, 10, 11, 12, 13, 14, 15]
    window, chosen = decide_sends(Window(), [], list(range(10, 30)), 0.0, POLICY, 0.0)
    assert chosen == [10, 11, 12, 13, 14, 15]
    assert decide_sends(window, [99], list(range(10, 30)), 1.0, POLICY, 0.0)[1] == [99]


def test_where_a_drone_is_now_goes_before_where_it_was() -> None:
    """An hour without a hub: the newest position first, then old ones, up to a quarter of the window."""
    old = list(range(100, 50, -1))
    window, chosen = decide_sends(Window(), [7], [], 0.0, POLICY, 0.0, fresh=old)
    assert chosen == [7, 100, 99]
    window, chosen = decide_sends(window, [7], [1], 0.5, POLICY, 0.0, fresh=[101, *old])
    assert chosen == [101, 1], "a new one need not wait for the receipts of old ones"
    window, settled = decide_receipt(window, [(99, 101)])
    assert settled == [99, 100, 101]
    assert decide_sends(window, [7], [1], 1.0, POLICY, 0.0, fresh=list(range(98, 50, -1)))[1] == [98, 97]


def test_what_is_about_now_leaves_half_of_the_window() -> None:
    window, fresh = Window(), []
    for number in range(1, 20):
        fresh = [number, *fresh]
        window, _ = decide_sends(window, [], [], 0.1 * number, POLICY, 0.0, fresh=fresh)
    assert in_flight(window, 2.0) == POLICY.window // 2
    assert len(decide_sends(window, list(range(50, 60)), [], 2.0, POLICY, 0.0, fresh=fresh)[1]) == 4


def test_a_message_without_receipt_goes_again_after_ten_seconds_then_after_twenty() -> None:
    window, _ = decide_sends(Window(), [1], [], 0.0, POLICY, 0.0)
    assert decide_sends(window, [1], [], 9.9, POLICY, 0.0)[1] == []
    window, chosen = decide_sends(window, [1], [], 10.0, POLICY, 0.0)
    assert chosen == [1]
    assert next_due_s(window, 10.0, POLICY) == 20.0  # the window gets room
    assert decide_sends(window, [1], [], 29.9, POLICY, 0.0)[1] == []
    assert decide_sends(window, [1], [], 30.0, POLICY, 0.0)[1] == [1]


def test_the_delay_doubles_up_to_its_limit_and_chance_makes_it_longer_only() -> None:
    assert [decide_delay(n, 10, 300, 0) for n in (1, 2, 3, 5, 6, 7, 1000)] == [10, 20, 40, 160, 300, 300, 300]
    assert decide_delay(1, 10, 300, 1) == 12.5


def test_while_nobody_gives_receipts_only_the_oldest_readings_cost_airtime() -> None:
    window, waiting, sent = Window(), list(range(1, 100)), set()
    for now_s in range(0, 3600, 5):
        window, chosen = decide_sends(window, [], waiting, float(now_s), POLICY, 0.5)
        sent |= set(chosen)
    assert sent == set(range(1, POLICY.readings_window + 1))


def test_triggers_that_get_no_receipt_do_not_hold_up_a_fresh_one() -> None:
    window, poison = Window(), list(range(1, 50))
    for now_s in range(0, 600, 5):
        window, _ = decide_sends(window, poison, [], float(now_s), POLICY, 0.5)
    now_s, fresh = 600.0, []
    while 99 not in fresh:
        now_s += 5.0
        window, fresh = decide_sends(window, [*poison, 99], [], now_s, POLICY, 0.5)
    assert now_s <= 600.0 + POLICY.first_s


def test_a_receipt_settles_only_what_was_sent() -> None:
    window, _ = decide_sends(Window(), [1, 2, 3], [], 0.0, POLICY, 0.0)
    left, settled = decide_receipt(window, [(2, 10**18)])
    assert settled == [2, 3]
    assert sorted(left.sent) == [1]


def test_when_the_hub_is_back_all_is_due_within_the_spread_and_the_back_off_starts_anew() -> None:
    window = Window({1: Sent(7, 100.0, 400.0), 2: Sent(1, 118.0, 119.0)})
    again = decide_again(window, 120.0, POLICY, 0.5)
    assert {mark.due_at_s for mark in again.sent.values()} == {121.5, 119.0}
    assert in_flight(again, 120.0) == 0
    window, chosen = decide_sends(again, [1, 2], [], 121.5, POLICY, 0.0)
    assert chosen == [1, 2]
    assert window.sent[1].due_at_s == 131.5


events = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.0, 60.0)),
    st.tuples(st.just("keep"), st.tuples(st.booleans(), st.integers(1, 5))),
    st.tuples(st.just("receipt"), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=4)),
    st.tuples(st.just("again"), st.none()),
)


@given(st.lists(events, max_size=60), chances)
def test_the_window_is_bounded_and_no_message_is_forgotten(happenings, chance) -> None:
    """Whatever happens: at most `window` in flight, what was not receipted still waits, and it is sent in the end."""
    window, now_s, kept, next_number = Window(), 0.0, {}, 1
    for what, value in happenings:
        if what == "wait":
            now_s += value
        elif what == "keep":
            is_trigger, count = value
            kept |= dict.fromkeys(range(next_number, next_number + count), is_trigger)
            next_number += count
        elif what == "receipt":
            window, settled = decide_receipt(window, value)
            assert all(any(low <= number <= high for low, high in value) for number in settled)
            kept = {number: trigger for number, trigger in kept.items() if number not in settled}
        else:
            window = decide_again(window, now_s, POLICY, chance)
        triggers, readings = [n for n, t in kept.items() if t], [n for n, t in kept.items() if not t]
        free = POLICY.window - in_flight(window, now_s)
        due = [n for n in triggers if n not in window.sent or window.sent[n].due_at_s <= now_s]
        in_order = [n for n in due if n not in window.sent or window.sent[n].attempts < 3]
        window, chosen = decide_sends(window, triggers, readings, now_s, POLICY, chance)
        assert len(set(chosen)) == len(chosen) <= max(0, free)
        assert in_flight(window, now_s) <= POLICY.window
        assert set(chosen) <= set(kept)
        assert set(in_order[: max(0, free)]) <= set(chosen), "a trigger waits while there is room"
    # Afterwards a hub that gives every receipt empties it all.
    for _ in range(200):
        if not kept:
            break
        due_s = next_due_s(window, now_s, POLICY)
        now_s = now_s + POLICY.first_s if due_s is None else due_s
        triggers, readings = [n for n, t in kept.items() if t], [n for n, t in kept.items() if not t]
        window, chosen = decide_sends(window, triggers, readings, now_s, POLICY, chance)
        window, settled = decide_receipt(window, [(number, number) for number in chosen])
        assert settled == sorted(chosen)
        kept = {number: trigger for number, trigger in kept.items() if number not in settled}
    assert kept == {}


@given(sequences, st.sets(st.integers(1, 60)), st.floats(0, 1000), chances)
def test_asking_again_at_once_sends_nothing_twice(numbers, urgent, now_s, chance) -> None:
    triggers, readings = split(numbers, urgent)
    window, first = decide_sends(Window(), triggers, readings, now_s, POLICY, chance)
    assert not set(first) & set(decide_sends(window, triggers, readings, now_s, POLICY, chance)[1])
    due_s = next_due_s(window, now_s, POLICY)
    assert (due_s is None) == (not numbers)
    assert due_s is None or due_s > now_s
