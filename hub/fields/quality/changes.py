"""What people do to a sensor: calibrate, replace, repair it, take back what was written wrongly. Each leaves a trace.

A calibration or a replacement corrects what is shown, never what was measured. Taking one back lays all others over
each other again, in the order in which they were written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Literal

from edge.wire.quantities import QUANTITIES
from hub.errors import Conflict, Invalid, NotFound
from hub.fields.charts.directions import DIRECTIONS, turn, wrap
from hub.fields.quality import store
from hub.fields.quality.correcting import fetch_corrections, put_back
from hub.fields.quality.corrections import (
    SAME,
    Correction,
    Line,
    correct_all,
    estimate_jump,
    line_through,
    overlay,
    turn_through,
)
from hub.fields.quality.hours import HOUR_S, gather_hours
from hub.fields.quality.memory import DeviceMemory
from hub.fields.quality.rules import ALWAYS_FLAT
from hub.fields.rollups import mark_due
from hub.registry.audit import record
from hub.registry.devices import Device
from hub.registry.people import Actor
from hub.store import Connection, notify
from hub.texts.words import msgid

__all__ = [
    "Change", "ChangeKind", "Level", "NewChange", "Reference", "calibrate", "fetch_changes", "find_jump",
    "line_of_references", "note_repair", "replace_sensor", "shown_around", "withdraw",
]  # fmt: skip

ChangeKind = Literal["calibration", "replacement", "repair", "withdrawal"]
Level = Literal["old", "new", "as_is"]
"""After a replacement: the new sensor's values are moved to where the old one's were, or the old one's to where the new
one's are, or nothing is moved."""
_AROUND = timedelta(minutes=30)
_JUMP_DAYS = timedelta(days=2)
_SOME_TIME_AGO = timedelta(days=20 * 366)


@dataclass(frozen=True, slots=True)
class Reference:
    """What was right at an instant, measured with something reliable."""

    at: datetime
    right: float


@dataclass(frozen=True, slots=True)
class NewChange:
    """What somebody has done to a sensor."""

    quantity: str
    happened_at: datetime
    serial: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the trace."""

    id: int
    quantity: str
    kind: ChangeKind
    happened_at: datetime
    serial: str | None
    note: str | None
    detail: Mapping[str, object]
    withdraws: int | None
    written_at: datetime
    written_by_name: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A correction as the trace keeps it."""

    correction: Correction
    more: Mapping[str, object] = field(default_factory=dict[str, object])

    def detail(self) -> dict[str, object]:
        one = self.correction
        return {
            "from_at": one.from_at.isoformat(),
            "until_at": one.until_at.isoformat() if one.until_at else None,
            "gain": one.line.gain,
            "shift": one.line.shift,
            **self.more,
        }


def fetch_changes(conn: Connection, device_key: int) -> list[Change]:
    """Everything that was done to a device's sensors, the newest first."""
    return store.queries.all(conn, "fetch_changes", Change, device_key=device_key)


def shown_around(conn: Connection, device_key: int, quantity: str, at: datetime) -> float | None:
    """What the sensor said around an instant, as it is shown; None when it said nothing then."""
    rows = store.fetch_rows(conn, device_key, [quantity], at - _AROUND, at + _AROUND)
    corrections = fetch_corrections(conn, [device_key])[device_key][quantity]
    shown = correct_all(corrections, [int(row[0]) for row in rows], [row[2] for row in rows])
    near = sorted(
        (abs(row[0] - at.timestamp()), value) for row, value in zip(rows, shown, strict=True) if value is not None
    )
    values = [value for _, value in near[:3]]
    if values and quantity in DIRECTIONS:
        # 350, 10 and 20 are neighbours: the one in the middle is found from the nearest in time.
        return wrap(quantity, values[0] + median(turn(values[0], value) for value in values))
    return median(values) if values else None


def line_of_references(conn: Connection, device_key: int, quantity: str, references: Sequence[Reference]) -> Line:
    """The correction that follows from reference values. Raises Invalid when the sensor said nothing at such a time."""
    points: list[tuple[float, float]] = []
    for one in references:
        said = shown_around(conn, device_key, quantity, one.at)
        if said is None:
            raise Invalid(msgid("The sensor measured nothing within half an hour of that time."))
        points.append((said, one.right))
    return turn_through(points) if quantity in DIRECTIONS else line_through(points)


