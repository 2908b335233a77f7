"""What Home Assistant is told about a farmer's stations: MQTT discovery. Pure.

Its topics and fields: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery and …/integrations/sensor.mqtt/.
All of it is retained at a broker of the farmer's own, so that a Home Assistant that starts later finds it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from edge.wire.quantities import QUANTITIES

__all__ = [
    "ENTITIES", "OFFLINE", "ONLINE", "Entity", "House", "Place", "Retained", "availability", "decide_withdrawals",
    "describe", "format_remembered", "parse_remembered", "quantities_shown", "states", "topics_of",
]  # fmt: skip

Language = Literal["ja", "en"]

ONLINE, OFFLINE = "online", "offline"

# Home Assistant's MQTT sensor reads this word as "no value now".
_UNKNOWN = "None"
_BASE = "wanamori/home"
_TOPICS = TypeAdapter(list[str])


@dataclass(frozen=True, slots=True)
class Entity:
    """How Home Assistant treats a quantity.

    `device_class` is one of its own (None: it has none that fits), and then `unit` is one that this class takes (None:
    it takes none). Of a `state_class` it keeps long statistics: mean, least and greatest.
    """

    name_ja: str
    device_class: str | None
    unit: str | None
    state_class: str | None = "measurement"
    icon: str | None = None
    diagnostic: bool = False


ENTITIES: Mapping[str, Entity] = {
    "air_temperature": Entity("気温", "temperature", "°C"),
    "relative_humidity": Entity("湿度", "humidity", "%"),
    "soil_moisture": Entity("土壌水分", "moisture", "%"),
    "soil_temperature": Entity("地温", "temperature", "°C"),
    "soil_conductivity": Entity("土壌EC", "conductivity", "mS/cm"),
    # Its pH has no unit, not even the word.
    "soil_ph": Entity("土壌pH", "ph", None),
    "solar_radiation": Entity("日射量", "irradiance", "W/m²"),
    "photosynthetic_flux": Entity("光合成有効光量子束", None, "µmol/m²/s", icon="mdi:white-balance-sunny"),
    "rainfall": Entity("雨量（観測間隔あたり）", "precipitation", "mm"),
    "wind_speed": Entity("風速", "wind_speed", "m/s"),
    "wind_gust": Entity("最大瞬間風速", "wind_speed", "m/s"),
    # No statistics: the mean of 350° and 10° is no south wind.
    "wind_direction": Entity("風向", "wind_direction", "°", state_class=None),
    "air_pressure": Entity("気圧", "atmospheric_pressure", "hPa"),
    "co2": Entity("二酸化炭素", "carbon_dioxide", "ppm"),
    "water_depth": Entity("水深", "distance", "cm", icon="mdi:waves-arrow-up"),
    "water_temperature": Entity("水温", "temperature", "°C"),
    "leaf_wetness": Entity("葉のぬれ", None, "%", icon="mdi:leaf"),
    "battery_voltage": Entity("電池の電圧", "voltage", "V", diagnostic=True),
    "signal_strength": Entity("電波の強さ", "signal_strength", "dBm", diagnostic=True),
}
"""One for each quantity of the wire, by its name."""


@dataclass(frozen=True, slots=True)
class House:
    """To whom it is told: `prefix` is Home Assistant's own (of its discovery topics), `agent` this agent's id."""

    agent: str
    prefix: str
    language: Language
    software: str


@dataclass(frozen=True, slots=True)
class Place:
    """One station as it is shown; a state of it is no longer believed after `stale_after_s` (edge.core.readings)."""

    device: str
    name: str
    quantities: tuple[str, ...]
    stale_after_s: int


@dataclass(frozen=True, slots=True)
class Retained:
    """A message that the broker keeps, for `expires_s` seconds (None: for ever); an empty one takes its topic back."""

    topic: str
    payload: str
    expires_s: int | None = None


def quantities_shown(device: str, quantities: Iterable[str], left_out: Iterable[str]) -> tuple[str, ...]:
    """The quantities of a station without those left out: `DEVICE` names all of a station, `DEVICE/QUANTITY` one."""
    gone = set(left_out)
    return () if device in gone else tuple(name for name in quantities if f"{device}/{name}" not in gone)


def availability(house: House, word: str) -> Retained:
    """Whether the agent is there: its birth (`online`), its last will (`offline`)."""
    return Retained(f"{_BASE}/{house.agent}/availability", word)


def describe(house: House, places: Sequence[Place]) -> tuple[Retained, ...]:
    """The configuration of each sensor, by which Home Assistant makes its entities."""
    return tuple(
        Retained(_config_topic(house, place, quantity), _config(house, place, quantity))
        for place in places
        for quantity in place.quantities
    )


def states(house: House, place: Place, values: Mapping[str, float | None]) -> tuple[Retained, ...]:
    """What a station has measured; a sensor without a value says so. Quantities that are not shown are left out."""
    return tuple(
        Retained(_state_topic(house, place, name), _state(values[name]), place.stale_after_s)
        for name in place.quantities
        if name in values
    )


def topics_of(house: House, places: Sequence[Place]) -> frozenset[str]:
    """All topics that are in use while these are shown; none when nothing is."""
    sensors = [(place, quantity) for place in places for quantity in place.quantities]
    topics = {make(house, place, quantity) for make in (_config_topic, _state_topic) for place, quantity in sensors}
    return frozenset({*topics, availability(house, ONLINE).topic} if sensors else topics)


def decide_withdrawals(remembered: Iterable[str], wanted: Iterable[str]) -> tuple[Retained, ...]:
    """Take back what an earlier run had told and what is not wanted any more."""
    return tuple(Retained(topic, "") for topic in sorted({*remembered} - {*wanted}))


def format_remembered(topics: Iterable[str]) -> str:
    """Topics as one word to remember."""
    return json.dumps(sorted(topics))


def parse_remembered(word: str | None) -> frozenset[str]:
    """The topics in a word remembered; one that cannot be read is none."""
    try:
        return frozenset(_TOPICS.validate_json(word or "[]"))
    except ValidationError:
        return frozenset()


def _state(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.6g}"


def _state_topic(house: House, place: Place, quantity: str) -> str:
    return f"{_BASE}/{house.agent}/{place.device}/{quantity}"


def _config_topic(house: House, place: Place, quantity: str) -> str:
    return f"{house.prefix}/sensor/{_name(house, place, quantity)}/config"


def _name(house: House, place: Place, quantity: str) -> str:
    # Ids have no underscore, so that no two sensors come by the same name.
    return f"{house.agent}_{place.device}_{quantity}"


def _config(house: House, place: Place, quantity: str) -> str:
    entity, known = ENTITIES[quantity], QUANTITIES[quantity]
    name = _name(house, place, quantity)
    told: dict[str, object] = {
        "unique_id": f"wanamori_{name}",
        # Made of a Japanese name, it would be unreadable.
        "default_entity_id": f"sensor.{name.replace('-', '_')}",
        "name": entity.name_ja if house.language == "ja" else known.label,
        "state_topic": _state_topic(house, place, quantity),
        "expire_after": place.stale_after_s,
        "availability_topic": availability(house, ONLINE).topic,
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
        "device_class": entity.device_class,
        "unit_of_measurement": entity.unit,
        "state_class": entity.state_class,
        "suggested_display_precision": known.decimals,
        "icon": entity.icon,
        "entity_category": "diagnostic" if entity.diagnostic else None,
        "device": {
            "identifiers": [f"wanamori_{house.agent}_{place.device}"],
            "name": place.name,
            "manufacturer": "Wanamori",
            "sw_version": house.software,
        },
        "origin": {"name": "Wanamori", "sw_version": house.software},
    }
    return json.dumps({key: value for key, value in told.items() if value is not None}, ensure_ascii=False)
