"""Readings as CSV that a Japanese Excel opens: UTF-8 with BOM, CRLF, the town's own clock. Pure.

Numbers are the shortest that are the stored ones again, and times have a fraction where the stored ones have, so that
what was saved can be added again and changes nothing.
"""

import csv
import io
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from edge.wire.quantities import Quantity
from hub.fields.charts import Bucket
from hub.fields.charts.directions import is_direction
from hub.fields.plots.values import Row
from hub.texts.csv_text import safe_cell

__all__ = ["STEPS", "csv_head", "csv_lines", "plot_head", "plot_lines", "step_head", "step_lines", "write_number"]

STEPS = ("raw", "hour", "day")
"""Every row as it was measured, or the least, mean and greatest of each hour or day."""

_BOM = "\ufeff"


def csv_head(quantities: Sequence[Quantity], translate: Callable[[str], str]) -> str:
    """The first line: what each column is and its unit."""
    names = [translate("Measured at"), translate("UTC offset")]
    names += [f"{translate(quantity.label)} ({quantity.unit})" for quantity in quantities]
    return _BOM + _line([*names, translate("Received at")])


def csv_lines(rows: Iterable[Row], quantities: Sequence[Quantity], zone: ZoneInfo) -> Iterator[str]:
    """A line for each row. The time is one that Excel knows as a time, the offset stands in a column of its own."""
    for row in rows:
        local = row.measured_at.astimezone(zone)
        values = [
            "" if value is None else write_number(value, quantity.decimals)
            for quantity, value in zip(quantities, row.values, strict=True)
        ]
        yield _line([_stamp(local), _offset(local), *values, _stamp(row.received_at.astimezone(zone))])


def plot_head(quantities: Sequence[Quantity], translate: Callable[[str], str]) -> str:
    """The first line of a plot's file: as a station's, with the station's name in a column of its own."""
    first, *rest = csv_head(quantities, translate).rstrip("\r\n").split(",")
    return f"{first},{rest[0]},{_line([translate('Station')]).rstrip()},{','.join(rest[1:])}\r\n"


def plot_lines(station: str, lines: Iterable[str]) -> Iterator[str]:
    """A station's lines in a plot's file. A name that would be a formula gets an apostrophe before it."""
    name = _line([safe_cell(station)]).rstrip("\r\n")
    for line in lines:
        at, offset, rest = line.split(",", 2)
        yield f"{at},{offset},{name},{rest}"


def step_head(quantities: Sequence[Quantity], translate: Callable[[str], str]) -> str:
    """The first line of a plot's hours or days: least, mean and greatest of each quantity; of a direction the mean."""
    names = [translate("Begins at"), translate("UTC offset"), translate("Station")]
    for quantity in quantities:
        name = f"{translate(quantity.label)} ({quantity.unit})"
        words = ("Mean",) if is_direction(quantity) else ("Least", "Mean", "Greatest")
        names += [f"{name} {translate(word)}" for word in words]
    return _BOM + _line(names)


def step_lines(
    station: str, series: Sequence[Sequence[Bucket]], quantities: Sequence[Quantity], zone: ZoneInfo
) -> Iterator[str]:
    """A line for each stretch in which anything was measured; `series` in the order of `quantities`."""
    by_time = [{bucket.time: bucket for bucket in buckets} for buckets in series]
    for at in sorted({at for buckets in by_time for at in buckets}):
        local = at.astimezone(zone)
        cells = [_stamp(local), _offset(local), safe_cell(station)]
        for buckets, quantity in zip(by_time, quantities, strict=True):
            cells += _step_cells(buckets.get(at), quantity)
        yield _line(cells)


def _step_cells(bucket: Bucket | None, quantity: Quantity) -> list[str]:
    """A direction has its mean alone, empty where it came from all sides."""
    values: tuple[float | None, ...] = (None, None, None)
    if is_direction(quantity):
        values = (bucket and bucket.shown_mean,)
    elif bucket is not None:
        values = (bucket.min, bucket.mean, bucket.max)
    return ["" if value is None else write_number(value, quantity.decimals) for value in values]


def write_number(value: float, decimals: int) -> str:
    """A value as the shortest number that is the same single float again, with `decimals` digits at least."""
    single = struct.pack("f", value)
    for digits in range(decimals, 12):
        text = f"{value:.{digits}f}"
        if struct.pack("f", float(text)) == single:
            return text
    return repr(value)


def _offset(local: datetime) -> str:
    return f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:]


def _stamp(local: datetime) -> str:
    fraction = f".{local.microsecond:06d}".rstrip("0") if local.microsecond else ""
    return f"{local:%Y-%m-%d %H:%M:%S}{fraction}"


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
