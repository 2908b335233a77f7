"""Groups of farmers, such as a co-op's section, which owners let look into plots."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from hub.errors import Conflict, Invalid
from hub.fields.plots import groups, tables
from hub.web.api.forms import Form, Line, Staff
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/farmer-groups", tags=["plots"])


class GroupForm(Form):
    """A group to make, or another name for it."""

    name: Line = Field(examples=["JA ブルーベリー部会"])


class Group(BaseModel):
    """A group; `members` are people's ids."""

    id: str = Field(examples=["fg-4h8wq2mn"])
    name: str
    created_at: datetime
    members: list[str]


class Groups(BaseModel):
    """Groups, by name."""

    items: list[Group]
    next: None = None


def _as_group(group: tables.Group) -> Group:
    return Group(id=group.id, name=group.name, created_at=group.created_at, members=list(group.members))


@router.get("", summary="List groups")
def list_groups(services: ServicesOf, actor: ApiActor) -> Groups:
    """Those that one is in; staff see all."""
    with services.database.transaction() as conn:
        return Groups(items=[_as_group(group) for group in groups.fetch_groups(conn, actor)])


@router.post("", status_code=201, summary="Make a group", responses=problems(403, 409))
def create_group(form: GroupForm, services: ServicesOf, actor: Staff) -> Group:
    """Without members yet."""
    with services.database.transaction() as conn:
        return _as_group(groups.create_group(conn, actor, form.name, services.now()))


@router.get("/{group_id}", summary="One group", responses=problems(404))
def show_group(group_id: str, services: ServicesOf, actor: ApiActor) -> Group:
    """A group by its id, for its members and staff."""
    with services.database.transaction() as conn:
        return _as_group(groups.fetch_group(conn, actor, group_id))


@router.patch("/{group_id}", summary="Rename a group", responses=problems(403, 404, 409))
def rename_group(group_id: str, form: GroupForm, services: ServicesOf, actor: Staff) -> Group:
    """Another name; members and consents stay."""
    with services.database.transaction() as conn:
        return _as_group(groups.rename_group(conn, actor, group_id, form.name, services.now()))


@router.delete("/{group_id}", summary="Delete a group", status_code=204, responses=problems(403, 404))
def delete_group(group_id: str, services: ServicesOf, actor: Staff) -> Response:
    """Its members look into no plot by it any longer."""
    with services.database.transaction() as conn:
        groups.delete_group(conn, actor, group_id, services.now())
    return Response(status_code=204)


@router.put("/{group_id}/members/{person_id}", summary="Add a farmer", responses=problems(403, 404, 409))
def add_farmer(group_id: str, person_id: str, services: ServicesOf, actor: Staff) -> Group:
    """A farmer joins; joining twice changes nothing. 409 for somebody who is no farmer."""
    with services.database.transaction() as conn:
        try:
            return _as_group(groups.add_member(conn, actor, group_id, person_id, services.now()))
        except Invalid as error:
            raise Conflict(str(error)) from None


@router.delete(
    "/{group_id}/members/{person_id}", status_code=204, summary="Remove a farmer", responses=problems(403, 404)
)
def remove_farmer(group_id: str, person_id: str, services: ServicesOf, actor: Staff) -> Response:
    """A farmer leaves the group."""
    with services.database.transaction() as conn:
        groups.remove_member(conn, actor, group_id, person_id, services.now())
    return Response(status_code=204)
