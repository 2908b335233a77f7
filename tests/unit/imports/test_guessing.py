"""Files as loggers write them, from their first byte to rows in our units."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.errors import Invalid
from hub.fields.imports.guessing import guess_layout, headings_of, match_quantity
from hub.fields.imports.layouts import Column, Preset, dump_layout, load_layout
from hub.fields.imports.lines import read_rows
from hub.fields.imports.tables import decode_text, read_table

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 27, tzinfo=UTC)
PRESETS = [
    Preset(
        "tandd",
        "おんどとり",
        ("date/time", "no.1"),
        "ymd",
        {"no.1": ("air_temperature", "°C"), "no.2": ("relative_humidity", "%")},
    ),
    Preset(
        "hobo",
        "HOBO",
        ("date time, gmt",),
        "mdy",
        {"#": None, "batt": ("battery_voltage", "V"), "host connected": None},
    ),
]
ONDOTORI = """"Date/Time","Date/Time","No.1","No.2"
"","","℃","%"
"2026/11/26 10:03'00","46352.4187500000","22.1","47"
"2026/11/26 10:13'00","46352.4256944444","22.3","---"
"""
HOBO = """"Plot Title: 10373"
"#","Date Time, GMT+09:00","Temp, °F (LGR S/N: 10373)","RH, % (LGR S/N: 10373)","Batt, V (LGR)","Host Connected (LGR)"
1,11/02/26 05:00:00 PM,50.0,81.2,3.58,
2,11/02/26 05:10:00 PM,49.8,81.3,,
3,11/02/26 05:20:00 PM,,,,Logged
"""
APART = """測定記録 上の畑
年月日;時刻;気温;土壌水分;日射量(MJ/m2);備考
令和8年11月25日;5:00;8,1;0,315;0,3;晴れ
令和8年11月25日;5:10;-1,2;0,314;0,36;
令和8年11月25日;24:00;x;;;
"""


def read(text: str):
    guess = guess_layout(text, {}, PRESETS)
    return guess, read_rows(read_table(text, guess.layout.separator), guess.layout, TOKYO, NOW)


def test_ondotori_in_shift_jis():
    text, encoding = decode_text(ONDOTORI.encode("cp932"))
    guess, rows = read(text)
    assert (encoding, guess.preset, guess.layout.first_line) == ("cp932", "tandd", 3)
    assert {at: row.values for at, row in rows.rows.items()} == {
        datetime(2026, 11, 26, 1, 3, tzinfo=UTC): {"air_temperature": 22.1, "relative_humidity": 47.0},
        datetime(2026, 11, 26, 1, 13, tzinfo=UTC): {"air_temperature": 22.3},
    }
    assert not rows.refused


def test_hobo_with_its_own_order_of_days_and_fahrenheit():
    guess, rows = read(HOBO)
    assert (guess.preset, guess.layout.utc_offset_min, guess.layout.day_order) == ("hobo", 540, "mdy")
    first = rows.rows[datetime(2026, 11, 2, 8, 0, tzinfo=UTC)].values
    assert first == {"air_temperature": pytest.approx(10.0), "relative_humidity": 81.2, "battery_voltage": 3.58}
    assert (len(rows.rows), rows.empty, rows.refused) == (2, 1, [])


def test_a_farmers_own_table():
    guess, rows = read(APART)
    assert (guess.layout.separator, guess.layout.decimal, guess.layout.clock, guess.layout.interval_s) == (
        ";",
        ",",
        1,
        600.0,
    )
    assert [(column.quantity, column.unit) for column in guess.layout.columns] == [
        ("air_temperature", "°C"),
        ("soil_moisture", "m³/m³"),
        ("solar_radiation", "MJ/m²"),
    ]
    assert rows.rows[datetime(2026, 11, 24, 20, 0, tzinfo=UTC)].values == {
        "air_temperature": 8.1,
        "soil_moisture": pytest.approx(31.5),
        "solar_radiation": pytest.approx(500.0),
    }
    # 24:00 with nothing measured: a time, and no value
    assert (rows.empty, rows.refused) == (1, [])


def test_tabs_and_excels_own_days():
    guess, rows = read("日時\t地温 ℃\tEC (µS/cm)\n46352.5\t12.5\t250\n46352.506944444\t12.6\t251\n")
    assert [(column.quantity, column.unit) for column in guess.layout.columns] == [
        ("soil_temperature", "°C"),
        ("soil_conductivity", "µS/cm"),
    ]
    assert list(rows.rows) == [datetime(2026, 11, 26, 3, minute, tzinfo=UTC) for minute in (0, 10)]


def test_a_file_without_a_heading_leaves_its_columns_to_the_person():
    guess, rows = read("2026/11/26 5:00,8.1,80\n2026/11/26 5:10,8.2,81\n")
    assert (guess.layout.first_line, guess.layout.columns, len(rows.rows), rows.empty) == (1, (), 0, 2)


def test_a_file_without_any_time_is_refused_at_once():
    with pytest.raises(Invalid):
        guess_layout("名前,数\nりんご,3\n", {}, PRESETS)


@pytest.mark.parametrize(
    ("heading", "quantity"),
    [
        ("気温 (°C)", "air_temperature"),
        ("地温(5cm)", "soil_temperature"),
        ("最大瞬間風速", "wind_gust"),
        ("Wind Speed, m/s", "wind_speed"),
        ("RH, %", "relative_humidity"),
        ("Water Content, m³/m³", "soil_moisture"),
        ("PAR", "photosynthetic_flux"),
        ("Party", None),
        ("受信日時", None),
        ("備考", None),
        ("二酸化炭素濃度", "co2"),
    ],
)
def test_headings_by_their_words(heading, quantity):
    assert match_quantity(heading, {}) == quantity


def test_labels_of_the_pages_come_first():
    assert match_quantity("つちの みず", {"つちの みず": "soil_moisture"}) == "soil_moisture"


def test_what_cannot_be_read_stands_with_its_line_and_reason():
    text = "日時,気温,湿度\n2026/11/26 5:00,8.1,80\nきのう,8.2,81\n2026/11/26 5:20,99,82\n2026/11/26 5:30,八,83\n2027/01/01 0:00,1,1\n2026/11/26 5:00,8.4,80\n2026/11/26 5:50\n"  # noqa: E501
    _, rows = read(text)
    assert [(one.line, one.reason, one.quantity) for one in rows.refused] == [
        (3, "no_time", None),
        (4, "out_of_range", "air_temperature"),
        (5, "no_number", "air_temperature"),
        (6, "impossible_time", None),
        (7, "twice", "air_temperature"),
    ]
    assert rows.refused[0].raw == "きのう,8.2,81"
    # what can be read of a line is
    assert rows.rows[datetime(2026, 11, 25, 20, 20, tzinfo=UTC)].values == {"relative_humidity": 82.0}
    assert rows.rows[datetime(2026, 11, 25, 20, 0, tzinfo=UTC)].values["air_temperature"] == 8.1
    assert (rows.lines, rows.empty) == (7, 1)


def test_a_layout_survives_being_kept():
    guess, _ = read(HOBO)
    assert load_layout(dump_layout(guess.layout)) == guess.layout
    for bad in ("{}x", '{"day": "x"}', '{"columns": [{"place": 1, "quantity": "beauty", "unit": "%"}]}'):
        with pytest.raises(Invalid):
            load_layout(bad)


def test_headings_join_their_units():
    guess, _ = read(ONDOTORI)
    assert headings_of(list(read_table(ONDOTORI, ",")), guess.layout) == ["Date/Time", "Date/Time", "No.1 ℃", "No.2 %"]
    assert guess.layout.columns[0] == Column(2, "air_temperature", "°C")


def test_rows_up_to_ten_minutes_ahead_are_believed():
    lines = "日時,気温\n" + "".join(
        f"{(NOW + timedelta(minutes=m)).astimezone(TOKYO):%Y/%m/%d %H:%M},8\n" for m in (9, 11)
    )
    _, rows = read(lines)
    assert (len(rows.rows), [one.reason for one in rows.refused]) == (1, ["impossible_time"])
