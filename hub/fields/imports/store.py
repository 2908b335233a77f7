"""Imported files in the database: drafts, what was stored of them, and the readings themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql

from edge.wire.quantities import QUANTITIES
from hub.fields.imports.comparing import Addition
from hub.fields.imports.layouts import Preset
from hub.fields.imports.stamps import DayOrder
from hub.store import Connection, Queries

__all__ = [
    "Draft", "Import", "NewImport", "add_import", "add_rows", "drop_draft", "fetch_draft", "fetch_imports",
    "fetch_presets", "fetch_refused", "fetch_stored", "has_later_import", "lock_series", "raise_latest", "remove_rows",
    "save_draft", "save_layout",
]  # fmt: skip

_queries = Queries.beside(__file__)
_DRAFT_STAYS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Draft:
    """An uploaded file that a person looks at; `layout` as JSON."""

    id: str
    device_key: int
    person_id: str
    file_name: str
    content: bytes
    layout: str
    preset: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Import:
    """A file whose rows were stored; `undone_at` when they were taken back."""

    id: str
    device_key: int
    person_id: str
    person_name: str
    file_name: str
    size_bytes: int
    imported_at: datetime
    first_at: datetime
    last_at: datetime
    new_rows: int
    filled_rows: int
    known_rows: int
    differing_rows: int
    refused_lines: int
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewImport:
    """An import to be kept; counts are of rows, `refused` is the file of lines that could not be stored."""

    id: str
    device_key: int
    person_id: str
    file_name: str
    file_sha256: bytes
    size_bytes: int
    layout: str
    first_at: datetime
    last_at: datetime
    new_rows: int
    filled_rows: int
    known_rows: int
    differing_rows: int
    refused_lines: int
    refused: str | None


@dataclass(frozen=True, slots=True)
class _Preset:
    id: str
    name: str
    marks: list[str]
    day_order: DayOrder
    headings: dict[str, list[str] | None]
    source: str
    checked_on: object


def fetch_presets(conn: Connection) -> list[Preset]:
    """The files of known loggers."""
    return [
        Preset(
            row.id,
            row.name,
            tuple(row.marks),
            row.day_order,
            {key: None if meaning is None else (meaning[0], meaning[1]) for key, meaning in row.headings.items()},
        )
        for row in _queries.all(conn, "fetch_presets", _Preset)
    ]


def save_draft(conn: Connection, draft: Draft) -> None:
    """Keep a file while a person looks at it; older ones go."""
    _queries.run(conn, "drop_old_drafts", before=draft.created_at - _DRAFT_STAYS)
    _queries.run(
        conn,
        "save_draft",
        id=draft.id,
        device_key=draft.device_key,
        person_id=draft.person_id,
        file_name=draft.file_name,
        content=draft.content,
        layout=draft.layout,
        preset=draft.preset,
        now=draft.created_at,
    )


def fetch_draft(conn: Connection, draft_id: str, person_id: str, device_key: int) -> Draft | None:
    """A person's draft for a station; None when there is none."""
    return _queries.one(conn, "fetch_draft", Draft, id=draft_id, person_id=person_id, device_key=device_key)


def save_layout(conn: Connection, draft_id: str, layout: str) -> None:
    """What the person says that the columns are."""
    _queries.run(conn, "save_layout", id=draft_id, layout=layout)


def drop_draft(conn: Connection, draft_id: str) -> None:
    """The person has decided."""
    _queries.run(conn, "drop_draft", id=draft_id)


def lock_series(conn: Connection, device_key: int) -> None:
    """Hold a station's imports until the transaction ends."""
    _queries.value(conn, "lock_series", device_key=device_key)


def fetch_stored(
    conn: Connection, device_key: int, quantities: Sequence[str], since: datetime, until: datetime
) -> dict[datetime, dict[str, float]]:
    """What is stored in [since, until] by moment: the values of these quantities, without those that are missing."""
    columns = sql.SQL(", ").join(_column(name) for name in quantities)
    statement = sql.SQL(
        "select measured_at, {} from reading where device_id = %s and measured_at >= %s and measured_at <= %s"
    ).format(columns)
    rows = conn.execute(statement, (device_key, since, until))
    return {
        row[0]: {name: value for name, value in zip(quantities, row[1:], strict=True) if value is not None}
        for row in rows
    }