def calibrate(
    conn: Connection,
    actor: Actor,
    device: Device,
    change: NewChange,
    references: Sequence[Reference],
    *,
    from_at: datetime,
    now: datetime,
) -> Line:
    """Correct what is shown from `from_at` on by reference values. Raises Invalid where no sensible line follows."""
    _hold(conn, device.key, now)
    line = line_of_references(conn, device.key, change.quantity, references)
    more = {"references": [{"at": one.at.isoformat(), "right": one.right} for one in references]}
    _write(conn, actor, device, "calibration", change, _Stretch(Correction(from_at, None, line), more), now=now)
    return line


def find_jump(conn: Connection, device_key: int, quantity: str, at: datetime) -> float | None:
    """By how much the shown values jumped at an instant; None when there is too little to say.

    Of a vane it never can be said: the wind of one day is not that of the next, and no neighbours are kept for it.
    """
    if quantity in DIRECTIONS:
        return None
    rows = store.fetch_rows(conn, device_key, [quantity], at - _JUMP_DAYS, at + _JUMP_DAYS)
    corrections = fetch_corrections(conn, [device_key])[device_key][quantity]
    shown = correct_all(corrections, [int(row[0]) for row in rows], [row[2] for row in rows])
    known = [(int(row[0]), value) for row, value in zip(rows, shown, strict=True) if value is not None]
    sides: list[dict[int, float]] = []
    for side in (
        [one for one in known if one[0] < at.timestamp()],
        [one for one in known if one[0] >= at.timestamp()],
    ):
        hours = gather_hours([one[0] for one in side], [one[1] for one in side], ALWAYS_FLAT)
        sides.append({hour.number: hour.mean for hour in hours})
    memory = DeviceMemory.load(store.queries.value(conn, "hold_watch", device_key=device_key) or {})
    keys = list(memory.near.get(quantity, {}))
    first, last = _hour(at - _JUMP_DAYS), _hour(at + _JUMP_DAYS) + 1
    near: dict[int, list[float]] = {}
    for hours in store.fetch_hours(conn, keys, [quantity], first, last).values() if keys else ():
        for number, (value, _) in hours.items():
            near.setdefault(number, []).append(value)
    whole = {number: median(values) for number, values in near.items() if len(values) == len(keys)}
    return estimate_jump(sides[0], sides[1], whole)


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // HOUR_S


def replace_sensor(
    conn: Connection,
    actor: Actor,
    device: Device,
    change: NewChange,
    level: Level,
    *,
    jump: float | None,
    now: datetime,
) -> float | None:
    """Another sensor measures from `change.happened_at` on; returns by how much values were moved.

    `jump`: what the new sensor said more than the old one at the same moment; None has it estimated from the series.
    Raises Invalid when values shall be moved and nothing says by how much.
    """
    _hold(conn, device.key, now)
    at = change.happened_at
    stretch: _Stretch | None = None
    moved: float | None = None
    if level != "as_is":
        moved = jump if jump is not None else find_jump(conn, device.key, change.quantity, at)
        if moved is None:
            if change.quantity in DIRECTIONS:
                raise Invalid(msgid("For the wind's direction please give what both showed, or move nothing."))
            raise Invalid(
                "Too little was measured before or after the replacement to say by how much the values jumped."
            )
        if change.quantity in DIRECTIONS:
            moved = turn(0.0, moved)
        more: dict[str, object] = {"jump": round(moved, 4), "estimated": jump is None, "level": level}
        if level == "old":
            stretch = _Stretch(Correction(at, None, Line(1.0, round(-moved, 4))), more)
        else:
            since = _replaced_before(conn, device.key, change.quantity, at) or at - _SOME_TIME_AGO
            stretch = _Stretch(Correction(since, at, Line(1.0, round(moved, 4))), more)
    _write(conn, actor, device, "replacement", change, stretch, now=now)
    return moved


def _replaced_before(conn: Connection, device_key: int, quantity: str, at: datetime) -> datetime | None:
    before = [
        one.happened_at
        for one in fetch_changes(conn, device_key)
        if one.quantity == quantity and one.kind == "replacement" and not one.withdrawn and one.happened_at < at
    ]
    return max(before, default=None)


