"""Stores ChirpStack's uplinks: each frame once, in its own place in time, committed before it is acknowledged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.wire.codec import Message
from edge.wire.messages import ReadingsData
from hub.ingest.admission import STRANGER, Transaction
from hub.ingest.arrivals import Arrival, Judged
from hub.ingest.intake import Decision, Refusal, Sender, decide
from hub.ingest.lorawan import store
from hub.ingest.lorawan.codecs import CODECS, BadPayload, Decoded
from hub.ingest.lorawan.store import Probe
from hub.ingest.lorawan.uplinks import Uplink, read_uplink
from hub.ingest.rows import gather_rows
from hub.ingest.store.events import Patience
from hub.ingest.store.readings import merge_rows
from hub.ingest.storing import Quarantine
from hub.store import Connection, notify

__all__ = ["UplinkStorer", "take_uplinks"]


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame of a registered probe, and what its codec says of it."""

    arrival: Arrival
    uplink: Uplink
    probe: Probe
    said: Decoded


class UplinkStorer:
    """What the writer of the LoRaWAN path hands its batches to."""

    def __init__(self, transaction: Transaction, quarantine: Quarantine) -> None:
        self._transaction = transaction
        self._quarantine = quarantine

    def store(self, arrivals: Sequence[Arrival]) -> list[Judged]:
        """The whole batch in one transaction: readings, strangers, and what was refused."""
        with self._transaction() as conn:
            judged = take_uplinks(conn, arrivals)
            refused = [(one, one.decision.refusal) for one in judged if one.decision.refusal is not None]
            self._quarantine.keep(conn, refused, Patience())
        return judged


def take_uplinks(conn: Connection, arrivals: Sequence[Arrival]) -> list[Judged]:
    """Store what can be read, in the caller's transaction, and say what was made of each."""
    read = [(arrival, read_uplink(arrival.name, arrival.payload, arrival.received_at)) for arrival in arrivals]
    probes = store.fetch_probes(conn, {uplink.dev_eui for _, uplink in read if isinstance(uplink, Uplink)})
    judged: list[Judged] = []
    frames: list[_Frame] = []
    strangers: list[Uplink] = []
    for arrival, uplink in read:
        if isinstance(uplink, Refusal):
            judged.append(Judged(arrival, STRANGER, Decision(refusal=uplink)))
        elif uplink.dev_eui not in probes:
            strangers.append(uplink)
            judged.append(Judged(arrival, STRANGER, Decision()))
        else:
            _sort_in(arrival, uplink, probes[uplink.dev_eui], judged, frames)
    judged += _store_frames(conn, frames)
    store.save_strangers(conn, strangers)
    if strangers:
        notify(conn, "live", {"what": "lorawan", "id": strangers[-1].dev_eui})
    return judged


def _sort_in(arrival: Arrival, uplink: Uplink, probe: Probe, judged: list[Judged], frames: list[_Frame]) -> None:
    codec = CODECS.get(probe.codec)
    try:
        if codec is None:
            raise BadPayload(f"no codec {probe.codec}")
        frames.append(_Frame(arrival, uplink, probe, codec.decode(uplink.f_port, uplink.data)))
    except BadPayload as error:
        refusal = Refusal("malformed", f"{probe.codec}: {error}; payload {uplink.data.hex()}")
        judged.append(Judged(arrival, STRANGER, Decision(refusal=refusal)))


def _store_frames(conn: Connection, frames: Sequence[_Frame]) -> list[Judged]:
    if not frames:
        return []
    now = max(frame.arrival.received_at for frame in frames)
    new = store.add_frames(conn, [frame.uplink for frame in frames], now)
    judged: list[Judged] = []
    for frame in sorted(frames, key=lambda one: (one.uplink.dev_eui, one.uplink.at)):
        key = (frame.uplink.dev_eui, frame.uplink.deduplication_id)
        is_new = key in new
        # The same frame twice in one batch: the first one is it.
        new.discard(key)
        judged.append(Judged(frame.arrival, STRANGER, _decide(frame) if is_new else Decision()))
        store.save_heard(conn, frame.uplink, frame.said.battery_percent)
    merge_rows(conn, gather_rows([one.decision.readings for one in judged if one.decision.readings is not None]))
    return judged


def _decide(frame: _Frame) -> Decision:
    """What becomes of a frame's values, by the rules that hold for every reading."""
    values = dict(frame.said.values)
    if frame.uplink.rssi_dbm is not None:
        values["signal_strength"] = frame.uplink.rssi_dbm
    rows: dict[datetime, Mapping[str, float]] = {**frame.said.history, frame.uplink.at: values}
    if not any(rows.values()):
        return Decision()
    names = sorted({name for row in rows.values() for name in row})
    station = frame.probe.station
    message = Message(
        station.agent_id,
        station.id,
        "readings",
        frame.uplink.deduplication_id,
        frame.uplink.at,
        ReadingsData(times=list(rows), values={name: [row.get(name) for row in rows.values()] for name in names}),
        clock="set",
    )
    return decide(message, Sender(agent_known=True, device=station), None, frame.arrival.received_at, 0.0)
