"""Shapes as people type and paste them, and the areas that they enclose."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.plots.shapes import OldArea, format_corners, old_area, parse_shape, shape_of
from hub.geo import BadArea

SQUARE = "35.3760, 139.9530\n35.3760, 139.9541\n35.3769, 139.9541\n35.3769, 139.9530"


def test_corners_are_latitude_and_longitude():
    shape = parse_shape(SQUARE)
    assert shape.geojson["type"] == "Polygon"
    # 0.0009° of latitude by 0.0011° of longitude: at 35.4° north a second of latitude is 30.82 m, of longitude 25.25 m
    assert shape.area_m2 == pytest.approx(0.0009 * 3600 * 30.82 * 0.0011 * 3600 * 25.25, rel=0.002)
    assert (shape.lat, shape.lon) == pytest.approx((35.37645, 139.95355), abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        SQUARE.replace(", ", " "),
        SQUARE.replace(", ", "、"),
        SQUARE.replace("\n", "\r\n"),
        SQUARE.replace("35", "３５").replace(",", "，"),
        SQUARE + "\n" + SQUARE.splitlines()[0],
        "\n".join(f"({line})" for line in SQUARE.splitlines()),
        "\n".join(f"lat: {line.replace(', ', ', lon: ')}" for line in SQUARE.splitlines()),
    ],
)
def test_corners_are_read_however_people_write_them(text):
    assert parse_shape(text).area_m2 == pytest.approx(parse_shape(SQUARE).area_m2)


def test_an_empty_line_begins_another_piece():
    other = SQUARE.replace("139.95", "139.96")
    shape = parse_shape(f"{SQUARE}\n\n{other}")
    assert shape.geojson["type"] == "MultiPolygon"
    assert shape.area_m2 == pytest.approx(2 * parse_shape(SQUARE).area_m2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("そこの畑", "position"),
        ("35.3760\n139.95", "position"),
        ("35°22'34\", 139°57'13\"", "position"),
        ("35.376, 139.953", "corners"),
        ("\n".join(", ".join(reversed(line.split(", "))) for line in SQUARE.splitlines()), "order"),
        ("35, 139\n36, 139\n36, 140", "order"),
        ("35.1, 139.1\n35.1001, 139.1001\n35.1002, 139.1002", "empty"),
        ('{"type": "Point", "coordinates": [139, 35]}', "kind"),
        ("{", "format"),
        ("[" * 20_000, "format"),
        ("\n".join(f"{35 + math.sin(n / 300) / 500}, {139 + math.cos(n / 300) / 500}" for n in range(1_800)), "points"),
    ],
)
def test_what_is_no_shape_is_named(text, reason):
    with pytest.raises(BadArea) as fault:
        parse_shape(text)
    assert fault.value.reason == reason
    assert "\n" not in str(fault.value)


def test_geojson_can_be_pasted_and_a_hole_is_taken_away():
    ring = [[139.953, 35.376], [139.954, 35.376], [139.954, 35.377], [139.953, 35.377], [139.953, 35.376]]
    hole = [[lon * 0.5 + 139.9535 * 0.5, lat * 0.5 + 35.3765 * 0.5] for lon, lat in ring]
    whole, holed = ({"type": "Polygon", "coordinates": rings} for rings in ([ring], [ring, hole]))
    feature = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": holed, "properties": {}}]}
    assert parse_shape(json.dumps(feature)).area_m2 == pytest.approx(shape_of(whole).area_m2 * 0.75, rel=1e-6)


@given(
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 2_000)), min_size=3, max_size=12, unique=True),
    st.floats(-60, 60),
    st.floats(-179, 179),
)
def test_what_is_shown_to_be_edited_is_the_same_shape(corners, lat, lon):
    text = "\n".join(f"{lat + y * 1e-6:.7f}, {lon + x * 1e-6:.7f}" for x, y in corners)
    try:
        shape = parse_shape(text)
    except BadArea:
        return
    if shape.area_m2 < 10:  # what hardly encloses anything may round to nothing
        return
    again = parse_shape(format_corners(shape.geojson))
    assert again.area_m2 == pytest.approx(shape.area_m2, rel=1e-4, abs=0.5)


@pytest.mark.parametrize(
    ("size_m2", "old"),
    [(991.736, OldArea(0, 1, 0)), (2479.3, OldArea(0, 2, 5)), (99.17, OldArea(0, 0, 1)), (9917.4, OldArea(1, 0, 0)),
     (30.0, OldArea(0, 0, 0)), (23_000, OldArea(2, 3, 2))],
)  # fmt: skip
def test_areas_as_farmers_say_them(size_m2, old):
    assert old_area(size_m2) == old
