"""What the pages need on a phone: the service worker, and the token with which waiting reports go out."""

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse

from hub.errors import NotFound
from hub.web.bundles import STATIC
from hub.web.pages.page import AnybodysPage

__all__ = ["router"]

router = APIRouter()
_WORKER = STATIC / "build" / "sw.js"


@router.get("/sw.js")
def service_worker() -> Response:
    """The service worker, at the top so that it serves every page; browsers ask each time whether it is the same."""
    if not _WORKER.is_file():
        raise NotFound
    return FileResponse(_WORKER, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/form-token")
def form_token(page: AnybodysPage) -> Response:
    """Who is signed in, and the token that this person's forms carry now: a report may have waited for days."""
    if page.session is None:
        return JSONResponse({"person": None}, 401)
    return JSONResponse({"person": page.actor.person_id, "name": page.actor.name, "csrf": page.session.csrf})
