"""The table of crops: staff keep it, farmers choose from it.

Every function takes the caller's transaction first; none commits or reads a clock.
"""

from dataclasses import asdict
from datetime import datetime

from hub.errors import Conflict, NotFound
from hub.fields.plots import store
from hub.fields.plots.tables import Crop
from hub.registry.audit import record
from hub.registry.people import Actor
from hub.store import Connection

__all__ = ["delete_crop", "fetch_crop", "fetch_crops", "save_crop"]


def fetch_crops(conn: Connection) -> list[Crop]:
    """All crops, by name."""
    return store.fetch_crops(conn)


def fetch_crop(conn: Connection, crop_id: str) -> Crop:
    """One crop; raises NotFound."""
    for crop in store.fetch_crops(conn):
        if crop.id == crop_id:
            return crop
    raise NotFound("There is no such crop.")


def save_crop(conn: Connection, actor: Actor, crop: Crop, now: datetime) -> None:
    """Write a crop, a new one or one that there is. Raises Conflict when another one has its name."""
    if store.crop_name_taken(conn, crop):
        raise Conflict("Another crop has this name.")
    store.save_crop(conn, crop)
    record(conn, actor, "save", f"crop/{crop.id}", now, **{k: v for k, v in asdict(crop).items() if k != "id"})


def delete_crop(conn: Connection, actor: Actor, crop_id: str, now: datetime) -> None:
    """Delete a crop. Raises NotFound, or Conflict while a plot has it."""
    fetch_crop(conn, crop_id)
    if store.crop_is_used(conn, crop_id):
        raise Conflict("A plot has this crop.")
    store.delete_crop(conn, crop_id)
    record(conn, actor, "delete", f"crop/{crop_id}", now)
