"""The stations of plots, as far as a page's reader may see them, and the plot that a chart is about."""

from collections.abc import Mapping, Sequence

from hub.fields import service as fields
from hub.fields.chart_service import OfPlot
from hub.fields.charts.derived import DEGREE_DAYS
from hub.fields.glance import service as glances
from hub.fields.plots import Plot, Station
from hub.registry import service as registry
from hub.store import Connection
from hub.web.pages.page import Page

__all__ = ["find_chart_plot", "stations_of"]


def stations_of(conn: Connection, page: Page, plots: Sequence[Plot]) -> Mapping[int, Station]:
    """The stations of these plots by key; of plots into which the reader may not look there are none."""
    keys = frozenset(key for plot in plots if plot.is_open for key in plot.station_keys)
    keys -= registry.closed_device_keys(conn, page.actor)
    devices = registry.fetch_devices_by_key(conn, keys)
    return {station.key: station for station in fields.fetch_stations(conn, list(devices.values()))}


def find_chart_plot(conn: Connection, page: Page, plot_id: str, quantities: Sequence[str]) -> OfPlot | None:
    """The plot that a chart's next view is about; None where the reader may not look into it. Raises NotFound."""
    plot = fields.fetch_plot(conn, page.actor, plot_id)
    if not plot.is_open:
        return None
    season = None
    if DEGREE_DAYS.name in quantities:
        stations = stations_of(conn, page, [plot])
        season = glances.fetch_season(conn, plot, stations, page.now, page.services.texts.zone)
    return OfPlot(plot, season)
