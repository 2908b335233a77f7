"""Warnings by the worker: from a reading in the database to the farmer's mail, and what never becomes one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.fields import service as fields
from hub.fields.imports import service as imports
from hub.fields.plots import NewPlot
from hub.fields.thresholds.frosts import FrostWatch, set_frost_watch
from hub.fields.thresholds.rules import Rule, Season
from hub.fields.thresholds.service import NewWarning, change_warning, create_warning, pause_warning
from hub.registry import service as registry
from hub.registry.devices import NewDevice
from hub.registry.people import Actor
from tests.integration.alerts.town import HOUR, MINUTE, NOON, OFFICE, PostOffice, Town, at_work, execute, wait_until
from tests.website import measure

TOKYO = ZoneInfo("Asia/Tokyo")
DRY = Rule("soil_moisture", "below", 20.0, hysteresis=2.0, hold_min=120)


class Farm(Town):
    """A farmer's plot with a station."""

    def __init__(self, url: str, post: PostOffice, **settings: object) -> None:
        super().__init__(url, post, **settings)
        self.owner = self.person("owner", "farmer")
        self.actor = Actor(self.owner, "owner", frozenset({"farmer"}))
        agent = self.agent()
        with self.database.transaction() as conn:
            new = NewDevice(agent, "station-1", "station", "畑の温湿度計", 35.3814, 139.9248)
            self.station = registry.register_device(conn, OFFICE, new, self.clock.now).key
            plot = NewPlot(self.owner, "上の畑", device_keys=frozenset({self.station}), crop_id="blueberry")
            self.plot = fields.create_plot(conn, OFFICE, plot, self.clock.now)

    def warns(self, rule: Rule = DRY) -> str:
        with self.database.transaction() as conn:
            return create_warning(conn, self.actor, self.plot, NewWarning(self.station, rule), self.clock.now)

    def measures(self, at: datetime | None = None, late_by: timedelta = timedelta(), **values: float) -> None:
        at = at or self.clock.now
        with self.database.transaction() as conn:
            measure(conn, self.station, at, values)
            conn.execute("update reading set received_at = %s where measured_at = %s", (at + late_by, at))
            conn.execute("update latest set received_at = %s where measured_at = %s", (at + late_by, at))

    def sweeps(self) -> None:
        for sweep in (self.rooms.field_warnings.sweep, self.rooms.field_warnings.sweep_frost):
            with self.database.transaction() as conn:
                sweep(conn, self.clock.now)

    def lives(self, *values: float, every: timedelta = 30 * MINUTE, quantity: str = "soil_moisture") -> None:
        """Readings come and are looked at, one by one."""
        for value in values:
            self.measures(**{quantity: value})
            self.sweeps()
            self.clock.turn(every)

    def incidents(self) -> list:
        with self.database.transaction() as conn:
            return self.alerts.fetch_incidents(conn, device_keys=[], plot_ids=[self.plot])


@pytest.fixture
def farm(database_url: str, post: PostOffice) -> Iterator[Farm]:
    made = Farm(database_url, post)
    yield made
    made.close()


@pytest.fixture
def post() -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    yield office
    office.close()


def test_a_bed_that_stays_dry_for_two_hours_is_one_mail_and_its_end_is_noted(farm: Farm) -> None:
    warning = farm.warns()
    farm.lives(25, 19, 19, 19, 19, 18.4, 18, 18)
    [incident] = farm.incidents()
    assert (incident.kind, incident.matter, incident.state) == ("field_threshold", warning, "open")
    with at_work(farm.worker()):
        wait_until(lambda: len(farm.post.mails) == 1, "the mail")
    assert "上の畑" in farm.post.subjects()[0]
    assert "18.4 %" in farm.post.subjects()[0]
    farm.lives(23, 24)
    [incident] = farm.incidents()
    assert incident.state == "resolved"
    assert "24.0 %" in incident.said("ja", "after")
    farm.lives(*[19] * 6)
    assert len(farm.incidents()) == 2


