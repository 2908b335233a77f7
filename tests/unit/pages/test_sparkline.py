"""Two courses over each other: one scale, holes, and directions that pass north."""

from datetime import UTC, datetime, timedelta

from hub.web.pages.sparkline import plan_sparkline

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def hourly(*values: float) -> list[tuple[datetime, float]]:
    return [(NOW + timedelta(hours=hour), value) for hour, value in enumerate(values)]


def test_both_courses_share_a_scale() -> None:
    found = plan_sparkline(hourly(1, 2, 3), hourly(2, 3, 4))
    assert found is not None
    assert (found.low, found.high) == (1, 4)
    assert found.before.count("M") == found.after.count("M") == 1
    assert plan_sparkline(hourly(1), hourly(1)) is None


def test_a_direction_is_lifted_where_it_passes_north() -> None:
    values = hourly(340, 350, 10, 20), hourly(0, 10, 30, 40)
    found = plan_sparkline(*values, goes_round=True)
    assert found is not None
    assert (found.low, found.high) == (0, 360)
    assert (found.before.count("M"), found.after.count("M")) == (2, 1)
