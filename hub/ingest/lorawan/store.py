"""Probes, their frames and strangers in the database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.ingest.intake import DeviceRef
from hub.ingest.lorawan.uplinks import Uplink
from hub.store import Connection, Queries

__all__ = [
    "Probe", "Registered", "Stranger", "add_frames", "add_registered", "drop_registered", "fetch_account_made",
    "fetch_probes", "fetch_registered", "fetch_strangers", "save_heard", "save_strangers",
]  # fmt: skip

_queries = Queries.beside(__file__)
_FRAMES_STAY = timedelta(days=7)
_MOST_STRANGERS = 200


@dataclass(frozen=True, slots=True)
class Probe:
    """A registered probe: its codec's key and its station."""

    codec: str
    station: DeviceRef


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered probe with what was last heard of it; RSSI in dBm and SNR in dB of the best gateway."""

    dev_eui: str
    device_key: int
    device_id: str
    device_name: str
    codec: str
    registered_at: datetime
    last_heard_at: datetime | None
    last_f_cnt: int | None
    last_rssi_dbm: float | None
    last_snr_db: float | None
    gateways: int | None
    battery_percent: float | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """A probe that ChirpStack hears and nobody has registered; `payload` is its last frame's."""

    dev_eui: str
    application: str
    name: str
    profile: str
    f_port: int | None
    payload: bytes
    rssi_dbm: float | None
    first_heard_at: datetime
    last_heard_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class _Probe:
    dev_eui: str
    codec: str
    key: int
    id: str
    agent_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Frame:
    dev_eui: str
    deduplication_id: str


def fetch_probes(conn: Connection, dev_euis: Collection[str]) -> dict[str, Probe]:
    """The registered ones by DevEUI."""
    rows = _queries.all(conn, "fetch_probes", _Probe, dev_euis=sorted(dev_euis)) if dev_euis else []
    return {row.dev_eui: Probe(row.codec, DeviceRef(row.key, row.id, row.agent_id, row.kind)) for row in rows}


def add_frames(conn: Connection, uplinks: Sequence[Uplink], now: datetime) -> set[tuple[str, str]]:
    """Note frames; returns (DevEUI, deduplication id) of those that were not here before."""
    if not uplinks:
        return set()
    _queries.run(conn, "drop_old_frames", before=now - _FRAMES_STAY)
    rows = _queries.all(
        conn,
        "add_frames",
        _Frame,
        dev_euis=[uplink.dev_eui for uplink in uplinks],
        ids=[uplink.deduplication_id for uplink in uplinks],
        measured=[uplink.at for uplink in uplinks],
        received=[now] * len(uplinks),
    )
    return {(row.dev_eui, row.deduplication_id) for row in rows}


def save_heard(conn: Connection, uplink: Uplink, battery_percent: float | None) -> None:
    """A registered probe was heard."""
    _queries.run(
        conn,
        "save_heard",
        dev_eui=uplink.dev_eui,
        at=uplink.at,
        f_cnt=uplink.f_cnt,
        rssi=uplink.rssi_dbm,
        snr=uplink.snr_db,
        gateways=uplink.gateways,
        battery=battery_percent,
    )


def save_strangers(conn: Connection, uplinks: Sequence[Uplink]) -> None:
    """Probes that nobody has registered were heard; the last few hundred are kept."""
    for uplink in sorted(uplinks, key=lambda one: one.dev_eui):
        _queries.run(
            conn,
            "save_stranger",
            dev_eui=uplink.dev_eui,
            application=uplink.application,
            name=uplink.name,
            profile=uplink.profile,
            f_port=uplink.f_port,
            payload=uplink.data,
            rssi=uplink.rssi_dbm,
            at=uplink.at,
        )
    if uplinks:
        _queries.run(conn, "bound_strangers", most=_MOST_STRANGERS)


def fetch_registered(
    conn: Connection, dev_eui: str | None = None, *, after: str = "", limit: int = 1000
) -> list[Registered]:
    """Registered probes by DevEUI, those behind `after`; or one of them."""
    return _queries.all(conn, "fetch_registered", Registered, dev_eui=dev_eui, after=after, limit=limit)


def fetch_strangers(conn: Connection, dev_eui: str | None = None) -> list[Stranger]:
    """Probes that nobody has registered, the last heard first; or one of them."""
    return _queries.all(conn, "fetch_strangers", Stranger, dev_eui=dev_eui)


def add_registered(conn: Connection, dev_eui: str, device_key: int, codec: str, by: str, now: datetime) -> bool:
    """Register a probe for a station; False when it is registered already."""
    parameters = {"dev_eui": dev_eui, "device_key": device_key, "codec": codec, "by": by, "now": now}
    if _queries.value(conn, "add_registered", **parameters) is None:
        return False
    _queries.run(conn, "drop_stranger", dev_eui=dev_eui)
    return True


def drop_registered(conn: Connection, dev_eui: str) -> bool:
    """The probe measures here no more; False when it never did."""
    return _queries.run(conn, "drop_registered", dev_eui=dev_eui) > 0


def fetch_account_made(conn: Connection, agent_id: str) -> bool:
    """Whether ChirpStack has an account at the broker."""
    return _queries.value(conn, "fetch_account_made", id=agent_id) is True
