"""Rollups are what the readings say, whatever comes: late, twice, in parts, corrected, deleted, from two writers."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.fields.charts import Bucket
from hub.fields.rollups import mark_due, service
from hub.fields.rollups.service import roll_up
from hub.fields.rollups.store.series import fetch_many, fetch_series
from hub.ingest import rows as ingest_rows
from hub.ingest.rows import RowBatch
from hub.ingest.store.readings import copy_rows, merge_rows
from hub.store import Database

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 11, 24, 13, tzinfo=UTC)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPAN_MIN = 4 * 24 * 60
NAMES = ("air_temperature", "soil_moisture", "wind_direction")
LATER = START + 30 * DAY


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, name="rollups", max_size=6)
    with opened.transaction() as conn:
        conn.execute("insert into agent (id, name, created_at) values ('ag', 'x', now())")
        conn.execute(
            "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
            " select 'field-' || n, 'ag', 'station', 'x', 35, 140, now() from generate_series(1, 2) n"
        )
    yield opened
    opened.close()


# --- what must come out -----------------------------------------------------------------------------------------------


def bucket_start(instant: datetime, width: timedelta) -> datetime:
    local = instant.astimezone(TOKYO)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + (local - midnight) // width * width).astimezone(UTC)


def expected(conn, device_key: int, name: str, since: datetime, until: datetime, width: timedelta) -> list[Bucket]:
    """The series by the plainest way: each reading of the table, one after the other."""
    corrections = conn.execute(
        "select from_at, until_at, gain, shift from correction where device_key = %s and quantity = %s",
        (device_key, name),
    ).fetchall()
    found: dict[datetime, list[float]] = {}
    statement = f"select measured_at, {name} from reading where device_id = %s order by 1"
    for measured_at, measured in conn.execute(statement.encode(), [device_key]).fetchall():
        if measured is None or not since <= measured_at < until:
            continue
        value = measured
        for first, last, gain, shift in corrections:
            if first <= measured_at and (last is None or measured_at < last):
                value = measured * gain + shift
                value = value % 360 if name == "wind_direction" else value
        found.setdefault(bucket_start(measured_at, width), []).append(value)
    return [
        Bucket(at, min(values), sum(values) / len(values), max(values), len(values))
        if name != "wind_direction"
        else bucket_of_directions(at, values)
        for at, values in sorted(found.items())
    ]


def bucket_of_directions(at: datetime, values: list[float]) -> Bucket:
    """As the crow flies: a step for each reading, in whole billionths so that their order is nothing."""
    north = sum(round(math.cos(math.radians(value)) * 1e9) for value in values)
    east = sum(round(math.sin(math.radians(value)) * 1e9) for value in values)
    mean = math.degrees(math.atan2(east, north))
    steadiness = min(1.0, math.hypot(north, east) / 1e9 / len(values))
    return Bucket(
        at,
        min(values),
        pytest.approx(mean + 360 if mean < 0 else mean),
        max(values),
        len(values),
        pytest.approx(steadiness),
    )


def check(conn, since: datetime, until: datetime, width: timedelta) -> None:
    for device_key in (1, 2):
        many = fetch_many(conn, device_key, NAMES, since, until, width)
        for name in NAMES:
            wanted = expected(conn, device_key, name, since, until, width)
            assert fetch_series(conn, device_key, name, since, until, width) == wanted
            assert many[name] == wanted


# --- what may happen --------------------------------------------------------------------------------------------------

# Values and corrections that a float holds exactly, in whatever order they are added up; vanes of sixteen points.
scalars = st.integers(-40, 120).map(lambda half: half / 2)
of_a_minute = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(NAMES[:2], scalars) | {NAMES[2]: st.integers(0, 16).map(lambda point: point * 22.5)}
).filter(bool)
rows = st.dictionaries(
    st.tuples(st.integers(1, 2), st.integers(0, SPAN_MIN - 1)),
    of_a_minute,
    min_size=1,
    max_size=8,
)
instants = st.integers(0, SPAN_MIN).map(lambda minute: START + minute * MINUTE)


@dataclass
class Happening:
    """Two writers with open transactions, and workers."""

    database: Database
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    open: dict[int, psycopg.Connection] = field(default_factory=dict)

    def writer(self, number: int) -> psycopg.Connection:
        if number not in self.open:
            self.open[number] = psycopg.connect(self.database.url)
            self.stack.callback(self.open[number].close)
            self.open[number].execute("set time zone 'UTC'")
        return self.open[number]

    def write(self, number: int, given_rows: dict, again: bool, many: int) -> None:
        """Each writer has minutes of its own: two that hold the same row would wait for each other. From `many`
        devices on, their hours are marked for every device at once.
        """
        batch = RowBatch(
            {
                (device, ((START - EPOCH) // MINUTE + minute // 2 * 2 + number) * 60_000_000): (
                    tuple(values), tuple(values.values()), 0,
                )
                for (device, minute), values in given_rows.items()
            }
        )  # fmt: skip
        conn = self.writer(number)
        with self.monkeypatch.context() as patched:
            patched.setattr(ingest_rows, "_MANY", many)
            try:
                with conn.transaction():
                    merge_rows(conn, batch) if again else copy_rows(conn, batch)
            except psycopg.errors.UniqueViolation:
                merge_rows(conn, batch)

    def end(self, number: int, commit: bool) -> None:
        conn = self.open.pop(number, None)
        if conn is not None:
            conn.commit() if commit else conn.close()

    def correct(self, device_key: int, since: datetime, until: datetime | None) -> None:
        with self.database.transaction() as conn:
            conn.execute("delete from correction where device_key = %s", [device_key])
            end = until if until is None or until > since else since + HOUR
            for quantity, gain, shift in (("air_temperature", 1.5, -2), ("wind_direction", 1, -100)):
                conn.execute(
                    "insert into correction (device_key, quantity, from_at, until_at, gain, shift)"
                    " values (%s, %s, %s, %s, %s, %s)",
                    (device_key, quantity, since, end, gain, shift),
                )
            mark_due(conn, device_key, None, None)

    def delete(self, device_key: int, since: datetime, until: datetime) -> None:
        for number in (0, 1):
            self.end(number, True)
        with self.database.transaction() as conn:
            conn.execute(
                "delete from reading where device_id = %s and measured_at >= %s and measured_at < %s",
                (device_key, since, until),
            )
            mark_due(conn, device_key, since, until)

    def look(self, since: datetime, until: datetime, width: timedelta) -> None:
        with self.database.transaction() as conn:
            check(conn, since, until, width)

    def roll(self, now: datetime, meanwhile: str) -> None:
        """A worker's step; something else happens between the taking of marks and the looking at readings."""
        acts = {
            "nothing": lambda: None,
            "commit": lambda: [self.end(number, True) for number in (0, 1)],
            "crash": lambda: [self.end(number, False) for number in (0, 1)],
            "worker": lambda: settle(self.database, now),
        }
        fetch = service.marks.fetch_reaches

        def fetch_slowly(*args):
            acts[meanwhile]()
            return fetch(*args)

        with self.monkeypatch.context() as patched:
            patched.setattr(service.marks, "fetch_reaches", fetch_slowly)
            with self.database.transaction() as conn:
                roll_up(conn, now, TOKYO)


