"""How fast ingest is, beside the fastest way there is: psql's plain \\copy of the same rows into the same table.

    BENCH=1 .venv/bin/pytest tests/benchmarks/test_ingest.py -s

Both are measured side by side in one run, several times, with fsync on; the ratio is what is held, since machines and
their loads differ. Without BENCH=1 the same runs are made small and only what they store is held.
"""

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from hub.ingest.intake import AcceptedReadings, DeviceRef
from hub.ingest.rows import gather_rows
from hub.ingest.store.readings import copy_rows, merge_rows, refuse_duplicates
from hub.store import Database
from tests.benchmarks.load import Load, publish, reading_messages
from tests.integration.ingest.commanded import processes
from tests.servers import Broker, DatabaseServer, wait_until

BENCH = os.environ.get("BENCH") == "1"
ROUNDS = 3 if BENCH else 1
QUANTITIES = ("air_temperature", "relative_humidity", "soil_moisture", "co2", "leaf_wetness")
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
DEVICES = [(f"ag-{number % 10}", f"field-{number}") for number in range(100)]


@pytest.fixture
def url(database_server: DatabaseServer, database_url: str) -> Iterator[str]:
    """A database with a hundred stations, on a server that waits for its disk."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        for agent in sorted({agent for agent, _ in DEVICES}):
            conn.execute("insert into agent (id, name, created_at) values (%s, 'x', now())", (agent,))
        for agent, device in DEVICES:
            conn.execute(
                "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
                " values (%s, %s, 'station', 'x', 35, 140, now())",
                (device, agent),
            )
        conn.execute("alter system set fsync = on")
        conn.execute("select pg_reload_conf()")
        yield database_url
        conn.execute("alter system reset fsync")
        conn.execute("select pg_reload_conf()")


def count(url: str, table: str = "reading") -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute(f"select count(*) from {table}".encode()).fetchone()
        assert row is not None
        return row[0]


def empty(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("truncate reading, latest, quarantine")
        conn.execute("checkpoint")


def plain_copy(url: str, folder: Path, rows: int, quantities: tuple[str, ...]) -> float:
    """Rows a second of psql's \\copy of so many rows, in one transaction."""
    file = folder / "rows.csv"
    with psycopg.connect(url) as conn:
        keys = [key for (key,) in conn.execute("select key from device order by key")]
    with file.open("w", encoding="ascii") as lines:
        for number in range(rows):
            moment = (START + timedelta(seconds=number // len(keys))).isoformat()
            values = ",".join(f"{20 + number % 100 / 10:g}" for _ in quantities)
            lines.write(f"{keys[number % len(keys)]},{moment},{moment},{values}\n")
    columns = ", ".join(("device_id", "measured_at", "received_at", *quantities))
    empty(url)
    began = time.monotonic()
    subprocess.run(
        ["psql", "-X", "-q", "-d", url, "-c", rf"\copy reading ({columns}) from '{file}' csv"], check=True, timeout=100
    )
    took = time.monotonic() - began
    assert count(url) == rows
    return rows / took


# --- the store alone --------------------------------------------------------------------------------------------------


def store_rows(url: str, rows: int, quantities: tuple[str, ...], *, again: bool = False) -> float:
    """Rows a second of ingest's own store, in batches of 20,000; `again`: rows that are all there already."""
    database = Database(url, name="benchmark", max_size=2)
    with database.transaction() as conn:
        devices = [
            DeviceRef(key, name, "ag-0", "station")
            for key, name in conn.execute("select key, id from device order by key")
        ]
    batches = []
    for first in range(0, rows, 20_000):
        each = min(20_000, rows - first) // len(devices)
        begin = first // len(devices)
        start_us = int((START - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
        times = [start_us + (begin + step) * 1_000_000 for step in range(each)]
        columns = {name: [20.0 + step % 100 / 10 for step in range(each)] for name in quantities}
        batches.append(gather_rows(AcceptedReadings(device, start_us, times, dict(columns)) for device in devices))
    if not again:
        empty(url)
    began = time.monotonic()
    for batch in batches:
        with refuse_duplicates(), database.transaction() as conn:
            merge_rows(conn, batch) if again else copy_rows(conn, batch)
    took = time.monotonic() - began
    database.close()
    assert count(url) == rows
    return rows / took


@pytest.mark.timeout(600)
@pytest.mark.parametrize("quantities", [QUANTITIES[:1], QUANTITIES], ids=["1 quantity", "5 quantities"])
def test_the_store_is_nearly_as_fast_as_plain_copy(url: str, quantities: tuple[str, ...], tmp_path: Path) -> None:
    rows = 400_000 if BENCH else 20_000
    plain, new, again = [], [], []
    for _ in range(ROUNDS):
        plain.append(plain_copy(url, tmp_path, rows, quantities))
        new.append(store_rows(url, rows, quantities))
        again.append(store_rows(url, rows, quantities, again=True))

    ratio = statistics.median(new) / statistics.median(plain)
    print(
        f"\nstore, {len(quantities)} quantities: \\copy {statistics.median(plain):,.0f} rows/s,"
        f" ours {statistics.median(new):,.0f} ({ratio:.2f} ×), all of it again {statistics.median(again):,.0f}"
    )
    assert not BENCH or ratio > 0.5


# --- from the publisher to the disk -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """So many messages of so many moments of so many quantities."""

    messages: int
    moments: int
    quantities: tuple[str, ...]
    floor: float

    @property
    def rows(self) -> int:
        return self.messages * self.moments


SHAPES = [
    Shape(30_000 if BENCH else 500, 1, QUANTITIES[:1], 0.015),
    Shape(10_000 if BENCH else 200, 30, QUANTITIES[:1], 0.15),
    Shape(6_000 if BENCH else 100, 60, QUANTITIES[:1], 0.2),
    Shape(6_000 if BENCH else 100, 30, QUANTITIES, 0.15),
]


def end_to_end(url: str, broker: Broker, shape: Shape, round_: int) -> float:
    """Rows a second from the first publish to the last commit."""
    load = Load(broker.host, broker.port, broker.username, broker.password)
    outbox = f"bench-{round_}"
    messages = list(reading_messages(shape.messages, shape.moments, shape.quantities, DEVICES, START, outbox))
    empty(url)
    began = time.monotonic()
    publish(load, iter(messages))
    wait_until(lambda: count(url) == shape.rows, f"{count(url)} of {shape.rows} rows are stored", tries=6000)
    took = time.monotonic() - began
    load.close()
    assert count(url, "quarantine") == 0
    return shape.rows / took


@pytest.mark.timeout(900)
@pytest.mark.parametrize("count_", [1, 2], ids=["1 process", "2 processes"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.moments} x {len(shape.quantities)} a message")
def test_end_to_end_beside_plain_copy(url: str, broker: Broker, shape: Shape, count_: int, tmp_path: Path) -> None:
    plain, ours = [], []
    with processes(url, broker, count_, WANAMORI_INGEST_QUEUE_MESSAGES="60000"):
        for round_ in range(ROUNDS):
            plain.append(plain_copy(url, tmp_path, shape.rows, shape.quantities))
            ours.append(end_to_end(url, broker, shape, round_))

    rows = statistics.median(ours)
    ratio = rows / statistics.median(plain)
    print(
        f"\n{count_} process(es), {shape.moments} moments × {len(shape.quantities)} quantities a message:"
        f" {rows / shape.moments:,.0f} messages/s, {rows:,.0f} rows/s,"
        f" {rows * len(shape.quantities):,.0f} readings/s,"
        f" {ratio:.3f} × \\copy ({statistics.median(plain):,.0f} rows/s)"
    )
    assert not BENCH or ratio > shape.floor


# --- how long it takes ------------------------------------------------------------------------------------------------

_TELL = """
create function tell_commit() returns trigger language plpgsql as
$$ begin perform pg_notify('committed', new.event_id); return null; end $$;
create trigger tell after insert on event for each row execute function tell_commit();
"""


@pytest.mark.timeout(300)
def test_from_publish_to_commit_of_a_trigger_while_readings_flow(url: str, broker: Broker) -> None:
    """Two processes at 1,000 readings a second; the notification of a commit comes right after it."""
    events = 400 if BENCH else 20
    pause = time.monotonic
    load = Load(broker.host, broker.port, broker.username, broker.password)
    with psycopg.connect(url, autocommit=True) as conn, processes(url, broker, 2):
        conn.execute(
            "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
            " values ('boar', 'ag-0', 'trap', 'x', 35, 140, now())"
        )
        conn.execute(_TELL.encode())
        conn.execute("listen committed")
        readings = iter(reading_messages(events * 2, 10, QUANTITIES[:1], DEVICES, START, "flow"))
        published: dict[str, float] = {}
        latencies: list[float] = []

        def hear(seconds: float) -> None:
            for notice in conn.notifies(timeout=seconds):
                latencies.append((pause() - published[notice.payload]) * 1000)

        for number in range(events):
            load.send([load.publish(*next(readings)), load.publish(*next(readings))])
            name = f"e-{number}"
            published[name] = pause()
            load.send([load.publish("wanamori/v1/up/ag-0/boar/sprung", _firing(name))])
            hear(0.02)
        while len(latencies) < events:
            hear(0.2)
    load.close()
    latencies.sort()

    print(
        f"\ntrigger, publish to commit, {events} of them beside 1,000 readings/s:"
        f" median {statistics.median(latencies):.1f} ms,"
        f" p99 {latencies[int(len(latencies) * 0.99)]:.1f} ms, worst {latencies[-1]:.1f} ms"
    )
    assert len(latencies) == len(published) == events


def _firing(name: str) -> bytes:
    return (
        f'{{"specversion":"1.0","id":"{name}","source":"/agents/ag-0/devices/boar","type":"jp.wanamori.sprung.v1",'
        f'"time":"{datetime.now(UTC).isoformat()}","data":{{}}}}'
    ).encode()
