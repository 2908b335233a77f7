"""Computing hours from readings, and days from hours."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from psycopg import sql

from edge.wire.quantities import QUANTITIES
from hub.fields.rollups.planning import Due
from hub.fields.rollups.store.parts import added_up, of_an_hour, part_columns
from hub.fields.rollups.stretches import EARLIEST, LATEST, Stretch
from hub.store import Connection, Queries

__all__ = ["count_drops", "lock", "renew_days", "renew_hours", "save_zone", "try_lock", "zone_of_days"]

_queries = Queries.beside(__file__)
# Any constant does, so long as only rolling up and dropping use it: two that roll up the same hour at once could leave
# what the slower one saw.
_LOCK = 7_261_031


def try_lock(conn: Connection) -> bool:
    """Become the only one that rolls up or drops, until the transaction ends; False when somebody else is."""
    row = conn.execute("select pg_try_advisory_xact_lock(%s)", (_LOCK,)).fetchone()
    return bool(row and row[0])


def lock(conn: Connection) -> None:
    """The same, as soon as nobody else is."""
    conn.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def count_drops(conn: Connection) -> int:
    """How often raw readings have been dropped."""
    return int(_queries.value(conn, "count_drops"))


def renew_hours(conn: Connection, pieces: Sequence[Due], shown: Mapping[str, sql.Composable], drops: int) -> None:
    """Make the hours of these pieces what their readings say; `shown` is the value of each quantity of a reading `r`.

    What was rolled up before its readings were dropped stays as it is, whatever has come since.
    """
    if not pieces:
        return
    values = sql.SQL(", ").join(of_an_hour(name, shown[name]) for name in QUANTITIES)
    fills = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(column) for column in _columns())
    conn.execute(
        sql.SQL(
            "with piece as materialized ("
            " select * from unnest(%(device_keys)s::integer[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])"
            "   as given (key, since_at, until_at)"
            "), computed as materialized ("
            " select r.device_id, {drops}::integer as drops, time_bucket('1 hour', r.measured_at) as hour_at, {values}"
            " from piece join reading r on r.device_id = piece.key"
            "   and r.measured_at >= piece.since_at and r.measured_at < piece.until_at"
            " where r.measured_at >= {first} and r.measured_at < {last}"
            " group by 1, 3"
            "), gone as ("
            " delete from reading_hour h using piece where h.device_id = piece.key"
            "   and h.hour_at >= piece.since_at and h.hour_at < piece.until_at"
            "   and h.hour_at >= {first} and h.hour_at < {last}"
            "   and not exists (select from computed c where c.device_id = h.device_id and c.hour_at = h.hour_at)"
            "   and not exists (select from raw_drop d where d.until_at > h.hour_at and d.number > h.drops)"
            ") insert into reading_hour as h (device_id, drops, hour_at, {columns}) select * from computed"
            " on conflict (device_id, hour_at) do update set drops = excluded.drops, {fills}"
            " where not exists (select from raw_drop d where d.until_at > h.hour_at and d.number > h.drops)"
        ).format(
            drops=sql.Literal(drops),
            values=values,
            first=sql.Literal(min(piece.stretch.since for piece in pieces)),
            last=sql.Literal(max(piece.stretch.until for piece in pieces)),
            columns=sql.SQL(", ").join(_columns()),
            fills=fills,
        ),
        _arrays(pieces),
    )


def _columns() -> list[sql.Identifier]:
    return [column for name in QUANTITIES for column in part_columns(name)]


def _arrays(pieces: Sequence[Due]) -> dict[str, list[object]]:
    return {
        "device_keys": [piece.device_key for piece in pieces],
        "sinces": [piece.stretch.since for piece in pieces],
        "untils": [piece.stretch.until for piece in pieces],
    }


def renew_days(conn: Connection, pieces: Sequence[Due], zone: ZoneInfo) -> None:
    """Make the days of these pieces, which are whole days of the zone's clock, what their hours say."""
    if not pieces:
        return
    arrays = _arrays(pieces)
    _queries.run(conn, "forget_days", **arrays)
    sums = sql.SQL(", ").join(added_up(name) for name in QUANTITIES)
    conn.execute(
        sql.SQL(
            "insert into reading_day (device_id, day_at, {columns})"
            " select device_id, time_bucket('1 day', hour_at, {zone}), {sums}"
            " from unnest(%(device_keys)s::integer[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])"
            "   as piece (key, since_at, until_at)"
            " join reading_hour on device_id = piece.key and hour_at >= piece.since_at and hour_at < piece.until_at"
            " where hour_at >= {first} and hour_at < {last} group by 1, 2"
        ).format(
            columns=sql.SQL(", ").join(_columns()),
            zone=sql.Literal(zone.key),
            sums=sums,
            first=sql.Literal(min(piece.stretch.since for piece in pieces)),
            last=sql.Literal(max(piece.stretch.until for piece in pieces)),
        ),
        arrays,
    )


def zone_of_days(conn: Connection) -> str | None:
    """Whose days the daily rollups are; locked for the rest of the transaction."""
    return _queries.value(conn, "lock_state")


def save_zone(conn: Connection, zone: ZoneInfo) -> None:
    """Make the daily rollups those of another zone, all of them."""
    conn.execute("truncate reading_day")
    everything = [Due(key, Stretch(EARLIEST, LATEST)) for (key,) in conn.execute("select device_id from rollup_reach")]
    renew_days(conn, everything, zone)
    _queries.run(conn, "save_zone", zone=zone.key)
