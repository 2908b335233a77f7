"""The broker as it is configured: who may do what, what it refuses, and that it stays small."""

from pathlib import Path
from threading import Event

import pytest
from paho.mqtt.client import Client, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.wire import topics
from hub.local.broker import MAX_PACKET_BYTES
from tests.mqtt_client import Listener, connected
from tests.servers import Broker

TAKEN = ("Success", "No matching subscribers")


@pytest.fixture
def agents(broker: Broker) -> dict[str, str]:
    return {name: broker.add_account(name) for name in ("ag-one", "ag-two")}


def hub(broker: Broker):
    return connected(broker.host, broker.port, broker.username, broker.password)


def agent(broker: Broker, agents: dict[str, str], name: str):
    return connected(broker.host, broker.port, name, agents[name])


def test_nobody_is_anonymous(broker: Broker) -> None:
    with connected(broker.host, broker.port, None, None, wait=False) as nobody:
        assert nobody.connected == "Not authorized"
    with connected(broker.host, broker.port, "hub", "guessed", wait=False) as guesser:
        assert guesser.connected == "Not authorized"


def test_an_agent_writes_under_its_own_name_only(broker: Broker, agents: dict[str, str]) -> None:
    own = topics.up("ag-one", "trap-1", "sprung")
    with hub(broker) as listener, agent(broker, agents, "ag-one") as one:
        listener.subscribe(topics.SHARED_UP)
        for topic in (
            topics.up("ag-two", "trap-1", "sprung"),
            topics.down("ag-one", "-", "receipt"),
            "anything",
            "$SYS/x",
        ):
            assert one.publish(topic) == "Not authorized"
        assert one.publish(own) == "Success"
        listener.wait(lambda: listener.received, "the hub does not get the agent's event")
        assert listener.topics() == [own]


def test_an_agent_reads_what_is_sent_to_it_and_the_announcement(broker: Broker, agents: dict[str, str]) -> None:
    with hub(broker) as speaker, agent(broker, agents, "ag-one") as one, agent(broker, agents, "ag-two") as two:
        for listener in (one, two):
            listener.subscribe("#")
            listener.subscribe(topics.commands_of("ag-one"))
            listener.subscribe(topics.HUB_ANNOUNCEMENT)
        assert speaker.publish(topics.receipt_of("ag-one")) == "Success"
        assert speaker.publish(topics.down("ag-two", "-", "command")) == "Success"
        assert speaker.publish(topics.up("ag-two", "trap-1", "sprung")) == "Success"
        assert speaker.publish(topics.HUB_ANNOUNCEMENT) == "Success"  # the last: whoever has it has all before it
        for listener in (one, two):
            listener.wait(lambda got=listener: topics.HUB_ANNOUNCEMENT in got.topics(), "no announcement")
        assert set(one.topics()) == {topics.receipt_of("ag-one"), topics.HUB_ANNOUNCEMENT}
        assert set(two.topics()) == {topics.down("ag-two", "-", "command"), topics.HUB_ANNOUNCEMENT}


def test_nothing_is_told_about_the_broker_itself(broker: Broker, agents: dict[str, str]) -> None:
    with hub(broker) as all_seeing, agent(broker, agents, "ag-one") as one:
        for listener in (all_seeing, one):
            listener.subscribe("$SYS/#")
        all_seeing.subscribe("wanamori/v1/#")
        assert all_seeing.publish("wanamori/v1/down/-/-/hub") == "Success"
        all_seeing.wait(lambda: all_seeing.received, "nothing at all")
        assert [topic for topic in all_seeing.topics() + one.topics() if topic_matches_sub("$SYS/#", topic)] == []


def test_ten_megabytes_are_refused_and_others_go_on(broker: Broker, agents: dict[str, str]) -> None:
    topic = topics.up("ag-two", "trap-1", "sprung")
    with hub(broker) as listener, agent(broker, agents, "ag-two") as other:
        listener.subscribe(topics.SHARED_UP)
        with agent(broker, agents, "ag-one") as greedy:
            assert greedy.publish(topics.up("ag-one", "trap-1", "photo"), bytes(10_000_000)) != "Success"
            greedy.wait(lambda: greedy.ended is not None, "the broker keeps whoever sends too much")
        assert other.publish(topic) == "Success"
        listener.wait(lambda: listener.received, "the other agent's event does not come")
        assert listener.topics() == [topic]
        photo = bytes(MAX_PACKET_BYTES - 1_000)
        assert other.publish(topics.up("ag-two", "trap-1", "photo"), photo) == "Success"
        listener.wait(lambda: len(listener.received) == 2, "a photo of the greatest size does not come")
        assert listener.received[1][1] == photo


def test_new_passwords_do_not_disconnect_anybody(broker: Broker, agents: dict[str, str]) -> None:
    topic = topics.up("ag-one", "trap-1", "sprung")
    with hub(broker) as listener, agent(broker, agents, "ag-one") as one:
        listener.subscribe(topics.SHARED_UP)
        for n in range(5):
            broker.add_account(f"ag-new-{n}")  # the broker reads its file again
            assert one.publish(topic) == "Success"
        listener.wait(lambda: len(listener.received) == 5, "an event is missing")
        assert (listener.ended, one.ended) == (None, None)


def test_whose_password_was_changed_is_let_go(broker: Broker, agents: dict[str, str]) -> None:
    with agent(broker, agents, "ag-one") as one, agent(broker, agents, "ag-two") as two:
        broker.add_account("ag-one")
        one.wait(lambda: one.ended is not None, "the old password still holds a connection")
        assert two.publish(topics.up("ag-two", "trap-1", "sprung")) in TAKEN


def resident_bytes(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def stopped_reading(broker: Broker) -> Client:
    """A hub that subscribes as the ingest does, and then never reads again."""
    subscribed = Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(broker.username, broker.password)
    client.on_connect = lambda connecting, *_: connecting.subscribe(topics.SHARED_UP, 1)
    client.on_subscribe = lambda *_: subscribed.set()
    properties = Properties(PacketTypes.CONNECT)
    properties.ReceiveMaximum = 65_535
    client.connect(broker.host, broker.port, keepalive=600, properties=properties)
    while not subscribed.is_set():
        client.loop(0.1)
    return client


def flood(one: Listener, messages: int) -> None:
    for _ in range(messages):
        one.publish(topics.up("ag-one", "trap-1", "photo"), bytes(1_000_000))


def test_a_hub_that_does_not_read_cannot_make_the_broker_grow(broker: Broker, agents: dict[str, str]) -> None:
    before = resident_bytes(int(broker.pid_file.read_text()))
    lagging = stopped_reading(broker)
    with agent(broker, agents, "ag-one") as one:
        flood(one, 300)
        assert len(one.published) == 300
        grown = resident_bytes(int(broker.pid_file.read_text())) - before
        assert grown < 150_000_000, "300 MB came in"
        lagging.socket().close()
        del lagging
        assert one.publish(topics.up("ag-one", "trap-1", "sprung")) in TAKEN