def test_a_late_batch_is_no_mail(farm: Farm) -> None:
    farm.warns()
    farm.sweeps()
    start = farm.clock.now
    farm.clock.turn(6 * HOUR)
    for number in range(12 * 6):
        farm.measures(start + number * 5 * MINUTE, late_by=6 * HOUR, soil_moisture=5)
    farm.sweeps()
    assert farm.incidents() == []


def test_columns_that_are_filled_in_later_are_late_whatever_their_row_says(farm: Farm) -> None:
    farm.warns()
    for _ in range(30):
        farm.measures(relative_humidity=50)
        farm.sweeps()
        farm.clock.turn(5 * MINUTE)
    execute(farm.settings.database_url, "update reading set soil_moisture = 5")
    last = farm.clock.now - 5 * MINUTE
    with farm.database.transaction() as conn:
        conn.execute("insert into latest values (%s, 'soil_moisture', %s, %s, 5)", (farm.station, last, farm.clock.now))
    farm.sweeps()
    assert farm.incidents() == []


def test_what_one_of_many_workers_decides_is_decided_once_and_survives_them(farm: Farm) -> None:
    farm.warns()
    farm.lives(*[19] * 4)
    farm.measures(soil_moisture=19)
    with farm.database.transaction() as one, farm.database.transaction() as other:
        farm.rooms.field_warnings.sweep(one, farm.clock.now)
        farm.rooms.field_warnings.sweep(other, farm.clock.now)
    farm.sweeps()
    assert len(farm.incidents()) == 1


def test_nothing_new_is_nothing_to_look_at(farm: Farm) -> None:
    farm.warns()
    farm.lives(19, 19)
    with farm.database.transaction() as conn:
        assert farm.rooms.field_warnings.warnings.look(conn, farm.clock.now) == []
    before = execute(farm.settings.database_url, "select xmin::text from warning_state")
    farm.sweeps()
    assert execute(farm.settings.database_url, "select xmin::text from warning_state") == before


def test_a_sensor_that_is_not_well_tells_nothing(farm: Farm) -> None:
    farm.warns()
    execute(
        farm.settings.database_url,
        "insert into sensor_state (device_key, quantity, state, since_at, noticed_at) values (%s, 'soil_moisture',"
        " 'drifting', %s, %s)",
        farm.station, NOON, NOON,
    )  # fmt: skip
    farm.lives(*[19] * 8)
    assert farm.incidents() == []


def test_a_paused_warning_tells_at_its_end(farm: Farm) -> None:
    warning = farm.warns()
    with farm.database.transaction() as conn:
        pause_warning(conn, farm.actor, farm.plot, warning, farm.clock.now + 4 * HOUR, farm.clock.now)
    farm.lives(*[19] * 8)
    assert farm.incidents() == []
    farm.lives(19)
    assert len(farm.incidents()) == 1


def test_a_changed_warning_begins_anew_and_what_it_told_is_over(farm: Farm) -> None:
    warning = farm.warns()
    farm.lives(*[19] * 5)
    with farm.database.transaction() as conn:
        new = NewWarning(farm.station, Rule("soil_moisture", "below", 10.0, hysteresis=2.0))
        before = change_warning(conn, farm.actor, farm.plot, warning, new, farm.clock.now)
        farm.rooms.field_warnings.end(conn, before, farm.clock.now)
    farm.lives(*[19] * 5)
    [incident] = farm.incidents()
    assert incident.state == "resolved"


def test_the_rehearsal_finds_what_was_told(farm: Farm) -> None:
    farm.warns()
    farm.lives(*[19] * 6, 25, 25, *[19] * 6, 25, 25)
    with farm.database.transaction() as conn:
        plot = fields.fetch_plot(conn, farm.actor, farm.plot)
        found = farm.rooms.field_warnings.warnings.rehearse(conn, plot, NewWarning(farm.station, DRY), farm.clock.now)
    assert sorted(one.at for one in found.told) == sorted(view.occurred_at for view in farm.incidents())
    assert (len(found.told), found.readings, found.late, found.lowest) == (2, 16, 0, 19.0)


