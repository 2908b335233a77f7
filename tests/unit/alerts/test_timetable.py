"""When a summary and a drill are due, and how a channel stands."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.routine.reachability import Reach, standing_of
from hub.alerts.routine.timetable import digest_due, drill_due
from tests.unit.alerts.samples import DAY, NOON

TOKYO = ZoneInfo("Asia/Tokyo")
AT = time(6, 30)


def local(hour: int, minute: int = 0, day: int = 25) -> datetime:
    """November 2026; the 25th is a Wednesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (local(6, 29), None),
        (local(6, 30), "2026-11-25"),
        (local(11, 29), "2026-11-25"),
        (local(11, 30), None),
        (local(0, 5), None),
    ],
)
def test_a_summary_is_due_in_the_morning_only(now, day):
    occasion = digest_due(now, TOKYO, AT)
    assert (occasion and occasion.name) == day


def test_a_drill_is_due_on_its_day_only():
    assert drill_due(local(12, 15), TOKYO, 2, time(12, 15)).name == "2026-W48"
    assert drill_due(local(12, 14), TOKYO, 2, time(12, 15)) is None
    assert drill_due(local(12, 15, day=26), TOKYO, 2, time(12, 15)) is None
    assert drill_due(local(19, 15), TOKYO, 2, time(12, 15)) is None


zones = st.sampled_from(["Asia/Tokyo", "Europe/Berlin"])


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.times(), zones)
def test_what_is_due_is_due_since_its_own_day(naive, at, zone):
    now, town = naive.replace(tzinfo=ZoneInfo("UTC")), ZoneInfo(zone)
    occasion = digest_due(now, town, at)
    if occasion is not None:
        assert occasion.name == now.astimezone(town).date().isoformat()
        assert occasion.since_at <= now


def reach(**changed):
    values = {"first_at": None, "drilled_at": NOON, "state": "sent", "error": None, "confirmed_at": None} | changed
    return Reach("p-1", "佐藤", "mail", **values)


@pytest.mark.parametrize(
    ("given_reach", "standing"),
    [
        (reach(), "new"),
        (reach(first_at=NOON - DAY), "new"),
        (reach(first_at=NOON - 16 * DAY), "unconfirmed"),
        (reach(first_at=NOON - 90 * DAY, confirmed_at=NOON - 8 * DAY), "confirmed"),
        (reach(first_at=NOON - 90 * DAY, confirmed_at=NOON - 16 * DAY), "unconfirmed"),
        (reach(first_at=NOON - 90 * DAY, confirmed_at=NOON - DAY, state="given_up"), "refused"),
    ],
)
def test_how_a_channel_stands(given_reach, standing):
    assert standing_of(given_reach, NOON, timedelta(days=15)) == standing
