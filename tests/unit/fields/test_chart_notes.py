"""What is to be known of a chart's time: few, cut to the window, work first; the shapes stand at the foot."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.fields.charts import Bucket, Series, decide_window, plan_chart, plan_panels
from hub.fields.charts.notes import MOST_NOTES, Note, late_stretches, plan_notes
from hub.fields.charts.picture import draw_picture

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
hours = st.integers(-100, 100).map(lambda number: NOW + number * HOUR)
stretches = st.builds(
    lambda kind, a, b: Note(kind, min(a, b), max(a, b), 1), st.sampled_from(["trouble", "late"]), hours, hours
)
works = hours.map(lambda at: Note("work", at, at, 1, "soil_moisture", "calibration"))


def test_late_hours_are_stretches_that_one_hour_does_not_part():
    found = late_stretches(1, [NOW + n * HOUR for n in (0, 1, 3, 9)])
    assert [(one.since, one.until) for one in found] == [(NOW, NOW + 4 * HOUR), (NOW + 9 * HOUR, NOW + 10 * HOUR)]


@given(st.lists(stretches, max_size=30), st.lists(works, max_size=8), hours)
def test_few_notes_within_the_window_in_order_and_no_work_is_left_out(found, done, since):
    until = since + 48 * HOUR
    planned = plan_notes([*found, *done], since, until)
    assert len(planned) <= MOST_NOTES
    assert all(since <= one.since <= one.until <= until for one in planned)
    assert [one.since for one in planned] == sorted(one.since for one in planned)
    assert [one for one in planned if one.kind == "work"] == sorted(
        (one for one in done if since <= one.since <= until), key=lambda one: one.since
    )


def test_each_note_has_its_shape_at_the_foot_of_the_first_panel():
    window = decide_window("day", None, NOW, TOKYO)
    at = window.since + 6 * HOUR
    series = [Series("f", "f", QUANTITIES["soil_moisture"], [Bucket(at, 20, 21, 22, 3)])]
    notes = [Note("trouble", at, at + 6 * HOUR, 1), Note("late", at, at + HOUR, 1), Note("work", at, at, 1)]
    width = timedelta(minutes=5)
    picture = draw_picture(plan_chart(series, width), series, plan_panels(series), window, width, TOKYO, notes=notes)
    trouble, late, work = picture.notes
    assert trouble.path.count("M") > 5
    assert late.path.count("M") == 1
    assert work.path.endswith("z")
    assert all(picture.frames[0].top < one.y < picture.frames[0].bottom for one in picture.notes)
