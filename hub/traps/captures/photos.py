"""Photos: sent with a form, kept in the database, shown to whom they are for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.errors import Invalid, NotFound
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.texts.words import msgid
from hub.traps.captures import store
from hub.traps.captures.findings import PhotoFacts
from hub.traps.captures.images import read_photo, without_words
from hub.traps.captures.looks import SAME_LOOK
from hub.traps.captures.records import MOST_PHOTOS
from hub.traps.captures.store import Alike, Photo, ReportFilter

__all__ = ["Photos", "SaidOfPhoto", "facts_of"]

# A form that is not filed by then is forgotten.
_DRAFTS_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class SaidOfPhoto:
    """What the phone says of a photo, and for which item of the checklist it is."""

    item: str | None = None
    taken_at: datetime | None = None
    place: tuple[float, float] | None = None


class Photos:
    """The photos of a town's reports; `zone` is the clock of cameras that name none."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def add(self, conn: Connection, content: bytes, said: SaidOfPhoto, actor: Actor, now: datetime) -> str:
        """Look at a photo and keep it as its sender's, until a report takes it; returns its id.

        Raises Invalid for what is no photo, with a message id that says what to do.
        """
        read = read_photo(content, self._zone)
        store.queries.run(conn, "drop_stale_drafts", before=now - _DRAFTS_FOR)
        if store.queries.value(conn, "count_drafts", person_id=actor.person_id) >= 3 * MOST_PHOTOS:
            raise Invalid(msgid("These are too many photos: file the report first."))
        lat, lon = read.place or (None, None)
        said_lat, said_lon = said.place or (None, None)
        photo = store.NewPhoto(
            id=new_id("ph"), item=said.item, sent_by=actor.person_id, received_at=now,
            sha256=hashlib.sha256(content).digest(), look=read.look, media_type=read.media_type, width=read.width,
            height=read.height, size_bytes=len(content), taken_at=read.taken_at, taken_lat=lat, taken_lon=lon,
            said_at=said.taken_at, said_lat=said_lat, said_lon=said_lon, thumbnail=read.thumbnail, original=content,
        )  # fmt: skip
        store.add_photo(conn, photo)
        return photo.id

    def attach(self, conn: Connection, report_id: str, ids: Sequence[str], person_id: str) -> None:
        """Photos that a person has sent become a report's. Raises Invalid for more than a report takes."""
        if not ids:
            return
        store.queries.run(conn, "attach_photos", report_id=report_id, ids=list(ids), person_id=person_id)
        if store.queries.value(conn, "count_photos", report_id=report_id) > MOST_PHOTOS:
            raise Invalid(msgid("These are too many photos for one report."))

    def fetch_of(self, conn: Connection, report_ids: Sequence[str]) -> list[Photo]:
        """The photos of reports."""
        return store.fetch_photos(conn, report_ids=report_ids)

    def fetch_drafts(self, conn: Connection, ids: Sequence[str], person_id: str) -> list[Photo]:
        """Those of these photos that a person has sent and not filed."""
        found = store.fetch_photos(conn, ids=[photo_id for photo_id in ids if is_id(photo_id)])
        return [photo for photo in found if photo.report_id is None and photo.sent_by == person_id]

    def fetch_visible(self, conn: Connection, actor: Actor, photo_id: str) -> tuple[Photo, bool]:
        """A photo, and whether the actor may have its camera's words too (staff, its sender, the trap's own team).

        Raises NotFound when there is none or the actor may not see its trap.
        """
        found = store.fetch_photos(conn, ids=[photo_id]) if is_id(photo_id) else []
        if not found:
            raise NotFound("There is no such photo.")
        photo = found[0]
        is_own = actor.is_staff or photo.sent_by == actor.person_id
        if photo.report_id is None:
            if photo.sent_by != actor.person_id:
                raise NotFound("There is no such photo.")
            return photo, True
        report = store.fetch_reports(conn, ReportFilter(report_id=photo.report_id))[0]
        keys = registry.visible_device_keys(conn, actor)
        if keys is not None and report.device_key not in keys:
            raise NotFound("There is no such photo.")
        return photo, is_own or actor.person_id == report.person_id or report.team_id in actor.teams

    def fetch_thumbnail(self, conn: Connection, photo: Photo) -> bytes:
        """The small copy, a JPEG without any of the camera's words."""
        return bytes(store.queries.value(conn, "fetch_thumbnail", id=photo.id))

    def fetch_original(self, conn: Connection, photo: Photo, *, with_words: bool) -> tuple[bytes, str]:
        """The photo in full size and its media type: as it came, or without what its camera wrote."""
        content = bytes(store.queries.value(conn, "fetch_original", id=photo.id))
        return (content, photo.media_type) if with_words else (without_words(content), "image/jpeg")

    def fetch_alike(self, conn: Connection, report_id: str) -> list[Alike]:
        """Photos of other reports that are the same as one of this report's, or look the same."""
        return store.queries.all(conn, "fetch_alike", Alike, report_id=report_id, bits=SAME_LOOK)


def facts_of(photo: Photo) -> PhotoFacts:
    """What findings need of a photo."""
    return PhotoFacts(
        photo.item,
        photo.received_at,
        photo.taken_at,
        _place(photo.taken_lat, photo.taken_lon),
        photo.said_at,
        _place(photo.said_lat, photo.said_lon),
    )


def _place(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    return None if lat is None or lon is None else (lat, lon)
