"""From the pin to the hub and back, through a real broker that dies and a hub that keeps silent."""

import contextlib
import errno
import logging
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from edge.agent import Agent, SystemClock
from edge.config import HealthConfig, OneWireConfig, StationConfig, TrapConfig
from edge.core.clock import EPOCH
from edge.errors import ConfigError
from simulators.sensors.onewire import OneWireFolder
from simulators.sensors.pins import BOUNCES, TrapPins
from tests.integration.edge.parts import KillableBroker, TinyHub, credentials, make_certificate, quick, running
from tests.servers import wait_until

PIN = 17
TRAP = TrapConfig(device="trap-1", pin=PIN, settle_s=0.02, reset_after_s=0.2)


@pytest.fixture
def pins() -> TrapPins:
    made = TrapPins()
    made.close(PIN)
    return made


def line_is(hub: TinyHub, line: str) -> bool:
    return any(envelope["data"].get("line") == line for envelope in hub.of("status", "trap-1")[-1:])


def fire(pins: TrapPins, hub: TinyHub, kind: str = "sprung") -> None:
    """Open the line (or close it) and wait until the hub has one message more of that kind."""
    before = len(hub.ids(kind))
    if kind == "sprung":
        pins.open(PIN, BOUNCES["reed"])
    else:
        pins.close(PIN)
    wait_until(lambda: len(hub.ids(kind)) == before + 1, f"no {kind}")


def test_a_pin_changes_and_the_hub_knows_once(tmp_path, killable, hub, pins) -> None:
    with running(quick(tmp_path / "data", traps=(TRAP,)), credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
        fire(pins, hub)
        wait_until(lambda: line_is(hub, "open"), "the line's status does not follow")
        fire(pins, hub, "reset")
        fire(pins, hub)
    # A receipt that is slow to come lets the same message come again.
    sprung = list({envelope["id"]: envelope for envelope in hub.of("sprung")}.values())
    assert len(sprung) == 2
    assert sprung[0]["data"]["count"] > 1
    assert [envelope["sequence"] for envelope in sprung] == ["1", "3"]


def test_birth_heartbeat_and_will(tmp_path, killable, hub, pins) -> None:
    config = quick(tmp_path / "data", traps=(TRAP,), health=HealthConfig(heartbeat_s=0.3))
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: len(hub.of("status", "-")) >= 3, "no heartbeat")
    wait_until(lambda: hub.of("status", "-")[-1]["data"]["state"] == "offline", "no will at the stop")
    states = [envelope["data"]["state"] for envelope in hub.of("status", "-")]
    assert states[0] == "online"
    assert set(states[1:-1]) == {"running"}
    assert len({envelope["data"]["session"] for envelope in hub.of("status", "-")}) == 1
    assert not any("sequence" in envelope for envelope in hub.of("status"))
    assert hub.of("status", "-")[0]["data"]["backlog"] == 0


def test_each_connection_has_a_session_of_its_own(tmp_path, killable, hub, pins) -> None:
    config = quick(tmp_path / "data", traps=(TRAP,), health=HealthConfig(heartbeat_s=0.3))
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: hub.of("status", "-"), "no birth")
        killable.kill()
        killable.start()
        wait_until(lambda: len({s["data"]["session"] for s in hub.of("status", "-")}) == 2, "no second birth")