def test_the_rehearsal_knows_when_the_sensor_was_wrong(farm: Farm) -> None:
    farm.warns()
    farm.lives(25, 25)
    _judge(farm, "out_of_range")
    farm.lives(*[1] * 6)
    _judge(farm, "ok")
    farm.lives(25, 25, *[19] * 6)
    with farm.database.transaction() as conn:
        plot = fields.fetch_plot(conn, farm.actor, farm.plot)
        found = farm.rooms.field_warnings.warnings.rehearse(conn, plot, NewWarning(farm.station, DRY), farm.clock.now)
    [incident] = farm.incidents()
    assert [one.at for one in found.told] == [incident.occurred_at]
    assert (found.lowest, found.readings) == (19.0, 16)


def _judge(farm: Farm, state: str) -> None:
    """The sensor is so from now on."""
    execute(
        farm.settings.database_url,
        "insert into sensor_state (device_key, quantity, state, since_at, noticed_at) values (%s, 'soil_moisture', %s,"
        " %s, %s) on conflict (device_key, quantity) do update"
        " set state = excluded.state, since_at = excluded.since_at",
        farm.station, state, farm.clock.now, farm.clock.now,
    )  # fmt: skip


# --- files of loggers -------------------------------------------------------------------------------------------------


def test_a_file_whose_last_line_is_a_minute_old_is_no_mail_and_what_is_measured_then_is(farm: Farm) -> None:
    farm.warns(replace(DRY, hold_min=10))
    farm.sweeps()
    put_in(farm, "土壌水分", {farm.clock.now - minutes * MINUTE: 5.0 for minutes in range(1, 121)})
    farm.sweeps()
    assert farm.incidents() == []
    # One reading proves nothing, and the file's are no second one.
    farm.lives(5, every=MINUTE)
    assert farm.incidents() == []
    farm.lives(*[5] * 3, every=10 * MINUTE)
    assert len(farm.incidents()) == 1


def test_a_file_ends_nothing_that_was_told(farm: Farm) -> None:
    farm.warns(replace(DRY, hold_min=20))
    farm.lives(*[5] * 3, every=10 * MINUTE)
    put_in(farm, "土壌水分", {farm.clock.now - minutes * MINUTE: 60.0 for minutes in range(1, 9)})
    farm.sweeps()
    assert [incident.state for incident in farm.incidents()] == ["open"]


def test_a_file_fills_no_sum_and_no_mean(farm: Farm) -> None:
    farm.warns(Rule("rainfall", "above", 50.0, how="sum", window_h=24))
    farm.lives(0.0, every=10 * MINUTE, quantity="rainfall")
    put_in(farm, "雨量", {farm.clock.now - minutes * MINUTE: 20.0 for minutes in range(1, 9)})
    farm.lives(1.0, 1.0, every=10 * MINUTE, quantity="rainfall")
    assert farm.incidents() == []


def test_a_file_tells_no_frost(farm: Farm) -> None:
    watch(farm, "possible")
    evening(farm, until=SUNSET + 3 * HOUR, start_c=16, per_hour=0.3)
    put_in(farm, "気温", {farm.clock.now - minutes * MINUTE: 0.5 for minutes in range(1, 10)})
    farm.clock.turn(MINUTE)
    farm.sweeps()
    assert farm.incidents() == []


