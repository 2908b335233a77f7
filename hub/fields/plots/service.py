"""What farmers and staff do with plots: make, change, share, let look, delete.

Every function takes the caller's transaction first; none commits or reads a clock.
"""

from datetime import datetime

from hub.errors import Forbidden, Invalid, NotFound
from hub.fields.plots import crops, groups, store
from hub.fields.plots.consent import Audience, Basis, Consent, Share, decide_consent
from hub.fields.plots.values import NewPlot, Plot, keep_private, may_change, veil
from hub.registry.audit import record
from hub.registry.devices import Device, is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.registry.service import (
    bring_back_past,
    closed_device_keys,
    fetch_devices,
    fetch_person,
    part_from_past,
)
from hub.store import Connection, notify

__all__ = [
    "change_plot", "create_plot", "fetch_consents", "fetch_plot", "fetch_plots", "fetch_shares", "own_plots",
    "set_consent",
    "share_plot", "unshare_plot", "usable_stations",
]  # fmt: skip

_MOST_STATIONS = 5_000
# Degree days are counted from it on: a year typed wrongly would be a season of centuries.
_YEARS_OF_PLANTING = range(1900, 2100)


def fetch_plots(conn: Connection, actor: Actor) -> list[Plot]:
    """The plots that the actor may look into: own ones, those that are shared with the actor or a group of the actor's.

    City staff see of all plots that they are there (`is_open`: whether they may look into one).
    """
    return _fetch(conn, actor, None)


def fetch_plot(conn: Connection, actor: Actor, plot_id: str) -> Plot:
    """One plot; raises NotFound when there is none or the actor may not see it."""
    for plot in _fetch(conn, actor, plot_id) if is_id(plot_id) else ():
        return plot
    raise NotFound("There is no such plot.")


def own_plots(conn: Connection, actor: Actor) -> list[Plot]:
    """The plots that the actor owns, by name."""
    found = store.fetch_plots(conn, person_id=actor.person_id, everything=False)
    return [plot for plot in found if plot.owner_id == actor.person_id]


def _fetch(conn: Connection, actor: Actor, plot_id: str | None) -> list[Plot]:
    found = store.fetch_plots(conn, person_id=actor.person_id, everything=actor.is_staff, plot_id=plot_id)
    return [plot if plot.is_open else veil(plot) for plot in found]


def _fetch_bare(conn: Connection, actor: Actor, plot_id: str) -> Plot:
    """The plot as it is kept, for what has to stay when somebody changes it who may not look into it."""
    return store.fetch_plots(conn, person_id=actor.person_id, everything=actor.is_staff, plot_id=plot_id)[0]


def create_plot(conn: Connection, actor: Actor, new: NewPlot, now: datetime) -> str:
    """Make a plot and return its id.

    Raises Forbidden for somebody else's plot or station, Invalid for an owner who is no farmer and for an
    unknown crop.
    """
    _check(conn, actor, new, None)
    plot_id, is_own = new_id("pl"), new.owner_id == actor.person_id
    store.save_plot(conn, plot_id, new, now)
    store.save_members(conn, plot_id, new, actor.person_id, now)
    is_open = not is_own if new.open_to_staff is None else new.open_to_staff
    if is_open:
        basis: Basis = "page" if is_own else "paper"
        store.add_consent(conn, plot_id, "staff", None, now, basis=basis, by=actor.person_id)
    bring_back_past(conn, new.device_keys, new.owner_id)
    _tell(conn, actor, "create", plot_id, now, owner=new.owner_id, stations=sorted(new.device_keys), to_staff=is_open)
    return plot_id


def change_plot(conn: Connection, actor: Actor, plot_id: str, new: NewPlot, now: datetime) -> None:
    """Give a plot other words, another shape, stations or viewers.

    Whoever may not look into it (city staff) changes its name and stations; the rest stays as it is. Raises NotFound,
    Forbidden or Invalid as `create_plot`.
    """
    if not may_change(fetch_plot(conn, actor, plot_id), actor.person_id, is_staff=actor.is_staff):
        raise Forbidden("Only the owner of a plot changes it.")
    store.lock_plot(conn, plot_id)
    before = _fetch_bare(conn, actor, plot_id)
    if not before.is_open:
        if new.owner_id != before.owner_id:
            raise Forbidden("Only a plot into which staff may look is given to another owner.")
        new = keep_private(new, before)
    _check(conn, actor, new, before)
    store.save_plot(conn, plot_id, new, None)
    store.save_members(conn, plot_id, new, actor.person_id, now)
    if new.owner_id != before.owner_id:
        store.end_all_consents(conn, plot_id, actor.person_id, now)
    else:
        part_from_past(conn, frozenset(before.station_keys) - new.device_keys, before.owner_id, now)
    bring_back_past(conn, new.device_keys, new.owner_id)
    _tell(conn, actor, "change", plot_id, now, owner=new.owner_id, stations=sorted(new.device_keys))


def usable_stations(conn: Connection, actor: Actor, plot: Plot | None = None) -> list[Device]:
    """The stations that the actor may put on a plot: a farmer those of the plots that the farmer owns, city staff any
    but those on plots of others into which staff may not look. What stands on `plot` may stay.

    A station that is only shared is not among them: putting it on an own plot would outlive the sharing.
    """
    devices = fetch_devices(conn, actor, kind="station", limit=_MOST_STATIONS)
    present = frozenset(plot.station_keys) if plot else frozenset[int]()
    if actor.is_staff:
        closed = closed_device_keys(conn, actor)
        return [device for device in devices if device.key not in closed or device.key in present]
    own = {key for one in own_plots(conn, actor) for key in one.station_keys} | present
    return [device for device in devices if device.key in own]