def test_what_happens_while_the_broker_is_dead_arrives_when_it_is_back(tmp_path, killable, hub, pins) -> None:
    with running(quick(tmp_path / "data", traps=(TRAP,)), credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
        killable.kill()
        pins.open(PIN, BOUNCES["torn"])
        killable.start()
        wait_until(lambda: len(hub.ids("sprung")) == 1, "the sprung is lost")


def test_a_hub_that_gives_no_receipt_gets_it_again_unchanged(tmp_path, killable, hub, pins) -> None:
    hub.giving = False
    with running(quick(tmp_path / "data", traps=(TRAP,)), credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
        pins.open(PIN)
        wait_until(lambda: len(hub.of("sprung")) >= 3, "it is not sent again")
    envelopes = [{k: v for k, v in envelope.items() if k != "uptime"} for envelope in hub.of("sprung")]
    assert all(envelope == envelopes[0] for envelope in envelopes)


def _backlog(hub: TinyHub) -> int:
    return hub.of("status", "-")[-1]["data"]["backlog"]


def test_receipts_empty_the_outbox(tmp_path, killable, hub, pins) -> None:
    config = quick(tmp_path / "data", traps=(TRAP,), health=HealthConfig(heartbeat_s=0.2))
    hub.giving = False
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
        pins.open(PIN)
        wait_until(lambda: hub.of("sprung") and _backlog(hub) == 1, "nothing waits")
        hub.giving = True
        wait_until(lambda: _backlog(hub) == 0, "the receipt is not taken")


def test_a_hub_that_announces_itself_gets_everything_at_once(tmp_path, killable, hub, pins) -> None:
    slow = quick(tmp_path / "data", traps=(TRAP,))
    slow = slow.model_copy(
        update={"outbox": slow.outbox.model_copy(update={"resend_first_s": 600.0, "resend_most_s": 600.0})}
    )
    hub.giving = False
    with running(slow, credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
        fire(pins, hub)
        hub.giving = True
        births = len(hub.of("status", "-"))
        hub.announce()
        wait_until(lambda: len(hub.of("sprung")) == 2, "the announcement is not heard")
        wait_until(lambda: len(hub.of("status", "-")) > births, "the new hub does not hear who is there")


def test_rubbish_from_above_changes_nothing(tmp_path, killable, hub, pins, caplog) -> None:
    with running(quick(tmp_path / "data", traps=(TRAP,)), credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
        for topic, payload in [
            ("wanamori/v1/down/ag-test/-/receipt", b"\xff\xfe"),
            ("wanamori/v1/down/ag-test/-/receipt", b'{"outbox": "x", "sequences": [[0, 99999999999999999999999]]}'),
            ("wanamori/v1/down/ag-test/trap-1/explode", b"{}"),
            ("wanamori/v1/down/ag-test/-/hub", b"0" * 300_000),
            ("wanamori/v1/down/-/-/hub", b"not json"),
        ]:
            hub.tell(topic, payload)
        fire(pins, hub)
    assert any("explode" in record.getMessage() for record in caplog.records)


def test_with_the_broker_of_a_town_the_agent_may_do_all_it_needs(tmp_path, broker, pins) -> None:
    """The real access rules: an agent writes under its own name and reads its own commands and announcements."""
    password = broker.add_account("ag-test")
    hub = TinyHub(broker.port, broker.username, broker.password)
    slow = quick(tmp_path / "data", traps=(TRAP,))
    try:
        with running(slow, credentials(broker.port, "ag-test", password), pins.factory):
            wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
            fire(pins, hub)
            hub.giving = False
            fire(pins, hub, "reset")
            hub.giving = True
            hub.announce()
            wait_until(lambda: len(hub.of("reset")) >= 2, "the announcement is not heard")
        wait_until(lambda: hub.of("status", "-")[-1]["data"]["state"] == "offline", "no will at the stop")
    finally:
        hub.close()


def test_a_refused_password_is_said_and_survived(tmp_path, broker, pins, caplog) -> None:
    caplog.set_level(logging.INFO)
    with running(quick(tmp_path / "data", traps=(TRAP,)), credentials(broker.port, "ag-wrong", "guess"), pins.factory):
        wait_until(lambda: any("refuses this agent" in r.getMessage() for r in caplog.records), "it says nothing")
        password = broker.add_account("ag-wrong", "guess")
        assert password == "guess"
        wait_until(lambda: any("connected to" in r.getMessage() for r in caplog.records), "it does not come back")


def test_over_tls_the_agent_trusts_the_towns_authority_and_no_other(tmp_path, pins, caplog) -> None:
    caplog.set_level(logging.INFO)
    authority, other = make_certificate(tmp_path / "town.pem"), make_certificate(tmp_path / "other.pem")
    broker = KillableBroker(tmp_path, authority)
    broker.start()
    try:
        for ca, expected in ((other, "no connection"), (authority, "connected to")):
            plain = credentials(broker.port)
            secure = {"host": "localhost", "tls": True, "ca": ca.read_text()}
            told = plain.model_copy(update={"mqtt": plain.mqtt.model_copy(update=secure)})
            caplog.clear()
            with running(quick(tmp_path / "data", traps=(TRAP,)), told, pins.factory):
                wait_until(lambda word=expected: any(word in r.getMessage() for r in caplog.records), expected)
    finally:
        broker.stop()


class Unset:
    """A clock that nobody has told the time, of a boot of its own."""

    def __init__(self, boot: str, real) -> None:
        self.boot, self._real = boot, real

    def wall(self):
        return EPOCH

    def uptime_s(self) -> float:
        return self._real.uptime_s() % 1000


def test_without_a_clock_it_counts_from_boot_and_says_so(tmp_path, killable, hub, pins) -> None:
    for boot in ("boot-1", "boot-2"):
        config = quick(tmp_path / "data", traps=(TRAP,), clock={"source": "system"})
        hub.giving = boot == "boot-2"
        with running(config, credentials(killable.port), pins.factory, Unset(boot, SystemClock())):
            wait_until(lambda: hub.of("status", "trap-1"), "no birth")
            if boot == "boot-1":
                wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
                fire(pins, hub)
            else:
                wait_until(lambda: "uptime" not in hub.of("sprung")[-1], "it is not sent again")
    first, last = hub.of("sprung")[0], hub.of("sprung")[-1]
    assert first["clock"] == "unset"
    assert first["time"].startswith("1970-01-01T00:")
    assert first["uptime"] > 0
    assert (last["id"], last["time"], last["boot"]) == (first["id"], first["time"], "boot-1")
    assert "uptime" not in last, "the uptime of another boot says nothing about this one's"


def test_measured_rows_survive_a_stop_and_go_out_at_the_next_start(tmp_path, killable, hub) -> None:
    folder = OneWireFolder(tmp_path / "w1")
    folder.show("28-000000000001", 21.5)
    sensor = OneWireConfig(kind="one_wire", path=folder.path)
    station = StationConfig(device="field-1", every_s=0.1, send_every_s=3600, sensors=(sensor,))
    config = quick(tmp_path / "data", stations=(station,))
    killable.kill()
    with running(config, credentials(killable.port)):
        wait_until(lambda: _waiting_rows(tmp_path / "data") >= 3, "nothing is measured")
    measured = _waiting_rows(tmp_path / "data")
    killable.start()
    with running(config, credentials(killable.port)):
        wait_until(lambda: sum(len(e["data"]["times"]) for e in hub.of("readings")) >= measured, "rows are lost")
    values = {value for envelope in hub.of("readings") for value in envelope["data"]["values"]["soil_temperature"]}
    assert values == {21.5}


def _waiting_rows(data: Path) -> int:
    if not (data / "outbox.sqlite3").exists():
        return 0
    db = sqlite3.connect(data / "outbox.sqlite3")
    try:
        return db.execute("SELECT count(*) FROM pending").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()


def test_a_spring_while_the_agent_was_down_is_noticed(tmp_path, killable, hub, pins) -> None:
    config = quick(tmp_path / "data", traps=(TRAP,))
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "closed"), "the trap is not watched")
    pins.open(PIN)
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: len(hub.ids("sprung")) == 1, "the spring is not noticed")
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: line_is(hub, "open"), "the trap is not watched")
    assert len(hub.ids("sprung")) == 1, "a sprung trap sprang again"