def put_in(farm: Farm, heading: str, values: dict[datetime, float]) -> None:
    """The farmer adds a logger's file."""
    lines = [f"{at.astimezone(TOKYO):%Y/%m/%d %H:%M:%S},{value:.1f}" for at, value in sorted(values.items())]
    data = "\n".join([f"日時,{heading}", *lines]).encode()
    with farm.database.transaction() as conn:
        device = registry.fetch_devices_by_key(conn, frozenset({farm.station}))[farm.station]
        labels = {"土壌水分": "soil_moisture", "雨量": "rainfall", "気温": "air_temperature"}
        draft_id = imports.keep_file(conn, farm.actor, device, "log.csv", data, labels=labels, now=farm.clock.now)
        draft = imports.fetch_draft(conn, farm.actor, device, draft_id)
        import_id = imports.store_file(
            conn, farm.actor, device, draft, zone=TOKYO, refused_csv=lambda _: "", now=farm.clock.now
        )
        assert imports.fetch_import(conn, device, import_id).new_rows == len(values)


# --- frost ------------------------------------------------------------------------------------------------------------

SUNSET = datetime(2026, 11, 23, 7, 28, tzinfo=UTC)
SUNRISE = datetime(2026, 11, 23, 21, 24, tzinfo=UTC)


def watch(farm: Farm, certainty="likely", **more) -> None:
    with farm.database.transaction() as conn:
        set_frost_watch(conn, farm.actor, farm.plot, FrostWatch(certainty, **more), farm.clock.now)


def evening(farm: Farm, *, until: datetime, start_c: float = 6.0, per_hour: float = 1.5) -> None:
    """A clear calm evening: readings each ten minutes, looked at as they come."""
    farm.clock.now = SUNSET
    while farm.clock.now <= until:
        hours = (farm.clock.now - SUNSET) / HOUR
        farm.measures(air_temperature=start_c - per_hour * hours, relative_humidity=70, wind_speed=0.3)
        farm.sweeps()
        farm.clock.turn(10 * MINUTE)


def test_a_cold_evening_is_told_once_and_the_morning_notes_what_it_came_to(farm: Farm) -> None:
    watch(farm)
    evening(farm, until=SUNSET + 4 * HOUR)
    [incident] = farm.incidents()
    assert (incident.kind, incident.matter, incident.state) == ("frost_tonight", "2026-11-23", "open")
    with farm.database.transaction() as conn:
        farm.alerts.resolve(conn, incident.id, farm.owner, "seen", None, farm.clock.now)
    farm.measures(SUNRISE - HOUR, air_temperature=-4.2, relative_humidity=90)
    farm.clock.now = SUNRISE + 20 * MINUTE
    farm.sweeps()
    [incident] = farm.incidents()
    assert "-4.2" in incident.said("ja", "after")
    assert incident.outcome == "seen"


def test_what_nobody_settled_is_settled_by_the_morning(farm: Farm) -> None:
    watch(farm)
    evening(farm, until=SUNSET + 3 * HOUR)
    farm.clock.now = SUNRISE + 20 * MINUTE
    farm.sweeps()
    [incident] = farm.incidents()
    assert incident.state == "resolved"


def test_a_mild_evening_tells_nothing(farm: Farm) -> None:
    watch(farm)
    evening(farm, until=SUNSET + 3 * HOUR, start_c=16, per_hour=0.3)
    assert farm.incidents() == []


def test_out_of_its_season_no_frost_is_told(farm: Farm) -> None:
    watch(farm, season=Season((3, 1), (5, 31)))
    evening(farm, until=SUNSET + 3 * HOUR)
    assert farm.incidents() == []


def test_the_owner_says_how_sure_it_must_be(farm: Farm) -> None:
    watch(farm, "certain", limit_c=-30.0)
    evening(farm, until=SUNSET + 3 * HOUR)
    assert farm.incidents() == []


def test_a_thermometer_that_is_not_well_tells_no_frost(farm: Farm) -> None:
    watch(farm, "possible")
    execute(
        farm.settings.database_url,
        "insert into sensor_state (device_key, quantity, state, since_at, noticed_at) values (%s, 'air_temperature',"
        " 'stuck', %s, %s)",
        farm.station, NOON, NOON,
    )  # fmt: skip
    evening(farm, until=SUNSET + 3 * HOUR)
    assert farm.incidents() == []
