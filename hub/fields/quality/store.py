"""Judged sensors in the database."""

import json
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from psycopg import sql

from edge.wire.quantities import QUANTITIES
from hub.fields.quality.hours import HOUR_S
from hub.fields.quality.neighbours import NEARBY_M
from hub.fields.quality.rules import rule_of
from hub.fields.quality.states import State, Verdict
from hub.store import Connection, Queries

__all__ = [
    "Newest", "RefusedRow", "Row", "SensorState", "Watched", "add_refusals", "fetch_close", "fetch_hours",
    "fetch_newest", "fetch_newest_live", "fetch_refusals", "fetch_rows", "fetch_states", "fetch_timed_rows", "queries",
    "save_state",
]  # fmt: skip

queries = Queries.beside(__file__)
_METRES_A_DEGREE = 111_320.0
_CANDIDATES = 12

Row = tuple[Any, ...]
"""Seconds since 1970 of measuring and of receipt, then the values that were asked for."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A device whose look is due."""

    device_key: int
    due_at: datetime
    memory: Mapping[str, Any]
    device_id: str
    agent_id: str
    lat: float
    lon: float
    last_heard_at: datetime | None
    agent_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Newest:
    """When one sensor's newest reading was measured and came."""

    device_key: int
    quantity: str
    measured_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """The newest refused reading of one sensor; `quantity` is empty for rows whose time cannot be."""

    device_key: int
    quantity: str
    measured_at: datetime
    received_at: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class SensorState:
    """How a sensor is judged: what, since when by the time of measuring, and when the hub first said so."""

    device_key: int
    quantity: str
    state: State
    reason: str | None
    since_at: datetime
    noticed_at: datetime
    detail: Mapping[str, float]

    @property
    def is_ok(self) -> bool:
        """Whether what the sensor says can be believed."""
        return self.state == "ok"

    @property
    def verdict(self) -> Verdict:
        """The same as the judging knows it."""
        return Verdict(self.state, self.reason, self.since_at, self.detail)


def fetch_states(conn: Connection, device_keys: Collection[int]) -> dict[int, dict[str, SensorState]]:
    """By device and quantity, how each sensor is judged; what was never judged is left out."""
    found: dict[int, dict[str, SensorState]] = defaultdict(dict)
    for state in queries.all(conn, "fetch_states", SensorState, device_keys=sorted(device_keys)):
        found[state.device_key][state.quantity] = state
    return dict(found)


def save_state(conn: Connection, device_key: int, quantity: str, verdict: Verdict, now: datetime) -> None:
    """Write how a sensor is judged from now on."""
    queries.run(
        conn,
        "save_state",
        device_key=device_key,
        quantity=quantity,
        state=verdict.state,
        reason=verdict.reason,
        since_at=verdict.since_at,
        detail=json.dumps(dict(verdict.detail)),
        now=now,
    )


def fetch_newest(conn: Connection, device_keys: Collection[int]) -> dict[int, list[Newest]]:
    """By device, when each of its sensors was last measured."""
    found: dict[int, list[Newest]] = defaultdict(list)
    for row in queries.all(conn, "fetch_newest", Newest, device_keys=sorted(device_keys)):
        if row.quantity in QUANTITIES:
            found[row.device_key].append(row)
    return found


def fetch_newest_live(conn: Connection, newest: Newest, since: datetime) -> Newest | None:
    """When a sensor whose newest value came with a file last said something itself, since an instant."""
    statement = sql.SQL(queries.statements["fetch_newest_live"]).format(quantity=sql.Identifier(newest.quantity))
    row = conn.execute(
        statement,
        {
            "device_key": newest.device_key,
            "quantity": newest.quantity,
            "since": since,
            "until": newest.measured_at,
        },
    ).fetchone()
    return Newest(newest.device_key, newest.quantity, *row) if row else None


def fetch_refusals(conn: Connection, device_keys: Collection[int], since: datetime) -> dict[int, list[RefusedRow]]:
    """By device, the newest reading of each sensor that came since then and was refused."""
    found: dict[int, list[RefusedRow]] = defaultdict(list)
    for row in queries.all(conn, "fetch_refusals", RefusedRow, device_keys=sorted(device_keys), since=since):
        found[row.device_key].append(row)
    return found


