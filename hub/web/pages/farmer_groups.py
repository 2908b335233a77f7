"""Groups of farmers, kept by city staff: who is in a co-op's section."""

from fastapi import APIRouter, Response

from hub.errors import Conflict
from hub.fields.plots import groups
from hub.registry import service as registry
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter()
_LIST = "/staff/farmer-groups"


@router.get(_LIST)
def list_groups(page: StaffPage) -> Response:
    """All groups with their members, and the forms to change them."""
    return _page(page, Filled({}, page.translate))


@router.post(_LIST)
def create_group(page: StaffPage, submitted: Submitted) -> Response:
    """A new group."""
    form = Filled(submitted, page.translate)
    name = form.line("name")
    if not form.errors:
        try:
            with page.services.database.transaction() as conn:
                groups.create_group(conn, page.actor, name, page.now)
        except Conflict:
            form.fault("name", msgid("Another group has this name."))
    return _page(page, form, 422) if form.errors else page.go(f"{_LIST}?done=saved")


@router.post(_LIST + "/{group_id}/members")
def add_member(page: StaffPage, group_id: str, submitted: Submitted) -> Response:
    """A farmer joins."""
    person = Filled(submitted, page.translate).typed("person")
    with page.services.database.transaction() as conn:
        groups.add_member(conn, page.actor, group_id, person, page.now)
    return page.go(f"{_LIST}?done=saved")


@router.post(_LIST + "/{group_id}/members/{person_id}/remove")
def remove_member(page: StaffPage, group_id: str, person_id: str) -> Response:
    """A farmer leaves."""
    with page.services.database.transaction() as conn:
        groups.remove_member(conn, page.actor, group_id, person_id, page.now)
    return page.go(f"{_LIST}?done=saved")


@router.post(_LIST + "/{group_id}/name")
def rename_group(page: StaffPage, group_id: str, submitted: Submitted) -> Response:
    """Another name for a group."""
    form = Filled(submitted, page.translate)
    field = f"name-{group_id}"
    name = form.line(field)
    if not form.errors:
        try:
            with page.services.database.transaction() as conn:
                groups.rename_group(conn, page.actor, group_id, name, page.now)
        except Conflict:
            form.fault(field, msgid("Another group has this name."))
    return _page(page, form, 422) if form.errors else page.go(f"{_LIST}?done=saved")


@router.get(_LIST + "/{group_id}/delete")
def ask_deletion(page: StaffPage, group_id: str) -> Response:
    """What goes with a group."""
    with page.services.database.transaction() as conn:
        group = groups.fetch_group(conn, page.actor, group_id)
        names = registry.fetch_person_names(conn, frozenset(group.members))
    return page.render("farmer_group_deletion.html", group=group, names=sorted(names.values()))


@router.post(_LIST + "/{group_id}/delete")
def delete_group(page: StaffPage, group_id: str) -> Response:
    """The group is no more, and what owners allowed it neither."""
    with page.services.database.transaction() as conn:
        groups.delete_group(conn, page.actor, group_id, page.now)
    return page.go(f"{_LIST}?done=deleted")


def _page(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        found = groups.fetch_groups(conn, page.actor)
        farmers = [one for one in registry.fetch_people(conn) if one.active and "farmer" in one.roles]
        names = registry.fetch_person_names(conn, frozenset(member for group in found for member in group.members))
    return page.render("farmer_groups.html", status, form=form, groups=found, farmers=farmers, names=names)
