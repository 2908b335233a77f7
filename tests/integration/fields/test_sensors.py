"""Sensors judged from a real database, as the worker does it."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.errors import Conflict, Invalid
from hub.fields.imports import service as imports
from hub.fields.quality import SensorState, changes, fetch_states, live
from hub.fields.quality.store import RefusedRow, add_refusals
from hub.fields.quality.watching import DeviceJudged, SensorWatch
from hub.fields.service import fetch_series
from hub.registry import service as registry
from hub.registry.devices import Device, NewDevice
from hub.registry.people import Actor, NewPerson
from hub.store import Connection, Database

NOW = datetime(2026, 11, 23, 5, 12, tzinfo=UTC)
STAFF = Actor("system", "staff", frozenset({"staff"}))
MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    database = Database(database_url, name="test")
    with database.transaction() as connection:
        yield connection
    database.close()


@pytest.fixture
def agent(conn: Connection) -> str:
    return registry.create_agent(conn, STAFF, "畑の箱", NOW)[0]


def station(conn: Connection, agent: str, name: str, lat: float = 35.4) -> Device:
    return registry.register_device(conn, STAFF, NewDevice(agent, name, "station", name, lat, 140.0), NOW)


def told(
    conn: Connection,
    device: Device,
    since: datetime,
    until: datetime,
    *,
    way: timedelta = timedelta(seconds=4),
    **values: object,
) -> None:
    """A reading each five minutes: numbers, or functions of the instant."""
    at = since
    rows: list[tuple[object, ...]] = []
    while at < until:
        told_values = [value(at) if callable(value) else value for value in values.values()]
        rows.append((device.key, at, max(at + way, at), *told_values))
        at += 5 * MINUTES
    names = ", ".join(values)
    blanks = ", ".join(["%s"] * len(values))
    with conn.cursor() as cursor:
        cursor.executemany(
            f"insert into reading (device_id, measured_at, received_at, {names}) values (%s, %s, %s, {blanks})"
            " on conflict do nothing",
            rows,
        )
    for place, name in enumerate(values):
        _, measured_at, received_at, *last = rows[-1]
        conn.execute(
            "insert into latest (device_id, quantity, measured_at, received_at, value) values (%s, %s, %s, %s, %s)"
            " on conflict (device_id, quantity) do update set measured_at = excluded.measured_at,"
            " received_at = excluded.received_at, value = excluded.value"
            " where latest.measured_at < excluded.measured_at",
            (device.key, name, measured_at, received_at, last[place]),
        )


def mild(at: datetime) -> float:
    """A day's course with the noise of a sensor that resolves a tenth."""
    hour = at.timestamp() / 3600
    return round(14 + 5 * math.sin(hour * math.pi / 12) + 0.3 * math.sin(hour * 7.1), 1)


def judged(conn: Connection, now: datetime, device: Device, watch: SensorWatch | None = None) -> dict[str, SensorState]:
    (watch or SensorWatch()).sweep(conn, now)
    return fetch_states(conn, [device.key]).get(device.key, {})


def watched(conn: Connection, now: datetime) -> None:
    """Looked at before, so that what is silent now is nobody's pause."""
    SensorWatch().sweep(conn, now)
    conn.execute("update sensor_watch set due_at = %s", (now + MINUTES,))


def test_what_speaks_sensibly_is_ok(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 30 * HOURS, NOW, air_temperature=mild, rainfall=0.0, battery_voltage=3.3)

    states = judged(conn, NOW, device)

    assert {name: state.state for name, state in states.items()} == {
        "air_temperature": "ok",
        "rainfall": "ok",
        "battery_voltage": "ok",
    }


