"""A plot at a glance: which values stand on its card, and what is said first."""

from datetime import UTC, date, datetime, timedelta

import pytest

from edge.wire.quantities import QUANTITIES
from hub.fields.agronomy.frost import AirReading, night_at
from hub.fields.agronomy.humidity import deficit_g_m3
from hub.fields.agronomy.paddy import Depth
from hub.fields.glance.battery import battery_word
from hub.fields.glance.deciding import PlotFacts, main_value, season_start, sum_up
from hub.fields.glance.values import Past
from hub.fields.plots import Latest, Station

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # 21:00 in Japan
TODAY = date(2026, 11, 26)
LAT, LON = 35.38, 139.92


def station(key, /, *, age_min=3, **values):
    at = NOW - timedelta(minutes=age_min)
    latest = [Latest(QUANTITIES[name], value, at, "steady") for name, value in values.items()]
    return Station(key, f"st-{key}", f"Station {key}", LAT, LON, at, latest)


def glance(stations, past=None, **facts):
    return sum_up(PlotFacts([one.key for one in stations], **facts), stations, past or Past(), NOW, TODAY)


def kinds(found):
    return [notice.kind for notice in found.notices]


def cold_evening():
    sunset, _ = night_at(LAT, LON, NOW)
    steps = int((NOW - sunset) / timedelta(minutes=10)) + 1
    return [AirReading(sunset + timedelta(minutes=10 * n), 6 - 3 * (n / 6) ** 0.5, 60.0) for n in range(steps)]


def test_each_quantity_is_shown_by_the_first_station_that_measures_it_now():
    found = glance([station(1, age_min=90, air_temperature=3.0), station(2, air_temperature=8.0, soil_moisture=31.0)])
    assert found.values["air_temperature"].value == 8.0
    assert found.values["air_temperature"].station_id == "st-2"
    assert not found.values["air_temperature"].is_old
    assert (
        glance([station(1, air_temperature=3.0), station(2, air_temperature=8.0)]).values["air_temperature"].station_id
        == "st-1"
    )


def test_an_old_value_is_shown_as_old_when_there_is_no_other():
    found = glance([station(1, age_min=90, soil_moisture=3.0)])
    assert found.values["soil_moisture"].is_old
    assert kinds(found) == ["old_data"]
    assert found.notices[0].subject == "Station 1"


def test_air_is_summed_up_with_the_plots_offset_and_the_same_vapour():
    plain = glance([station(1, air_temperature=25.0, relative_humidity=70.0)]).air
    assert plain.deficit_g_m3 == pytest.approx(deficit_g_m3(25, 70))
    cold = glance([station(1, air_temperature=25.0, relative_humidity=70.0)], offsets_c={1: -2.0}).air
    assert cold.air_c == 23.0
    assert cold.dew_point_c == pytest.approx(plain.dew_point_c, abs=1e-6)
    assert cold.humidity > 70
    assert cold.dew_point_c <= cold.wet_bulb_c <= cold.air_c


def test_air_needs_both_and_both_now():
    assert glance([station(1, air_temperature=25.0)]).air is None
    assert glance([station(1, age_min=70, air_temperature=25.0, relative_humidity=70.0)]).air is None


def test_silence_of_all_is_louder_than_that_of_one():
    silent = glance([station(1, age_min=60 * 7, air_temperature=5.0), station(2)])
    assert kinds(silent) == ["no_data"]
    assert glance([]).notices == []
    # what never measured has nothing to be missed
    assert glance([station(1)]).notices == []


def test_frost_is_said_for_a_crop_that_minds():
    past = Past(evening={1: cold_evening()})
    stations = [station(1, air_temperature=1.0, relative_humidity=60.0)]
    assert kinds(glance(stations, past))[0] == "frost_likely"
    assert glance(stations, past, knows_crop=True, frost_limit_c=None).frost is None
    hardy = glance(stations, past, knows_crop=True, frost_limit_c=-12.0)
    assert hardy.frost.level == "unlikely"
    assert hardy.notices == []


def test_without_readings_of_the_evening_there_is_no_statement_and_no_all_clear():
    found = glance([station(1, air_temperature=1.0)])
    assert found.frost.level == "no_statement"
    assert glance([station(1, soil_moisture=20.0)]).frost is None


def test_the_coldest_station_speaks():
    warm = [AirReading(one.at, one.air_c + 12, one.humidity) for one in cold_evening()]
    past = Past(evening={1: warm, 2: cold_evening()})
    assert glance([station(1, air_temperature=13.0), station(2, air_temperature=1.0)], past).frost.level == "likely"


