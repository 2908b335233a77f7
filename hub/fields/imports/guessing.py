"""A first guess at what a file's columns are, for a person to confirm. Pure.

Each way of cutting the lines is tried on the file's beginning; the one that gives most numbers behind a time wins.
Headings then say which quantity and unit a column holds.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Literal

from hub.fields.imports import words
from hub.fields.imports.cells import Decimal, is_number
from hub.fields.imports.faults import NoTime
from hub.fields.imports.layouts import Column, Layout, Preset
from hub.fields.imports.stamps import DAY_ORDERS, DayOrder, parse_clock, parse_offset, parse_stamp
from hub.fields.imports.tables import Line, read_table
from hub.fields.imports.units import find_unit, units_of

__all__ = ["Guess", "guess_layout", "headings_of", "match_quantity"]

_SAMPLE = 200
_TIME_PLACES = 6
_CUTS: tuple[tuple[Literal[",", "\t", ";"], Decimal], ...] = (
    (",", "."),
    ("\t", "."),
    (";", ","),
    (";", "."),
    ("\t", ","),
)
_HEADING_OFFSET = re.compile(r"(?:gmt|utc)\s*[+-]\d{2}:?\d{2}")
_SERIAL = re.compile(r"[\d.]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """A layout to start from; `preset` is the id of the logger that the file looks like, if it looks like one."""

    layout: Layout
    preset: str | None


@dataclass(frozen=True, slots=True)
class _Cut:
    """The sample cut one way: the place of the day, the lines that are values, and how many numbers they hold."""

    separator: Literal[",", "\t", ";"]
    decimal: Decimal
    day: int
    data: Sequence[Line]
    lines: Sequence[Line]
    score: int


def guess_layout(text: str, labels: Mapping[str, str], presets: Sequence[Preset]) -> Guess:
    """The layout that fits best. `labels` are headings that name a quantity in some language.

    Raises NoTime when no line begins with something that is a time.
    """
    cuts: list[tuple[DayOrder, _Cut]] = [
        (order, cut) for order in DAY_ORDERS for cut in _cuts(text, order) if cut.score
    ]
    if not cuts:
        raise NoTime
    chosen = max(cuts, key=lambda one: one[1].score)
    order, best = chosen
    first = best.data[0].number
    before = [line for line in best.lines if line.number < first]
    preset = _preset(before, presets)
    if preset is not None and preset.day_order != order:
        order, best = _prefer(cuts, preset.day_order, chosen)
    layout = Layout(best.separator, best.decimal, first, best.day, day_order=order)
    layout = _with_times(layout, best, headings_of(best.lines, layout))
    headings = headings_of(best.lines, layout)
    return Guess(replace(layout, columns=_columns(layout, best, headings, labels, preset)), preset and preset.id)


def headings_of(lines: Sequence[Line], layout: Layout) -> list[str]:
    """What stands above each column before the first line of values; units of a second line behind the names."""
    data = next((line for line in lines if line.number >= layout.first_line), None)
    count = len(data.cells) if data else 0
    heads = [line for line in lines if line.number < layout.first_line and len(line.cells) >= max(2, count - 1)][-2:]
    return [" ".join(_at(line, place) for line in heads if _at(line, place)) for place in range(count)]


def match_quantity(heading: str, labels: Mapping[str, str]) -> str | None:
    """The quantity that a heading names; None when no word of it is known."""
    plain = _plain(heading)
    for label in sorted(labels, key=len, reverse=True):
        if _plain(label) in plain:
            return labels[label]
    if any(word in plain for word in words.IGNORED_WORDS):
        return None
    return next((name for name, known in words.QUANTITY_WORDS if any(_stands_in(word, plain) for word in known)), None)


def _cuts(text: str, order: DayOrder) -> list[_Cut]:
    cuts: list[_Cut] = []
    for separator, decimal in _CUTS:
        lines = list(islice(read_table(text, separator), _SAMPLE))
        places = Counter(place for line in lines if (place := _day_place(line, order)) is not None)
        if not places:
            continue
        day = places.most_common(1)[0][0]
        data = [line for line in lines if _day_place(line, order) == day]
        # A heading's number among words is no value; a line of values has as many cells as most of them.
        usual = Counter(len(line.cells) for line in data).most_common(1)[0][0]
        data = [line for line in data if len(line.cells) == usual] or data
        score = sum(is_number(cell, decimal) for line in data for cell in line.cells[day + 1 :])
        cuts.append(_Cut(separator, decimal, day, data, lines, score))
    return cuts


def _day_place(line: Line, order: DayOrder) -> int | None:
    """Where the line's time stands; a number that Excel would take for a day only when nothing else is one."""
    serial: int | None = None
    for place, cell in enumerate(line.cells[:_TIME_PLACES]):
        try:
            parse_stamp(cell, order)
        except ValueError:
            continue
        if len(cell) != 8 and _SERIAL.fullmatch(cell):
            serial = place if serial is None and "." in cell else serial
            continue
        return place
    return serial


