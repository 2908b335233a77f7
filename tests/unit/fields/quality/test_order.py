"""The order in which readings come changes nothing, and what comes twice counts once."""

from hypothesis import given
from hypothesis import strategies as st

from hub.fields.quality.advancing import advance
from hub.fields.quality.hours import HOUR_S, gather_hours
from hub.fields.quality.memory import SensorMemory
from hub.fields.quality.rules import rule_of

_FIRST_S = 486_000 * HOUR_S
_RULE = rule_of("air_temperature")
_readings = st.dictionaries(
    st.integers(0, 30 * 12).map(lambda step: _FIRST_S + 300 * step),
    st.sampled_from([3.0, 3.1, 3.2, 9.0, 25.0]),
    min_size=1,
)


def memory_of(readings: dict[int, float], back: SensorMemory | None = None) -> SensorMemory:
    times = sorted(readings)
    hours = gather_hours(times, [readings[at] for at in times], _RULE)
    return advance(back or SensorMemory(), hours, _RULE)


@given(_readings, st.integers(0, 30))
def test_counting_again_from_an_older_memory_gives_what_counting_once_gives(
    readings: dict[int, float], at_hour: int
) -> None:
    """The worker keeps a memory from before what may still change, and counts from there whenever something came."""
    until_s = _FIRST_S + at_hour * HOUR_S
    # a memory is kept from whole hours; what stands beside its last hour is known by then
    hours = gather_hours(sorted(readings), [readings[at] for at in sorted(readings)], _RULE)
    kept = advance(SensorMemory(), [hour for hour in hours if hour.number * HOUR_S < until_s], _RULE)

    assert memory_of(readings, kept) == memory_of(readings)


@given(_readings)
def test_what_was_counted_in_already_changes_nothing(readings: dict[int, float]) -> None:
    once = memory_of(readings)

    assert memory_of(readings, once) == once


@given(_readings)
def test_a_memory_survives_its_way_through_the_database(readings: dict[int, float]) -> None:
    memory = memory_of(readings)

    assert SensorMemory.load(memory.dump()) == memory


@given(_readings, st.data())
def test_the_hours_do_not_depend_on_how_many_are_gathered_at_once(
    readings: dict[int, float], data: st.DataObject
) -> None:
    times = sorted(readings)
    values = [readings[at] for at in times]
    whole = {hour.number: hour for hour in gather_hours(times, values, _RULE)}
    number = data.draw(st.sampled_from(sorted(whole)))
    near = [(at, v) for at, v in zip(times, values, strict=True) if abs(at - number * HOUR_S - 1800) <= 2 * HOUR_S]

    part = {hour.number: hour for hour in gather_hours([at for at, _ in near], [v for _, v in near], _RULE)}

    assert part[number] == whole[number]
