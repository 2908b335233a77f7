"""Since when a trap was in a state, which is not when the hub learned of it."""

from datetime import UTC, datetime, timedelta

from hub.traps.decisions import (
    Firing,
    Trap,
    decide_disarm,
    decide_found,
    decide_heard,
    decide_registered,
    decide_silence,
    decide_sprung,
)
from hub.traps.history import known_from

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AFTER = 30 * MINUTE


def new_trap() -> Trap:
    return decide_heard(decide_registered(7, NOON, AFTER), NOON, "closed", NOON, AFTER).trap


def since(before: Trap | None, after: Trap) -> datetime:
    known = known_from(before, after)
    assert known is not None
    assert known.recorded_at == after.state_changed_at
    return known.since_at


def test_a_new_trap_stands_from_its_registration() -> None:
    assert since(None, decide_registered(7, NOON, AFTER)) == NOON


def test_no_change_is_not_kept() -> None:
    trap = new_trap()
    assert known_from(trap, decide_heard(trap, NOON + MINUTE, "closed", NOON + MINUTE, AFTER).trap) is None


def test_a_late_firing_counts_from_when_the_trap_fired() -> None:
    trap = new_trap()
    late = decide_sprung(trap, Firing(NOON + MINUTE, late=True), NOON + 5 * HOUR, AFTER).trap
    assert since(trap, late) == NOON + MINUTE


def test_silence_counts_from_the_last_word() -> None:
    trap = decide_heard(new_trap(), NOON + HOUR, "closed", NOON + HOUR, AFTER).trap
    silent = decide_silence(trap, NOON + 3 * HOUR).trap
    assert (silent.state, since(trap, silent)) == ("silent", NOON + HOUR)


def test_silence_never_reaches_behind_a_persons_visit() -> None:
    trap = decide_sprung(new_trap(), Firing(NOON + HOUR), NOON + HOUR, AFTER).trap
    found = decide_found(trap, NOON + 4 * HOUR).trap
    silent = decide_silence(found, NOON + 5 * HOUR).trap
    assert (silent.state, since(found, silent)) == ("silent", NOON + 4 * HOUR)


def test_out_of_service_and_found_count_from_the_act() -> None:
    trap = new_trap()
    assert since(trap, decide_disarm(trap, NOON + HOUR).trap) == NOON + HOUR
    sprung = decide_sprung(trap, Firing(NOON), NOON, AFTER).trap
    assert since(sprung, decide_found(sprung, NOON + HOUR).trap) == NOON + HOUR
