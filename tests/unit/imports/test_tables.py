import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.errors import Invalid
from hub.fields.imports.cells import parse_number
from hub.fields.imports.tables import decode_text, read_table, split_line
from hub.fields.imports.units import convert, find_unit, units_of

NOT = r"no |more|how|month|day|out of|unit"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("日時,気温℃".encode(), "utf-8"),
        ("日時,気温℃".encode("utf-8-sig"), "utf-8"),
        ("日時,気温℃".encode("cp932"), "cp932"),
        ("日時,気温℃".encode("utf-16"), "utf-16"),
    ],
)
def test_every_encoding_of_a_japanese_office(data, encoding):
    assert decode_text(data) == ("日時,気温℃", encoding)


def test_a_picture_is_no_text():
    with pytest.raises(Invalid):
        decode_text(b"\x89PNG\r\n\x1a\n\x00\xff\xfe\xfd\xa0\xfd")


def test_lines_keep_their_numbers_whatever_ends_them():
    lines = list(read_table('a,b\r\n\r\n"1, 2",3\rx\n\n', ","))
    assert [(line.number, line.cells) for line in lines] == [(1, ("a", "b")), (3, ("1, 2", "3")), (4, ("x",))]


def test_a_quote_that_is_never_closed_spoils_its_own_line_only():
    lines = list(read_table('"2026/11/26 5:00,8.1\n2026/11/26 5:10,8.2\n', ","))
    assert lines[1].cells == ("2026/11/26 5:10", "8.2")


@given(st.text(max_size=300), st.sampled_from([",", "\t", ";"]))
def test_no_line_breaks_it(text, separator):
    for line in read_table(text, separator):
        assert isinstance(line.cells, tuple)
    split_line(text, separator)


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("8.1", ".", 8.1),
        ("-0.5", ".", -0.5),
        ("−0.5", ".", -0.5),
        ("８．１", ".", 8.1),
        ("1,013.2", ".", 1013.2),
        ("1e3", ".", 1000.0),
        ("8,1", ",", 8.1),
        ("1.013,2", ",", 1013.2),
        (".5", ".", 0.5),
        ("---", ".", None),
        ("", ".", None),
        ("NaN", ".", None),
        ("欠測", ".", None),
        ("-9999", ".", None),
        ("#N/A", ",", None),
    ],
)
def test_numbers_and_marks_of_missing_ones(text, decimal, value):
    assert parse_number(text, decimal) == value


@pytest.mark.parametrize(
    ("text", "decimal"), [("8,1", "."), ("8.1.2", "."), ("12 3", "."), ("on", "."), ("1e9999x", "."), ("8.1", ",")]
)
def test_what_is_no_number(text, decimal):
    with pytest.raises(ValueError, match=NOT):
        parse_number(text, decimal)


@pytest.mark.parametrize(
    ("value", "quantity", "unit", "ours"),
    [
        (50.0, "air_temperature", "°F", 10.0),
        (283.15, "soil_temperature", "K", 10.0),
        (0.315, "soil_moisture", "m³/m³", 31.5),
        (101.3, "air_pressure", "kPa", 1013.0),
        (250.0, "soil_conductivity", "µS/cm", 0.25),
        (100.0, "soil_conductivity", "mS/m", 1.0),
        (36.0, "wind_speed", "km/h", 10.0),
        (1.0, "rainfall", "in", 25.4),
        (0.15, "water_depth", "m", 15.0),
        (3600.0, "battery_voltage", "mV", 3.6),
        (1.8, "solar_radiation", "MJ/m²/h", 500.0),
    ],
)
def test_units_become_ours(value, quantity, unit, ours):
    assert convert(value, quantity, unit) == pytest.approx(ours)


def test_what_gathers_over_the_interval_needs_its_width():
    assert convert(0.3, "solar_radiation", "MJ/m²", 600.0) == pytest.approx(500.0)
    with pytest.raises(ValueError, match=NOT):
        convert(0.3, "solar_radiation", "MJ/m²")
    with pytest.raises(KeyError):
        convert(0.3, "solar_radiation", "°C")


@pytest.mark.parametrize(
    ("quantity", "heading", "unit"),
    [
        ("air_temperature", "Temp, °F (LGR S/N: 10373, SEN S/N: 10373)", "°F"),
        ("air_temperature", "気温(℃)", "°C"),
        ("air_temperature", "No.1 ℃", "°C"),
        ("soil_moisture", "Water Content, m³/m³ (LGR S/N: 1)", "m³/m³"),
        ("soil_moisture", "土壌水分 [％]", "%"),
        ("air_pressure", "Abs Pres, kPa (LGR S/N: 1)", "kPa"),
        ("solar_radiation", "日射量（MJ/m2）", "MJ/m²"),
        ("soil_conductivity", "EC_μS/cm", "µS/cm"),
        ("soil_conductivity", "EC (dS/m)", "mS/cm"),
        ("wind_speed", "風速", None),
    ],
)
def test_a_heading_names_its_unit(quantity, heading, unit):
    assert find_unit(quantity, heading) == unit


def test_each_units_own_sign_is_found():

    for name, quantity in QUANTITIES.items():
        assert units_of(name)[0].symbol == quantity.unit
        for unit in units_of(name):
            assert find_unit(name, f"x ({unit.symbol})") == unit.symbol
