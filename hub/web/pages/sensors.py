"""A station's sensors: how each is judged and what to do about it, and the forms for whoever worked on one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Path, Response

from edge.wire.quantities import QUANTITIES, Quantity
from hub.errors import Forbidden, Invalid, NotFound
from hub.fields.charts.directions import is_direction, wrap
from hub.fields.plots.past import shown_since
from hub.fields.plots.service import own_plots
from hub.fields.quality import SensorState, changes, fetch_states
from hub.fields.quality.changes import Change, Level, NewChange, Reference
from hub.fields.quality.corrections import Line
from hub.fields.quality.words import ADVICE, CHANGE_KINDS, STATE_WORDS, describe
from hub.fields.service import fetch_series
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.forms import Filled, Refused, Submitted
from hub.web.pages.page import FarmersPage, Page
from hub.web.pages.sparkline import Sparkline, plan_sparkline
from hub.web.pages.stations import find_station

__all__ = ["router"]

router = APIRouter(prefix="/stations/{device_id}/sensors")
_PREVIEW = timedelta(days=14)
_WIDEST = 1_000_000.0
LEVELS: Mapping[Level, str] = {
    "old": msgid("Keep the level of the old sensor: the new one's values are moved"),
    "new": msgid("The new sensor is right: the old one's values are moved"),
    "as_is": msgid("Move nothing"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One sensor as the page shows it."""

    quantity: Quantity
    state: SensorState
    word: str
    matter: str | None
    advice: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a calibration would do: gain and shift, the newest value now and then, and both courses."""

    line: Line
    now: float | None
    after: float | None
    chart: Sparkline | None


@router.get("")
def list_sensors(page: FarmersPage, device_id: str) -> Response:
    """Every sensor of a station. Staff without the owner's consent see the states, and no figures."""
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        closed = device.key in registry.closed_device_keys(conn, page.actor)
        states = fetch_states(conn, [device.key]).get(device.key, {})
        trace = [] if closed else _trace(conn, device)
        changeable = _may_change(conn, page, device)
    cards = [_card(page, states[name], closed=closed) for name in QUANTITIES if name in states]
    return page.render(
        "sensors.html",
        device=device,
        cards=cards,
        trace=trace,
        kinds=CHANGE_KINDS,
        changeable=changeable,
        quantities=QUANTITIES,
        form=Filled({}, page.translate),
    )


def _card(page: Page, state: SensorState, *, closed: bool) -> Card:
    reason = state.reason
    matter = None if reason is None or closed else describe(state.quantity, reason, state.detail, page.translate)
    advice = None if reason is None else page.translate(ADVICE[reason])
    return Card(QUANTITIES[state.quantity], state, page.translate(STATE_WORDS[state.state]), matter, advice)


def _trace(conn: Connection, device: Device) -> list[Change]:
    """What was done since the station stands here: not what a former farmer wrote."""
    since = shown_since(conn, device.key, None)
    return [one for one in changes.fetch_changes(conn, device.key) if since is None or one.happened_at >= since]


def _may_change(conn: Connection, page: Page, device: Device) -> bool:
    """City staff, and whoever owns a plot that the station measures; those it is shared with only look."""
    return page.actor.is_staff or any(device.key in plot.station_keys for plot in own_plots(conn, page.actor))


@router.get("/{quantity}")
def show_sensor(page: FarmersPage, device_id: str, quantity: Annotated[str, Path()]) -> Response:
    """The forms for one sensor."""
    with page.services.database.transaction() as conn:
        device, known = _changeable(conn, page, device_id, quantity)
    return _form(page, device, known, Filled({}, page.translate))


@router.post("/{quantity}")
def change_sensor(page: FarmersPage, device_id: str, quantity: str, submitted: Submitted) -> Response:
    """Look at what a calibration would do, or write down what was done: once, however often it is sent."""
    form = Filled(submitted, page.translate)
    kind = form.typed("act")
    with page.services.database.transaction() as conn:
        device, known = _changeable(conn, page, device_id, quantity)
        preview = _calibrate(conn, page, form, device, known, save=False) if kind == "preview" else None
    if kind == "preview":
        return _form(page, device, known, form, preview, 422 if form.errors else 200)

    def act(conn: Connection) -> str:
        if kind == "calibration":
            _calibrate(conn, page, form, device, known, save=True)
        elif kind == "replacement":
            _replace(conn, page, form, device, known)
        elif kind == "repair":
            _repair(conn, page, form, device, known)
        else:
            raise Invalid("The form says nothing that can be done.")
        if form.errors:
            raise Refused
        return f"/stations/{quote(device.id)}/sensors?done={kind}"

    try:
        return page.go_once(form, act)
    except Refused:
        return _form(page, device, known, form, status=422)


