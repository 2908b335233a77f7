"""Plots, consents, crops and groups in the database."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from hub.fields.plots.consent import Audience, Basis, Consent, Share
from hub.fields.plots.tables import Crop, Group
from hub.fields.plots.values import NewPlot, Plot
from hub.store import Connection, Queries

__all__ = [
    "add_consent", "add_group", "add_group_member", "add_share", "count_readings", "crop_is_used", "crop_name_taken",
    "delete_crop", "delete_group", "delete_plots", "delete_readings", "end_all_consents", "end_consent",
    "fetch_consents", "fetch_crops", "fetch_groups", "fetch_plots", "fetch_shares", "fetch_standing", "find_farmer",
    "group_name_taken", "leave_others", "lock_plot", "remove_group_member", "remove_share", "rename_group", "save_crop",
    "save_members", "save_plot",
]  # fmt: skip

_queries = Queries.beside(__file__)
_OF_READINGS = (
    "delete_readings", "delete_hours", "delete_days", "delete_latest", "delete_refusals",
    "delete_sensor_watches", "delete_sensor_states", "delete_sensor_past",
    "delete_import_rows", "delete_imports", "delete_import_drafts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Standing:
    device_key: int
    plot_ids: list[str]


@dataclass(frozen=True, slots=True)
class _Id:
    """What an insert gave back."""

    id: str


def fetch_plots(conn: Connection, *, person_id: str, everything: bool, plot_id: str | None = None) -> list[Plot]:
    """Plots that a person may look into, or that there are (`everything`), by name; `is_open` says which."""
    return _queries.all(conn, "fetch_plots", Plot, id=plot_id, person_id=person_id, everything=everything)


def save_plot(conn: Connection, plot_id: str, new: NewPlot, now: datetime | None) -> None:
    """Write a plot's own columns: a new one when `now` is given."""
    shape = new.shape
    _queries.run(
        conn,
        "save_plot" if now is None else "add_plot",
        id=plot_id,
        now=now,
        owner_id=new.owner_id,
        name=new.name,
        crop=new.crop,
        planted_on=new.planted_on,
        crop_id=new.crop_id,
        shape=json.dumps(shape.geojson) if shape else None,
        area_m2=shape and shape.area_m2,
        lat=shape and shape.lat,
        lon=shape and shape.lon,
        base_temperature_c=new.base_temperature_c,
        target_degree_days=new.target_degree_days,
        is_paddy=new.is_paddy,
    )


def save_members(conn: Connection, plot_id: str, new: NewPlot, by: str, now: datetime) -> None:
    """Which stations measure the plot, with their offsets, and which people see it, from now on."""
    _queries.run(conn, "clear_stations", plot_id=plot_id)
    stations = [
        {"plot_id": plot_id, "device_key": key, "offset_c": new.offsets_c.get(key, 0.0)}
        for key in sorted(new.device_keys)
    ]
    _queries.run_many(conn, "add_station", stations)
    people = sorted(new.shared_with)
    _queries.run(conn, "remove_other_shares", plot_id=plot_id, people=people, by=by, now=now)
    for person in people:
        add_share(conn, plot_id, person, by, now)


def add_share(conn: Connection, plot_id: str, person_id: str, by: str, now: datetime) -> None:
    """One more person sees the plot, by the word of `by`."""
    _queries.run(conn, "add_share", plot_id=plot_id, person_id=person_id, by=by, now=now)


def remove_share(conn: Connection, plot_id: str, person_id: str, by: str, now: datetime) -> None:
    """A person sees the plot no longer."""
    _queries.run(conn, "remove_share", plot_id=plot_id, person_id=person_id, by=by, now=now)


def fetch_shares(conn: Connection, plot_id: str) -> list[Share]:
    """Which single people may look into a plot, and which might, the newest first."""
    return _queries.all(conn, "fetch_shares", Share, plot_id=plot_id)


def fetch_standing(conn: Connection, device_keys: Collection[int]) -> dict[int, list[str]]:
    """On which plots (ids) some stations stand; those that stand on none are left out."""
    rows = _queries.all(conn, "fetch_standing", _Standing, device_keys=sorted(device_keys))
    return {row.device_key: row.plot_ids for row in rows}


def lock_plot(conn: Connection, plot_id: str) -> None:
    """Nobody else changes who may look into the plot until the transaction ends."""
    _queries.run(conn, "lock_plot", plot_id=plot_id)


def fetch_consents(conn: Connection, plot_id: str) -> list[Consent]:
    """Whom the owner lets and let look besides single people, the newest first."""
    return _queries.all(conn, "fetch_consents", Consent, plot_id=plot_id)


