"""What the duty keeps and in which order, and the list of a launch that must not be. Without a vehicle."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from edge.config import FlightConfig
from edge.core.flying.machine import Flight
from edge.core.flying.preflight import CHECKS
from edge.core.flying.seen import Shot
from edge.flight.duty import FlightDuty
from tests.unit.flight.orders import LAT, LON, mission, moment, square

KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


class FakeKeeper:
    """Remembers, and notes in which order it was told: ("meta", key) or ("draft", the draft)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def meta(self, _key: str) -> None:
        return None

    def put_meta(self, key: str, _value: str) -> None:
        self.told.append(("meta", key))

    def append(self, draft: Any) -> None:
        self.told.append(("draft", draft))

    def faults(self) -> tuple[str, ...]:
        return ()

    def outboxes(self) -> tuple[()]:
        return ()


@pytest.fixture
def keeper() -> FakeKeeper:
    return FakeKeeper()


@pytest.fixture
def duty(keeper: FakeKeeper) -> FlightDuty:
    """One that has run, and was stopped before it found its vehicle."""
    around = SimpleNamespace(
        wake=lambda: None, want_status=lambda _device: None, say=lambda *_: None, wind_mps=lambda _station: None,
        disk_free_mb=lambda: 900.0,
    )  # fmt: skip
    config = FlightConfig(device="drone-1", connection="tcp:127.0.0.1:1", fence=square(300))
    made = FlightDuty(config, "ag-1", KEY, keeper, moment, around)
    stop = threading.Event()
    stop.set()
    made.run(stop)
    keeper.told.clear()
    return made


def test_a_photo_is_counted_before_it_is_told(duty: FlightDuty, keeper: FakeKeeper) -> None:
    """Whatever ends the agent between the two, no number is given to a second photo."""
    duty._diary.put_flight(Flight(phase="surveying", survey="sv-1", sortie="st-1", ours=True))
    keeper.told.clear()
    duty._take(Shot(1, LAT, LON, 60.0, 80.0, 0.0, 0.0, 0.0, 1000.0))
    (kept, key), (told, draft) = keeper.told
    assert (kept, key, told) == ("meta", "flight.drone-1.flight", "draft")
    assert draft.kind == "flight"


def test_a_launch_that_fails_its_list_tells_the_list(duty: FlightDuty, keeper: FakeKeeper) -> None:
    duty._diary.put_mission(mission())
    duty._diary.put_flight(
        Flight(phase="ready", survey="sv-1", sortie="st-1", launch_order="fly-0", launch_due_s=moment().uptime_s)
    )
    duty._tick()
    duty._take_news()
    (reply,) = [draft for what, draft in keeper.told if what == "draft" and draft.kind == "reply"]
    data = json.loads(reply.frozen)["data"]
    assert (data["order"], data["outcome"], data["reason"]) == ("fly-0", "failed", "preflight")
    assert [line["name"] for line in data["checks"]] == list(CHECKS)