@router.post("/changes/{change_id}/withdraw")
def withdraw_change(page: FarmersPage, device_id: str, change_id: int) -> Response:
    """Take back what was written wrongly."""
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        if not _may_change(conn, page, device):
            raise Forbidden("Only the owner of a plot and city staff work on its sensors.")
        if change_id not in {one.id for one in _trace(conn, device)}:
            raise NotFound("There is no such change.")
        changes.withdraw(conn, page.actor, device, change_id, page.now)
    return page.go(f"/stations/{quote(device.id)}/sensors?done=withdrawal")


def _changeable(conn: Connection, page: Page, device_id: str, quantity: str) -> tuple[Device, Quantity]:
    device = find_station(conn, page, device_id)
    registry.readable_device_of(conn, page.actor, device_id)
    if quantity not in QUANTITIES:
        raise NotFound("There is no such sensor.")
    if not _may_change(conn, page, device):
        raise Forbidden("Only the owner of a plot and city staff work on its sensors.")
    return device, QUANTITIES[quantity]


def _form(
    page: Page, device: Device, quantity: Quantity, form: Filled, preview: Preview | None = None, status: int = 200
) -> Response:
    return page.render(
        "sensor.html",
        status,
        device=device,
        quantity=quantity,
        form=form,
        preview=preview,
        levels=LEVELS,
        here_and_now=_local(page, page.now),
    )


def _local(page: Page, at: datetime) -> str:
    return f"{at.astimezone(page.services.texts.zone):%Y-%m-%dT%H:%M}"


def _change(page: Page, form: Filled, quantity: Quantity, prefix: str) -> NewChange:
    at = _instant(page, form, f"{prefix}_at")
    return NewChange(
        quantity.name,
        at or page.now,
        serial=form.line(f"{prefix}_serial", required=False) or None,
        note=form.line(f"{prefix}_note", required=False) or None,
    )


def _instant(page: Page, form: Filled, name: str, *, required: bool = True) -> datetime | None:
    """A local time as a datetime field sends it; None for nothing, or for what was found faulty."""
    text = form.line(name, required=required)
    if not text or name in form.errors:
        return None
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=page.services.texts.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        form.fault(name, msgid("Please give a date and time such as 2026-04-20T09:30."))
        return None
    if at > page.now or at.year < 2000:
        form.fault(name, msgid("Please give a time that has been."))
        return None
    return at


def _calibrate(
    conn: Connection, page: Page, form: Filled, device: Device, quantity: Quantity, *, save: bool
) -> Preview | None:
    change = _change(page, form, quantity, "first")
    first = Reference(change.happened_at, form.number("first_right", -_WIDEST, _WIDEST))
    references = [first]
    second_at, right = (
        _instant(page, form, "second_at", required=False),
        form.number_or_none("second_right", -_WIDEST, _WIDEST),
    )
    if second_at is not None and right is not None:
        references.append(Reference(second_at, right))
    elif second_at is not None or right is not None:
        form.fault("second_right", msgid("A second value needs its time, and a time its value."))
    from_at = _instant(page, form, "from_at", required=False) or first.at
    if form.errors:
        return None
    try:
        line = changes.line_of_references(conn, device.key, quantity.name, references)
        if save:
            changes.calibrate(conn, page.actor, device, change, references, from_at=from_at, now=page.now)
    except Invalid as error:
        form.fault("first_right", str(error))
        return None
    return None if save else _preview(conn, page, device, quantity, line, from_at)


def _preview(
    conn: Connection, page: Page, device: Device, quantity: Quantity, line: Line, from_at: datetime
) -> Preview:
    since = shown_since(conn, device.key, page.now - _PREVIEW)
    points = fetch_series(
        conn, device.key, quantity.name, since, page.now, timedelta(hours=1), zone=page.services.texts.zone.key
    )
    shown = [(point.time, point.mean) for point in points]

    def corrected(value: float) -> float:
        return wrap(quantity.name, line.shown(value))

    after = [(at, corrected(value) if at >= from_at else value) for at, value in shown]
    last = changes.shown_around(conn, device.key, quantity.name, page.now)
    chart = plan_sparkline(shown, after, goes_round=is_direction(quantity))
    return Preview(line, last, None if last is None else corrected(last), chart)


def _repair(conn: Connection, page: Page, form: Filled, device: Device, quantity: Quantity) -> None:
    change = _change(page, form, quantity, "done")
    if not form.errors:
        changes.note_repair(conn, page.actor, device, change, page.now)


def _replace(conn: Connection, page: Page, form: Filled, device: Device, quantity: Quantity) -> None:
    change = _change(page, form, quantity, "new")
    level = cast("Level", form.choice("level", LEVELS))
    old, new = form.number_or_none("old_value", -_WIDEST, _WIDEST), form.number_or_none("new_value", -_WIDEST, _WIDEST)
    if (old is None) != (new is None):
        form.fault("new_value", msgid("Please give what both sensors showed at the same moment, or neither."))
    if form.errors:
        return
    jump = new - old if old is not None and new is not None else None
    try:
        changes.replace_sensor(conn, page.actor, device, change, level, jump=jump, now=page.now)
    except Invalid as error:
        form.fault("level", str(error))
