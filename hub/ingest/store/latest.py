"""The newest value of each device and quantity, and when agents and devices were last heard."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from psycopg import sql

from edge.wire.quantities import QUANTITIES
from hub.store import Connection, Queries

__all__ = ["rebuild_latest", "save_agents_heard", "save_devices_heard", "save_latest"]

_queries = Queries.beside(__file__)
_REBUILD_MARGIN = timedelta(days=1)


def save_latest(conn: Connection, newest: Mapping[tuple[int, str], tuple[datetime, datetime, float]]) -> None:
    """Save (measured_at, received_at, value) by (device key, quantity) where it is newer than what is there."""
    if not newest:
        return
    _queries.run(
        conn,
        "save_latest",
        devices=[device for device, _ in newest],
        quantities=[quantity for _, quantity in newest],
        measured=[measured for measured, _, _ in newest.values()],
        received=[received for _, received, _ in newest.values()],
        values=[value for _, _, value in newest.values()],
    )


def rebuild_latest(conn: Connection) -> int:
    """Bring `latest` up to the readings; returns how many values changed.

    A process that died may have stored rows and not flushed their values. Looks at each device's readings from a day
    before its newest known value on, which is an index scan each; only a device without any value is read through.
    """
    values = sql.SQL(", ").join(
        sql.SQL("({}, r.{})").format(sql.Literal(name), sql.Identifier(name)) for name in QUANTITIES
    )
    return conn.execute(
        sql.SQL(
            "insert into latest (device_id, quantity, measured_at, received_at, value)"
            " select distinct on (d.key, v.quantity) d.key, v.quantity, r.measured_at, r.received_at, v.value"
            " from device d"
            " cross join lateral (select coalesce(max(measured_at) - {margin}, '-infinity') as after"
            "   from latest where device_id = d.key) known"
            " join reading r on r.device_id = d.key and r.measured_at > known.after"
            " cross join lateral (values {values}) as v (quantity, value)"
            " where v.value is not null"
            " order by d.key, v.quantity, r.measured_at desc"
            " on conflict (device_id, quantity) do update set"
            "   measured_at = excluded.measured_at, received_at = excluded.received_at, value = excluded.value"
            " where excluded.measured_at > latest.measured_at"
        ).format(margin=sql.Literal(_REBUILD_MARGIN), values=values)
    ).rowcount


def save_agents_heard(conn: Connection, heard: Mapping[str, datetime]) -> None:
    """Save when agents were last heard; rows that somebody holds are left out, the next message will do."""
    if heard:
        _queries.run(conn, "save_agents_heard", ids=list(heard), at=list(heard.values()))


def save_devices_heard(conn: Connection, heard: Mapping[int, datetime]) -> None:
    """Save when devices were last heard; rows that somebody holds are left out."""
    if heard:
        _queries.run(conn, "save_devices_heard", keys=list(heard), at=list(heard.values()))
