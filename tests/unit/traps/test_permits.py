"""What is due when under a permit, and what the office is told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.traps.permits.due import Matter, Permit, Report, Standing, due_on, matters_on, state_on
from hub.traps.rules import DatedRule, Season, in_season, rule_on

FIRST, LAST = date(2026, 4, 1), date(2026, 9, 30)
PERMIT = Permit(
    "pm-1", "pest_control", "木鳥第12号", "木更津市", "石井 健太", "木更津市矢那1", "イノシシ", "矢那", FIRST, LAST,
    most_traps=30, sensor_replaces=False, report_within_days=30, note=None, hunters=["p-1"], device_keys=[1, 2],
    report=None,
)  # fmt: skip
CHIBA = Season("千葉県", "hunting", date(2000, 1, 1), "11-15", "02-15", "")
DAY = timedelta(days=1)


def kinds(*permits: Permit, day: date, in_service=(), most=30, seasons=(CHIBA,)) -> list[str]:
    return [one.kind for one in matters_on(permits, Standing(frozenset(in_service), most, seasons), day)]


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (FIRST - DAY, "to_come"),
        (FIRST, "valid"),
        (date(2026, 8, 30), "valid"),
        (date(2026, 8, 31), "expiring"),
        (LAST, "expiring"),
        (LAST + DAY, "report_due"),
        (date(2026, 10, 30), "report_due"),
        (date(2026, 10, 31), "overdue"),
    ],
)
def test_a_permit_from_its_first_day_to_its_report(day, state):
    assert state_on(PERMIT, day) == state
    assert due_on(PERMIT) == date(2026, 10, 30)


def test_a_report_of_zero_settles_it_as_any_other():
    done = replace(PERMIT, report=Report(LAST + DAY, {}, None))
    assert state_on(done, date(2027, 1, 1)) == "done"
    assert kinds(done, day=date(2027, 1, 1)) == []


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 366))
def test_until_its_report_a_permit_that_has_ended_is_never_forgotten(day, within):
    permit = replace(PERMIT, report_within_days=within)
    found = matters_on([permit], Standing((), 30, ()), day)
    if day > LAST:
        [one] = found
        assert one.kind == ("overdue" if day > due_on(permit) else "report_due")
        assert one.day == LAST + timedelta(days=within)
    elif LAST - day > timedelta(days=30):
        assert found == []


def test_a_trap_in_service_without_a_permit_that_holds_is_told():
    assert kinds(PERMIT, day=FIRST, in_service=[1, 2]) == []
    assert kinds(PERMIT, day=FIRST, in_service=[1, 3]) == ["no_permit"]
    assert kinds(PERMIT, day=LAST + DAY, in_service=[1]) == ["no_permit", "report_due"]
    assert kinds(PERMIT, replace(PERMIT, id="pm-2", valid_until=LAST + 90 * DAY), day=LAST + DAY, in_service=[1]) == [
        "report_due"
    ]


def test_more_traps_than_a_hunter_may_have_over_all_permits_or_than_a_permit_says():
    second = replace(PERMIT, id="pm-2", device_keys=list(range(3, 33)))
    assert kinds(PERMIT, second, day=FIRST, in_service=range(1, 31)) == []
    found = matters_on([PERMIT, second], Standing(frozenset(range(1, 33)), 30, ()), FIRST)
    assert found == [Matter("too_many", person_id="p-1", count=32)]
    assert kinds(replace(PERMIT, most_traps=1), day=FIRST, in_service=[1, 2]) == ["too_many_traps"]


def test_hunting_traps_stand_in_the_season_only():
    hunting = replace(PERMIT, kind="hunting", valid_until=date(2027, 3, 31))
    assert kinds(hunting, day=date(2026, 11, 14), in_service=[1]) == ["out_of_season"]
    assert kinds(hunting, day=date(2026, 11, 15), in_service=[1]) == []
    assert kinds(hunting, day=date(2027, 2, 15), in_service=[1]) == []
    assert kinds(hunting, day=date(2027, 2, 16), in_service=[1]) == ["out_of_season"]
    assert kinds(hunting, PERMIT, day=date(2026, 9, 1), in_service=[1])[:1] == ["expiring"]


def test_a_season_within_a_year_and_a_later_rule_in_its_place():
    summer = Season("x", "hunting", date(2020, 1, 1), "06-01", "06-30", "")
    longer = replace(summer, valid_from=date(2027, 1, 1), last_day="07-31")
    assert in_season([summer, longer], "hunting", date(2026, 6, 30))
    assert not in_season([summer, longer], "hunting", date(2026, 7, 1))
    assert in_season([summer, longer], "hunting", date(2027, 7, 1))
    assert in_season([summer], "pest_control", date(2026, 12, 1))


def test_the_rule_of_a_day_is_the_latest_and_the_species_own_goes_first():
    def rule(value, day, species=""):
        return DatedRule("limit", species, day, value, "")

    rules = [rule(100, date(2012, 4, 1)), rule(50, date(2030, 1, 1)), rule(80, date(2020, 1, 1), "boar")]
    assert rule_on(rules, "limit", date(2012, 3, 31)) is None
    assert rule_on(rules, "limit", date(2029, 1, 1)).value == 100
    assert rule_on(rules, "limit", date(2031, 1, 1)).value == 50
    assert rule_on(rules, "limit", date(2031, 1, 1), "boar").value == 80
    ended = [*rules, rule(None, date(2025, 1, 1), "boar")]
    assert rule_on(ended, "limit", date(2026, 1, 1), "boar") is None
    assert rule_on(rules, "other", date(2031, 1, 1)) is None
