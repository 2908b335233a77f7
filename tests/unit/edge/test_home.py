"""What waits to be retained: only the newest, and what was told is remembered."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from edge.core.clock import Moment
from edge.core.discovery import House, Place
from edge.core.readings import Row
from edge.home import _Shelf

HOUSE = House("ag-1", "homeassistant", "ja", "1")
FIELD = Place("f", "f", ("soil_moisture",), 60)
STATE = "wanamori/home/ag-1/f/soil_moisture"
CONFIG = "homeassistant/sensor/ag-1_f_soil_moisture/config"
BIRTH = "wanamori/home/ag-1/availability"


def row(value: float | None = None) -> Row:
    moment = Moment(datetime(2026, 11, 26, tzinfo=UTC), "set", "boot", 1.0)
    return Row(moment, {} if value is None else {"soil_moisture": value})


@dataclass
class Station:
    device: str = "f"
    latest: Row = field(default_factory=row)


@dataclass
class Memory:
    """As much of a keeper as is needed."""

    words: dict[str, str] = field(default_factory=dict)
    written: int = 0

    def meta(self, key: str) -> str | None:
        return self.words.get(key)

    def put_meta(self, key: str, value: str) -> None:
        self.words[key] = value
        self.written += 1


def all_of(shelf: _Shelf, *, take: bool = True) -> list[tuple[str, str]]:
    told = []
    while (message := shelf.next()) is not None:
        told.append((message.topic, message.payload))
        if take:
            shelf.taken(message.topic)
    return told


def test_of_a_sensor_only_the_newest_state_waits() -> None:
    station = Station()
    shelf = _Shelf(HOUSE, [FIELD], [station], Memory())
    shelf.begin()
    all_of(shelf)
    for value in range(1000):
        station.latest = row(float(value))
        shelf.begin()  # as each lost connection does
    assert len(shelf._waiting) <= len(shelf._wanted)
    assert [told for told in all_of(shelf) if told[0] == STATE] == [(STATE, "999")]
    assert all_of(shelf) == []


def test_the_same_value_measured_again_is_told_again() -> None:
    station = Station()
    shelf = _Shelf(HOUSE, [FIELD], [station], Memory())
    shelf.begin()
    all_of(shelf)
    for _ in range(2):
        station.latest = row(5.0)
        assert all_of(shelf) == [(STATE, "5")]


def test_a_card_is_written_once_and_not_with_each_connection() -> None:
    memory = Memory()
    for _ in range(2):
        shelf = _Shelf(HOUSE, [FIELD], [Station()], memory)
        for _ in range(3):
            shelf.begin()
            all_of(shelf)
    assert memory.written == 1


def test_what_was_told_is_taken_back_by_a_later_run_and_then_forgotten() -> None:
    memory = Memory()
    _Shelf(HOUSE, [FIELD], [Station()], memory).begin()
    off = _Shelf(HOUSE, [], [], memory)
    assert not off.finished
    off.begin()
    assert sorted(all_of(off)) == sorted([(CONFIG, ""), (BIRTH, ""), (STATE, "")])
    assert off.finished
    assert _Shelf(HOUSE, [], [], memory).finished


def test_what_the_broker_did_not_take_back_is_taken_back_again() -> None:
    memory = Memory()
    _Shelf(HOUSE, [FIELD], [Station()], memory).begin()
    off = _Shelf(HOUSE, [], [], memory)
    off.begin()
    all_of(off, take=False)
    assert not off.finished
    off.begin()
    assert len(all_of(off)) == 3
    assert off.finished


def test_where_nothing_was_ever_told_nothing_is_done() -> None:
    assert _Shelf(HOUSE, [], [], Memory()).finished
