"""A plot's warnings in plain words: what they wait for, when they last told, and the form that makes one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, cast

from fastapi import APIRouter, Query, Response

from hub.alerts.views import IncidentView
from hub.fields.plots import Plot, may_change
from hub.fields.store import fetch_latest
from hub.fields.thresholds import frosts, sentences
from hub.fields.thresholds import service as warnings
from hub.fields.thresholds.frost import CERTAINTIES, Certainty
from hub.fields.thresholds.frosts import FrostWatch
from hub.fields.thresholds.measures import MEASURES
from hub.fields.thresholds.rehearsal import Rehearsal
from hub.fields.thresholds.rules import Rule
from hub.fields.thresholds.service import NewWarning
from hub.fields.thresholds.store import Warning, is_told  # noqa: A004  # the farmer's own word for it
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.forms import Filled, Refused, Submitted
from hub.web.pages.page import FarmersPage, Page
from hub.web.pages.warning_form import (
    HOLDS_MIN,
    REPEATS_H,
    WINDOWS_H,
    Asked,
    filled_from,
    read_season,
    read_warning,
    season_fields,
)

__all__ = ["router"]

router = APIRouter()
_PAUSES = (1, 3, 7, 30)
_LISTED = 100


@dataclass(frozen=True, slots=True)
class WarningLine:
    """One warning as the list shows it: in words, of which station, and when it last told."""

    warning: Warning
    text: str
    season: str
    station: str
    told: IncidentView | None
    is_paused: bool


@router.get("/plots/{plot_id}/warnings")
def list_warnings(page: FarmersPage, plot_id: str) -> Response:
    """The plot's warnings, frost tonight, and whether one is told."""
    return _list(page, plot_id, Filled({}, page.translate))


