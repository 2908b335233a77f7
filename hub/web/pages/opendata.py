"""Open data for everybody: what it is, and the file."""

from fastapi import APIRouter, Response

from hub.opendata.privacy import open_csv
from hub.texts.csv_text import CSV_TYPE
from hub.web.pages.page import AnybodysPage

__all__ = ["router"]

router = APIRouter(prefix="/opendata")
_FRESH = {"Cache-Control": "public, max-age=3600"}


@router.get("")
def about_open_data(page: AnybodysPage) -> Response:
    """What is told, what is not, and under which licence."""
    with page.services.database.transaction() as conn:
        published = page.services.open_data.fetch(conn, page.now)
    return page.render(
        "opendata.html",
        published=published,
        licence=page.services.settings.open_data_licence,
        shown=published.rows[-60:],
    )


@router.get("/captures.csv")
def download_captures(page: AnybodysPage) -> Response:
    """Captures by month, mesh and species, small numbers hidden."""
    with page.services.database.transaction() as conn:
        published = page.services.open_data.fetch(conn, page.now)
    headers = {"Content-Disposition": 'attachment; filename="captures.csv"'} | _FRESH
    return Response(open_csv(published.rows), media_type=CSV_TYPE, headers=headers)