def _prefer(
    cuts: Sequence[tuple[DayOrder, _Cut]], order: DayOrder, best: tuple[DayOrder, _Cut]
) -> tuple[DayOrder, _Cut]:
    fitting = [one for one in cuts if one[0] == order and one[1].score >= best[1].score]
    return max(fitting, key=lambda one: one[1].score) if fitting else best


def _with_times(layout: Layout, cut: _Cut, headings: Sequence[str]) -> Layout:
    """The layout with the columns of the time of day and of the offset, and how far apart the rows are."""
    clock = offset = None
    for place in range(layout.day + 1, min(len(cut.data[0].cells), _TIME_PLACES + 1)):
        cells = [line.cells[place] for line in cut.data]
        if clock is None and _all(parse_clock, cells) and any(":" in cell or "時" in cell for cell in cells):
            clock = place
        elif offset is None and _all(parse_offset, cells):
            offset = place
    if clock is not None and not all(_is_midnight(line.cells[layout.day], layout.day_order) for line in cut.data):
        clock = None
    found = _HEADING_OFFSET.search(_plain(headings[layout.day] if headings else ""))
    fixed = int(parse_offset(found[0]).total_seconds() // 60) if found else None
    layout = replace(layout, clock=clock, offset=offset, utc_offset_min=fixed)
    return replace(layout, interval_s=_interval(layout, cut.data))


def _interval(layout: Layout, data: Sequence[Line]) -> float | None:
    steps: list[float] = []
    for earlier, later in pairwise(data):
        try:
            step = _moment(layout, later) - _moment(layout, earlier)
        except ValueError:
            continue
        if step > 0:
            steps.append(step)
    return Counter(steps).most_common(1)[0][0] if steps else None


def _moment(layout: Layout, line: Line) -> float:
    local = parse_stamp(line.cells[layout.day], layout.day_order).local
    clock = parse_clock(line.cells[layout.clock]).total_seconds() if layout.clock is not None else 0.0
    return local.toordinal() * 86_400 + local.hour * 3600 + local.minute * 60 + local.second + clock


def _columns(
    layout: Layout, cut: _Cut, headings: Sequence[str], labels: Mapping[str, str], preset: Preset | None
) -> tuple[Column, ...]:
    columns: list[Column] = []
    taken = {layout.day, layout.clock, layout.offset}
    for place in range(len(cut.data[0].cells)):
        if place in taken:
            continue
        cells = [line.cells[place] for line in cut.data if len(line.cells) > place]
        found = _column(place, headings[place] if place < len(headings) else "", labels, preset)
        if found is None or found.quantity in {column.quantity for column in columns}:
            continue
        if any(is_number(cell, layout.decimal) for cell in cells):
            columns.append(_with_fraction(found, cells, layout.decimal, headings[place]))
    return tuple(columns)


def _column(place: int, heading: str, labels: Mapping[str, str], preset: Preset | None) -> Column | None:
    plain = _plain(heading)
    for key, meaning in preset.headings.items() if preset else ():
        if plain == key or plain.startswith((f"{key} ", f"{key},", f"{key}(")):
            return None if meaning is None else Column(place, meaning[0], find_unit(meaning[0], heading) or meaning[1])
    quantity = match_quantity(heading, labels)
    if quantity is None:
        return None
    return Column(place, quantity, find_unit(quantity, heading) or units_of(quantity)[0].symbol)


def _with_fraction(column: Column, cells: Sequence[str], decimal: Decimal, heading: str) -> Column:
    """Soil moisture without a unit whose numbers are all below one is a fraction."""
    if column.quantity != "soil_moisture" or find_unit("soil_moisture", heading):
        return column
    numbers = [float(cell.replace(",", ".")) for cell in cells if is_number(cell, decimal)]
    return replace(column, unit="m³/m³") if numbers and max(numbers) <= 1.0 else column


def _preset(before: Sequence[Line], presets: Sequence[Preset]) -> Preset | None:
    head = _plain(" ".join(line.raw for line in before))
    return next((preset for preset in presets if all(mark in head for mark in preset.marks)), None)


def _all(parse: object, cells: Sequence[str]) -> bool:
    if not callable(parse) or not cells:
        return False
    try:
        for cell in cells:
            parse(cell)
    except ValueError:
        return False
    return True


def _is_midnight(cell: str, order: DayOrder) -> bool:
    local = parse_stamp(cell, order).local
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def _at(line: Line, place: int) -> str:
    return line.cells[place] if place < len(line.cells) else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _stands_in(word: str, text: str) -> bool:
    """Whether a word stands in a text; one of Latin letters begins there, and a short one ends there too."""
    if not word.isascii():
        return word in text
    end = r"(?![a-z])" if len(word) <= 3 else ""
    return re.search(rf"(?<![a-z]){re.escape(word)}{end}", text) is not None
