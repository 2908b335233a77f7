"""What the pages need on a phone: the service worker, how they are installed, and what waits and goes out by itself."""

import json
from typing import Any, cast

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse

from hub.errors import NotFound
from hub.web.bundles import STATIC
from hub.web.pages.page import AnybodysPage, SignedInPage, bare_page, home_of, navigation

__all__ = ["router"]

router = APIRouter()
_WORKER = STATIC / "build" / "sw.js"
_MANIFEST = cast("dict[str, Any]", json.loads((STATIC / "manifest.webmanifest").read_text(encoding="utf-8")))


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


@router.get("/waiting")
def waiting(page: SignedInPage) -> Response:
    """The reports that wait on this phone; what they are, only the phone knows."""
    return page.render("waiting.html", keep=True)


@router.get("/offline")
def offline(page: AnybodysPage) -> Response:
    """What the service worker shows for a page that it has not kept; nobody's."""
    return bare_page(page.request, page.services, "offline.html", 200)


@router.get("/manifest.webmanifest")
def manifest(page: AnybodysPage) -> Response:
    """How the pages stand among the phone's apps: it begins where the person's work begins."""
    say = page.translate
    shortcuts = [{"name": say(label), "url": path} for path, label in navigation(page.session and page.actor)]
    start = home_of(page.actor) if page.session else "/"
    document = {**_MANIFEST, "lang": page.locale.split("_")[0], "start_url": start, "shortcuts": shortcuts[:4]}
    return JSONResponse(document, media_type="application/manifest+json")
