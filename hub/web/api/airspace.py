"""Zones that limit flying, as data with their sources: brought in by staff, seen by whoever plans."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, WithJsonSchema

from hub.surveys import airspace
from hub.surveys.airspace import Import as Row
from hub.surveys.airspace import NewImport
from hub.surveys.limits import ZoneKind
from hub.surveys.zones import read_zones
from hub.web.api.forms import Day, Form, Line, Staff
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.api.surveys import Responder
from hub.web.openapi import problems
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/airspace", tags=["airspace"])

Features = Annotated[
    dict[str, object],
    WithJsonSchema({"type": "object", "required": ["type", "features"]}),
    Field(
        description="GeoJSON FeatureCollection of polygons; properties `name`, `floor_m`, `ceiling_m`,"
        " `height_reference` (`ground` or `sea`), `valid_from`, `valid_until`"
    ),
]


class ImportForm(Form):
    """A file of zones of one kind, and where it is from. No zones: there are none of this kind in town."""

    kind: ZoneKind = Field(description="`did` 人口集中地区, `airport`, `emergency` 緊急用務空域, `no_go` an owner's")
    title: Line = Field(examples=["国土数値情報 人口集中地区"])
    url: Annotated[str, Field(max_length=1000, pattern=r"^https?://[!-~]+$")] | None = None
    source_date: Day = Field(description="The day of which the source speaks")
    zones: Features
    replaces: bool = Field(True, description="The former zones of this kind end")
    sample: bool = Field(False, description="Made up for a demonstration, and marked so")


class Import(BaseModel):
    """Zones of one kind from one source, as they hold now."""

    id: str = Field(examples=["az-3k8m2x9p"])
    kind: ZoneKind
    title: str
    url: str | None
    source_date: str
    sample: bool
    zones: int
    imported_at: datetime
    imported_by: str


class Zone(BaseModel):
    """A zone that holds. Heights in metres; null: from the ground, without end."""

    id: str = Field(examples=["zn-7r2k4m8x"])
    kind: ZoneKind
    name: str
    shape: dict[str, object]
    floor_m: float | None
    ceiling_m: float | None
    above_sea: bool
    valid_from: datetime | None
    valid_until: datetime | None
    source: str
    sample: bool


def _answer(row: Row) -> Import:
    return Import(
        id=row.id, kind=row.kind, title=row.title, url=row.url, source_date=row.source_date.isoformat(),
        sample=row.is_sample, zones=row.zones, imported_at=row.imported_at, imported_by=row.imported_by,
    )  # fmt: skip


@router.get("/imports", summary="What is known of limits", responses=problems(403))
def list_imports(services: ServicesOf, _actor: Responder) -> Page[Import]:
    """Of a kind that is not listed nothing is known; what must be looked at before each flight goes stale."""
    with services.database.transaction() as conn:
        found = airspace.fetch_imports(conn)
    return Page(items=[_answer(row) for row in found], next=None)


@router.post("/imports", status_code=201, summary="Bring in zones", responses=problems(403))
def import_zones(form: ImportForm, services: ServicesOf, actor: Staff) -> Import:
    """The former zones of the kind end, unless `replaces` is false."""
    zones = read_zones(form.zones)
    new = NewImport(form.kind, form.title, form.url, form.source_date, form.sample)
    with services.database.transaction() as conn:
        made = airspace.import_zones(conn, actor, new, zones, services.now(), replaces=form.replaces)
        return next(_answer(row) for row in airspace.fetch_imports(conn) if row.id == made)


@router.delete("/imports/{import_id}", status_code=204, summary="End zones", responses=problems(403, 404))
def end_import(import_id: str, services: ServicesOf, actor: Staff) -> None:
    """They hold no more; what was checked with them stays as it was."""
    with services.database.transaction() as conn:
        airspace.end_import(conn, actor, import_id, services.now())


@router.get("/zones", summary="Zones that hold", responses=problems(403))
def list_zones(
    services: ServicesOf, _actor: Responder, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Zone]:
    """By id."""
    after = str(parse_cursor("zones", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        found = airspace.fetch_zones(conn, after=after, limit=limit + 1)
    page, following = cut(found, limit, lambda one: format_cursor("zones", one.id))
    items = [
        Zone(
            id=one.id, kind=one.kind, name=one.name, shape=dict(one.document), floor_m=one.floor_m,
            ceiling_m=one.ceiling_m, above_sea=one.above_sea, valid_from=one.valid_from, valid_until=one.valid_until,
            source=one.source, sample=one.is_sample,
        )
        for one in page
    ]  # fmt: skip
    return Page(items=items, next=following)
