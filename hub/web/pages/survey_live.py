"""A survey in the air on one screen: where its drones are and how old that is, what was ordered, and the stops."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from hub.errors import Conflict, Forbidden, NotFound
from hub.store import Connection
from hub.surveys import store
from hub.surveys.cameras import CAMERAS
from hub.surveys.flights import store as flights
from hub.surveys.flights.seeing import footprint
from hub.surveys.flights.store import Photo, Point
from hub.surveys.service import scope_of
from hub.surveys.values import Plan
from hub.texts import msgid
from hub.web import surveying
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import PART_HEADERS, Page, SurveysPage
from hub.web.pages.survey import survey_words_of
from hub.web.pages.survey_link import LATE_S, LOST_S
from hub.web.pages.survey_timeline import tell_survey
from hub.web.pages.survey_view import Detail, DroneView, fetch_detail, fetch_drones, picture_of
from hub.web.pages.survey_words import STOPS, tell_fault

__all__ = ["fetch_ways", "router", "seen_rings"]

router = APIRouter(prefix="/surveys/{survey_id}")
_LINES = 12
# What is on its way into the database while somebody reads is told once more.
_OVERLAP = timedelta(seconds=5)
_DIGITS = 6
How = Literal["hold", "return", "land"]
_WORDS: Mapping[str, str] = {
    "ago": msgid("position from %(n)s s ago"),
    "ago_min": msgid("position from %(n)s min ago"),
    # Beside a drone on the map, where there is little room.
    "short": msgid("%(n)s s ago"),
    "short_min": msgid("%(n)s min ago"),
    "sending": msgid("Sending: %(what)s"),
    "sent": msgid("Ordered at %(clock)s: %(what)s"),
    "unsent": msgid("NOT SENT: %(what)s. No connection. Trying again."),
    "refused": msgid("Not done: %(why)s"),
    "keep": msgid("Keep holding the button for one second."),
}


@router.get("/live")
def show_live(page: SurveysPage, survey_id: str) -> Response:
    """The screen; parts of it are fetched again with every word of a drone, so those are quick."""
    return _show(page, survey_id)


def _show(page: Page, survey_id: str, status: int = 200, refused: str = "") -> Response:
    is_part = any(name in page.request.headers for name in PART_HEADERS)
    rules = page.services.surveys.rules
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, rules, page.now)
        drones = fetch_drones(conn, page.actor, detail, page.now)
        whole = None if is_part else _whole(conn, detail, drones)
        seen = None if is_part else surveying.fetch_seen(conn, survey_id).seen
    names = {one.id: one.name for one in drones}
    lines = tell_survey(detail.entries, detail.names, names, page.translate)
    return page.render(
        "survey_live.html",
        status,
        refused=refused and tell_fault(refused, page.translate, names),
        **survey_words_of(page, detail),
        drones=drones,
        picture=whole,
        seen=seen,
        lines=[line for line in lines if not line.fine][:_LINES],
        stops_all=page.actor.has("responder"),
        said={name: page.translate(text).replace("%(", "{").replace(")s", "}") for name, text in _WORDS.items()},
        late_s=LATE_S,
        lost_s=LOST_S,
    )


def _whole(conn: Connection, detail: Detail, drones: Sequence[DroneView]) -> object:
    photos = flights.fetch_photos(conn, detail.survey.id)
    rings = [ring for _, ring in seen_rings(detail.plan, photos)]
    return picture_of(detail, tracks=fetch_ways(conn, detail), seen=rings, drones=drones)


def fetch_ways(conn: Connection, detail: Detail) -> list[tuple[int, list[tuple[float, float]]]]:
    """The ways that were flown of the newest plan's sorties: the drone's number, and its places (lon, lat) in time."""
    tracks: dict[str, list[tuple[float, float]]] = {}
    for point in flights.fetch_points(conn, detail.survey.id):
        tracks.setdefault(point.sortie_id, []).append((point.lon, point.lat))
    numbers = {view.row.id: view.number for view in detail.sorties}
    return [(numbers[name], way) for name, way in tracks.items() if name in numbers]


def seen_rings(plan: Plan, photos: Sequence[Photo]) -> list[tuple[Photo, list[list[float]]]]:
    """The ground that each photo shows, as a ring of [lon, lat]."""
    camera = CAMERAS.get(surveying.camera_of(plan) or "")
    spacing, every = (cast("float", plan.request[key]) for key in ("spacing_m", "photo_every_m"))
    return [(photo, footprint(photo, camera, spacing, every)) for photo in photos]


@router.get("/live.json")
def read_live(page: SurveysPage, survey_id: str, after: Annotated[int, Query(ge=0, le=10**14)] = 0) -> Response:
    """What the map draws: where drones are, and what is new on their ways since `after` (Unix ms; 0: all of it)."""
    since = datetime.fromtimestamp(after / 1000, UTC) - _OVERLAP if after else flights.BEGINNING
    rules = page.services.surveys.rules
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, rules, page.now)
        drones = fetch_drones(conn, page.actor, detail, page.now)
        points = flights.fetch_points(conn, survey_id, since)
        new, count = flights.fetch_photos(conn, survey_id, heard_after=since), flights.count_photos(conn, survey_id)
    numbers = {view.row.id: view.number for view in detail.sorties}
    own = detail.own
    return JSONResponse({
        "now": _ms(page.now),
        "version": detail.survey.version,
        "state": detail.survey.state,
        "photos": count,
        "drones": [_drone(one) for one in drones],
        "tracks": _tracks([one for one in points if own is None or one.sortie_id in own], numbers),
        "seen": {
            f"{photo.sortie_id}:{photo.number}": [[_short(lat), _short(lon)] for lon, lat in ring[:-1]]
            for photo, ring in seen_rings(detail.plan, [one for one in new if own is None or one.sortie_id in own])
        },
    })  # fmt: skip


@router.get("/seen.json")
def read_seen(page: SurveysPage, survey_id: str) -> Response:
    """How much has been seen: worked out of every photo, so it is asked for rarely."""
    with page.services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(page.actor))
        seen = surveying.fetch_seen(conn, survey_id).seen
    return JSONResponse({"percent": int(seen.fraction * 1000) / 10, "photos": seen.photos, "gaps_m2": seen.gaps_m2})


def _drone(one: DroneView) -> dict[str, object]:
    data: Mapping[str, object] = one.latest.data if one.latest is not None else {}
    return {
        "id": one.id,
        "number": one.number,
        "name": one.name,
        "at": None if one.link.at is None else _ms(one.link.at),
        "expected": one.link.state != "rest",
        "phase": data.get("phase"),
        **{name: data.get(name) for name in ("lat", "lon", "height_m", "heading_deg")},
    }


def _tracks(points: Sequence[Point], numbers: Mapping[str, int]) -> dict[str, dict[str, object]]:
    ways: dict[str, list[list[float]]] = {}
    for one in points:
        ways.setdefault(one.sortie_id, []).append([_short(one.lat), _short(one.lon), _ms(one.at)])
    return {name: {"number": numbers.get(name, 0), "points": way} for name, way in ways.items()}


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _short(degrees: float) -> float:
    return round(degrees, _DIGITS)


@router.get("/stop")
def ask_stop(
    page: SurveysPage, survey_id: str, how: Annotated[str, Query()] = "", drone: Annotated[str, Query()] = ""
) -> Response:
    """Without scripts a stop is confirmed on a page of its own, instead of by holding the button."""
    return _ask(page, survey_id, how, drone)


def _ask(page: Page, survey_id: str, how: str, drone: str, status: int = 200, refused: str = "") -> Response:
    if how not in STOPS:
        raise NotFound("There is no such stop.")
    rules = page.services.surveys.rules
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, rules, page.now)
    names = {view.row.drone: view.name for view in detail.sorties}
    if drone and drone not in names:
        raise NotFound("There is no such drone.")
    return page.render(
        "survey_stop.html",
        status,
        **survey_words_of(page, detail),
        how=how,
        drone=drone,
        drone_name=names.get(drone, ""),
        refused=refused and tell_fault(refused, page.translate, names),
    )


@router.post("/stop")
def stop(page: SurveysPage, survey_id: str, submitted: Submitted) -> Response:
    """Hold, return or land. The held button asks by script and is told what was ordered."""
    form = Filled(submitted, page.translate)
    how = form.choice("how", ("hold", "return", "land"))
    drone = form.typed("drone").strip() or None
    by_script = any(name in page.request.headers for name in PART_HEADERS)
    if form.errors:
        raise NotFound("There is no such stop.")
    try:
        with page.services.database.transaction() as conn:
            ordered = page.services.flying.stop(conn, page.actor, survey_id, cast("How", how), page.now, drone)
    except (Conflict, Forbidden) as fault:
        if by_script:
            return JSONResponse({"refused": tell_fault(str(fault), page.translate)}, fault.status)
        return _ask(page, survey_id, how, drone or "", fault.status, str(fault))
    if by_script:
        return JSONResponse({"ordered": ordered})
    return page.go(f"/surveys/{survey_id}/live")


@router.post("/resume")
def resume(page: SurveysPage, survey_id: str, submitted: Submitted) -> Response:
    """Drones that hold their places go on."""
    form = Filled(submitted, page.translate)
    drone = form.typed("drone").strip() or None
    return _do(page, survey_id, lambda conn: page.services.flying.resume(conn, page.actor, survey_id, page.now, drone))


@router.post("/sorties/{sortie_id}/go")
def go_on(page: SurveysPage, survey_id: str, sortie_id: str) -> Response:
    """The battery is changed, says whoever stands at the drone."""
    return _do(page, survey_id, lambda conn: page.services.flying.go(conn, page.actor, survey_id, sortie_id, page.now))


def _do(page: Page, survey_id: str, act: Callable[[Connection], object]) -> Response:
    """Do something in one transaction; what is refused is said on the screen, which goes on."""
    try:
        with page.services.database.transaction() as conn:
            act(conn)
    except (Conflict, Forbidden) as fault:
        return _show(page, survey_id, fault.status, str(fault))
    return page.go(f"/surveys/{survey_id}/live")
