"""Hours in which a trap could have caught something: examples counted by hand, and what holds for all histories."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.geo.mesh import parse_mesh
from hub.traps.history import Known
from hub.traps.states import STATES
from hub.traps.statistics.counting import Catch, Found, count_catches, months_between, share_of
from hub.traps.statistics.effort import Effort, Standing, add_up, count_effort, cpue

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
END = START + 240 * HOUR
TOKYO = ZoneInfo("Asia/Tokyo")


def at(hour: float) -> datetime:
    return START + hour * HOUR


def known(state, since: float, recorded: float | None = None) -> Known:
    return Known(7, at(since if recorded is None else recorded), at(since), state)


def hours(effort: Effort) -> tuple[float, ...]:
    return tuple(getattr(effort, name) / HOUR for name in ("effective", "sprung", "silent", "disarmed", "away"))


def test_ten_days_with_a_firing_a_silence_and_a_day_in_the_shed() -> None:
    history = [
        known("armed", 24),  # set after a day: 24 h away
        known("sprung", 48),  # 24 h effective
        known("armed", 60),  # found after 12 h
        known("silent", 72, 73),  # silent since the last word, known an hour later
        known("armed", 78),
        known("disarmed", 144),
        known("armed", 168),
    ]
    effort = count_effort(history, START, END, END)
    assert hours(effort) == (24 + 12 + 66 + 72, 12, 6, 24, 24)
    assert effort.trap_nights == pytest.approx(7.25)
    assert cpue(2, effort) == pytest.approx(2 / 7.25 * 100)
    assert effort.deployed == 192 * HOUR


def test_a_firing_that_is_told_late_takes_back_the_hours_since() -> None:
    history = [known("armed", 0), known("silent", 10, 11), known("armed", 40), known("sprung", 20, 41)]
    assert hours(count_effort(history, START, END, END)) == (10, 220, 10, 0, 0)


def test_nothing_counts_before_the_trap_stood_nor_after_nor_in_the_future() -> None:
    history = [known("armed", 0)]
    assert hours(count_effort(history, START, END, at(100), Standing(at(10), None))) == (90, 0, 0, 0, 150)
    assert hours(count_effort(history, START, END, END, Standing(at(10), at(30)))) == (20, 0, 0, 0, 220)
    assert hours(count_effort([], START, END, END)) == (0, 0, 0, 0, 240)
    assert cpue(0, count_effort([], START, END, END)) is None


MOMENTS = st.integers(-50, 300)
RECORDS = st.builds(
    lambda recorded, before, state: Known(7, at(recorded), at(recorded - before), state),
    MOMENTS, st.integers(0, 80), st.sampled_from(STATES),
)  # fmt: skip
HISTORIES = st.lists(RECORDS, max_size=12)


@given(HISTORIES, MOMENTS, st.integers(0, 200), MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS)
def test_the_classes_add_up_to_the_wall_clock(history, since, length, now, set_at, removed_at) -> None:
    standing = Standing(None if set_at is None else at(set_at), None if removed_at is None else at(removed_at))
    effort = count_effort(history, at(since), at(since + length), at(now), standing)
    assert effort.total == length * HOUR
    assert min(hours(effort)) >= 0


@given(HISTORIES, st.randoms())
def test_the_order_in_which_records_are_read_does_not_matter(history, random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert count_effort(shuffled, START, END, END) == count_effort(history, START, END, END)


@given(HISTORIES, st.integers(0, 240))
def test_a_period_is_the_sum_of_its_parts(history, cut) -> None:
    parts = [count_effort(history, START, at(cut), END), count_effort(history, at(cut), END, END)]
    assert add_up(parts) == count_effort(history, START, END, END)


@given(HISTORIES, st.integers(0, 240))
def test_each_moment_has_the_state_that_was_learned_last_of_it(history, hour) -> None:
    """The rule itself, asked moment by moment: of all records that reach back to it, the one learned last."""
    effort = count_effort(history, at(hour), at(hour) + timedelta(microseconds=1), END)
    newest_first = sorted(history, key=lambda one: (one.recorded_at, one.since_at, one.state), reverse=True)
    expected = next((one.state for one in newest_first if one.since_at <= at(hour)), None)
    name = {None: "away", "armed": "effective", "sprung_silent": "sprung"}.get(expected, expected)
    if hour < 240:
        assert getattr(effort, name) == timedelta(microseconds=1)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=3), st.floats(1, 1000))
def test_more_effort_for_the_same_catch_is_a_smaller_figure(heads, nights) -> None:
    effort = Effort(effective=timedelta(days=nights))
    more = Effort(effective=timedelta(days=nights * 2))
    one, other = cpue(sum(heads), effort), cpue(sum(heads), more)
    assert one is not None
    assert other is not None
    assert other == pytest.approx(one / 2)


def test_catches_are_counted_by_the_towns_calendar_and_by_mesh() -> None:
    hall, hills = (35.3760, 139.9167), (35.33, 140.05)
    catches = [
        Catch(datetime(2026, 10, 31, 15, tzinfo=UTC), 1, *hall, "boar", "male", "adult"),  # 1 November, 00:00 here
        Catch(datetime(2026, 10, 31, 14, tzinfo=UTC), 1, *hall, "boar", "female", "adult"),
        Catch(datetime(2026, 11, 5, tzinfo=UTC), 2, *hills, "deer", "unknown", "juvenile"),
        Catch(datetime(2026, 11, 6, tzinfo=UTC), 2, *hills, "boar", "male", "adult"),
        Catch(datetime(2026, 11, 6, tzinfo=UTC), 2, 0.0, 0.0, "boar", "male", "adult"),
    ]
    tables = count_catches(catches, "five_km", TOKYO)
    assert tables.by_month == {date(2026, 10, 1): {"boar": 1}, date(2026, 11, 1): {"boar": 3, "deer": 1}}
    assert tables.by_mesh[parse_mesh("5339-07-3")] == {"boar": 2}
    assert tables.by_kind["boar", "male", "adult"] == 3
    assert (tables.total, tables.species, tables.outside) == (5, ["boar", "deer"], 1)


def test_months_are_cut_at_the_days_that_are_asked_for() -> None:
    months = months_between(date(2026, 11, 20), date(2027, 1, 2), TOKYO)
    assert [(month, (until - since).days) for month, since, until in months] == [
        (date(2026, 11, 1), 11), (date(2026, 12, 1), 31), (date(2027, 1, 1), 2),
    ]  # fmt: skip


def test_outcomes_are_all_named() -> None:
    found = [Found(START, 1, "empty"), Found(START, 1, "empty"), Found(START, 1, "captured")]
    assert share_of(found) == {"captured": 1, "empty": 2, "wrong_species": 0, "visited": 0}
