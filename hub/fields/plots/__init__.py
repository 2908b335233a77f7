"""Plots: their shape, crop and stations, whom the owner lets look, and how all of it is taken along or away."""

from hub.fields.plots.values import (
    STALE_AFTER,
    Latest,
    NewPlot,
    Plot,
    Row,
    Station,
    Trend,
    decide_trend,
    is_stale,
    may_change,
)

__all__ = [
    "STALE_AFTER", "Latest", "NewPlot", "Plot", "Row", "Station", "Trend", "decide_trend", "is_stale", "may_change",
]  # fmt: skip
