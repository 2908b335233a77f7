"""What the rollups cost ingest, and what a chart of a season costs the database.

    BENCH=1 .venv/bin/pytest tests/benchmarks/test_rollups.py -s
    BENCH=1 WANAMORI_BENCH_ROWS=50000000 …      # fifty million rows instead of fifty million values

Without BENCH=1 the same runs are made small, and only what they find is held.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from hub.fields.rollups.service import mark_unreached, roll_up
from hub.fields.rollups.store.series import fetch_many, fetch_series
from hub.ingest.intake import AcceptedReadings, DeviceRef
from hub.ingest.rows import Key, RowBatch, gather_rows
from hub.ingest.store import readings as store
from hub.ingest.store.readings import copy_rows
from hub.store import Connection, Database
from tests.servers import DatabaseServer

BENCH = os.environ.get("BENCH") == "1"
ROUNDS = 7 if BENCH else 1
TOKYO = ZoneInfo("Asia/Tokyo")
TEN = (
    *("air_temperature", "relative_humidity", "soil_moisture", "soil_temperature", "soil_conductivity"),
    *("solar_radiation", "wind_speed", "air_pressure", "co2", "battery_voltage"),
)
ROWS = int(os.environ.get("WANAMORI_BENCH_ROWS", "5000000")) if BENCH else 60_000
DEVICES = 50 if BENCH else 5
STEP = timedelta(minutes=5)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


@pytest.fixture
def url(database_server: DatabaseServer, database_url: str) -> Iterator[str]:
    """A database with stations, on a server that waits for its disk."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("insert into agent (id, name, created_at) values ('ag-0', 'x', now())")
        conn.execute(
            "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
            " select 'field-' || n, 'ag-0', 'station', 'x', 35, 140, now() from generate_series(1, 20000) n"
        )
        conn.execute("alter system set fsync = on")
        conn.execute("select pg_reload_conf()")
        yield database_url
        conn.execute("alter system reset fsync")
        conn.execute("select pg_reload_conf()")


# --- what marking costs -----------------------------------------------------------------------------------------------


