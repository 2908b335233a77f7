"""Photos from the drones' cards: sent one by one, matched to the releases of the cameras, shown in their places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from hub.errors import Invalid, NotFound
from hub.store import Connection
from hub.surveys import store
from hub.surveys.evidence import service as evidence
from hub.surveys.evidence.matching import Taken, Why, why_unmatched
from hub.surveys.evidence.service import Image, ImageCount, NewImage
from hub.surveys.service import scope_of
from hub.texts import msgid
from hub.traps.captures.images import MAX_BYTES, read_photo
from hub.web.pages.forms import Filled
from hub.web.pages.page import PART_HEADERS, Page, SurveysPage
from hub.web.pages.sent import read_file
from hub.web.pages.survey import survey_words_of
from hub.web.pages.survey_view import fetch_detail, map_of, picture_of

__all__ = ["router"]

router = APIRouter(prefix="/surveys/{survey_id}/photos")
_ON_A_PAGE = 60
_MOST = 5_000
_MOST_UNPLACED = 200
_WHY: Mapping[str, str] = {
    "no_release": msgid("No drone has told of a photo of this survey yet. When it has, match again."),
    "silent": msgid("The file says neither where nor when it was taken."),
    "far": msgid("No photo was taken within 25 m; the nearest is %(n)s m away. Is it another survey's card?"),
    "late": msgid("No photo was taken at that time; the nearest is %(n)s s away. Is the camera's clock right?"),
    "taken": msgid("The photo of this moment is here already."),
    "other_time": msgid(
        "The drone's own photos here are %(n)s s away in time. Is it another flight's photo, or a changed copy?"
    ),
}
# What the script says (assets/scripts/survey-photos.mjs); `{…}` are its blanks.
_WORDS: Mapping[str, str] = {
    "goes": msgid("The photos are being sent. Leave this page open."),
    "sending": msgid("Sent: %(n)s of %(all)s. Now: %(name)s"),
    "sent": msgid("Sent: %(n)s of %(all)s."),
    "lost": msgid(
        "No connection. Sent, and kept: %(n)s. Not sent yet: %(left)s. It goes on by itself when the network is back."
        " Leave this page open."
    ),
    "trouble": msgid(
        "The service cannot take photos just now. Sent, and kept: %(n)s. Not sent yet: %(left)s. It tries again by"
        " itself. Leave this page open."
    ),
    "trying": msgid("Trying now…"),
    "back": msgid("The connection is back; the rest is being sent. Leave this page open."),
    "done": msgid("Finished. In place: %(placed)s. Without a place: %(unplaced)s. Refused: %(refused)s."),
    "again": msgid("Had arrived before, and not sent again: %(n)s."),
    "unread_one": msgid("It could not be read any more."),
    "unread": msgid(
        "Could not be read: %(n)s. Was the card pulled out? Put it back and choose the same photos again: what has"
        " arrived is not sent again."
    ),
    "refused": msgid("The service does not take it (%(status)s)."),
    "stopped": msgid(
        "Stopped. %(why)s Not sent: %(left)s. When that is settled, choose the same photos again: what has arrived is"
        " not sent again."
    ),
    "gone": msgid("This survey is not there for you any more."),
    "signed_out": msgid(
        "You are signed out. Not sent: %(left)s. Sign in and choose the same photos: what has arrived is not sent"
        " again."
    ),
    "no_photo": msgid("This is no photo: JPEG, PNG or WebP is taken."),
    "too_large": msgid("This file is too large. At most %(mb)s MB are taken."),
}


@dataclass(frozen=True, slots=True)
class SentFile:
    """What became of one file. `state`: placed, unplaced or refused; `again`: it had arrived before."""

    name: str
    state: str
    words: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo as the page lists it: in its place, or with why it has none."""

    image: Image
    drone: str
    words: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a survey's photos, as far as somebody may see it."""

    count: ImageCount
    placed: Sequence[Image]
    unplaced: Sequence[Image]
    releases: Sequence[Taken]
    clocks: Mapping[str, float]
    drones: Mapping[str, str]


