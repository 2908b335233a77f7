"""Which trap was visited on which day: over any instants, in the town's zone and in others."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.traps.patrols.days import (
    DayFacts,
    Switch,
    bounds_of,
    day_of,
    days_between,
    is_evening,
    judge_day,
    month_of,
    served_whole,
)

TOKYO = ZoneInfo("Asia/Tokyo")
# The town's own, both sides of the date line, and one whose days have 23 and 25 hours.
ZONES = st.sampled_from(
    [TOKYO, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"), ZoneInfo("Europe/Paris")]
)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
DAY = date(2026, 11, 23)
START, END = bounds_of(DAY, TOKYO)
LONG_AGO = Switch(START - timedelta(days=9), in_service=True)
NOON = START + timedelta(hours=12)


@given(ZONES, INSTANTS)
def test_an_instant_falls_in_the_day_that_is_named_and_in_no_other(zone, instant):
    day = day_of(instant, zone)
    start, end = bounds_of(day, zone)
    assert start <= instant < end
    assert bounds_of(day + timedelta(days=1), zone)[0] == end
    assert bounds_of(day - timedelta(days=1), zone)[1] == start


@given(ZONES, st.lists(INSTANTS, max_size=30), INSTANTS, st.integers(-40, 40))
def test_a_trap_day_is_visited_when_and_only_when_a_visit_falls_in_it(zone, visits, near, shift):
    day = day_of(near, zone) + timedelta(days=shift % 2)
    facts = DayFacts(day, [Switch(datetime(1980, 1, 1, tzinfo=UTC), in_service=True)], [*visits, near])
    for now in (near, near + timedelta(days=3)):
        is_visited = judge_day(facts, now, zone) == "visited"
        assert is_visited == any(day_of(visit, zone) == day for visit in facts.visits)


@given(ZONES, st.lists(st.tuples(INSTANTS, st.booleans()), max_size=12), INSTANTS, INSTANTS)
def test_a_day_is_owed_only_when_the_trap_stood_through_all_of_it(zone, switches, near, now):
    """Held against the plain meaning: look at every instant at which anything changes."""
    facts = DayFacts(day_of(near, zone), [Switch(at, on) for at, on in switches], [])
    start, end = bounds_of(facts.day, zone)
    state = judge_day(facts, now, zone)
    end = min(end, now)
    if now < start:
        assert state == "future"
        return
    ordered = sorted(facts.switches, key=lambda one: one.at)
    moments = [start, *(one.at for one in ordered if start < one.at < end)]
    owed = all(next((one.in_service for one in reversed(ordered) if one.at <= at), False) for at in moments)
    assert (state in ("open", "unvisited")) == owed


def test_midnight_on_the_towns_clock_begins_a_day():
    assert datetime(2026, 11, 22, 15, tzinfo=UTC) == START
    facts = DayFacts(DAY, [LONG_AGO], [END])
    assert judge_day(facts, END, TOKYO) == "unvisited"
    assert judge_day(DayFacts(DAY, [LONG_AGO], [START]), START, TOKYO) == "visited"


def test_a_day_that_is_not_over_is_open_and_one_to_come_is_nothing():
    facts = DayFacts(DAY, [LONG_AGO], [])
    assert judge_day(facts, START - timedelta(seconds=1), TOKYO) == "future"
    assert judge_day(facts, NOON, TOKYO) == "open"
    assert judge_day(facts, END, TOKYO) == "unvisited"


def test_the_day_of_setting_and_of_taking_out_need_no_further_visit():
    set_at_noon = [Switch(NOON, in_service=True)]
    assert judge_day(DayFacts(DAY, set_at_noon, []), END, TOKYO) == "exempt"
    assert judge_day(DayFacts(DAY + timedelta(days=1), set_at_noon, []), END + timedelta(days=2), TOKYO) == "unvisited"
    assert judge_day(DayFacts(DAY, [LONG_AGO, Switch(NOON, in_service=False)], []), END, TOKYO) == "exempt"
    assert judge_day(DayFacts(DAY, [], []), END, TOKYO) == "exempt"


def test_a_heartbeat_is_no_visit_and_replaces_one_only_where_a_permit_says_so():
    assert judge_day(DayFacts(DAY, [LONG_AGO], [], spoke=True), END, TOKYO) == "unvisited"
    assert judge_day(DayFacts(DAY, [LONG_AGO], [], spoke=True, sensor_replaces=True), END, TOKYO) == "sensor"
    assert judge_day(DayFacts(DAY, [LONG_AGO], [], spoke=False, sensor_replaces=True), END, TOKYO) == "unvisited"
    visited = DayFacts(DAY, [LONG_AGO], [NOON], spoke=True, sensor_replaces=True)
    assert judge_day(visited, END, TOKYO) == "visited"


def test_a_trap_that_is_out_of_service_may_be_visited_all_the_same():
    assert judge_day(DayFacts(DAY, [], [NOON]), END, TOKYO) == "visited"


def test_switches_need_no_order():
    switches = [Switch(NOON, in_service=False), LONG_AGO]
    assert not served_whole(switches, START, END)
    assert served_whole(switches, START - timedelta(days=1), START)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 2, 11), date(2026, 2, 1), date(2026, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_has_all_its_days(day, first, last):
    assert month_of(day) == (first, last)
    assert days_between(first, last)[-1] == last
    assert len(days_between(first, last)) == last.day


def test_the_evening_begins_on_the_towns_clock():
    five = time(17)
    assert not is_evening(datetime(2026, 11, 23, 7, 59, 59, tzinfo=UTC), five, TOKYO)
    assert is_evening(datetime(2026, 11, 23, 8, tzinfo=UTC), five, TOKYO)