def test_a_stuck_sensor_is_said_and_neither_shown_first_nor_believed():
    stations = [
        station(1, air_temperature=1.0, relative_humidity=60.0),
        station(2, air_temperature=9.0, relative_humidity=60.0),
    ]
    past = Past(evening={1: cold_evening()}, troubles={1: {"air_temperature": "stuck"}})
    found = glance(stations, past)
    assert found.values["air_temperature"].value == 9.0
    assert found.air.air_c == 9.0
    assert kinds(found) == ["stuck"]
    assert (found.notices[0].subject, found.notices[0].quantity) == ("Station 1", "Air temperature")
    alone = glance(stations[:1], past)
    assert alone.values["air_temperature"].is_doubted
    assert alone.air is None
    assert (alone.frost.level, alone.frost.why) == ("no_statement", ("sensor_trouble",))


def test_the_season_counts_from_planting_to_yesterday():
    means = {TODAY - timedelta(days=n): 15.0 for n in range(40)}
    past = Past(daily_means_c={1: means})
    found = glance(
        [station(1)], past, planted_on=TODAY - timedelta(days=10), base_temperature_c=10.0, target_degree_days=100.0,
        offsets_c={1: 1.0},
    ).season  # fmt: skip
    assert found.so_far.total == pytest.approx(60)
    assert found.left.days == 7
    assert found.percent == 60


def test_a_season_without_base_or_planting_is_none():
    assert glance([station(1)], planted_on=TODAY).season is None
    assert glance([station(1)], base_temperature_c=5.0).season is None
    assert glance([station(1)], base_temperature_c=5.0, planted_on=TODAY + timedelta(days=1)).season is None
    assert glance([station(1)], base_temperature_c=5.0, planted_on=TODAY).season.so_far.total == 0


def test_what_stands_for_years_counts_by_the_calendar():
    assert season_start(date(2019, 3, 1), TODAY) == (date(2026, 1, 1), False)
    assert season_start(date(2026, 3, 1), TODAY) == (date(2026, 3, 1), True)


def test_a_day_that_one_station_missed_is_the_other_ones():
    days = [TODAY - timedelta(days=n) for n in (2, 1)]
    past = Past(daily_means_c={1: {days[0]: 12.0}, 2: {days[0]: 30.0, days[1]: 14.0}})
    found = glance([station(1), station(2)], past, planted_on=days[0], base_temperature_c=10.0)
    assert found.season.so_far.total == pytest.approx(6)


def test_a_target_that_is_reached_is_said():
    past = Past(daily_means_c={1: {TODAY - timedelta(days=1): 30.0}})
    found = glance(
        [station(1, soil_moisture=3.0)], past, planted_on=TODAY - timedelta(days=1), base_temperature_c=10.0,
        target_degree_days=15.0,
    )  # fmt: skip
    assert kinds(found) == ["target_reached"]


def test_a_paddys_loss_comes_from_its_depths():
    depths = [Depth(NOW - timedelta(hours=24 - hour), 7 - hour / 10) for hour in range(25)]
    assert glance([station(1, water_depth=4.6)], Past(depths={1: depths})).water_loss.mm_per_day == pytest.approx(24)


def test_the_gauge_that_caught_more_counts():
    assert glance([station(1), station(2)], Past(rain_today_mm={1: 0.5, 2: 4.0})).rain_today_mm == 4.0
    assert glance([station(1)]).rain_today_mm is None


@pytest.mark.parametrize(
    ("volts", "word"),
    [
        (12.8, "full"), (12.3, "good"), (11.9, "low"), (11.2, "empty"), (6.2, "good"), (4.1, "full"), (3.6, "good"),
        (3.5, "low"), (3.1, "empty"), (2.8, None), (24.0, None), (9.0, None),
    ],
)  # fmt: skip
def test_a_battery_in_a_word(volts, word):
    assert battery_word(volts) == word


def test_a_low_battery_is_said_after_frost_and_an_empty_one_before_what_is_old():
    past = Past(evening={1: cold_evening()})
    found = glance(
        [
            station(1, air_temperature=1.0, battery_voltage=11.9),
            station(2, age_min=90, battery_voltage=11.0),
        ],
        past,
    )
    assert kinds(found) == ["frost_likely", "battery_empty", "old_data", "battery_low"]
    assert found.loudness == 70
    assert [battery.word for battery in found.batteries] == ["low", "empty"]


def test_a_card_draws_what_the_plot_is_about_and_nothing_that_cannot_be_believed():
    both = [station(1, air_temperature=8.0, water_depth=4.0)]
    values = glance(both).values
    assert main_value(PlotFacts([1]), values).quantity.name == "air_temperature"
    assert main_value(PlotFacts([1], is_paddy=True), values).quantity.name == "water_depth"
    doubted = glance(both, Past(troubles={1: {"air_temperature": "stuck"}})).values
    assert main_value(PlotFacts([1]), doubted).quantity.name == "water_depth"
    assert main_value(PlotFacts([1]), {}) is None
