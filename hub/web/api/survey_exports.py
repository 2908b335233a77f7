"""Surveys for other programs: maps, ground stations, and programs that make one picture of many photos."""

from typing import Literal

from fastapi import APIRouter, Response

from hub.web.exporting import answer_file, export, export_sortie
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/surveys/{survey_id}", tags=["surveys"])
Name = Literal["plan.geojson", "plan.kml", "sorties.zip", "geo.txt"]
_TYPES = ("application/vnd.google-earth.kml+xml", "application/zip", "text/plain")
_CONTENT: dict[str, object] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _TYPES}
_FILE = {200: {"content": {"application/geo+json": {"schema": {"type": "object"}}, **_CONTENT}}}


@router.get(
    "/exports/{name}", summary="A file for other programs", response_class=Response,
    responses={**problems(404), **_FILE},
)  # fmt: skip
def save_export(survey_id: str, name: Name, services: ServicesOf, actor: ApiActor) -> Response:
    """The newest plan as GeoJSON or KML, its sorties as QGroundControl's `.plan` files in a zip, or where photos were
    really taken, as OpenDroneMap's `geo.txt`. A partner gets what concerns their drones.
    """
    with services.database.transaction() as conn:
        return answer_file(export(conn, actor, survey_id, name))


@router.get(
    "/sorties/{sortie_id}/plan", summary="A sortie for a ground station", response_class=Response,
    responses=problems(404),
)  # fmt: skip
def save_sortie(survey_id: str, sortie_id: str, services: ServicesOf, actor: ApiActor) -> Response:
    """A sortie of the newest plan as QGroundControl's `.plan`."""
    with services.database.transaction() as conn:
        return answer_file(export_sortie(conn, actor, survey_id, sortie_id))
