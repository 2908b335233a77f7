"""What of a station's past is shown: not what it measured for a former farmer."""

from datetime import datetime
from typing import overload

from hub.registry.service import shown_from
from hub.store import Connection

__all__ = ["shown_since"]


@overload
def shown_since(conn: Connection, device_key: int, since: datetime) -> datetime: ...


@overload
def shown_since(conn: Connection, device_key: int, since: datetime | None) -> datetime | None: ...


def shown_since(conn: Connection, device_key: int, since: datetime | None) -> datetime | None:
    """The later of `since` and the moment before which a device's readings are its former farmer's.

    Whatever reads the past of a device for somebody begins here.
    """
    begin = shown_from(conn, device_key)
    return begin if since is None or (begin is not None and begin > since) else since
