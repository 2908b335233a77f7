"""Enrolment against a real Mosquitto, with the process that writes its passwords."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hub.bus import check_login
from hub.registry import service as registry
from hub.registry.broker_accounts import keep_password_file, own_broker_account
from tests.integration.api.conftest import Api, running_api
from tests.servers import Broker, running_broker, wait_until


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    with running_broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def town(database_url: str, own_broker: Broker) -> Iterator[Api]:
    """The application with the broker's accounts kept equal to the database."""
    more = {"mqtt_host": own_broker.host, "mqtt_port": own_broker.port}

    def admits(username: str, password: str) -> bool:
        return check_login(own_broker.host, own_broker.port, username, password)

    with running_api(database_url, admits=admits, **more) as api:
        stop, written = threading.Event(), threading.Event()

        def accounts() -> list[tuple[str, str]]:
            with api.database.transaction() as conn:
                own = own_broker_account(own_broker.username, own_broker.password)
                return [own, *registry.fetch_broker_accounts(conn)]

        keeper = threading.Thread(
            target=keep_password_file,
            args=(
                lambda stop: api.database.listen("broker_accounts", stop=stop), accounts, own_broker.password_file,
                own_broker.pid_file, stop, written.set,
            ),
        )  # fmt: skip
        keeper.start()
        wait_until(written.is_set, "the password file is not written")
        yield api
        stop.set()
        keeper.join()


def test_the_credentials_work_when_enrol_has_answered(town: Api, own_broker: Broker) -> None:
    for _ in range(3):
        code = town.client().post("/api/v1/agents", json={"name": "an agent"}).json()["enrolment_code"]
        mqtt = town.client(None).post("/api/v1/enrol", json={"code": code}).json()["mqtt"]
        assert (mqtt["host"], mqtt["port"]) == (own_broker.host, own_broker.port)
        assert own_broker.admits(mqtt["username"], mqtt["password"])
        assert not own_broker.admits(mqtt["username"], mqtt["password"] + "x")


def test_enrolling_again_replaces_the_password(town: Api, own_broker: Broker) -> None:
    made = town.client().post("/api/v1/agents", json={"name": "an agent"}).json()
    old = town.client(None).post("/api/v1/enrol", json={"code": made["enrolment_code"]}).json()["mqtt"]
    code = town.client().post(f"/api/v1/agents/{made['id']}/enrolment-code").json()["enrolment_code"]
    assert own_broker.admits(old["username"], old["password"])
    new = town.client(None).post("/api/v1/enrol", json={"code": code}).json()["mqtt"]
    assert new["username"] == old["username"]
    assert own_broker.admits(new["username"], new["password"])
    assert not own_broker.admits(old["username"], old["password"])


def test_a_van_full_of_agents_enrols_at_once(town: Api, own_broker: Broker) -> None:
    codes = [
        town.client().post("/api/v1/agents", json={"name": f"agent {n}"}).json()["enrolment_code"] for n in range(12)
    ]
    enrolled: list[dict] = []

    def enrol(code: str) -> None:
        with httpx.Client(base_url=town.url, timeout=30) as client:
            enrolled.append(client.post("/api/v1/enrol", json={"code": code}).json())

    threads = [threading.Thread(target=enrol, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one["agent"] for one in enrolled}) == 12
    assert all(own_broker.admits(one["mqtt"]["username"], one["mqtt"]["password"]) for one in enrolled)
