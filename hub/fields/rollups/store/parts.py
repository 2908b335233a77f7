"""What rollups keep of a quantity, and how hours come out of readings, days out of hours, buckets of all."""

from typing import LiteralString

from psycopg import sql

from edge.wire.quantities import QUANTITIES
from hub.fields.charts.directions import DIRECTIONS, VECTOR_UNIT

__all__ = ["added_up", "bucket_columns", "of_a_reading", "of_an_hour", "part_columns", "parts_of"]

_PARTS = ("sum", "min", "max", "count")
# A direction has no sum: its unit vectors have, to the north and to the east.
_DIRECTION_PARTS = ("north", "east", "min", "max", "count")


def parts_of(quantity: str) -> tuple[str, ...]:
    """The parts that are kept of a quantity. Raises KeyError for an unknown one."""
    return _DIRECTION_PARTS if QUANTITIES[quantity].name in DIRECTIONS else _PARTS


def part_columns(quantity: str) -> list[sql.Identifier]:
    """Their columns."""
    return [_column(quantity, part) for part in parts_of(quantity)]


def _column(quantity: str, part: str) -> sql.Identifier:
    return sql.Identifier(f"{QUANTITIES[quantity].name}_{part}")


def of_an_hour(quantity: str, value: sql.Composable) -> sql.Composed:
    """The parts of many readings together, where `value` is the quantity of one."""
    return _aliased(
        quantity,
        sum="sum({value}::float8)",
        north="sum({north})",
        east="sum({east})",
        min="min({value})",
        max="max({value})",
        count="nullif(count({value}), 0)",
        value=value,
    )


def of_a_reading(quantity: str, value: sql.Composable) -> sql.Composed:
    """The parts of one reading, so that it adds up with hours."""
    return _aliased(
        quantity,
        sum="{value}::float8",
        north="{north}",
        east="{east}",
        min="{value}",
        max="{value}",
        count="({value} is not null)::integer",
        value=value,
    )


def _aliased(quantity: str, *, value: sql.Composable, **how: LiteralString) -> sql.Composed:
    blanks = {"value": value, "north": _component("cosd", value), "east": _component("sind", value)}
    return sql.SQL(", ").join(
        sql.SQL("{} as {}").format(sql.SQL(how[part]).format(**blanks), _column(quantity, part))
        for part in parts_of(quantity)
    )


def _component(function: LiteralString, value: sql.Composable) -> sql.Composed:
    """A unit vector's component in whole billionths; `cosd` and `sind` are exact for right angles."""
    return sql.SQL("round({}({}::float8) * {})").format(sql.SQL(function), value, sql.Literal(VECTOR_UNIT))


def added_up(quantity: str) -> sql.Composed:
    """The parts of many rollups together."""
    how = {"min": sql.SQL("min({})"), "max": sql.SQL("max({})")}
    return sql.SQL(", ").join(
        how.get(part, sql.SQL("sum({})")).format(_column(quantity, part)) for part in parts_of(quantity)
    )


def bucket_columns(quantity: str) -> sql.Composed:
    """Five columns out of many parts: min, mean, max, count, null; of a direction north and east for mean and null."""
    if quantity in DIRECTIONS:
        statement = sql.SQL("min({min}), coalesce(sum({north}), 0), max({max}), sum({count}), coalesce(sum({east}), 0)")
    else:
        statement = sql.SQL("min({min}), sum({sum}) / sum({count}), max({max}), sum({count}), null::float8")
    return statement.format(**{part: _column(quantity, part) for part in parts_of(quantity)})
