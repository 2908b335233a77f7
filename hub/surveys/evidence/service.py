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
from hub.surveys.evidence.matching import Taken, match_photo
from hub.surveys.service import scope_of

__all__ = [
    "PIN_KINDS", "Image", "NewImage", "NewPin", "Pin", "PinKind", "add_image", "add_pin", "fetch_images", "fetch_pins",
    "fetch_small", "remove_pin",
]  # fmt: skip

PinKind = Literal["landslide", "flood", "building", "road", "person", "other"]
PIN_KINDS: tuple[PinKind, ...] = get_args(PinKind)
_queries = Queries.beside(__file__)
_MOST_PINS = 2_000


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

    Raises NotFound; Forbidden for whoever is neither a responder nor a partner whose drone flies for the survey.
    """
    store.fetch_survey(conn, survey_id, scope_of(actor))
    store.lock_survey(conn, survey_id)
    digest = hashlib.sha256(new.content).digest()
    match = match_photo(new.taken_at, new.place, _queries.all(conn, "fetch_taken", Taken, survey_id=survey_id))
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
    return _queries.all(conn, "fetch_images", Image, survey_id=survey_id, sha256=digest, after="", limit=1)[0]


def fetch_images(conn: Connection, survey_id: str, after: str = "", limit: int = 500) -> Sequence[Image]:
    """The photos that people sent, by id, for a caller that has decided who may see them."""
    return _queries.all(conn, "fetch_images", Image, survey_id=survey_id, sha256=None, after=after, limit=limit)


def fetch_small(conn: Connection, survey_id: str, image_id: str) -> bytes | None:
    """The small copy (JPEG) of a survey's photo."""
    if not is_id(image_id):
        return None
    found = _queries.value(conn, "fetch_small", survey_id=survey_id, id=image_id)
    return None if found is None else bytes(found)


def _writes(conn: Connection, actor: Actor, survey_id: str) -> None:
    store.fetch_survey(conn, survey_id, scope_of(actor))
    if not actor.has("responder"):
        raise Forbidden
