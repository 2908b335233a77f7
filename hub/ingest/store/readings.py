"""Rows of readings: appended by binary COPY when they are thought to be new, merged into what is there when not.

Either way the hours that they touch are marked as due for the rollups (`rollup_due`), in the same transaction.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from hub.ingest.rows import KEY_COLUMNS, Key, RowBatch, format_copy, format_marks, gather_marks
from hub.store import Connection

__all__ = ["Duplicates", "copy_rows", "merge_rows", "refuse_duplicates"]


_MARKS = "copy rollup_due (device_id, since_at, until_at) from stdin (format binary)"


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
        keys = sorted(batch.rows)
        _copy(conn, "reading", batch, keys)
        _mark_due(conn, keys)


def merge_rows(conn: Connection, batch: RowBatch) -> None:
    """Add rows and fill gaps of existing ones; what an existing row says stays."""
    if not batch.rows:
        return
    conn.execute("create temporary table if not exists staged_reading (like reading) on commit delete rows")
    conn.execute("delete from staged_reading")
    keys = sorted(batch.rows)
    quantities = _copy(conn, "staged_reading", batch, keys)
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
    _mark_due(conn, keys)


def _mark_due(conn: Connection, keys: Sequence[Key]) -> None:
    """Rows are only ever added, without looking for those of others: two writers never wait here."""
    with conn.cursor() as cursor, cursor.copy(_MARKS) as copy:
        copy.write(format_marks(gather_marks(keys)))


def _copy(conn: Connection, table: str, batch: RowBatch, keys: Sequence[Key]) -> tuple[str, ...]:
    quantities = batch.quantities()
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(table), _columns(quantities))
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(format_copy(batch, quantities, keys))
    return quantities


def _columns(quantities: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in (*KEY_COLUMNS, *quantities))
