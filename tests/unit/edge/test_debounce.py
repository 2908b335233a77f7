"""What counts as a change of a line, whatever its contacts do."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.debounce import RESTLESS, Debounce, Settled, decide_level, settles_at_s

SETTLE_S = 0.05

gaps = st.floats(min_value=0.0, max_value=3.0, allow_nan=False)
looks = st.lists(st.tuples(gaps, st.booleans()), max_size=60)


def watch(steps, state=None, settle_s=SETTLE_S):
    """Feed (uptime, level) steps; returns the state and what settled."""
    state, settled = state or Debounce(), []
    for at_s, level in steps:
        state, change = decide_level(state, level, at_s, settle_s)
        if change is not None:
            settled.append(change)
    return state, settled


def at_rest(level: bool) -> Debounce:
    return watch([(0.0, level), (1.0, level)])[0]


def test_a_level_counts_once_it_has_stood_still() -> None:
    state, settled = watch([(10.0, True), (10.049, True)], at_rest(False))
    assert settled == []
    assert settles_at_s(state, SETTLE_S) == pytest.approx(10.05)
    assert watch([(10.05, True)], state)[1] == [Settled(True, 10.0, 1)]


def test_a_knock_shorter_than_the_settling_time_is_nothing() -> None:
    state, settled = watch([(10.0, True), (10.01, False), (20.0, False)], at_rest(False))
    assert settled == []
    assert state == Debounce(settled=False, raw=False, raw_since_s=10.01)


def test_what_chatters_on_the_way_is_folded_and_dated_at_the_first_departure() -> None:
    bounces = [(10.0, True), (10.01, False), (10.02, True), (10.03, False), (10.04, True), (10.2, True)]
    assert watch(bounces, at_rest(False))[1] == [Settled(True, 10.0, 5)]


def test_a_line_that_will_not_come_to_rest_counts_as_high() -> None:
    chatter = [(10.0 + i * 0.01, i % 2 == 0) for i in range(400)]
    assert [change.level for change in watch(chatter, at_rest(False))[1]] == [True]


def test_a_restless_line_that_calms_down_low_settles_low_again() -> None:
    chatter = [(10.0 + i * 0.01, i % 2 == 0) for i in range(400)]
    assert [change.level for change in watch([*chatter, (14.0, False), (15.0, False)], at_rest(False))[1]] == [
        True,
        False,
    ]


@given(looks)
def test_what_settles_alternates_and_never_goes_back_in_time(steps) -> None:
    at_s, absolute = 0.0, []
    for gap, level in steps:
        at_s += gap
        absolute.append((at_s, level))
    settled = watch(absolute)[1]
    levels = [change.level for change in settled]
    assert all(one != other for one, other in pairwise(levels))
    assert all(change.changes >= 1 for change in settled)
    assert all(one.at_s <= other.at_s for one, other in pairwise(settled))


@given(looks, st.booleans())
def test_after_standing_still_the_settled_level_is_the_true_one(steps, last) -> None:
    at_s, absolute = 0.0, []
    for gap, level in [*steps, (0.1, last)]:
        at_s += gap
        absolute.append((at_s, level))
    calm_s = at_s + SETTLE_S * (RESTLESS + 2)
    state, _ = watch([*absolute, (calm_s, last), (calm_s + 1, last)])
    assert state.settled is last
    assert settles_at_s(state, SETTLE_S) is None
