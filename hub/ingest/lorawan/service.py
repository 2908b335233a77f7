"""What city staff do with LoRaWAN probes: give ChirpStack its account, register a probe for a station, end it.

Every function takes the caller's transaction first.
"""

import re
from datetime import datetime

from hub.errors import Conflict, Invalid, NotFound
from hub.ingest.lorawan import store
from hub.ingest.lorawan.codecs import CODECS, guess_codec
from hub.ingest.lorawan.store import Registered, Stranger
from hub.registry.audit import record
from hub.registry.devices import Device, NewDevice
from hub.registry.people import Actor
from hub.registry.service import NETWORK_SERVER, ensure_network_server, new_network_server_password, register_device
from hub.store import Connection, notify

__all__ = [
    "CODECS", "NETWORK_SERVER", "Registered", "Stranger", "codec_of", "fetch_registered", "fetch_strangers",
    "has_account", "new_account", "new_station", "read_dev_eui", "register", "unregister",
]  # fmt: skip

_DEV_EUI = re.compile(r"[0-9a-f]{16}")


def read_dev_eui(text: str) -> str:
    """A DevEUI as it is printed on a probe: 16 hexadecimal digits, with or without separators. Raises Invalid."""
    plain = re.sub(r"[\s:-]", "", text).lower()
    if not _DEV_EUI.fullmatch(plain):
        raise Invalid("A DevEUI has 16 digits from 0 to 9 and a to f.")
    return plain


def has_account(conn: Connection) -> bool:
    """Whether ChirpStack has an account at the broker."""
    return store.fetch_account_made(conn, NETWORK_SERVER)


def new_account(conn: Connection, actor: Actor, now: datetime) -> str:
    """A new password for ChirpStack at the broker, told only now; an older one works no more."""
    return new_network_server_password(conn, actor, now)


def fetch_registered(conn: Connection, *, after: str = "", limit: int = 1000) -> list[Registered]:
    """Registered probes by DevEUI, those behind `after`."""
    return store.fetch_registered(conn, after=after, limit=limit)


def fetch_strangers(conn: Connection) -> list[Stranger]:
    """Probes that ChirpStack hears and nobody has registered, the last heard first."""
    return store.fetch_strangers(conn)


def codec_of(stranger: Stranger) -> str | None:
    """The codec that seems to fit."""
    return guess_codec(stranger.profile, stranger.f_port or 0, bytes(stranger.payload))


def new_station(
    conn: Connection, actor: Actor, dev_eui: str, name: str, place: tuple[float, float], now: datetime
) -> Device:
    """A station for a probe that measures for none yet, at (latitude, longitude). Raises Conflict."""
    ensure_network_server(conn, now)
    return register_device(conn, actor, NewDevice(NETWORK_SERVER, f"lora-{dev_eui}", "station", name, *place), now)


def register(conn: Connection, actor: Actor, dev_eui: str, station: Device, codec: str, now: datetime) -> Registered:
    """From now on the probe's frames are the station's readings.

    Raises Invalid for an unknown codec or what is no station, Conflict when the probe is registered already.
    """
    if codec not in CODECS:
        raise Invalid("Nobody knows how to read such a probe.")
    if station.kind != "station":
        raise Invalid("A probe measures for a station.")
    if not store.add_registered(conn, dev_eui, station.key, codec, actor.person_id, now):
        raise Conflict("This probe is registered already.")
    record(conn, actor, "register_probe", f"device/{station.id}", now, dev_eui=dev_eui, codec=codec)
    notify(conn, "live", {"what": "lorawan", "id": dev_eui})
    return store.fetch_registered(conn, dev_eui)[0]


def unregister(conn: Connection, actor: Actor, dev_eui: str, now: datetime) -> None:
    """The probe measures for its station no more; what it has measured stays. Raises NotFound."""
    found = store.fetch_registered(conn, dev_eui) if _DEV_EUI.fullmatch(dev_eui) else []
    if not found:
        raise NotFound("There is no such probe.")
    store.drop_registered(conn, dev_eui)
    record(conn, actor, "end_probe", f"device/{found[0].device_id}", now, dev_eui=dev_eui)
    notify(conn, "live", {"what": "lorawan", "id": dev_eui})
