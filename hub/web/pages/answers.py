"""The signed link in a message: opening it shows a button, since mail scanners open links too; the button acts."""

from fastapi import APIRouter, Response

from hub.alerts.links import make_link
from hub.alerts.views import IncidentView
from hub.errors import Conflict
from hub.web.answering import Asked, answer_back, answer_going, answer_seen, read_asked, read_token
from hub.web.pages.answer_message import OF_MESSAGE, answer_of_message, show_of_message
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.incidents import ETA_CHOICES, USUAL_ETA
from hub.web.pages.page import AnybodysPage, Page

__all__ = ["router"]

router = APIRouter()


@router.get("/a/{token}")
def show_answer(page: AnybodysPage, token: str) -> Response:
    """What the link is about, and the button. Nothing changes."""
    link = read_token(page.services, token)
    if link.action in OF_MESSAGE:
        return show_of_message(page, link)
    with page.services.database.transaction() as conn:
        asked = read_asked(conn, page.services, token)
    settled = asked.incident.state == "resolved" and asked.link.action != "back"
    return _show(page, "settled" if settled else "ask", asked, asked.incident)


@router.post("/a/{token}")
def answer(page: AnybodysPage, token: str, submitted: Submitted) -> Response:
    """The person of the link is going, or is back."""
    form = Filled(submitted, page.translate)
    link = read_token(page.services, token)
    if link.action in OF_MESSAGE:
        return answer_of_message(page, link, form)
    minutes = int(form.number("eta_minutes", 1, 1440)) if form.typed("eta_minutes") else USUAL_ETA
    with page.services.database.transaction() as conn:
        asked = read_asked(conn, page.services, token)
    if form.errors:
        return _show(page, "ask", asked, asked.incident, 422)
    by = "push" if form.typed("by") == "push" else "link"
    try:
        with page.services.database.transaction() as conn:
            if asked.link.action == "back":
                view = answer_back(conn, page.services, asked, by)
            elif asked.incident.of_field:
                view = answer_seen(conn, page.services, asked, by)
            else:
                view = answer_going(conn, page.services, asked, minutes, by)
    except Conflict:
        return _show(page, "settled", asked, asked.incident, 409)
    return _show(page, "thanks", asked, view)


def _show(page: Page, stage: str, asked: Asked, view: IncidentView, status: int = 200) -> Response:
    actor = asked.actor
    mine = next((answer for answer in view.going if answer.person_id == actor.person_id), None)
    return page.render(
        "answer_field.html" if view.of_field else "answer.html",
        status,
        locale=page.chosen_locale or actor.language,
        stage=stage,
        link=asked.link,
        person=actor,
        incident=view,
        mine=mine,
        asks_back=asked.link.action == "back" or view.person_id == actor.person_id,
        back_url=_back_url(page, asked) if mine and stage == "thanks" else None,
        eta_choices=ETA_CHOICES,
        usual_eta=USUAL_ETA,
    )


def _back_url(page: Page, asked: Asked) -> str:
    """Where the person says later that they are back, without signing in."""
    secret = page.services.settings.secret.get_secret_value()
    return make_link(secret, "", asked.actor.person_id, asked.incident.id, "back", page.now)