def test_a_flat_line_is_stuck_since_it_began_and_ok_when_it_moves_again(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(
        conn,
        device,
        NOW - 40 * HOURS,
        NOW - 15 * HOURS,
        air_temperature=mild,
        relative_humidity=lambda at: 5 * mild(at),
    )
    told(conn, device, NOW - 15 * HOURS, NOW, air_temperature=11.3, relative_humidity=lambda at: 5 * mild(at))

    states = judged(conn, NOW, device)
    assert states["air_temperature"].state == "stuck"
    assert abs(states["air_temperature"].since_at - (NOW - 15 * HOURS)) <= HOURS
    assert states["air_temperature"].detail["value"] == pytest.approx(11.3)
    assert states["relative_humidity"].is_ok

    told(conn, device, NOW, NOW + 2 * HOURS, air_temperature=mild, relative_humidity=lambda at: 5 * mild(at))
    assert judged(conn, NOW + 2 * HOURS, device)["air_temperature"].is_ok


def test_a_late_batch_tells_the_same_as_if_it_had_come_in_time(conn: Connection, agent: str) -> None:
    """Twenty hours in the middle come only after what was measured later."""
    prompt, late = station(conn, agent, "prompt"), station(conn, agent, "late")
    told(conn, prompt, NOW - 60 * HOURS, NOW, air_temperature=lambda at: 11.3 if at > NOW - 30 * HOURS else mild(at))
    told(conn, late, NOW - 60 * HOURS, NOW - 30 * HOURS, air_temperature=mild)
    told(conn, late, NOW - 10 * HOURS, NOW, air_temperature=11.3)
    assert judged(conn, NOW, late)["air_temperature"].is_ok

    later = NOW + HOURS
    told(conn, late, NOW - 30 * HOURS, NOW - 10 * HOURS, way=31 * HOURS, air_temperature=11.3)
    for device in (prompt, late):
        told(conn, device, NOW, later, air_temperature=11.3)
    judged(conn, later, prompt)

    states = fetch_states(conn, [prompt.key, late.key])
    assert states[prompt.key]["air_temperature"].state == "stuck"
    assert states[late.key]["air_temperature"].state == "stuck"


def test_silence_is_told_after_an_hour_and_ends_with_the_next_word(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 20 * HOURS, NOW, soil_moisture=mild, air_temperature=mild)
    watched(conn, NOW)

    at = NOW
    while at < NOW + 70 * MINUTES:
        at += MINUTES
        states = judged(conn, at, device)
        assert states["soil_moisture"].is_ok == (at - NOW <= 60 * MINUTES), at
    assert states["soil_moisture"].reason == "device_silent"

    told(conn, device, at - 5 * MINUTES, at, soil_moisture=mild)
    states = judged(conn, at + MINUTES, device)
    assert states["soil_moisture"].is_ok
    assert states["air_temperature"].reason == "missing"


def test_while_no_worker_ran_nobody_was_silent(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 20 * HOURS, NOW, soil_moisture=mild)
    watched(conn, NOW)

    after = NOW + 9 * HOURS
    assert judged(conn, after, device)["soil_moisture"].is_ok
    for minute in range(1, 70):
        states = judged(conn, after + minute * MINUTES, device)
    assert states["soil_moisture"].state == "silent"


def test_a_value_that_ingest_refused_is_out_of_range(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 20 * HOURS, NOW, soil_moisture=mild, air_temperature=mild)
    refused = RefusedRow(device.key, "air_temperature", NOW - 3 * MINUTES, NOW - 2 * MINUTES, 85.0)
    add_refusals(conn, [refused, refused])

    states = judged(conn, NOW, device)

    assert (states["air_temperature"].state, states["air_temperature"].detail) == ("out_of_range", {"value": 85.0})
    assert states["soil_moisture"].is_ok


def test_a_sensor_that_goes_away_from_its_neighbours_drifts(conn: Connection, agent: str) -> None:
    begin = NOW - timedelta(days=40)
    devices = [station(conn, agent, f"field-{number}", 35.4 + number / 200) for number in range(5)]

    def slowly(at: datetime) -> float:
        return round(mild(at) + 0.15 * max(0.0, (at - begin) / timedelta(days=1) - 24), 1)

    for number, device in enumerate(devices):
        told(conn, device, begin, NOW, air_temperature=slowly if number == 0 else mild)
    day = begin + timedelta(days=6)
    while day <= NOW:
        # as the worker saw it then: what was measured later is not there yet
        conn.execute("update latest set measured_at = %s, received_at = %s", (day - 5 * MINUTES, day))
        conn.execute("update sensor_watch set due_at = %s", (day - 2 * MINUTES,))
        states = judged(conn, day, devices[0])
        day += timedelta(days=1)

    assert states["air_temperature"].state == "drifting"
    assert states["air_temperature"].detail["away"] > 1.0
    others = fetch_states(conn, [device.key for device in devices[1:]])
    assert all(own["air_temperature"].is_ok for own in others.values())


def test_two_workers_never_look_at_the_same_device(database_url: str, conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 40 * HOURS, NOW, air_temperature=11.3)
    conn.commit()
    seen: list[str] = []
    watch = SensorWatch(lambda _conn, one, _now: seen.append(one.device_id))
    first, second = Database(database_url, name="one"), Database(database_url, name="two")
    SensorWatch().sweep(conn, NOW - 39 * HOURS)
    conn.execute("update sensor_watch set due_at = %s", (NOW,))
    conn.commit()
    with first.transaction() as one, second.transaction() as two:
        watch.sweep(one, NOW)
        watch.sweep(two, NOW)
    first.close()
    second.close()

    assert seen == ["field-1"]


def test_a_devices_trouble_is_told_once_and_its_end_too(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    found: list[DeviceJudged] = []
    watch = SensorWatch(lambda _conn, one, _now: found.append(one))
    told(conn, device, NOW - 40 * HOURS, NOW, air_temperature=11.3, soil_moisture=mild)

    for minute in range(3):
        judged(conn, NOW + minute * MINUTES, device, watch)
    assert [list(one.troubled) for one in found] == [["air_temperature"]]

    told(conn, device, NOW, NOW + 2 * HOURS, air_temperature=mild, soil_moisture=mild)
    judged(conn, NOW + 2 * HOURS, device, watch)
    assert [list(one.troubled) for one in found] == [["air_temperature"], []]


# --- what people do to sensors ----------------------------------------------------------------------------------------


def shown(conn: Connection, device: Device, since: datetime, until: datetime) -> list[float]:
    return [point.value for point in fetch_series(conn, device.key, "air_temperature", since, until)]


def person(conn: Connection) -> Actor:
    person_id, _ = registry.create_person(conn, STAFF, NewPerson("山田", frozenset({"staff"})), NOW)
    return Actor(person_id, "山田", frozenset({"staff"}))


def test_a_calibration_corrects_what_is_shown_and_leaves_a_trace(conn: Connection, agent: str) -> None:
    device, actor = station(conn, agent, "field-1"), person(conn)
    told(conn, device, NOW - 10 * HOURS, NOW, air_temperature=12.0)
    change = changes.NewChange("air_temperature", NOW - HOURS, note="標準温度計")

    line = changes.calibrate(
        conn, actor, device, change, [changes.Reference(NOW - HOURS, 11.2)], from_at=NOW - 5 * HOURS, now=NOW
    )

    assert (line.gain, line.shift) == (1.0, pytest.approx(-0.8))
    assert shown(conn, device, NOW - 6 * HOURS, NOW - 5 * HOURS) == [pytest.approx(12.0)] * 12
    assert shown(conn, device, NOW - 5 * HOURS, NOW) == [pytest.approx(11.2)] * 60
    assert conn.execute("select distinct air_temperature from reading").fetchall() == [(12.0,)]
    (trace,) = changes.fetch_changes(conn, device.key)
    assert (trace.kind, trace.written_by_name, trace.note) == ("calibration", "山田", "標準温度計")

    changes.withdraw(conn, actor, device, trace.id, NOW)
    assert shown(conn, device, NOW - 5 * HOURS, NOW) == [pytest.approx(12.0)] * 60
    assert [(one.kind, one.withdrawn) for one in changes.fetch_changes(conn, device.key)] == [
        ("withdrawal", False),
        ("calibration", True),
    ]
    with pytest.raises(Conflict):
        changes.withdraw(conn, actor, device, trace.id, NOW)


@pytest.mark.parametrize(("level", "before", "after"), [("old", 0.0, -3.0), ("new", 3.0, 0.0), ("as_is", 0.0, 0.0)])
def test_a_replacement_keeps_the_series_continuous(
    conn: Connection, agent: str, level: changes.Level, before: float, after: float
) -> None:
    """The new sensor says 3 degrees more than the old one did."""
    device, actor = station(conn, agent, "field-1"), person(conn)
    at = NOW - 24 * HOURS
    told(conn, device, at - 30 * HOURS, at, air_temperature=mild)
    told(conn, device, at, NOW, air_temperature=lambda moment: mild(moment) + 3.0)
    change = changes.NewChange("air_temperature", at, serial="SHT-2207")

    moved = changes.replace_sensor(conn, actor, device, change, level, jump=None, now=NOW)

    assert moved is None if level == "as_is" else moved == pytest.approx(3.0, abs=0.4)
    (old, new) = shown(conn, device, at - 10 * MINUTES, at + 5 * MINUTES)[::2]
    assert old == pytest.approx(mild(at - 10 * MINUTES) + before, abs=0.4)
    assert new == pytest.approx(mild(at) + 3.0 + after, abs=0.4)


def test_a_calibrated_sensor_is_judged_by_what_it_shows_from_then_on(conn: Connection, agent: str) -> None:
    device, actor = station(conn, agent, "field-1"), person(conn)
    told(conn, device, NOW - 40 * HOURS, NOW, air_temperature=11.3)
    assert judged(conn, NOW, device)["air_temperature"].state == "stuck"

    changes.note_repair(conn, actor, device, changes.NewChange("air_temperature", NOW), NOW)

    assert judged(conn, NOW + MINUTES, device)["air_temperature"].is_ok


# --- what came with a file --------------------------------------------------------------------------------------------


def put_in(conn: Connection, device: Device, values: dict[datetime, float], heading: str = "気温") -> str:
    """Staff add a logger's file; it is stored now, with its last line."""
    lines = [f"{at.astimezone(TOKYO):%Y/%m/%d %H:%M:%S},{value:.1f}" for at, value in sorted(values.items())]
    data = "\n".join([f"日時,{heading}", *lines]).encode()
    labels = {"気温": "air_temperature", "土壌水分": "soil_moisture"}
    now = max(values) + timedelta(seconds=20)
    actor = person(conn)
    draft_id = imports.keep_file(conn, actor, device, "log.csv", data, labels=labels, now=now)
    draft = imports.fetch_draft(conn, actor, device, draft_id)
    return imports.store_file(conn, actor, device, draft, zone=TOKYO, refused_csv=lambda _: "", now=now)


def each_five(since: datetime, until: datetime, of: Callable[[datetime], float]) -> dict[datetime, float]:
    steps = (until - since) // (5 * MINUTES)
    return {since + step * 5 * MINUTES: of(since + step * 5 * MINUTES) for step in range(steps)}


def test_a_file_ends_no_silence_and_taking_it_back_neither(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 20 * HOURS, NOW, soil_moisture=mild, air_temperature=mild)
    watched(conn, NOW)
    for minute in range(1, 71):
        states = judged(conn, NOW + minute * MINUTES, device)
    silent = states["air_temperature"]
    assert silent.reason == "device_silent"

    at = NOW + 70 * MINUTES
    import_id = put_in(conn, device, each_five(NOW, at, mild))
    for minute in range(1, 130):
        states = judged(conn, at + minute * MINUTES, device)
        assert states["air_temperature"].since_at == silent.since_at, minute
    assert {state.reason for state in states.values()} == {"device_silent"}

    imports.undo(conn, person(conn), device, import_id, at + 130 * MINUTES)
    assert judged(conn, at + 131 * MINUTES, device)["air_temperature"].since_at == silent.since_at


def test_silence_that_lasts_longer_than_anything_is_remembered_outlasts_a_file(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 20 * HOURS, NOW, air_temperature=mild)
    judged(conn, NOW, device)
    conn.execute("update sensor_watch set due_at = %s", (NOW + 40 * 24 * HOURS,))
    later = NOW + 40 * 24 * HOURS
    told_last = NOW - 5 * MINUTES
    put_in(conn, device, each_five(later - 20 * 24 * HOURS, later, mild))
    watched(conn, later)
    for minute in range(1, 65):
        states = judged(conn, later + minute * MINUTES, device)
    assert states["air_temperature"].state == "silent"
    assert abs(states["air_temperature"].since_at - told_last) < HOURS


def test_a_flat_file_makes_no_sensor_stuck(conn: Connection, agent: str) -> None:
    """A logger that lay on a shelf, put in for a sensor that is missing."""
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 60 * HOURS, NOW - 40 * HOURS, air_temperature=mild)
    told(conn, device, NOW - 60 * HOURS, NOW, soil_moisture=mild)
    put_in(conn, device, each_five(NOW - 40 * HOURS, NOW, lambda _: 20.0))

    states = judged(conn, NOW, device)

    assert {name: state.reason for name, state in states.items()} == {
        "air_temperature": "missing",
        "soil_moisture": None,
    }


def test_a_file_between_a_sensors_own_readings_makes_no_spikes_and_no_lateness(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    told(conn, device, NOW - 30 * HOURS, NOW, air_temperature=mild)
    for hours in (9, 6, 3):
        until = NOW - hours * HOURS
        put_in(conn, device, each_five(until - 3 * HOURS + 2 * MINUTES, until, lambda _: 35.0))

    assert judged(conn, NOW, device)["air_temperature"].state == "ok"


def test_an_own_value_in_the_second_of_a_files_line_stays(conn: Connection, agent: str) -> None:
    device, begin = station(conn, agent, "field-1"), NOW - HOURS
    told(conn, device, begin + timedelta(seconds=0.3), begin + MINUTES, air_temperature=12.0, rainfall=0.5)
    put_in(conn, device, {begin: 35.0, begin + MINUTES: 35.0})

    quantities = ["air_temperature", "rainfall"]
    rows = live.fetch_rows(conn, device.key, quantities, begin, begin + 2 * MINUTES)

    assert [row[2:] for row in rows] == [(12.0, 0.5)]


def test_of_a_station_that_is_known_from_files_alone_nothing_is_said(conn: Connection, agent: str) -> None:
    device = station(conn, agent, "field-1")
    put_in(conn, device, each_five(NOW - 40 * HOURS, NOW, lambda _: 20.0))
    watched(conn, NOW)
    for minute in range(1, 65):
        assert judged(conn, NOW + minute * MINUTES, device) == {}


def test_a_file_says_nothing_of_a_neighbour(conn: Connection, agent: str) -> None:
    """What neighbours said themselves is compared: their hours without what files have added."""
    device = station(conn, agent, "field-1")
    hour = int(NOW.timestamp()) // 3600
    begin = datetime.fromtimestamp((hour - 2) * 3600, UTC)
    told(conn, device, begin, begin + HOURS, air_temperature=10.0, rainfall=0.5)
    put_in(conn, device, each_five(begin + 2 * MINUTES, begin + 2 * HOURS, lambda _: 30.0))

    hours = live.fetch_hours(conn, [device.key], ["air_temperature", "rainfall"], hour - 2, hour)

    assert hours == {
        (device.key, "air_temperature"): {hour - 2: (10.0, 12)},
        (device.key, "rainfall"): {hour - 2: (6.0, 12)},
    }


def test_a_vane_is_turned_past_north(conn: Connection, agent: str) -> None:
    """It says 350 and 10 by turns; it should say 20 more."""
    device, actor = station(conn, agent, "field-1"), person(conn)
    told(conn, device, NOW - 10 * HOURS, NOW, wind_direction=lambda at: 350.0 if at.minute % 2 else 10.0)
    at = NOW - HOURS
    said = changes.shown_around(conn, device.key, "wind_direction", at)
    assert said in (350.0, 10.0)

    change, right = changes.NewChange("wind_direction", at), (said + 20) % 360
    line = changes.calibrate(
        conn, actor, device, change, [changes.Reference(at, right)], from_at=NOW - 20 * HOURS, now=NOW
    )

    assert (line.gain, line.shift) == (1.0, pytest.approx(20.0))
    assert changes.shown_around(conn, device.key, "wind_direction", at) == pytest.approx(right)
    points = fetch_series(conn, device.key, "wind_direction", NOW - HOURS, NOW)
    assert sorted(point.value for point in points) == pytest.approx([10.0] * 6 + [30.0] * 6)


def test_how_far_a_new_vane_is_turned_is_only_known_from_both(conn: Connection, agent: str) -> None:
    device, actor = station(conn, agent, "field-1"), person(conn)
    told(conn, device, NOW - 60 * HOURS, NOW, wind_direction=lambda at: 350.0 if at.minute % 2 else 10.0)
    change = changes.NewChange("wind_direction", NOW - 24 * HOURS)
    with pytest.raises(Invalid):
        changes.replace_sensor(conn, actor, device, change, "old", jump=None, now=NOW)
    # The old one showed 350, the new one 5.
    assert changes.replace_sensor(conn, actor, device, change, "old", jump=5.0 - 350.0, now=NOW) == 15.0
