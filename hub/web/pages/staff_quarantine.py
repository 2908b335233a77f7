"""Messages that ingest could not take: why, what was in them, and what to do about each."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from hub.errors import Conflict
from hub.ingest.service import QuarantineItem
from hub.texts import msgid
from hub.web.pages.page import Page, StaffPage

__all__ = ["REASONS", "router"]

router = APIRouter(prefix="/staff/quarantine")
_PAGE = 30
_MOST = 2**62

# What happened, and what helps.
REASONS: Mapping[str, tuple[str, str]] = {
    "bad_topic": (msgid("Its address is not one of ours."), msgid("Somebody sends strange things; find out who.")),
    "too_large": (msgid("It is too large."), msgid("The agent sends more at once than it may; update its software.")),
    "malformed": (msgid("It cannot be read at all."), msgid("The agent or the line is broken, or it is no agent.")),
    "schema": (msgid("Parts of it are missing or of the wrong kind."), msgid("Update the agent's software.")),
    "unknown_kind": (
        msgid("Its kind is unknown here."),
        msgid("The agent is newer than this service: update the service."),
    ),
    "identity": (
        msgid("It says it comes from somebody else than its sender."),
        msgid("Check the agent's configuration; perhaps a card was copied."),
    ),
    "unknown_agent": (msgid("Nobody has registered this agent."), msgid("Enrol the agent again.")),
    "unknown_device": (msgid("Nobody has registered this device."), msgid("Register the device, then replay.")),
    "foreign_device": (
        msgid("The device is registered to another agent."),
        msgid("Correct the registration or the agent's configuration."),
    ),
    "wrong_kind": (
        msgid("Such a device does not say such things."),
        msgid("Check whether it is registered as the right kind."),
    ),
    "unknown_quantity": (msgid("It measures something unknown here."), msgid("Update the service, then replay.")),
    "out_of_range": (msgid("Some values cannot be."), msgid("Look at the sensor and its wires.")),
    "impossible_time": (msgid("Its time cannot be."), msgid("Set the agent's clock.")),
    "clock_unknown": (
        msgid("The agent did not know the time."),
        msgid("It cannot be placed any more; discard it when you have seen it."),
    ),
    "handler_failed": (
        msgid("This service failed at it."),
        msgid("Tell the maintainers, then replay after the update."),
    ),
    "not_stored": (msgid("It could not be stored."), msgid("Replay it; if that fails, tell the maintainers.")),
}
_UNKNOWN = (msgid("It could not be taken."), msgid("Replay it; if that fails, tell the maintainers."))


@router.get("")
def list_quarantine(
    page: StaffPage, show: Annotated[str, Query()] = "", before: Annotated[str, Query()] = ""
) -> Response:
    """What waits, or everything; newest first."""
    return _show(page, show=show, before=before)


@router.post("/{number}/replay")
def replay(page: StaffPage, number: int) -> Response:
    """Run it through ingest again."""
    try:
        with page.services.database.transaction() as conn:
            result = page.services.ingest_admin.replay(conn, number, page.actor.person_id, page.now)
    except Conflict as error:
        return _show(page, told=("bad", str(error)), status=409)
    if result.is_settled:
        return page.go("/staff/quarantine?done=replayed")
    return _show(page, told=("bad", msgid("It was refused again. The reason of this time stands beside it.")))


@router.post("/{number}/discard")
def discard(page: StaffPage, number: int) -> Response:
    """Set it aside."""
    try:
        with page.services.database.transaction() as conn:
            page.services.ingest_admin.discard(conn, number, page.actor.person_id, page.now)
    except Conflict as error:
        return _show(page, told=("bad", str(error)), status=409)
    return page.go("/staff/quarantine?done=discarded")


def _show(
    page: Page, *, show: str = "", before: str = "", told: tuple[str, str] | None = None, status: int = 200
) -> Response:
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else _MOST
    with page.services.database.transaction() as conn:
        items = page.services.ingest_admin.list_quarantine(
            conn, state=None if show == "all" else "waiting", before=below, limit=_PAGE + 1
        )
    return page.render(
        "staff_quarantine.html",
        status,
        items=items[:_PAGE],
        more=items[_PAGE - 1].id if len(items) > _PAGE else None,
        show=show if show == "all" else "",
        told=told,
        reason_of=_reason_of,
        payload_of=_payload_of,
    )


def _reason_of(item: QuarantineItem) -> tuple[str, str]:
    return REASONS.get(item.reason, _UNKNOWN)


def _payload_of(item: QuarantineItem) -> str:
    """The payload as text where it is text, else as hexadecimal digits."""
    payload = bytes(item.excerpt)
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return payload.hex(" ")
    return text if text.replace("\n", "").replace("\t", "").replace("\r", "").isprintable() else payload.hex(" ")