def batches(devices: int, each: int, count: int) -> list[RowBatch]:
    """So many batches of so many devices with `each` rows a second apart."""
    start_us = int((NOW - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
    made = []
    for number in range(count):
        times = [start_us + (number * each + step) * 1_000_000 for step in range(each)]
        columns = {name: [20.0 + step % 100 / 10 for step in range(each)] for name in TEN[:5]}
        made.append(
            gather_rows(
                AcceptedReadings(DeviceRef(key, "x", "ag-0", "station"), start_us, times, dict(columns))
                for key in range(1, devices + 1)
            )
        )
    return made


def store_seconds(
    url: str, given: list[RowBatch], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[float], list[float], list[float]]:
    """How long each batch took with marks and without, and of the former the marking alone.

    Every other one is without them, those in the next round that were with them in this one: the table grows and the
    disk tires for both alike.
    """
    database = Database(url, name="benchmark", max_size=2)
    with_marks: list[float] = []
    without: list[float] = []
    alone: list[float] = []
    mark_due = store._mark_due

    def mark(conn: Connection, keys: Sequence[Key]) -> None:
        began = time.monotonic()
        mark_due(conn, keys)
        alone.append(time.monotonic() - began)

    for turn in range(ROUNDS):
        with database.transaction() as conn:
            conn.execute("truncate reading, rollup_due")
        for number, batch in enumerate(given):
            is_marked = (number + turn) % 2 == 0
            with monkeypatch.context() as patched:
                patched.setattr(store, "_mark_due", mark if is_marked else lambda conn, keys: None)
                began = time.monotonic()
                with database.transaction() as conn:
                    copy_rows(conn, batch)
                (with_marks if is_marked else without).append(time.monotonic() - began)
    database.close()
    return with_marks, without, alone


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("devices", "each", "count"),
    [(100, 200, 20), (1_000, 20, 20), (20_000, 1, 20), (50, 1, 400)],
    ids=["100 devices x 200", "1,000 devices x 20", "20,000 devices x 1", "50 devices x 1, small batches"],
)
def test_marking_costs_ingest_little(
    url: str, monkeypatch: pytest.MonkeyPatch, devices: int, each: int, count: int
) -> None:
    given = batches(devices, each, count if BENCH else 2)
    with_marks, without, alone = store_seconds(url, given, monkeypatch)
    ratio = statistics.median(with_marks) / statistics.median(without)
    # the quickest of each as well: whatever else runs on the machine only ever makes one slower
    quickest = min(with_marks) / min(without)
    share = statistics.median(alone) / statistics.median(with_marks)
    speed = len(given[0].rows) / statistics.median(with_marks)
    print(f"\n{devices} devices x {each}: marks cost {ratio - 1:+.1%}, {quickest - 1:+.1%} ({speed:,.0f} rows/s)")
    print(f"their own time is {share:.1%} of a batch's")
    assert not BENCH or (quickest < 1.5 and share < 0.1)


# --- a season's chart -------------------------------------------------------------------------------------------------


def fill(url: str) -> None:
    """Rows of ten quantities as they come: moment after moment, all stations of each."""
    moments = ROWS // DEVICES
    columns = ", ".join(TEN)
    values = ", ".join(f"10 + {place} + 10 * sin(m / 40.0 + d)" for place in range(len(TEN)))
    with psycopg.connect(url, autocommit=True) as conn:
        for first in range(0, moments, 20_000):
            conn.execute(
                f"insert into reading (device_id, measured_at, received_at, {columns})"
                f" select d, at, at, {values} from generate_series({first}, {min(first + 20_000, moments) - 1}) m"
                f" cross join generate_series(1, {DEVICES}) d"
                " cross join lateral (select %s::timestamptz - m * interval '5 minutes' as at) t".encode(),
                [NOW - HOUR],
            )
        conn.execute("vacuum analyze reading")


def measure_ms(act: Callable[[], object]) -> float:
    took = []
    for _ in range(21):
        began = time.monotonic()
        act()
        took.append((time.monotonic() - began) * 1000)
    return statistics.median(took)


@pytest.mark.timeout(3600)
def test_a_season_of_one_station_is_drawn_from_rollups(url: str) -> None:
    began = time.monotonic()
    fill(url)
    print(f"\n{ROWS:,} rows x {len(TEN)} quantities filled in {time.monotonic() - began:.0f} s")
    database = Database(url, name="benchmark", max_size=2)

    def chart(days: int, width: timedelta, *names: str) -> Callable[[], object]:
        def act() -> object:
            with database.transaction() as conn:
                if len(names) > 1:
                    return fetch_many(conn, 7 % DEVICES, names, NOW - days * DAY, NOW, width)
                return fetch_series(conn, 7 % DEVICES, names[0], NOW - days * DAY, NOW, width)

        return act

    charts = {
        "season, 1 quantity, 6 h": chart(92, 6 * HOUR, TEN[0]),
        "season, 1 quantity, 1 h": chart(92, HOUR, TEN[0]),
        "season, 5 quantities, 6 h": chart(92, 6 * HOUR, *TEN[:5]),
        "season, 1 quantity, days": chart(92, DAY, TEN[0]),
        "two years, 1 quantity, days": chart(730, DAY, TEN[0]),
        "a week, 1 quantity, 30 min (readings)": chart(7, timedelta(minutes=30), TEN[0]),
    }
    raw = {name: (act(), measure_ms(act)) for name, act in charts.items()}

    roll_all_up(database)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("vacuum analyze reading_hour, reading_day")

    ratios = {}
    for name, act in charts.items():
        found, rolled_ms = act(), measure_ms(act)
        before, raw_ms = raw[name]
        ratios[name] = rolled_ms / raw_ms
        print(f"{name}: {rolled_ms:.1f} ms, from readings {raw_ms:.1f} ms ({ratios[name]:.2f})")
        assert rounded(found) == rounded(before)
    database.close()
    assert not BENCH or ratios["season, 1 quantity, 6 h"] < 0.5


def roll_all_up(database: Database) -> None:
    began, steps = time.monotonic(), 0
    with database.transaction() as conn:
        assert mark_unreached(conn, NOW) == DEVICES
    more = True
    while more:
        with database.transaction() as conn:
            more = roll_up(conn, NOW, TOKYO)
        steps += 1
    print(f"rolled up in {time.monotonic() - began:.0f} s, {steps} steps")


def rounded(found: object) -> object:
    """The order in which floats are added up shows in their last digits."""
    if isinstance(found, dict):
        return {name: rounded(series) for name, series in found.items()}
    assert isinstance(found, list)
    return [(one.time, one.min, round(one.mean, 6), one.max, one.count) for one in found]
