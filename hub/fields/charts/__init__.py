"""What a chart shows: its window, the width of its buckets, its columns, panels, table and picture. Pure."""

from hub.fields.charts.columns import ChartData, Column, Hole, find_holes, plan_chart
from hub.fields.charts.panels import MOST_SERIES, Axis, Panel, Trace, plan_panels
from hub.fields.charts.series import Bucket, Kind, Point, Series, kind_of, merge
from hub.fields.charts.tables import Row, Step, choose_step, plan_table, total
from hub.fields.charts.windows import (
    BUCKETS,
    LEAST,
    MAX_POINTS,
    SPANS,
    Known,
    Span,
    Window,
    choose_bucket,
    decide_season,
    decide_window,
    year_before,
)

__all__ = [
    "BUCKETS", "LEAST", "MAX_POINTS", "MOST_SERIES", "SPANS", "Axis", "Bucket", "ChartData", "Column", "Hole", "Kind",
    "Known", "Panel", "Point", "Row", "Series", "Span", "Step", "Trace", "Window", "choose_bucket", "choose_step",
    "decide_season", "decide_window", "find_holes", "kind_of", "merge", "plan_chart", "plan_panels", "plan_table",
    "total", "year_before",
]  # fmt: skip
