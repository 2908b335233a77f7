"""The signed link in a message: opening it shows a button, since mail scanners open links too; the button acts."""

from fastapi import APIRouter, Response

from hub.alerts.links import BadLink, Link, read_link
from hub.alerts.views import IncidentView
from hub.errors import Conflict, Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.incidents import ETA_CHOICES, USUAL_ETA
from hub.web.pages.page import AnybodysPage, Page

__all__ = ["router"]

router = APIRouter()


@router.get("/a/{token}")
def show_answer(page: AnybodysPage, token: str) -> Response:
    """What the link is about, and the button. Nothing changes."""
    with page.services.database.transaction() as conn:
        link, actor, view = _read(conn, page, token)
    return _show(page, "settled" if view.state == "resolved" else "ask", link, actor, view)


@router.post("/a/{token}")
def answer(page: AnybodysPage, token: str, submitted: Submitted) -> Response:
    """The person of the link is going."""
    form = Filled(submitted, page.translate)
    minutes = int(form.number("eta_minutes", 1, 1440)) if form.typed("eta_minutes") else USUAL_ETA
    with page.services.database.transaction() as conn:
        link, actor, view = _read(conn, page, token)
    if form.errors:
        return _show(page, "ask", link, actor, view, 422)
    try:
        with page.services.database.transaction() as conn:
            view = page.services.alerts.going(conn, view.id, actor.person_id, minutes, page.now)
            registry.record(conn, actor, "going", f"incident/{view.id}", page.now, eta_minutes=minutes, by="link")
    except Conflict:
        return _show(page, "settled", link, actor, view, 409)
    return _show(page, "thanks", link, actor, view)


def _read(conn: Connection, page: Page, token: str) -> tuple[Link, Actor, IncidentView]:
    """What the link allows. Raises BadLink when it is forged, too old, or its person is not active any more."""
    link = read_link(page.services.settings.secret.get_secret_value(), token, page.now)
    actor = registry.fetch_actor(conn, link.person_id)
    if actor is None:
        raise BadLink
    try:
        return link, actor, page.services.alerts.fetch_view(conn, link.incident_id)
    except (NotFound, Forbidden):
        raise BadLink from None


def _show(page: Page, stage: str, link: Link, actor: Actor, view: IncidentView, status: int = 200) -> Response:
    mine = next((answer for answer in view.going if answer.person_id == actor.person_id), None)
    return page.render(
        "answer.html",
        status,
        locale=page.chosen_locale or actor.language,
        stage=stage,
        link=link,
        person=actor,
        incident=view,
        mine=mine,
        eta_choices=ETA_CHOICES,
        usual_eta=USUAL_ETA,
    )
