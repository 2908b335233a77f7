from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.surveys.geojson import parse_polygons
from tests.unit.surveys.shapes import geojson, grounds

SQUARE = [[133.0, 33.6], [133.01, 33.6], [133.01, 33.61], [133.0, 33.61], [133.0, 33.6]]
POLYGON: dict[str, Any] = {"type": "Polygon", "coordinates": [SQUARE]}
FEATURE = {"type": "Feature", "properties": {"name": "谷"}, "geometry": POLYGON}


@pytest.mark.parametrize(
    "document",
    [
        POLYGON,
        FEATURE,
        {"type": "FeatureCollection", "features": [FEATURE]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        {"type": "GeometryCollection", "geometries": [POLYGON]},
        {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
        {"type": "Polygon", "coordinates": [[[*position, 812.5] for position in SQUARE]]},
    ],
)
def test_each_way_to_write_an_area_is_read(document: object) -> None:
    assert parse_polygons(document, "the area").bounds == (133.0, 33.6, 133.01, 33.61)


def test_edges_that_cross_are_mended() -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    mended = parse_polygons(bow, "the area")
    assert mended.is_valid
    assert mended.area == pytest.approx(2)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (None, "not GeoJSON"),
        ([], "not GeoJSON"),
        ({}, "must be a Polygon"),
        ({"type": "Point", "coordinates": [133, 33]}, "must be a Polygon"),
        ({"type": "Polygon"}, "a list is missing"),
        ({"type": "Polygon", "coordinates": []}, "without an outline"),
        ({"type": "Polygon", "coordinates": [[]]}, "fewer than three corners"),
        ({"type": "Polygon", "coordinates": [[[133, 33], [134, 33], [133, 33]]]}, "fewer than three corners"),
        ({"type": "Polygon", "coordinates": [[[133, 33], [134, 33], [135, 33], [133, 33]]]}, "encloses nothing"),
        ({"type": "Polygon", "coordinates": [[[33.6, 133], [33.7, 133], [33.7, 133.1]]]}, "longitude comes first"),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 33], [1, 2], [2, 2]]]}, "not [longitude, latitude]"),
        ({"type": "Polygon", "coordinates": [[["133", "33"], [1, 2], [2, 2]]]}, "not [longitude, latitude]"),
        ({"type": "FeatureCollection", "features": []}, "encloses nothing"),
    ],
)
def test_what_cannot_be_an_area_is_refused_in_one_line(document: object, words: str) -> None:
    with pytest.raises(Invalid, match=words.replace("[", r"\[")) as refusal:
        parse_polygons(document, "the area")
    assert "\n" not in str(refusal.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection"]), JSON)
def test_rubbish_is_refused_and_never_breaks(kind: str, rubbish: object) -> None:
    document = {"type": kind, "coordinates": rubbish, "geometry": rubbish, "features": rubbish}
    with pytest.raises(Invalid):
        parse_polygons(document, "the area")


@given(grounds())
def test_an_area_comes_back_from_geojson(ground: Any) -> None:
    read = parse_polygons(geojson(ground), "the area")
    assert len(read.geoms) == 1
    assert len(read.geoms[0].interiors) == len(ground.interiors)
