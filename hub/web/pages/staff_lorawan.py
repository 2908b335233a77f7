"""LoRaWAN probes through ChirpStack: its account at the broker, probes that are heard, and the station of each."""

from fastapi import APIRouter, Response

from hub.errors import Conflict, Invalid, NotFound
from hub.ingest.lorawan import service as lorawan
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/lorawan")
_NEW = "new"
_MOST = 5000


@router.get("")
def show(page: StaffPage) -> Response:
    """Everything on one page."""
    return _show(page, Filled({}, page.translate))


@router.post("/account")
def make_account(page: StaffPage) -> Response:
    """A new password for ChirpStack, shown once."""
    with page.services.database.transaction() as conn:
        password = lorawan.new_account(conn, page.actor, page.now)
    return _show(page, Filled({}, page.translate), password=password)


@router.post("/probes")
def register(page: StaffPage, submitted: Submitted) -> Response:
    """A probe measures for a station from now on: one that is there, or a new one."""
    form = Filled(submitted, page.translate)
    dev_eui = ""
    try:
        dev_eui = lorawan.read_dev_eui(form.typed("dev_eui"))
    except Invalid:
        form.fault("dev_eui", msgid("A DevEUI has 16 digits from 0 to 9 and a to f."))
    codec = form.choice("codec", lorawan.CODECS)
    station = form.typed("station", _NEW)
    name, place = "", (0.0, 0.0)
    if station == _NEW:
        name, place = form.line("name"), (form.number("lat", -90, 90), form.number("lon", -180, 180))
    if not form.errors:
        try:
            with page.services.database.transaction() as conn:
                device = _station(conn, page, station, dev_eui, name, place)
                lorawan.register(conn, page.actor, dev_eui, device, codec, page.now)
            return page.go("/staff/lorawan?done=saved")
        except Conflict:
            form.fault("dev_eui", msgid("This probe is registered already, or its station is there."))
        except (NotFound, Invalid):
            form.fault("station", msgid("Please choose one."))
    return _show(page, form, status=422)


@router.post("/probes/{dev_eui}/end")
def end(page: StaffPage, dev_eui: str) -> Response:
    """The probe measures here no more; what it has measured stays."""
    with page.services.database.transaction() as conn:
        lorawan.unregister(conn, page.actor, dev_eui, page.now)
    return page.go("/staff/lorawan?done=ended")


def _station(conn: Connection, page: Page, station: str, dev_eui: str, name: str, place: tuple[float, float]) -> Device:
    if station != _NEW:
        return registry.device_of(conn, page.actor, station)
    return lorawan.new_station(conn, page.actor, dev_eui, name, place, page.now)


def _show(page: Page, form: Filled, *, password: str | None = None, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        strangers = lorawan.fetch_strangers(conn)
        probes = lorawan.fetch_registered(conn)
        stations = registry.fetch_devices(conn, page.actor, kind="station", limit=_MOST)
        has_account = lorawan.has_account(conn)
    return page.render(
        "staff_lorawan.html",
        status,
        form=form,
        empty=Filled({}, page.translate),
        password=password,
        account=lorawan.NETWORK_SERVER,
        has_account=has_account,
        broker=f"{page.services.settings.mqtt_host}:{page.services.settings.mqtt_port}",
        strangers=[(one, lorawan.codec_of(one)) for one in strangers],
        probes=probes,
        codecs=[(key, codec.name) for key, codec in lorawan.CODECS.items()],
        stations=[(_NEW, page.translate(msgid("A new station")))]
        + [(device.id, f"{device.name} ({device.id})") for device in stations],
        is_stale=page.is_stale,
    )