def add_consent(
    conn: Connection, plot_id: str, audience: Audience, group_id: str | None, now: datetime, *, basis: Basis, by: str
) -> None:
    """The audience may look from now on, by the word of `by`."""
    _queries.run(
        conn, "give_consent", plot_id=plot_id, audience=audience, group_id=group_id, basis=basis, by=by, now=now
    )


def end_consent(
    conn: Connection, plot_id: str, audience: Audience, group_id: str | None, by: str, now: datetime
) -> None:
    """The audience may look no longer."""
    _queries.run(conn, "withdraw_consent", plot_id=plot_id, audience=audience, group_id=group_id, by=by, now=now)


def end_all_consents(conn: Connection, plot_id: str, by: str, now: datetime) -> None:
    """Neither city staff nor any group may look any longer."""
    _queries.run(conn, "withdraw_all", plot_id=plot_id, by=by, now=now)


def find_farmer(conn: Connection, username: str) -> str | None:
    """The id of the active farmer with this user name."""
    return _queries.value(conn, "find_farmer", username=username)


def delete_plots(conn: Connection, plot_ids: Collection[str]) -> None:
    """Delete plots with all that hangs on them."""
    _queries.run(conn, "delete_plots", plot_ids=sorted(plot_ids))


def delete_readings(conn: Connection, device_keys: Collection[int]) -> None:
    """Delete all that some stations have measured, in whatever form it is kept."""
    for statement in _OF_READINGS:
        _queries.run(conn, statement, device_keys=sorted(device_keys))


def count_readings(conn: Connection, device_keys: Collection[int], most: int) -> int:
    """How many readings some stations have, at most `most`."""
    return int(_queries.value(conn, "count_readings", device_keys=sorted(device_keys), most=most))


def leave_others(conn: Connection, person_id: str, now: datetime) -> None:
    """A person leaves every group and looks into nobody else's plots."""
    _queries.run(conn, "leave_all_groups", person_id=person_id)
    _queries.run(conn, "leave_all_shares", person_id=person_id, now=now)


def fetch_crops(conn: Connection) -> list[Crop]:
    """The crops of the table, by name."""
    return _queries.all(conn, "fetch_crops", Crop)


def save_crop(conn: Connection, crop: Crop) -> None:
    """Write a crop, a new one or one that there is."""
    _queries.run(conn, "save_crop", **asdict(crop))


def crop_name_taken(conn: Connection, crop: Crop) -> bool:
    """Whether another crop has this one's name."""
    return bool(_queries.value(conn, "crop_name_taken", id=crop.id, name=crop.name))


def crop_is_used(conn: Connection, crop_id: str) -> bool:
    """Whether some plot has the crop."""
    return bool(_queries.value(conn, "crop_is_used", id=crop_id))


def delete_crop(conn: Connection, crop_id: str) -> int:
    """Delete a crop; 0 when there was none."""
    return _queries.run(conn, "delete_crop", id=crop_id)


def add_group(conn: Connection, group_id: str, name: str, now: datetime) -> bool:
    """Make a group; False when its name is taken."""
    return _queries.one(conn, "add_group", _Id, id=group_id, name=name, now=now) is not None


def rename_group(conn: Connection, group_id: str, name: str) -> None:
    """Give a group another name."""
    _queries.run(conn, "rename_group", id=group_id, name=name)


def group_name_taken(conn: Connection, group_id: str, name: str) -> bool:
    """Whether another group has this name."""
    return bool(_queries.value(conn, "group_name_taken", id=group_id, name=name))


def delete_group(conn: Connection, group_id: str) -> None:
    """Delete a group, with what plots' owners allowed it."""
    _queries.run(conn, "delete_group", id=group_id)


def fetch_groups(conn: Connection, *, group_id: str | None = None, person_id: str | None = None) -> list[Group]:
    """Groups by name: all, one, or those in which a person is."""
    return _queries.all(conn, "fetch_groups", Group, id=group_id, person_id=person_id)


def add_group_member(conn: Connection, group_id: str, person_id: str, now: datetime) -> None:
    """A farmer joins a group."""
    _queries.run(conn, "add_group_member", group_id=group_id, person_id=person_id, now=now)


def remove_group_member(conn: Connection, group_id: str, person_id: str) -> int:
    """A farmer leaves a group; 0 when the farmer was not in it."""
    return _queries.run(conn, "remove_group_member", group_id=group_id, person_id=person_id)
