"""A slice of the year's replay: every fault that was put in is named rightly, and nothing else is."""

import pytest

from tests.benchmarks.quality_replay import describe, describe_warnings, replay, replay_warnings


@pytest.mark.parametrize("seed", [1, 4])
def test_each_fault_is_named_and_no_false_alarm_is_raised(seed: int) -> None:
    run, faults, feeds, result = replay(stations=6, days=30, seed=seed, first_day=4)
    table = describe(run, faults, feeds, result, 30)

    assert len(faults) >= 5, "the slice has faults to name"
    assert not result.wrong, table
    assert not result.false_alarms, table
    outcome = replay_warnings(run, faults, feeds, seed, 30)
    assert min(outcome.told.total(), outcome.withheld.total()) > 2, "there are warnings to be told"
    assert not outcome.which, describe_warnings(outcome)
