"""When a warning is told: the rules of hub/fields/thresholds/deciding.py, one by one and over random histories."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.fields.thresholds.deciding import Circumstances, Open, State, decide, remember_wrong
from hub.fields.thresholds.rehearsal import WrongSpell, rehearse
from hub.fields.thresholds.rules import Rule, Season, check_rule, gap_for
from hub.fields.thresholds.samples import Reading, Sample, leave_out, make_samples, moments_of

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATE = 15 * MINUTE
TOKYO = ZoneInfo("Asia/Tokyo")
DRY = Rule("soil_moisture", "below", 20.0, hysteresis=2.0, hold_min=120)
examples = settings(max_examples=80, deadline=None)  # no opinion on how fast this machine is


def row(minute: float, value: float | None, delay_min: float = 1.0) -> Reading:
    at = NOON + minute * MINUTE
    return Reading(at, at + delay_min * MINUTE, (value,))


def run(rule: Rule, *rows: Reading, state: State = State(), **more: object):  # noqa: B008  # a value
    """Each reading decided upon when it comes, as a worker does that looks often."""
    effects = []
    for sample in make_samples(rule, rows, LATE):
        state, more_effects = decide(rule, state, [sample], sample.received_at, TOKYO, Circumstances(**more))
        effects += more_effects
    return state, effects


def kinds(effects) -> list[str]:
    return [type(effect).__name__ for effect in effects]


def every(minutes: int, *values: float, start: float = 0) -> list[Reading]:
    return [row(start + minutes * number, value) for number, value in enumerate(values)]


# --- one by one ------------------------------------------------------------------------------------------------------


def test_it_is_told_once_the_hold_time_has_passed_and_not_before() -> None:
    _, effects = run(DRY, *every(30, 19, 19, 19, 19))
    assert effects == []
    _, effects = run(DRY, *every(30, 19, 18, 17, 16, 15, 14))
    assert effects == [Open(NOON + 2 * HOUR, NOON, 15)]


def test_one_reading_proves_nothing_even_without_a_hold_time() -> None:
    now = replace(DRY, hold_min=0)
    assert run(now, *every(5, 30, 3, 30, 3, 30))[1] == []
    assert kinds(run(now, *every(5, 30, 3, 3))[1]) == ["Open"]


def test_between_limit_and_hysteresis_it_is_neither_over_nor_told_again() -> None:
    flutter = [19, 19, 19, 19, 19, 20.5, 19, 19, 19, 19, 19, 21.9, 19, 21.9, 21.9, 19, 19, 19, 19, 19, 19]
    assert kinds(run(DRY, *every(30, *flutter))[1]) == ["Open"]


def test_it_is_over_after_two_readings_behind_the_hysteresis_and_can_be_told_again() -> None:
    values = [19] * 5 + [23, 19, 23, 23] + [19] * 5
    assert kinds(run(DRY, *every(30, *values))[1]) == ["Open", "Close", "Open"]


def test_a_pause_longer_than_the_gap_begins_the_hold_time_anew() -> None:
    before, after = every(30, 19, 19, 19, 19), every(30, 19, 19, 19, 19, start=90 + 46)
    assert run(DRY, *before, *after)[1] == []
    assert kinds(run(DRY, *before, *every(30, 19, 19, start=90 + 45))[1]) == ["Open"]


def test_a_pause_settles_nothing_that_was_told() -> None:
    state, effects = run(DRY, *every(30, *[19] * 5), row(2000, 19), row(2030, 19))
    assert kinds(effects) == ["Open"]
    assert state.told_at == NOON + 2 * HOUR


def test_what_comes_late_tells_nothing_whenever_it_comes() -> None:
    late = [row(5 * number, 10, delay_min=16) for number in range(100)]
    assert run(DRY, *late) == (State(), [])


def test_a_reading_of_an_hour_ago_is_history_also_when_the_worker_was_away() -> None:
    samples = make_samples(DRY, every(30, *[19] * 5), LATE)
    assert decide(DRY, State(), samples, NOON + 4 * HOUR, TOKYO)[1] == []
    assert kinds(decide(DRY, State(), samples, NOON + 2 * HOUR + MINUTE, TOKYO)[1]) == ["Open"]


def test_what_was_so_and_is_over_within_one_batch_is_not_said() -> None:
    rule = replace(DRY, hold_min=10)
    samples = make_samples(rule, every(5, 19, 19, 19, 25, 25), LATE)
    assert decide(rule, State(), samples, NOON + 20 * MINUTE, TOKYO)[1] == []


def test_the_future_and_what_is_known_already_change_nothing() -> None:
    state, _ = run(DRY, *every(30, 19, 19))
    known = [Sample(NOON, NOON, 50.0), Sample(NOON + 30 * MINUTE, NOON, 50.0), Sample(NOON + DAY, NOON, 50.0)]
    assert decide(DRY, state, known, NOON + 31 * MINUTE, TOKYO) == (state, [])


def test_a_hub_clock_that_has_gone_back_keeps_nothing_waiting() -> None:
    ahead = State(seen_at=NOON + 30 * DAY, since_at=NOON + 30 * DAY, times=4)
    assert kinds(run(DRY, *every(30, *[19] * 5), state=ahead)[1]) == ["Open"]
    assert kinds(run(DRY, *every(30, *[19] * 9), state=replace(ahead, told_at=NOON))[1]) == []


@pytest.mark.parametrize("sensor", ["quiet", "wrong"])
def test_while_its_sensor_is_not_well_nothing_is_told(sensor) -> None:
    state, effects = run(DRY, *every(30, *[19] * 9), sensor=sensor)
    assert effects == []
    assert (state.since_at is None) == (sensor == "wrong")


def test_what_a_wrong_sensor_measured_before_it_went_wrong_counts() -> None:
    since = NOON + 2 * HOUR + MINUTE
    assert kinds(run(DRY, *every(30, *[19] * 9), sensor="wrong", wrong_since_at=since)[1]) == []
    state, _ = run(DRY, *every(30, *[19] * 4), sensor="wrong", wrong_since_at=since)
    assert state.times == 4


@pytest.mark.parametrize("how", ["mean", "change", "sum"])
def test_a_window_that_reaches_back_to_a_wrong_sensor_does_not_count(how) -> None:
    """A sensor that was stuck leaps to what is so when it moves again: no change of the field."""
    rule = Rule("soil_moisture", "above", 5.0, how=how, window_h=3, gap_min=30)
    stuck, freed = every(15, *[0.0] * 24), every(15, *[40.0] * 40, start=24 * 15)
    state, effects = run(rule, *stuck, sensor="wrong", wrong_since_at=NOON)
    assert effects == []
    wrong_until, told_at = stuck[-1].at, []
    for sample in make_samples(rule, [*stuck, *freed], LATE):
        if sample.at > wrong_until:
            state, effects = decide(rule, state, [sample], sample.received_at, TOKYO)
            told_at += [effect.at for effect in effects if isinstance(effect, Open)]
    assert all(at > wrong_until + rule.window for at in told_at)
    assert bool(told_at) == (how != "change")
    late_leap = every(15, *[90.0] * 3, start=64 * 15)
    readings = [*freed, *late_leap]
    rest = [sample for sample in make_samples(rule, readings, LATE) if sample.at >= late_leap[0].at]
    _, effects = decide(rule, replace(state, told_at=None), rest, rest[-1].received_at, TOKYO)
    assert kinds(effects) == ["Open"]


def test_a_pause_that_a_person_set_tells_when_it_ends_if_it_is_still_so() -> None:
    until = NOON + 3 * HOUR
    _, effects = run(DRY, *every(30, *[19] * 9), muted_until=until)
    assert [effect.at for effect in effects] == [until]
    assert run(DRY, *every(30, *[19] * 5, 25, 25, 25, 25), muted_until=until)[1] == []


def test_out_of_its_season_a_rule_sleeps_and_what_it_told_is_over() -> None:
    winter = replace(DRY, season=Season((11, 20), (11, 23)))
    _, effects = run(winter, *every(30, *[19] * 60))  # noon in town until the next evening
    assert kinds(effects) == ["Open", "Close"]
    assert effects[1].why == "season_over"
    assert effects[1].at.astimezone(TOKYO).date().day == 24
    assert run(replace(DRY, season=Season((4, 1), (10, 31))), *every(30, *[19] * 60))[1] == []


@pytest.mark.parametrize(
    ("day", "holds"), [((12, 31), True), ((1, 1), True), ((3, 31), True), ((4, 1), False), ((11, 30), False)]
)
def test_a_season_may_go_over_the_new_year(day, holds) -> None:
    assert Season((12, 1), (3, 31)).holds_on(datetime(2026, *day).date()) == holds


# --- windows ---------------------------------------------------------------------------------------------------------


def values_of(rule: Rule, *rows: Reading) -> list[float]:
    return [sample.value for sample in make_samples(rule, rows, LATE)]


def test_a_mean_is_of_the_window_and_only_when_the_window_is_known() -> None:
    mean = Rule("air_temperature", "above", 30.0, "mean", 1)
    assert values_of(mean, *every(30, 10, 20, 30, 40)) == [15.0, 25.0, 35.0]
    assert values_of(mean, *every(30, 10, 20), *every(30, 30, 40, 50, start=100)) == [15.0, 35.0, 45.0]


def test_a_change_is_against_the_reading_nearest_to_the_windows_beginning() -> None:
    falling = Rule("water_depth", "below", -3.0, "change", 24, gap_min=60)
    rows = [row(0, 10.0), row(20, 9.5), *every(60, *[9.0] * 23, start=60), row(24 * 60 + 15, 6.0)]
    assert values_of(falling, *rows)[-1] == -3.5
    assert values_of(falling, row(0, 10.0), row(26 * 60, 1.0)) == []


def test_rain_adds_up_and_what_is_missing_never_makes_too_little_of_it() -> None:
    much, little = Rule("rainfall", "above", 30.0, "sum", 24), Rule("rainfall", "below", 1.0, "sum", 24)
    rows = [row(30 * number, 5.0) for number in range(8)]
    assert values_of(much, *rows)[-1] == 40.0
    assert values_of(little, *rows) == []
    dry = [row(30 * number, 0.0) for number in range(60)]
    assert values_of(little, *dry) == [0.0] * len(values_of(little, *dry))
    assert len(values_of(little, *dry)) > 10


def test_late_readings_are_in_no_mean() -> None:
    mean = Rule("air_temperature", "above", 30.0, "mean", 1)
    late = [row(15, 99, 60), row(45, 99, 60)]
    assert values_of(mean, *every(30, 10, 20, 30), *late) == values_of(mean, *every(30, 10, 20, 30))


def test_what_follows_from_two_quantities_needs_both() -> None:
    damp = Rule("humidity_deficit", "below", 3.0)
    at = NOON + MINUTE
    rows = [Reading(NOON, at, (25.0, 80.0)), Reading(at, at, (25.0, None))]
    assert [round(sample.value, 1) for sample in make_samples(damp, rows, LATE)] == [4.6]


# --- what is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"measure": "mood"}, "measure"), ({"limit": 101.0}, "limit"), ({"limit": float("nan")}, "limit"),
     ({"hysteresis": -1.0}, "hysteresis"), ({"hold_min": 5000}, "hold_minutes"), ({"how": "sum"}, "how"),
     ({"how": "mean", "window_h": 0}, "window_hours"), ({"how": "mean", "window_h": 73}, "window_hours")],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_by_its_field(changed, field) -> None:
    with pytest.raises(Invalid, match=f"^{field}:"):
        check_rule(replace(DRY, **changed))


@pytest.mark.parametrize(("minutes", "gap"), [(5, 30), (20, 60), (60, 180), (600, 240)])
def test_a_station_may_pause_for_three_of_its_intervals(minutes, gap) -> None:
    assert gap_for(minutes * MINUTE) == gap


# --- over random histories -------------------------------------------------------------------------------------------

steps = st.tuples(
    st.sampled_from([1, 5, 5, 5, 10, 30, 44, 46, 200]),  # minutes since the reading before
    st.sampled_from([10.0, 19.9, 19.9, 19.9, 20.0, 21.0, 22.0, 30.0]),
    st.sampled_from([0, 0, 1, 1, 14, 16, 300, 3000, -1, -60]),  # minutes until it comes
)
rules = st.builds(
    lambda hold, hysteresis: replace(DRY, hold_min=hold, hysteresis=hysteresis),
    st.sampled_from([0, 10, 30, 120]), st.sampled_from([0.0, 1.0, 2.0]),
)  # fmt: skip


def history(parts) -> list[Reading]:
    rows, minute = [], 0
    for pause, value, delay in parts:
        minute += pause
        rows.append(row(minute, value, delay))
    return rows


def arrive(rule: Rule, rows: list[Reading]):
    """The readings as they come, each looked at with all that is there; with what was looked at so far."""
    state, effects, there = State(), [], []
    for reading in sorted(rows, key=lambda one: one.received_at):
        there.append(reading)
        before = state
        state, found = decide(rule, state, make_samples(rule, there, LATE), reading.received_at, TOKYO)
        effects += [(before, effect) for effect in found]
    return state, [effect for _, effect in effects]


@examples
@given(rules, st.lists(steps, max_size=60))
def test_it_is_never_told_without_having_held_for_the_whole_time_on_live_readings(rule, parts) -> None:
    rows = history(parts)
    live = {one.at: one.values[0] for one in rows if -2 * MINUTE <= one.received_at - one.at <= LATE}
    for effect in arrive(rule, rows)[1]:
        if isinstance(effect, Open):
            seen = sorted(at for at in live if effect.since_at <= at <= effect.at)
            assert len(seen) >= 2
            assert effect.at - effect.since_at >= rule.hold
            # Those that came out of their order may have been passed over; none that counted was on the other side.
            assert rule.holds(live[seen[0]])
            assert rule.holds(live[seen[-1]])


@examples
@given(rules, st.lists(steps, max_size=60))
def test_in_order_every_reading_of_the_hold_time_was_beyond_the_limit_without_a_long_pause(rule, parts) -> None:
    rows = [replace(one, received_at=one.at) for one in history(parts)]
    for effect in arrive(rule, rows)[1]:
        if isinstance(effect, Open):
            seen = [one for one in rows if effect.since_at <= one.at <= effect.at]
            assert all(rule.holds(one.values[0]) for one in seen)
            assert all(b.at - a.at <= rule.gap for a, b in pairwise(seen))


@examples
@given(rules, st.lists(steps, max_size=60))
def test_it_is_never_told_twice_without_having_been_over(rule, parts) -> None:
    said = kinds(arrive(rule, history(parts))[1])
    assert said == (["Open", "Close"] * len(said))[: len(said)]


@examples
@given(rules, st.lists(steps, max_size=50), st.lists(steps, max_size=30), st.randoms(use_true_random=False))
def test_late_readings_make_no_difference_whenever_and_in_whatever_order_they_come(rule, live, late, random) -> None:
    rows = [replace(one, received_at=one.at + MINUTE) for one in history(live)]
    known = {one.at for one in rows}
    extra = [one for one in history(late) if one.at not in known]
    extra = [replace(one, received_at=one.at + LATE + random.randint(1, 5000) * MINUTE) for one in extra]
    mixed = [*rows, *extra]
    random.shuffle(mixed)
    assert arrive(rule, mixed) == arrive(rule, rows)


@examples
@given(rules, st.lists(steps, max_size=60))
def test_the_same_readings_again_change_nothing(rule, parts) -> None:
    rows = history(parts)
    assert arrive(rule, [*rows, *rows])[1] == arrive(rule, rows)[1]


@examples
@given(rules, st.lists(steps, max_size=60))
def test_the_rehearsal_tells_what_a_worker_told_that_looked_at_each_reading(rule, parts) -> None:
    rows = [replace(one, received_at=one.at + MINUTE) for one in history(parts)]
    told = [effect.at for effect in arrive(rule, rows)[1] if isinstance(effect, Open)]
    assert [one.at for one in rehearse(rule, rows, TOKYO, LATE).told] == told


spells = st.lists(st.tuples(st.integers(0, 700), st.integers(1, 120)), max_size=3).map(
    lambda parts: [WrongSpell(NOON + since * MINUTE, NOON + (since + lasts) * MINUTE) for since, lasts in parts]
)


def live(rule: Rule, rows: list[Reading], wrong: list[WrongSpell]) -> list[Open]:
    """What a worker tells that looks at each reading, and knows of each sensor what is so just then."""
    state, told = State(), list[Open]()
    for number, row in enumerate(rows):
        now = [one for one in wrong if one.covers(row.at)]
        then = Circumstances("wrong", now[0].since_at) if now else Circumstances()
        come = rows[: number + 1]
        samples = [sample for sample in make_samples(rule, come, LATE) if sample.at == row.at]
        state, effects = decide(rule, state, samples, row.received_at, TOKYO, then)
        state = remember_wrong(state, moments_of(rule, come[-1:], LATE), then)
        told += [effect for effect in effects if isinstance(effect, Open)]
    return told


@examples
@given(rules, st.lists(steps, max_size=60), spells)
def test_the_rehearsal_leaves_out_what_a_wrong_sensor_measured_as_a_worker_does(rule, parts, wrong) -> None:
    rows = [replace(one, received_at=one.at + MINUTE) for one in history(parts)]
    assert [one.at for one in rehearse(rule, rows, TOKYO, LATE, wrong).told] == [
        one.at for one in live(rule, rows, wrong)
    ]


@examples
@given(rules, st.sampled_from(["value", "mean", "change"]), st.integers(1, 4), st.lists(steps, max_size=60), spells)
def test_nothing_is_told_of_a_window_with_what_a_wrong_sensor_measured(rule, how, hours, parts, wrong) -> None:
    rule = replace(rule, how=how, window_h=0 if how == "value" else hours)
    rows = [replace(one, received_at=one.at + MINUTE) for one in history(parts)]
    lies = [one.at for one in rows if any(spell.covers(one.at) for spell in wrong)]
    for effect in live(rule, rows, wrong):
        assert not [at for at in lies if effect.since_at - rule.window <= at <= effect.at]


def test_what_was_wrong_before_a_window_was_known_is_in_no_mean_either() -> None:
    rule = replace(DRY, how="mean", window_h=2, hold_min=0)
    rows = every(30, 25, 25, 1, 1, *[19] * 8)
    spell = WrongSpell(NOON + 50 * MINUTE, NOON + 100 * MINUTE)
    for told in (live(rule, rows, [spell]), rehearse(rule, rows, TOKYO, LATE, [spell]).told):
        assert [(one.since_at, one.value) for one in told] == [(NOON + 4 * HOUR, 19)]


def test_a_wrong_sensors_values_are_neither_told_nor_the_lowest() -> None:
    rows = every(30, 25, 24, *[1] * 8, 25, *[19] * 6)
    assert [one.since_at for one in rehearse(DRY, rows, TOKYO, LATE).told] == [NOON + HOUR]
    spell = WrongSpell(NOON + HOUR, NOON + 5 * HOUR)
    found = rehearse(DRY, rows, TOKYO, LATE, [spell])
    assert ([one.since_at for one in found.told], found.lowest, found.highest) == ([NOON + 5.5 * HOUR], 19, 25)
    still = rehearse(DRY, rows, TOKYO, LATE, [WrongSpell(NOON + HOUR)])
    assert (still.told, still.lowest, still.readings) == ((), 24, len(rows))


@pytest.mark.parametrize(("late", "as_if"), [(20, False), (21, True)])
def test_where_most_came_too_late_the_rehearsal_is_as_if_it_had_come_in_time(late: int, as_if: bool) -> None:
    rows = [row(10 * number, 10, 600 if number < late else 1) for number in range(40)]
    found = rehearse(DRY, rows, TOKYO, LATE)
    assert (found.readings, found.late, found.as_if_in_time) == (40, late, as_if)
    first = 0 if as_if else 10 * late
    assert [one.since_at for one in found.told] == [NOON + first * MINUTE]


@examples
@given(st.sampled_from(["mean", "change", "sum"]), st.lists(steps, max_size=60), st.integers(0, 59))
def test_a_look_at_the_end_of_a_history_sees_the_same_windows_as_one_at_all_of_it(how, parts, cut) -> None:
    rule = Rule("rainfall" if how == "sum" else "soil_moisture", "below", 20.0, how, 2)
    rows = history(parts)
    since = NOON + cut * 10 * MINUTE
    whole = [sample for sample in make_samples(rule, rows, LATE) if sample.at > since]
    part = [one for one in rows if one.at > since - rule.window - rule.gap]
    assert [one for one in make_samples(rule, part, LATE) if one.at > since] == whole


def test_what_came_with_a_file_is_left_out_value_by_value() -> None:
    rows = [Reading(NOON + n * MINUTE, NOON + n * MINUTE, (8.0, 70.0)) for n in range(3)]
    left = leave_out(
        rows,
        ("air_temperature", "relative_humidity"),
        {NOON: {"air_temperature"}, NOON + MINUTE: {"air_temperature", "relative_humidity", "soil_ph"}},
    )
    assert [list(one.values) for one in left] == [[None, 70.0], [None, None], [8.0, 70.0]]
    assert [one.at for one in left] == [one.at for one in rows]


def test_without_files_nothing_is_left_out() -> None:
    rows = [row(0, 5.0), row(1, None)]
    assert leave_out(rows, ("soil_moisture",), {}) == rows
