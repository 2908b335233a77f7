"""Who is reached: for each person their own channels, for staff everybody's, as the drills have shown."""

from collections.abc import Sequence

from fastapi import APIRouter, Response

from hub.alerts.routine.digests import fetch_digest_wish, save_digest_wish
from hub.alerts.routine.reachability import Reach, Standing, standing_of
from hub.registry import service as registry
from hub.web.channels import CHANNELS
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, SignedInPage, StaffPage

__all__ = ["router"]

router = APIRouter()
_WISHES = {"yes": True, "no": False, "role": None}
# Whom drills try.
_TOLD = {"hunter", "staff"}
_LOUDEST_FIRST: Sequence[Standing] = ("refused", "unconfirmed", "new", "confirmed")


@router.get("/me/reached")
def show_mine(page: SignedInPage) -> Response:
    """My own channels, and whether I want the morning's summary."""
    return _show_mine(page, Filled({}, page.translate))


@router.post("/me/digest")
def save_mine(page: SignedInPage, submitted: Submitted) -> Response:
    """The summary: always, never, or as my role has it."""
    form = Filled(submitted, page.translate)
    wish = form.choice("digest", tuple(_WISHES))
    if form.errors:
        return _show_mine(page, form, 422)
    with page.services.database.transaction() as conn:
        save_digest_wish(conn, page.actor, _WISHES[wish], page.now)
    return page.go("/me/reached?done=saved")


@router.get("/staff/reachability")
def show_all(page: StaffPage) -> Response:
    """Everybody who is told of alarms, whoever is not reached first."""
    with page.services.database.transaction() as conn:
        reaches = page.services.drills.fetch_reachability(conn)
        people = registry.fetch_people(conn, limit=2000)
    told = {reach.person_id for reach in reaches}
    unreached = [one for one in people if one.active and _TOLD & set(one.roles) and one.id not in told]
    rows = sorted(_stand(page, reaches), key=lambda row: (_LOUDEST_FIRST.index(row[1]), row[0].name, row[0].channel))
    days = page.services.drills.confirm_within.days
    return page.render("staff_reachability.html", rows=rows, unreached=unreached, names=CHANNELS, days=days)


def _show_mine(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        reaches = page.services.drills.fetch_reachability(conn, person_id=page.actor.person_id)
        wish = fetch_digest_wish(conn, page.actor.person_id)
    chosen = next(name for name, value in _WISHES.items() if value == wish)
    return page.render(
        "my_reach.html", status, form=form, rows=_stand(page, reaches), names=CHANNELS, chosen=chosen,
        days=page.services.drills.confirm_within.days,
    )  # fmt: skip


def _stand(page: Page, reaches: list[Reach]) -> list[tuple[Reach, Standing]]:
    within = page.services.drills.confirm_within
    return [(reach, standing_of(reach, page.now, within)) for reach in reaches]
