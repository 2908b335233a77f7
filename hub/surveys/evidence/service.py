"""Pins and photos of a survey; each function works in the caller's transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, get_args

from hub.errors import Forbidden, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection, Queries
from hub.surveys import store
from hub.surveys.evidence.matching import Pair, Snap, Taken, clocks_of, match_photos
from hub.surveys.service import scope_of
from hub.surveys.store import Scope

__all__ = [
    "PIN_KINDS", "Image", "ImageCount", "NewImage", "NewPin", "Pin", "PinKind", "add_image", "add_pin", "count_images",
    "fetch_clocks", "fetch_image", "fetch_images", "fetch_pins", "fetch_releases", "fetch_small", "find_image",
    "match_again", "remove_pin", "sender_of",
]  # fmt: skip

PinKind = Literal["landslide", "flood", "building", "road", "person", "other"]
PIN_KINDS: tuple[PinKind, ...] = get_args(PinKind)
_queries = Queries.beside(__file__)
_MOST_PINS = 2_000
_MOST_IMAGES = 20_000


@dataclass(frozen=True, slots=True)
class NewPin:
    """Damage that somebody has seen on the ground; `image_id` a photo that was sent before."""

    kind: PinKind
    lat: float
    lon: float
    note: str
    image_id: str | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """A pin as it is kept."""

    id: str
    survey_id: str
    kind: PinKind
    lat: float
    lon: float
    note: str
    image_id: str | None
    pinned_by: str
    pinned_at: datetime


@dataclass(frozen=True, slots=True)
class NewImage:
    """A photo that was looked at: its file's name and size, what it says, and a small copy without its words."""

    file_name: str
    content: bytes
    width: int
    height: int
    taken_at: datetime | None
    place: tuple[float, float] | None
    small: bytes


@dataclass(frozen=True, slots=True)
class Image:
    """A photo as it is kept. `sortie_id` and `number` name the release of the camera that it belongs to."""

    id: str
    survey_id: str
    file_name: str
    sha256: str
    size_bytes: int
    width: int
    height: int
    taken_at: datetime | None
    lat: float | None
    lon: float | None
    sortie_id: str | None
    number: int | None
    sent_by: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ImageCount:
    """How many photos were sent, and how many of them belong to a release of the camera."""

    sent: int
    matched: int


def add_pin(conn: Connection, actor: Actor, survey_id: str, new: NewPin, now: datetime) -> Pin:
    """Damage that a responder has seen. Raises NotFound, Forbidden, Invalid for a photo that is not there."""
    _writes(conn, actor, survey_id)
    if new.image_id is not None and fetch_small(conn, survey_id, new.image_id) is None:
        raise Invalid("image: there is no such photo of this survey")
    if len(fetch_pins(conn, survey_id)) >= _MOST_PINS:
        raise Invalid(f"a survey takes {_MOST_PINS} pins")
    pin_id = new_id("pn")
    _queries.run(conn, "add_pin", id=pin_id, survey_id=survey_id, person_id=actor.person_id, now=now, **asdict(new))
    store.add_line(conn, survey_id, actor.person_id, "pin_added", now, {"pin": pin_id, "kind": new.kind})
    registry.record(conn, actor, "add_pin", f"survey/{survey_id}", now, pin=pin_id, kind=new.kind)
    store.tell(conn, survey_id)
    return next(pin for pin in fetch_pins(conn, survey_id) if pin.id == pin_id)


def remove_pin(conn: Connection, actor: Actor, survey_id: str, pin_id: str, now: datetime) -> None:
    """A pin is shown no more; who set it stays on the timeline. Raises NotFound, Forbidden."""
    _writes(conn, actor, survey_id)
    touched = is_id(pin_id) and _queries.run(
        conn, "remove_pin", id=pin_id, survey_id=survey_id, person_id=actor.person_id, now=now
    )
    if not touched:
        raise NotFound("There is no such pin.")
    store.add_line(conn, survey_id, actor.person_id, "pin_removed", now, {"pin": pin_id})
    registry.record(conn, actor, "remove_pin", f"survey/{survey_id}", now, pin=pin_id)
    store.tell(conn, survey_id)


def fetch_pins(conn: Connection, survey_id: str) -> list[Pin]:
    """The pins that are shown, the oldest first, for a caller that has decided who may see them."""
    return _queries.all(conn, "fetch_pins", Pin, survey_id=survey_id)


def add_image(conn: Connection, actor: Actor, survey_id: str, new: NewImage, now: datetime) -> Image:
    """A photo from a drone's card, or of the ground; the same file again is the same photo.

    A partner's photo is looked for among the releases of the partner's own drones. Raises NotFound, also for whoever
    is neither a responder nor a partner whose drone flies for the survey.
    """
    scope = scope_of(actor)
    store.fetch_survey(conn, survey_id, scope)
    store.lock_survey(conn, survey_id)
    digest = hashlib.sha256(new.content).digest()
    match = _match(conn, survey_id, scope, [Snap("", new.taken_at, new.place)]).get("")
    lat, lon = new.place or (None, None)
    made = _queries.value(
        conn, "add_image", id=new_id("im"), survey_id=survey_id, file_name=new.file_name, sha256=digest,
        size_bytes=len(new.content), width=new.width, height=new.height, taken_at=new.taken_at, lat=lat, lon=lon,
        sortie_id=match.sortie_id if match else None, number=match.number if match else None, small=new.small,
        person_id=actor.person_id, now=now,
    )  # fmt: skip
    if made is not None:
        registry.record(conn, actor, "add_image", f"survey/{survey_id}", now, image=made, matched=match is not None)
        store.tell(conn, survey_id)
    return _images(conn, survey_id, sha256=digest, limit=1)[0]


