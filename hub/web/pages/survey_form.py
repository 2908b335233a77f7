"""The form that draws a survey: an area by map, text or file, a camera, drones, drill or real; and planning anew."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hub.errors import Conflict, Invalid, Unavailable
from hub.geo import BadArea
from hub.geo.polygons import Reason
from hub.store import Connection
from hub.surveys import store
from hub.surveys.asking import Asked, asked_anew, asked_of
from hub.surveys.cameras import CAMERAS
from hub.surveys.limits import Ground
from hub.surveys.service import MadePlan, scope_of
from hub.surveys.values import Drone, Plan, Survey
from hub.texts import msgid
from hub.web import surveying
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, RespondersPage
from hub.web.pages.sent import SentFile, sent_file
from hub.web.pages.survey import WHICH_PLAN, version_looked_at
from hub.web.pages.survey_area import MAX_TEXT, decode_area, format_area, is_document, read_area, read_areas
from hub.web.pages.survey_words import CAMERA_NAMES, tell_fault

__all__ = ["router"]

router = APIRouter()
_MOST_DRONES = 20
_TYPED = (
    "area", "line_spacing_m", "camera", "gsd_cm", "height_m", "speed_mps", "drones", "count", "home", "keep_out",
    "follow_ground",
)  # fmt: skip
_AREA_FAULTS: Mapping[Reason, str] = {
    "format": msgid("This is neither a list of corners, nor GeoJSON, nor KML."),
    "corners": msgid("A shape has at least three corners."),
    "position": msgid("Write one corner a line: latitude, longitude (35.37640, 139.95360)."),
    "order": msgid("The latitude (about 35) comes first, then the longitude (about 140)."),
    "points": msgid("These are too many corners; please simplify the shape."),
    "empty": msgid("This shape encloses nothing. Give the corners in their order around it."),
    "kind": msgid("Only areas are taken: leave out points, lines and what has no shape, and keep the polygons."),
}
# A document's corners are not written as a person types them.
_DOCUMENT_FAULTS: Mapping[Reason, str] = {
    "position": msgid("A corner in it is no pair of longitude and latitude in degrees."),
    "order": msgid(
        "In GeoJSON and KML the longitude (about 140) comes first, then the latitude (about 35), in degrees."
    ),
}
_NO_TEXT = msgid(
    "The file “%(file)s” cannot be read. Send it as GeoJSON or KML; a KMZ or a Shapefile is made into one."
)
_FILE_FAULT = msgid("The file “%(file)s” is not taken: %(why)s What was typed is still here.")
_PLACE = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)[\s,、]+([+-]?\d+(?:\.\d+)?)\s*")


async def sent_area(request: Request) -> SentFile | None:
    """The form's file `area_file`; None when nothing was chosen."""
    sent = await sent_file(request, "area_file", MAX_TEXT)
    return sent if sent and (sent.name or sent.content) else None


SentArea = Annotated[SentFile | None, Depends(sent_area)]


@router.get("/surveys/new")
def new_survey(page: RespondersPage) -> Response:
    """The form."""
    return _form(page, Filled({}, page.translate), None, None)


@router.post("/surveys/new")
def create_survey(page: RespondersPage, submitted: Submitted, sent: SentArea) -> Response:
    """Plan, and keep the survey with its first plan and its ground in law."""
    form = _with_file(page, submitted, sent)
    name = form.line("name", required=False) or surveying.usual_name(page.services)
    drill = form.choice("drill", ("yes", "no")) == "yes"
    asked = _read(form, drill=drill)
    ground = None if drill else _ground(form, page)
    made = None if form.errors else _plan(page, form, asked)
    if made is None:
        return _form(page, form, None, None, 422)

    def act(conn: Connection) -> str:
        survey_id = page.services.surveys.create(conn, page.actor, name, made, page.now)
        if ground is not None:
            page.services.surveys.record_ground(conn, page.actor, survey_id, ground, page.now)
        return f"/surveys/{survey_id}?done=planned"

    return _once(page, form, act, None)


