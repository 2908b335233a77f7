"""A trap over time: what ends what, what is history, and random lives in which no rule may break."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Conflict
from hub.traps.decisions import (
    CLOCK_TOLERANCE,
    Firing,
    decide_arm,
    decide_disarm,
    decide_found,
    decide_heard,
    decide_registered,
    decide_seen_to,
    decide_silence,
    decide_sprung,
)
from hub.traps.states import EndIncident, NoteCovered, OpenIncident

examples = settings(max_examples=100, deadline=None)  # no opinion on how fast this machine is

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
SILENT_AFTER = timedelta(minutes=30)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ARMED = decide_registered(7, NOON, SILENT_AFTER)


def sprung(trap=ARMED, at=NOON + MINUTE, now=None, **how):
    return decide_sprung(trap, Firing(at, **how), now or at, SILENT_AFTER)


def silent(trap=ARMED, now=NOON + HOUR):
    return decide_silence(trap, now)


def heard(trap, at, now=None, line=None):
    return decide_heard(trap, at, line, now or at, SILENT_AFTER)


def kinds(decision):
    return [(type(effect).__name__, effect.kind) for effect in decision.effects]


def test_a_firing_opens_an_incident_dated_by_the_firing():
    decision = sprung(at=NOON + MINUTE, now=NOON + 2 * MINUTE)
    assert decision.trap.state == "sprung"
    assert decision.trap.sprung_at == NOON + MINUTE
    assert decision.effects == (OpenIncident("trap_sprung", 7, NOON + MINUTE),)


def test_a_second_firing_is_said_as_well_and_keeps_the_first_ones_time():
    first = sprung().trap
    second = sprung(first, at=NOON + 5 * MINUTE)
    assert kinds(second) == [("OpenIncident", "trap_sprung")]
    assert second.trap.sprung_at == first.sprung_at


@pytest.mark.parametrize("how", [{"late": True}, {"uncertain": True}, {}])
def test_a_late_or_badly_dated_firing_alarms(how):
    decision = sprung(at=NOON - 12 * HOUR, now=NOON + MINUTE, **how)
    assert decision.trap.state == "sprung"
    assert kinds(decision) == [("OpenIncident", "trap_sprung")]


def test_a_firing_before_a_persons_newer_record_is_history():
    trap = decide_found(sprung().trap, NOON + HOUR).trap
    decision = sprung(trap, at=NOON + 30 * MINUTE, now=NOON + 2 * HOUR, late=True)
    assert decision.trap.state == "armed"
    assert decision.effects == (NoteCovered("trap_sprung", 7, NOON + 30 * MINUTE),)


@pytest.mark.parametrize(
    ("at", "how"),
    [
        (NOON + HOUR + MINUTE, {"late": True}),  # after the record
        (NOON + HOUR - CLOCK_TOLERANCE, {"late": True}),  # as near to it as a clock may be wrong
        (NOON + 30 * MINUTE, {"uncertain": True}),  # of no certain time
    ],
)
def test_any_other_late_firing_alarms_in_spite_of_a_record(at, how):
    trap = decide_found(sprung().trap, NOON + HOUR).trap
    assert kinds(sprung(trap, at=at, now=NOON + 2 * HOUR, **how))[-1] == ("OpenIncident", "trap_sprung")


def test_silence_is_dated_by_the_last_word_and_resolves_nothing():
    trap = sprung(at=NOON + MINUTE).trap
    decision = silent(trap)
    assert decision.trap.state == "sprung_silent"
    assert decision.effects == (OpenIncident("trap_silent", 7, NOON + MINUTE),)
    assert decision.trap.silent_due_at is None


def test_a_trap_that_was_never_heard_is_silent_after_its_time_from_registration():
    assert silent(now=NOON + SILENT_AFTER - MINUTE).effects == ()
    assert silent(now=NOON + SILENT_AFTER).effects == (OpenIncident("trap_silent", 7, NOON),)


def test_only_fresh_words_end_silence():
    trap = silent().trap
    old = heard(trap, at=NOON + 20 * MINUTE, now=NOON + 2 * HOUR)
    assert old.trap.state == "silent"
    assert old.effects == ()
    fresh = heard(old.trap, at=NOON + 2 * HOUR)
    assert fresh.trap.state == "armed"
    assert fresh.effects == (EndIncident("trap_silent", 7, "heard_again"),)
    assert fresh.trap.silent_due_at == NOON + 2 * HOUR + SILENT_AFTER


def test_a_late_firing_of_a_silent_trap_leaves_it_silent():
    assert sprung(silent().trap, at=NOON + MINUTE, now=NOON + 2 * HOUR, late=True).trap.state == "sprung_silent"


def test_a_fresh_firing_of_a_silent_trap_ends_the_silence():
    decision = sprung(silent().trap, at=NOON + 2 * HOUR)
    assert decision.trap.state == "sprung"
    assert kinds(decision) == [("EndIncident", "trap_silent"), ("OpenIncident", "trap_sprung")]


def test_a_reset_is_a_word_and_ends_no_sprung():
    trap = silent(sprung().trap).trap
    decision = decide_heard(trap, NOON + 2 * HOUR, None, NOON + 2 * HOUR, SILENT_AFTER, "reset")
    assert decision.trap.state == "sprung"
    assert kinds(decision) == [("EndIncident", "trap_silent")]


def test_whoever_saw_to_a_silent_trap_is_told_again_when_it_stays_silent():
    trap = decide_seen_to(silent().trap, NOON + 2 * HOUR, SILENT_AFTER).trap
    assert trap.state == "silent"
    assert silent(trap, now=NOON + 2 * HOUR + MINUTE).effects == ()
    assert kinds(silent(trap, now=NOON + 3 * HOUR)) == [("OpenIncident", "trap_silent")]


def test_a_disarmed_trap_is_never_silent_and_its_firing_goes_to_staff():
    trap = decide_disarm(ARMED, NOON).trap
    assert trap.silent_due_at is None
    assert silent(trap, now=NOON + 100 * HOUR).effects == ()
    decision = sprung(trap, at=NOON + MINUTE)
    assert decision.trap.state == "disarmed"
    assert kinds(decision) == [("OpenIncident", "trap_sprung_disarmed")]
    assert decide_arm(decision.trap, NOON + HOUR, SILENT_AFTER).trap.silent_due_at == NOON + HOUR + SILENT_AFTER


def test_disarming_a_silent_trap_ends_its_silence():
    assert kinds(decide_disarm(silent().trap, NOON + HOUR))[0] == ("EndIncident", "trap_silent")


def test_a_sprung_trap_cannot_be_disarmed():
    with pytest.raises(Conflict, match="record what was found"):
        decide_disarm(sprung().trap, NOON + HOUR)


class TestWire:
    def test_a_wire_cut_while_armed_is_loud_and_its_mending_ends_it(self):
        closed = heard(ARMED, NOON, line="closed").trap
        cut = heard(closed, NOON + MINUTE, line="tampered")
        assert kinds(cut) == [("OpenIncident", "trap_fault")]
        assert heard(cut.trap, NOON + 2 * MINUTE, line="tampered").effects == ()
        assert kinds(heard(cut.trap, NOON + 2 * MINUTE, line="closed")) == [("EndIncident", "trap_fault")]

    def test_a_trap_still_in_the_shed_is_no_fault(self):
        opened = heard(ARMED, NOON, line="open").trap
        assert heard(opened, NOON + MINUTE, line="tampered").effects == ()

    def test_a_pin_that_cannot_be_read_is_a_fault_whatever_was_before(self):
        assert kinds(heard(ARMED, NOON, line="fault")) == [("OpenIncident", "trap_fault")]

    def test_people_are_on_their_way_to_a_sprung_trap_anyway(self):
        trap = heard(sprung().trap, NOON + 2 * MINUTE, line="open").trap
        assert heard(trap, NOON + HOUR, line="tampered").effects == ()

    def test_an_older_message_does_not_overrule_a_newer_one(self):
        newer = heard(ARMED, NOON + 10 * MINUTE, line="closed").trap
        assert heard(newer, NOON + 5 * MINUTE, now=NOON + 11 * MINUTE, line="tampered").trap.line == "closed"


instants = st.integers(-3 * 86_400, 3 * 86_400).map(lambda s: NOON + timedelta(seconds=s))
acts = st.one_of(
    st.tuples(st.just("sprung"), instants, st.booleans(), st.booleans()),
    st.tuples(st.just("heard"), instants, st.sampled_from([None, "closed", "open", "tampered", "fault"])),
    st.tuples(st.just("reset"), instants),
    st.tuples(st.sampled_from(["silence", "found", "seen_to", "disarm", "arm"])),
)


def step(trap, act, now):
    match act:
        case ("sprung", at, uncertain, late):
            return decide_sprung(trap, Firing(now if uncertain else at, uncertain, late), now, SILENT_AFTER)
        case ("heard", at, line):
            return decide_heard(trap, at, line, now, SILENT_AFTER)
        case ("reset", at):
            return decide_heard(trap, at, None, now, SILENT_AFTER, "reset")
        case (what,):
            return {
                "silence": lambda: decide_silence(trap, now),
                "found": lambda: decide_found(trap, now),
                "seen_to": lambda: decide_seen_to(trap, now, SILENT_AFTER),
                "disarm": lambda: decide_disarm(trap, now),
                "arm": lambda: decide_arm(trap, now, SILENT_AFTER),
            }[what]()


@examples
@given(st.lists(st.tuples(instants, acts), max_size=40))
def test_over_any_life_no_firing_is_swallowed_and_nothing_but_a_record_ends_sprung(life):
    """Instants are in no order: the clock jumps, and messages come late."""
    trap = ARMED
    for now, act in life:
        try:
            decision = step(trap, act, now)
        except Conflict:
            assert act[0] in ("disarm", "arm")
            continue
        after = decision.trap
        if act[0] == "sprung":
            loud = [e for e in decision.effects if isinstance(e, OpenIncident) and e.kind.startswith("trap_sprung")]
            history = [e for e in decision.effects if isinstance(e, NoteCovered)]
            assert loud or history
            if history:
                assert not act[2]
                assert trap.found_at is not None
                assert act[1] < trap.found_at
        if trap.state in ("sprung", "sprung_silent") and act[0] != "found":
            assert after.state in ("sprung", "sprung_silent")
        assert (after.sprung_at is not None) == (after.state in ("sprung", "sprung_silent"))
        # whoever is expected to speak has an instant by which it must have spoken
        if after.state in ("armed", "sprung"):
            assert after.silent_due_at is not None
        if after.state == "disarmed":
            assert after.silent_due_at is None
        trap = replace(after)
