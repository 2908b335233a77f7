"""ChirpStack's uplinks from a real broker into the database: each once, in its own place, or in quarantine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import Conflict, NotFound
from hub.ingest.lorawan import service as lorawan
from hub.ingest.service import IngestAdmin
from hub.registry import service as registry
from hub.registry.people import Actor, NewPerson
from hub.store import Database
from tests.integration.ingest.town import Publisher, Town, running_ingest
from tests.mqtt_client import connected
from tests.servers import Broker, wait_until
from tests.unit.lorawan.chirpstack import DEV_EUI, LSE01, TOPIC, uplink

NOW = datetime.now(UTC).replace(microsecond=0)
EM500, EM500_TOPIC = "24e124126a148401", TOPIC.replace(DEV_EUI, "24e124126a148401")
FROST = bytes.fromhex("01755c0367f1ff04ca570d057ff000")


@pytest.fixture
def database(town: Town) -> Iterator[Database]:
    running = Database(town.url, name="test")
    yield running
    running.close()


@pytest.fixture
def office(database: Database) -> Actor:
    with database.transaction() as conn:
        system = Actor("system", "system", frozenset({"staff"}))
        person_id, _ = registry.create_person(conn, system, NewPerson("市川", frozenset({"staff"})), NOW)
    return Actor(person_id, "市川", frozenset({"staff"}))


@pytest.fixture
def probe(database: Database, office: Actor) -> str:
    """An LSE01 that measures for a station of its own."""
    with database.transaction() as conn:
        station = lorawan.new_station(conn, office, DEV_EUI, "上の畑の土", (35.38, 139.92), NOW)
        lorawan.register(conn, office, DEV_EUI, station, "dragino-lse01", NOW)
    return station.id


@pytest.fixture
def chirpstack(broker: Broker) -> Iterator[object]:
    with connected(broker.host, broker.port, "chirpstack", broker.add_account("chirpstack")) as listener:
        yield listener


TAKEN = ("Success", "No matching subscribers")


def arrives(chirpstack, topic: str, payload: bytes) -> None:
    """Publish until somebody listens: the hub's subscription to ChirpStack is not what it waits for to be ready."""
    wait_until(lambda: chirpstack.publish(topic, payload) == "Success", "nobody listens to ChirpStack", 200, 0.05)


def stored(town: Town):
    return town.rows(
        "select measured_at, round(soil_moisture::numeric, 2)::float, round(soil_temperature::numeric, 2)::float,"
        " round(soil_conductivity::numeric, 3)::float, round(battery_voltage::numeric, 3)::float, signal_strength"
        " from reading order by measured_at"
    )


def test_frames_become_readings_once_each_and_late_ones_in_their_place(town, broker, probe, chirpstack):
    now = datetime.now(UTC).replace(microsecond=0)
    late = now - timedelta(hours=6)
    # without bit 7 of the last byte, which says that the values are raw registers
    data = LSE01[:-1] + b"\x10"
    with running_ingest(town.url, broker):
        arrives(chirpstack, TOPIC, uplink(data, at=now, number=2))
        for at, number in ((late, 1), (now, 2)):
            assert chirpstack.publish(TOPIC, uplink(data, at=at, number=number)) == "Success"
        wait_until(lambda: town.count("reading") == 2, "not both frames are stored")
        wait_until(lambda: town.value("select count(*) from latest") == 4, "latest values are not saved")
    values = (19.57, 24.59, 28.2, 3.625, -94.0)
    assert [row[0] for row in stored(town)] == [late, now]
    # 28.2 mS/cm is more than any soil has: refused, the rest is stored
    assert stored(town)[0][1:] == (values[0], values[1], None, values[3], values[4])
    assert set(town.refusals()) == {"out_of_range"}
    assert town.value("select measured_at from latest where quantity = 'soil_moisture'") == now
    assert town.rows("select last_f_cnt, last_rssi_dbm, last_snr_db, gateways from lorawan_device") == [
        (6, -94, 6.5, 2)
    ]
    assert town.value("select last_heard_at from device where id = %s", probe) == now


