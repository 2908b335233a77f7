"""The people of the service: who they are and what they may do. Passwords are made by the service and shown once."""

from fastapi import APIRouter, Response

from hub.errors import Conflict
from hub.registry import service as registry
from hub.registry.people import ROLES, NewPerson, Person, PersonChange
from hub.registry.secrets import new_code
from hub.texts import LOCALES, msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/people")
_TAKEN = msgid("Somebody else has this user name.")
_SHUT_OUT = msgid("You would shut yourself out; another member of staff can do this.")


@router.get("")
def list_people(page: StaffPage) -> Response:
    """Everybody, and the form for somebody new."""
    return _list(page, Filled({}, page.translate))


@router.post("")
def create_person(page: StaffPage, submitted: Submitted) -> Response:
    """Add a person. Password and token are shown this once."""
    form = Filled(submitted, page.translate)
    name, roles, email, language, username = _read(form)
    if not form.errors:
        password = new_code() if username else None
        new = NewPerson(name, roles, email, language, username, password)
        try:
            with page.services.database.transaction() as conn:
                _, token = registry.create_person(conn, page.actor, new, page.now)
        except Conflict:
            form.fault("username", _TAKEN)
        else:
            told = {"name": name, "username": username, "password": password, "token": token}
            return _list(page, Filled({}, page.translate), told=told)
    return _list(page, form, status=422)


@router.get("/{person_id}")
def show_person(page: StaffPage, person_id: str) -> Response:
    """One person."""
    return _show(page, person_id, Filled({}, page.translate))


@router.post("/{person_id}")
def change_person(page: StaffPage, person_id: str, submitted: Submitted) -> Response:
    """What staff change of a person."""
    form = Filled(submitted, page.translate)
    name, roles, email, language, username = _read(form)
    change = PersonChange(name, roles, email, language, username, active="active" in form.chosen("active"))
    if not form.errors:
        try:
            with page.services.database.transaction() as conn:
                registry.change_person(conn, page.actor, person_id, change, page.now)
            return page.go(f"/staff/people/{person_id}?done=saved")
        except Conflict:
            mine = person_id == page.actor.person_id
            form.fault("roles" if mine else "username", _SHUT_OUT if mine else _TAKEN)
    return _show(page, person_id, form, status=422)


@router.post("/{person_id}/password")
def reset_password(page: StaffPage, person_id: str) -> Response:
    """A new password; the old one and every session end."""
    password = new_code()
    with page.services.database.transaction() as conn:
        person = registry.fetch_person(conn, person_id)
        registry.save_password(conn, page.actor, person_id, password, page.now)
    told = {"name": person.name, "username": person.username, "password": password, "token": None}
    return _show(page, person_id, Filled({}, page.translate), told=told)


def _read(form: Filled) -> tuple[str, frozenset[str], str | None, str, str | None]:
    roles = frozenset(form.chosen("roles"))
    if not roles or not roles <= frozenset(ROLES):
        form.fault("roles", msgid("Please choose at least one."))
    return form.line("name"), roles, form.mail("email"), form.choice("language", LOCALES), form.username("username")


def _list(page: Page, form: Filled, *, told: dict[str, str | None] | None = None, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        people = registry.fetch_people(conn, limit=2000)
    people.sort(key=lambda person: (not person.active, person.name))
    return page.render("staff_people.html", status, form=form, people=people, roles=ROLES, told=told, person=None)


def _show(
    page: Page, person_id: str, form: Filled, *, told: dict[str, str | None] | None = None, status: int = 200
) -> Response:
    with page.services.database.transaction() as conn:
        person: Person = registry.fetch_person(conn, person_id)
    return page.render("staff_person.html", status, form=form, person=person, roles=ROLES, told=told)
