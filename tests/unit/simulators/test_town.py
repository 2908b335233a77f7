"""The town's day is a plan that can be read before it is played."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.traps.captures.images import read_photo
from hub.traps.captures.looks import SAME_LOOK
from simulators.town.day import decide_answer, plan_day
from simulators.town.findings import decide_animals
from simulators.town.measuring import SCALES, battery_v, measure, rainfall_mm, registers
from simulators.town.photos import HEIGHT, WIDTH, draw_photo
from simulators.town.places import BOXES, FIELDS, station_ids, trap_names, trap_path
from simulators.world.sun import KISARAZU, daylight

examples = settings(max_examples=25, deadline=None)  # no opinion on how fast this machine is
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
SEEDS = st.integers(0, 300)
DAY = timedelta(days=1)


@examples
@given(SEEDS, INSTANTS)
def test_a_day_has_a_sunrise_a_sunset_and_boars(seed, begins_at):
    kinds = [happening.kind for happening in plan_day(seed, begins_at, begins_at + DAY)]
    assert 1 <= kinds.count("sunrise") + kinds.count("sunset") <= 3
    assert kinds.count("springs") >= 1


@examples
@given(SEEDS, INSTANTS, st.floats(0.1, 23.9))
def test_two_halves_of_a_day_are_the_day(seed, begins_at, hours):
    middle, ends_at = begins_at + timedelta(hours=hours), begins_at + DAY
    assert plan_day(seed, begins_at, middle) + plan_day(seed, middle, ends_at) == plan_day(seed, begins_at, ends_at)


@examples
@given(SEEDS, INSTANTS)
def test_what_fails_works_again(seed, begins_at):
    happenings = plan_day(seed, begins_at, begins_at + 3 * DAY)
    for fails, works in (("bus_fails", "bus_works"), ("power_off", "power_on")):
        begun = [happening.at for happening in happenings if happening.kind == fails]
        ended = [happening.at for happening in happenings if happening.kind == works]
        assert abs(len(begun) - len(ended)) <= 1
        assert len(begun) >= 2


@examples
@given(SEEDS, st.sampled_from(trap_path()), INSTANTS)
def test_hunters_go_soon_or_at_first_light(seed, trap, sprung_at):
    answer = decide_answer(seed, trap, sprung_at)
    if answer is None:
        return
    assert sprung_at < answer.goes_at < answer.arrives_at < answer.set_again_at
    sunrise, _ = daylight(KISARAZU, KISARAZU.day(answer.goes_at))
    soon = answer.goes_at - sprung_at <= timedelta(minutes=45)
    assert soon or sunrise <= KISARAZU.hour(answer.goes_at) <= sunrise + 1
    assert answer.goes_at - sprung_at < timedelta(hours=18)


@examples
@given(SEEDS, INSTANTS)
def test_stations_measure_what_a_hub_will_take(seed, at):
    for box in BOXES:
        for station in box.stations:
            measured = measure(seed, station, at, timedelta(minutes=10))
            for quantity, value in measured.items():
                assert QUANTITIES[quantity].low <= value <= QUANTITIES[quantity].high
            for address, count in registers(station, measured).items():
                assert -32768 <= count <= 32767
                assert station.quantities[address] in SCALES


@examples
@given(SEEDS, INSTANTS, st.floats(0, 48), st.floats(0, 48))
def test_rain_adds_up(seed, since, first_h, second_h):
    middle, until = since + timedelta(hours=first_h), since + timedelta(hours=first_h + second_h)
    whole = rainfall_mm(seed, since, until)
    assert whole >= 0
    assert abs(rainfall_mm(seed, since, middle) + rainfall_mm(seed, middle, until) - whole) < 1e-6


@examples
@given(SEEDS, INSTANTS)
def test_most_traps_are_visited_each_morning(seed, begins_at):
    visited = [one for one in plan_day(seed, begins_at, begins_at + DAY) if one.kind == "patrol"]
    assert {one.subject for one in visited} <= {box.name for box in BOXES if box.traps}
    for one in visited:
        sunrise, _ = daylight(KISARAZU, KISARAZU.day(one.at))
        assert sunrise < KISARAZU.hour(one.at) < sunrise + 3


@examples
@given(SEEDS, st.sampled_from(trap_path()), INSTANTS, st.sampled_from(["boar", "muntjac", "raccoon_dog", "wind"]))
def test_what_lies_in_a_trap_has_plausible_animals(seed, trap, sprung_at, cause):
    assert decide_animals(seed, trap, sprung_at, cause, "empty") == []
    animals = decide_animals(seed, trap, sprung_at, cause, "captured")
    assert len(animals) in ((0,) if cause == "wind" else (1, 2))
    for animal in animals:
        assert animal["species"] == cause
        assert 1 <= animal["weight_kg"] <= 95
        assert animal["disposal"] in ("gibier", "buried", "burnt")
    assert all("disposal" not in one for one in decide_animals(seed, trap, sprung_at, cause, "wrong_species"))


def test_a_drawn_photo_says_when_and_where_it_was_taken():
    taken_at, place = datetime(2026, 11, 26, 21, 4, 5, tzinfo=UTC), (35.3481, 139.9764)
    read = read_photo(draw_photo(1, "boar", taken_at, place, "with_hunter"), ZoneInfo("UTC"))
    assert (read.width, read.height, read.media_type) == (WIDTH, HEIGHT, "image/png")
    assert read.taken_at == taken_at
    assert read.place == pytest.approx(place, abs=1e-5)


def test_no_drawn_photo_is_taken_for_another_one():
    begins_at, place = datetime(2026, 11, 26, tzinfo=UTC), (35.3481, 139.9764)
    looks = [
        read_photo(draw_photo(1, "boar", begins_at + step * DAY / 50, place, item), ZoneInfo("UTC")).look
        for step in range(20)
        for item in ("whole_right", "with_hunter")
    ]
    assert min((one ^ other).bit_count() for one, other in itertools.combinations(looks, 2)) > SAME_LOOK


def test_ids_are_unique_and_plots_name_stations_that_are_there():
    ids = [*trap_path(), *station_ids()]
    assert len(set(ids)) == len(ids) == 14
    assert len(trap_names()) == 8
    assert {station for field in FIELDS for station in field.stations} == set(station_ids())
    units = [[station.unit for station in box.stations] for box in BOXES]
    assert all(len(set(numbers)) == len(numbers) for numbers in units)


@examples
@given(SEEDS, INSTANTS)
def test_a_hollow_is_colder_by_night_and_never_warmer(seed, at):
    hollow = next(one for box in BOXES for one in box.stations if one.hollow_c)
    here = measure(seed, hollow, at, timedelta(minutes=10))["air_temperature"]
    flat = measure(seed, replace(hollow, hollow_c=0.0), at, timedelta(minutes=10))["air_temperature"]
    assert flat - hollow.hollow_c <= here <= flat
    sunrise, sunset = daylight(KISARAZU, KISARAZU.day(at))
    if sunrise + 1 < KISARAZU.hour(at) < sunset:
        assert here == flat


@examples
@given(SEEDS, INSTANTS)
def test_a_radios_battery_falls_until_it_is_changed(seed, at):
    volts = [battery_v(seed, "fukuta-hill", at + timedelta(days=day)) for day in range(36)]
    rises = sum(later > earlier for earlier, later in pairwise(volts))
    assert rises == 1
    assert 3.15 < min(volts) < 3.4 < 4.0 < max(volts) < 4.2
