"""Whether anything may be called silent: not what nobody could hear because the hub was down."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.alerts.watch import Watch, decide_watch
from tests.unit.alerts.samples import DAY, HOUR, MINUTE, NOON, SECOND

examples = settings(max_examples=100, deadline=None)  # no opinion on how fast this machine is

SILENT_AFTER = 30 * MINUTE


def test_a_first_look_and_those_that_follow_sweep():
    watch, sweeps = decide_watch(Watch(None, None), NOON, SILENT_AFTER)
    assert sweeps
    assert decide_watch(watch, NOON + 2 * SECOND, SILENT_AFTER) == (Watch(NOON + 2 * SECOND, None), True)


def test_after_a_pause_everybody_has_the_time_to_speak_again():
    watch, sweeps = decide_watch(Watch(NOON, None), NOON + HOUR, SILENT_AFTER)
    assert not sweeps
    assert watch.resumes_at == NOON + HOUR + SILENT_AFTER
    looks = 0
    now = NOON + HOUR
    while not sweeps:
        now += 2 * SECOND
        watch, sweeps = decide_watch(watch, now, SILENT_AFTER)
        looks += 1
    assert now == NOON + HOUR + SILENT_AFTER
    assert watch.resumes_at is None


def test_a_short_hiccup_is_no_pause():
    assert decide_watch(Watch(NOON, None), NOON + 50 * SECOND, SILENT_AFTER)[1]


def test_a_town_with_a_short_rule_has_short_pauses():
    assert not decide_watch(Watch(NOON, None), NOON + 11 * SECOND, 4 * SECOND)[1]
    assert decide_watch(Watch(NOON, None), NOON + 9 * SECOND, 4 * SECOND)[1]


@examples
@given(st.lists(st.integers(-90, 90), max_size=10), st.integers(2, 7200))
def test_whatever_the_clock_did_it_sweeps_again_after_the_rules_time(jumps_days, silent_after_s):
    silent_after = timedelta(seconds=silent_after_s)
    watch, now = Watch(NOON, None), NOON
    for days in jumps_days:
        now += days * DAY
        watch, _ = decide_watch(watch, now, silent_after)
    end = now + silent_after + 10 * SECOND
    sweeps = False
    while not sweeps and now < end:
        now += 5 * SECOND
        watch, sweeps = decide_watch(watch, now, silent_after)
    assert sweeps
