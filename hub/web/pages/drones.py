"""Drones: what is asked of a partner now, and whether their drones are ready."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response

from hub.errors import Forbidden, Invalid
from hub.registry import service as registry
from hub.registry.people import Person
from hub.store import Connection
from hub.surveys import store
from hub.surveys.cameras import CAMERAS
from hub.surveys.drones import change_drone, drone_of
from hub.surveys.flights import store as flights
from hub.surveys.flights.store import Latest
from hub.surveys.service import scope_of
from hub.surveys.states import OVER
from hub.surveys.values import Drone, DroneChange, Survey
from hub.texts import msgid
from hub.web.pages import survey_words
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, SurveysPage
from hub.web.pages.survey_view import SortieView, fetch_detail

__all__ = ["router"]

router = APIRouter()
DONE = {
    "saved": msgid("Saved."),
    "accepted": msgid("The flight is accepted."),
    "declined": msgid("The flight is declined."),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A survey that asks for flights of the reader's drones."""

    survey: Survey
    flights: Sequence[SortieView]


@router.get("/drones")
def list_drones(page: SurveysPage) -> Response:
    """What waits for an answer first, then the drones; a partner sees their own."""
    with page.services.database.transaction() as conn:
        drones = store.fetch_drones(conn, scope_of(page.actor))
        latest = {one.device_key: one for one in flights.fetch_latest(conn, [one.device_key for one in drones])}
        names = registry.fetch_person_names(conn, frozenset(one.partner_id for one in drones if one.partner_id))
        offers = _offers(conn, page)
    told = page.request.query_params.get("done", "")
    return page.render(
        "drones.html",
        drones=drones,
        latest=latest,
        names=names,
        offers=offers,
        told=page.translate(DONE[told]) if told in DONE else "",
        w=survey_words,
        may_change=[one.id for one in drones if _may_change(page, one)],
    )


def _offers(conn: Connection, page: Page) -> list[Offer]:
    states = ("approved", "launching", "flying", "held")
    found: list[Offer] = []
    for survey in store.fetch_surveys(conn, scope_of(page.actor), states=states, limit=20):
        detail = fetch_detail(conn, page.actor, survey.id, page.services.surveys.rules, page.now)
        asked = [view for view in detail.sorties if view.may_answer and view.row.state == "offered"]
        if asked and survey.state not in OVER:
            found.append(Offer(survey, asked))
    return found


def _may_change(page: Page, drone: Drone) -> bool:
    return page.actor.is_staff or drone.partner_id == page.actor.person_id


@router.post("/drones/{drone_id}/ready")
def set_ready(page: SurveysPage, drone_id: str, submitted: Submitted) -> Response:
    """One tap: ready, or not."""
    form = Filled(submitted, page.translate)
    ready = form.choice("ready", ("yes", "no")) == "yes"
    if form.errors:
        raise Invalid(form.errors["ready"])
    with page.services.database.transaction() as conn:
        before = drone_of(conn, scope_of(page.actor), drone_id)
        change_drone(conn, page.actor, scope_of(page.actor), drone_id, _kept(before, is_ready=ready), page.now)
    return page.go("/drones?done=saved")


def _kept(drone: Drone, *, is_ready: bool) -> DroneChange:
    home = None if drone.home_lat is None or drone.home_lon is None else (drone.home_lat, drone.home_lon)
    return DroneChange(
        partner_id=drone.partner_id, is_ready=is_ready, battery_percent=drone.battery_percent,
        endurance_s=drone.endurance_s, change_s=drone.change_s, speed_mps=drone.speed_mps, camera=drone.camera,
        home=home, note=drone.note,
    )  # fmt: skip


@router.get("/drones/{drone_id}")
def edit_drone(page: SurveysPage, drone_id: str) -> Response:
    """The form of a drone."""
    return _form(page, drone_id, Filled({}, page.translate))


@router.post("/drones/{drone_id}")
def save_drone(page: SurveysPage, drone_id: str, submitted: Submitted) -> Response:
    """What its partner says of it."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        before = drone_of(conn, scope_of(page.actor), drone_id)
        if not _may_change(page, before):
            raise Forbidden
        change = _read(conn, page, form, before)
        if not form.errors:
            change_drone(conn, page.actor, scope_of(page.actor), drone_id, change, page.now)
    return _form(page, drone_id, form, 422) if form.errors else page.go("/drones?done=saved")


def _form(page: Page, drone_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        drone = drone_of(conn, scope_of(page.actor), drone_id)
        if not _may_change(page, drone):
            raise Forbidden
        partners = _partners(conn) if page.actor.is_staff else []
        latest: Sequence[Latest] = flights.fetch_latest(conn, [drone.device_key])
    return page.render(
        "drone.html",
        status,
        form=form,
        drone=drone,
        latest=latest[0] if latest else None,
        partners=partners,
        cameras=[(name, survey_words.CAMERA_NAMES.get(name, name)) for name in CAMERAS],
        w=survey_words,
    )


def _partners(conn: Connection) -> list[Person]:
    return [person for person in registry.fetch_people(conn) if person.active and "partner" in person.roles]


def _read(conn: Connection, page: Page, form: Filled, before: Drone) -> DroneChange:
    partner = before.partner_id
    if page.actor.is_staff:
        partner = form.typed("partner") or None
        if partner is not None and partner not in {person.id for person in _partners(conn)}:
            form.fault("partner", msgid("Please choose one."))
    camera = form.typed("camera") or None
    if camera is not None and camera not in CAMERAS:
        form.fault("camera", msgid("Please choose one."))
    minutes = form.number_or_none("endurance_min", 1, 1_440)
    change_min = form.number_or_none("change_min", 0, 1_440)
    lat, lon = form.number_or_none("lat", -90, 90), form.number_or_none("lon", -180, 180)
    if (lat is None) != (lon is None):
        form.fault("lat" if lat is None else "lon", msgid("Please fill this in."))
    return DroneChange(
        partner_id=partner,
        is_ready=form.choice("ready", ("yes", "no")) == "yes",
        battery_percent=form.number_or_none("battery_percent", 0, 100),
        endurance_s=None if minutes is None else minutes * 60,
        change_s=None if change_min is None else change_min * 60,
        speed_mps=form.number_or_none("speed_mps", 0.5, 50),
        camera=camera,
        home=None if lat is None or lon is None else (lat, lon),
        note=form.text("note"),
    )
