"""Whatever comes off the wire: refused or quarantined with its reason, and what is good around it is stored.

A table: each row is one bad thing, sent between two good messages of the same agent.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.service import Service
from tests.acceptance.wire import WireAgent, enrolled_agent, registered_device
from tests.servers import wait_until


@dataclass
class Place:
    """An agent with a station and a trap."""

    service: Service
    agent: WireAgent
    station: str
    trap: str

    def readings(self, *times: datetime, value: float = 20.0, **values: list) -> dict:
        columns = values or {"soil_moisture": [value] * len(times)}
        return {"times": [time.isoformat() for time in times], "values": columns}

    def stored(self) -> set[datetime]:
        """When the station's stored rows were measured."""
        statement = "select measured_at from reading join device on key = device_id where id = %s"
        return {row[0] for row in self.service.rows(statement, self.station)}

    def quarantined(self, reason: str) -> list[tuple]:
        """The agent's rows in quarantine with that reason: detail and how often."""
        statement = "select detail, times from quarantine where reason = %s and topic like %s order by id"
        return self.service.rows(statement, reason, f"wanamori/v1/up/{self.agent.agent}/%")


@pytest.fixture(scope="module")
def place(service: Service) -> Iterator[Place]:
    agent = enrolled_agent(service, "bad input")
    found = Place(
        service, agent, registered_device(service, agent, "station"), registered_device(service, agent, "trap")
    )
    yield found
    agent.close()


def at(seconds_ago: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=seconds_ago)


def new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def encoded(event: dict) -> bytes:
    return json.dumps(event).encode()


