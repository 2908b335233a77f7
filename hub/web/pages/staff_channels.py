"""The ways to people: which the town has and how they stand, who is reached how (never by which address)."""

from collections import Counter
from dataclasses import dataclass

from fastapi import APIRouter, Response

from hub.alerts.channels.addresses import is_allowed, service_of
from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry import ways
from hub.registry.people import Person
from hub.registry.ways import Way
from hub.texts import msgid
from hub.web.channels import CHANNELS
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/channels")
_NOT_ALLOWED = msgid("This is no address of a service that the town allows.")


@dataclass(frozen=True, slots=True)
class _Reached:
    """A person, how many ways on each channel, and the ways that staff have entered."""

    person: Person
    channels: list[tuple[str, int]]
    others: list[Way]


@router.get("")
def show_channels(page: StaffPage) -> Response:
    """The town's channels, and everybody's."""
    return _show(page, Filled({}, page.translate))


@router.post("")
def add_other(page: StaffPage, submitted: Submitted) -> Response:
    """A service for a person, by its Apprise address, which is shown to nobody afterwards."""
    form, services = Filled(submitted, page.translate), page.services.channels.other_services
    address, person_id = form.line("address"), form.line("person")
    if not form.errors and not is_allowed(address, services):
        form.fault("address", _NOT_ALLOWED)
    if form.errors:
        return _show(page, form, 422)
    with page.services.database.transaction() as conn:
        person = registry.fetch_person(conn, person_id)
        ways.add_way(conn, person.id, "other", address, page.now, label=service_of(address))
        registry.record(conn, page.actor, "add_service", f"person/{person.id}", page.now, service=service_of(address))
    return page.go("/staff/channels?done=saved")


@router.post("/{way_id}/remove")
def remove_other(page: StaffPage, way_id: int) -> Response:
    """End a service that staff had entered; devices and LINE are their owner's own."""
    with page.services.database.transaction() as conn:
        if way_id not in {way.id for way in ways.fetch_all_ways(conn) if way.channel == "other"}:
            raise NotFound
        ways.end_way(conn, way_id, "removed by the office", page.now, page.actor)
    return page.go("/staff/channels?done=removed")


def _show(page: Page, form: Filled, status: int = 200) -> Response:
    channels = page.services.channels
    with page.services.database.transaction() as conn:
        people = [person for person in registry.fetch_people(conn, limit=2000) if person.active]
        every = ways.fetch_all_ways(conn)
    # Outside the transaction: LINE may take its time.
    line = channels.line.state(page.now) if channels.line is not None else None
    people.sort(key=lambda person: person.name)
    return page.render(
        "staff_channels.html",
        status,
        form=form,
        names=CHANNELS,
        town_has=tuple(channels.channels),
        line=line,
        reserve=channels.line_reserve,
        people=[_reached(person, every, tuple(channels.channels)) for person in people],
        choices=[(person.id, person.name) for person in people],
        services=channels.other_services,
    )


def _reached(person: Person, every: list[Way], town_has: tuple[str, ...]) -> _Reached:
    mine = [way for way in every if way.person_id == person.id]
    counts = Counter(way.channel for way in mine) + Counter({"mail": 1} if person.email else {})
    channels = [(name, counts[name]) for name in town_has if counts[name]]
    return _Reached(person, channels, [way for way in mine if way.channel == "other"])