def _list(page: Page, plot_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        plot = warnings.find_plot(conn, page.actor, plot_id)
        found = warnings.fetch_warnings(conn, page.actor, plot_id)
        told = page.services.alerts.fetch_incidents(conn, device_keys=[], plot_ids=[plot.id], limit=_LISTED)
        stations = _stations(conn, plot)
        frost = frosts.fetch_frost_watch(conn, page.actor, plot_id)
        presets = warnings.fetch_presets(conn, plot)
        listens = is_told(conn, plot.id, page.actor.person_id)
    names = {device.key: device.name for device in stations}
    changeable = may_change(plot, page.actor.person_id, is_staff=page.actor.is_staff)
    if form.is_empty and frost is not None:
        form = Filled(_frost_fields(frost), page.translate)
    return page.render(
        "warnings.html",
        status,
        plot=plot,
        lines=[_line(page, one, names, told) for one in found],
        told=told,
        frost=frost,
        form=form,
        certainties=CERTAINTIES,
        presets=[(one, sentences.say_rule(one.rule, page.translate)) for one in presets],
        changeable=changeable,
        listens=listens,
        may_listen=plot.owner_id == page.actor.person_id or not page.actor.is_staff,
        has_stations=bool(stations),
        pauses=_PAUSES,
    )


def _line(page: Page, warning: Warning, names: dict[int, str], told: Sequence[IncidentView]) -> WarningLine:
    rule = warning.rule
    return WarningLine(
        warning,
        sentences.say_rule(rule, page.translate),
        sentences.say_season(rule.season, page.translate) if rule.season else "",
        names.get(warning.device_key, ""),
        next((one for one in told if one.matter == warning.id), None),
        warning.muted_until is not None and page.now < warning.muted_until,
    )


def _stations(conn: Connection, plot: Plot) -> list[Device]:
    found = registry.fetch_devices_by_key(conn, frozenset(plot.station_keys))
    return [found[key] for key in plot.station_keys if key in found]


@router.get("/plots/{plot_id}/warnings/new")
def new_warning(page: FarmersPage, plot_id: str, preset: Annotated[str, Query()] = "") -> Response:
    """The form of a new warning, perhaps with a proposal in it."""
    with page.services.database.transaction() as conn:
        plot = warnings.find_plot(conn, page.actor, plot_id, to_change=True)
        rule = next((one.rule for one in warnings.fetch_presets(conn, plot) if one.id == preset), None)
        station = next((device.id for device in _stations(conn, plot)), "")
    return _form(page, plot_id, None, Filled(filled_from(rule, station) if rule else {}, page.translate))


@router.post("/plots/{plot_id}/warnings/new")
def create_warning(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """Try a warning against the last month, or save it."""
    return _take(page, plot_id, None, Filled(submitted, page.translate))


def _take(page: Page, plot_id: str, warning_id: str | None, form: Filled) -> Response:
    with page.services.database.transaction() as conn:
        plot = warnings.find_plot(conn, page.actor, plot_id, to_change=True)
        if warning_id is not None:
            warnings.fetch_warning(conn, page.actor, plot_id, warning_id)
        new = read_warning(form, Asked({device.id: device for device in _stations(conn, plot)}))
        if new is not None and form.typed("act") == "try":
            found = page.services.warnings.rehearse(conn, plot, new, page.now)
            return _form(page, plot_id, warning_id, form, tried=(new.rule, found))
    if new is None:
        return _form(page, plot_id, warning_id, form, 422)

    def act(conn: Connection) -> str:
        with form.conflict_at(
            "measure", msgid("This plot has as many warnings as it may have. Please remove one first.")
        ):
            return _save(conn, page, plot_id, warning_id, new)

    try:
        return page.go_once(form, act)
    except Refused:
        return _form(page, plot_id, warning_id, form, 422)


def _save(conn: Connection, page: Page, plot_id: str, warning_id: str | None, new: NewWarning) -> str:
    if warning_id is None:
        warnings.create_warning(conn, page.actor, plot_id, new, page.now)
    else:
        before = warnings.change_warning(conn, page.actor, plot_id, warning_id, new, page.now)
        page.services.end_warning(conn, before, page.now)
    return f"/plots/{plot_id}/warnings?done=saved"


def _form(
    page: Page,
    plot_id: str,
    warning_id: str | None,
    form: Filled,
    status: int = 200,
    tried: tuple[Rule, Rehearsal] | None = None,
) -> Response:
    with page.services.database.transaction() as conn:
        plot = warnings.find_plot(conn, page.actor, plot_id, to_change=True)
        stations = _stations(conn, plot)
        measured = {row.quantity for row in fetch_latest(conn, plot.station_keys)}
    usable = [one for one in MEASURES.values() if measured.issuperset(one.quantities)]
    chosen = form.typed("measure")
    if chosen in MEASURES and MEASURES[chosen] not in usable:
        usable.append(MEASURES[chosen])
    return page.render(
        "warning.html",
        status,
        plot=plot,
        warning_id=warning_id,
        form=form,
        stations=stations,
        measures=usable or list(MEASURES.values()),
        holds=HOLDS_MIN,
        windows=WINDOWS_H,
        repeats=REPEATS_H,
        tried=_tell_tried(page, *tried) if tried else None,
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """What a warning would have told, in words."""

    text: str
    count: int
    times: Sequence[tuple[datetime, str, datetime | None]]
    readings: int
    late: int
    as_if_in_time: bool
    lowest: str
    highest: str


def _tell_tried(page: Page, rule: Rule, found: Rehearsal) -> Tried:
    def said(value: float | None) -> str:
        return "" if value is None else sentences.say_value(rule, value)

    return Tried(
        sentences.say_rule(rule, page.translate),
        len(found.told),
        [(one.at, said(one.value), one.over_at) for one in reversed(found.told)][:_LISTED],
        found.readings,
        found.late,
        found.as_if_in_time,
        said(found.lowest),
        said(found.highest),
    )


@router.post("/plots/{plot_id}/warnings/told")
def set_told(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """Whether one wants to be told of this plot."""
    wanted = Filled(submitted, page.translate).typed("wanted") == "yes"
    with page.services.database.transaction() as conn:
        warnings.set_told(conn, page.actor, plot_id, page.now, wanted=wanted)
    return page.go(f"/plots/{plot_id}/warnings?done=saved")


@router.post("/plots/{plot_id}/warnings/frost")
def set_frost(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """Whether frost is told, and how sure it must be."""
    form = Filled(submitted, page.translate)
    certainty = form.choice("certainty", ("never", *CERTAINTIES))
    limit_c = form.number_or_none("limit_c", -30, 20)
    season = read_season(form)
    if form.errors:
        return _list(page, plot_id, form, 422)
    watch = None if certainty == "never" else FrostWatch(cast("Certainty", certainty), limit_c, season)
    with page.services.database.transaction() as conn:
        frosts.set_frost_watch(conn, page.actor, plot_id, watch, page.now)
    return page.go(f"/plots/{plot_id}/warnings?done=saved")


def _frost_fields(watch: FrostWatch) -> dict[str, list[str]]:
    values = {"certainty": watch.certainty, "limit_c": "" if watch.limit_c is None else f"{watch.limit_c:g}"}
    if watch.season is not None:
        values |= season_fields(watch.season)
    return {name: [value] for name, value in values.items()}


@router.get("/plots/{plot_id}/warnings/{warning_id}")
def show_warning(page: FarmersPage, plot_id: str, warning_id: str) -> Response:
    """The form of a warning that there is."""
    with page.services.database.transaction() as conn:
        plot = warnings.find_plot(conn, page.actor, plot_id, to_change=True)
        warning = warnings.fetch_warning(conn, page.actor, plot_id, warning_id)
        names = {device.key: device.id for device in _stations(conn, plot)}
    fields = filled_from(warning.rule, names.get(warning.device_key, ""))
    return _form(page, plot_id, warning_id, Filled(fields, page.translate))


@router.post("/plots/{plot_id}/warnings/{warning_id}")
def change_warning(page: FarmersPage, plot_id: str, warning_id: str, submitted: Submitted) -> Response:
    """Try a change against the last month, or save it."""
    return _take(page, plot_id, warning_id, Filled(submitted, page.translate))


@router.post("/plots/{plot_id}/warnings/{warning_id}/pause")
def pause_warning(page: FarmersPage, plot_id: str, warning_id: str, submitted: Submitted) -> Response:
    """Pause a warning for some days, or end its pause."""
    days = Filled(submitted, page.translate).typed("days")
    chosen = next((number for number in _PAUSES if str(number) == days), None)
    until_at = None if chosen is None else page.now + timedelta(days=chosen)
    with page.services.database.transaction() as conn:
        warnings.pause_warning(conn, page.actor, plot_id, warning_id, until_at, page.now)
    return page.go(f"/plots/{plot_id}/warnings?done=saved")


@router.get("/plots/{plot_id}/warnings/{warning_id}/remove")
def ask_removal(page: FarmersPage, plot_id: str, warning_id: str) -> Response:
    """What is lost with a warning, and what one could do instead."""
    with page.services.database.transaction() as conn:
        plot = warnings.find_plot(conn, page.actor, plot_id, to_change=True)
        warning = warnings.fetch_warning(conn, page.actor, plot_id, warning_id)
        names = {device.key: device.name for device in _stations(conn, plot)}
    return page.render("warning_removal.html", plot=plot, line=_line(page, warning, names, ()), pauses=_PAUSES)


@router.post("/plots/{plot_id}/warnings/{warning_id}/remove")
def remove_warning(page: FarmersPage, plot_id: str, warning_id: str) -> Response:
    """Take a warning away."""
    with page.services.database.transaction() as conn:
        before = warnings.remove_warning(conn, page.actor, plot_id, warning_id, page.now)
        page.services.end_warning(conn, before, page.now)
    return page.go(f"/plots/{plot_id}/warnings?done=removed")
