"""Plots: pieces of farmland, the stations that measure them, and who sees them."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, WithJsonSchema

from hub.errors import Conflict, Invalid
from hub.fields import plots
from hub.fields import service as fields
from hub.fields.plots import NewPlot
from hub.fields.plots.shapes import Shape, shape_of
from hub.fields.plots.values import keep_unnamed
from hub.geo import BadArea
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.registry.people import Actor
from hub.store import Connection
from hub.web.api.forms import Day, DeviceId, Form, Line
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/plots", tags=["plots"])


Celsius = Annotated[float, Field(ge=-20, le=40, allow_inf_nan=False)]
DegreeDays = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Offset = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]
_SHAPE = {"anyOf": [{"type": "object", "required": ["type"]}, {"type": "null"}]}


class PlotForm(Form):
    """A plot as it shall be. What came later than the first six stays as it is when a change does not name it."""

    name: Line = Field(examples=["上の畑"])
    owner: DeviceId | None = Field(None, description="A farmer's id; null is oneself. Only staff name somebody else")
    crop: Line | None = Field(None, examples=["ブルーベリー"], description="In one's own words")
    planted_on: Day | None = None
    stations: list[DeviceId] = Field(default_factory=list, max_length=50, description="Ids of devices")
    shared_with: list[DeviceId] = Field(default_factory=list, max_length=50, description="Ids of other farmers")
    crop_id: DeviceId | None = Field(None, description="A crop of /crops")
    shape: Annotated[dict[str, object] | None, WithJsonSchema(_SHAPE)] = Field(
        None, description="GeoJSON, Polygon or MultiPolygon, WGS 84"
    )
    base_temperature_c: Celsius | None = Field(None, description="°C; null is the crop's")
    target_degree_days: DegreeDays | None = Field(None, description="°C·d; null is the crop's")
    is_paddy: bool = False
    temperature_offsets_c: dict[str, Offset] = Field(
        default_factory=dict, description="By station: what is added to its air temperature for this plot, K"
    )
    staff_may_look: bool | None = Field(
        None, description="The owner's consent when a plot is made; null: yes by staff (from paper), no by a farmer"
    )


class Plot(BaseModel):
    """A plot. City staff without the owner's consent see its name, owner and stations, and `is_open` false."""

    id: str = Field(examples=["pl-2r8xk4wn"])
    name: str
    owner: str
    crop: str | None
    planted_on: date | None
    stations: list[str]
    shared_with: list[str]
    created_at: datetime
    is_open: bool
    staff_may_look: bool
    groups: list[str] = Field(description="Ids of the groups whose members may look")
    crop_id: str | None
    shape: Annotated[dict[str, object] | None, WithJsonSchema(_SHAPE)]
    area_m2: float | None
    base_temperature_c: float | None = Field(description="°C, the plot's own or the crop's")
    target_degree_days: float | None = Field(description="°C·d, the plot's own or the crop's")
    is_paddy: bool
    temperature_offsets_c: dict[str, float]


def as_plots(conn: Connection, found: list[plots.Plot]) -> list[Plot]:
    """The answers for plots, with their stations' ids."""
    keys = frozenset(key for plot in found for key in plot.station_keys)
    devices = registry.fetch_devices_by_key(conn, keys)
    return [_as_plot(plot, {key: devices[key].id for key in plot.station_keys if key in devices}) for plot in found]


def _as_plot(plot: plots.Plot, stations: Mapping[int, str]) -> Plot:
    return Plot(
        id=plot.id,
        name=plot.name,
        owner=plot.owner_id,
        crop=plot.crop,
        planted_on=plot.planted_on,
        stations=sorted(stations.values()),
        shared_with=list(plot.shared_with),
        created_at=plot.created_at,
        is_open=plot.is_open,
        staff_may_look=plot.open_to_staff,
        groups=list(plot.group_ids),
        crop_id=plot.crop_id,
        shape=None if plot.shape is None else dict(plot.shape),
        area_m2=plot.area_m2,
        base_temperature_c=plot.base_temperature_c,
        target_degree_days=plot.target_degree_days,
        is_paddy=plot.is_paddy,
        temperature_offsets_c={name: plot.offset_c(key) for key, name in stations.items()},
    )


def _new(conn: Connection, actor: Actor, form: PlotForm, before: plots.Plot | None = None) -> NewPlot:
    stations: list[Device] = [registry.device_of(conn, actor, station) for station in form.stations]
    new = NewPlot(
        owner_id=form.owner or actor.person_id,
        name=form.name,
        crop=form.crop,
        planted_on=form.planted_on,
        device_keys=frozenset(station.key for station in stations),
        shared_with=frozenset(form.shared_with),
        crop_id=form.crop_id,
        shape=_shape(form.shape),
        base_temperature_c=form.base_temperature_c,
        target_degree_days=form.target_degree_days,
        is_paddy=form.is_paddy,
        offsets_c={one.key: form.temperature_offsets_c.get(one.id, 0.0) for one in stations},
        open_to_staff=form.staff_may_look,
    )
    return new if before is None else keep_unnamed(new, before, form.model_fields_set)


def _shape(document: dict[str, object] | None) -> Shape | None:
    try:
        return None if document is None else shape_of(document)
    except BadArea as fault:
        raise BadShape(str(fault)) from None


class BadShape(Invalid):
    """The shape is none."""


@contextmanager
def _fitting() -> Generator[None]:
    """Whether somebody is a farmer at present is no matter of the request's form; nor is a crop that was known once."""
    try:
        yield
    except BadShape:
        raise
    except Invalid as error:
        raise Conflict(str(error)) from None


@router.post("", status_code=201, summary="Make a plot", responses=problems(403, 404, 409))
def create_plot(form: PlotForm, services: ServicesOf, actor: ApiActor) -> Plot:
    """Staff make plots for farmers, farmers for themselves with the stations of their own plots."""
    with services.database.transaction() as conn:
        with _fitting():
            plot_id = fields.create_plot(conn, actor, _new(conn, actor, form), services.now())
        return as_plots(conn, [fields.fetch_plot(conn, actor, plot_id)])[0]


@router.get("", summary="List plots")
def list_plots(
    services: ServicesOf, actor: ApiActor, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Plot]:
    """One's own and those that are shared with one, by id; staff see all."""
    after = str(parse_cursor("plots", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        found = sorted((plot for plot in fields.fetch_plots(conn, actor) if plot.id > after), key=lambda plot: plot.id)
        page, following = cut(found, limit, lambda plot: format_cursor("plots", plot.id))
        return Page(items=as_plots(conn, page), next=following)


@router.get("/{plot_id}", summary="One plot", responses=problems(404))
def show_plot(plot_id: str, services: ServicesOf, actor: ApiActor) -> Plot:
    """A plot by its id."""
    with services.database.transaction() as conn:
        return as_plots(conn, [fields.fetch_plot(conn, actor, plot_id)])[0]


@router.put("/{plot_id}", summary="Change a plot", responses=problems(403, 404, 409))
def change_plot(plot_id: str, form: PlotForm, services: ServicesOf, actor: ApiActor) -> Plot:
    """The whole plot as it shall be from now on. Its owner and staff may."""
    with services.database.transaction() as conn:
        before = fields.fetch_plot(conn, actor, plot_id)
        new = _new(conn, actor, form.model_copy(update={"owner": form.owner or before.owner_id}), before)
        with _fitting():
            fields.change_plot(conn, actor, plot_id, new, services.now())
        return as_plots(conn, [fields.fetch_plot(conn, actor, plot_id)])[0]
