"""Series of one device: as measured, or by stretches of the town's clock, from rollups wherever these are exact."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import overload
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.rows import class_row

from edge.wire.quantities import QUANTITIES
from hub.fields.charts import Bucket, Point
from hub.fields.charts.directions import DIRECTIONS, VECTOR_UNIT, mean_direction
from hub.fields.plots import Row
from hub.fields.plots.past import shown_since
from hub.fields.rollups.planning import ReadingPlan, plan_reading
from hub.fields.rollups.store.corrections import Correction, fetch_corrections, shown_value
from hub.fields.rollups.store.marks import fetch_standing
from hub.fields.rollups.store.parts import bucket_columns, of_a_reading, part_columns
from hub.fields.rollups.stretches import Stretch
from hub.store import Connection, Queries

__all__ = ["fetch_many", "fetch_rows", "fetch_series"]

_queries = Queries.beside(__file__)
Corrections = dict[str, list[Correction]]


@overload
def fetch_series(
    conn: Connection,
    device_key: int,
    quantity: str,
    since: datetime | None,
    until: datetime | None,
    bucket: None = None,
    *,
    zone: str = "Asia/Tokyo",
    after: datetime | None = None,
    limit: int | None = None,
) -> list[Point]: ...


@overload
def fetch_series(
    conn: Connection,
    device_key: int,
    quantity: str,
    since: datetime | None,
    until: datetime | None,
    bucket: timedelta,
    *,
    zone: str = "Asia/Tokyo",
    after: datetime | None = None,
    limit: int | None = None,
) -> list[Bucket]: ...


def fetch_series(  # noqa: PLR0913  # a series is named by as many things
    conn: Connection,
    device_key: int,
    quantity: str,
    since: datetime | None,
    until: datetime | None,
    bucket: timedelta | None = None,
    *,
    zone: str = "Asia/Tokyo",
    after: datetime | None = None,
    limit: int | None = None,
) -> list[Point] | list[Bucket]:
    """One quantity of one device over [since, until), oldest first; an open end is None. Values as they are shown.

    Without `bucket` each value; with one, min, mean, max and count of each stretch of the town's clock in `zone` (a
    bucket of one day is the town's day), over the readings in [since, until) only; the mean of a direction is a
    vector's. `after` continues behind the `time` of a former last item, `limit` is the most items. Raises KeyError for
    an unknown quantity.
    """
    if bucket is not None:
        return _fetch_buckets(conn, device_key, (quantity,), since, until, bucket, zone=zone, after=after, limit=limit)[
            quantity
        ]
    statement = sql.SQL(_queries.statements["fetch_points"]).format(
        quantity=sql.Identifier("r", QUANTITIES[quantity].name),
        shown=shown_value(quantity, _corrections(conn, device_key)),
    )
    begin = shown_since(conn, device_key, since)
    parameters = {"device_key": device_key, "since": begin, "until": until, "after": after, "limit": limit}
    with conn.cursor(row_factory=class_row(Point)) as cursor:
        return cursor.execute(statement, parameters).fetchall()


def fetch_many(
    conn: Connection,
    device_key: int,
    quantities: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    bucket: timedelta,
    *,
    zone: str = "Asia/Tokyo",
) -> dict[str, list[Bucket]]:
    """Buckets of several quantities of a device, as `fetch_series` gives each, for hardly more than one costs."""
    return _fetch_buckets(conn, device_key, tuple(quantities), since, until, bucket, zone=zone)


def fetch_rows(
    conn: Connection,
    device_key: int,
    quantities: Sequence[str],
    since: datetime,
    until: datetime,
    *,
    after: datetime | None,
    limit: int,
) -> list[Row]:
    """Whole rows of a device over [since, until), those behind `after`, oldest first; values as they are shown.

    Raises KeyError for an unknown quantity.
    """
    corrections = _corrections(conn, device_key)
    shown = sql.SQL(", ").join(shown_value(quantity, corrections) for quantity in quantities)
    statement = sql.SQL(_queries.statements["fetch_rows"]).format(shown=shown)
    begin = shown_since(conn, device_key, since)
    parameters = {"device_key": device_key, "since": begin, "until": until, "after": after, "limit": limit}
    return [Row(row[0], row[1], row[2:]) for row in conn.execute(statement, parameters)]


def _corrections(conn: Connection, device_key: int) -> Corrections:
    return fetch_corrections(conn, [device_key]).get(device_key, {})


def _fetch_buckets(  # noqa: PLR0913  # the same
    conn: Connection,
    device_key: int,
    quantities: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    width: timedelta,
    *,
    zone: str,
    after: datetime | None = None,
    limit: int | None = None,
) -> dict[str, list[Bucket]]:
    found: dict[str, list[Bucket]] = {quantity: [] for quantity in quantities}
    # What is behind `after` begins in its bucket's end at the earliest; the statement itself leaves that bucket out.
    begin = shown_since(conn, device_key, since if after is None else max(after, since or after))
    standing = fetch_standing(conn, device_key, begin, until)
    plan = plan_reading(begin, until, width, ZoneInfo(zone), standing)
    pieces = _pieces(plan, device_key, quantities, _corrections(conn, device_key))
    if not pieces:
        return found
    values = sql.SQL(", ").join(bucket_columns(quantity) for quantity in quantities)
    statement = sql.SQL(
        "select time_bucket({width}, at, {zone}) as time, {values} from ({pieces}) as piece"
        " where {after}::timestamptz is null or time_bucket({width}, at, {zone}) > {after}"
        " group by 1 order by 1 limit {limit}"
    ).format(
        width=sql.Literal(width),
        zone=sql.Literal(zone),
        values=values,
        pieces=sql.SQL(" union all ").join(pieces),
        after=sql.Literal(after),
        limit=sql.Literal(limit),
    )
    for row in conn.execute(statement):
        for place, quantity in enumerate(quantities):
            low, mean, high, count, east = row[1 + 5 * place : 6 + 5 * place]
            if not count:
                continue
            steadiness = None
            if quantity in DIRECTIONS:
                mean, steadiness = mean_direction(mean, east, int(count) * VECTOR_UNIT)
            found[quantity].append(Bucket(row[0], low, mean, high, int(count), steadiness))
    return found


def _pieces(
    plan: ReadingPlan, device_key: int, quantities: Sequence[str], corrections: Corrections
) -> list[sql.Composed]:
    """Statements for the plan's stretches, each giving `at` and the parts of each quantity."""
    measured = sql.SQL(", ").join(of_a_reading(name, shown_value(name, corrections)) for name in quantities)
    rolled = sql.SQL(", ").join(part for quantity in quantities for part in part_columns(quantity))
    present = sql.SQL(" or ").join(sql.SQL("{} is not null").format(sql.Identifier(q)) for q in quantities)
    counted = sql.SQL(" or ").join(
        sql.SQL("{} is not null").format(part_columns(quantity)[-1]) for quantity in quantities
    )

    def piece(table: str, key: str, columns: sql.Composable, has: sql.Composable, stretch: Stretch) -> sql.Composed:
        return sql.SQL(
            "select {key} as at, {columns} from {table} r"
            " where device_id = {device} and {key} >= {since} and {key} < {until} and ({has})"
        ).format(
            key=sql.Identifier(key),
            columns=columns,
            table=sql.Identifier(table),
            device=sql.Literal(device_key),
            since=sql.Literal(stretch.since),
            until=sql.Literal(stretch.until),
            has=has,
        )

    return [
        *(piece("reading", "measured_at", measured, present, one) for one in plan.raw),
        *(piece("reading_hour", "hour_at", rolled, counted, one) for one in plan.hours),
        *(piece("reading_day", "day_at", rolled, counted, one) for one in plan.days),
    ]
