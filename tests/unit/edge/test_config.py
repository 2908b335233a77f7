"""What an agent may be told."""

import re

import pytest
from pydantic import ValidationError

from edge.config import AgentConfig, Credentials, MqttCredentials, TrapConfig

ONE_WIRE = {"kind": "one_wire", "quantity": "soil_temperature"}
MODBUS = {
    "kind": "modbus_rtu",
    "port": "/dev/ttyUSB0",
    "registers": [{"quantity": "soil_moisture", "address": 0, "scale": 0.1}],
}


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
