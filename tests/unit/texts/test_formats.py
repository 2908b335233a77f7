from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.texts.formats import format_ago, format_at, format_date, format_number

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)  # Monday 14:05 in the town


@pytest.mark.parametrize(
    ("before", "english", "japanese"),
    [
        (timedelta(seconds=59), "just now", "たった今"),
        (timedelta(seconds=60), "1 min ago", "1分前"),
        (timedelta(minutes=59, seconds=59), "59 min ago", "59分前"),
        (timedelta(hours=47), "47 h ago", "47時間前"),
        (timedelta(hours=48), "2 days ago", "2日前"),
        (timedelta(minutes=-40), "in 40 min", "40分後"),
        (timedelta(seconds=-30), "just now", "たった今"),
    ],
)
def test_age_in_words(before, english, japanese):
    assert format_ago(NOW - before, NOW, "en") == english
    assert format_ago(NOW - before, NOW, "ja") == japanese


@pytest.mark.parametrize(
    ("instant", "english", "japanese"),
    [
        (NOW, "today 14:05", "今日 14:05"),
        # 01:00 in the town is still the day before in UTC.
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "today 01:00", "今日 01:00"),
        (datetime(2026, 11, 22, 14, 59, tzinfo=UTC), "yesterday 23:59", "昨日 23:59"),
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), "Fri 20 Nov, 10:00", "11月20日（金）10:00"),
        (datetime(2025, 11, 20, 1, 0, tzinfo=UTC), "20 Nov 2025, 10:00", "2025年11月20日 10:00"),
    ],
)
def test_instant_on_the_towns_clock(instant, english, japanese):
    assert format_at(instant, NOW, TOKYO, "en") == english
    assert format_at(instant, NOW, TOKYO, "ja") == japanese


def test_a_date_has_its_year_and_is_one_word_in_japanese():
    day = date(2026, 1, 7)
    assert [format_date(day, locale) for locale in ("en", "ja", "ja_Hira")] == ["7 Jan 2026"] + ["2026年1月7日"] * 2


def test_numbers_have_a_real_minus_and_no_negative_zero():
    assert format_number(-1.25, 1) == "−1.2"
    assert format_number(-0.04, 1) == "0.0"
    assert format_number(1234.5, 0) == "1,234"


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_a_number_reads_back(value, decimals):
    text = format_number(value, decimals)
    assert abs(float(text.replace("−", "-").replace(",", "")) - value) <= 0.5000001 * 10**-decimals
