"""From where a series is read, and what is rolled up next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.fields.rollups.planning import (
    EVERY_DEVICE,
    Due,
    Reach,
    ReadingPlan,
    Standing,
    Taken,
    has_whole_hours,
    plan_reading,
    plan_work,
    sort_marks,
    surrounding_days,
)
from hub.fields.rollups.stretches import Stretch

TOKYO = ZoneInfo("Asia/Tokyo")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


REACH = at(20)


def standing(*due: Stretch, reach: datetime | None = REACH, raw_since: datetime | None = None) -> Standing:
    return Standing(reach, due, raw_since, "Asia/Tokyo")


def test_whole_hours_are_rolled_up_and_cut_ones_are_read():
    plan = plan_reading(at(1, 3, 20), at(1, 9, 40), HOUR, TOKYO, standing())
    assert plan == ReadingPlan(
        [Stretch(at(1, 3, 20), at(1, 4)), Stretch(at(1, 9), at(1, 9, 40))], [Stretch(at(1, 4), at(1, 9))]
    )


def test_what_is_due_or_not_reached_is_read():
    due = Stretch(at(19, 5), at(19, 7))
    plan = plan_reading(at(19), at(21), HOUR, TOKYO, standing(due))
    assert plan.raw == [due, Stretch(at(20), at(21))]
    assert plan.hours == [Stretch(at(19), at(19, 5)), Stretch(at(19, 7), at(20))]


def test_a_device_that_is_not_rolled_up_is_read():
    assert plan_reading(at(1), at(5), DAY, TOKYO, standing(reach=None)) == ReadingPlan([Stretch(at(1), at(5))], [], [])


def test_days_are_the_towns():
    plan = plan_reading(at(1), at(5), DAY, TOKYO, standing())
    assert plan.days == [Stretch(at(1, 15), at(4, 15))]
    assert plan.hours == [Stretch(at(1), at(1, 15)), Stretch(at(4, 15), at(5))]


def test_days_of_another_zone_are_made_of_hours():
    plan = plan_reading(at(1), at(5), DAY, ZoneInfo("Europe/Berlin"), standing())
    assert plan == ReadingPlan([], [Stretch(at(1), at(5))])


@pytest.mark.parametrize(("width", "zone"), [(timedelta(minutes=30), TOKYO), (HOUR, ZoneInfo("Asia/Kolkata"))])
def test_what_does_not_fit_whole_hours_is_read(width, zone):
    assert plan_reading(at(1), at(5), width, zone, standing()) == ReadingPlan([Stretch(at(1), at(5))])


def test_what_was_dropped_is_rolled_up_whatever_is_due():
    due = Stretch(at(1), at(12))
    plan = plan_reading(at(2, 0, 30), at(14), HOUR, TOKYO, standing(due, raw_since=at(10)))
    assert plan.raw == [Stretch(at(10), at(12))]
    assert plan.hours == [Stretch(at(2, 1), at(10)), Stretch(at(12), at(14))]


def test_many_due_hours_are_read_as_few_pieces():
    due = [Stretch(at(1, hour), at(1, hour + 1)) for hour in range(0, 24, 2)]
    due += [Stretch(at(9, hour), at(9, hour + 1)) for hour in range(0, 24, 2)]
    plan = plan_reading(at(1), at(10), HOUR, TOKYO, standing(*due))
    assert len(plan.raw) <= 12
    assert Stretch(at(1, 23), at(9)) in plan.hours


def test_open_windows_end_with_the_calendar():
    plan = plan_reading(None, None, DAY, TOKYO, standing())
    assert plan.raw[0].since == at(20)
    assert plan_reading(at(5), at(1), DAY, TOKYO, standing()) == ReadingPlan(())
    assert plan_reading(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), HOUR, TOKYO, standing())


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Tokyo", True), ("Europe/Berlin", True), ("Asia/Kolkata", False), ("Australia/Lord_Howe", False)],
)
def test_zones_of_whole_hours(zone, expected):
    assert has_whole_hours(ZoneInfo(zone)) is expected


# --- work -------------------------------------------------------------------------------------------------------------


def test_only_what_has_settled_is_rolled_up():
    marks = [Due(1, Stretch(at(20, 4), at(20, 5))), Due(1, Stretch(at(20, 4), at(20, 7)))]
    work = plan_work(marks, [Reach(1, at(20, 4), at(1))], at(20, 6), DAY)
    assert work.pieces == [Due(1, Stretch(at(20, 4), at(20, 6)))]
    assert work.rest == [Due(1, Stretch(at(20, 6), at(20, 7)))]
    assert work.reaches == {1: at(20, 6)}


def test_what_came_without_a_mark_before_a_marked_hour_is_rolled_up_too():
    work = plan_work([Due(1, Stretch(at(20), at(20, 1)))], [Reach(1, None, at(18))], at(21), 30 * DAY)
    assert work.pieces == [Due(1, Stretch(at(18), at(20, 1)))]


def test_a_late_hour_moves_no_reach():
    work = plan_work([Due(1, Stretch(at(10), at(10, 1)))], [Reach(1, at(20), at(1))], at(21), DAY)
    assert work.pieces == [Due(1, Stretch(at(10), at(10, 1)))]
    assert work.reaches == {1: at(20)}


def test_a_step_is_bounded_over_all_devices_and_the_rest_stays_due():
    marks = [Due(key, Stretch(at(10), at(12))) for key in (1, 2)]
    work = plan_work(marks, [Reach(key, at(20), at(1)) for key in (1, 2)], at(21), 3 * DAY)
    assert work.pieces == [Due(1, Stretch(at(10), at(12))), Due(2, Stretch(at(10), at(11)))]
    assert work.rest == [Due(2, Stretch(at(11), at(12)))]


def test_open_ends_begin_with_the_first_reading_and_end_behind_what_is_ready():
    everything = Stretch(datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    work = plan_work([Due(1, everything)], [Reach(1, at(20), at(5))], at(21), 100 * DAY)
    assert work.pieces == [Due(1, Stretch(at(5), at(21)))]
    assert work.rest == [Due(1, Stretch(at(21), at(23)))]
    assert plan_work(work.rest, [Reach(1, at(21), at(5))], at(23), DAY * 100).rest == []


def test_a_device_without_readings_has_nothing_to_do():
    work = plan_work([Due(1, Stretch(at(10), at(12)))], [Reach(1, None, None)], at(21), DAY)
    assert (work.pieces, work.rest, work.reaches) == ([], [], {})


def test_days_around_pieces_are_the_towns():
    pieces = [Due(1, Stretch(at(10, 14), at(10, 15))), Due(1, Stretch(at(10, 20), at(10, 21)))]
    assert surrounding_days(pieces, TOKYO) == [Due(1, Stretch(at(9, 15), at(11, 15)))]
    assert surrounding_days(pieces[:1], TOKYO) == [Due(1, Stretch(at(9, 15), at(10, 15)))]


def test_marks_for_every_device_are_joined_and_cut_where_it_is_ready():
    one = Due(4, Stretch(at(3), at(3, 2)))
    wide = [Stretch(at(3, 4), at(3, 6)), Stretch(at(3, 5), at(3, 9)), Stretch(at(3, 1), at(3, 2))]
    taken = sort_marks([one, *(Due(EVERY_DEVICE, stretch) for stretch in wide)], ready=at(3, 8))
    assert taken == Taken(
        [one],
        [Stretch(at(3, 1), at(3, 2)), Stretch(at(3, 4), at(3, 8))],
        [Due(EVERY_DEVICE, Stretch(at(3, 8), at(3, 9)))],
    )
