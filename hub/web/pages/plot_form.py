"""The form that makes or changes a plot."""

from fastapi import APIRouter, Response

from hub.fields import service as fields
from hub.fields.plots import NewPlot, Plot, may_change
from hub.registry import service as registry
from hub.registry.people import Person
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import FarmersPage, Page

__all__ = ["router"]

router = APIRouter()


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
        if not form.errors:
            fields.create_plot(conn, page.actor, new, page.now)
    if form.errors:
        return _form(page, form, None, 422)
    return page.go("/plots?done=saved")


@router.get("/plots/{plot_id}/change")
def edit_plot(page: FarmersPage, plot_id: str) -> Response:
    """The form for a plot that there is."""
    with page.services.database.transaction() as conn:
        plot = fields.fetch_plot(conn, page.actor, plot_id)
    return _form(page, Filled({}, page.translate), plot)


@router.post("/plots/{plot_id}/change")
def change_plot(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """Change a plot."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        plot = fields.fetch_plot(conn, page.actor, plot_id)
        new = _read(conn, page, form, plot)
        if not form.errors:
            fields.change_plot(conn, page.actor, plot_id, new, page.now)
    if form.errors:
        return _form(page, form, plot, 422)
    return page.go(f"/plots/{plot_id}?done=saved")


def _form(page: Page, form: Filled, plot: Plot | None, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        stations = fields.usable_stations(conn, page.actor)
        farmers = _known_farmers(conn, page, plot)
    changeable = plot is None or may_change(plot, page.actor.person_id, is_staff=page.actor.is_staff)
    return page.render(
        "plot_form.html", status, form=form, plot=plot, stations=stations, farmers=farmers, changeable=changeable
    )


def _farmers(conn: Connection) -> list[Person]:
    return [person for person in registry.fetch_people(conn) if person.active and "farmer" in person.roles]


def _known_farmers(conn: Connection, page: Page, plot: Plot | None) -> list[Person]:
    """Whom the form names: staff read all farmers' names, a farmer only of those who may look already."""
    shared = plot.shared_with if plot else ()
    return [person for person in _farmers(conn) if page.actor.is_staff or person.id in shared]


def _read(conn: Connection, page: Page, form: Filled, plot: Plot | None) -> NewPlot:
    """The plot as the form has it. Only staff say whose it is, and who else may look besides those who do."""
    farmers = {person.id for person in _known_farmers(conn, page, plot)}
    owner = page.actor.person_id
    if page.actor.is_staff:
        owner = form.choice("owner", farmers)
    stations = {device.id: device.key for device in fields.usable_stations(conn, page.actor)}
    if not set(form.chosen("stations")) <= set(stations):
        form.fault("stations", msgid("One of the stations is no longer available."))
    if not set(form.chosen("shared_with")) <= farmers:
        form.fault("shared_with", msgid("One of the people is no longer available."))
    return NewPlot(
        owner_id=owner if page.actor.is_staff or plot is None else plot.owner_id,
        name=form.line("name"),
        crop=form.line("crop", required=False) or None,
        planted_on=form.day("planted_on"),
        device_keys=frozenset(stations[name] for name in form.chosen("stations") if name in stations),
        shared_with=frozenset(form.chosen("shared_with")) - {owner},
    )
