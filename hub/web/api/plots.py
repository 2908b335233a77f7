"""Plots: pieces of farmland, the stations that measure them, and who sees them."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.errors import Conflict, Invalid
from hub.fields import plots
from hub.fields import service as fields
from hub.fields.plots import NewPlot
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


class PlotForm(Form):
    """A plot as it shall be."""

    name: Line = Field(examples=["上の畑"])
    owner: DeviceId | None = Field(None, description="A farmer's id; null is oneself. Only staff name somebody else")
    crop: Line | None = Field(None, examples=["ブルーベリー"])
    planted_on: Day | None = None
    stations: list[DeviceId] = Field(default_factory=list, max_length=50, description="Ids of devices")
    shared_with: list[DeviceId] = Field(default_factory=list, max_length=50, description="Ids of other farmers")


class Plot(BaseModel):
    """A plot."""

    id: str = Field(examples=["pl-2r8xk4wn"])
    name: str
    owner: str
    crop: str | None
    planted_on: date | None
    stations: list[str]
    shared_with: list[str]
    created_at: datetime


def as_plots(conn: Connection, found: list[plots.Plot]) -> list[Plot]:
    """The answers for plots, with their stations' ids."""
    keys = frozenset(key for plot in found for key in plot.station_keys)
    devices = registry.fetch_devices_by_key(conn, keys)
    return [
        Plot(
            id=plot.id,
            name=plot.name,
            owner=plot.owner_id,
            crop=plot.crop,
            planted_on=plot.planted_on,
            stations=sorted(devices[key].id for key in plot.station_keys if key in devices),
            shared_with=list(plot.shared_with),
            created_at=plot.created_at,
        )
        for plot in found
    ]


def _new(conn: Connection, actor: Actor, form: PlotForm) -> NewPlot:
    stations: list[Device] = [registry.device_of(conn, actor, station) for station in form.stations]
    return NewPlot(
        owner_id=form.owner or actor.person_id,
        name=form.name,
        crop=form.crop,
        planted_on=form.planted_on,
        device_keys=frozenset(station.key for station in stations),
        shared_with=frozenset(form.shared_with),
    )


@contextmanager
def _fitting() -> Generator[None]:
    """Whether somebody is a farmer at present is no matter of the request's form."""
    try:
        yield
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
        new = _new(conn, actor, form.model_copy(update={"owner": form.owner or before.owner_id}))
        with _fitting():
            fields.change_plot(conn, actor, plot_id, new, services.now())
        return as_plots(conn, [fields.fetch_plot(conn, actor, plot_id)])[0]