@router.get("/surveys/{survey_id}/change")
def edit_survey(page: RespondersPage, survey_id: str) -> Response:
    """The form for another plan of a survey."""
    with page.services.database.transaction() as conn:
        survey = store.fetch_survey(conn, survey_id, scope_of(page.actor))
        asked = asked_of(store.fetch_plan(conn, survey_id).request)
    return _form(page, Filled({}, page.translate), survey, asked)


@router.post("/surveys/{survey_id}/change")
def change_survey(page: RespondersPage, survey_id: str, submitted: Submitted, sent: SentArea) -> Response:
    """Plan a survey anew: another version, approved anew."""
    form = _with_file(page, submitted, sent)
    with page.services.database.transaction() as conn:
        survey = store.fetch_survey(conn, survey_id, scope_of(page.actor))
        newest = store.fetch_plan(conn, survey_id)
    replaces = version_looked_at(form)
    if replaces is None:
        form.fault("plan", WHICH_PLAN)
        return _refused(page, form, survey_id, 422)
    asked = _read(form, drill=survey.drill)
    made = None if form.errors else _plan(page, form, asked, newest)
    if made is None:
        return _form(page, form, survey, asked_of(newest.request), 422)

    def act(conn: Connection) -> str:
        page.services.surveys.replan(conn, page.actor, survey_id, made, page.now, replaces=replaces)
        return f"/surveys/{survey_id}?done=planned"

    return _once(page, form, act, survey)


def _once(page: Page, form: Filled, act: Callable[[Connection], str], survey: Survey | None) -> Response:
    """Keep what was planned; where it does not fit any more that is said in the form, with what was typed."""
    try:
        return page.go_once(form, act)
    except Conflict as fault:
        form.fault("plan", tell_fault(str(fault), page.translate))
        return _refused(page, form, survey.id if survey else None, fault.status)


def _refused(page: Page, form: Filled, survey_id: str | None, status: int) -> Response:
    """What was typed beside the survey as it is by now: sent again, it is meant."""
    if survey_id is None:
        return _form(page, form, None, None, status)
    with page.services.database.transaction() as conn:
        survey = store.fetch_survey(conn, survey_id, scope_of(page.actor))
        asked = asked_of(store.fetch_plan(conn, survey_id).request)
    return _form(page, form, survey, asked, status, anew=True)


def _with_file(page: Page, submitted: dict[str, list[str]], sent: SentFile | None) -> Filled:
    """The form with the file's text in the field of the area, where it is also kept on a fault.

    What was typed gives way to nothing but an area.
    """
    form = Filled(submitted, page.translate)
    if sent is None:
        return form
    text = decode_area(sent.content)
    if text is None:
        form.fault("area", _NO_TEXT, file=sent.name)
        return form
    fault = _fault_of(text) if form.typed("area").strip() else None
    if fault is None:
        return Filled({**submitted, "area": [text]}, page.translate)
    form.fault("area", _FILE_FAULT, file=sent.name, why=page.translate(fault))
    return form


def _fault_of(text: str) -> str | None:
    """Why a text is no area, as a message id; None: it is one."""
    try:
        read_area(text)
    except BadArea as fault:
        return _told_of(fault, text)
    return None


def _told_of(fault: BadArea, text: str) -> str:
    faults = {**_AREA_FAULTS, **_DOCUMENT_FAULTS} if is_document(text) else _AREA_FAULTS
    return faults[fault.reason]


def _plan(page: Page, form: Filled, asked: Asked, newest: Plan | None = None) -> MadePlan | None:
    """Plan; what stands against it is a fault of the form. What the form does not ask stays as in the newest plan."""
    services = page.services
    gaps = None
    try:
        if newest is not None:
            asked, gaps = asked_anew(newest, {name: getattr(asked, name) for name in _TYPED})
        with services.database.transaction() as conn:
            prepared = services.surveys.prepare(conn, page.actor, asked)
        return MadePlan(prepared.asked, services.planner.plan(prepared.request), gaps)
    except Invalid as fault:
        form.fault("area", msgid("This cannot be planned: %(why)s"), why=tell_fault(str(fault), page.translate))
    except Conflict as fault:
        form.fault("drones", tell_fault(str(fault), page.translate, _names(page)))
    except Unavailable as fault:
        form.fault("plan", tell_fault(str(fault), page.translate))
    return None


