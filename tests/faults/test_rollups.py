"""Ingest and workers killed in the middle of marking and of rolling up: the rollups are what the readings say."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.integration.ingest.commanded import Process, processes
from tests.integration.ingest.fleet import FleetAgent, running_fleet
from tests.integration.ingest.town import Town
from tests.servers import Broker, wait_until

_FROM_READINGS = """
    select device_id, date_trunc('hour', measured_at, 'UTC'), count(co2), sum(co2::float8), min(co2), max(co2)
    from reading group by 1, 2 order by 1, 2
"""
_FROM_HOURS = "select device_id, hour_at, co2_count, co2_sum, co2_min, co2_max from reading_hour order by 1, 2"
_FROM_DAYS = (
    "select device_id, sum(co2_count), sum(co2_sum), min(co2_min), max(co2_max) from reading_day group by 1 order by 1"
)


class Worker:
    """`wanamori-hub worker` as a process of its own."""

    def __init__(self, url: str) -> None:
        environment = {**os.environ, "WANAMORI_DATABASE_URL": url, "WANAMORI_SECRET": "x" * 40}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hub", "worker"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)


@contextmanager
def held(url: str, table: str) -> Iterator[None]:
    """Nobody writes into a table; who wants to waits with all that it has done already in its transaction."""
    with psycopg.connect(url) as conn:
        conn.execute(f"lock table {table} in share mode".encode())
        yield


def wait_for_writer(town: Town, table: str) -> None:
    statement = "select count(*) from pg_locks where not granted and relation = %s::regclass"
    wait_until(lambda: town.value(statement, table) > 0, f"nobody writes into {table}")


def produce(agents: list[FleetAgent], seed: random.Random, messages: int) -> None:
    for _ in range(messages):
        seed.choice(agents).produce(seed)


@pytest.mark.timeout(300)
def test_killed_while_marking_and_while_rolling_up_the_rollups_are_what_the_readings_say(
    town: Town, broker: Broker
) -> None:
    seed = random.Random(20261126)
    with running_fleet(broker) as agents, processes(town.url, broker, 1) as running:
        for _ in range(2):
            with held(town.url, "rollup_due"):
                produce(agents, seed, 200)
                wait_for_writer(town, "rollup_due")
                running[0].kill()
            running[0] = Process(town.url, broker).await_ready()
            wait_until(lambda: not any(agent.unreceipted() for agent in agents), "not all is receipted", tries=4000)
            with held(town.url, "reading_hour"):
                worker = Worker(town.url)
                wait_for_writer(town, "reading_hour")
                produce(agents, seed, 50)
                worker.kill()
        wait_until(lambda: not any(agent.unreceipted() for agent in agents), "not all is receipted", tries=4000)
        worker = Worker(town.url)
        try:
            wait_until(lambda: town.count("rollup_due") == 0, "marks are left")
        finally:
            worker.kill()

        by_hour = town.rows(_FROM_READINGS)
        assert sum(row[2] for row in by_hour) == town.count("reading") > 300
        assert town.rows(_FROM_HOURS) == by_hour
        totals = "select device_id, count(co2), sum(co2::float8), min(co2), max(co2) from reading group by 1 order by 1"
        assert town.rows(_FROM_DAYS) == town.rows(totals)
