"""What limits flying: zones by place, height and time, what excuses, and what is not known."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import Invalid
from hub.surveys.limits import Finding, Flight, Ground, Zone, check_limits, is_worse
from hub.surveys.zones import read_zones

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PATH = [(139.95, 35.37), (139.96, 35.37)]
KNOWN = dict.fromkeys(("did", "airport", "emergency", "no_go"), "見本 (2026-11-01)")


def _box(west: float, south: float, east: float, north: float) -> dict:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _zone(kind: str = "did", *, box: tuple = (139.955, 35.36, 139.957, 35.38), **more: object) -> Zone:
    values = {
        "id": "zn-1", "kind": kind, "name": "中心部", "document": _box(*box), "floor_m": None, "ceiling_m": None,
        "above_sea": False, "valid_from": None, "valid_until": None, "source": "見本", "is_sample": True,
    }  # fmt: skip
    return Zone(**values | more)


def _ground(kind: str = "art_132_92", *covers: str, until: datetime | None = None) -> Ground:
    return Ground(kind, "市長", "捜索", "第1号", covers, None, until, None, NOW, "p-1")


def _outcomes(
    zones: list,
    *grounds: Ground,
    drill: bool = False,
    highest: float = 60.0,
    known: dict = KNOWN,
    sea: float | None = None,
) -> dict:
    flight = Flight([PATH], highest, NOW, LATER, drill, sea)
    return {one.name: one.outcome for one in check_limits(flight, zones, known, grounds)}


def test_without_zones_that_are_met_all_is_well() -> None:
    assert set(_outcomes([_zone(box=(139.0, 35.0, 139.1, 35.1))]).values()) == {"passed"}


def test_a_zone_beside_the_path_counts_within_thirty_metres() -> None:
    # A hundred-thousandth of a degree of latitude is 1.1 m.
    assert _outcomes([_zone(box=(139.95, 35.37022, 139.96, 35.38))])["did"] == "failed"
    assert _outcomes([_zone(box=(139.95, 35.37032, 139.96, 35.38))])["did"] == "passed"


@pytest.mark.parametrize(
    ("grounds", "drill", "outcome"),
    [
        ([], False, "failed"),
        ([_ground()], False, "exempt"),
        ([_ground()], True, "failed"),
        ([_ground(until=NOW)], False, "failed"),
        ([_ground("permit", "did")], True, "permitted"),
        ([_ground("permit", "airport")], True, "failed"),
        ([_ground("permit", "did", until=NOW)], True, "failed"),
    ],
)
def test_a_drill_is_never_exempt_and_a_permit_lifts_what_it_names(grounds: list, drill: bool, outcome: str) -> None:
    assert _outcomes([_zone()], *grounds, drill=drill)["did"] == outcome


def test_above_150_m_needs_a_ground() -> None:
    assert _outcomes([], highest=150.0)["height"] == "passed"
    assert _outcomes([], highest=150.1)["height"] == "failed"
    assert _outcomes([], _ground(), highest=150.1)["height"] == "exempt"
    assert _outcomes([], _ground(), highest=150.1, drill=True)["height"] == "failed"


def test_an_owners_zone_is_kept_whatever_is_recorded() -> None:
    grounds = [_ground(), _ground("permit", "no_go", "did", "airport", "emergency", "height")]
    assert _outcomes([_zone("no_go")], *grounds)["no_go"] == "failed"


def test_zones_hold_at_their_heights_and_times() -> None:
    high = _zone("airport", floor_m=100.0)
    assert _outcomes([high], highest=99.0)["airport"] == "passed"
    assert _outcomes([high], highest=100.0)["airport"] == "failed"
    over_sea = _zone("airport", floor_m=100.0, above_sea=True)
    assert _outcomes([over_sea], highest=30.0)["airport"] == "failed"
    assert _outcomes([over_sea], highest=30.0, sea=99.0)["airport"] == "passed"
    assert _outcomes([over_sea], highest=30.0, sea=100.0)["airport"] == "failed"
    assert _outcomes([_zone("airport", above_sea=True)], highest=30.0, sea=5.0)["airport"] == "failed"
    assert _outcomes([_zone("emergency", valid_until=NOW)])["emergency"] == "passed"
    assert _outcomes([_zone("emergency", valid_from=LATER)])["emergency"] == "failed"
    assert _outcomes([_zone("emergency", valid_from=LATER + timedelta(seconds=1))])["emergency"] == "passed"


def test_what_nobody_entered_is_unknown_and_a_zone_that_is_met_counts_all_the_same() -> None:
    assert set(_outcomes([], known={}).values()) == {"passed", "unknown"}
    assert _outcomes([_zone()], known={})["did"] == "failed"


def test_worse_is_what_was_better_or_meets_more() -> None:
    flight = Flight([PATH], 60.0, NOW, LATER, drill=False)
    before = check_limits(flight, [_zone()], KNOWN, [_ground()])
    assert is_worse(before, before) == []
    other = _zone(box=(139.951, 35.36, 139.952, 35.38), name="別の区域")
    more = check_limits(flight, [_zone(), other], KNOWN, [_ground()])
    assert [one.name for one in is_worse(more, before)] == ["did"]
    assert is_worse(before, more) == []
    told = [Finding(name, outcome, "", "owner") for name, outcome in (("a", "passed"), ("b", "failed"))]
    assert [one.name for one in is_worse([*before, *told], before)] == ["b"]
    gone = check_limits(flight, [_zone()], KNOWN, [])
    assert [one.name for one in is_worse(gone, before)] == ["did"]


def _file(**properties: object) -> dict:
    feature = {"type": "Feature", "geometry": _box(139.9, 35.3, 139.95, 35.35), "properties": properties}
    return {"type": "FeatureCollection", "features": [feature]}


def test_a_file_of_zones_is_read_with_its_heights_and_times() -> None:
    found = read_zones(_file(name="羽田", floor_m=45, height_reference="sea", valid_until="2026-12-01T00:00:00+09:00"))[
        0
    ]
    assert (found.name, found.floor_m, found.above_sea) == ("羽田", 45.0, True)
    assert found.valid_until == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert found.bounds == pytest.approx((139.9, 35.3, 139.95, 35.35))
    assert read_zones({"type": "FeatureCollection", "features": []}) == []
    assert read_zones(_file())[0].name == "1"


@pytest.mark.parametrize(
    "document",
    [
        [], "x", {"type": "FeatureCollection"}, {"type": "FeatureCollection", "features": [1]},
        _file(floor_m="high"), _file(floor_m=1e9), _file(ceiling_m=True), _file(height_reference="moon"),
        _file(valid_from="tomorrow"), _file(valid_from="2026-11-23T05:00:00"), _file(valid_until=5),
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None}]},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point"}}]},
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_is_refused_in_one_line(document: object) -> None:
    with pytest.raises(Invalid) as refused:
        read_zones(document)
    assert "\n" not in str(refused.value)