def add_refusals(conn: Connection, rows: Sequence[RefusedRow]) -> None:
    """Keep readings that ingest refused; one that is known already stays as it is."""
    queries.run_many(
        conn,
        "add_refusal",
        [
            {
                "device_key": row.device_key,
                "quantity": row.quantity,
                "reason": "out_of_range" if row.quantity else "impossible_time",
                "measured_at": row.measured_at,
                "value": row.value,
                "received_at": row.received_at,
            }
            for row in rows
        ],
    )


def fetch_rows(
    conn: Connection, device_key: int, quantities: Sequence[str], since: datetime, until: datetime
) -> list[Row]:
    """A device's rows in [since, until). Raises KeyError for an unknown quantity."""
    columns = [QUANTITIES[quantity].name for quantity in quantities]
    return _fetch_columns(conn, device_key, columns, since, until)


def fetch_timed_rows(
    conn: Connection, device_key: int, quantities: Sequence[str], since: datetime, until: datetime
) -> list[tuple[datetime, Row]]:
    """The same, each with its exact moment: a row has whole seconds."""
    columns = ["measured_at", *(QUANTITIES[quantity].name for quantity in quantities)]
    rows = _fetch_columns(conn, device_key, columns, since, until)
    return [(row[2], (*row[:2], *row[3:])) for row in rows]


def _fetch_columns(
    conn: Connection, device_key: int, columns: Sequence[str], since: datetime, until: datetime
) -> list[Row]:
    wanted = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    statement = sql.SQL(queries.statements["fetch_rows"]).format(quantities=wanted)
    return conn.execute(statement, {"device_key": device_key, "since": since, "until": until}).fetchall()


def fetch_hours(
    conn: Connection, device_keys: Collection[int], quantities: Sequence[str], first: int, last: int
) -> dict[tuple[int, str], dict[int, tuple[float, int]]]:
    """By device and quantity the hours [first, last): the mean (or the sum, of what is summed), and of how many."""
    aggregates: list[sql.Composable] = []
    for quantity in quantities:
        column = sql.Identifier(QUANTITIES[quantity].name)
        how = sql.SQL("sum" if rule_of(quantity).by_total else "avg")
        aggregates.append(sql.SQL("{}({})::float8, count({})").format(how, column, column))
    statement = sql.SQL(queries.statements["fetch_hours"]).format(aggregates=sql.SQL(", ").join(aggregates))
    parameters = {"device_keys": sorted(device_keys), "since": _hour_at(first), "until": _hour_at(last)}
    found: dict[tuple[int, str], dict[int, tuple[float, int]]] = defaultdict(dict)
    for device_key, number, *values in conn.execute(statement, parameters):
        for place, quantity in enumerate(quantities):
            value, count = cast("tuple[float | None, int]", tuple(values[2 * place : 2 * place + 2]))
            if value is not None:
                found[device_key, quantity][number] = (value, count)
    return found


def _hour_at(number: int) -> datetime:
    return datetime.fromtimestamp(number * HOUR_S, UTC)


@dataclass(frozen=True, slots=True)
class _Close:
    quantity: str
    device_key: int


def fetch_close(
    conn: Connection, device_key: int, lat: float, lon: float, quantities: Sequence[str], now: datetime
) -> dict[str, list[int]]:
    """By quantity the keys of the nearest stations that measured it in the last day, the nearest first."""
    narrowing = max(0.01, math.cos(math.radians(lat)))
    rows = queries.all(
        conn,
        "fetch_close_devices",
        _Close,
        device_key=device_key,
        quantities=list(quantities),
        since=now - timedelta(days=1),
        lat=lat,
        lon=lon,
        degrees_lat=NEARBY_M / _METRES_A_DEGREE,
        degrees_lon=NEARBY_M / _METRES_A_DEGREE / narrowing,
        narrowing=narrowing,
        limit=_CANDIDATES * len(quantities) * 2,
    )
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if len(found[row.quantity]) < _CANDIDATES:
            found[row.quantity].append(row.device_key)
    return dict(found)
