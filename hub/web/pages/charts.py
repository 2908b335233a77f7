"""Charts on any page: what was asked for in the address, what the template shows, and the data for the next view.

A page calls `view_chart` with the stations that it is about and renders `chart_parts.chart(view)`. The address carries
quantities, stations and window, so that a link, a reload and the way back show the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response

from edge.wire.quantities import QUANTITIES, Quantity
from hub.errors import Invalid, NotFound
from hub.fields import chart_service
from hub.fields.chart_service import OfPlot, Place, Wanted
from hub.fields.charts import (
    MOST_SERIES,
    SPANS,
    Bucket,
    ChartData,
    Kind,
    Known,
    Panel,
    Row,
    Series,
    Span,
    Step,
    Window,
    choose_step,
    decide_window,
    plan_chart,
    plan_panels,
    plan_table,
    total,
)
from hub.fields.charts.derived import CHARTED, DEGREE_DAYS, DERIVED, INPUTS, LONGEST_EXACT
from hub.fields.charts.directions import point_of
from hub.fields.charts.notes import Note
from hub.fields.charts.picture import Picture, draw_picture
from hub.fields.plots import Station
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.chart_document import POINTS, chart_document, name_series, note_words, signed
from hub.web.pages.page import FarmersPage, Page
from hub.web.pages.plot_stations import find_chart_plot

__all__ = ["Asked", "AskedChart", "ChartView", "router", "view_chart"]

router = APIRouter()
# A day in Unix seconds has this many digits until long after everybody's time.
_DIGITS = 11
_MOST_PLACES = 4
# So many stations a form can list.
_MOST_BESIDE = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; unknown words stay in it and are passed over when the chart is made."""

    quantities: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    span: str = "day"
    since: datetime | None = None
    until: datetime | None = None
    compare_years: bool = False
    plot: str = ""


def _asked(
    quantity: Annotated[list[str], Query(default_factory=list)],
    station: Annotated[list[str], Query(default_factory=list)],
    span: Annotated[str, Query()] = "day",
    since: Annotated[str, Query(alias="from")] = "",
    to: Annotated[str, Query()] = "",
    years: Annotated[str, Query()] = "",
    *,
    plot: Annotated[str, Query()] = "",
) -> Asked:
    return Asked(tuple(quantity), tuple(station), span, _instant(since), _instant(to), years == "2", plot)


AskedChart = Annotated[Asked, Depends(_asked)]