def test_a_stranger_is_listed_and_measures_from_its_registration_on(town, broker, database, office, chirpstack):
    before, after = NOW - timedelta(minutes=20), NOW
    with running_ingest(town.url, broker):
        about = {"devEui": EM500, "deviceName": "下"}
        arrives(chirpstack, EM500_TOPIC, uplink(FROST, dev_eui=EM500, at=before, fPort=85, deviceInfo=about))
        wait_until(lambda: town.count("lorawan_stranger") == 1, "the stranger is not listed")
        with database.transaction() as conn:
            (stranger,) = lorawan.fetch_strangers(conn)
            assert (stranger.name, lorawan.codec_of(stranger), stranger.times) == ("下", "milesight-em500-smtc", 1)
            station = lorawan.new_station(conn, office, EM500, "下の畑の土", (35.38, 139.92), NOW)
            lorawan.register(conn, office, EM500, station, "milesight-em500-smtc", NOW)
        chirpstack.publish(EM500_TOPIC, uplink(FROST, dev_eui=EM500, at=after, number=2, fPort=85))
        wait_until(lambda: town.count("reading") == 1, "the frame is not stored")
    assert stored(town) == [(after, 34.15, -1.5, 0.24, None, -94.0)]
    assert town.value("select battery_percent from lorawan_device") == 92
    assert town.count("lorawan_stranger") == 0
    assert town.refusals() == []


def test_what_cannot_be_read_is_taken_when_its_codec_is_right(town, broker, database, office, probe, chirpstack):
    with running_ingest(town.url, broker):
        arrives(chirpstack, TOPIC, b"\x0a\x24protobuf")
        chirpstack.publish(TOPIC, uplink(FROST[3:], at=NOW))
        chirpstack.publish(TOPIC, uplink(LSE01, at=NOW - timedelta(minutes=20), number=9))
        wait_until(lambda: town.count("quarantine") == 2 and town.count("reading") == 1, "not everything is settled")
    assert town.refusals() == ["malformed", "malformed"]
    admin = IngestAdmin({}, 900.0)
    number = town.value("select id from quarantine where detail like 'dragino%%'")
    with database.transaction() as conn:
        assert admin.replay(conn, number, office.person_id, NOW).reason == "malformed"
        lorawan.unregister(conn, office, DEV_EUI, NOW)
        lorawan.register(conn, office, DEV_EUI, registry.device_of(conn, office, probe), "milesight-em500-smtc", NOW)
        assert admin.replay(conn, number, office.person_id, NOW).is_settled
    assert stored(town)[-1][:3] == (NOW, 34.15, -1.5)
    assert town.value("select value from latest where quantity = 'soil_moisture'") == pytest.approx(34.15)


def test_chirpstacks_account_has_its_own_topics_only(broker: Broker, chirpstack, publisher: Publisher):
    assert chirpstack.publish(TOPIC, b"{}") in TAKEN
    for topic in (
        "wanamori/v1/up/chirpstack/x/readings",
        "wanamori/v1/up/ag-1/x/sprung",
        "application/1/device/x/command/down",
    ):
        assert chirpstack.publish(topic, b"{}") == "Not authorized"
    chirpstack.subscribe("wanamori/v1/down/#")
    chirpstack.subscribe("application/+/device/+/command/+")
    publisher.publish("wanamori/v1/down/-/-/hub", b"{}")
    with connected(broker.host, broker.port, "ag-1", broker.add_account("ag-1")) as agent:
        assert agent.publish(TOPIC, b"{}") == "Not authorized"
    assert chirpstack.received == []


def test_a_probe_is_registered_once_and_traced(town, database, office, probe):
    with database.transaction() as conn:
        station = registry.device_of(conn, office, probe)
        with pytest.raises(Conflict):
            lorawan.register(conn, office, DEV_EUI, station, "dragino-lse01", NOW)
        lorawan.unregister(conn, office, DEV_EUI, NOW)
        with pytest.raises(NotFound):
            lorawan.unregister(conn, office, DEV_EUI, NOW)
        assert len(lorawan.new_account(conn, office, NOW)) > 30
        assert lorawan.has_account(conn)
        assert [name for name, _ in registry.fetch_broker_accounts(conn)] == ["chirpstack"]
    acts = [act for (act,) in town.rows("select act from audit_entry where actor = %s order by id", office.person_id)]
    assert acts == ["create", "register_probe", "end_probe", "new_broker_password"]
