"""What an autopilot's messages come to mean."""

import math

import pytest

from edge.core.flying.machine import Flight
from edge.core.flying.report import Report
from edge.core.flying.seen import Seen
from edge.flight.listening import hear
from edge.flight.mavlink import dialect
from tests.unit.flight.orders import moment


def position(lat: int, lon: int):
    return dialect.MAVLink_global_position_int_message(0, lat, lon, 12_000, 5_000, 0, 0, 0, 9_000)


@pytest.mark.parametrize(
    ("lat", "lon", "place"),
    [
        (353_700_000, 1_399_500_000, (35.37, 139.95)),
        (0, 1_399_500_000, (0.0, 139.95)),
        (0, 0, (None, None)),
        (900_000_001, 1_399_500_000, (None, None)),
        (353_700_000, -1_800_000_001, (None, None)),
    ],
)
def test_a_place_that_cannot_be_is_not_known(lat, lon, place) -> None:
    before = Seen(lat=35.0, lon=139.0)
    seen = hear(before, position(lat, lon), 7.0)
    assert (seen.lat, seen.lon) == place
    assert (seen.position_s, seen.height_m, seen.heading_deg) == (7.0, 5.0, 90.0)
    _, told = Report().compose(Flight(), seen, moment())
    assert (told.lat, told.lon) == place


def test_a_wind_that_is_no_number_is_not_known() -> None:
    seen = hear(Seen(), dialect.MAVLink_wind_message(-90.0, 4.0, 0.0), 1.0)
    assert (seen.wind_mps, seen.wind_from_deg) == (4.0, 270.0)
    seen = hear(seen, dialect.MAVLink_wind_message(math.nan, math.inf, 0.0), 2.0)
    assert (seen.wind_mps, seen.wind_from_deg) == (None, None)