def _fetch(conn: Connection, page: Page, survey_id: str) -> _Known:
    sender, scope = evidence.sender_of(page.actor), scope_of(page.actor)
    sorties = {one.id: one.drone for one in store.fetch_sorties(conn, survey_id, None)}
    names = {one.id: one.name for one in store.fetch_drones(conn, scope, ids=sorted(set(sorties.values())))}
    return _Known(
        evidence.count_images(conn, survey_id, sent_by=sender),
        evidence.fetch_images(conn, survey_id, limit=_MOST, sent_by=sender, matched=True),
        evidence.fetch_images(conn, survey_id, limit=_MOST_UNPLACED, sent_by=sender, matched=False),
        evidence.fetch_releases(conn, survey_id, scope),
        evidence.fetch_clocks(conn, survey_id),
        {sortie: names.get(drone, drone) for sortie, drone in sorties.items()},
    )


@router.get("")
def show_photos(page: SurveysPage, survey_id: str, start: Annotated[int, Query(ge=0, le=_MOST)] = 0) -> Response:
    """Choose photos, see which have their places and which have none."""
    return _show(page, survey_id, Filled({}, page.translate), start=start)


def _show(
    page: Page, survey_id: str, form: Filled, status: int = 200, sent: Sequence[SentFile] = (), start: int = 0
) -> Response:
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, page.services.surveys.rules, page.now)
        known = _fetch(conn, page, survey_id)
    order = {(one.sortie_id, one.number): (one.taken_at, place) for place, one in enumerate(known.releases)}
    last = max(order.values(), default=(page.now, 0))
    placed = sorted(known.placed, key=lambda one: order.get((one.sortie_id or "", one.number or 0), last))
    shown = [Shown(one, known.drones.get(one.sortie_id or "", ""), "") for one in placed[start : start + _ON_A_PAGE]]
    asked = page.request.query_params.get("found", "") if status < 400 else ""
    there = {(one.sortie_id, one.number): one for one in placed}
    dots = [(one.lon, one.lat, (one.sortie_id, one.number) in there) for one in known.releases]
    return page.render(
        "survey_photos.html",
        status,
        **survey_words_of(page, detail, map_of(detail, photos=_on_map(survey_id, known.releases, there))),
        picture=picture_of(detail, dots=dots),
        form=form,
        sent=sent,
        known=known,
        found=int(asked) if asked.isdecimal() and len(asked) < 6 else None,
        shown=shown,
        unplaced=[_unplaced(page, one, known.releases, known.clocks) for one in known.unplaced],
        start=start,
        more=start + _ON_A_PAGE if start + _ON_A_PAGE < len(placed) else None,
        script_words={name: page.translate(text) % _Blanks(mb=_mb()) for name, text in _WORDS.items()},
        most_bytes=MAX_BYTES,
        mb=_mb(),
    )


def _mb() -> int:
    return MAX_BYTES // 1_000_000


class _Blanks(dict[str, object]):
    """Blanks that are not filled here are the script's."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def _on_map(
    survey_id: str, releases: Sequence[Taken], there: Mapping[tuple[str | None, int | None], Image]
) -> list[dict[str, object]]:
    """Where photos were taken; `path` of those whose file has arrived."""
    found: list[dict[str, object]] = []
    for one in releases:
        image = there.get((one.sortie_id, one.number))
        path = f"/surveys/{survey_id}/photos/{image.id}" if image else None
        found.append({"lat": round(one.lat, 6), "lon": round(one.lon, 6), "path": path})
    return found


def _unplaced(page: Page, image: Image, releases: Sequence[Taken], clocks: Mapping[str, float]) -> Shown:
    place = None if image.lat is None or image.lon is None else (image.lat, image.lon)
    return Shown(image, "", _tell_why(page, why_unmatched(image.taken_at, place, releases, clocks)))


def _tell_why(page: Page, why: Why) -> str:
    return page.translate(_WHY[why.reason]) % {"n": f"{round(why.metres or why.seconds):,}"}


async def sent_photos(request: Request) -> list[tuple[str, bytes]]:
    """Names and contents of the form's photos; of one that is too large a byte more than is taken."""
    found: list[tuple[str, bytes]] = []
    for value in (await request.form()).getlist("photos"):
        sent = await read_file(value, MAX_BYTES)
        if sent and (sent.name or sent.content):
            found.append((sent.name or "photo", sent.content))
    return found


