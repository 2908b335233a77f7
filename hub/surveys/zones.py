"""A GeoJSON file of zones as staff bring it in: one Feature a zone, its heights and times as properties. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from hub.errors import Invalid
from hub.geo import BadArea, format_polygons, parse_polygons

__all__ = ["NewZone", "read_zones"]

_MOST_ZONES = 2_000
_NAMES = ("name", "名称", "A16_002")
_HIGHEST_M = 20_000.0
# With a day to spare for whatever zone a moment is shown in.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewZone:
    """A zone to be kept: GeoJSON in WGS 84, its bounds (west, south, east, north), heights in metres."""

    name: str
    document: Mapping[str, object]
    bounds: tuple[float, float, float, float]
    floor_m: float | None
    ceiling_m: float | None
    above_sea: bool
    valid_from: datetime | None
    valid_until: datetime | None


def read_zones(document: object) -> list[NewZone]:
    """Read a FeatureCollection (or one Feature). Properties: `name`, `floor_m`, `ceiling_m`, `height_reference`
    (`ground` or `sea`), `valid_from`, `valid_until` (RFC 3339 with an offset).

    Raises Invalid with one line that names the feature at fault.
    """
    if not isinstance(document, Mapping):
        raise Invalid("zones: a GeoJSON FeatureCollection is expected")
    found = cast("Mapping[str, object]", document)
    features = found.get("features") if found.get("type") == "FeatureCollection" else [found]
    if not isinstance(features, Sequence) or isinstance(features, str):
        raise Invalid("zones: a GeoJSON FeatureCollection has a list `features`")
    listed = cast("Sequence[object]", features)
    if len(listed) > _MOST_ZONES:
        raise Invalid(f"zones: more than {_MOST_ZONES} features; bring in what lies near the town")
    return [_zone(feature, number) for number, feature in enumerate(listed, 1)]


def _zone(feature: object, number: int) -> NewZone:
    what = f"feature {number}"
    if not isinstance(feature, Mapping) or cast("Mapping[str, object]", feature).get("type") != "Feature":
        raise Invalid(f"{what} is no GeoJSON Feature")
    found = cast("Mapping[str, object]", feature)
    try:
        area = parse_polygons(found.get("geometry"), what)
    except BadArea as fault:
        raise Invalid(str(fault)) from None
    given = found.get("properties")
    properties: Mapping[str, object] = cast("Mapping[str, object]", given) if isinstance(given, Mapping) else {}
    reference = properties.get("height_reference", "ground")
    if reference not in ("ground", "sea"):
        raise Invalid(f"{what}: height_reference is `ground` or `sea`")
    return NewZone(
        name=_name(properties, number),
        document=format_polygons(area),
        bounds=cast("tuple[float, float, float, float]", tuple(map(float, area.bounds))),
        floor_m=_metres(properties, "floor_m", what),
        ceiling_m=_metres(properties, "ceiling_m", what),
        above_sea=reference == "sea",
        valid_from=_instant(properties, "valid_from", what),
        valid_until=_instant(properties, "valid_until", what),
    )


def _name(properties: Mapping[str, object], number: int) -> str:
    for key in _NAMES:
        value = properties.get(key)
        if isinstance(value, str) and value.strip():
            return "".join(letter for letter in value.strip() if letter.isprintable())[:300] or f"{number}"
    return f"{number}"


def _metres(properties: Mapping[str, object], key: str, what: str) -> float | None:
    value = properties.get(key)
    if value is None:
        return None
    # An integer of any size compares; the range holds for what is not finite as well.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"{what}: {key} is a number of metres")
    if not -500 <= value <= _HIGHEST_M:  # from below the sea to above any flight
        raise Invalid(f"{what}: {key} is between -500 and {_HIGHEST_M:g} m")
    # a centimetre is enough, and nothing is too small for the database
    return round(float(value), 2)


def _instant(properties: Mapping[str, object], key: str, what: str) -> datetime | None:
    value = properties.get(key)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        # Whatever the offset, it is a moment of the years that a day can have.
        if moment is not None and moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None or not _FIRST <= moment <= _LAST:
        raise Invalid(f"{what}: {key} is an instant with an offset like 2026-11-23T14:00:00+09:00")
    return moment