def _form(
    page: Page, form: Filled, survey: Survey | None, asked: Asked | None, status: int = 200, *, anew: bool = False
) -> Response:
    with page.services.database.transaction() as conn:
        drones = store.fetch_drones(conn, store.EVERYTHING)
    lat, lon = _beginning(drones)
    return page.render(
        "survey_form.html",
        status,
        form=form,
        survey=survey,
        version=survey and (survey.version if anew else form.typed("version", str(survey.version))),
        asked=asked,
        area=format_area(asked.area) if asked else "",
        keep_out="\n\n".join(format_area(one) for one in asked.keep_out) if asked else "",
        ready=[drone for drone in drones if drone.is_ready],
        unready=[drone for drone in drones if not drone.is_ready],
        homes=[{"lat": drone.home[0], "lon": drone.home[1], "name": drone.name} for drone in drones if drone.is_ready],
        cameras=[(name, CAMERA_NAMES.get(name, name)) for name in CAMERAS],
        most_bytes=MAX_TEXT,
        knows_ground=page.services.planner.terrain is not None,
        map_lat=lat,
        map_lon=lon,
    )


def _names(page: Page) -> dict[str, str]:
    with page.services.database.transaction() as conn:
        return {drone.id: drone.name for drone in store.fetch_drones(conn, store.EVERYTHING)}


def _beginning(drones: Sequence[Drone]) -> tuple[float, float]:
    """Where the map opens: at the first drone's take-off place, else at Kisarazu's city hall."""
    return drones[0].home if drones else (35.3761, 139.9169)


def _read(form: Filled, *, drill: bool) -> Asked:
    by = form.choice("by", ("camera", "spacing"))
    camera = form.choice("camera", CAMERAS) if by == "camera" else None
    gsd_cm = form.number("gsd_cm", 0.5, 50) if by == "camera" else None
    spacing = form.number("line_spacing_m", 5, 500) if by == "spacing" else None
    height = form.number("height_m", 10, 500) if by == "spacing" or form.typed("height_m").strip() else None
    drones = form.chosen("drones")
    return Asked(
        area=_area(form),
        drill=drill,
        line_spacing_m=spacing,
        camera=camera,
        gsd_cm=gsd_cm,
        height_m=height,
        speed_mps=form.number("speed_mps", 1, 25),
        drones=drones,
        count=1 if drones else int(form.number("count", 1, _MOST_DRONES)),
        home=None if drones else _home(form),
        keep_out=_keep_out(form),
        follow_ground=bool(form.chosen("follow_ground")),
    )


def _area(form: Filled) -> Mapping[str, object]:
    text = form.typed("area")
    if not text.strip():
        form.fault("area", msgid("Draw the area, write its corners, or choose a file."))
        return {}
    try:
        return read_area(text)
    except BadArea as fault:
        form.fault("area", _told_of(fault, text))
        return {}


def _keep_out(form: Filled) -> list[Mapping[str, object]]:
    try:
        return read_areas(form.typed("keep_out"))
    except BadArea as fault:
        form.fault("keep_out", _told_of(fault, form.typed("keep_out")))
        return []


def _home(form: Filled) -> tuple[float, float] | None:
    text = form.narrow("home")
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:  # degrees
        form.fault("home", msgid("Write latitude and longitude: 35.37640, 139.95360"))
        return None
    return float(found[1]), float(found[2])


def _ground(form: Filled, page: Page) -> Ground | None:
    """The ground in law of a real survey, as far as it is known already: it can be recorded later, too."""
    if not any(form.typed(name).strip() for name in ("requester", "reason", "reference")):
        return None
    requester, reason = form.line("requester"), form.text("reason")
    if reason is None:
        form.fault("reason", msgid("Please fill this in."))
    reference = form.line("reference", required=False) or None
    return Ground(
        "art_132_92", requester, reason or "", reference, (), None, None, None, page.now, page.actor.person_id
    )
