"""Sunrise and sunset against the tables of the National Astronomical Observatory of Japan (国立天文台 暦計算室)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.geo.sun import first_light_after, sunrise, sunset

TOKYO, KISARAZU = (35.6581, 139.7414), (35.3761, 139.9224)
ZONE = ZoneInfo("Asia/Tokyo")
# (place, day, sunrise, sunset), local time.
PUBLISHED = [
    (TOKYO, date(2026, 1, 1), "06:51", "16:38"),
    (TOKYO, date(2026, 3, 20), "05:45", "17:53"),
    (TOKYO, date(2026, 6, 21), "04:25", "19:00"),
    (TOKYO, date(2026, 9, 23), "05:30", "17:38"),
    (TOKYO, date(2026, 12, 22), "06:47", "16:32"),
]


def local(day, text):
    hours, minutes = text.split(":")
    return datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=ZONE)


@pytest.mark.parametrize(("place", "day", "up", "down"), PUBLISHED)
def test_within_two_minutes_of_the_published_times(place, day, up, down):
    assert abs(sunrise(*place, day) - local(day, up)) <= timedelta(minutes=2)
    assert abs(sunset(*place, day) - local(day, down)) <= timedelta(minutes=2)


def test_kisarazu_is_a_minute_before_tokyo():
    """0.18 degrees further east are 43 seconds; being 0.28 degrees further south adds a little in winter."""
    for day in (date(2026, 1, 1), date(2026, 3, 20), date(2026, 12, 22)):
        earlier = sunrise(*TOKYO, day) - sunrise(*KISARAZU, day)
        assert timedelta(seconds=30) < earlier < timedelta(seconds=120)


def test_the_night_ends_half_an_hour_before_sunrise():
    evening = datetime(2026, 1, 1, 12, tzinfo=UTC)
    light = first_light_after(*KISARAZU, evening)
    assert light == sunrise(*KISARAZU, date(2026, 1, 2)) - timedelta(minutes=30)
    assert first_light_after(*KISARAZU, light) is None, "then it is day"
    assert first_light_after(*KISARAZU, light - timedelta(seconds=1)) == light
    assert first_light_after(*KISARAZU, evening, 45) == light - timedelta(minutes=15)


def test_midnight_and_noon():
    assert first_light_after(*KISARAZU, datetime(2026, 6, 21, 15, tzinfo=UTC)) is not None
    assert first_light_after(*KISARAZU, datetime(2026, 6, 21, 3, tzinfo=UTC)) is None


def test_where_no_sun_rises_nobody_waits_for_it():
    assert sunrise(80.0, 20.0, date(2026, 12, 22)) is None
    assert first_light_after(80.0, 20.0, datetime(2026, 12, 22, tzinfo=UTC)) is None


@given(
    now=st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),
    lat=st.floats(20, 46),
    lon=st.floats(-180, 180),
)
def test_in_japans_latitudes_everywhere_a_night_ends_within_sixteen_hours(now, lat, lon):
    light = first_light_after(lat, lon, now)
    assert light is None or now < light <= now + timedelta(hours=16)
    if light is not None:
        assert first_light_after(lat, lon, light) is None
