"""Zones from a file: whatever stands in it is kept or is one clear error."""

from datetime import UTC, datetime

import pytest

from hub.errors import Invalid
from hub.surveys.zones import read_zones

RING = [[139.95, 35.37], [139.96, 35.37], [139.96, 35.38], [139.95, 35.37]]


def _file(corner: object = None, **properties: object) -> dict:
    ring = [[corner, 35.37], *RING[1:]] if corner is not None else RING
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (_file(ceiling_m=10**400), "feature 1: ceiling_m is between"),
        (_file(floor_m=-(10**400)), "feature 1: floor_m is between"),
        (_file(floor_m=float("nan")), "feature 1: floor_m is between"),
        (_file(floor_m=float("inf")), "feature 1: floor_m is between"),
        (_file(floor_m="10"), "feature 1: floor_m is a number"),
        (_file(corner=10**400), "feature 1 has a position"),
        (_file(valid_until="10000-01-01T00:00:00+00:00"), "feature 1: valid_until is an instant"),
        (_file(valid_until="9999-12-31T23:59:59-09:00"), "feature 1: valid_until is an instant"),
        (_file(valid_from="0001-01-01T00:00:00+09:00"), "feature 1: valid_from is an instant"),
    ],
)
def test_what_cannot_be_kept_is_one_clear_error(file: dict, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read_zones(file)


def test_heights_are_kept_to_a_centimetre_and_moments_in_utc() -> None:
    (zone,) = read_zones(_file(floor_m=1e-300, ceiling_m=150.005, valid_from="2026-11-23T14:00:00+09:00"))
    assert (zone.floor_m, zone.ceiling_m) == (0.0, 150.0)
    assert zone.valid_from == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert zone.valid_from.tzinfo is UTC
