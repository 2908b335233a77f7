"""What matters on a plot now, and what follows from what is measured on it."""

from datetime import date, datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.fields import service as fields
from hub.fields.agronomy.frost import FrostRisk
from hub.fields.glance import service as glances
from hub.fields.glance.figures import Figures
from hub.fields.glance.values import Glance, Season
from hub.registry import service as registry
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/plots", tags=["plots"])


class Value(BaseModel):
    """The newest value of one quantity on the plot."""

    quantity: str = Field(examples=["air_temperature"])
    value: float = Field(description="With the plot's offset where it is the air's temperature")
    unit: str = Field(examples=["°C"])
    time: datetime
    trend: Literal["rising", "steady", "falling"] | None
    station: str
    old: bool = Field(description="More than an hour old")
    doubted: bool = Field(description="Its sensor is stuck or beyond its range")


class Air(BaseModel):
    """The moisture of the air now, from temperature and humidity of one station."""

    dew_point_c: float
    wet_bulb_c: float
    deficit_g_m3: float = Field(description="飽差")
    deficit_kpa: float = Field(description="VPD")


class Frost(BaseModel):
    """Tonight's frost: a word, the lowest temperature that is expected and the range of eight nights of ten."""

    level: Literal["unlikely", "possible", "likely", "no_statement"]
    why: list[str]
    limit_c: float
    expected_min_c: float | None
    low_c: float | None
    high_c: float | None
    chance: float | None = Field(ge=0, le=1)
    certain: bool
    until: datetime | None
    from_at: datetime | None = Field(description="When a statement may be expected")


class DegreeDays(BaseModel):
    """The sum of the season up to yesterday, in °C days."""

    since: date
    base_temperature_c: float
    total: float
    filled_days: int
    missing_days: int
    target: float | None
    days_left: int | None
    expected_on: date | None
    by: Literal["recent", "last_year"] | None


class Battery(BaseModel):
    """A station's battery."""

    station: str
    volts: float
    word: Literal["full", "good", "low", "empty"]


class PlotNow(BaseModel):
    """A plot at a glance; null is not measured, or nothing that can be said."""

    plot: str
    values: list[Value]
    air: Air | None
    rain_today_mm: float | None
    paddy_loss_mm_per_day: float | None = Field(description="減水深")
    frost: Frost | None
    degree_days: DegreeDays | None
    et0_yesterday_mm: float | None = Field(description="Reference evapotranspiration by FAO-56")
    et0_estimated: list[Literal["radiation", "humidity", "wind", "pressure"]] = Field(
        description="What was not measured and had to be estimated for it"
    )
    batteries: list[Battery]
    notices: list[str] = Field(description="What should be seen first, the loudest first")


@router.get("/{plot_id}/now", summary="A plot at a glance", responses=problems(404))
def show_now(plot_id: str, services: ServicesOf, actor: ApiActor) -> PlotNow:
    """Newest values with their age, and what follows from them; of a plot that is not open to staff nothing."""
    with services.database.transaction() as conn:
        plot = fields.fetch_plot(conn, actor, plot_id)
        keys = frozenset(plot.station_keys if plot.is_open else ()) - registry.closed_device_keys(conn, actor)
        devices = registry.fetch_devices_by_key(conn, keys)
        stations = {station.key: station for station in fields.fetch_stations(conn, list(devices.values()))}
        now, zone = services.now(), services.texts.zone
        glance = glances.fetch_glances(conn, [plot], stations, now, zone)[plot.id]
        figures = glances.fetch_figures(conn, plot, stations, now, zone)
    return _as_now(plot.id, glance, figures)


def _as_now(plot_id: str, glance: Glance, figures: Figures | None) -> PlotNow:
    et0 = figures.et0_yesterday if figures else None
    return PlotNow(
        plot=plot_id,
        values=[
            Value(
                quantity=name,
                value=shown.value,
                unit=shown.quantity.unit,
                time=shown.measured_at,
                trend=shown.trend,
                station=shown.station_id,
                old=shown.is_old,
                doubted=shown.is_doubted,
            )
            for name, shown in glance.values.items()
        ],
        air=Air(
            dew_point_c=glance.air.dew_point_c,
            wet_bulb_c=glance.air.wet_bulb_c,
            deficit_g_m3=glance.air.deficit_g_m3,
            deficit_kpa=glance.air.deficit_kpa,
        )
        if glance.air
        else None,
        rain_today_mm=glance.rain_today_mm,
        paddy_loss_mm_per_day=glance.water_loss.mm_per_day if glance.water_loss else None,
        frost=_as_frost(glance.frost) if glance.frost else None,
        degree_days=_as_degree_days(glance.season) if glance.season else None,
        et0_yesterday_mm=et0.mm if et0 else None,
        et0_estimated=list(et0.estimated) if et0 else [],
        batteries=[Battery(station=one.station_id, volts=one.volts, word=one.word) for one in glance.batteries],
        notices=[notice.kind for notice in glance.notices],
    )


def _as_frost(risk: FrostRisk) -> Frost:
    low_c, high_c = risk.band_c or (None, None)
    return Frost(
        level=risk.level,
        why=list(risk.why),
        limit_c=risk.limit_c,
        expected_min_c=risk.expected_min_c,
        low_c=low_c,
        high_c=high_c,
        chance=risk.chance,
        certain=risk.certain,
        until=risk.sunrise_at,
        from_at=risk.from_at,
    )


def _as_degree_days(season: Season) -> DegreeDays:
    left = season.left
    return DegreeDays(
        since=season.since,
        base_temperature_c=season.base_c,
        total=season.so_far.total,
        filled_days=season.so_far.filled,
        missing_days=season.so_far.missing,
        target=season.target,
        days_left=left.days if left else None,
        expected_on=left.day if left else None,
        by=left.by if left else None,
    )
