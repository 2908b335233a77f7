"""A station's readings as CSV that a Japanese Excel opens: UTF-8 with BOM, CRLF, the town's own clock. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from edge.wire.quantities import Quantity
from hub.fields.plots.values import Row

__all__ = ["csv_head", "csv_lines"]

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
            "" if value is None else f"{value:.{quantity.decimals + 1}f}"
            for quantity, value in zip(quantities, row.values, strict=True)
        ]
        yield _line(
            [
                _stamp(local),
                f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:],
                *values,
                _stamp(row.received_at.astimezone(zone)),
            ]
        )


def _stamp(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M:%S}"


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
