"""What people do with a survey on its page: record, check, approve, answer offers, launch, plan the gaps."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Response

from hub.errors import Conflict, Forbidden, Invalid, Unavailable
from hub.store import Connection
from hub.surveys.limits import Ground
from hub.texts import msgid
from hub.web import surveying
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, RespondersPage, SurveysPage
from hub.web.pages.survey import UNSEEN_PLAN, WHICH_PLAN, show_survey_again, version_looked_at

__all__ = ["router"]

router = APIRouter(prefix="/surveys/{survey_id}")
_COVERS = ("height", "did", "airport", "emergency")


def _do(page: Page, survey_id: str, form: Filled, act: Callable[[Connection], object], then: str) -> Response:
    """Do something in one transaction; what is refused is said on the survey's page, with what was typed."""
    try:
        with page.services.database.transaction() as conn:
            act(conn)
    except (Conflict, Forbidden) as fault:
        return show_survey_again(page, survey_id, form, fault.status, str(fault))
    return page.go(then)


@router.post("/ground")
def record_ground(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """On which ground in law it may be flown."""
    form = Filled(submitted, page.translate)
    kind = form.choice("kind", ("art_132_92", "permit"))
    requester, reason = form.line("requester"), form.text("reason")
    if not reason:
        form.fault("reason", msgid("Please fill this in."))
    covers = [name for name in form.chosen("covers") if name in _COVERS]
    if kind == "permit" and not covers:
        form.fault("covers", msgid("Please choose what the permit covers."))
    until = form.day("valid_until")
    reference = form.line("reference", required=False) or None
    if form.errors:
        return show_survey_again(page, survey_id, form, 422)
    # A permit that ends on a day covers that day in town.
    zone = page.services.texts.zone
    ends_at = datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC) if until else None
    ground = Ground(
        "permit" if kind == "permit" else "art_132_92", requester, reason or "", reference, covers, None, ends_at,
        None, page.now, page.actor.person_id,
    )  # fmt: skip
    return _do(
        page,
        survey_id,
        form,
        lambda conn: page.services.surveys.record_ground(conn, page.actor, survey_id, ground, page.now),
        f"/surveys/{survey_id}?done=recorded",
    )


@router.post("/check")
def check_limits(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """Check the limits again; with the tick a person answers, for the plan they saw, for what the service does not
    know.
    """
    form = Filled(submitted, page.translate)
    seen, vouched = version_looked_at(form), "yes" in form.chosen("vouched")
    if vouched and seen is None:
        return show_survey_again(page, survey_id, form, 422, UNSEEN_PLAN)
    return _do(
        page,
        survey_id,
        form,
        lambda conn: page.services.surveys.check(
            conn, page.actor, survey_id, page.now, vouched=vouched, looked_at=seen
        ),
        f"/surveys/{survey_id}?done=checked",
    )


@router.post("/approve")
def approve(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """The second person."""
    form = Filled(submitted, page.translate)
    seen, note = version_looked_at(form), form.text("note")
    if "yes" not in form.chosen("looked"):
        form.fault("looked", msgid("Please tick this when you have looked."))
    if form.errors or seen is None:
        return show_survey_again(page, survey_id, form, 422, "" if form.errors else UNSEEN_PLAN)
    return _do(
        page,
        survey_id,
        form,
        lambda conn: page.services.surveys.approve(conn, page.actor, survey_id, note, page.now, looked_at=seen),
        f"/surveys/{survey_id}?done=approved",
    )


@router.post("/withdraw")
def withdraw(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """An approval is taken back."""
    return _do(
        page,
        survey_id,
        Filled(submitted, page.translate),
        lambda conn: page.services.surveys.withdraw(conn, page.actor, survey_id, None, page.now),
        f"/surveys/{survey_id}?done=withdrawn",
    )


@router.post("/cancel")
def cancel(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """Nothing will come of it."""
    return _do(
        page,
        survey_id,
        Filled(submitted, page.translate),
        lambda conn: page.services.surveys.cancel(conn, page.actor, survey_id, page.now),
        f"/surveys/{survey_id}?done=cancelled",
    )


@router.post("/launch")
def launch(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """Order the drones to get ready; from here on the live page is the place to be."""
    form = Filled(submitted, page.translate)
    seen, only = version_looked_at(form), "yes" in form.chosen("only_accepted")
    if seen is None:
        return show_survey_again(page, survey_id, form, 422, UNSEEN_PLAN)
    return _do(
        page,
        survey_id,
        form,
        lambda conn: page.services.flying.launch(
            conn, page.actor, survey_id, page.now, only_accepted=only, looked_at=seen
        ),
        f"/surveys/{survey_id}/live",
    )


@router.post("/offers/{sortie_id}")
def answer_offer(page: SurveysPage, survey_id: str, sortie_id: str, submitted: Submitted) -> Response:
    """The drone's partner accepts or declines, or city staff for them."""
    form = Filled(submitted, page.translate)
    accepts = form.choice("answer", ("accept", "decline")) == "accept"
    reason = form.line("decline_reason", required=False) or None
    if form.errors:
        return show_survey_again(page, survey_id, form, 422)
    to_list = form.typed("back") == "drones"
    return _do(
        page,
        survey_id,
        form,
        lambda conn: page.services.surveys.answer_offer(
            conn, page.actor, survey_id, sortie_id, page.now, accepts=accepts, reason=reason
        ),
        f"{'/drones' if to_list else f'/surveys/{survey_id}'}?done={'accepted' if accepts else 'declined'}",
    )


@router.post("/refly")
def fly_gaps(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """One tap: another plan for what has not been seen."""
    form = Filled(submitted, page.translate)
    replaces = version_looked_at(form)
    if replaces is None:
        return show_survey_again(page, survey_id, form, 422, WHICH_PLAN)
    try:
        surveying.replan(page.services, page.actor, survey_id, {}, gaps_only=True, replaces=replaces)
    except (Conflict, Invalid, Unavailable) as fault:
        return show_survey_again(page, survey_id, form, fault.status, str(fault))
    return page.go(f"/surveys/{survey_id}?done=planned")
