"""What an agent may be told."""

import re

import pytest
from pydantic import ValidationError

from edge.config import AgentConfig, Credentials, MqttCredentials, TrapConfig, load_config

ONE_WIRE = {"kind": "one_wire", "quantity": "soil_temperature"}
MODBUS = {
    "kind": "modbus_rtu",
    "port": "/dev/ttyUSB0",
    "registers": [{"quantity": "soil_moisture", "address": 0, "scale": 0.1}],
}


DRONE = {"device": "d", "connection": "tcp:h:1", "fence": [[0, 0], [1, 0], [1, 1]]}


def told(**settings):
    return AgentConfig.model_validate(settings)


def test_a_whole_configuration() -> None:
    config = told(
        traps=[{"device": "trap-1", "pin": 17}, {"device": "trap-2", "pin": "GPIO27", "reset_pin": 22, "pull": "down"}],
        stations=[{"device": "field-1", "sensors": [ONE_WIRE, MODBUS]}],
    )
    assert config.devices == ("trap-1", "trap-2", "field-1")
    assert [sensor.quantities for sensor in config.stations[0].sensors] == [("soil_temperature",), ("soil_moisture",)]


@pytest.mark.parametrize(
    ("settings", "closed_is_low"),
    [({}, True), ({"pull": "down"}, False), ({"pull": "none"}, True), ({"pull": "none", "closed_is": "high"}, False)],
)
def test_what_a_closed_line_reads(settings, closed_is_low) -> None:
    assert TrapConfig(device="trap-1", pin=1, **settings).closed_is_low is closed_is_low


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"trap": []}, "Extra inputs"),
        ({"traps": [{"device": "Trap 1", "pin": 17}]}, "traps.0.device"),
        ({"traps": [{"device": "trap-1"}]}, "traps.0.pin"),
        ({"traps": [{"device": "trap-1", "pin": 17, "settle_s": "soon"}]}, "traps.0.settle_s"),
        (
            {"traps": [{"device": "trap-1", "pin": 17}, {"device": "trap-1", "pin": 18}]},
            "device 'trap-1' is named twice",
        ),
        ({"traps": [{"device": "trap-1", "pin": 17, "reset_pin": 17}]}, "pin '17' is named twice"),
        ({"stations": [{"device": "f", "sensors": []}]}, "stations.0.sensors"),
        ({"stations": [{"device": "f", "sensors": [{"kind": "crystal"}]}]}, "stations.0.sensors.0"),
        ({"stations": [{"device": "f", "sensors": [{"kind": "one_wire", "quantity": "joy"}]}]}, "'joy' is no quantity"),
        ({"stations": [{"device": "f", "sensors": [ONE_WIRE, ONE_WIRE]}]}, "two sensors measure soil_temperature"),
        ({"stations": [{"device": "f", "sensors": [MODBUS | {"port": "socket://nowhere"}]}]}, "socket://HOST:PORT"),
        ({"stations": [{"device": "f", "sensors": [MODBUS | {"registers": []}]}]}, "registers"),
        ({"clock": {"source": "sundial"}}, "clock.source"),
        ({"outbox": {"max_mb": float("nan")}}, "outbox.max_mb"),
        ({"home_assistant": {}}, "home_assistant.host"),
        ({"home_assistant": {"host": "h", "prefix": "a/+"}}, "home_assistant.prefix"),
        ({"home_assistant": {"host": "h", "password": "x"}}, "without a username"),
        ({"home_assistant": {"host": "h", "username": "u", "password": "x", "password_file": "f"}}, "one of them"),
        ({"home_assistant": {"host": "h", "ca": "ca.pem"}}, "tls = true"),
        ({"home_assistant": {"host": "h", "leave_out": ["f/joy"]}}, "there is no 'f/joy'"),
        ({"flights": [{"device": "d", "connection": "tcp:h:1"}]}, "flights.0.fence"),
        ({"flights": [DRONE | {"connection": "carrier pigeon"}]}, "flights.0.connection"),
        ({"flights": [DRONE | {"connection": "udpin:14550"}]}, "flights.0.connection"),
        ({"flights": [DRONE | {"connection": "udpin:0.0.0.0"}]}, "flights.0.connection"),
        ({"flights": [DRONE | {"connection": "tcp:::1:5760"}]}, "flights.0.connection"),
        ({"flights": [DRONE | {"connection": "/dev/serial/by-path/usb-0:1"}]}, "flights.0.connection"),
        ({"flights": [DRONE | {"fence": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}, "the fence crosses itself"),
        ({"flights": [DRONE | {"highest_m": 151}]}, "flights.0.highest_m"),
        ({"flights": [DRONE, DRONE | {"device": "e"}]}, "connection 'tcp:h:1' is named twice"),
        ({"flights": [DRONE | {"wind_station": "f"}]}, "no station 'f' here measures wind"),
    ],
)
def test_what_cannot_be_is_refused_by_name(settings, why) -> None:
    with pytest.raises(ValidationError) as refused:
        told(**settings)
    problems = "\n".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in refused.value.errors())
    assert re.search(re.escape(why), problems), problems


def test_a_password_is_not_shown() -> None:
    mqtt = MqttCredentials(host="h", port=1, username="ag-1", password="hush")
    assert "hush" not in repr(Credentials(agent="ag-1", mqtt=mqtt))


def test_home_assistant_is_off_unless_it_is_asked_for() -> None:
    assert told().home_assistant is None


def test_home_assistants_password_is_not_shown() -> None:
    assert "hush" not in repr(told(home_assistant={"host": "h", "username": "u", "password": "hush"}))


def test_home_assistants_files_are_from_the_configurations_folder(tmp_path) -> None:
    (tmp_path / "edge.toml").write_text(
        '[home_assistant]\nhost = "h"\nusername = "u"\npassword_file = "word"\ntls = true\nca = "ca.pem"\n'
    )
    home = load_config(tmp_path / "edge.toml").home_assistant
    assert home is not None
    assert (home.password_file, home.ca) == (tmp_path / "word", tmp_path / "ca.pem")


def test_what_is_left_out_may_be_a_station_or_one_of_its_quantities() -> None:
    home = {"host": "h", "leave_out": ["field-1", "field-1/soil_temperature"]}
    assert told(home_assistant=home, stations=[{"device": "field-1", "sensors": [ONE_WIRE]}]).home_assistant