# name -> (reason in quarantine, bytes of the message)
BAD: dict[str, tuple[str, Callable[[Place, dict], bytes]]] = {
    "nothing at all": ("malformed", lambda place, good: b""),
    "no JSON": ("malformed", lambda place, good: b"hello"),
    "half of it": ("malformed", lambda place, good: encoded(good)[: len(encoded(good)) // 2]),
    "broken UTF-8": ("malformed", lambda place, good: encoded(good).replace(b'"1.0"', b'"1.\xff\xfe"')),
    "an array": ("malformed", lambda place, good: b"[1, 2, 3]"),
    "nested for ever": ("malformed", lambda place, good: b"[" * 100_000),
    "another version": ("schema", lambda place, good: encoded(good | {"specversion": "7.0"})),
    "no id": ("schema", lambda place, good: encoded({key: good[key] for key in good if key != "id"})),
    "no data": ("schema", lambda place, good: encoded({key: good[key] for key in good if key != "data"})),
    "a time that is a number": ("schema", lambda place, good: encoded(good | {"data": {"times": [1], "values": {}}})),
    "a value that is a word": (
        "schema", lambda place, good: encoded(good | {"data": place.readings(at(1), soil_moisture=["wet"])}),
    ),
    "a value that is true": (
        "schema", lambda place, good: encoded(good | {"data": place.readings(at(1), soil_moisture=[True])}),
    ),
    "fewer values than times": (
        "schema", lambda place, good: encoded(good | {"data": place.readings(at(1), at(2), soil_moisture=[1.0])}),
    ),
    "501 times": (
        "schema", lambda place, good: encoded(good | {"data": place.readings(*[at(n) for n in range(501)])}),
    ),
    "a time without an offset": (
        "schema",
        lambda place, good: encoded(
            good | {"data": {"times": ["2026-11-23T05:00:00"], "values": {"soil_moisture": [1.0]}}}
        ),
    ),
    "NaN": ("schema", lambda place, good: encoded(good).replace(b"[20.0]", b"[NaN]")),
    "infinity": ("schema", lambda place, good: encoded(good).replace(b"[20.0]", b"[-Infinity]")),
    "a number beyond all": ("schema", lambda place, good: encoded(good).replace(b"[20.0]", b"[1e999]")),
    "an unknown quantity": (
        "unknown_quantity", lambda place, good: encoded(good | {"data": place.readings(at(1), happiness=[1.0])}),
    ),
    "1970": ("impossible_time", lambda place, good: encoded(good | {"data": place.readings(new_year(1970))})),
    "2100": ("impossible_time", lambda place, good: encoded(good | {"data": place.readings(new_year(2100))})),
    "300 kB": ("too_large", lambda place, good: encoded(good | {"padding": "x" * 300_000})),
    "another device's source": ("identity", lambda place, good: encoded(good | {"source": "/agents/a/devices/b"})),
    "another kind's type": ("identity", lambda place, good: encoded(good | {"type": "jp.wanamori.sprung.v1"})),
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One row of the table as it went out: the bad bytes, and when the good readings around them were measured."""

    payload: bytes
    before: datetime
    after: datetime


@pytest.fixture(scope="module")
def table(place: Place) -> dict[str, Sent]:
    """The whole table on the wire, one after the other, and receipted."""
    sent: dict[str, Sent] = {}
    moments = (at(60).replace(microsecond=number) for number in range(2 * len(BAD)))
    for name, (_, spoil) in BAD.items():
        bad = spoil(place, place.agent.event(place.station, "readings", place.readings(at(1))))
        sent[name] = Sent(bad, next(moments), next(moments))
        good = [
            place.agent.event(place.station, "readings", place.readings(moment))
            for moment in (sent[name].before, sent[name].after)
        ]
        for payload in (good[0], bad, good[1]):
            place.agent.send(place.station, "readings", payload)
        last = int(good[1]["sequence"])
    place.agent.wait_receipt(last)
    return sent


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_quarantined_and_its_neighbours_are_stored(place: Place, table: dict[str, Sent], name: str):
    sent = table[name]
    found: list[tuple] = []

    def quarantined() -> bool:
        # of what is too large only the beginning is kept
        rows = place.service.rows(
            "select payload, reason, detail from quarantine where topic like %s",
            f"wanamori/v1/up/{place.agent.agent}/%",
        )
        found[:] = [row for row in rows if sent.payload.startswith(row[0]) and bool(row[0]) == bool(sent.payload)]
        return bool(found)

    wait_until(quarantined, "it is not in quarantine", 300, 0.1)
    ((_, reason, detail),) = found
    assert reason == BAD[name][0]
    assert detail
    wait_until(lambda: {sent.before, sent.after} <= place.stored(), "its neighbours are not stored", 300, 0.1)


def test_what_could_be_read_far_enough_is_receipted(place: Place):
    event = place.agent.event(place.station, "readings", {"times": "never"})
    place.agent.send(place.station, "readings", event)
    place.agent.wait_receipt(int(event["sequence"]))


def test_a_bad_value_costs_only_itself(place: Place):
    good, bad, impossible = (
        at(30).replace(microsecond=501),
        at(30).replace(microsecond=502),
        datetime(2100, 1, 1, tzinfo=UTC),
    )
    data = {
        "times": [moment.isoformat() for moment in (good, bad, impossible)],
        "values": {"soil_moisture": [20.0, -127.0, 20.0], "soil_temperature": [9.0, 9.5, 9.9]},
    }
    event = place.agent.event(place.station, "readings", data)
    place.agent.send(place.station, "readings", event)
    place.agent.wait_receipt(int(event["sequence"]))
    statement = (
        "select measured_at, soil_moisture, soil_temperature from reading join device on key = device_id"
        " where id = %s and measured_at = any(%s) order by 1"
    )
    rows = place.service.rows(statement, place.station, [good, bad, impossible])
    assert rows == [(good, 20.0, 9.0), (bad, None, 9.5)]


def test_a_replayed_id_is_stored_once(place: Place):
    first = place.agent.event(place.trap, "reset", {})
    again = first | {"sequence": str(place.agent.next_sequence())}
    for event in (first, first, again):
        place.agent.send(place.trap, "reset", event)
    place.agent.wait_receipt(int(first["sequence"]), int(again["sequence"]))
    assert place.service.rows("select count(*) from event where event_id = %s", first["id"]) == [(1,)]


def test_another_agents_topic_is_closed(place: Place, service: Service):
    other = enrolled_agent(service, "somebody else")
    try:
        theirs = registered_device(service, other, "trap")
        event = place.agent.event(theirs, "sprung", {}) | {"source": f"/agents/{other.agent}/devices/{theirs}"}
        assert place.agent.send(theirs, "sprung", event, agent=other.agent) == "Not authorized"
        follow = place.agent.event(place.trap, "reset", {})
        place.agent.send(place.trap, "reset", follow)
        place.agent.wait_receipt(int(follow["sequence"]))
        assert service.rows("select 1 from event where event_id = %s", event["id"]) == []
        assert trap_state(service, theirs) == "armed"
    finally:
        other.close()


def test_another_agents_device_is_quarantined(place: Place, service: Service):
    other = enrolled_agent(service, "somebody else")
    try:
        theirs = registered_device(service, other, "station")
        event = place.agent.event(theirs, "readings", place.readings(at(1)))
        place.agent.send(theirs, "readings", event)
        place.agent.wait_receipt(int(event["sequence"]))
        assert len(place.quarantined("foreign_device")) == 1
    finally:
        other.close()


def test_a_device_that_nobody_registered_is_quarantined_and_can_be_replayed(place: Place, service: Service):
    unknown, moment = f"station-{uuid.uuid4().hex[:8]}", at(5)
    event = place.agent.event(unknown, "readings", place.readings(moment))
    place.agent.send(unknown, "readings", event)
    place.agent.wait_receipt(int(event["sequence"]))
    (waiting,) = [row for row in service.api.get("/api/v1/quarantine").json()["items"] if unknown in row["topic"]]
    assert waiting["reason"] == "unknown_device"
    body = {"agent": place.agent.agent, "id": unknown, "kind": "station", "name": unknown}
    service.api.post("/api/v1/devices", json=body | {"location": {"lat": 35.4, "lon": 140.0}}).raise_for_status()
    assert service.api.post(f"/api/v1/quarantine/{waiting['id']}/replay").json()["settled"]
    found = service.api.get(f"/api/v1/devices/{unknown}/readings", params={"quantity": "soil_moisture"}).json()
    assert [datetime.fromisoformat(item["time"]) for item in found["items"]] == [moment]


def test_ten_megabytes_are_refused_by_the_broker_and_the_next_message_is_taken(place: Place, service: Service):
    agent = enrolled_agent(service, "big mouth")
    try:
        station = registered_device(service, agent, "station")
        agent.client.publish(f"wanamori/v1/up/{agent.agent}/{station}/readings", b"x" * 10_000_000, qos=1)
        wait_until(lambda: not agent.client.is_connected(), "the broker does not mind ten megabytes", 300, 0.1)
    finally:
        agent.close()
    moment = at(1)
    agent.connect()
    try:
        event = agent.event(station, "readings", place.readings(moment))
        agent.send(station, "readings", event)
        agent.wait_receipt(int(event["sequence"]))
    finally:
        agent.close()
    rows = service.rows("select measured_at from reading join device on key = device_id where id = %s", station)
    assert rows == [(moment,)]


IMPOSSIBLE = ["1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "yesterday", 12, {}, None, "2026-02-30T00:00:00Z"]


@pytest.fixture(scope="module")
def firings(place: Place, service: Service) -> list[tuple[str, dict, datetime]]:
    """A trap for each impossible time, sprung at it: its id, the event, and when that was sent."""
    sent = []
    for time in IMPOSSIBLE:
        trap = registered_device(service, place.agent, "trap")
        sent.append((trap, place.agent.event(trap, "sprung", {}, time=time), datetime.now(UTC)))
        place.agent.send(trap, "sprung", sent[-1][1])
    place.agent.wait_receipt(*(int(event["sequence"]) for _, event, _ in sent))
    return sent


@pytest.mark.parametrize("number", range(len(IMPOSSIBLE)), ids=[str(time) for time in IMPOSSIBLE])
def test_a_firing_at_an_impossible_time_alarms_and_is_uncertain(service: Service, firings: list, number: int):
    trap, event, sent_at = firings[number]
    (incident,) = incidents_of(service, trap)
    assert (incident["kind"], incident["uncertain"]) == ("trap_sprung", True)
    assert abs(datetime.fromisoformat(incident["occurred_at"]) - sent_at) < timedelta(minutes=5)
    assert trap_state(service, trap) == "sprung"
    assert service.rows("select time_quality from event where event_id = %s", event["id"]) == [("uncertain",)]


def test_a_late_firing_alarms_and_says_when_it_was(place: Place, service: Service):
    trap, moment = registered_device(service, place.agent, "trap"), at(7200)
    event = place.agent.event(trap, "sprung", {}, time=moment.isoformat())
    place.agent.send(trap, "sprung", event)
    place.agent.wait_receipt(int(event["sequence"]))
    (incident,) = incidents_of(service, trap)
    assert (incident["late"], incident["uncertain"]) == (True, False)
    assert datetime.fromisoformat(incident["occurred_at"]) == moment


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: b"\xff\xfe\x00",
        lambda event: encoded(event)[:-20],
        lambda event: encoded(event | {"data": {"count": "many"}}),
        lambda event: encoded(event | {"source": "/agents/a/devices/b"}),
        lambda event: encoded(event | {"padding": "x" * 300_000}),
    ],
    ids=["noise", "half of it", "a wrong type", "another source", "too large"],
)
def test_a_traps_message_that_nobody_can_read_opens_an_incident_for_staff(place: Place, service: Service, spoil):
    trap = registered_device(service, place.agent, "trap")
    place.agent.send(trap, "sprung", spoil(place.agent.event(trap, "sprung", {})))
    wait_until(lambda: incidents_of(service, trap), "no incident for a trap that nobody understood", 300, 0.1)
    (incident,) = incidents_of(service, trap)
    assert incident["kind"] != "trap_sprung"


def incidents_of(service: Service, device: str) -> list[dict]:
    found = service.api.get("/api/v1/incidents", params={"state": "open", "limit": 100}).json()["items"]
    return [incident for incident in found if incident["device"] == device]


def trap_state(service: Service, trap: str) -> str:
    return service.api.get(f"/api/v1/devices/{trap}").json()["state"]
