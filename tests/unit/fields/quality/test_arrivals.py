"""Silent, late, or refused: what the way of a device's readings says."""

from datetime import UTC, datetime

import pytest

from hub.fields.quality.hours import HOUR_S, Flow, gather_flows
from hub.fields.quality.judging import Heard, Refused, judge
from hub.fields.quality.memory import SensorMemory
from hub.fields.quality.states import Verdict

HOUR = 486_000
NOW_S = HOUR * HOUR_S + 600
NOW = datetime.fromtimestamp(NOW_S, UTC)
TIMELY = [Flow(HOUR - back, 12, 5, (HOUR - back + 1) * HOUR_S, 5) for back in range(48, 0, -1)]
USUAL = SensorMemory(hours=list(range(HOUR - 12, HOUR)), readings=[12] * 12)


def judged(heard: Heard, quantity: str = "soil_moisture", before: Verdict | None = None) -> Verdict:
    memories = dict.fromkeys({"soil_moisture", "air_temperature", quantity}, USUAL)
    return judge(memories, heard, {quantity: before} if before else {}, NOW)[quantity]


def heard(ago_s: int, heard_ago_s: int | None = None, flows: list[Flow] | None = None, **refused: Refused) -> Heard:
    newest = {"soil_moisture": NOW_S - ago_s, "air_temperature": NOW_S - ago_s}
    spoke_s = NOW_S - (ago_s if heard_ago_s is None else heard_ago_s)
    return Heard(newest, spoke_s, TIMELY if flows is None else flows, refused)


@pytest.mark.parametrize(("minutes", "state"), [(5, "ok"), (59, "ok"), (61, "silent"), (60 * 24 * 30, "silent")])
def test_what_is_not_heard_for_an_hour_is_silent(minutes: int, state: str) -> None:
    assert judged(heard(minutes * 60)).state == state


def test_a_device_that_speaks_every_two_hours_is_silent_after_three_of_them() -> None:
    rare = [Flow(HOUR - 2 * back, 1, 5, 0, 5) for back in range(12, 0, -1)]

    assert judged(heard(5 * HOUR_S, flows=rare)).is_ok
    assert judged(heard(7 * HOUR_S, flows=rare)).state == "silent"


def test_one_quantity_that_its_device_no_longer_speaks_of_is_silent_alone() -> None:
    one = Heard({"soil_moisture": NOW_S - 7200, "air_temperature": NOW_S - 60}, NOW_S - 60, TIMELY)

    assert judged(one).reason == "missing"
    assert judged(one, "air_temperature").is_ok


def test_what_comes_but_was_measured_long_ago_is_late() -> None:
    assert judged(heard(3 * HOUR_S, heard_ago_s=60)).state == "late"


def _batches(every_h: int, last_h: int = 0) -> list[Flow]:
    """48 hours of rows that came in batches, up to `last_h` hours ago."""
    times = range(NOW_S - 48 * HOUR_S, NOW_S - last_h * HOUR_S, 300)
    return gather_flows(list(times), [-(-at // (every_h * HOUR_S)) * every_h * HOUR_S for at in times])


def test_batches_of_old_rows_are_late_also_when_one_has_just_come() -> None:
    assert judged(heard(60, flows=_batches(6))).reason == "buffered"
    assert judged(heard(5 * HOUR_S, flows=_batches(6, 5))).reason == "buffered"


def test_the_backlog_after_an_outage_is_no_habit() -> None:
    outage = [Flow(one.number, 12, 9 * HOUR_S, NOW_S - 300, 5) if HOUR - one.number < 9 else one for one in TIMELY]

    assert judged(heard(60, flows=outage)).is_ok


def test_rows_that_come_one_by_one_each_as_old_as_the_other_tell_of_a_clock() -> None:
    behind = [Flow(HOUR - back, 12, 4 * HOUR_S, (HOUR - back + 5) * HOUR_S, 4 * HOUR_S) for back in range(48, 4, -1)]

    assert judged(heard(4 * HOUR_S, heard_ago_s=60, flows=behind)).reason == "clock_behind"


def test_a_clock_that_is_ahead_makes_a_device_silent_for_that_reason() -> None:
    clock = {"": Refused(NOW_S + 7200, NOW_S - 60)}
    verdict = judge(
        {"soil_moisture": USUAL}, Heard({"soil_moisture": NOW_S - 9000}, NOW_S - 60, TIMELY, clock), {}, NOW
    )

    assert verdict["soil_moisture"].reason == "clock_wrong"


def test_a_refused_value_is_told_at_once_and_of_its_own_sensor_alone() -> None:
    one = heard(60, soil_moisture=Refused(NOW_S - 60, NOW_S - 50, 999.0))

    assert judged(one).state == "out_of_range"
    assert judged(one).detail == {"value": 999.0}
    assert judged(one, "air_temperature").is_ok


def test_a_refused_value_of_long_ago_is_forgotten() -> None:
    assert judged(heard(60, soil_moisture=Refused(NOW_S - 7 * HOUR_S, NOW_S - 7 * HOUR_S, 999.0))).is_ok


def test_what_is_the_same_still_keeps_its_beginning() -> None:
    since = datetime(2025, 1, 1, tzinfo=UTC)

    assert judged(heard(7200), before=Verdict("silent", "device_silent", since)).since_at == since
    assert judged(heard(7200), before=Verdict("late", "buffered", since)).since_at > since
