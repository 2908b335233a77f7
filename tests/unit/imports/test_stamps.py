from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.imports.stamps import parse_clock, parse_day, parse_offset, parse_stamp

FIVE = datetime(2026, 11, 26, 5, 0)

NOT = r"no |more|how|month|day|out of|unit"


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026/11/26 5:00", FIVE),
        ("2026/11/26  05:00:00", FIVE),
        ("２０２６／１１／２６　５：００", FIVE),
        ("2026-11-26T05:00:00", FIVE),
        ("2026.11.26 05:00", FIVE),
        ("20261126 0500", FIVE),
        ("20261126050000", FIVE),
        ("26-11-26 05:00:00", FIVE),
        ("2026年11月26日 5時00分", FIVE),
        ("2026年11月26日(木) 5時", FIVE),
        ("2026年11月26日木曜日 午前5時0分0秒", FIVE),
        ("令和8年11月26日 5:00", FIVE),
        ("令和 8年11月26日5:00", FIVE),
        ("R8.11.26 5:00", FIVE),
        ("R08/11/26 5:00", FIVE),
        ("2026/11/26 10:03'07", datetime(2026, 11, 26, 10, 3, 7)),
        ("2026/11/26 午後5時3分", datetime(2026, 11, 26, 17, 3)),
        ("2026/11/26 12:00 AM", datetime(2026, 11, 26)),
        ("2026/11/26 12:30 p.m.", datetime(2026, 11, 26, 12, 30)),
        ("2026/11/26 24:00", datetime(2026, 11, 27)),
        ("2026/12/31 24:00:00", datetime(2027, 1, 1)),
        ("2026/11/26 05:00:00.250", FIVE + timedelta(milliseconds=250)),
        ("2026/11/26", datetime(2026, 11, 26)),
        ("46352.2083333", FIVE),
        ("平成元年1月8日", datetime(1989, 1, 8)),
        ("令和元年5月1日", datetime(2019, 5, 1)),
    ],
)
def test_a_time_as_people_and_loggers_write_it(text, local):
    assert parse_stamp(text).local == local


def test_the_order_of_a_short_day_is_the_files():
    assert parse_stamp("11/02/26 05:00:00 PM", "mdy").local == datetime(2026, 11, 2, 17)
    assert parse_stamp("11.02.2026 05:00", "dmy").local == datetime(2026, 2, 11, 5)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2026-11-26T05:00:00Z", 0),
        ("2026-11-26T05:00:00+09:00", 9),
        ("2026-11-26 05:00:00 -0300", -3),
        ("2026/11/26 5:00 JST", 9),
    ],
)
def test_a_time_with_its_offset(text, offset):
    assert parse_stamp(text).offset == timedelta(hours=offset)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "2026/13/01 5:00",
        "2026/02/30",
        "2026/11/26 25:00",
        "2026/11/26 24:01",
        "2026/11/26 5:61",
        "8.1",
        "12",
        "2026/11/26 5:00 x",
        "令和8年",
        "1/2/3 5:00",
        "2026/11/26 午後13時",
        "99999",
        "--",
        "2026/11/26 +99:00",
    ],
)
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match=NOT):
        parse_stamp(text)


def test_day_and_time_apart():
    assert parse_day("令和8年11月26日(木)") == date(2026, 11, 26)
    assert parse_day("2026/11/26 0:00:00") == date(2026, 11, 26)
    assert parse_clock("24:00") == timedelta(days=1)
    assert parse_clock("0530") == timedelta(hours=5, minutes=30)
    with pytest.raises(ValueError, match=NOT):
        parse_day("2026/11/26 5:00")
    with pytest.raises(ValueError, match=NOT):
        parse_clock("5:00 2026")
    assert parse_offset("GMT+09:00") == timedelta(hours=9)
    with pytest.raises(ValueError, match=NOT):
        parse_offset("+99:00")


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(microsecond=0)),
    st.sampled_from(
        ["%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日 %H時%M分%S秒", "%Y%m%d%H%M%S", "%Y/%m/%d %H:%M'%S"]
    ),
)
def test_every_time_is_read_as_it_was_written(at, form):
    assert parse_stamp(at.strftime(form)).local == at


@given(st.text(max_size=40))
def test_no_text_breaks_it(text):
    with suppress(ValueError):
        parse_stamp(text)
