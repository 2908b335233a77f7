"""The form of a report: read as it was typed, faults beside their fields; its photos are looked at as they come."""

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from hub.errors import Invalid
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.texts.words import OUTCOMES
from hub.traps.captures import records
from hub.traps.captures.photos import SaidOfPhoto
from hub.traps.captures.records import NewAnimal, NewReport, Outcome
from hub.web.api.forms import parse_instant
from hub.web.pages.forms import Filled
from hub.web.pages.page import Page

__all__ = ["SentPhoto", "SentPhotos", "count_animals", "keep_photos", "read_report"]

PHOTOS = "photos"
# Bytes of one photo that are read before it is refused.
_MOST_BYTES = 15_000_001
_FIELDS = tuple(name for name in NewAnimal.__dataclass_fields__ if name != "id")


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """One file of a form, with the item of the checklist that its field stands for and what the phone says of it."""

    filename: str
    content: bytes
    said: SaidOfPhoto


async def sent_photos(request: Request) -> list[SentPhoto]:
    """The photos of the request's form: fields `photos` and `photos-ITEM`, in the order of `photo_meta`."""
    form = await request.form()
    meta = _read_meta(form.get("photo_meta"))
    sent: list[SentPhoto] = []
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            continue
        content = await value.read(_MOST_BYTES)
        await value.close()
        if name.split("-")[0] != PHOTOS or not (value.filename or content):
            continue
        item = name.partition("-")[2][:40] or None
        said = meta[len(sent)] if len(sent) < len(meta) else SaidOfPhoto()
        sent.append(SentPhoto(value.filename or "", content, replace(said, item=item)))
    return sent[: records.MOST_PHOTOS + 1]


SentPhotos = Annotated[list[SentPhoto], Depends(sent_photos)]


def _read_meta(text: object) -> list[SaidOfPhoto]:
    """What the phone says of each photo; what cannot be read says nothing."""
    found: Any = None
    with suppress(ValueError, RecursionError):
        found = json.loads(text) if isinstance(text, str) else None
    said: list[SaidOfPhoto] = []
    for one in cast("list[Any]", found)[:100] if isinstance(found, list) else []:
        about = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        taken_at, place = None, None
        with suppress(Invalid, TypeError):
            taken_at = parse_instant("taken_at", about["taken_at"]) if about.get("taken_at") else None
        with suppress(ValueError, TypeError, KeyError):
            lat, lon = float(about["lat"]), float(about["lon"])
            place = (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None
        said.append(SaidOfPhoto(None, taken_at, place))
    return said


def keep_photos(conn: Connection, page: Page, form: Filled, sent: list[SentPhoto]) -> list[str]:
    """Look at each photo and keep the good ones as the sender's own; a bad one is said beside its field.

    Returns the ids of these and of those that came with the form before.
    """
    before = page.services.captures.photos.fetch_drafts(conn, form.chosen("photo"), page.actor.person_id)
    kept = [photo.id for photo in before]
    for photo in sent:
        try:
            kept.append(page.services.captures.photos.add(conn, photo.content, photo.said, page.actor, page.now))
        except Invalid as error:
            field = PHOTOS if photo.said.item is None else f"{PHOTOS}-{photo.said.item}"
            blanks = {"file": photo.filename[:80], "why": page.translate(str(error))}
            form.fault(field, msgid("%(file)s: %(why)s"), **blanks)
    return kept


def count_animals(form: Filled) -> int:
    """How many animals the form shows."""
    text = form.typed("animals", "0")
    return min(int(text), records.MOST_ANIMALS) if text.isascii() and text.isdigit() else 0


def read_report(page: Page, form: Filled, device: Device, incident_id: str | None, person_id: str) -> NewReport:
    """The report as it was typed; what is wrong with it stands in `form.errors`."""
    outcome = cast("Outcome", form.choice("outcome", OUTCOMES))
    lat, lon = form.number_or_none("lat", -90, 90), form.number_or_none("lon", -180, 180)
    if (lat is None) != (lon is None):
        form.fault("lat" if lat is None else "lon", msgid("Please give both latitude and longitude."))
    new = NewReport(
        device_key=device.key,
        person_id=person_id,
        outcome=outcome,
        found_at=_found_at(page, form),
        incident_id=incident_id,
        note=form.text("note"),
        lat=lat,
        lon=lon,
        accuracy_m=form.number_or_none("accuracy_m", 0, 1_000_000),
        hunt_kind=_option(form, "hunt_kind", records.HUNT_KINDS),
        trap_kind=_option(form, "trap_kind", records.TRAP_KINDS),
        trap_set_on=form.day("trap_set_on"),
        trap_removed_on=form.day("trap_removed_on"),
        municipality=form.line("municipality", required=False) or None,
        animals=tuple(_read_animals(form)) if outcome in records.WITH_ANIMALS else (),
    )
    if outcome in records.WITH_ANIMALS and not new.animals:
        form.fault("outcome", msgid("Please say which animals: press “Add an animal”."))
    if not form.errors:
        for fault in records.find_faults(records.normal(new), page.now):
            form.fault(fault.field, fault.message)
    return new


def _found_at(page: Page, form: Filled) -> datetime:
    """When it was found: as typed, else when the form was written on a phone without network, else now."""
    typed, written = form.typed("found_at").strip(), form.typed("written_at").strip()
    try:
        if typed:
            local = datetime.fromisoformat(typed)
            return local if local.tzinfo else local.replace(tzinfo=page.services.texts.zone)
        written_at = parse_instant("written_at", written) if written else page.now
        return page.now if written_at > page.now + timedelta(minutes=1) else written_at
    except (ValueError, Invalid):
        form.fault("found_at", msgid("Please give a day and a time."))
        return page.now


def _read_animals(form: Filled) -> list[NewAnimal]:
    animals: list[NewAnimal] = []
    for number in range(count_animals(form)):
        prefix = f"animals-{number}-"
        if not any(form.typed(prefix + name).strip() for name in ("id", *_FIELDS)):
            # A block that nobody has filled in is no animal, but that somebody must say which one it was.
            form.fault(prefix + "species", msgid("Please choose one, or take this animal out."))
        animals.append(_read_animal(form, prefix))
    return animals


def _read_animal(form: Filled, prefix: str) -> NewAnimal:
    return NewAnimal(
        species=form.choice(prefix + "species", records.SPECIES),
        species_name=form.line(prefix + "species_name", required=False) or None,
        sex=_option(form, prefix + "sex", records.SEXES),
        age_national=_option(form, prefix + "age_national", records.AGES),
        age_town=_option(form, prefix + "age_town", records.AGES),
        pregnant={"yes": True, "no": False}.get(form.typed(prefix + "pregnant")),
        body_length_cm=form.number_or_none(prefix + "body_length_cm", 1, 400),
        weight_kg=form.number_or_none(prefix + "weight_kg", 0.05, 600),
        disposal=_option(form, prefix + "disposal", records.DISPOSALS),
        processor=form.line(prefix + "processor", required=False) or None,
        pcr_on=form.day(prefix + "pcr_on"),
        pcr_result=_option(form, prefix + "pcr_result", records.PCR_RESULTS),
        tube_number=form.line(prefix + "tube_number", required=False) or None,
        id=form.typed(prefix + "id") or None,
    )


def _option(form: Filled, name: str, options: Collection[str]) -> str | None:
    return form.choice(name, options) if form.typed(name) else None
