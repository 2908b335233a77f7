"""Crops: how each ripens and freezes, as a table that staff keep."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from edge.wire.topics import ID_PATTERN
from hub.fields.plots import crops, tables
from hub.web.api.forms import Form, Line, Note, Staff
from hub.web.api.plots import Celsius, DegreeDays
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/crops", tags=["plots"])
CropId = Annotated[str, Path(pattern=f"^{ID_PATTERN}$", examples=["rice"])]
Frost = Annotated[float, Field(ge=-30, le=20, allow_inf_nan=False)]
Source = Annotated[Note, Field(min_length=1, max_length=500)]


class CropForm(Form):
    """A crop as it shall be."""

    name: Line = Field(examples=["レタス"], description="In Japanese")
    name_en: Line | None = None
    base_temperature_c: Celsius
    degree_day_target: DegreeDays | None = Field(None, description="°C·d until the harvest, from the source's day on")
    frost_limit_c: Frost | None = Field(None, description="°C of the air below which frost hurts it")
    is_paddy: bool = False
    source: Source = Field(description="Who says so")


class Crop(BaseModel):
    """A crop of the table."""

    id: str = Field(examples=["rice"])
    name: str
    name_en: str | None
    base_temperature_c: float
    degree_day_target: float | None
    frost_limit_c: float | None
    is_paddy: bool
    source: str


class Crops(BaseModel):
    """All crops, by name."""

    items: list[Crop]
    next: None = None


@router.get("", summary="List crops")
def list_crops(services: ServicesOf, _actor: ApiActor) -> Crops:
    """The whole table. Rows whose source says 見本 are samples."""
    with services.database.transaction() as conn:
        found = crops.fetch_crops(conn)
    return Crops(items=[Crop.model_validate(crop, from_attributes=True) for crop in found])


@router.put("/{crop_id}", summary="Write a crop", responses=problems(403, 409))
def save_crop(crop_id: CropId, form: CropForm, services: ServicesOf, actor: Staff) -> Crop:
    """A new one, or one that there is as it shall be."""
    crop = tables.Crop(crop_id, **form.model_dump())
    with services.database.transaction() as conn:
        crops.save_crop(conn, actor, crop, services.now())
    return Crop.model_validate(crop, from_attributes=True)


@router.delete("/{crop_id}", summary="Delete a crop", status_code=204, responses=problems(403, 404, 409))
def delete_crop(crop_id: CropId, services: ServicesOf, actor: Staff) -> Response:
    """Only one that no plot has."""
    with services.database.transaction() as conn:
        crops.delete_crop(conn, actor, crop_id, services.now())
    return Response(status_code=204)
