"""Orders on a real broker: sent at once and again each second, by one of several senders, until the answer."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

import pytest

from edge.wire.orders import Command, Order
from edge.wire.topics import commands_of
from hub import clock
from hub.surveys.commands.sender import Sender
from hub.wiring.surveys import make_sender
from tests.integration.surveys.conftest import Town
from tests.mqtt_client import connected
from tests.servers import Broker, wait_until


@dataclass
class Air:
    """What senders published, by a clock of the test's own."""

    now: datetime = field(default_factory=clock.now)
    sent: list[tuple[str, str]] = field(default_factory=list)
    is_up: bool = True

    def publish(self, topic: str, payload: bytes, expiry_s: int) -> bool:
        assert 1 <= expiry_s <= 3
        if self.is_up:
            order = Order.model_validate_json(Command.model_validate_json(payload).order)
            self.sent.append((topic, order.id))
        return self.is_up


@pytest.fixture
def air() -> Air:
    return Air()


@pytest.fixture
def senders(town: Town, air: Air) -> list[Sender]:
    return [Sender(town.api.database, air.publish, lambda: air.now) for _ in range(2)]


def test_several_senders_send_an_order_once_a_second_together(town: Town, air: Air, senders: list[Sender]) -> None:
    box = town.drone("drone-1")
    town.launched("drone-1")
    air.now = clock.now()
    assert [one.send_due() for one in senders] == [1, 0]
    assert air.sent[0][0] == f"wanamori/v1/down/{box.agent}/drone-1/command"
    for tenth in range(1, 31):
        air.now += timedelta(seconds=0.1)
        senders[tenth % 2].send_due()
    assert len(air.sent) == 4
    assert len(set(air.sent)) == 1


def test_an_answer_ends_it_and_so_does_its_life(town: Town, air: Air, senders: list[Sender]) -> None:
    first, _ = town.drone("drone-1"), town.drone("drone-2")
    town.launched("drone-1", "drone-2")
    air.now = clock.now()
    assert senders[0].send_due() == 2
    first.reply(first.read()[0], "refused", reason="preflight")
    air.now += timedelta(seconds=1)
    assert senders[0].send_due() == 1
    air.now += timedelta(seconds=200)
    assert senders[0].send_due() == 0


def test_a_stop_overtakes_what_was_ordered_before(town: Town, air: Air, senders: list[Sender]) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    town.act(survey, "stop")
    town.act(survey, "stop", how="return")
    air.now = clock.now()
    senders[0].send_due()
    actions = [order.action for order in box.read()]
    assert actions == ["hold", "return"]
    assert [one for _, one in air.sent] == [box.orders[-1].id]


def test_what_the_broker_does_not_take_goes_a_second_later(town: Town, air: Air, senders: list[Sender]) -> None:
    town.drone("drone-1")
    town.launched("drone-1")
    air.now, air.is_up = clock.now(), False
    assert senders[0].send_due() == 0
    air.is_up = True
    assert senders[1].send_due() == 0
    air.now += timedelta(seconds=1)
    assert senders[1].send_due() == 1


def test_an_agent_hears_its_order_over_a_real_broker(town: Town, broker: Broker) -> None:
    box = town.drone("drone-1")
    password = broker.add_account(box.agent)
    settings = town.api.services.settings.model_copy(
        update={
            "mqtt_host": broker.host, "mqtt_port": broker.port, "mqtt_username": broker.username,
            "mqtt_password": type(town.api.services.settings.mqtt_password)(broker.password),
        }
    )  # fmt: skip
    stop = Event()
    sender, bus = make_sender(settings, town.api.database)
    try:
        wait_until(lambda: bus.is_up, "no connection to the broker")
        with connected(broker.host, broker.port, box.agent, password) as agent:
            agent.subscribe(commands_of(box.agent))
            thread = sender.start(stop)
            town.launched("drone-1")
            agent.wait(lambda: len(agent.received) >= 2, "the order did not come twice")
            command = Command.model_validate_json(agent.received[0][1])
            town.public_key.verify(base64.b64decode(command.signature), command.signed_bytes)
            assert agent.received[0] == agent.received[1]
            stop.set()
            thread.join(10)
            assert not thread.is_alive()
    finally:
        stop.set()
        bus.stop()