SentPhotos = Annotated[list[tuple[str, bytes]], Depends(sent_photos)]


@router.post("")
def send_photos(page: SurveysPage, survey_id: str, sent: SentPhotos) -> Response:
    """Keep what is sent; a file that has arrived before is the same photo. Scripts are told of each file as JSON."""
    with page.services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(page.actor))
    done = [_keep(page, survey_id, name, content) for name, content in sent]
    if any(header in page.request.headers for header in PART_HEADERS):
        return JSONResponse({"photos": [_as_json(one) for one in done]})
    form = Filled({}, page.translate)
    if not done:
        form.fault("photos", msgid("Please choose a photo."))
    return _show(page, survey_id, form, 422 if all(one.state == "refused" for one in done) else 200, done)


def _keep(page: Page, survey_id: str, name: str, content: bytes) -> SentFile:
    try:
        read = read_photo(content, page.services.texts.zone)
    except Invalid as error:
        return SentFile(name, "refused", page.translate(str(error)))
    new = NewImage(name, content, read.width, read.height, read.taken_at, read.place, read.thumbnail)
    with page.services.database.transaction() as conn:
        image = evidence.add_image(conn, page.actor, survey_id, new, page.now)
        return _tell(conn, page, survey_id, image, again=image.received_at != page.now)


def _tell(conn: Connection, page: Page, survey_id: str, image: Image, *, again: bool) -> SentFile:
    if image.sortie_id is not None:
        return SentFile(image.file_name, "placed", page.translate(msgid("In its place")), again)
    releases = evidence.fetch_releases(conn, survey_id, scope_of(page.actor))
    clocks = evidence.fetch_clocks(conn, survey_id)
    return SentFile(image.file_name, "unplaced", _unplaced(page, image, releases, clocks).words, again)


def _as_json(one: SentFile) -> dict[str, object]:
    return {"name": one.name, "state": one.state, "words": one.words, "again": one.again}


@router.get("/known")
def is_known(page: SurveysPage, survey_id: str, sha256: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Whether a file with this digest has arrived: then it is not sent again."""
    with page.services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(page.actor))
        image = evidence.find_image(conn, survey_id, sha256)
        told = None if image is None else _as_json(_tell(conn, page, survey_id, image, again=True))
    return JSONResponse({"photo": told})


@router.post("/match")
def match_again(page: SurveysPage, survey_id: str) -> Response:
    """Look again for the places of photos that have none."""
    with page.services.database.transaction() as conn:
        found = evidence.match_again(conn, page.actor, survey_id, page.now)
    return page.go(f"/surveys/{survey_id}/photos?found={found}")


@router.get("/{image_id}")
def show_photo(page: SurveysPage, survey_id: str, image_id: str) -> Response:
    """One photo with all that is known of it."""
    with page.services.database.transaction() as conn:
        survey = store.fetch_survey(conn, survey_id, scope_of(page.actor))
        image = evidence.fetch_image(conn, survey_id, image_id, sent_by=evidence.sender_of(page.actor))
        known = _fetch(conn, page, survey_id)
    release = next(
        (one for one in known.releases if (one.sortie_id, one.number) == (image.sortie_id, image.number)), None
    )
    return page.render(
        "survey_photo.html",
        survey=survey,
        image=image,
        release=release,
        drone=known.drones.get(image.sortie_id or "", ""),
        why="" if image.sortie_id is not None else _unplaced(page, image, known.releases, known.clocks).words,
    )


@router.get("/{image_id}/small")
def show_small(page: SurveysPage, survey_id: str, image_id: str) -> Response:
    """The small copy of a photo."""
    with page.services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(page.actor))
        small = evidence.fetch_small(conn, survey_id, image_id, sent_by=evidence.sender_of(page.actor))
    if small is None:
        raise NotFound("There is no such photo.")
    return Response(small, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})