def add_import(conn: Connection, new: NewImport, additions: Mapping[datetime, Addition], now: datetime) -> None:
    """Keep an import and, value for value, what it has added."""
    _queries.run(
        conn,
        "add_import",
        now=now,
        **{name: getattr(new, name) for name in NewImport.__slots__},
    )
    with (
        conn.cursor() as cursor,
        cursor.copy("copy import_row (import_id, measured_at, quantities, readings, is_own) from stdin") as copy,
    ):
        for at, addition in additions.items():
            copy.write_row((new.id, at, list(addition.values), list(addition.values.values()), addition.is_own))


def add_rows(conn: Connection, device_key: int, additions: Mapping[datetime, Addition], now: datetime) -> None:
    """Add rows, and values to rows that have none of them. What is stored stays as it is."""
    names = [name for name in QUANTITIES if any(name in addition.values for addition in additions.values())]
    columns = sql.SQL(", ").join(_column(name) for name in names)
    conn.execute("create temporary table if not exists staged_import (like reading) on commit delete rows")
    conn.execute("delete from staged_import")
    statement = sql.SQL("copy staged_import (device_id, measured_at, received_at, {}) from stdin").format(columns)
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for at, addition in additions.items():
            copy.write_row((device_key, at, now, *(addition.values.get(name) for name in names)))
    fills = sql.SQL(", ").join(sql.SQL("{0} = coalesce(reading.{0}, excluded.{0})").format(_column(n)) for n in names)
    conn.execute(
        sql.SQL(
            "insert into reading (device_id, measured_at, received_at, {columns})"
            " select device_id, measured_at, received_at, {columns} from staged_import order by measured_at"
            " on conflict (device_id, measured_at) do update set {fills}"
        ).format(columns=columns, fills=fills)
    )


def raise_latest(conn: Connection, device_key: int, additions: Mapping[datetime, Addition], now: datetime) -> None:
    """Let newest values be the import's where that is newer."""
    newest: dict[str, tuple[datetime, float]] = {}
    for at, addition in additions.items():
        for name, value in addition.values.items():
            if name not in newest or newest[name][0] < at:
                newest[name] = (at, value)
    _queries.run_many(
        conn,
        "save_latest",
        [
            {"device_key": device_key, "quantity": name, "measured_at": at, "received_at": now, "value": value}
            for name, (at, value) in sorted(newest.items())
        ],
    )


def fetch_imports(conn: Connection, device_key: int, import_id: str | None = None) -> list[Import]:
    """A station's imports, the last one first; or one of them."""
    return _queries.all(conn, "fetch_imports", Import, device_key=device_key, id=import_id)


def fetch_refused(conn: Connection, import_id: str) -> str | None:
    """The file of the lines that an import could not store; None when there were none."""
    return _queries.value(conn, "fetch_refused", id=import_id)


def has_later_import(conn: Connection, import_id: str) -> bool:
    """Whether a later import that holds overlaps this one."""
    return bool(_queries.value(conn, "later_import", id=import_id))


def remove_rows(conn: Connection, one: Import, by: str, now: datetime) -> bool:
    """Take an import's values out again; False, and nothing done, when some are not any more as it left them."""
    if _queries.value(conn, "count_touched", id=one.id):
        return False
    _queries.run(conn, "drop_latest", id=one.id, device_key=one.device_key)
    for name in QUANTITIES:
        conn.execute(
            sql.SQL(
                "update reading r set {0} = null from import_row i where i.import_id = %s and %s = any(i.quantities)"
                " and r.device_id = %s and r.measured_at = i.measured_at and r.measured_at between %s and %s"
            ).format(_column(name)),
            (one.id, name, one.device_key, one.first_at, one.last_at),
        )
    _queries.run(conn, "drop_empty_rows", id=one.id, device_key=one.device_key)
    _queries.run(conn, "drop_import_rows", id=one.id)
    _queries.run(conn, "save_undone", id=one.id, by=by, now=now)
    _restore_latest(conn, one.device_key)
    return True


def _restore_latest(conn: Connection, device_key: int) -> None:
    """Newest values of quantities that have none at the moment, from the readings."""
    for name in QUANTITIES:
        conn.execute(
            sql.SQL(
                "insert into latest (device_id, quantity, measured_at, received_at, value)"
                " select device_id, %s, measured_at, received_at, {0} from reading where device_id = %s"
                " and {0} is not null and not exists (select from latest where device_id = %s and quantity = %s)"
                " order by measured_at desc limit 1 on conflict do nothing"
            ).format(_column(name)),
            (name, device_key, device_key, name),
        )


def _column(quantity: str) -> sql.Identifier:
    """The column of a quantity, which bears its name; nothing else ever becomes part of a statement."""
    return sql.Identifier(QUANTITIES[quantity].name)
