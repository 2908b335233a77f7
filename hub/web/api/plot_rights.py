"""Whom a plot's owner lets look, and how a farmer takes everything along or away."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from hub.fields.plots import service as plots
from hub.fields.plots.consent import Audience, Basis
from hub.fields.plots.leaving import Leaving as Planned
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.texts import choose_locale, translator
from hub.web.api.forms import DeviceId, Form
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf, api_role

__all__ = ["router"]

router = APIRouter(prefix="/plots", tags=["plots"])
Farmer = Annotated[Actor, Depends(api_role("farmer"))]
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"description": "A ZIP archive", "content": {"application/zip": {"schema": {"type": "string"}}}}
}
Seal = Annotated[
    str, Query(min_length=1, max_length=64, pattern=r"^[0-9a-z]+$", description="`seal` of what was shown")
]


class Consent(BaseModel):
    """One time for which city staff or a group might look; `withdrawn_at` null: it holds."""

    audience: Audience
    group: str | None
    group_name: str | None
    basis: Basis = Field(description="`page`: the owner said so here; `paper`: staff wrote it down")
    given_at: datetime
    given_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class Share(BaseModel):
    """One time for which a single person might look; `withdrawn_at` null: still."""

    person: str
    given_at: datetime | None = Field(description="Null where it was not kept yet, like `given_by`")
    given_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class Consents(BaseModel):
    """Whom the owner lets look and let look, the newest first. Who is in a group is said by /farmer-groups."""

    items: list[Consent]
    people: list[Share] = Field(
        description="Single people; changed by the plot's `shared_with`. Empty for city staff who may not look"
    )
    next: None = None


class ConsentForm(Form):
    """Who may look from now on; what is not named stays as it is."""

    staff: bool | None = None
    groups: list[DeviceId] | None = Field(None, max_length=50, description="Ids of groups: these and no others")


class Leaving(BaseModel):
    """What a deletion would do now."""

    plots: list[str] = Field(description="Ids of the plots that go, with shape, crop, sharing, warnings")
    readings_go: list[str] = Field(description="Stations whose readings go")
    readings_stay: list[str] = Field(description="Stations whose readings stay: they stand on another plot too")
    seal: str = Field(description="To be given back as `confirm`")


@router.get(
    "/export", summary="Everything of one's own plots", response_class=StreamingResponse, responses=problems(403) | _ZIP
)
def export_plots(services: ServicesOf, actor: Farmer) -> StreamingResponse:
    """A ZIP: plots as JSON and GeoJSON, the readings of their stations as CSV, and what else there is of them.

    Headings of the CSV are in the caller's language.
    """
    translate = translator(choose_locale(actor.language))
    pieces = services.belongings.export(
        services.database.transaction, actor, translate, services.texts.zone, services.now()
    )
    return StreamingResponse(pieces, media_type="application/zip")


@router.get("/deletion", summary="What would go with all one's plots", responses=problems(403))
def show_leaving_of_all(services: ServicesOf, actor: Farmer) -> Leaving:
    """Nothing is deleted yet."""
    with services.database.transaction() as conn:
        return _as_leaving(conn, services.belongings.leaving(conn, actor))


@router.delete("", summary="Delete all one's plots", status_code=204, responses=problems(403, 409))
def delete_all(services: ServicesOf, actor: Farmer, confirm: Seal) -> Response:
    """All one's plots with their readings, and one's places in groups and on others' plots. 409 when it has changed."""
    with services.database.transaction() as conn:
        services.belongings.delete(conn, actor, None, confirm, services.now())
    return Response(status_code=204)


@router.get("/{plot_id}/deletion", summary="What would go with a plot", responses=problems(403, 404))
def show_leaving(plot_id: str, services: ServicesOf, actor: ApiActor) -> Leaving:
    """Nothing is deleted yet."""
    with services.database.transaction() as conn:
        return _as_leaving(conn, services.belongings.leaving(conn, actor, plot_id))


@router.delete("/{plot_id}", summary="Delete a plot", status_code=204, responses=problems(403, 404, 409))
def delete_one(plot_id: str, services: ServicesOf, actor: ApiActor, confirm: Seal) -> Response:
    """A plot with all that only it has. 409 when it is another matter by now than what was shown."""
    with services.database.transaction() as conn:
        services.belongings.delete(conn, actor, plot_id, confirm, services.now())
    return Response(status_code=204)


@router.get("/{plot_id}/consent", summary="Who may look", responses=problems(403, 404))
def show_consents(plot_id: str, services: ServicesOf, actor: ApiActor) -> Consents:
    """City staff, groups and single people, now and before."""
    with services.database.transaction() as conn:
        return _as_consents(conn, actor, plot_id)


@router.put("/{plot_id}/consent", summary="Say who may look", responses=problems(403, 404))
def save_consents(plot_id: str, form: ConsentForm, services: ServicesOf, actor: ApiActor) -> Consents:
    """It holds at once. The owner gives and withdraws; staff write down what the owner signed."""
    now = services.now()
    with services.database.transaction() as conn:
        plot = plots.fetch_plot(conn, actor, plot_id)
        if form.staff is not None:
            plots.set_consent(conn, actor, plot_id, "staff", now, wanted=form.staff)
        if form.groups is not None:
            for group in set(plot.group_ids) - set(form.groups):
                plots.set_consent(conn, actor, plot_id, "group", now, wanted=False, group_id=group)
            for group in sorted(form.groups):
                plots.set_consent(conn, actor, plot_id, "group", now, wanted=True, group_id=group)
        return _as_consents(conn, actor, plot_id)


def _as_consents(conn: Connection, actor: ApiActor, plot_id: str) -> Consents:
    return Consents(
        items=[
            Consent(
                audience=one.audience,
                group=one.group_id,
                group_name=one.group_name,
                basis=one.basis,
                given_at=one.given_at,
                given_by=one.given_by,
                withdrawn_at=one.withdrawn_at,
                withdrawn_by=one.withdrawn_by,
            )
            for one in plots.fetch_consents(conn, actor, plot_id)
        ],
        people=[
            Share(
                person=one.person_id,
                given_at=one.given_at,
                given_by=one.given_by,
                withdrawn_at=one.withdrawn_at,
                withdrawn_by=one.withdrawn_by,
            )
            for one in plots.fetch_shares(conn, actor, plot_id)
        ],
    )


def _as_leaving(conn: Connection, planned: Planned) -> Leaving:
    names = registry.fetch_devices_by_key(conn, planned.going_keys | planned.staying_keys)
    return Leaving(
        plots=planned.plot_ids,
        readings_go=sorted(names[key].id for key in planned.going_keys),
        readings_stay=sorted(names[key].id for key in planned.staying_keys),
        seal=planned.seal,
    )
