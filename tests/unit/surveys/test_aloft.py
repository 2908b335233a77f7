"""Who is in the air by what is known, and of whom it is known where: nobody is forgotten who may fly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.orders import Phase
from hub.surveys.aloft import Known, aloft_of
from hub.surveys.meeting import Way
from hub.surveys.states import AIRBORNE, SORTIE_STATES
from tests.unit.surveys.ways import EAST, way_of

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
WAY: Way = way_of(EAST)
LASTS_S = WAY.sortie["flight_s"]
FLIES = Known("flying", NOW - timedelta(seconds=43), 0, NOW - timedelta(seconds=40), NOW, "surveying", 0.2, False, None)
ORDERED = Known("starting", NOW, 20, None, NOW, "ready", 0.2, False, None)


def _ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def _is_timed(known: Known) -> bool | None:
    found = aloft_of(known, WAY, NOW)
    return None if found is None else found.is_timed


def test_a_start_lies_between_its_order_and_the_first_word_of_flight() -> None:
    found = aloft_of(FLIES, WAY, NOW)
    assert found is not None
    assert (found.earliest_s, found.latest_s, found.is_timed) == (-43, -40, True)
    # The climb was not heard of, and the wait on the ground is no news.
    late = aloft_of(replace(FLIES, started_at=_ago(10), waits_s=5), WAY, NOW)
    assert late is not None
    assert (late.earliest_s, late.latest_s, late.is_timed) == (-38, -10, True)


def test_an_order_that_nobody_has_answered_may_be_followed_until_it_has_expired() -> None:
    found = aloft_of(ORDERED, WAY, NOW)
    assert found is not None
    assert (found.earliest_s, found.latest_s, found.is_timed) == (20, 50, True)
    silent = replace(ORDERED, ordered_at=_ago(70))
    found = aloft_of(silent, WAY, NOW)
    assert found is not None
    assert (found.earliest_s, found.latest_s, found.is_timed) == (-50, 0, True)
    assert _is_timed(replace(silent, ordered_at=_ago(85))) is False


@pytest.mark.parametrize(
    "known",
    [
        replace(FLIES, state="held", phase="held"),
        replace(FLIES, state="returning", phase="returning"),
        replace(FLIES, is_astray=True),
        replace(FLIES, heard_at=_ago(31)),
        replace(FLIES, heard_at=None),
        replace(FLIES, link_age_s=31.0),
        replace(FLIES, phase="unknown"),
        replace(FLIES, ordered_at=_ago(43 + LASTS_S + 61), started_at=_ago(40 + LASTS_S + 61)),
        # Given up, and heard of after all: nobody knows when it began.
        replace(FLIES, ordered_at=_ago(300), started_at=_ago(2)),
        # By a clock that goes wrong.
        replace(FLIES, started_at=_ago(60)),
        replace(FLIES, started_at=_ago(-20)),
        # A pilot took off.
        replace(FLIES, ordered_at=None),
        replace(FLIES, state="failed", started_at=None, phase="ready"),
    ],
)
def test_of_whoever_does_not_fly_on_as_planned_nobody_knows_where_it_is(known: Known) -> None:
    assert _is_timed(FLIES) is True
    assert _is_timed(known) is False


@pytest.mark.parametrize("state", ["landed", "cancelled", "failed", "ready"])
def test_whoever_says_that_it_flies_does(state: str) -> None:
    pilots = replace(FLIES, state=state, ordered_at=None, started_at=None)
    assert _is_timed(pilots) is False
    # Silence is no landing, until no battery lasts any more.
    assert _is_timed(replace(pilots, heard_at=_ago(3_599))) is False
    assert _is_timed(replace(pilots, heard_at=_ago(3_601))) is None
    assert _is_timed(replace(pilots, phase="landed")) is None


def test_no_battery_lasts_for_ever_but_in_a_drone_that_still_speaks() -> None:
    old = replace(FLIES, state="held", phase="held", ordered_at=_ago(3_650), started_at=_ago(3_640))
    assert _is_timed(old) is False
    assert _is_timed(replace(old, heard_at=_ago(301))) is None
    assert _is_timed(replace(old, heard_at=_ago(301), endurance_s=5_400.0)) is False
    # It may have waited on the ground first.
    waited = replace(ORDERED, state="failed", ordered_at=_ago(3_650), waits_s=60, phase=None, heard_at=None)
    assert _is_timed(waited) is False
    # A clock that is slow by hours does not let it land.
    slow = replace(FLIES, started_at=_ago(7_200), heard_at=_ago(400))
    assert _is_timed(slow) is False


_SECONDS = st.floats(0, 5_000)
_KNOWN = st.builds(
    Known,
    state=st.sampled_from(SORTIE_STATES),
    ordered_at=st.none() | _SECONDS.map(_ago),
    waits_s=st.floats(0, 90),
    started_at=st.none() | _SECONDS.map(_ago),
    heard_at=st.none() | st.floats(0, 5_000).map(_ago),
    phase=st.none() | st.sampled_from(get_args(Phase)),
    link_age_s=st.none() | st.floats(0, 100),
    is_astray=st.booleans(),
    endurance_s=st.none() | st.floats(0, 7_000),
)


@given(_KNOWN)
def test_whoever_may_be_in_the_air_is_never_forgotten(known: Known) -> None:
    found = aloft_of(known, WAY, NOW)
    begun = [one for one in (known.ordered_at, known.started_at) if one is not None]
    if known.state in {*AIRBORNE, "starting"} and begun and max(begun) > _ago(3_600):
        assert found is not None
    if found is None:
        return
    assert found.earliest_s <= found.latest_s
    if found.is_timed:
        assert known.state in ("starting", "flying")
        assert not known.is_astray
        assert found.latest_s - found.earliest_s <= 90
        assert found.latest_s + LASTS_S + 60 >= 0


@given(_KNOWN, st.floats(0, 30))
def test_more_silence_never_makes_a_drone_better_known(known: Known, more_s: float) -> None:
    if known.heard_at is None or _is_timed(known) is not False:
        return
    quieter = replace(known, heard_at=known.heard_at - timedelta(seconds=more_s))
    assert _is_timed(quieter) is not True