def match_again(conn: Connection, actor: Actor, survey_id: str, now: datetime) -> int:
    """Look for the releases of photos that have none: drones told of them later. Returns how many were found.

    A partner's act is about the photos that the partner sent. Raises NotFound.
    """
    scope = scope_of(actor)
    store.fetch_survey(conn, survey_id, scope)
    store.lock_survey(conn, survey_id)
    images = _images(conn, survey_id, sent_by=sender_of(actor), matched=False, limit=_MOST_IMAGES)
    matches = _match(conn, survey_id, scope, [Snap(one.id, one.taken_at, _place(one)) for one in images])
    for image_id, match in matches.items():
        _queries.run(conn, "match_image", id=image_id, sortie_id=match.sortie_id, number=match.number)
    found = len(matches)
    registry.record(conn, actor, "match_images", f"survey/{survey_id}", now, found=found)
    if found:
        store.tell(conn, survey_id)
    return found


def fetch_images(
    conn: Connection,
    survey_id: str,
    after: str = "",
    limit: int = 500,
    *,
    sent_by: str | None = None,
    matched: bool | None = None,
) -> Sequence[Image]:
    """The photos that people sent, by id, for a caller that has decided who may see them."""
    return _images(conn, survey_id, after=after, limit=limit, sent_by=sent_by, matched=matched)


def fetch_image(conn: Connection, survey_id: str, image_id: str, *, sent_by: str | None = None) -> Image:
    """One photo of a survey, for a caller that has decided who may see it. Raises NotFound."""
    found = _images(conn, survey_id, id=image_id, sent_by=sent_by, limit=1) if is_id(image_id) else []
    if not found:
        raise NotFound("There is no such photo.")
    return found[0]


def find_image(conn: Connection, survey_id: str, sha256: str) -> Image | None:
    """The photo with this digest (hex), where it has arrived: whoever has the file may know that."""
    try:
        digest = bytes.fromhex(sha256)
    except ValueError:
        return None
    return next(iter(_images(conn, survey_id, sha256=digest, limit=1)), None)


def count_images(conn: Connection, survey_id: str, *, sent_by: str | None = None) -> ImageCount:
    """How many photos were sent for a survey."""
    found = _queries.one(conn, "count_images", ImageCount, survey_id=survey_id, sent_by=sent_by)
    return found or ImageCount(0, 0)


def fetch_releases(conn: Connection, survey_id: str, scope: Scope) -> list[Taken]:
    """All releases of the camera in the order of time; of a partner's own drones for a partner."""
    return _releases(conn, survey_id, scope, free=False)


def fetch_clocks(conn: Connection, survey_id: str) -> dict[str, float]:
    """By how many seconds cameras were ahead of their drones, by sortie, where their photos tell it."""
    return clocks_of(_pairs(conn, survey_id))


def fetch_small(conn: Connection, survey_id: str, image_id: str, *, sent_by: str | None = None) -> bytes | None:
    """The small copy (JPEG) of a survey's photo."""
    if not is_id(image_id):
        return None
    found = _queries.value(conn, "fetch_small", survey_id=survey_id, id=image_id, sent_by=sent_by)
    return None if found is None else bytes(found)


def sender_of(actor: Actor) -> str | None:
    """Whose photos somebody may see: a partner those that the partner sent, responders and staff all (None)."""
    return None if scope_of(actor).everything else actor.person_id


def _releases(conn: Connection, survey_id: str, scope: Scope, *, free: bool) -> list[Taken]:
    return _queries.all(conn, "fetch_taken", Taken, survey_id=survey_id, free=free, **asdict(scope))


def _match(conn: Connection, survey_id: str, scope: Scope, snaps: Sequence[Snap]) -> dict[str, Taken]:
    """The releases of photos, of those that have none yet."""
    releases = _releases(conn, survey_id, scope, free=False)
    free = {one.key for one in _releases(conn, survey_id, scope, free=True)}
    used = {one.key for one in releases} - free
    return match_photos(snaps, releases, _pairs(conn, survey_id), used)


def _pairs(conn: Connection, survey_id: str) -> list[Pair]:
    return _queries.all(conn, "fetch_pairs", Pair, survey_id=survey_id)


def _images(conn: Connection, survey_id: str, **only: object) -> list[Image]:
    chosen: dict[str, object] = {"sha256": None, "after": "", "id": None, "sent_by": None, "matched": None}
    return _queries.all(conn, "fetch_images", Image, survey_id=survey_id, **(chosen | only))


def _place(image: Image) -> tuple[float, float] | None:
    return None if image.lat is None or image.lon is None else (image.lat, image.lon)


def _writes(conn: Connection, actor: Actor, survey_id: str) -> None:
    store.fetch_survey(conn, survey_id, scope_of(actor))
    if not actor.has("responder"):
        raise Forbidden
