"""A survey's plan and photos as files of other programs, as far as somebody sees it."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from fastapi import Response

from hub.errors import NotFound
from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys.asking import planned_with
from hub.surveys.documents import PlanDocument, Sortie
from hub.surveys.evidence import service as evidence
from hub.surveys.exports import Photo, format_geo_txt, format_geojson, format_kml, format_qgc
from hub.surveys.flights import store as flights
from hub.surveys.values import SortieRow
from hub.web import surveying

__all__ = ["ExportedFile", "answer_file", "export", "export_sortie"]

_MOST_IMAGES = 20_000
_KIND = {
    "geojson": "application/geo+json", "kml": "application/vnd.google-earth.kml+xml", "zip": "application/zip",
    "plan": "application/json", "txt": "text/plain; charset=utf-8",
}  # fmt: skip
# A zip keeps the day of each file; one day for all makes the same plan the same file.
_DAY = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file to save."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        """What it is."""
        return _KIND[self.name.rpartition(".")[2]]


def answer_file(file: ExportedFile) -> Response:
    """The file as an attachment; its name has ids alone in it."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


def export(conn: Connection, actor: Actor, survey_id: str, name: str) -> ExportedFile:
    """`plan.geojson`, `plan.kml`, `sorties.zip` or `geo.txt`. Raises NotFound for what is not there or to be seen."""
    view = surveying.fetch_view(conn, actor, survey_id)
    if name == "geo.txt":
        return ExportedFile(f"{survey_id}-geo.txt", _geo_txt(conn, actor, survey_id).encode())
    plan = _seen_plan(view)
    if name == "plan.geojson":
        area = cast("Mapping[str, Any]", view.plan.request["area"])
        return ExportedFile(f"{survey_id}.geojson", _json(format_geojson(plan, area)))
    if name == "plan.kml":
        return ExportedFile(f"{survey_id}.kml", format_kml(plan).encode())
    if name == "sorties.zip":
        return ExportedFile(f"{survey_id}-sorties.zip", _zip([_sortie_file(view, row) for row in view.sorties]))
    raise NotFound("There is no such file.")


def export_sortie(conn: Connection, actor: Actor, survey_id: str, sortie_id: str) -> ExportedFile:
    """One sortie of the newest plan as QGroundControl's `.plan`. Raises NotFound."""
    view = surveying.fetch_view(conn, actor, survey_id)
    row = next((one for one in view.sorties if one.id == sortie_id), None)
    if row is None:
        raise NotFound("There is no such sortie.")
    return _sortie_file(view, row)


def _seen_plan(view: surveying.SurveyView) -> PlanDocument:
    document = cast("PlanDocument", view.plan.document)
    return {**document, "sorties": [document["sorties"][row.place] for row in view.sorties]}


def _sortie_file(view: surveying.SurveyView, row: SortieRow) -> ExportedFile:
    request = view.plan.request
    sortie: Sortie = cast("PlanDocument", view.plan.document)["sorties"][row.place]
    drone = next((one for one in view.drones if one.id == row.drone), None)
    speed = cast("float", request["speed_mps"]) if drone is None else planned_with(request, drone)[1]
    content = format_qgc(sortie, speed, cast("float | None", request.get("photo_every_m")))
    mark = "drill-" if view.survey.drill else ""
    return ExportedFile(f"{mark}{view.survey.id}-{row.drone}-{sortie['number']}.plan", _json(content))


def _geo_txt(conn: Connection, actor: Actor, survey_id: str) -> str:
    """The releases of the camera, by the names of the photos that were found for them; others by sortie and number."""
    own = surveying.own_sorties(conn, actor, survey_id)
    names = {
        (image.sortie_id, image.number): "_".join(image.file_name.split())
        for image in evidence.fetch_images(conn, survey_id, limit=_MOST_IMAGES)
        if image.sortie_id is not None
    }
    return format_geo_txt([
        Photo(
            names.get((one.sortie_id, one.number)) or f"{one.sortie_id}-{one.number:05d}.jpg", one.lon, one.lat,
            one.altitude_m, one.yaw_deg, one.pitch_deg, one.roll_deg,
        )
        for one in flights.fetch_photos(conn, survey_id)
        if own is None or one.sortie_id in own
    ])  # fmt: skip


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _zip(files: Sequence[ExportedFile]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _DAY), file.content, zipfile.ZIP_DEFLATED)
    return kept.getvalue()
