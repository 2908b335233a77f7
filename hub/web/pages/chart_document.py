"""A chart as compact JSON for the script that draws it, and the names of its lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

from edge.wire.quantities import QUANTITIES
from hub.fields.charts import ChartData, Column, Panel, Series, Window
from hub.fields.charts.notes import Note
from hub.fields.quality.words import CHANGE_KINDS, STATE_WORDS
from hub.texts import msgid

__all__ = ["POINTS", "chart_document", "name_series", "note_words", "signed"]

_WORDS = {
    "at": msgid("%(when)s: %(what)s"),
    "band": msgid("%(name)s %(mean)s (from %(min)s to %(max)s)"),
    "value": msgid("%(name)s %(value)s"),
    "nothing": msgid("nothing was measured"),
    "and": msgid(", "),
    "window": msgid("Shown from %(first)s to %(last)s"),
    "chart": msgid(
        "Chart. Arrow keys go from value to value, plus and minus zoom, Page Up and Page Down go back and forth."
    ),
    "role": msgid("chart"),
    "failed": msgid("The values could not be fetched. Please try again."),
    "direction": msgid("%(name)s %(value)s (%(point)s)"),
    "target": msgid("Target %(value)s"),
    "all_sides": msgid("%(name)s from all sides"),
}

POINTS = (
    msgid("north"), msgid("north-north-east"), msgid("north-east"), msgid("east-north-east"),
    msgid("east"), msgid("east-south-east"), msgid("south-east"), msgid("south-south-east"),
    msgid("south"), msgid("south-south-west"), msgid("south-west"), msgid("west-south-west"),
    msgid("west"), msgid("west-north-west"), msgid("north-west"), msgid("north-north-west"),
)  # fmt: skip
"""The sixteen points of the compass, from north by east."""


def chart_document(
    data: ChartData,
    series: Sequence[Series],
    panels: Sequence[Panel],
    window: Window,
    width: timedelta,
    translate: Callable[[str], str],
) -> Mapping[str, Any]:
    """Columns, panels and words. Times are the first one and the distances that follow; instants are Unix seconds."""
    names = name_series(series, translate)
    return {
        "since": int(window.since.timestamp()),
        "until": int(window.until.timestamp()),
        "width": int(width.total_seconds()),
        "times": [*data.times[:1], *(later - earlier for earlier, later in pairwise(data.times))],
        "series": [
            {
                "name": name,
                "unit": one.quantity.unit,
                "decimals": one.quantity.decimals,
                "kind": one.kind,
                "back": one.years_back,
                **_column(column, one),
            }
            for name, one, column in zip(names, series, data.columns, strict=True)
        ],
        "panels": [asdict(panel) for panel in panels],
        "words": {key: translate(text) for key, text in _WORDS.items()}
        | ({"points": [translate(point) for point in POINTS]} if any(one.kind == "dots" for one in series) else {}),
    }


def name_series(series: Sequence[Series], translate: Callable[[str], str]) -> list[str]:
    """What each line is called: by what differs between them, its quantity, its place, last year."""
    several = len({one.device for one in series}) > 1
    names: list[str] = []
    for one in series:
        name = translate(one.quantity.label)
        if several:
            name = translate(msgid("%(place)s: %(what)s")) % {"place": one.place, "what": name}
        if one.offset_c:
            name = translate(msgid("%(name)s (on the plot, %(offset)s °C)")) % {
                "name": name,
                "offset": signed(one.offset_c),
            }
        names.append(translate(msgid("%(name)s, a year before")) % {"name": name} if one.years_back else name)
    return names


def note_words(note: Note, translate: Callable[[str], str]) -> str:
    """What is to be known of a sensor or a station, without the time."""
    if note.kind == "late":
        return translate(msgid("Values came more than an hour after they were measured."))
    words: Mapping[str, str] = {**STATE_WORDS, **CHANGE_KINDS}
    blanks = {"place": translate(QUANTITIES[note.quantity].label), "what": translate(words[note.what])}
    return translate(msgid("%(place)s: %(what)s")) % blanks


def signed(offset_c: float) -> str:
    """A difference of temperatures with its sign."""
    return f"{offset_c:+.1f}".replace("-", "\N{MINUS SIGN}")


def _column(column: Column, series: Series) -> dict[str, Any]:
    holes = [[int(hole.since.timestamp()), int(hole.until.timestamp())] for hole in column.holes]
    found: dict[str, Any] = {"mean": column.mean, "holes": holes}
    if series.kind == "dots":
        # Measured, but without a mean.
        pairs = enumerate(zip(column.mean, column.min, strict=True))
        found["all_sides"] = [at for at, (mean, low) in pairs if mean is None and low is not None]
    # Least and greatest of a bucket with one value say nothing more, and bars and last year's lines have no band.
    if series.kind == "line" and not series.years_back and (column.min != column.mean or column.max != column.mean):
        found |= {"min": column.min, "max": column.max}
    return found
