"""A plot's warnings: what its farmers are told of, tried against the last month before it is kept; and frost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from hub.errors import Invalid
from hub.fields.plots import Plot
from hub.fields.thresholds import frosts, sentences
from hub.fields.thresholds import service as warnings
from hub.fields.thresholds.frosts import FrostWatch
from hub.fields.thresholds.measures import MEASURES
from hub.fields.thresholds.rules import Rule, Season, read_month_day
from hub.fields.thresholds.service import NewWarning
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.texts import choose_locale, translator
from hub.web.api.forms import DeviceId, Form, Instant, Whole
from hub.web.api.paging import Page
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/plots/{plot_id}", tags=["warnings"])

MonthDay = Annotated[
    str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", description="Month and day", examples=["04-20"])
]
Clock = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="The town's clock", examples=["21:00"])
]
How = Literal["value", "mean", "change", "sum"]
Side = Literal["below", "above"]
Certainty = Literal["possible", "likely", "certain"]


class SeasonForm(Form):
    """The days of each year on which it matters, both included; it may go over the new year."""

    first: MonthDay
    last: MonthDay


class QuietForm(Form):
    """Hours in which nobody is told; what is still so at their end is told then."""

    begin: Clock
    end: Clock


class WarningForm(Form):
    """A warning as it shall be."""

    station: DeviceId = Field(description="A station of the plot")
    measure: str = Field(
        max_length=50, pattern=r"^[a-z0-9_]+$", examples=["soil_moisture"],
        description="A quantity, `dew_point`, `humidity_deficit` (飽差, g/m³) or `vpd` (kPa)",
    )  # fmt: skip
    side: Side
    limit: float = Field(allow_inf_nan=False, examples=[20])
    how: How = Field("value", description="Its value now, or over `window_hours` the mean, the change or the sum")
    window_hours: Whole = Field(0, ge=0, le=72)
    hysteresis: float | None = Field(
        None, allow_inf_nan=False, description="It is over when the value is back by so much; null: the usual"
    )
    hold_minutes: Whole = Field(0, ge=0, le=2880, description="For so long it must have held")
    season: SeasonForm | None = None
    quiet: QuietForm | None = None
    repeat_hours: Annotated[Whole, Field(ge=1, le=168)] | None = Field(None, description="Null: told once")


class SeasonView(BaseModel):
    """The days of each year on which it matters."""

    first: str
    last: str


class QuietView(BaseModel):
    """Hours in which nobody is told."""

    begin: str
    end: str


class WarningView(BaseModel):
    """A warning."""

    id: str = Field(examples=["w-3kq8xn2d"])
    words: str = Field(description="In the caller's language")
    station: str | None
    measure: str
    unit: str
    side: Side
    limit: float
    how: How
    window_hours: int
    hysteresis: float
    hold_minutes: int
    gap_minutes: int = Field(description="A longer pause between two readings begins the hold time anew")
    season: SeasonView | None
    quiet: QuietView | None
    repeat_hours: int | None
    paused_until: datetime | None
    told_since: datetime | None = Field(description="Since when it is told; null while it is not so")


class Told(BaseModel):
    """One time at which it would have told; `over_at` is null where it would still be so."""

    at: datetime
    since: datetime
    value: float
    over_at: datetime | None


class Rehearsed(BaseModel):
    """What a warning would have told within the last 30 days."""

    times: int
    told: list[Told]
    readings: int
    late: int = Field(description="Readings that came too late to tell anything")
    lowest: float | None
    highest: float | None
    as_if_in_time: bool = Field(
        description="Most readings came too late: the rest is as if each had come when it was measured"
    )


class PauseForm(Form):
    """Until when nothing is told, at most 60 days ahead; null ends the pause."""

    until: Instant | None


class ToldForm(Form):
    """Whether one wants to be told of the plot."""

    wanted: bool


class FrostForm(Form):
    """How sure frost must be to be told."""

    certainty: Certainty
    limit: Annotated[float, Field(ge=-30, le=20, allow_inf_nan=False)] | None = Field(
        None, description="°C at the sensor from which it is too cold; null: by the crop"
    )
    season: SeasonForm | None = None


class FrostView(BaseModel):
    """How sure frost must be to be told; null: it is not."""

    certainty: Certainty | None
    limit: float | None = None
    season: SeasonView | None = None


def _season(form: SeasonForm | None) -> Season | None:
    if form is None:
        return None
    first, last = (read_month_day(int(day[:2]), int(day[3:])) for day in (form.first, form.last))
    return Season(first, last)


def _new(conn: Connection, plot: Plot, form: WarningForm) -> NewWarning:
    devices = registry.fetch_devices_by_key(conn, frozenset(plot.station_keys))
    keys = {device.id: key for key, device in devices.items()}
    if form.station not in keys:
        raise Invalid("station: it does not stand on this plot.")
    measure = MEASURES.get(form.measure)
    usual = measure.hysteresis if measure else 0.0
    quiet = form.quiet and (_minutes(form.quiet.begin), _minutes(form.quiet.end))
    if quiet and quiet[0] == quiet[1]:
        raise Invalid("quiet: it begins and ends at different times.")
    rule = Rule(
        form.measure, form.side, form.limit, form.how, form.window_hours,
        usual if form.hysteresis is None else form.hysteresis, form.hold_minutes,
        season=_season(form.season), quiet_min=quiet, repeat_h=form.repeat_hours,
    )  # fmt: skip
    return NewWarning(keys[form.station], rule)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _views(conn: Connection, actor: Actor, found: Sequence[warnings.Warning]) -> list[WarningView]:
    devices = registry.fetch_devices_by_key(conn, frozenset(one.device_key for one in found))
    translate = translator(choose_locale(actor.language))
    return [
        WarningView(
            id=one.id,
            words=sentences.say_rule(one.rule, translate),
            station=devices[one.device_key].id if one.device_key in devices else None,
            measure=one.rule.measure,
            unit=MEASURES[one.rule.measure].unit,
            side=one.rule.side,
            limit=one.rule.limit,
            how=one.rule.how,
            window_hours=one.rule.window_h,
            hysteresis=one.rule.hysteresis,
            hold_minutes=one.rule.hold_min,
            gap_minutes=one.rule.gap_min,
            season=_season_view(one.rule.season),
            quiet=one.rule.quiet_min
            and QuietView(begin=_clock(one.rule.quiet_min[0]), end=_clock(one.rule.quiet_min[1])),
            repeat_hours=one.rule.repeat_h,
            paused_until=one.muted_until,
            told_since=one.told_at,
        )
        for one in found
    ]


def _season_view(season: Season | None) -> SeasonView | None:
    if season is None:
        return None
    return SeasonView(first="{:02}-{:02}".format(*season.first), last="{:02}-{:02}".format(*season.last))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@router.get("/warnings", summary="List a plot's warnings", responses=problems(404))
def list_warnings(plot_id: str, services: ServicesOf, actor: ApiActor) -> Page[WarningView]:
    """In the order in which they were made."""
    with services.database.transaction() as conn:
        return Page(items=_views(conn, actor, warnings.fetch_warnings(conn, actor, plot_id)), next=None)


@router.post("/warnings", status_code=201, summary="Make a warning", responses=problems(403, 404, 409))
def create_warning(plot_id: str, form: WarningForm, services: ServicesOf, actor: ApiActor) -> WarningView:
    """It watches from now on; what is so already is told with the next reading."""
    with services.database.transaction() as conn:
        plot = warnings.find_plot(conn, actor, plot_id, to_change=True)
        made = warnings.create_warning(conn, actor, plot_id, _new(conn, plot, form), services.now())
        return _views(conn, actor, [warnings.fetch_warning(conn, actor, plot_id, made)])[0]


@router.post("/warnings/rehearse", summary="Try a warning against the last month", responses=problems(403, 404))
def rehearse_warning(plot_id: str, form: WarningForm, services: ServicesOf, actor: ApiActor) -> Rehearsed:
    """When it would have told within the last 30 days. Nothing is kept."""
    with services.database.transaction() as conn:
        plot = warnings.find_plot(conn, actor, plot_id, to_change=True)
        found = services.warnings.rehearse(conn, plot, _new(conn, plot, form), services.now())
    return Rehearsed(
        times=len(found.told),
        told=[Told(at=one.at, since=one.since_at, value=one.value, over_at=one.over_at) for one in found.told],
        readings=found.readings,
        late=found.late,
        lowest=found.lowest,
        highest=found.highest,
        as_if_in_time=found.as_if_in_time,
    )


@router.get("/warnings/{warning_id}", summary="One warning", responses=problems(404))
def show_warning(plot_id: str, warning_id: str, services: ServicesOf, actor: ApiActor) -> WarningView:
    """A warning by its id."""
    with services.database.transaction() as conn:
        return _views(conn, actor, [warnings.fetch_warning(conn, actor, plot_id, warning_id)])[0]


@router.put("/warnings/{warning_id}", summary="Change a warning", responses=problems(403, 404))
def change_warning(
    plot_id: str, warning_id: str, form: WarningForm, services: ServicesOf, actor: ApiActor
) -> WarningView:
    """It begins anew, and what it told is over."""
    now = services.now()
    with services.database.transaction() as conn:
        plot = warnings.find_plot(conn, actor, plot_id, to_change=True)
        warnings.fetch_warning(conn, actor, plot_id, warning_id)
        before = warnings.change_warning(conn, actor, plot_id, warning_id, _new(conn, plot, form), now)
        services.end_warning(conn, before, now)
        return _views(conn, actor, [warnings.fetch_warning(conn, actor, plot_id, warning_id)])[0]


@router.delete("/warnings/{warning_id}", status_code=204, summary="Remove a warning", responses=problems(403, 404))
def remove_warning(plot_id: str, warning_id: str, services: ServicesOf, actor: ApiActor) -> Response:
    """What it told is over."""
    now = services.now()
    with services.database.transaction() as conn:
        services.end_warning(conn, warnings.remove_warning(conn, actor, plot_id, warning_id, now), now)
    return Response(status_code=204)


@router.post("/warnings/{warning_id}/pause", summary="Pause a warning", responses=problems(403, 404, 409))
def pause_warning(plot_id: str, warning_id: str, form: PauseForm, services: ServicesOf, actor: ApiActor) -> WarningView:
    """Until an instant nothing is told; what is so then is told then."""
    with services.database.transaction() as conn:
        warnings.pause_warning(conn, actor, plot_id, warning_id, form.until, services.now())
        return _views(conn, actor, [warnings.fetch_warning(conn, actor, plot_id, warning_id)])[0]


@router.put("/told", status_code=204, summary="Be told of a plot, or not", responses=problems(403, 404))
def set_told(plot_id: str, form: ToldForm, services: ServicesOf, actor: ApiActor) -> Response:
    """The owner is, and others who see the plot are not, until they say otherwise here."""
    with services.database.transaction() as conn:
        warnings.set_told(conn, actor, plot_id, services.now(), wanted=form.wanted)
    return Response(status_code=204)


@router.get("/frost", summary="Whether frost is told", responses=problems(404))
def show_frost(plot_id: str, services: ServicesOf, actor: ApiActor) -> FrostView:
    """How sure it must be; `certainty` null: it is not told."""
    with services.database.transaction() as conn:
        return _frost_view(frosts.fetch_frost_watch(conn, actor, plot_id))


@router.put("/frost", summary="Be told of frost", responses=problems(403, 404))
def set_frost(plot_id: str, form: FrostForm, services: ServicesOf, actor: ApiActor) -> FrostView:
    """Once an evening, when it is as sure as that."""
    with services.database.transaction() as conn:
        watch = FrostWatch(form.certainty, form.limit, _season(form.season))
        frosts.set_frost_watch(conn, actor, plot_id, watch, services.now())
        return _frost_view(frosts.fetch_frost_watch(conn, actor, plot_id))


@router.delete("/frost", status_code=204, summary="Be told of no frost", responses=problems(403, 404))
def remove_frost(plot_id: str, services: ServicesOf, actor: ApiActor) -> Response:
    """Nobody is told of frost on this plot any more."""
    with services.database.transaction() as conn:
        frosts.set_frost_watch(conn, actor, plot_id, None, services.now())
    return Response(status_code=204)


def _frost_view(watch: FrostWatch | None) -> FrostView:
    if watch is None:
        return FrostView(certainty=None)
    return FrostView(certainty=watch.certainty, limit=watch.limit_c, season=_season_view(watch.season))