def _instant(text: str) -> datetime | None:
    try:
        ok = text.isascii() and text.isdigit() and len(text) <= _DIGITS
        return datetime.fromtimestamp(int(text), UTC) if ok else None
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True)
class ChartView:
    """A chart as a template shows it.

    `places` and `quantities` are what may be chosen, `shown` the places that are.
    """

    page: Page
    base: str
    asked: Asked
    places: Sequence[Place]
    shown: Sequence[Place]
    quantities: Sequence[Quantity]
    wanted: Sequence[Wanted]
    window: Window
    width: timedelta
    series: Sequence[Series]
    of_plot: OfPlot | None = None
    notes: Sequence[Note] = ()

    @property
    def shown_quantities(self) -> list[Quantity]:
        """The quantities that are drawn, each once."""
        return list({one.quantity.name: one.quantity for one in self.wanted}.values())

    @property
    def spans(self) -> tuple[Span, ...]:
        """The windows that a reader may choose."""
        return tuple(SPANS)

    @cached_property
    def data(self) -> ChartData:
        """Times and columns."""
        return plan_chart(self.series, self.width)

    @cached_property
    def panels(self) -> list[Panel]:
        """Which series stand together."""
        return plan_panels(self.series)

    @cached_property
    def picture(self) -> Picture:
        """The chart as the server draws it."""
        zone = self.page.services.texts.zone
        return draw_picture(self.data, self.series, self.panels, self.window, self.width, zone, notes=self.notes)

    @property
    def step(self) -> Step:
        """The step of the table."""
        return choose_step(self.window.length)

    @cached_property
    def table(self) -> list[Row]:
        """The values by that step."""
        return plan_table(self.series, self.step, self.page.services.texts.zone)

    @cached_property
    def totals(self) -> list[Bucket | None]:
        """Least, mean and greatest of each series."""
        return [total(one) for one in self.series]

    @property
    def names(self) -> list[str]:
        """What each series is called beside the others."""
        return name_series(self.series, self.page.translate)

    @property
    def hints(self) -> list[str]:
        """How what is drawn is to be read."""
        kinds = {one.kind for one in self.series}
        hints = [_HINTS[kind] for kind in ("line", "bars", "dots", "sum") if kind in kinds]
        if any(one.name in DERIVED for one in self.shown_quantities):
            hints.append(_FROM_READINGS if self.width < LONGEST_EXACT else _FROM_HOURS)
        texts = [self.page.translate(hint) for hint in hints]
        shifts = {one.place: one.offset_c for one in self.series if one.offset_c}
        words = self.page.translate(_SHIFTED)
        return texts + [words % {"place": place, "offset": signed(offset_c)} for place, offset_c in shifts.items()]

    def note_words(self, note: Note) -> str:
        """What is to be known, with the station's name where there are several."""
        translate = self.page.translate
        place = next((one.name for one in self.shown if one.key == note.device_key), "")
        what = note_words(note, translate)
        several = len({one.device_key for one in self.notes}) > 1
        return translate(msgid("%(place)s: %(what)s")) % {"place": place, "what": what} if several else what

    def direction(self, bucket: Bucket) -> str:
        """A mean direction in degrees and by its name."""
        mean, translate = bucket.shown_mean, self.page.translate
        return (
            translate(msgid("from all sides")) if mean is None else f"{mean:.0f} ° {translate(POINTS[point_of(mean)])}"
        )

    @property
    def first_day(self) -> date:
        """The first day that is shown, on the town's calendar."""
        return self.window.since.astimezone(self.page.services.texts.zone).date()

    @property
    def last_day(self) -> date:
        """The last day that is shown."""
        return (self.window.until.astimezone(self.page.services.texts.zone) - timedelta(microseconds=1)).date()

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """What the script draws."""
        texts = self.page.services.texts
        drawn = chart_document(self.data, self.series, self.panels, self.window, self.width, self.page.translate)
        lang = "en-GB" if self.page.locale == "en" else "ja"
        return dict(drawn) | {
            "zone": texts.zone.key,
            "lang": lang,
            "newest": _seconds(self._newest),
            "notes": [[one.kind, _seconds(one.since), _seconds(one.until)] for one in self.notes],
            "source": self.source,
            "page": self._address({}),
        }

    @property
    def source(self) -> str:
        """The address of the next views' data, without its window."""
        fixed = [("quantity", one.name) for one in self.shown_quantities]
        fixed += [("station", one) for one in (place.id for place in self.shown)]
        fixed += [("plot", self.of_plot.plot.id)] if self.of_plot else []
        return "/charts.json?" + urlencode(fixed + ([("years", "2")] if self.asked.compare_years else []))

    def link(
        self,
        *,
        quantities: Iterable[str] | None = None,
        span: str | None = None,
        to: datetime | None = None,
        compare_years: bool | None = None,
    ) -> str:
        """This chart with something else; another span begins at its newest window."""
        values: dict[str, Any] = {}
        if quantities is not None:
            values["quantity"] = list(quantities)
        if compare_years is not None:
            values["years"] = "2" if compare_years else None
        if span is not None:
            values |= {"span": span, "from": None, "to": None}
        elif to is not None and self.window.span == "own":
            values |= {"from": _seconds(to - self.window.length), "to": _seconds(to)}
        elif to is not None:
            values["to"] = _seconds(to)
        return self._address(values | self._kept_window(values))

    def zoom(self, factor: float) -> str:
        """The window around this one's middle, or at its newest end, `factor` times as long."""
        length = self.window.length * factor
        until = min(self.window.since + (self.window.length + length) / 2, self._newest)
        return self._address({"from": _seconds(until - length), "to": _seconds(until), "span": None})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of quantities and stations sends along."""
        return [(key, str(value)) for key, value in self._all(self._kept_window({})) if key not in _CHOSEN]

    @cached_property
    def _newest(self) -> datetime:
        return decide_window("week", None, self.page.now, self.page.services.texts.zone).until

    def _kept_window(self, values: Mapping[str, Any]) -> dict[str, Any]:
        if "to" in values:
            return {}
        asked = self.asked
        if self.window.span == "own":
            return {"from": _seconds(self.window.since), "to": _seconds(self.window.until)}
        return {"to": _seconds(asked.until)} if asked.until and self.window.after else {}

    def _address(self, values: Mapping[str, Any]) -> str:
        return f"{self.base}?{urlencode(self._all(values), doseq=True)}"

    def _all(self, values: Mapping[str, Any]) -> list[tuple[str, Any]]:
        own = {
            "quantity": [one.name for one in self.shown_quantities],
            "station": self.asked.stations,
            "span": None if self.window.span == "own" else self.window.span,
            "years": "2" if self.asked.compare_years else None,
        }
        return [(key, value) for key, value in (own | dict(values)).items() if value]


_HINTS: Mapping[Kind, str] = {
    "line": msgid("Line: mean. Band: from the least to the greatest value. Holes: nothing was measured."),
    "bars": msgid("Bars: the sum of each stretch."),
    "dots": msgid(
        "Dots: the mean direction that the wind came from, 0 and 360 north, 90 east, 180 south, 270 west; none where it"
        " came from all sides."
    ),
    "sum": msgid(
        "Rising line: what the degree days have come to since planting, up to yesterday. Dashes across: the target."
    ),
}
_SHIFTED = msgid(
    "The air is that of the plot: what %(place)s measured, and %(offset)s °C as you have written for this plot."
)
_FROM_READINGS = msgid("Dew point and humidity deficit follow from each reading of temperature and humidity.")
_FROM_HOURS = msgid("Dew point and humidity deficit follow from the mean temperature and humidity of each hour.")
_CHOSEN = {"quantity", "station", "years"}


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def view_chart(
    conn: Connection,
    page: Page,
    asked: Asked,
    devices: Sequence[Device | Station],
    base: str,
    *,
    others: bool = False,
    planted_on: date | None = None,
    of_plot: OfPlot | None = None,
) -> ChartView:
    """The chart that was asked for of these stations, all of which the page's reader may read.

    `base` is the page's own path. With `others` the reader may choose, beside these, any station to compare with. What
    is not there is passed over, so that an old link still shows something. With `of_plot` the air is the plot's own.
    """
    beside = _readable_beside(conn, page, devices) if others else []
    places = chart_service.fetch_places(conn, [*devices, *beside])
    shown = _decide_places(asked, places, [device.id for device in devices])
    quantities = _decide_quantities(shown, of_plot)
    wanted = _decide_wanted(asked, shown, quantities, of_plot)
    first_at = chart_service.fetch_first_at(conn, [one.key for one in shown]) if asked.span == "all" else None
    zone = page.services.texts.zone
    window = decide_window(asked.span, asked.until, page.now, zone, asked.since, Known(planted_on, first_at))
    series, width = chart_service.fetch_chart(
        conn, wanted, window, zone, compare_years=asked.compare_years, of_plot=of_plot
    )
    notes = chart_service.fetch_notes(conn, wanted, window, page.now)
    return ChartView(page, base, asked, places, shown, quantities, wanted, window, width, series, of_plot, notes)


def _readable_beside(conn: Connection, page: Page, devices: Sequence[Device | Station]) -> list[Device]:
    left_out = registry.closed_device_keys(conn, page.actor) | {device.key for device in devices}
    found = registry.fetch_devices(conn, page.actor, kind="station", limit=_MOST_BESIDE)
    return [device for device in found if device.key not in left_out]


def _decide_places(asked: Asked, places: Sequence[Place], chosen: Sequence[str]) -> list[Place]:
    for ids in (asked.stations, chosen):
        if found := [place for place in places if place.id in ids]:
            return found[:_MOST_PLACES]
    return list(places[:_MOST_PLACES])


def _decide_quantities(places: Sequence[Place], of_plot: OfPlot | None) -> list[Quantity]:
    """What may be chosen: what these places measure, and what follows from it."""
    found = [one for name, one in QUANTITIES.items() if any(name in place.quantities for place in places)]
    if any(_has_air(place) for place in places):
        found += [one.quantity for one in DERIVED.values()]
    return [*found, DEGREE_DAYS] if of_plot and of_plot.season else found


def _has_air(place: Place) -> bool:
    return place.quantities.issuperset(INPUTS)


def _decide_wanted(
    asked: Asked, places: Sequence[Place], quantities: Sequence[Quantity], of_plot: OfPlot | None
) -> list[Wanted]:
    """The lines to draw: the asked quantities of the places, as many as a chart can hold."""
    usual = quantities[0] if quantities else next(iter(QUANTITIES.values()))
    known = [CHARTED[name] for name in dict.fromkeys(asked.quantities) if name in CHARTED]
    season = of_plot.degree_days if of_plot else None
    shown = [one for one in known if one != DEGREE_DAYS or season] or [usual]
    wanted: list[Wanted] = []
    for quantity in shown:
        if quantity == DEGREE_DAYS:
            wanted += [season] if season else []
            continue
        wanted += [
            Wanted(place.key, place.id, place.name, quantity)
            for place in places
            if len(places) == 1 or quantity.name in place.quantities or (quantity.name in DERIVED and _has_air(place))
        ]
    return wanted[: MOST_SERIES // 2 if asked.compare_years else MOST_SERIES]


@router.get("/charts.json")
def fetch_data(page: FarmersPage, asked: AskedChart) -> Response:
    """The columns of one window, for a chart that is open already; unchanged ones are not sent again."""
    if not asked.stations or not all(name in CHARTED for name in asked.quantities):
        raise Invalid("Name stations, and quantities that there are.")
    with page.services.database.transaction() as conn:
        devices = [_find(conn, page, device_id) for device_id in asked.stations[:_MOST_PLACES]]
        of_plot = find_chart_plot(conn, page, asked.plot, asked.quantities) if asked.plot else None
        view = view_chart(conn, page, asked, devices, "", of_plot=of_plot)
    body = dumps(view.document, separators=(",", ":"), ensure_ascii=False).encode()
    # no-cache: late readings and corrections change the past too, so a browser asks each time.
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{sha256(body).hexdigest()[:20]}"', "Vary": "Cookie"}
    if page.request.headers.get("if-none-match") in (headers["ETag"], f"W/{headers['ETag']}"):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _find(conn: Connection, page: Page, device_id: str) -> Device:
    device = registry.readable_device_of(conn, page.actor, device_id)
    if device.kind != "station":
        raise NotFound("There is no such station.")
    return device
