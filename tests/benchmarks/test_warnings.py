"""What a town's warnings cost the worker: every station has them in each form, and says something each five minutes.

    BENCH=1 .venv/bin/pytest tests/benchmarks/test_warnings.py -s

Without BENCH=1 the same is made small, and only what it tells is held.
"""

import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from hub.fields import service as fields
from hub.fields.plots import NewPlot
from hub.fields.thresholds.rules import Rule
from hub.fields.thresholds.sensors import fetch_sensor_words
from hub.fields.thresholds.service import Happened, NewWarning, Warnings, create_warning
from hub.ingest.intake import AcceptedReadings, DeviceRef
from hub.ingest.rows import gather_rows
from hub.ingest.store.latest import save_latest
from hub.ingest.store.readings import copy_rows
from hub.registry import service as registry
from hub.registry.devices import NewDevice
from hub.registry.people import Actor, NewPerson
from hub.store import Database

BENCH = os.environ.get("BENCH") == "1"
STATIONS = 200 if BENCH else 3
ROUNDS = 12 if BENCH else 3
DAYS = 4
STEP = timedelta(minutes=5)
NOW = datetime(2026, 7, 1, 3, tzinfo=UTC)
OFFICE = Actor("system", "system", frozenset({"staff"}))
# Each form; only the first is beyond its limit, once the fields are dry.
RULES = (
    Rule("soil_moisture", "below", 20.0),
    Rule("air_temperature", "above", 45.0, hold_min=120),
    Rule("air_temperature", "below", -20.0, how="mean", window_h=24),
    Rule("air_temperature", "above", 30.0, how="change", window_h=3),
    Rule("rainfall", "above", 500.0, how="sum", window_h=72),
    Rule("vpd", "above", 6.0, hold_min=60),
)


@dataclass(frozen=True)
class Fields:
    """A database with stations that have warnings."""

    database: Database
    stations: list[int]
    warnings: Warnings

    def say(self, at: datetime, moisture: float) -> float:
        """A reading of each station; returns the seconds that storing them took."""
        values = {"air_temperature": 20.0, "relative_humidity": 60.0, "soil_moisture": moisture, "rainfall": 0.0}
        at_us = int((at - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
        columns = {name: [value] for name, value in values.items()}
        batch = gather_rows(
            AcceptedReadings(DeviceRef(key, "x", "ag-0", "station"), at_us, [at_us], dict(columns))
            for key in self.stations
        )
        newest = {(key, name): (at, at, value) for key in self.stations for name, value in values.items()}
        began = time.monotonic()
        with self.database.transaction() as conn:
            copy_rows(conn, batch)
            save_latest(conn, newest)
        return time.monotonic() - began

    def look(self, now: datetime) -> tuple[list[Happened], float]:
        """All that is due, as the worker does it; what happened, and the seconds."""
        happened: list[Happened] = []
        began = time.monotonic()
        for _ in range(len(self.stations) * len(RULES) // 200 + 1):
            with self.database.transaction() as conn:
                happened += self.warnings.look(conn, now)
        return happened, time.monotonic() - began


@pytest.fixture
def planted(database_url: str) -> Iterator[Fields]:
    database = Database(database_url, name="benchmark", max_size=2)
    with database.transaction() as conn:
        owner = registry.create_person(
            conn, OFFICE, NewPerson("農家", frozenset({"farmer"}), "farmer@example.jp", "ja"), NOW
        )[0]
        agent = registry.create_agent(conn, OFFICE, "畑の箱", NOW)[0]
        stations = [
            registry.register_device(conn, OFFICE, NewDevice(agent, f"field-{n}", "station", "x", 35, 140), NOW).key
            for n in range(STATIONS)
        ]
    made = Fields(
        database, stations, Warnings(zone=ZoneInfo("Asia/Tokyo"), late_after_s=900, sensors=fetch_sensor_words)
    )
    with database.transaction() as conn:
        conn.execute(
            "insert into reading (device_id, measured_at, received_at, air_temperature, relative_humidity,"
            " soil_moisture, rainfall) select d, t, t, 20, 60, 30, 0 from unnest(%s::int[]) d,"
            " generate_series(%s::timestamptz, %s, %s) t",
            (stations, NOW - timedelta(days=DAYS), NOW - STEP, STEP),
        )
    farmer = Actor(owner, "farmer", frozenset({"farmer"}))
    with database.transaction() as conn:
        for station in stations:
            plot = fields.create_plot(conn, OFFICE, NewPlot(owner, "畑", device_keys=frozenset({station})), NOW)
            for rule in RULES:
                create_warning(conn, farmer, plot, NewWarning(station, rule), NOW)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("analyze")
    yield made
    database.close()


@pytest.mark.timeout(600)
def test_every_station_may_have_every_warning(planted: Fields) -> None:
    first, _ = planted.look(NOW)
    assert first == []
    storing: list[float] = []
    looking: list[float] = []
    told: list[Happened] = []
    for number in range(ROUNDS):
        now = NOW + number * STEP
        storing.append(planted.say(now, 10.0))
        happened, seconds = planted.look(now + timedelta(seconds=2))
        looking.append(seconds)
        told += happened
    dry = [one.warning.device_key for one in told]
    assert sorted(dry) == planted.stations, "each dry field is told once, and nothing else"
    assert {one.warning.rule.measure for one in told} == {"soil_moisture"}
    if BENCH:
        warnings, median = STATIONS * len(RULES), statistics.median(looking)
        times = median / statistics.median(storing)
        print(
            f"\n{STATIONS} stations, {warnings} warnings: {median * 1e3:.0f} ms, {median / warnings * 1e3:.2f} ms each"
        )
        print(f"{median / STEP.total_seconds():.2%} of the five minutes, {times:.0f} x storing what was measured")
