"""Which orders are taken: replayed, delayed, reordered, foreign and out-of-bounds ones are not; a stop always is."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.flying.orders import Accept, Again, Memory, Refuse, Settled, bounds_fault, judge
from edge.wire.orders import ACTIONS, STOPS, ReplyData
from tests.unit.flight.orders import LIMITS, NOW, memory, mission, moment, order, place, situation, square

FLYING = {"phase": "surveying", "may_fly": True}


def judged(one, where=None, remembers=None, now=None):
    return judge(one, f"digest of {one.id}", where or situation(), LIMITS, remembers or memory(), now or moment(1))


def refused(verdict) -> str:
    assert isinstance(verdict, Refuse), verdict
    return verdict.reason


@pytest.mark.parametrize(
    ("one", "where"),
    [
        (order("prepare"), situation(phase="idle", prepared=None)),
        (order("prepare"), situation(phase="landed")),
        (order("fly"), situation()),
        (order("resume"), situation(phase="held", may_fly=True)),
        (order("release"), situation()),
        *[(order(stop), situation(**FLYING)) for stop in STOPS],
    ],
)
def test_what_fits_is_done(one, where) -> None:
    assert judged(one, where) == Accept()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("other", [{"agent": "ag-2"}, {"device": "drone-2"}])
def test_what_is_for_another_drone_is_foreign(action, other) -> None:
    assert refused(judged(order(action, **other), situation(**FLYING))) == "foreign"


@pytest.mark.parametrize(
    ("one", "now", "reason"),
    [
        (order("fly"), moment(61), "stale"),
        (order("fly"), moment(-61), "early"),
        (order("fly"), moment(1, "unset"), "clock_unset"),
        (order("fly", expires_at=NOW + dt.timedelta(hours=2)), moment(1), "bad_times"),
        (order("fly", expires_at=NOW), moment(0), "bad_times"),
        (order("fly", given_s=-3601, expires_at=NOW - dt.timedelta(seconds=1)), moment(-30), "stale"),
    ],
)
def test_the_age_of_an_order_counts(one, now, reason) -> None:
    assert refused(judged(one, now=now)) == reason


def test_what_was_given_before_remembering_began_is_not_done() -> None:
    """A new disk knows no nonces: whatever is older may have been done already."""
    assert refused(judged(order("fly"), remembers=Memory())) == "stale"
    assert refused(judged(order("fly"), remembers=Memory(since=NOW + dt.timedelta(seconds=1)))) == "stale"
    assert Memory().begun(moment(0, "unset")).since is None
    assert Memory().begun(moment(3)).begun(moment(9)).since == moment(3).time


def test_an_order_is_done_once_and_answered_again() -> None:
    fly, reply = order("fly"), ReplyData(order="fly-0", outcome="accepted")
    remembers = memory().noted(fly, f"digest of {fly.id}", reply, moment(1), acts=True)
    assert judged(fly, remembers=remembers) == Again(reply)
    assert judged(fly, remembers=remembers, now=moment(999)) == Again(reply), "its answer does not age"
    later = ReplyData(order="fly-0", outcome="done")
    assert judged(fly, remembers=remembers.replied(later)) == Again(later)


def test_a_nonce_serves_one_order() -> None:
    remembers = memory().noted(order("prepare"), "digest", ReplyData(order="prepare-0"), moment(1), acts=True)
    assert refused(judged(order("fly", 5, nonce="n-prepare-0"), remembers=remembers)) == "repeated"
    stop = order("hold", 5, nonce="n-prepare-0")
    assert judged(stop, situation(**FLYING), remembers) == Accept(), "not even that keeps a stop from being done"


def test_an_order_that_was_overtaken_is_not_done() -> None:
    """The hub gave: fly, hold. They came: hold, fly."""
    hold = order("hold", 2)
    remembers = memory().noted(hold, "digest", ReplyData(order=hold.id), moment(3), acts=True)
    assert refused(judged(order("fly", 1), remembers=remembers, now=moment(4))) == "superseded"
    assert judged(order("fly", 5), remembers=remembers, now=moment(6)) == Accept()


def test_what_was_refused_overtakes_nothing() -> None:
    remembers = memory().noted(order("release", 5), "digest", ReplyData(order="x"), moment(6), acts=False)
    assert judged(order("fly", 1), remembers=remembers, now=moment(6)) == Accept()


def test_a_date_that_cannot_be_makes_no_later_order_too_old() -> None:
    stop = order("hold", 86400 * 365)
    remembers = memory().noted(stop, "digest", ReplyData(order=stop.id), moment(0), acts=True)
    assert judged(order("fly", 120), remembers=remembers, now=moment(121)) == Accept()


@given(
    action=st.sampled_from(sorted(STOPS)),
    given_s=st.integers(-86400 * 400, 86400 * 400),
    clock=st.sampled_from(["set", "unset"]),
    phase=st.sampled_from(["ready", "climbing", "surveying", "held", "returning", "landing", "unknown"]),
    begun=st.booleans(),
)
def test_a_stop_of_what_flies_is_never_refused(action, given_s, clock, phase, begun) -> None:
    where = situation(phase=phase, may_fly=True, busy=phase == "ready")
    remembers = memory() if begun else Memory()
    assert judged(order(action, given_s), where, remembers, moment(0, clock)) == Accept()


def test_a_stop_of_another_survey_acts_while_it_is_fresh() -> None:
    """Somebody at the hub presses stop: that counts more than which survey the hub believes to be flown. One that was
    kept by somebody and sent again weeks later stops nothing but its own survey.
    """
    where = situation(**FLYING)
    assert judged(order("land", survey="sv-0"), where) == Accept()
    assert judged(order("land", survey="sv-0"), where, now=moment(61)) == Settled("other_survey")
    assert judged(order("land", survey="sv-0"), where, now=moment(61, "unset")) == Accept()
    assert judged(order("land"), where, now=moment(61)) == Accept()


def test_a_stop_where_nothing_flies_is_settled() -> None:
    assert judged(order("hold")) == Settled("not_flying")


@pytest.mark.parametrize(
    ("one", "where", "reason"),
    [
        (order("fly"), situation(phase="idle", prepared=None), "not_prepared"),
        (order("fly"), situation(phase="landed"), "not_prepared"),
        (order("fly", sortie="st-2"), situation(), "not_prepared"),
        (order("fly", survey="sv-2"), situation(), "not_prepared"),
        (order("fly"), situation(busy=True), "busy"),
        (order("fly"), situation(**FLYING), "busy"),
        (order("prepare"), situation(**FLYING), "busy"),
        (order("prepare"), situation(phase="preparing", busy=True), "busy"),
        (order("prepare", mission=None), situation(), "bad_mission"),
        (order("resume"), situation(**FLYING), "not_held"),
        (order("resume", sortie="st-2"), situation(phase="held", may_fly=True), "not_held"),
        (order("release"), situation(**FLYING), "busy"),
        (order("release", survey="sv-2"), situation(), "not_prepared"),
    ],
)
def test_an_order_must_fit_where_the_flight_stands(one, where, reason) -> None:
    assert refused(judged(one, where)) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"highest_m": 300.0, "path": [(*place(0, 0), 60.0), (*place(50, 0), 121.0)]}, "too_high"),
        ({"return_height_m": 121.0}, "too_high"),
        ({"highest_m": 59.0}, "bad_mission"),
        ({"path": [(*place(0, 0), 60.0), (*place(50, 0), 0.5)]}, "bad_mission"),
        ({"path": [(*place(0, 0), 60.0), (*place(301, 0), 60.0)], "fence": list(square(900))}, "outside_fence"),
        ({"path": [(*place(0, 0), 60.0), (*place(201, 0), 60.0)]}, "bad_mission"),
    ],
)
def test_a_mission_stays_within_its_owners_bounds_and_its_own(changes, reason) -> None:
    assert refused(judged(order("prepare", mission=mission(**changes)), situation(phase="idle"))) == reason


def test_a_mission_within_all_bounds_has_no_fault() -> None:
    assert bounds_fault(mission(), LIMITS) is None


def test_the_memory_is_bounded_and_forgets_what_expired_longest_ago() -> None:
    remembers = memory()
    for number in range(600):
        remembers = remembers.noted(order("fly", number), "digest", ReplyData(order="x"), moment(number), acts=False)
    assert len(remembers.answers) == 500
    assert remembers.find("n-fly-99") is None
    assert remembers.find("n-fly-599") is not None
    assert refused(judged(order("fly", 99), remembers=remembers, now=moment(600))) == "stale", (
        "what is forgotten is old"
    )


def test_the_memory_comes_back_from_disk_as_it_was() -> None:
    remembers = memory().noted(order("hold"), "digest", ReplyData(order="hold-0", outcome="done"), moment(1), acts=True)
    assert Memory.model_validate_json(remembers.model_dump_json()) == remembers
