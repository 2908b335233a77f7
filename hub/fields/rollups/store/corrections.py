"""What is shown of a reading: gain × measured + shift, over the stretches that `correction` names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from edge.wire.quantities import QUANTITIES
from hub.fields.charts.directions import DIRECTIONS
from hub.store import Connection, Queries

__all__ = ["Correction", "fetch_corrections", "shown_value"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Correction:
    """How one quantity of one device is shown in [from_at, until_at); None is an open end."""

    device_key: int
    quantity: str
    from_at: datetime
    until_at: datetime | None
    gain: float
    shift: float


def fetch_corrections(conn: Connection, device_keys: Collection[int]) -> dict[int, dict[str, list[Correction]]]:
    """Corrections by device and quantity; most devices have none."""
    found: dict[int, dict[str, list[Correction]]] = {}
    for one in _queries.all(conn, "fetch_corrections", Correction, device_keys=sorted(device_keys)):
        found.setdefault(one.device_key, {}).setdefault(one.quantity, []).append(one)
    return found


def shown_value(quantity: str, corrections: Mapping[str, Sequence[Correction]]) -> sql.Composable:
    """The value of a quantity of a reading `r` as it is shown: a `real`, as it was measured where nothing corrects it.

    Raises KeyError for an unknown quantity; nothing else ever becomes part of a statement.
    """
    column = sql.Identifier("r", QUANTITIES[quantity].name)
    stretches = corrections.get(quantity, ())
    if not stretches:
        return column
    cases = sql.SQL(" ").join(_case(one, column, goes_round=quantity in DIRECTIONS) for one in stretches)
    return sql.SQL("case {} else {} end").format(cases, column)


def _case(one: Correction, column: sql.Identifier, *, goes_round: bool) -> sql.Composed:
    value = sql.SQL("({} * {} + {})").format(sql.Literal(one.gain), column, sql.Literal(one.shift))
    if goes_round:
        # A vane that was turned by 20° shows 10° where it measured 350°.
        value = sql.SQL("({0} - 360 * floor({0} / 360))").format(value)
    return sql.SQL("when r.measured_at >= {} and r.measured_at < {} then {}::real").format(
        sql.Literal(one.from_at),
        sql.Literal(one.until_at) if one.until_at is not None else sql.SQL("'infinity'"),
        value,
    )
