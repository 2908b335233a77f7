"""A farmer's plots at a glance, and one plot with all that follows from what is measured on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response

from hub.alerts.views import IncidentView
from hub.fields import service as fields
from hub.fields.chart_service import OfPlot
from hub.fields.charts import Bucket
from hub.fields.charts.picture import draw_spark
from hub.fields.glance import service as glances
from hub.fields.glance.figures import Chill
from hub.fields.glance.values import Course, Glance
from hub.fields.plots import Plot, Station, may_change
from hub.store import Connection
from hub.texts import msgid, words
from hub.web.pages.charts import AskedChart, view_chart
from hub.web.pages.page import FarmersPage, Page
from hub.web.pages.plot_stations import stations_of

__all__ = ["router"]

router = APIRouter()
# A warning that somebody asked for is louder than anything that nobody did.
_WARNING = 80
_MOST_WARNINGS = 200
SPARK = (320, 40)
"""Width and height of the box in which a card draws a course."""


@dataclass(frozen=True, slots=True)
class PlotCard:
    """A plot as the list shows it; `glance` is None where the reader may not look into it.

    `warnings` are the matters of the field that are open; `course` is how its main quantity went over the last day.
    """

    plot: Plot
    glance: Glance | None
    has_stations: bool
    is_own: bool
    warnings: Sequence[IncidentView] = ()
    course: Course | None = None

    @property
    def spark(self) -> str:
        """The path of its course, in a box of SPARK."""
        if self.course is None:
            return ""
        buckets = [Bucket(at, value, value, value, 1) for at, value in self.course.hours]
        return draw_spark(buckets, self.course.since, self.course.until, *SPARK)

    @property
    def loudness(self) -> int:
        """How much it should be seen; a plot into which one may not look comes last."""
        return max(_WARNING if self.warnings else 0, self.glance.loudness) if self.glance else -1


@router.get("/plots")
def list_plots(page: FarmersPage) -> Response:
    """The farmer's first page: a card for each plot, the loudest first, then by name."""
    with page.services.database.transaction() as conn:
        plots = fields.fetch_plots(conn, page.actor)
        stations = stations_of(conn, page, plots)
        found = glances.fetch_glances(
            conn, [plot for plot in plots if plot.is_open], stations, page.now, page.services.texts.zone
        )
        courses = glances.fetch_courses(conn, plots, stations, found, page.now)
        warnings = _warnings(conn, page, plots)
    cards = [
        PlotCard(
            plot,
            found.get(plot.id),
            any(key in stations for key in plot.station_keys),
            plot.owner_id == page.actor.person_id,
            warnings.get(plot.id, ()),
            courses.get(plot.id),
        )
        for plot in plots
    ]
    cards.sort(key=lambda card: -card.loudness)
    return page.render("plots.html", cards=cards, spark=SPARK)


@router.get("/plots/{plot_id}")
def show_plot(page: FarmersPage, plot_id: str, asked: AskedChart) -> Response:
    """One plot: what matters now, and what follows from it with how it is computed."""
    zone = page.services.texts.zone
    with page.services.database.transaction() as conn:
        plot = fields.fetch_plot(conn, page.actor, plot_id)
        known = stations_of(conn, page, [plot])
        stations = [known[key] for key in plot.station_keys if key in known]
        glance = glances.fetch_glances(conn, [plot], known, page.now, zone)[plot.id]
        figures = glances.fetch_figures(conn, plot, known, page.now, zone)
        chill = _chill(conn, page, plot, stations)
        warnings = _warnings(conn, page, [plot]).get(plot.id, ())
        base, of_plot = f"/plots/{plot.id}", OfPlot(plot, glance.season) if plot.is_open else None
        chart = view_chart(
            conn, page, asked, stations, base, others=bool(stations), planted_on=plot.planted_on, of_plot=of_plot
        )
    estimated = figures.estimated if figures else ()
    return page.render(
        "plot.html",
        plot=plot,
        stations=stations,
        glance=glance,
        figures=figures,
        chill=chill,
        warnings=warnings,
        view=chart,
        estimates=_listed(page, (words.ESTIMATES[name] for name in estimated)),
        is_own=plot.owner_id == page.actor.person_id,
        may_change=may_change(plot, page.actor.person_id, is_staff=page.actor.is_staff),
    )


def _chill(conn: Connection, page: Page, plot: Plot, stations: Sequence[Station]) -> Chill | None:
    """The cold of the winter half of the year, at the first station that measures the air."""
    month = page.now.astimezone(page.services.texts.zone).month
    if 4 < month < 10:
        return None
    for station in stations:
        if any(latest.quantity.name == "air_temperature" for latest in station.latest):
            return glances.fetch_chill(conn, station, plot.offset_c(station.key), page.now, page.services.texts.zone)
    return None


def _warnings(conn: Connection, page: Page, plots: Sequence[Plot]) -> Mapping[str, Sequence[IncidentView]]:
    """Open matters of the plots that the reader may look into, by plot."""
    found: dict[str, list[IncidentView]] = {}
    ids = [plot.id for plot in plots if plot.is_open]
    if ids:
        views = page.services.alerts.fetch_incidents(
            conn, states=("open",), device_keys=(), plot_ids=ids, limit=_MOST_WARNINGS
        )
        for view in views:
            found.setdefault(view.plot_id or "", []).append(view)
    return found


def _listed(page: Page, texts: Iterable[str]) -> str:
    return page.translate(msgid(", ")).join(page.translate(text) for text in texts)
