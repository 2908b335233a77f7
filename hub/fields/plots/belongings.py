"""All that a farmer has here: taken along as one archive, and deleted for good.

Areas add what is theirs of a plot (`Part`): the composition root hands them over. What goes and what stays is decided
in `leaving`; the audit log keeps the bare fact that something was deleted, and by whom.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from edge.wire.quantities import QUANTITIES
from hub.errors import Conflict, Forbidden
from hub.fields import service as fields
from hub.fields.plots import store
from hub.fields.plots.consent import Consent, Share
from hub.fields.plots.leaving import Leaving, plan_leaving
from hub.fields.plots.service import fetch_plot, own_plots
from hub.fields.plots.values import Plot, may_change
from hub.fields.plots.zipping import File, zip_pieces
from hub.fields.rollups import mark_due
from hub.registry.audit import record
from hub.registry.devices import Device
from hub.registry.people import Actor
from hub.registry.service import fetch_devices_by_key, part_from_past
from hub.store import Connection, notify

__all__ = ["MANY", "Belongings", "Part", "Taking"]

# Beyond this nobody counts readings before they are deleted.
MANY = 1_000_000
Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Taking:
    """What somebody takes along: the own plots and the stations on them; texts in the farmer's language."""

    transaction: Transaction
    person_id: str
    plots: Sequence[Plot]
    devices: Sequence[Device]
    translate: Callable[[str], str]
    zone: ZoneInfo
    now: datetime


class Part(Protocol):
    """What an area keeps of plots."""

    def files(self, taking: Taking) -> Iterator[File]:
        """Its files for the archive."""
        ...

    def erase(self, conn: Connection, leaving: Leaving, now: datetime) -> None:
        """Delete what of it does not go with the row of the plot or the readings of the stations by itself."""
        ...


class Belongings:
    """A farmer's data as a whole."""

    def __init__(self, parts: Sequence[Part] = ()) -> None:
        self._parts = parts

    def export(
        self, transaction: Transaction, actor: Actor, translate: Callable[[str], str], zone: ZoneInfo, now: datetime
    ) -> Iterator[bytes]:
        """One ZIP with everything of the actor's own plots, in pieces; each is read in a transaction of its own."""
        with transaction() as conn:
            plots = own_plots(conn, actor)
            keys = frozenset(key for plot in plots for key in plot.station_keys)
            devices = sorted(fetch_devices_by_key(conn, keys).values(), key=lambda device: device.id)
            consents = {plot.id: store.fetch_consents(conn, plot.id) for plot in plots}
            shares = {plot.id: store.fetch_shares(conn, plot.id) for plot in plots}
        taking = Taking(transaction, actor.person_id, plots, devices, translate, zone, now)
        names = {device.key: device.id for device in devices}

        def files() -> Iterator[File]:
            yield File(
                "plots.json", [_json([_as_record(plot, names, consents[plot.id], shares[plot.id]) for plot in plots])]
            )
            yield File("plots.geojson", [_json(_as_geojson(plots))])
            for device in devices:
                yield File(f"readings/{device.id}.csv", _csv(taking, device))
            for part in self._parts:
                yield from part.files(taking)

        return zip_pieces(files(), now.astimezone(zone))

    def leaving(self, conn: Connection, actor: Actor, plot_id: str | None = None) -> Leaving:
        """What would go with one plot, or with everything of the actor's (None). Raises NotFound, Forbidden."""
        if plot_id is None:
            plots = own_plots(conn, actor)
        else:
            plot = fetch_plot(conn, actor, plot_id)
            if not may_change(plot, actor.person_id, is_staff=actor.is_staff) or not plot.is_open:
                raise Forbidden("Only its owner deletes a plot.")
            plots = [plot]
        keys = {key for plot in plots for key in plot.station_keys}
        return plan_leaving(plots, store.fetch_standing(conn, keys))

    def delete(self, conn: Connection, actor: Actor, plot_id: str | None, seal: str, now: datetime) -> Leaving:
        """Delete one plot or everything of the actor's, as it was shown with this seal.

        Raises Conflict when it is another matter by now; NotFound, Forbidden as `leaving`.
        """
        leaving = self.leaving(conn, actor, plot_id)
        for one in leaving.plot_ids:
            store.lock_plot(conn, one)
        if leaving.seal != seal:
            raise Conflict("What would be deleted has changed; look at it again.")
        for part in self._parts:
            part.erase(conn, leaving, now)
        store.delete_readings(conn, leaving.going_keys)
        for key in sorted(leaving.going_keys):
            # A worker who has read them a moment ago writes their hours a moment later: these are looked at again.
            mark_due(conn, key, None, None)
        store.delete_plots(conn, leaving.plot_ids)
        if plot_id is None:
            store.leave_others(conn, actor.person_id, now)
        for plot in leaving.plots:
            # What a station sends later of the time before is the farmer's too.
            part_from_past(conn, plot.station_keys, plot.owner_id, now)
            record(conn, actor, "delete", f"plot/{plot.id}", now, owner=plot.owner_id)
            notify(conn, "live", {"what": "plot", "id": plot.id})
        if plot_id is None:
            record(conn, actor, "delete_farm_data", f"person/{actor.person_id}", now, plots=len(leaving.plots))
        return leaving


def _csv(taking: Taking, device: Device) -> Iterator[bytes]:
    with taking.transaction() as conn:
        (station,) = fields.fetch_stations(conn, [device])
    names = {latest.quantity.name for latest in station.latest}
    quantities = [quantity for quantity in QUANTITIES.values() if quantity.name in names]
    yield fields.csv_head(quantities, taking.translate).encode()
    if quantities:
        since = datetime.min.replace(tzinfo=taking.now.tzinfo)
        for page in fields.csv_pages(taking.transaction, device.key, quantities, since, taking.now, taking.zone):
            yield page.encode()


def _as_record(
    plot: Plot, names: dict[int, str], consents: Sequence[Consent], shares: Sequence[Share]
) -> dict[str, object]:
    kept = {
        name: getattr(plot, name)
        for name in (
            "id", "name", "crop", "crop_id", "planted_on", "base_temperature_c", "target_degree_days", "is_paddy",
            "area_m2", "shape", "shared_with", "created_at",
        )
    }  # fmt: skip
    stations = [{"id": names[key], "temperature_offset_c": plot.offset_c(key)} for key in plot.station_keys]
    told = {"consents": [asdict(one) for one in consents], "shares": [asdict(one) for one in shares]}
    return {**kept, "stations": stations, **told}


def _as_geojson(plots: Sequence[Plot]) -> dict[str, object]:
    features = [
        {
            "type": "Feature",
            "id": plot.id,
            "properties": {"name": plot.name, "crop": plot.crop, "area_m2": plot.area_m2},
            "geometry": plot.shape,
        }
        for plot in plots
    ]
    return {"type": "FeatureCollection", "features": features}


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n").encode()
