"""How I am told: my devices, my LINE, in which order, and a message to try each."""

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from hub.alerts.channels import DeliveryError
from hub.alerts.channels.push_form import is_push_service
from hub.errors import NotFound
from hub.registry import linking, ways
from hub.registry import service as registry
from hub.texts import msgid
from hub.web.channels import CHANNELS
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, SignedInPage
from hub.web.session import ThrottleOf
from hub.web.trying import try_channel

__all__ = ["router"]

router = APIRouter(prefix="/me/channels")
# A P-256 point, and 16 bytes, in base64url without padding (RFC 8291, 3).
_KEYS: Mapping[str, re.Pattern[str]] = {
    "p256dh": re.compile(r"B[A-Za-z0-9_-]{86}"),
    "auth": re.compile(r"[A-Za-z0-9_-]{22}"),
}
_MOST_DEVICES = 10
_NO_SERVICE = msgid("The notifications of this browser cannot be used here. Please try another browser.")
_NO_MORE_DEVICES = msgid("So many devices cannot be kept. Please remove one that you do not use.")
_NOT_ARRIVED = msgid("The test message was not taken: %(why)s")


@router.get("")
def show_channels(page: SignedInPage) -> Response:
    """My ways, and the forms to add, order and try them."""
    return _show(page)


@router.post("/devices")
def add_device(page: SignedInPage, request: Request, submitted: Submitted) -> Response:
    """A device on which I want notifications: what its browser has subscribed."""
    form, channels = Filled(submitted, page.translate), page.services.channels
    if "push" not in channels.channels:
        raise NotFound
    endpoint, keys = form.typed("endpoint"), {name: form.typed(name) for name in _KEYS}
    fits = all(pattern.fullmatch(keys[name]) for name, pattern in _KEYS.items())
    if not fits or len(endpoint) > 1000 or not is_push_service(endpoint, channels.push_services):
        form.fault("device", _NO_SERVICE)
        return _show(page, form, 422)
    label = device_name(request.headers.get("user-agent", ""))
    with page.services.database.transaction() as conn:
        mine = ways.fetch_ways(conn, page.actor.person_id, "push")
        if len(mine) >= _MOST_DEVICES and endpoint not in {way.address for way in mine}:
            form.fault("device", _NO_MORE_DEVICES)
        else:
            ways.add_way(conn, page.actor.person_id, "push", endpoint, page.now, detail=keys, label=label)
    return _show(page, form, 422) if form.errors else page.go("/me/channels?done=added")


@router.post("/line")
def ask_code(page: SignedInPage, throttle: ThrottleOf) -> Response:
    """A code with which I link my LINE. It is shown this once."""
    if page.services.channels.line is None:
        raise NotFound
    throttle.linking(page.actor.person_id, "code")
    with page.services.database.transaction() as conn:
        code = linking.new_link_code(conn, page.actor, "line", page.now)
    return _show(page, code=code)


@router.post("/order")
def order_channels(page: SignedInPage, submitted: Submitted) -> Response:
    """Which channel is tried first; empty for the town's own order."""
    form = Filled(submitted, page.translate)
    first = form.choice("first", ("", *page.services.channels.channels))
    if form.errors:
        return _show(page, form, 422)
    with page.services.database.transaction() as conn:
        ways.save_channels(conn, page.actor, [first] if first else None, page.now)
    return page.go("/me/channels?done=saved")


@router.post("/{way_id}/remove")
def remove_way(page: SignedInPage, way_id: int) -> Response:
    """I do not want to be told here any more."""
    with page.services.database.transaction() as conn:
        if way_id not in {way.id for way in ways.fetch_ways(conn, page.actor.person_id)}:
            raise NotFound
        ways.end_way(conn, way_id, "removed by its owner", page.now, page.actor)
    return page.go("/me/channels?done=removed")


@router.post("/try/{channel}")
def try_mine(page: SignedInPage, throttle: ThrottleOf, channel: str) -> Response:
    """A test message to me on one channel, at once."""
    throttle.linking(page.actor.person_id, "test")
    form = Filled({}, page.translate)
    try:
        try_channel(page.services, page.actor, channel, page.now)
    except DeliveryError as error:
        form.fault("try", _NOT_ARRIVED, why=str(error))
        return _show(page, form, 502)
    return page.go("/me/channels?done=tried")


def device_name(user_agent: str) -> str:
    """What its owner knows a device by, such as "Chrome, Android"; browsers claim to be others, the true one first."""
    browsers = (("Edg", "Edge"), ("SamsungBrowser", "Samsung Internet"), ("OPR", "Opera"), ("Firefox", "Firefox"))
    browsers += (("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"))
    systems += (("CrOS", "ChromeOS"), ("Mac OS", "Mac"), ("Linux", "Linux"))
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (browsers, systems)]
    return ", ".join(name for name in found if name)


def _show(page: Page, form: Filled | None = None, status: int = 200, *, code: str | None = None) -> Response:
    channels, person_id = page.services.channels, page.actor.person_id
    with page.services.database.transaction() as conn:
        mine = ways.fetch_ways(conn, person_id)
        person = registry.fetch_person(conn, person_id)
        order = ways.fetch_order(conn, person_id)
    has = {way.channel for way in mine} | ({"mail"} if person.email else set[str]())
    return page.render(
        "my_channels.html",
        status,
        form=form or Filled({}, page.translate),
        names=CHANNELS,
        town_has=tuple(channels.channels),
        usable=[name for name in channels.channels if name in has],
        ways=mine,
        email=person.email,
        first=order[0] if order else "",
        push_key=channels.push_key,
        line_id=channels.line_id,
        code=code,
        code_minutes=int(linking.LINK_CODE_LIFE.total_seconds() // 60),
    )