@contextmanager
def happening(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Happening]:
    with database.transaction() as conn:
        conn.execute("truncate reading, reading_hour, reading_day, rollup_due, rollup_reach, correction")
        # The chunks are there: who makes one holds up the others until it has committed.
        conn.execute(
            "insert into reading (device_id, measured_at, received_at)"
            " select 99, at, at from generate_series(%s, %s, interval '1 day') at",
            (START, START + 5 * DAY),
        )
    with ExitStack() as stack:
        yield Happening(database, monkeypatch, stack)


def settle(database: Database, now: datetime) -> None:
    for _ in range(50):
        with database.transaction() as conn:
            if not roll_up(conn, now, TOKYO):
                return
    raise AssertionError("there is always something due")


events = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 1), rows, st.booleans(), st.sampled_from([1, 2, 9])),
    st.tuples(st.just("end"), st.integers(0, 1), st.booleans()),
    st.tuples(st.just("roll"), instants, st.sampled_from(["nothing", "commit", "crash", "worker"])),
    st.tuples(st.just("correct"), st.integers(1, 2), instants, st.none() | instants),
    st.tuples(st.just("delete"), st.integers(1, 2), instants, instants),
    st.tuples(st.just("look"), instants, instants, st.sampled_from([HOUR, 6 * HOUR, DAY])),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(events, min_size=4, max_size=14))
def test_rollups_equal_readings_whatever_happens(database: Database, monkeypatch: pytest.MonkeyPatch, story) -> None:
    with happening(database, monkeypatch) as at:
        for what, *details in story:
            getattr(at, what)(*details)
        for number in (0, 1):
            at.end(number, True)
        settle(database, LATER)
        with database.transaction() as conn:
            for width in (HOUR, 6 * HOUR, DAY):
                check(conn, START - DAY, LATER, width)
            # and so they are when no reading is left to fall back on
            conn.execute("create temporary table kept on commit drop as select * from reading")
            wanted = {
                (key, name, width): expected(conn, key, name, START - DAY, LATER, width)
                for key in (1, 2)
                for name in NAMES
                for width in (HOUR, DAY)
            }
            conn.execute("delete from reading")
            for (key, name, width), buckets in wanted.items():
                assert fetch_series(conn, key, name, START - DAY, START + 10 * DAY, width) == buckets
            conn.execute("insert into reading select * from kept")