def _check(conn: Connection, actor: Actor, new: NewPlot, before: Plot | None) -> None:
    if new.planted_on is not None and new.planted_on.year not in _YEARS_OF_PLANTING:
        raise Invalid("planted_on: a day of this or the last century.")
    if not actor.is_staff and new.owner_id != actor.person_id:
        raise Forbidden("A plot is made for oneself.")
    if not new.device_keys <= {device.key for device in usable_stations(conn, actor, before)}:
        raise Forbidden("One of the stations is not yours.")
    if new.crop_id is not None and new.crop_id not in {crop.id for crop in crops.fetch_crops(conn)}:
        raise Invalid("There is no such crop.")
    for person_id in {new.owner_id, *new.shared_with}:
        if "farmer" not in fetch_person(conn, person_id).roles:
            raise Invalid("A plot belongs to a farmer and is shared with farmers.")


def fetch_consents(conn: Connection, actor: Actor, plot_id: str) -> list[Consent]:
    """Whom the owner lets look and let look, besides single people, the newest first. Raises NotFound, Forbidden.

    City staff who may not look into the plot learn only of what concerns themselves.
    """
    plot = fetch_plot(conn, actor, plot_id)
    if not may_change(plot, actor.person_id, is_staff=actor.is_staff):
        raise Forbidden("Only the owner of a plot sees who may look into it.")
    return [one for one in store.fetch_consents(conn, plot_id) if plot.is_open or one.audience == "staff"]


def fetch_shares(conn: Connection, actor: Actor, plot_id: str) -> list[Share]:
    """Which single people the owner lets look and let look, the newest first. Raises NotFound, Forbidden.

    City staff who may not look into the plot learn of none.
    """
    plot = fetch_plot(conn, actor, plot_id)
    if not may_change(plot, actor.person_id, is_staff=actor.is_staff):
        raise Forbidden("Only the owner of a plot sees who may look into it.")
    return store.fetch_shares(conn, plot_id) if plot.is_open else []


def set_consent(
    conn: Connection,
    actor: Actor,
    plot_id: str,
    audience: Audience,
    now: datetime,
    *,
    wanted: bool,
    group_id: str | None = None,
) -> None:
    """Let city staff or a group look into a plot, or no longer, from this moment on.

    Raises NotFound for the plot, Invalid for a group that the actor does not see (when it is wanted), Forbidden by the
    rules of `decide_consent`.
    """
    store.lock_plot(conn, fetch_plot(conn, actor, plot_id).id)
    plot = _fetch_bare(conn, actor, plot_id)
    if group_id is not None and wanted and group_id not in {one.id for one in groups.fetch_groups(conn, actor)}:
        raise Invalid("There is no such group.")
    change = decide_consent(plot, store.fetch_consents(conn, plot_id), actor, audience, group_id, wanted=wanted)
    basis: Basis = "page" if plot.owner_id == actor.person_id else "paper"
    if change == "give":
        store.add_consent(conn, plot_id, audience, group_id, now, basis=basis, by=actor.person_id)
        _tell(conn, actor, "give_consent", plot_id, now, audience=audience, group=group_id, basis=basis)
    elif change == "withdraw":
        store.end_consent(conn, plot_id, audience, group_id, actor.person_id, now)
        _tell(conn, actor, "withdraw_consent", plot_id, now, audience=audience, group=group_id, basis=basis)


def share_plot(conn: Connection, actor: Actor, plot_id: str, username: str, now: datetime) -> None:
    """Let one more farmer look, by user name. Raises NotFound for the plot, Forbidden, Invalid for the farmer."""
    plot = _changeable(conn, actor, plot_id)
    person_id = store.find_farmer(conn, username)
    if person_id is None or person_id == plot.owner_id:
        raise Invalid("There is no other farmer with this user name.")
    store.add_share(conn, plot_id, person_id, actor.person_id, now)
    _tell(conn, actor, "share", plot_id, now, person=person_id)


def unshare_plot(conn: Connection, actor: Actor, plot_id: str, person_id: str, now: datetime) -> None:
    """Somebody looks no longer, from this moment on; whoever looks may also end it. Raises NotFound, Forbidden."""
    plot = fetch_plot(conn, actor, plot_id)
    if person_id != actor.person_id:
        _changeable(conn, actor, plot_id)
    if person_id not in plot.shared_with:
        raise NotFound("The plot is not shared with this person.")
    store.remove_share(conn, plot_id, person_id, actor.person_id, now)
    _tell(conn, actor, "unshare", plot_id, now, person=person_id)


def _changeable(conn: Connection, actor: Actor, plot_id: str) -> Plot:
    plot = fetch_plot(conn, actor, plot_id)
    if not may_change(plot, actor.person_id, is_staff=actor.is_staff):
        raise Forbidden("Only the owner says who may look into a plot.")
    if not plot.is_open:
        raise Forbidden("City staff may not look into this plot; only its owner does this.")
    return plot


def _tell(conn: Connection, actor: Actor, act: str, plot_id: str, now: datetime, **detail: object) -> None:
    # The log outlives the plot: who, what and when stand in it, not what the farmer calls or grows there.
    record(conn, actor, act, f"plot/{plot_id}", now, **detail)
    notify(conn, "live", {"what": "plot", "id": plot_id})
