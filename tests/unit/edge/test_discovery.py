"""What Home Assistant is told."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.discovery import (
    ENTITIES,
    House,
    Place,
    availability,
    decide_withdrawals,
    describe,
    format_remembered,
    parse_remembered,
    quantities_shown,
    states,
    topics_of,
)
from edge.wire.quantities import QUANTITIES
from edge.wire.topics import ID_PATTERN
from hub.texts.catalogues import translator

# Of its documentation (developers' pages, "Sensor entity"): the units that it takes for each class used here.
UNITS_OF_HOME_ASSISTANT = {
    "temperature": {"°C", "°F", "K"},
    "humidity": {"%"},
    "moisture": {"%"},
    "conductivity": {"S/cm", "mS/cm", "µS/cm"},
    "ph": {None},
    "irradiance": {"W/m²", "BTU/(h⋅ft²)"},
    "precipitation": {"cm", "in", "mm"},
    "wind_speed": {"ft/s", "km/h", "kn", "m/s", "mph", "Beaufort"},
    "wind_direction": {"°"},
    "atmospheric_pressure": {"cbar", "bar", "hPa", "mmHg", "inHg", "kPa", "mbar", "Pa", "psi"},
    "carbon_dioxide": {"ppm"},
    "distance": {"km", "m", "cm", "mm", "mi", "nmi", "yd", "in", "ft"},
    "voltage": {"V", "mV", "µV", "kV", "MV"},
    "signal_strength": {"dB", "dBm"},
}
HOUSE = House("ag-1", "homeassistant", "ja", "1.2")
FIELD = Place("field-01", "上の畑", ("soil_moisture", "soil_ph"), 190)


def test_every_quantity_is_decided() -> None:
    assert list(ENTITIES) == list(QUANTITIES)


@pytest.mark.parametrize("name", QUANTITIES)
def test_home_assistant_knows_the_class_and_its_unit(name) -> None:
    entity = ENTITIES[name]
    if entity.device_class is not None:
        assert entity.unit in UNITS_OF_HOME_ASSISTANT[entity.device_class]
    else:
        assert entity.icon, "without a class it has no picture of its own"


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_unit_is_that_of_the_value(name) -> None:
    assert ENTITIES[name].unit == (None if name == "soil_ph" else QUANTITIES[name].unit)


@pytest.mark.parametrize("name", QUANTITIES)
def test_a_quantity_has_the_name_that_the_pages_give_it(name) -> None:
    assert ENTITIES[name].name_ja == translator("ja")(QUANTITIES[name].label)


def test_a_sensor_as_it_is_described() -> None:
    moisture, ph = describe(HOUSE, [FIELD])
    assert moisture.topic == "homeassistant/sensor/ag-1_field-01_soil_moisture/config"
    assert moisture.expires_s is None
    assert json.loads(moisture.payload) == {
        "unique_id": "wanamori_ag-1_field-01_soil_moisture",
        "default_entity_id": "sensor.ag_1_field_01_soil_moisture",
        "name": "土壌水分",
        "state_topic": "wanamori/home/ag-1/field-01/soil_moisture",
        "expire_after": 190,
        "availability_topic": "wanamori/home/ag-1/availability",
        "payload_available": "online",
        "payload_not_available": "offline",
        "device_class": "moisture",
        "unit_of_measurement": "%",
        "state_class": "measurement",
        "suggested_display_precision": 1,
        "device": {
            "identifiers": ["wanamori_ag-1_field-01"],
            "name": "上の畑",
            "manufacturer": "Wanamori",
            "sw_version": "1.2",
        },
        "origin": {"name": "Wanamori", "sw_version": "1.2"},
    }  # fmt: skip
    assert "unit_of_measurement" not in json.loads(ph.payload)


def test_another_language_and_prefix() -> None:
    (battery,) = describe(House("ag-1", "ha/new", "en", "1"), [Place("f", "f", ("battery_voltage",), 60)])
    assert battery.topic == "ha/new/sensor/ag-1_f_battery_voltage/config"
    told = json.loads(battery.payload)
    assert (told["name"], told["entity_category"]) == ("Battery voltage", "diagnostic")


def test_states_say_the_value_or_that_there_is_none() -> None:
    measured = {"soil_moisture": 31.25, "soil_ph": None, "rainfall": 3.0}
    assert [(one.topic, one.payload, one.expires_s) for one in states(HOUSE, FIELD, measured)] == [
        ("wanamori/home/ag-1/field-01/soil_moisture", "31.25", 190),
        ("wanamori/home/ag-1/field-01/soil_ph", "None", 190),
    ]


def test_nothing_is_said_of_what_was_not_measured_yet() -> None:
    assert states(HOUSE, FIELD, {}) == ()


@given(st.floats(-1e4, 1e4))
def test_a_state_is_the_number_that_was_measured(value) -> None:
    (state,) = states(HOUSE, Place("f", "f", ("soil_moisture",), 60), {"soil_moisture": value})
    assert float(state.payload) == pytest.approx(value, rel=1e-5)


def test_what_is_left_out_is_not_shown() -> None:
    measured = ("soil_moisture", "soil_ph")
    assert quantities_shown("f", measured, ()) == measured
    assert quantities_shown("f", measured, ("f/soil_ph", "g")) == ("soil_moisture",)
    assert quantities_shown("f", measured, ("f",)) == ()


def test_topics_in_use_are_those_of_all_messages() -> None:
    messages = [*describe(HOUSE, [FIELD]), *states(HOUSE, FIELD, dict.fromkeys(FIELD.quantities))]
    assert topics_of(HOUSE, [FIELD]) == {message.topic for message in (*messages, availability(HOUSE, "online"))}
    assert topics_of(HOUSE, []) == frozenset()


def test_what_is_gone_is_taken_back() -> None:
    gone = decide_withdrawals(["a", "b"], ["b", "c"])
    assert [(one.topic, one.payload) for one in gone] == [("a", "")]


@given(st.frozensets(st.text()))
def test_topics_are_remembered_as_they_were(topics) -> None:
    assert parse_remembered(format_remembered(topics)) == topics


@pytest.mark.parametrize("word", [None, "", "{", "{}", "[1]", "null"])
def test_a_memory_that_cannot_be_read_is_none(word) -> None:
    assert parse_remembered(word) == frozenset()


ids = st.from_regex(ID_PATTERN, fullmatch=True).filter(str.isascii)


@given(st.lists(st.tuples(ids, st.sampled_from(list(QUANTITIES))), unique=True, max_size=8))
def test_no_two_sensors_share_a_topic_and_each_is_one_that_home_assistant_reads(sensors) -> None:
    places = [Place(device, device, (quantity,), 60) for device, quantity in sensors]
    topics = [message.topic for message in describe(HOUSE, places)]
    assert len(set(topics)) == len(sensors)
    assert all(re.fullmatch(r"homeassistant/sensor/[A-Za-z0-9_-]+/config", topic) for topic in topics)
