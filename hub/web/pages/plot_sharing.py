"""Whom a plot's owner lets look: single people, groups, city staff; each ends at once."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from hub.errors import Invalid
from hub.fields.plots import service as plots
from hub.fields.plots.consent import Consent, Share
from hub.fields.plots.groups import fetch_groups
from hub.fields.plots.values import may_change
from hub.registry import service as registry
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import FarmersPage, Page

__all__ = ["router"]

router = APIRouter()
_MOST_LINES = 50
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@router.get("/plots/{plot_id}/sharing")
def show_sharing(page: FarmersPage, plot_id: str) -> Response:
    """Who may look into a plot, now and before."""
    return _page(page, plot_id, Filled({}, page.translate))


@router.post("/plots/{plot_id}/sharing")
def share(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """One more farmer may look, by user name."""
    form = Filled(submitted, page.translate)
    username = form.username("username")
    if not username:
        form.fault("username", msgid("Please fill this in."))
    if username and not form.errors:
        with page.services.database.transaction() as conn:
            try:
                plots.share_plot(conn, page.actor, plot_id, username, page.now)
            except Invalid:
                form.fault("username", msgid("There is no other farmer with this user name."))
    if form.errors:
        return _page(page, plot_id, form, 422)
    return page.go(f"/plots/{plot_id}/sharing?done=saved")


@router.post("/plots/{plot_id}/sharing/people/{person_id}/end")
def unshare(page: FarmersPage, plot_id: str, person_id: str) -> Response:
    """Somebody may look no longer."""
    with page.services.database.transaction() as conn:
        plots.unshare_plot(conn, page.actor, plot_id, person_id, page.now)
    own = person_id == page.actor.person_id
    return page.go("/plots?done=saved" if own else f"/plots/{plot_id}/sharing?done=saved")


@router.post("/plots/{plot_id}/sharing/staff")
def consent_to_staff(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """City staff may look, or no longer."""
    with page.services.database.transaction() as conn:
        plots.set_consent(conn, page.actor, plot_id, "staff", page.now, wanted=_wanted(page, submitted))
    return page.go(f"/plots/{plot_id}/sharing?done=saved")


@router.post("/plots/{plot_id}/sharing/groups/{group_id}")
def consent_to_group(page: FarmersPage, plot_id: str, group_id: str, submitted: Submitted) -> Response:
    """A group may look, or no longer."""
    with page.services.database.transaction() as conn:
        plots.set_consent(
            conn, page.actor, plot_id, "group", page.now, wanted=_wanted(page, submitted), group_id=group_id
        )
    return page.go(f"/plots/{plot_id}/sharing?done=saved")


def _wanted(page: Page, submitted: dict[str, list[str]]) -> bool:
    return Filled(submitted, page.translate).typed("may_look") == "yes"


def _page(page: Page, plot_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        plot = plots.fetch_plot(conn, page.actor, plot_id)
        changeable = may_change(plot, page.actor.person_id, is_staff=page.actor.is_staff)
        history = _history(conn, page, plot_id) if changeable else []
        groups = fetch_groups(conn, page.actor) if plot.is_open and changeable else []
        people = {*plot.shared_with, plot.owner_id, *(one.person_id for one in history if isinstance(one, Share))}
        people |= {by for one in history for by in (one.given_by, one.withdrawn_by) if by}
        people |= {member for group in groups for member in group.members}
        names = _names(conn, people)
    return page.render(
        "plot_sharing.html",
        status,
        form=form,
        plot=plot,
        changeable=changeable,
        is_owner=plot.owner_id == page.actor.person_id,
        groups=groups,
        history=history,
        names=names,
    )


def _history(conn: Connection, page: Page, plot_id: str) -> list[Consent | Share]:
    """Whom the owner lets look and let look, the newest first."""
    told: list[Consent | Share] = [
        *plots.fetch_consents(conn, page.actor, plot_id),
        *plots.fetch_shares(conn, page.actor, plot_id),
    ]
    return sorted(told, key=lambda one: one.given_at or _LONG_AGO, reverse=True)[:_MOST_LINES]


def _names(conn: Connection, people: set[str]) -> dict[str, str]:
    found = registry.fetch_person_names(conn, frozenset(people))
    return {person: found.get(person, person) for person in people}
