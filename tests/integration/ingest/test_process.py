"""Ingest processes killed, stopped, cut off, robbed of their database: every message is stored exactly once."""

import random
import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from hub.bus import BrokerAddress
from tests.integration.ingest.commanded import Process, processes
from tests.integration.ingest.fleet import FIRST, Cable, FleetAgent, running_fleet
from tests.integration.ingest.town import AGENTS, START, Publisher, Town, event, reading, running_ingest
from tests.servers import Broker, wait_until

_PAUSE = threading.Event()


def assert_exactly_once(town: Town, agents: list[FleetAgent]) -> None:
    """Each message of each outbox is there, once; each event was handed on once."""
    for agent in agents:
        events = dict(town.rows("select sequence, count(*) from event where agent_id = %s group by 1", agent.name))
        assert set(events.values()) <= {1}
        moments = town.rows(
            "select measured_at, co2 from reading join device on device.key = device_id where agent_id = %s", agent.name
        )
        numbers = {((at - FIRST) // timedelta(seconds=1)) // 3: value for at, value in moments}
        assert all(value == number % 9000 for number, value in numbers.items())
        assert len(moments) == 3 * len(numbers)
        assert sorted([*events, *numbers]) == list(range(1, agent.produced + 1))
    assert town.rows("select object, actor, count(*) from audit_entry group by 1, 2 having count(*) > 1") == []
    assert town.count("audit_entry") == town.count("event")
    assert town.refusals() == []


def work(agents: list[FleetAgent], seed: random.Random, messages: int) -> None:
    for _ in range(messages):
        seed.choice(agents).produce(seed)


def await_receipts(agents: list[FleetAgent]) -> None:
    wait_until(lambda: not any(agent.unreceipted() for agent in agents), "not everything is receipted", tries=4000)


@pytest.mark.timeout(300)
def test_killed_ten_times_in_mid_stream_everything_is_stored_exactly_once(town: Town, broker: Broker) -> None:
    seed = random.Random(20261123)
    with running_fleet(broker) as agents, processes(town.url, broker, 2) as running:
        for round_ in range(10):
            work(agents, seed, 120)
            _PAUSE.wait(seed.uniform(0.0, 0.3))  # at random moments, with messages on every part of their way
            victim = round_ % 2
            running[victim].kill()
            work(agents, seed, 40)
            running[victim] = Process(town.url, broker).await_ready()
        await_receipts(agents)

        assert_exactly_once(town, agents)
        assert sum(agent.produced for agent in agents) == 1600


def test_two_processes_share_the_load_and_one_goes_on_alone(town: Town, broker: Broker) -> None:
    seed = random.Random(7)
    with running_fleet(broker) as agents, processes(town.url, broker, 2) as running:
        before = [_bytes_read(process.pid) for process in running]
        work(agents, seed, 300)
        await_receipts(agents)
        shares = [_bytes_read(process.pid) - start for process, start in zip(running, before, strict=True)]
        assert min(shares) > max(shares) / 4, f"one did it nearly alone: {shares}"

        running[0].kill()
        work(agents, seed, 100)
        await_receipts(agents)

        assert_exactly_once(town, agents)


def _bytes_read(pid: int) -> int:
    """All that a process has read, which is mostly messages."""
    counters = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in counters if line.startswith("rchar")).split()[1])


def test_a_process_that_is_told_to_stop_loses_nothing_even_of_publishers_that_never_send_again(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    with processes(town.url, broker, 2) as running:
        for number in range(600):
            moment = START + timedelta(seconds=number)
            message = reading("ag-1", "field-1", number, [moment], co2=[400.0])
            publisher.send(
                {key: value for key, value in message.items() if key not in {"outbox", "sequence"}}, wait=False
            )
            if number == 200:
                assert running[0].stop() == 0
            if number == 400:
                running[0] = Process(town.url, broker).await_ready()
        wait_until(lambda: town.count("reading") == 600, "some are lost")


def test_a_hub_that_comes_up_announces_itself_and_so_does_one_that_comes_back(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    cable = Cable(broker.host, broker.port)
    cable.mend()
    where = BrokerAddress(broker.host, cable.port, broker.username, broker.password)
    with running_ingest(town.url, where) as process:
        publisher.await_announcement(1)
        # Once, whichever connection comes last: each announcement has the town send again what has no receipt.
        wait_until(lambda: process._network_server.is_up, "the network server is not heard")
        assert publisher.announcements == 1
        cable.cut()
        publisher.send(event("ag-1", "boar-1", "sprung", 1))
        cable.mend()
        publisher.await_announcement(2)
        # One that came back before the other's loss was noticed has announced too.
        wait_until(lambda: [one.times_up for one in process._subscriptions] == [2, 2], "not both are back")
        publisher.send(event("ag-1", "boar-1", "sprung", 2))
        publisher.await_receipts("ag-1", {2})
    cable.cut()


@pytest.mark.timeout(300)
def test_a_network_that_comes_and_goes_costs_nothing_but_time(town: Town, broker: Broker) -> None:
    seed = random.Random(11)
    cable = Cable(broker.host, broker.port)
    cable.mend()
    where = BrokerAddress(broker.host, cable.port, broker.username, broker.password)
    with running_fleet(broker) as agents, running_ingest(town.url, where, handlers={}):
        for _ in range(5):
            work(agents, seed, 60)
            _PAUSE.wait(seed.uniform(0.0, 0.2))
            cable.cut()
            work(agents, seed, 20)
            cable.mend()
        await_receipts(agents)
    cable.cut()

    town.run("insert into audit_entry (at, actor, act, object) select now(), agent_id, kind, event_id from event")
    assert_exactly_once(town, agents)


@pytest.mark.timeout(300)
def test_without_its_database_a_process_leaves_the_broker_and_comes_back_with_it(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(town.url)["dbname"]
    maintenance = psycopg.conninfo.make_conninfo(town.url, dbname="postgres")
    seed = random.Random(13)
    town.run("insert into agent (id, name, created_at) values ('ag-4', 'a probe', now())")
    with (
        running_fleet(broker) as agents,
        processes(town.url, broker, 2),
        psycopg.connect(maintenance, autocommit=True) as conn,
    ):
        work(agents, seed, 100)
        conn.execute(f'alter database "{name}" allow_connections false'.encode())
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        work(agents, seed, 100)
        announced = publisher.announcements
        wait_until(lambda: _nobody_listens(publisher), "the processes do not leave the broker")
        conn.execute(f'alter database "{name}" allow_connections true'.encode())
        publisher.await_announcement(announced + 2)
        await_receipts(agents)

    assert_exactly_once(town, agents)


def _nobody_listens(publisher: Publisher) -> bool:
    """The broker says so itself: its acknowledgement has the reason 0x10, no matching subscribers."""
    return publisher.reason_of(event("ag-4", "-", "status")) == 0x10


def test_processes_with_the_same_events_in_another_order_wait_for_each_other_and_never_in_a_circle(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    """Handlers lock whatever they like of their device; every event comes to both processes."""
    with processes(town.url, broker, 2):
        messages = [
            event(agent, device, kind, number)
            for number in range(60)
            for agent, device, kind in [(agent, "-", "status") for agent in AGENTS]
        ]
        copies = [*messages, *reversed(messages)]
        for message in copies:
            publisher.send(message, wait=False)
        for agent in AGENTS:
            publisher.await_receipts(agent, set(range(60)))

    assert town.count("event") == len(messages)
    assert town.count("audit_entry") == len(messages)
    assert town.value("select deadlocks from pg_stat_database where datname = current_database()") == 0
