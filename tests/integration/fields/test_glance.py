"""Plots at a glance out of a real database: right, and with a fixed number of questions."""

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.fields import service as fields
from hub.fields.glance import service as glances
from hub.fields.plots import NewPlot
from hub.fields.rollups.service import mark_unreached, roll_up
from hub.registry import service as registry
from hub.registry.devices import NewDevice
from hub.registry.people import Actor, NewPerson
from hub.store import Database

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # 21:00 in Japan
TODAY = date(2026, 11, 26)
TOKYO = ZoneInfo("Asia/Tokyo")
STAFF = Actor("system", "staff", frozenset({"staff"}))


class Counting:
    """A connection that counts what is asked of it."""

    def __init__(self, conn):
        self.conn, self.asked = conn, 0

    def execute(self, *args, **kwargs):
        self.asked += 1
        return self.conn.execute(*args, **kwargs)

    def cursor(self, *args, **kwargs):
        self.asked += 1
        return self.conn.cursor(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.conn, name)


@pytest.fixture
def conn(database_url):
    database = Database(database_url, name="test")
    with database.transaction() as connection:
        yield connection
    database.close()


@pytest.fixture
def owner(conn):
    person_id, _ = registry.create_person(conn, STAFF, NewPerson("山田", frozenset({"farmer"})), NOW)
    return Actor(person_id, "山田", frozenset({"farmer"}))


@pytest.fixture
def add_station(conn):
    agent_id, _ = registry.create_agent(conn, STAFF, "畑の箱", NOW)

    def add(device_id):
        new = NewDevice(agent_id, device_id, "station", device_id, 35.38, 139.92)
        return registry.register_device(conn, STAFF, new, NOW)

    return add


def measured(conn, station, rows):
    """Rows of (instant, values); the last one is the newest."""
    for at, values in rows:
        columns, blanks = ", ".join(values), ", ".join(["%s"] * len(values))
        conn.execute(
            f"insert into reading (device_id, measured_at, received_at, {columns}) values (%s, %s, %s, {blanks})",
            (station.key, at, at, *values.values()),
        )
    for quantity, value in values.items():
        conn.execute(
            "insert into latest values (%s, %s, %s, %s, %s)",
            (station.key, quantity, at, at, value),
        )


def cold_days(days, **others):
    """Days of 12 °C, and an evening that falls from 8 °C with the root of time."""
    for hour in range(days * 24, 4, -1):
        yield NOW - timedelta(hours=hour), {"air_temperature": 12.0, "relative_humidity": 60.0, **others}
    for step in range(24, -1, -1):
        air_c = 8 - 3 * math.sqrt((24 - step) / 6)
        yield NOW - timedelta(minutes=10 * step + 2), {"air_temperature": air_c, "relative_humidity": 60.0, **others}


def rolled_up(conn):
    mark_unreached(conn, NOW)
    while roll_up(conn, NOW, TOKYO):
        pass


def look(conn, owner):
    plots = fields.fetch_plots(conn, owner)
    keys = frozenset(key for plot in plots for key in plot.station_keys)
    devices = registry.fetch_devices_by_key(conn, keys)
    stations = {one.key: one for one in fields.fetch_stations(conn, list(devices.values()))}
    return plots, stations, glances.fetch_glances(conn, plots, stations, NOW, TOKYO)


def add_plot(conn, owner, *stations, **more):
    keys = frozenset(station.key for station in stations)
    return fields.create_plot(conn, STAFF, NewPlot(owner.person_id, "上の畑", device_keys=keys, **more), NOW)


def test_a_cold_evening_and_a_season_out_of_the_rollups(conn, owner, add_station):
    station = add_station("field-1")
    measured(conn, station, cold_days(30))
    rolled_up(conn)
    plot_id = add_plot(
        conn, owner, station, planted_on=TODAY - timedelta(days=20), base_temperature_c=10.0, target_degree_days=100.0
    )
    plots, stations, found = look(conn, owner)
    glance = found[plot_id]
    assert glance.notices[0].kind == "frost_likely"
    assert glance.values["air_temperature"].trend == "falling"
    assert glance.season.so_far.total == pytest.approx(40, abs=0.2)
    assert glance.season.so_far.missing == 0
    assert glance.season.left.days == 30
    figures = glances.fetch_figures(conn, plots[0], stations, NOW, TOKYO)
    assert figures.today_high_c == pytest.approx(12)
    assert figures.et0_yesterday.estimated == ("radiation", "wind", "pressure")
    chill = glances.fetch_chill(conn, stations[station.key], -6.0, NOW, TOKYO)
    assert chill.hours > 600


