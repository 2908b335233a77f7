"""Rows of readings: appended by binary COPY when they are thought to be new, merged into what is there when not."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from hub.ingest.rows import KEY_COLUMNS, RowBatch, format_copy
from hub.store import Connection

__all__ = ["Duplicates", "copy_rows", "merge_rows", "refuse_duplicates"]


class Duplicates(Exception):
    """Some of the rows are in the table already."""


@contextmanager
def refuse_duplicates() -> Generator[None]:
    """Turn the database's complaint about rows that exist into Duplicates; put it around the whole transaction."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Duplicates from error


def copy_rows(conn: Connection, batch: RowBatch) -> None:
    """Append rows that are thought to be new, as fast as can be; a UniqueViolation when one is not."""
    if batch.rows:
        _copy(conn, "reading", batch)


def merge_rows(conn: Connection, batch: RowBatch) -> None:
    """Add rows and fill gaps of existing ones; what an existing row says stays."""
    if not batch.rows:
        return
    conn.execute("create temporary table if not exists staged_reading (like reading) on commit delete rows")
    conn.execute("delete from staged_reading")
    quantities = _copy(conn, "staged_reading", batch)
    columns = _columns(quantities)
    names = [sql.Identifier(name) for name in quantities]
    fills = sql.SQL(", ").join(sql.SQL("{0} = coalesce(reading.{0}, excluded.{0})").format(name) for name in names)
    gaps = sql.SQL(" or ").join(
        sql.SQL("(reading.{0} is null and excluded.{0} is not null)").format(name) for name in names
    )
    conn.execute(
        sql.SQL(
            "insert into reading ({columns}) select {columns} from staged_reading order by device_id, measured_at"
            " on conflict (device_id, measured_at) do update set {fills} where {gaps}"
        ).format(columns=columns, fills=fills, gaps=gaps)
    )


def _copy(conn: Connection, table: str, batch: RowBatch) -> tuple[str, ...]:
    quantities = batch.quantities()
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(table), _columns(quantities))
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(format_copy(batch, quantities))
    return quantities


def _columns(quantities: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in (*KEY_COLUMNS, *quantities))
