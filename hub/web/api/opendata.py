"""Open data, for everybody."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/opendata", tags=["open data"])


class OpenCaptures(BaseModel):
    """Heads of a species in a month and a cell of the mesh, or in the whole town."""

    month: str = Field(examples=["2026-08"])
    mesh: str = Field(description="A mesh code, or `all`", examples=["5339-07-3"])
    species: str = Field(examples=["boar"])
    count: int | None = Field(description="Null: hidden, since it is small or would give away a small one")


class OpenCapturesAnswer(BaseModel):
    """What is told today."""

    licence: str
    last_month: str = Field(description="The newest month that is told", examples=["2026-08"])
    least_count: int = Field(description="Numbers under this are hidden")
    items: list[OpenCaptures]
    next: None = None


@router.get("/captures", summary="Captures by month, mesh and species")
def open_captures(services: ServicesOf) -> OpenCapturesAnswer:
    """No token is needed. The same rows as in /opendata/captures.csv; nothing finer than a mesh cell is in them."""
    with services.database.transaction() as conn:
        published = services.open_data.fetch(conn, services.now())
    return OpenCapturesAnswer(
        licence=services.settings.open_data_licence,
        last_month=f"{published.last_month:%Y-%m}",
        least_count=published.rule.least_count,
        items=[
            OpenCaptures(month=row.month, mesh=row.mesh, species=row.species, count=row.count) for row in published.rows
        ],
    )
