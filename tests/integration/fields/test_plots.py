"""Plots, series and CSV against a real TimescaleDB."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from edge.wire.quantities import QUANTITIES
from hub.errors import Forbidden, Invalid, NotFound
from hub.fields import service as fields
from hub.fields.chart_service import Wanted, fetch_chart, fetch_first_at
from hub.fields.charts import Point, decide_window
from hub.fields.plots import NewPlot
from hub.registry import service as registry
from hub.registry.devices import NewDevice
from hub.registry.people import Actor, NewPerson
from hub.store import Database

NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
STAFF = Actor("system", "staff", frozenset({"staff"}))


@pytest.fixture
def conn(database_url):
    database = Database(database_url, name="test")
    with database.transaction() as connection:
        yield connection
    database.close()


def farmer(conn, name: str) -> Actor:
    person_id, _ = registry.create_person(conn, STAFF, NewPerson(name, frozenset({"farmer"})), NOW)
    return Actor(person_id, name, frozenset({"farmer"}))


@pytest.fixture
def station(conn):
    agent_id, _ = registry.create_agent(conn, STAFF, "畑の箱", NOW)
    return registry.register_device(conn, STAFF, NewDevice(agent_id, "field-1", "station", "上の畑", 35.4, 140.0), NOW)


def measured(conn, station, at: datetime, **values: float) -> None:
    columns, blanks = ", ".join(values), ", ".join(["%s"] * len(values))
    conn.execute(
        f"insert into reading (device_id, measured_at, received_at, {columns}) values (%s, %s, %s, {blanks})",
        (station.key, at, at, *values.values()),
    )
    for quantity, value in values.items():
        conn.execute(
            "insert into latest values (%s, %s, %s, %s, %s) on conflict (device_id, quantity) do update"
            " set measured_at = excluded.measured_at, value = excluded.value",
            (station.key, quantity, at, at, value),
        )


def test_a_farmer_sees_own_and_shared_plots_and_nobody_elses(conn, station):
    owner, friend, stranger = farmer(conn, "山田"), farmer(conn, "鈴木"), farmer(conn, "佐藤")
    new = NewPlot(
        owner.person_id,
        "上の畑",
        "ナス",
        device_keys=frozenset({station.key}),
        shared_with=frozenset({friend.person_id}),
    )
    plot_id = fields.create_plot(conn, STAFF, new, NOW)
    for actor, seen in ((owner, [plot_id]), (friend, [plot_id]), (stranger, []), (STAFF, [plot_id])):
        assert [plot.id for plot in fields.fetch_plots(conn, actor)] == seen
    with pytest.raises(NotFound):
        fields.fetch_plot(conn, stranger, plot_id)
    assert fields.fetch_plot(conn, owner, plot_id).shared_with == [friend.person_id]
    assert registry.device_of(conn, friend, "field-1").key == station.key


def test_a_shared_station_cannot_be_kept_by_an_own_plot(conn, station):
    owner, friend = farmer(conn, "山田"), farmer(conn, "鈴木")
    stations = frozenset({station.key})
    fields.create_plot(
        conn, STAFF, NewPlot(owner.person_id, "畑", None, None, stations, frozenset({friend.person_id})), NOW
    )
    with pytest.raises(Forbidden):
        fields.create_plot(conn, friend, NewPlot(friend.person_id, "わたしの", device_keys=stations), NOW)
    fields.create_plot(conn, owner, NewPlot(owner.person_id, "となり", device_keys=stations), NOW)


def test_who_may_change_a_plot(conn, station):
    owner, friend = farmer(conn, "山田"), farmer(conn, "鈴木")
    plot_id = fields.create_plot(
        conn, owner, NewPlot(owner.person_id, "畑", shared_with=frozenset({friend.person_id})), NOW
    )
    with pytest.raises(Forbidden):
        fields.change_plot(conn, friend, plot_id, NewPlot(friend.person_id, "とった"), NOW)
    with pytest.raises(Forbidden):
        fields.change_plot(conn, owner, plot_id, NewPlot(friend.person_id, "あげた"), NOW)
    fields.change_plot(conn, owner, plot_id, NewPlot(owner.person_id, "下の畑", "米"), NOW)
    plot = fields.fetch_plot(conn, owner, plot_id)
    assert (plot.name, plot.crop, plot.shared_with) == ("下の畑", "米", [])


def test_a_plot_belongs_to_a_farmer_and_has_stations_only(conn, station):
    hunter_id, _ = registry.create_person(conn, STAFF, NewPerson("猟師", frozenset({"hunter"})), NOW)
    with pytest.raises(Invalid):
        fields.create_plot(conn, STAFF, NewPlot(hunter_id, "畑"), NOW)
    owner = farmer(conn, "山田")
    trap = registry.register_device(conn, STAFF, NewDevice(station.agent_id, "trap-1", "trap", "罠", 35.4, 140.0), NOW)
    with pytest.raises(Forbidden):
        fields.create_plot(conn, STAFF, NewPlot(owner.person_id, "畑", device_keys=frozenset({trap.key})), NOW)


def test_a_station_tells_newest_values_and_trend(conn, station):
    measured(conn, station, NOW - timedelta(hours=1), air_temperature=6.0, relative_humidity=80.0)
    measured(conn, station, NOW, air_temperature=8.0, relative_humidity=80.5, soil_moisture=31.5)
    (told,) = fields.fetch_stations(conn, [station])
    assert [(one.quantity.name, one.value, one.trend) for one in told.latest] == [
        ("air_temperature", 8.0, "rising"),
        ("relative_humidity", 80.5, "steady"),
        ("soil_moisture", 31.5, None),
    ]
    assert fields.fetch_stations(conn, []) == []


def test_series_take_since_and_leave_until(conn, station):
    for minutes in (0, 5, 10):
        measured(conn, station, NOW + timedelta(minutes=minutes), air_temperature=float(minutes))
    points = fields.fetch_series(conn, station.key, "air_temperature", NOW, NOW + timedelta(minutes=10))
    assert points == [Point(NOW, 0.0), Point(NOW + timedelta(minutes=5), 5.0)]
    assert fields.fetch_series(conn, station.key, "soil_ph", None, None) == []


def test_a_day_is_the_towns_day(conn, station):
    # 14:59 and 15:00 UTC are 23:59 and 00:00 in the town.
    measured(conn, station, datetime(2026, 11, 22, 14, 59, tzinfo=UTC), air_temperature=1.0)
    measured(conn, station, datetime(2026, 11, 22, 15, 0, tzinfo=UTC), air_temperature=2.0)
    measured(conn, station, datetime(2026, 11, 23, 14, 59, tzinfo=UTC), air_temperature=6.0)
    days = fields.fetch_series(conn, station.key, "air_temperature", None, None, timedelta(days=1))
    assert [(day.time, day.min, day.mean, day.max, day.count) for day in days] == [
        (datetime(2026, 11, 21, 15, tzinfo=UTC), 1.0, 1.0, 1.0, 1),
        (datetime(2026, 11, 22, 15, tzinfo=UTC), 2.0, 4.0, 6.0, 2),
    ]


@pytest.mark.parametrize("bucket", [None, timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)])
def test_pages_join_to_the_whole(conn, station, bucket):
    for minutes in range(0, 4000, 7):
        measured(conn, station, NOW + timedelta(minutes=minutes), air_temperature=float(minutes % 40))
    whole = fields.fetch_series(conn, station.key, "air_temperature", NOW, None, bucket)
    joined, after = [], None
    while page := fields.fetch_series(conn, station.key, "air_temperature", NOW, None, bucket, after=after, limit=3):
        joined += page
        after = page[-1].time
    assert joined == whole


def test_a_window_draws_its_own_day(conn, station):
    window = decide_window("day", None, NOW, TOKYO)
    for minutes in range(-30, 31, 10):
        measured(conn, station, window.since + timedelta(minutes=minutes), air_temperature=float(minutes))
    wanted = Wanted(station.key, station.id, station.name, QUANTITIES["air_temperature"])
    [series], width = fetch_chart(conn, [wanted], window, TOKYO)
    assert width == timedelta(minutes=5)
    assert [bucket.mean for bucket in series.buckets] == [0.0, 10.0, 20.0, 30.0]


def test_last_years_values_lie_under_this_years(conn, station):
    window = decide_window("month", None, NOW, TOKYO)
    measured(conn, station, window.since + timedelta(days=3), air_temperature=8.0)
    measured(conn, station, window.since + timedelta(days=3 - 365), air_temperature=5.0)
    measured(conn, station, window.since + timedelta(days=40 - 365), air_temperature=6.0)
    wanted = Wanted(station.key, station.id, station.name, QUANTITIES["air_temperature"])
    (now, before), _ = fetch_chart(conn, [wanted], window, TOKYO, compare_years=True)
    assert [(one.time, one.mean) for one in before.buckets] == [(now.buckets[0].time, 5.0)]
    assert (now.years_back, before.years_back) == (0, 1)


def test_the_first_reading_of_several_stations_is_found(conn, station):
    assert fetch_first_at(conn, [station.key]) is None
    for days in (0, -3, 5):
        measured(conn, station, NOW + timedelta(days=days), air_temperature=8.0)
    assert fetch_first_at(conn, [station.key, station.key + 99]) == NOW - timedelta(days=3)


def test_csv_in_pages_holds_each_row_once(database_url, conn, station, monkeypatch):
    monkeypatch.setattr(fields, "_CSV_ROWS", 3)
    for minutes in range(7):
        measured(conn, station, NOW + timedelta(minutes=minutes), air_temperature=float(minutes))
    conn.commit()
    database = Database(database_url, name="csv")
    until = NOW + timedelta(minutes=6)
    pages = list(
        fields.csv_pages(database.transaction, station.key, [QUANTITIES["air_temperature"]], NOW, until, TOKYO)
    )
    database.close()
    assert len(pages) == 2
    assert [line.split(",")[2] for line in "".join(pages).split("\r\n")[:-1]] == [f"{n}.0" for n in range(6)]
