"""The meat clock, the hygiene form's verdict, and the hold that nothing but a result ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.traps.meat.clock import Moments, read_clock
from hub.traps.meat.hygiene import ABNORMALITIES, HygieneForm, reasons_against, verdict_of
from hub.traps.meat.radiation import TABLE, Measured, decide_meat, decide_radiation
from hub.traps.rules import DatedRule

DAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = [
    DatedRule("radiation_limit_bq_kg", "", date(2012, 4, 1), 100, ""),
    DatedRule("radiation_every_head", "boar", date(2000, 1, 1), 1, ""),
    DatedRule("body_temperature_limit_c", "boar", date(2000, 1, 1), 42, ""),
    DatedRule("meat_delivered_minutes", "", date(2026, 1, 1), 60, ""),
]


def form(**changes: object) -> HygieneForm:
    values = {
        "licence_number": "千葉 第1号", "hunter_well": True, "killer_name": "石井", "killer_well": True,
        "snared_limb": "rear_left", "killed_at": NOON, "bled_at": NOON, "bled_place": "沢", "body_temperature_c": 39.5,
        "organs_out": False, "organs_place": None, "cooling": "ice", "delivered_at": None, "delivered_to": None,
        "sex": "male", "pregnant": False, "age": "adult", "weight_kg": 60.0, "abnormal": (), "note": None,
    }  # fmt: skip
    return HygieneForm.model_validate(values | changes)


def test_there_are_eleven_questions():
    assert len(set(ABNORMALITIES)) == 11


@given(st.sets(st.sampled_from(ABNORMALITIES)), st.floats(30, 45), st.booleans(), st.booleans())
def test_any_yes_any_fever_and_any_illness_means_not_food(abnormal, warm, hunter, killer):
    filled = form(abnormal=tuple(abnormal), body_temperature_c=warm, hunter_well=hunter, killer_well=killer)
    is_food = not abnormal and warm < 42 and hunter and killer
    assert verdict_of(filled, RULES, "boar", DAY) == ("fit" if is_food else "not_food")
    assert set(abnormal) <= set(reasons_against(filled, RULES, "boar", DAY))


@pytest.mark.parametrize(
    ("warm", "species", "verdict"), [(41.9, "boar", "fit"), (42, "boar", "not_food"), (42, "deer", "fit")]
)
def test_a_boar_of_42_degrees_is_not_butchered(warm, species, verdict):
    assert verdict_of(form(body_temperature_c=warm), RULES, species, DAY) == verdict


def test_without_a_form_nothing_is_decided():
    assert verdict_of(None, RULES, "boar", DAY) == "unwritten"
    assert decide_meat("unwritten", "released") == "unwritten"


@given(st.lists(st.floats(0, 300), max_size=6), st.sampled_from(["boar", "deer"]))
def test_the_latest_result_holds_and_without_one_a_tested_species_waits(values, species):
    state = decide_radiation([Measured(DAY, value) for value in values], RULES, species, DAY)
    if not values:
        assert state == ("waiting" if species == "boar" else "not_asked")
    else:
        assert state == ("released" if values[-1] <= 100 else "refused")


@given(st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2126, 1, 1)), st.floats(0, 300)), max_size=6))
def test_nothing_is_released_without_a_limit(results):
    rules = [rule for rule in RULES if rule.name != "radiation_limit_bq_kg"]
    measured = [Measured(day, value) for day, value in results]
    assert decide_radiation(measured, rules, "boar", DAY) == "waiting"


def test_only_a_result_within_the_limit_releases():
    assert {event for (_, event), state in TABLE.items() if state == "released"} == {"within"}
    assert decide_radiation([Measured(DAY, 100)], RULES, "boar", DAY) == "released"
    assert decide_radiation([Measured(DAY, 100.1)], RULES, "boar", DAY) == "refused"


@pytest.mark.parametrize("verdict", ["unwritten", "fit", "not_food"])
@pytest.mark.parametrize("radiation", ["not_asked", "waiting", "released", "refused"])
def test_meat_is_released_only_when_form_and_test_allow_it(verdict, radiation):
    allowed = verdict == "fit" and radiation in ("not_asked", "released")
    assert (decide_meat(verdict, radiation) == "released") == allowed


def test_the_clock_steps_over_what_is_not_known_and_judges_by_the_towns_limits():
    clock = read_clock(Moments(NOON, NOON + HOUR, None, NOON + 2 * HOUR, NOON + 4 * HOUR), RULES, "boar", DAY)
    assert [(one.moment, one.lasted, one.state) for one in clock] == [
        ("found", HOUR, "ok"), ("killed", None, "open"), ("bled", HOUR, "ok"), ("delivered", 2 * HOUR, "over"),
    ]  # fmt: skip
    assert read_clock(Moments(None, NOON), RULES, "boar", DAY)[0].lasted is None
    assert read_clock(Moments(NOON, NOON - HOUR), RULES, "boar", DAY)[0].state == "odd"
    early = read_clock(Moments(NOON, NOON, NOON, NOON, NOON + 2 * HOUR), RULES, "boar", date(2025, 1, 1))
    assert early[-1].state == "ok"
