"""The form that makes or changes a plot: words, crop, shape, stations."""

from collections.abc import Collection, Mapping, Sequence

from fastapi import APIRouter, Response

from hub.fields.plots import service as plots
from hub.fields.plots.crops import fetch_crops
from hub.fields.plots.shapes import MAX_TEXT, Shape, format_corners, old_area, parse_shape
from hub.fields.plots.tables import Crop
from hub.fields.plots.values import NewPlot, Plot, may_change
from hub.geo import BadArea
from hub.geo.polygons import Reason
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.registry.people import Person
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import FarmersPage, Page

__all__ = ["router"]

router = APIRouter()
_SHAPE_FAULTS: dict[Reason, str] = {
    "format": msgid("This is neither a list of corners nor GeoJSON."),
    "kind": msgid("Only areas are taken: leave out points, lines and what has no shape, and keep the polygons."),
    "corners": msgid("A shape has at least three corners."),
    "position": msgid("Write one corner a line: latitude, longitude (35.37640, 139.95360)."),
    "order": msgid("The latitude (about 35) comes first, then the longitude (about 140); a plot is at most 1,000 ha."),
    "points": msgid("These are too many corners; please simplify the shape."),
    "empty": msgid("This shape encloses nothing. Give the corners in their order around the plot."),
}


@router.get("/plots/new")
def new_plot(page: FarmersPage) -> Response:
    """The form for a plot."""
    return _form(page, Filled({}, page.translate), None)


@router.post("/plots/new")
def create_plot(page: FarmersPage, submitted: Submitted) -> Response:
    """Make a plot."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        new = _read(conn, page, form, None)
    if form.errors:
        return _form(page, form, None, 422)

    def act(conn: Connection) -> str:
        plots.create_plot(conn, page.actor, new, page.now)
        return "/plots?done=saved"

    return page.go_once(form, act)


@router.get("/plots/{plot_id}/change")
def edit_plot(page: FarmersPage, plot_id: str) -> Response:
    """The form for a plot that there is."""
    with page.services.database.transaction() as conn:
        plot = plots.fetch_plot(conn, page.actor, plot_id)
    return _form(page, Filled({}, page.translate), plot)


@router.post("/plots/{plot_id}/change")
def change_plot(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """Change a plot."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        plot = plots.fetch_plot(conn, page.actor, plot_id)
        new = _read(conn, page, form, plot)
        if not form.errors:
            plots.change_plot(conn, page.actor, plot_id, new, page.now)
    if form.errors:
        return _form(page, form, plot, 422)
    return page.go(f"/plots/{plot_id}?done=saved")


def _form(page: Page, form: Filled, plot: Plot | None, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        stations = plots.usable_stations(conn, page.actor, plot)
        farmers = _farmers(conn) if page.actor.is_staff else []
        crops = fetch_crops(conn)
    lat, lon = _beginning(plot, stations)
    return page.render(
        "plot_form.html",
        status,
        form=form,
        plot=plot,
        stations=stations,
        farmers=farmers,
        crops=[(crop.id, _name(crop, page.locale)) for crop in crops],
        crop_values={
            crop.id: {
                "base_temperature_c": f"{crop.base_temperature_c:g}",
                "target_degree_days": "" if crop.degree_day_target is None else f"{crop.degree_day_target:g}",
                "is_paddy": crop.is_paddy,
            }
            for crop in crops
        },
        corners=format_corners(plot.shape) if plot and plot.shape else "",
        old_area=old_area,
        map_lat=lat,
        map_lon=lon,
        changeable=plot is None or may_change(plot, page.actor.person_id, is_staff=page.actor.is_staff),
    )


def _name(crop: Crop, locale: str) -> str:
    return crop.name_en or crop.name if locale == "en" else crop.name


def _beginning(plot: Plot | None, stations: Sequence[Device]) -> tuple[float, float]:
    """Where the map opens: at the plot, at its stations, at any station, or at Kisarazu's city hall."""
    if plot and plot.lat is not None and plot.lon is not None:
        return plot.lat, plot.lon
    own = [device for device in stations if plot and device.key in plot.station_keys] or stations
    return (own[0].lat, own[0].lon) if own else (35.3761, 139.9169)


def _farmers(conn: Connection) -> list[Person]:
    return [person for person in registry.fetch_people(conn) if person.active and "farmer" in person.roles]


def _read(conn: Connection, page: Page, form: Filled, plot: Plot | None) -> NewPlot:
    """The plot as the form has it. Only staff say whose it is."""
    owner = plot.owner_id if plot else page.actor.person_id
    if page.actor.is_staff and (plot is None or plot.is_open):
        owner = form.choice("owner", {person.id for person in _farmers(conn)})
    stations = {device.id: device.key for device in plots.usable_stations(conn, page.actor, plot)}
    if not set(form.chosen("stations")) <= set(stations):
        form.fault("stations", msgid("One of the stations is no longer available."))
    chosen = [name for name in form.chosen("stations") if name in stations]
    crop = form.typed("crop_id")
    if crop and crop not in {one.id for one in fetch_crops(conn)}:
        form.fault("crop_id", msgid("Please choose one."))
    shared = frozenset(plot.shared_with if plot else ())
    if page.actor.is_staff and (plot is None or plot.is_open):
        shared = frozenset(form.chosen("shared_with"))
        if not shared <= {person.id for person in _farmers(conn)}:
            form.fault("shared_with", msgid("One of the people is no longer available."))
    return NewPlot(
        owner_id=owner,
        name=form.line("name"),
        crop=form.line("crop", required=False) or None,
        planted_on=form.day("planted_on"),
        device_keys=frozenset(stations[name] for name in chosen),
        shared_with=shared - {owner},
        crop_id=crop or None,
        shape=_shape(form),
        base_temperature_c=form.number_or_none("base_temperature_c", -20, 40),
        target_degree_days=form.number_or_none("target_degree_days", 0, 10_000),
        is_paddy="yes" in form.chosen("is_paddy"),
        offsets_c=_offsets(form, stations, chosen),
        open_to_staff="yes" in form.chosen("staff_may_look") if page.actor.is_staff else None,
    )


def _offsets(form: Filled, stations: Mapping[str, int], chosen: Collection[str]) -> dict[int, float]:
    """How much warmer the plot is than each of its stations, K, by the station's key."""
    found = {name: form.number_or_none(f"offset-{name}", -10, 10) or 0.0 for name in stations}
    for name, offset_c in found.items():
        if offset_c and name not in chosen:
            form.fault(
                f"offset-{name}", msgid("This station does not measure the plot: please tick it, or empty this.")
            )
    return {stations[name]: found[name] for name in chosen}


def _shape(form: Filled) -> Shape | None:
    text = form.typed("shape")
    if not text.strip():
        return None
    if len(text) > MAX_TEXT:
        form.fault("shape", _SHAPE_FAULTS["points"])
        return None
    try:
        return parse_shape(text)
    except BadArea as fault:
        form.fault("shape", _SHAPE_FAULTS[fault.reason])
        return None
