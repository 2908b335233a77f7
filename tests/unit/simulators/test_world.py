"""The simulated world is plausible for any seed and instant, and the same each time it is asked."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from simulators.world.animals import outcome_of, visits_of
from simulators.world.ground import Plot, ground
from simulators.world.noise import drift, unit
from simulators.world.sun import KISARAZU, clear_sky_w_m2, daylight, elevation_deg
from simulators.world.weather import rains_of, relative_humidity, weather

examples = settings(max_examples=60, deadline=None)  # no opinion on how fast this machine is
SEEDS = st.integers(0, 1000)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))
TRAPS = [f"trap-{number}" for number in range(8)]


def plausible(quantity: str, value: float) -> bool:
    return QUANTITIES[quantity].low <= value <= QUANTITIES[quantity].high


@examples
@given(SEEDS, INSTANTS)
def test_weather_stays_within_what_a_sensor_may_say(seed, at):
    now = weather(seed, KISARAZU, at)
    assert plausible("air_temperature", now.air_temperature_c)
    assert plausible("relative_humidity", now.relative_humidity_percent)
    assert plausible("solar_radiation", now.solar_radiation_w_m2)
    assert plausible("wind_speed", now.wind_speed_m_s)
    assert plausible("wind_direction", now.wind_direction_deg)
    assert plausible("air_pressure", now.air_pressure_hpa)
    assert now.dew_point_c < now.air_temperature_c
    assert now.wind_gust_m_s >= now.wind_speed_m_s
    assert now.rain_mm_h >= 0


@examples
@given(SEEDS, INSTANTS, st.booleans())
def test_ground_stays_within_what_a_probe_may_say(seed, at, flooded):
    plot = Plot("north", flooded=flooded)
    now = ground(seed, KISARAZU, plot, at)
    assert plot.driest_percent - 1 <= now.soil_moisture_percent <= plot.wettest_percent
    assert plausible("soil_temperature", now.soil_temperature_c)
    assert plausible("soil_conductivity", now.soil_conductivity_ms_cm)
    assert 5 < now.soil_ph < 7
    assert (now.water_depth_cm > 0) == flooded


@examples
@given(SEEDS, INSTANTS)
def test_nothing_jumps_from_one_minute_to_the_next(seed, at):
    before, after = (weather(seed, KISARAZU, at + timedelta(minutes=step)) for step in (0, 1))
    assert abs(before.air_temperature_c - after.air_temperature_c) < 0.3
    assert abs(before.air_pressure_hpa - after.air_pressure_hpa) < 1
    wet, wetter = (ground(seed, KISARAZU, Plot("a"), at + timedelta(minutes=step)) for step in (0, 1))
    assert abs(wet.soil_temperature_c - wetter.soil_temperature_c) < 0.3


@examples
@given(SEEDS, INSTANTS)
def test_asking_twice_gives_the_same_answer(seed, at):
    assert weather(seed, KISARAZU, at) == weather(seed, KISARAZU, at)
    assert weather(seed, KISARAZU, at) != weather(seed + 1, KISARAZU, at)


@examples
@given(INSTANTS)
def test_sun_shines_by_day_only(at):
    sunrise, sunset = daylight(KISARAZU, KISARAZU.day(at))
    up = sunrise + 0.1 < KISARAZU.hour(at) < sunset - 0.1
    down = not sunrise - 0.1 < KISARAZU.hour(at) < sunset + 0.1
    shines = clear_sky_w_m2(elevation_deg(KISARAZU, at)) > 0
    assert shines or not up
    assert not (shines and down)


def test_sunrise_and_sunset_of_kisarazu_are_those_of_the_almanac():
    sunrise, sunset = daylight(KISARAZU, date(2026, 11, 24))
    assert (round(sunrise, 1), round(sunset, 1)) == (6.4, 16.5)  # 06:25 and 16:30


@examples
@given(SEEDS, DAYS)
def test_rain_wets_the_soil(seed, day):
    for rain in rains_of(seed, KISARAZU, day):
        if rain.mm_until(rain.ends_at) < 10:
            continue
        dry, wet = (
            ground(seed, KISARAZU, Plot("a"), at).soil_moisture_percent for at in (rain.begins_at, rain.ends_at)
        )
        assert wet > dry - 0.5
        assert wet > dry or dry > 40


def test_humidity_is_full_at_the_dew_point_and_half_where_the_tables_say_so():
    assert relative_humidity(12.0, 12.0) == 100.0
    assert round(relative_humidity(20.0, 9.27)) == 50


@examples
@given(SEEDS, DAYS)
def test_every_night_something_springs_a_trap(seed, evening):
    visits = visits_of(seed, KISARAZU, evening, TRAPS)
    assert sum(visit.springs for visit in visits) >= 2
    assert [visit.at for visit in visits] == sorted(visit.at for visit in visits)
    assert {visit.trap for visit in visits} <= set(TRAPS)
    first, last = (KISARAZU.at(evening, hour) for hour in (12, 48))
    assert all(first <= visit.at <= last for visit in visits)


@examples
@given(SEEDS, DAYS)
def test_what_is_found_fits_what_came(seed, evening):
    for visit in visits_of(seed, KISARAZU, evening, TRAPS):
        game = {"captured", "empty"}
        outcomes = {"boar": game, "muntjac": game, "raccoon_dog": {"wrong_species", "empty"}, "wind": {"empty"}}
        assert outcome_of(seed, visit) in outcomes[visit.cause]


def test_no_traps_no_visits():
    assert visits_of(1, KISARAZU, date(2026, 11, 23), []) == []


@examples
@given(SEEDS, st.text(), st.floats(-1e9, 1e9), st.floats(60, 1e6))
def test_noise_is_bounded_and_named(seed, name, at_s, period_s):
    assert 0 <= unit(seed, name) < 1
    assert -1 <= drift(seed, name, at_s, period_s) <= 1
