"""The password file is kept equal to the accounts, and the broker knows it: real broker, real files, real signals."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

import pytest

from hub.errors import Unavailable
from hub.registry.broker_accounts import (
    hash_broker_password,
    keep_password_file,
    own_broker_account,
    render_password_file,
)
from tests.mqtt_client import connected
from tests.servers import Broker, running_broker, wait_until


@dataclass
class Town:
    """The accounts as a database would have them; `gone` makes it unreachable. `notices` are what LISTEN brings."""

    accounts: dict[str, str]
    notices: Queue[str] = field(default_factory=Queue)
    gone: Event = field(default_factory=Event)
    asked: int = 0

    def add(self, name: str) -> str:
        password = f"password of {name}"
        self.accounts[name] = hash_broker_password(password, os.urandom(12))
        self.notices.put(name)
        return password

    def fetch(self) -> list[tuple[str, str]]:
        self.asked += 1
        if self.gone.is_set():
            raise Unavailable
        return list(self.accounts.items())

    def listen(self, stop: Event) -> Iterator[str | None]:
        while not stop.is_set():
            try:
                yield self.notices.get(timeout=0.02)
            except Empty:
                yield None


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    with running_broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def town(own_broker: Broker) -> Town:
    return Town(dict([own_broker_account(own_broker.username, own_broker.password)]))


@pytest.fixture
def kept(own_broker: Broker, town: Town) -> Iterator[Event]:
    """The loop running in a thread; the event is set when it has said that the file is written."""
    stop, first = Event(), Event()
    arguments = (town.listen, town.fetch, own_broker.password_file, own_broker.pid_file, stop, first.set)
    thread = Thread(target=keep_password_file, args=arguments)
    thread.start()
    yield first
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_a_new_account_is_admitted_and_nobody_is_disconnected(own_broker: Broker, town: Town, kept: Event) -> None:
    assert kept.wait(30)
    with connected(own_broker.host, own_broker.port, own_broker.username, own_broker.password) as hub:
        password = town.add("ag-new")
        wait_until(lambda: own_broker.admits("ag-new", password), "the new account is not admitted")
        assert hub.publish("wanamori/v1/down/-/-/hub") in ("Success", "No matching subscribers")
        assert hub.ended is None


def test_a_removed_account_is_refused(own_broker: Broker, town: Town, kept: Event) -> None:
    password = town.add("ag-old")
    wait_until(lambda: own_broker.admits("ag-old", password), "the account is not admitted")
    del town.accounts["ag-old"]
    town.notices.put("ag-old")
    wait_until(lambda: not own_broker.admits("ag-old", password), "the account is still admitted")


def test_a_change_without_a_notice_is_found(own_broker: Broker, town: Town, kept: Event) -> None:
    assert kept.wait(30)
    password = town.add("ag-quiet")
    town.notices.queue.clear()
    wait_until(lambda: own_broker.admits("ag-quiet", password), "the account is not admitted")


def test_a_database_that_was_away(own_broker: Broker, town: Town, kept: Event) -> None:
    assert kept.wait(30)
    town.gone.set()
    password = town.add("ag-late")
    asked = town.asked
    wait_until(lambda: town.asked > asked + 2, "it does not try again")
    assert own_broker.admits(own_broker.username, own_broker.password)
    town.gone.clear()
    wait_until(lambda: own_broker.admits("ag-late", password), "the account is not admitted")


def test_an_account_that_cannot_be_written_keeps_the_others(own_broker: Broker, town: Town, kept: Event) -> None:
    assert kept.wait(30)
    town.accounts["a:b"] = "no hash"
    town.notices.put("a:b")
    asked = town.asked
    wait_until(lambda: town.asked > asked + 2, "it does not try again")
    assert own_broker.admits(own_broker.username, own_broker.password)


def test_a_file_that_was_lost_is_written_again_at_a_start(own_broker: Broker, town: Town) -> None:
    own_broker.password_file.unlink()
    stop = Event()
    keep_password_file(town.listen, town.fetch, own_broker.password_file, own_broker.pid_file, stop, stop.set)
    assert own_broker.password_file.read_text() == render_password_file(town.accounts.items())


def test_a_stale_pid_file_hits_nobody(own_broker: Broker, town: Town) -> None:
    hit = Event()
    before = signal.signal(signal.SIGHUP, lambda *_: hit.set())
    try:
        pid_file = own_broker.pid_file.with_name("stale.pid")
        pid_file.write_text(str(os.getpid()))
        stop = Event()
        town.add("ag-new")
        keep_password_file(town.listen, town.fetch, own_broker.password_file, pid_file, stop, stop.set)
        assert not hit.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