def note_repair(conn: Connection, actor: Actor, device: Device, change: NewChange, now: datetime) -> None:
    """Write down that a sensor was cleaned or repaired; what is shown stays."""
    _hold(conn, device.key, now)
    _write(conn, actor, device, "repair", change, None, now=now)


def withdraw(conn: Connection, actor: Actor, device: Device, change_id: int, now: datetime) -> None:
    """Take back what was written wrongly. Raises NotFound for none such, Conflict when it was taken back before."""
    _hold(conn, device.key, now)
    changes = {one.id: one for one in fetch_changes(conn, device.key)}
    change = changes.get(change_id)
    if change is None or change.kind == "withdrawal":
        raise NotFound("There is no such change.")
    if change.withdrawn:
        raise Conflict("This was taken back already.")
    _add(conn, actor, device, "withdrawal", NewChange(change.quantity, now), {}, now=now, withdraws=change_id)
    left: list[Correction] = []
    for one in sorted(changes.values(), key=lambda one: one.id):
        stretch = _stretch_of(one)
        if stretch is not None and one.quantity == change.quantity and not one.withdrawn and one.id != change_id:
            left = overlay(left, stretch)
    put_back(conn, device.key, change.quantity, left)
    taken = _stretch_of(change)
    _show_again(conn, device, change.quantity, "calibration", taken, now)


def _stretch_of(change: Change) -> Correction | None:
    detail = change.detail
    if "gain" not in detail:
        return None
    until = detail["until_at"]
    line = Line(float(str(detail["gain"])), float(str(detail["shift"])))
    return Correction(
        datetime.fromisoformat(str(detail["from_at"])),
        datetime.fromisoformat(str(until)) if until is not None else None,
        line,
    )


def _hold(conn: Connection, device_key: int, now: datetime) -> None:
    """Nobody else changes this device's corrections, and no worker judges it, until this is done."""
    store.queries.run(conn, "add_watch", device_key=device_key, now=now)
    store.queries.value(conn, "hold_watch", device_key=device_key)


def _write(
    conn: Connection,
    actor: Actor,
    device: Device,
    kind: ChangeKind,
    change: NewChange,
    stretch: _Stretch | None,
    *,
    now: datetime,
) -> None:
    if change.quantity not in QUANTITIES:
        raise Invalid("There is no such quantity.")
    if change.happened_at > now:
        raise Invalid("This time has not come yet.")
    _add(conn, actor, device, kind, change, stretch.detail() if stretch else {}, now=now)
    correction = stretch.correction if stretch and stretch.correction.line != SAME else None
    if correction is not None:
        known = fetch_corrections(conn, [device.key])[device.key][change.quantity]
        put_back(conn, device.key, change.quantity, overlay(known, correction))
    _show_again(conn, device, change.quantity, kind, correction, now)


def _add(
    conn: Connection,
    actor: Actor,
    device: Device,
    kind: ChangeKind,
    change: NewChange,
    detail: Mapping[str, object],
    *,
    now: datetime,
    withdraws: int | None = None,
) -> None:
    store.queries.run(
        conn,
        "add_change",
        device_key=device.key,
        quantity=change.quantity,
        kind=kind,
        happened_at=change.happened_at,
        serial=change.serial,
        note=change.note,
        detail=json.dumps(detail),
        withdraws=withdraws,
        written_by=actor.person_id,
        now=now,
    )
    record(conn, actor, f"sensor_{kind}", f"device/{device.id}", now, quantity=change.quantity, **detail)


def _show_again(
    conn: Connection, device: Device, quantity: str, kind: ChangeKind, correction: Correction | None, now: datetime
) -> None:
    """What is shown of the past has changed, and the sensor is judged anew."""
    if correction is not None:
        mark_due(conn, device.key, correction.from_at, correction.until_at)
    memory = DeviceMemory.load(store.queries.value(conn, "hold_watch", device_key=device.key) or {})
    if memory.hour:
        changed = memory.after_change(quantity, kind)
        stored = json.dumps(changed.dump())
        store.queries.run(conn, "save_memory", device_key=device.key, due_at=now.astimezone(UTC), memory=stored)
    notify(conn, "live", {"what": "reading", "id": device.id})
