"""The signed link about a whole message: to which of many the person is going, and that a drill has arrived."""

from fastapi import Response

from hub.alerts.links import Link
from hub.texts import msgid
from hub.web.answering import AskedOfMessage, answer_going_some, answer_reached, read_asked_of_message
from hub.web.pages.forms import Filled
from hub.web.pages.incidents import ETA_CHOICES, USUAL_ETA
from hub.web.pages.page import Page

__all__ = ["OF_MESSAGE", "answer_of_message", "show_of_message"]

OF_MESSAGE = frozenset({"going_some", "reached"})


def show_of_message(page: Page, link: Link) -> Response:
    """What the link is about, and the button. Nothing changes."""
    with page.services.database.transaction() as conn:
        asked = read_asked_of_message(conn, page.services, link)
    return _show(page, asked, "ask", Filled({}, page.translate))


def answer_of_message(page: Page, link: Link, form: Filled) -> Response:
    """The person says so."""
    by = "push" if form.typed("by") == "push" else "link"
    with page.services.database.transaction() as conn:
        asked = read_asked_of_message(conn, page.services, link)
        if link.action == "reached":
            answer_reached(conn, page.services, link, by)
            return _show(page, asked, "thanks", form)
    minutes = int(form.number("eta_minutes", 1, 1440)) if form.typed("eta_minutes") else USUAL_ETA
    chosen = [view.id for view in asked.incidents] if form.typed("all") else form.chosen("incident")
    if not chosen:
        form.fault("incident", msgid("Please tick where you are going."))
    if form.errors:
        return _show(page, asked, "ask", form, 422)
    with page.services.database.transaction() as conn:
        gone_to = answer_going_some(conn, page.services, asked, chosen, minutes, by)
    with page.services.database.transaction() as conn:
        asked = read_asked_of_message(conn, page.services, link)
    return _show(page, asked, "thanks" if gone_to else "settled", form, 200 if gone_to else 409)


def _show(page: Page, asked: AskedOfMessage, stage: str, form: Filled, status: int = 200) -> Response:
    answers = [answer for view in asked.incidents for answer in view.going]
    mine = {answer.incident_id for answer in answers if answer.person_id == asked.actor.person_id}
    is_drill = asked.link.action == "reached"
    unresolved = [view for view in asked.incidents if view.state != "resolved"]
    if stage == "ask" and not is_drill and not unresolved:
        stage = "settled"
    return page.render(
        "answer_drill.html" if is_drill else "answer_many.html",
        status,
        locale=page.chosen_locale or asked.actor.language,
        stage=stage,
        person=asked.actor,
        incidents=unresolved,
        settled=len(asked.incidents) - len(unresolved),
        mine=mine,
        form=form,
        chosen=form.chosen("incident"),
        eta_choices=ETA_CHOICES,
        usual_eta=USUAL_ETA,
    )
