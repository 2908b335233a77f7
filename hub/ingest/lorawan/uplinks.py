"""ChirpStack's uplink events as they come over MQTT, read as far as the hub needs them. Pure.

Topic `application/{id}/device/{devEui}/event/up`, payload JSON as protobuf's mapping writes it (ChirpStack v4,
integration.UplinkEvent): what has its default (port 0, counter 0) may be missing.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from hub.ingest.intake import Refusal

__all__ = ["UPLINK_FILTER", "Uplink", "is_uplink_topic", "read_uplink"]

UPLINK_FILTER = "application/+/device/+/event/up"
MAX_BYTES = 65_536
_TOPIC = re.compile(r"application/([^/]{1,100})/device/([0-9a-fA-F]{16})/event/up")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Uplink:
    """One frame: whose, when the network server had it, its bytes, and how well it was heard by the best gateway."""

    dev_eui: str
    application: str
    name: str
    profile: str
    deduplication_id: str
    at: datetime
    f_cnt: int
    f_port: int
    data: bytes
    rssi_dbm: float | None
    snr_db: float | None
    gateways: int


def is_uplink_topic(topic: str) -> bool:
    """Whether a topic is one of ChirpStack's uplink events."""
    return _TOPIC.fullmatch(topic) is not None


def read_uplink(topic: str, payload: bytes, received_at: datetime) -> Uplink | Refusal:
    """Read an event; what cannot be read comes back as its refusal. Without a time of its own it was received now."""
    place = _TOPIC.fullmatch(topic)
    if place is None:
        return Refusal("bad_topic", f"{topic!r:.200}")
    if len(payload) > MAX_BYTES:
        return Refusal("too_large", f"{len(payload)} bytes")
    try:
        said: Any = json.loads(payload)
    except (ValueError, RecursionError) as error:
        return Refusal("malformed", f"{error!s:.200}")
    if not isinstance(said, dict):
        return Refusal("schema", "expected an object")
    try:
        return _read(place[1], place[2].lower(), cast("dict[str, Any]", said), received_at)
    except (ValueError, TypeError, KeyError, OverflowError, binascii.Error) as error:
        return Refusal("schema", f"{error!s:.200}")


def _read(application: str, dev_eui: str, said: Mapping[str, Any], received_at: datetime) -> Uplink | Refusal:
    about: Any = said.get("deviceInfo") or {}
    if not isinstance(about, dict):
        raise TypeError("deviceInfo: expected an object")
    info = cast("dict[str, Any]", about)
    told = str(info.get("devEui", dev_eui)).lower()
    if told != dev_eui:
        return Refusal("identity", f"the topic says {dev_eui}, the event {told:.40}")
    uplink = Uplink(
        dev_eui=dev_eui,
        application=_text(info.get("applicationName") or application),
        name=_text(info.get("deviceName") or dev_eui),
        profile=_text(info.get("deviceProfileName") or ""),
        deduplication_id=_text(said.get("deduplicationId") or "") or _instant(said, received_at).isoformat(),
        at=_instant(said, received_at),
        f_cnt=_whole(said.get("fCnt", 0), 2**32),
        f_port=_whole(said.get("fPort", 0), 256),
        data=base64.b64decode(str(said.get("data") or ""), validate=True),
        rssi_dbm=None,
        snr_db=None,
        gateways=0,
    )
    return _with_best_gateway(uplink, cast("Sequence[Any]", said.get("rxInfo") or ()))


def _with_best_gateway(uplink: Uplink, heard: Sequence[Any]) -> Uplink:
    """How well the gateway heard it that heard it best."""
    best: tuple[float, float | None] | None = None
    for one in heard:
        if not isinstance(one, dict):
            raise TypeError("rxInfo: expected objects")
        told = cast("dict[str, Any]", one)
        rssi, snr = told.get("rssi"), told.get("snr")
        if isinstance(rssi, int | float) and (best is None or rssi > best[0]):
            best = (float(rssi), float(snr) if isinstance(snr, int | float) else None)
    if best is None:
        return replace(uplink, gateways=len(heard))
    return replace(uplink, rssi_dbm=best[0], snr_db=best[1], gateways=len(heard))


def _instant(said: Mapping[str, Any], received_at: datetime) -> datetime:
    text = said.get("time")
    if text is None:
        return received_at
    match = _INSTANT.fullmatch(str(text))
    if match is None:
        raise ValueError(f"time: {text!r:.60}")
    # Nine digits come, and Python takes six; a time of a millisecond is what an agent's readings have.
    fraction = (match[2] or ".0")[1:4].ljust(3, "0")
    return datetime.fromisoformat(f"{match[1]}.{fraction}{match[3].replace('Z', '+00:00')}")


def _whole(value: object, below: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
        raise ValueError(f"not a number of a frame: {value!r:.40}")
    return value


def _text(value: object) -> str:
    return "".join(letter for letter in str(value)[:200] if letter.isprintable())
