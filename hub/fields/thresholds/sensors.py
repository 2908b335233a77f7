"""What a warning asks of a sensor: whether it is well. In the caller's transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.fields.thresholds.deciding import SensorSays
from hub.store import Connection, Queries

__all__ = ["COUNTS", "AskSensors", "SensorWord", "fetch_sensor_words", "no_sensors", "word_of", "worst_word"]

_queries = Queries.beside(__file__)
# Silent or late it says nothing of now; stuck, out of range or drifting it says nothing that counts.
_QUIET = frozenset({"silent", "late"})
COUNTS = frozenset({"ok"}) | _QUIET
"""The states in which what a sensor measures counts."""


@dataclass(frozen=True, slots=True)
class SensorWord:
    """How the sensor of one quantity of one device is, and since when."""

    says: SensorSays
    since_at: datetime | None = None


# The sensors of some devices that are not well, by device and quantity.
AskSensors = Callable[[Connection, Collection[int]], Mapping[tuple[int, str], SensorWord]]


@dataclass(frozen=True, slots=True)
class _Row:
    device_key: int
    quantity: str
    state: str
    since_at: datetime


def fetch_sensor_words(conn: Connection, device_keys: Collection[int]) -> dict[tuple[int, str], SensorWord]:
    """The sensors of some devices that are not well, as they are judged now."""
    rows = _queries.all(conn, "fetch_unwell", _Row, device_keys=sorted(device_keys))
    return {(row.device_key, row.quantity): word_of(row.state, row.since_at) for row in rows}


def word_of(state: str, since_at: datetime) -> SensorWord:
    """What a state other than ok, since when, means to a warning."""
    return SensorWord("quiet" if state in _QUIET else "wrong", since_at)


def worst_word(words: Iterable[SensorWord | None]) -> SensorWord:
    """Of the sensors that a measure is made of: none of them counts for more than the worst of them."""
    known = [word for word in words if word is not None and word.says != "well"]
    return max(known, key=lambda word: word.says == "wrong", default=SensorWord("well"))


def no_sensors(_conn: Connection, _device_keys: Collection[int]) -> dict[tuple[int, str], SensorWord]:
    """Where nobody judges sensors, all are well."""
    return {}