def test_a_damaged_outbox_does_not_silence_a_trap(tmp_path, killable, hub, pins) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "outbox.sqlite3").write_bytes(b"\x00rubbish" * 1000)
    pins.open(PIN)
    with running(quick(data, traps=(TRAP,)), credentials(killable.port), pins.factory):
        wait_until(lambda: len(hub.ids("sprung")) == 1, "the open line is not noticed")
        wait_until(lambda: hub.of("status", "-"), "no birth")
    assert any("set aside" in fault for fault in hub.of("status", "-")[0]["data"]["faults"])


def test_a_disk_that_became_read_only_does_not_silence_a_trap(tmp_path, killable, hub, pins, monkeypatch) -> None:
    """As a worn SD card does: the kernel mounts it read-only, and the agent is started on it."""
    real_open = os.open

    def refusing(path, flags, *mode, **more):
        if flags & os.O_RDWR and str(path).startswith(str(tmp_path / "data")):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real_open(path, flags, *mode, **more)

    monkeypatch.setattr(os, "open", refusing)
    (tmp_path / "data" / "outbox.sqlite3").mkdir(parents=True)
    pins.open(PIN)
    with running(quick(tmp_path / "data", traps=(TRAP,)), credentials(killable.port), pins.factory):
        wait_until(lambda: len(hub.ids("sprung")) == 1, "the open line is not noticed")
        wait_until(lambda: hub.of("status", "-"), "no birth")
    assert hub.of("status", "-")[0]["data"]["faults"] != []


def test_two_agents_do_not_share_a_folder(tmp_path, killable, hub, pins) -> None:
    config = quick(tmp_path / "data", traps=(TRAP,))
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: hub.of("status", "-"), "no birth")
        with pytest.raises(ConfigError, match="another agent is running"):
            Agent(config, credentials(killable.port)).run(threading.Event())


def test_many_agents_live_in_one_process(tmp_path, killable, hub) -> None:
    with contextlib.ExitStack() as stack:
        all_pins = []
        for number in range(5):
            pins = TrapPins()
            pins.close(PIN)
            all_pins.append(pins)
            trap = TRAP.model_copy(update={"device": f"trap-{number}"})
            config = quick(tmp_path / f"data-{number}", traps=(trap,))
            stack.enter_context(running(config, credentials(killable.port, f"ag-{number}"), pins.factory))
        for number in range(5):
            wait_until(lambda n=number: _closed(hub, f"trap-{n}"), "a trap is not watched")
        for pins in all_pins:
            pins.open(PIN)
        wait_until(lambda: len(hub.ids("sprung")) == 5, "a spring is lost")
    assert {envelope["source"] for envelope in hub.of("sprung")} == {
        f"/agents/ag-{n}/devices/trap-{n}" for n in range(5)
    }


def _closed(hub: TinyHub, device: str) -> bool:
    return any(envelope["data"].get("line") == "closed" for envelope in hub.of("status", device))
