"""A farmer takes everything along, or away: the archive, and deletions that are shown before they are done."""

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from hub.errors import Conflict
from hub.fields.plots import store
from hub.fields.plots.belongings import MANY
from hub.registry import service as registry
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import FarmersPage, Page

__all__ = ["router"]

router = APIRouter()


@router.get("/plots/mine")
def show_mine(page: FarmersPage) -> Response:
    """What is kept of the farmer here, to be taken along or deleted."""
    return _page(page, None, Filled({}, page.translate))


@router.get("/plots/mine.zip")
def download(page: FarmersPage) -> Response:
    """Everything of the own plots as one ZIP."""
    pieces = page.services.belongings.export(
        page.services.database.transaction, page.actor, page.translate, page.services.texts.zone, page.now
    )
    day = page.now.astimezone(page.services.texts.zone)
    headers = {"Content-Disposition": f'attachment; filename="wanamori_{day:%Y%m%d}.zip"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.post("/plots/mine/delete")
def delete_all(page: FarmersPage, submitted: Submitted) -> Response:
    """Delete everything of the farmer's."""
    return _delete(page, None, submitted)


@router.get("/plots/{plot_id}/delete")
def ask_one(page: FarmersPage, plot_id: str) -> Response:
    """What goes with a plot, and the button."""
    return _page(page, plot_id, Filled({}, page.translate))


@router.post("/plots/{plot_id}/delete")
def delete_one(page: FarmersPage, plot_id: str, submitted: Submitted) -> Response:
    """Delete a plot."""
    return _delete(page, plot_id, submitted)


def _delete(page: Page, plot_id: str | None, submitted: dict[str, list[str]]) -> Response:
    form = Filled(submitted, page.translate)
    if "yes" not in form.chosen("read"):
        form.fault("read", msgid("Please confirm that you have read what goes."))
        return _page(page, plot_id, form, 422)
    try:
        with page.services.database.transaction() as conn:
            page.services.belongings.delete(conn, page.actor, plot_id, form.typed("seal"), page.now)
    except Conflict:
        form.fault("read", msgid("What would be deleted has changed meanwhile; please read it again."))
        return _page(page, plot_id, form, 409)
    return page.go("/plots?done=deleted")


def _page(page: Page, plot_id: str | None, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        leaving = page.services.belongings.leaving(conn, page.actor, plot_id)
        devices = registry.fetch_devices_by_key(conn, leaving.going_keys | leaving.staying_keys)
        count = store.count_readings(conn, leaving.going_keys, MANY)
    return page.render(
        "plot_leaving.html",
        status,
        form=form,
        leaving=leaving,
        is_all=plot_id is None,
        is_own=all(plot.owner_id == page.actor.person_id for plot in leaving.plots),
        going=sorted(devices[key].name for key in leaving.going_keys),
        staying=sorted(devices[key].name for key in leaving.staying_keys),
        count=count,
        is_many=count >= MANY,
    )
