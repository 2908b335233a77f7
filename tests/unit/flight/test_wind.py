"""What a station says of the wind to those who fly beside it."""

from types import SimpleNamespace
from typing import Any

import pytest

from edge.config import AgentConfig
from edge.core.readings import Row
from edge.flights import Flights
from tests.unit.flight.orders import moment

STATION = {
    "device": "field-1",
    "every_s": 60,
    "sensors": [{"kind": "one_wire", "quantity": "wind_speed"}],
}


def wind_mps(values: dict[str, float | None], age_s: float, station: str = "field-1") -> float | None:
    config = AgentConfig.model_validate({"stations": [STATION]})
    measured: Any = SimpleNamespace(device="field-1", latest=Row(moment(-age_s), values))
    nobody: Any = SimpleNamespace(agent="ag-1")

    def nothing(*_: object) -> None:
        """Nobody asks."""

    flights = Flights(config, nobody, nobody, moment, [measured], on_said=nothing, on_kept=nothing, on_status=nothing)
    return flights.wind_mps(station)


@pytest.mark.parametrize(
    ("values", "age_s", "told"),
    [
        ({"wind_speed": 3.0, "wind_gust": 7.0}, 5.0, 7.0),
        ({"wind_speed": 3.0, "wind_gust": None}, 5.0, 3.0),
        ({"wind_speed": None}, 5.0, None),
        ({"wind_speed": 3.0}, 190.0, 3.0),
        ({"wind_speed": 3.0}, 190.1, None),
        ({}, 0.0, None),
    ],
)
def test_the_wind_of_a_while_ago_is_not_told(values, age_s, told) -> None:
    assert wind_mps(values, age_s) == told


def test_a_station_that_is_not_here_tells_nothing() -> None:
    assert wind_mps({"wind_speed": 3.0}, 0.0, "field-2") is None