def test_a_correction_counts_for_the_evening_and_the_newest_value(conn, owner, add_station):
    station = add_station("field-1")
    measured(conn, station, cold_days(2))
    conn.execute(
        "insert into correction (device_key, quantity, from_at, shift) values (%s, 'air_temperature', %s, 12)",
        (station.key, NOW - timedelta(days=9)),
    )
    plot_id = add_plot(conn, owner, station)
    glance = look(conn, owner)[2][plot_id]
    assert glance.values["air_temperature"].value == pytest.approx(8 - 3 * 2 + 12, abs=0.2)
    assert glance.values["air_temperature"].trend == "falling"
    assert glance.frost.level == "unlikely"


def test_what_a_station_measured_for_a_former_farmer_stays_out(conn, owner, add_station):
    station = add_station("field-1")
    measured(conn, station, cold_days(30, rainfall=0.5))
    rolled_up(conn)
    conn.execute("update device set shown_from_at = %s where key = %s", (NOW - timedelta(minutes=30), station.key))
    plot_id = add_plot(conn, owner, station, planted_on=TODAY - timedelta(days=20), base_temperature_c=10.0)
    plots, stations, found = look(conn, owner)
    glance = found[plot_id]
    assert glance.season.so_far.missing == 20
    assert glance.rain_today_mm == pytest.approx(3 * 0.5)
    assert glance.frost.why == ("few_readings",)
    assert glances.fetch_figures(conn, plots[0], stations, NOW, TOKYO).today_high_c < 3
    assert glances.fetch_chill(conn, stations[station.key], 0.0, NOW, TOKYO) is None


def test_a_paddys_loss_counts_the_rain_of_the_plots_gauge(conn, owner, add_station):
    paddy, sky = add_station("paddy"), add_station("sky")
    hours = range(30, -1, -1)
    measured(conn, paddy, [(NOW - timedelta(hours=h, minutes=5), {"water_depth": 5 + h / 10}) for h in hours])
    measured(conn, sky, [(NOW - timedelta(hours=h, minutes=5), {"rainfall": 1.0}) for h in hours])
    plot_id = add_plot(conn, owner, paddy, sky, is_paddy=True)
    glance = look(conn, owner)[2][plot_id]
    assert glance.water_loss.mm_per_day == pytest.approx(48)
    # from midnight in Japan to nine in the evening
    assert glance.rain_today_mm == pytest.approx(21)


def test_twenty_plots_ask_as_much_as_one(conn, owner, add_station):
    def asked():
        counting = Counting(conn)
        _, _, found = look(counting, owner)
        return counting.asked, len(found)

    def add(number):
        station = add_station(f"field-{number}")
        values = {"air_temperature": 5.0, "relative_humidity": 60.0, "water_depth": 4.0, "rainfall": 0.0}
        measured(conn, station, [(NOW - timedelta(minutes=10 * step), values) for step in range(9, -1, -1)])
        add_plot(conn, owner, station, planted_on=TODAY - timedelta(days=20), base_temperature_c=10.0)

    add(0)
    once, plots = asked()
    assert plots == 1
    assert once <= 12
    for number in range(1, 20):
        add(number)
    assert asked() == (once, 20)


def test_the_last_day_of_each_plot_by_the_hour_as_it_is_shown(conn, owner, add_station):
    field, paddy, new = (add_station(f"field-{number}") for number in range(3))
    hours = [NOW - timedelta(hours=hour, minutes=minute) for hour in range(30, 0, -1) for minute in (50, 10)]
    measured(conn, field, [(at, {"air_temperature": 5.0 + at.minute / 10}) for at in hours])
    measured(conn, paddy, [(at, {"air_temperature": 9.0, "water_depth": 4.0}) for at in hours])
    measured(conn, new, [(NOW, {"air_temperature": 5.0})])
    conn.execute(
        "insert into correction (device_key, quantity, from_at, shift) values (%s, 'air_temperature', %s, 10)",
        (field.key, NOW - timedelta(hours=3)),
    )
    dry = add_plot(conn, owner, field, offsets_c={field.key: -1.0})
    wet = add_plot(conn, owner, paddy, is_paddy=True)
    add_plot(conn, owner, new)
    plots, stations, found = look(conn, owner)
    counting = Counting(conn)
    courses = glances.fetch_courses(counting, plots, stations, found, NOW)
    assert counting.asked == 1
    assert courses.keys() == {dry, wet}
    assert (courses[dry].low, courses[dry].high) == (pytest.approx(7), pytest.approx(17))
    assert [value for _, value in courses[dry].hours] == pytest.approx([7.0] * 20 + [17.0] * 2)
    assert courses[wet].quantity.name == "water_depth"
    assert (courses[wet].low, courses[wet].high) == (4.0, 4.0)
