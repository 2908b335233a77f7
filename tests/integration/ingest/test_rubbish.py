"""A storm of nearly right messages: ingest itself never fails over one, and the good ones get through."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.ingest.events import AcceptedEvent, Unreadable
from hub.store import Connection
from tests.benchmarks.load import Load, publish
from tests.integration.ingest.town import AGENTS, STATIONS, TRAPS, Publisher, Town, event, running_ingest, topic
from tests.servers import Broker, wait_until

_WILD: list[Any] = [
    None, True, 0, -1, 1.5, 1e308, 10**30, 10**400, 2**63, -(2**63), "", "x", "\0", "\ud800", "😀" * 100, [], {}, [[]],
    "2026-11-23T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+23:59", "1970-01-01T00:00:05Z",
    "2026-11-23T00:00:00+99:99", {"a": {"b": [1, 2, {"c": None}]}}, float("nan"), float("inf"), "12", 12,
]  # fmt: skip
_KINDS = ["sprung", "reset", "readings", "status", "photo", "flight", "reply", "other"]
_QUANTITIES = ["co2", "soil_ph", "air_temperature", "mood"]


def _nearly_right(seed: random.Random, number: int) -> tuple[str, bytes]:
    kind, agent = seed.choice(_KINDS), seed.choice([*AGENTS, "ag-ghost"])
    device = seed.choice([*TRAPS.values(), *STATIONS.values(), "-", "ghost"])
    data: dict[str, Any] = {"state": "running", "line": "open"} if kind == "status" else {}
    if kind == "readings":
        times = [datetime.now(UTC) - timedelta(seconds=seed.randrange(10**6)) for _ in range(seed.randrange(1, 6))]
        values = {
            name: [seed.choice([None, seed.uniform(0, 50), seed.uniform(-500, 500)]) for _ in times]
            for name in seed.sample(_QUANTITIES, 2)
        }
        data = {"times": [time.isoformat() for time in times], "values": values}
    envelope = event(agent, device, kind, number, data=data)
    if seed.random() < 0.3:
        envelope.update(clock="unset", boot=f"b{seed.randrange(9)}", uptime=seed.choice([10, 1e6, None]))
    for _ in range(seed.choice([0, 0, 0, 1, 1, 2])):
        target = seed.choice([envelope, data])
        target[seed.choice([*target, "extra"])] = seed.choice(_WILD)
    payload = bytearray(json.dumps(envelope, ensure_ascii=seed.random() < 0.5).encode("utf-8", "surrogatepass"))
    if seed.random() < 0.1:
        payload[seed.randrange(len(payload))] = seed.randrange(256)
    return topic(agent, device, kind), bytes(payload)


def test_a_storm_of_nearly_right_messages(town: Town, publisher: Publisher, broker: Broker) -> None:
    seed = random.Random(20261123)
    handled: list[str] = []
    told: list[str] = []

    def handle(_conn: Connection, accepted: AcceptedEvent) -> None:
        handled.append(accepted.id)

    def tell(_conn: Connection, message: Unreadable) -> None:
        told.append(message.reason)

    load = Load(broker.host, broker.port, broker.username, broker.password)
    kinds = dict.fromkeys(_KINDS, handle)
    with running_ingest(town.url, broker, handlers=kinds, on_unreadable=tell):
        publish(load, (_nearly_right(seed, number) for number in range(1500)))
        publisher.send(event("ag-1", "boar-1", "sprung", 5000))
        publisher.await_receipts("ag-1", {5000})
        done = "select (select count(*) from event) + (select count(distinct measured_at) from reading)"
        wait_until(lambda: town.value(done) > 100, "nothing gets through")
    load.close()

    assert "sprung-5000" in handled
    assert len(handled) == town.count("event")
    assert told
    assert not {"handler_failed", "not_stored"} & set(town.refusals())
