"""The worker's look at the sensors: what came, what it means, and whom to tell.

Each device is looked at every minute for silence (nothing but its newest instants is read), and once an hour its whole
hours are counted in. Readings of the last two days may still come late: they are counted again each hour, from a memory
of before them, so the order of coming changes nothing. Any number of workers may look; each takes other devices.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from hub.fields.quality import live, store
from hub.fields.quality.advancing import SPIKE_HOLD_S, advance, near_value
from hub.fields.quality.correcting import fetch_corrections
from hub.fields.quality.corrections import Correction, correct_all, line_at
from hub.fields.quality.hours import HOUR_S, Hour, gather_flows, gather_hours
from hub.fields.quality.judging import KEPT_FLOWS_H, Heard, Refused, judge
from hub.fields.quality.memory import DeviceMemory, SensorMemory
from hub.fields.quality.neighbours import FEWEST, WEEK_H, choose_neighbours
from hub.fields.quality.rules import rule_of
from hub.fields.quality.states import Verdict
from hub.fields.quality.troubles import decide_troubles
from hub.store import Connection, notify

__all__ = ["DeviceJudged", "SensorWatch"]

_log = structlog.get_logger()
_EVERY = timedelta(minutes=1)
_AT_ONCE = 25
# An hour is counted in when it has been over for so long: agents send within seconds.
_SETTLE_S = 600
# So long may rows come late and still count as if they had come in time.
_OPEN_H = 48
# A device that is looked at for the first time: its drift is judged from then on, its flat hours from here.
_FIRST_H = 14 * 24
_MOST_H = 60 * 24
# A look that comes so much later than it should says that no worker ran.
_PAUSE_S = 600
_NEAR_AGAIN_H = 24
_KEEP_REFUSALS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DeviceJudged:
    """A device whose sensors' trouble begins or ends; `troubled` are the sensors in trouble."""

    device_key: int
    device_id: str
    verdicts: Mapping[str, Verdict]
    troubled: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a device before it is looked at: what is remembered, how it was judged, what came."""

    memory: DeviceMemory
    before: Mapping[str, Verdict]
    newest: Sequence[store.Newest]
    refusals: Sequence[store.RefusedRow]


OnJudged = Callable[[Connection, DeviceJudged, datetime], None]


class SensorWatch:
    """Looks at what is due. `on_judged` is called when a device's trouble begins or ends, in the same transaction."""

    def __init__(self, on_judged: OnJudged | None = None) -> None:
        self._on_judged = on_judged

    def sweep(self, conn: Connection, now: datetime) -> None:
        """Judge the devices whose look is due, some at a time."""
        store.queries.run(conn, "add_watches", now=now)
        watched = store.queries.all(
            conn, "claim_watches", store.Watched, now=now, latest=now + 2 * _EVERY, limit=_AT_ONCE
        )
        if not watched:
            return
        store.queries.run(conn, "forget_refusals", before=now - _KEEP_REFUSALS)
        keys = [one.device_key for one in watched]
        memories = {one.device_key: DeviceMemory.load(one.memory) for one in watched}
        newest = live.fetch_newest(conn, keys, _last_s(memories), now)
        refusals = store.fetch_refusals(conn, keys, now - timedelta(hours=_OPEN_H))
        states = store.fetch_states(conn, keys)
        for one in watched:
            key = one.device_key
            before = {name: state.verdict for name, state in states.get(key, {}).items()}
            found = _Found(memories[key], before, newest.get(key, []), refusals.get(key, []))
            self._look(conn, one, found, now)

    def _look(self, conn: Connection, one: store.Watched, found: "_Found", now: datetime) -> None:
        now_s = int(now.timestamp())
        memory = _resumed(found.memory, one.due_at, now_s)
        hour = (now_s - _SETTLE_S) // HOUR_S - 1
        if found.newest and hour > memory.hour:
            folded = _fold(conn, one.device_key, memory, found.newest, hour)
            memory = _choose(conn, one, folded, hour, found.before, now)
        if found.newest:
            heard = _heard(one, memory, found.newest, found.refusals, now_s)
            verdicts = self._judge(conn, one, memory, heard, found.before, now)
            memory = self._tell(conn, one, memory, verdicts, now)
        if memory.dump() == one.memory:
            store.queries.run(conn, "save_due", device_key=one.device_key, due_at=now + _EVERY)
        else:
            stored = json.dumps(memory.dump())
            store.queries.run(conn, "save_memory", device_key=one.device_key, due_at=now + _EVERY, memory=stored)

    @staticmethod
    def _judge(
        conn: Connection,
        one: store.Watched,
        memory: DeviceMemory,
        heard: Heard,
        before: Mapping[str, Verdict],
        now: datetime,
    ) -> dict[str, Verdict]:
        memories = {name: memory.sensors.get(name, SensorMemory()) for name in heard.newest}
        verdicts = judge(memories, heard, before, now)
        changed = False
        for name, verdict in verdicts.items():
            known = before.get(name)
            if known is None or known != verdict:
                store.save_state(conn, one.device_key, name, verdict, now)
            if known is None or known.state != verdict.state:
                changed = changed or known is not None or not verdict.is_ok
        if changed:
            _log.info("sensors_judged", device=one.device_id, states={n: v.state for n, v in verdicts.items()})
            notify(conn, "live", {"what": "reading", "id": one.device_id})
        return verdicts

    def _tell(
        self,
        conn: Connection,
        one: store.Watched,
        memory: DeviceMemory,
        verdicts: Mapping[str, Verdict],
        now: datetime,
    ) -> DeviceMemory:
        troubles = decide_troubles(memory.told, verdicts, one.agent_heard_at, now)
        if self._on_judged is not None and (troubles.begins or troubles.ends):
            judged = DeviceJudged(one.device_key, one.device_id, verdicts, troubles.told)
            self._on_judged(conn, judged, now)
        return replace(memory, told=troubles.told)


def _last_s(memories: Mapping[int, DeviceMemory]) -> dict[tuple[int, str], int]:
    return {(key, name): sensor.last_s for key, memory in memories.items() for name, sensor in memory.sensors.items()}


def _resumed(memory: DeviceMemory, due_at: datetime, now_s: int) -> DeviceMemory:
    is_pause = memory.watched_s == 0 or now_s - due_at.timestamp() > _PAUSE_S or memory.watched_s > now_s
    return replace(memory, watched_s=now_s) if is_pause else memory


def _heard(
    one: store.Watched,
    memory: DeviceMemory,
    newest: Sequence[store.Newest],
    refusals: Sequence[store.RefusedRow],
    now_s: int,
) -> Heard:
    heard_at = max(row.received_at for row in newest)
    if one.last_heard_at is not None:
        heard_at = max(heard_at, one.last_heard_at)
    refused = {
        row.quantity: Refused(int(row.measured_at.timestamp()), int(row.received_at.timestamp()), row.value or 0.0)
        for row in refusals
        if row.received_at.timestamp() > now_s - SPIKE_HOLD_S - _OPEN_H * HOUR_S
    }
    times = {row.quantity: int(row.measured_at.timestamp()) for row in newest}
    return Heard(times, int(heard_at.timestamp()), memory.flows, refused, memory.watched_s)


def _fold(
    conn: Connection, device_key: int, memory: DeviceMemory, newest: Sequence[store.Newest], hour: int
) -> DeviceMemory:
    """Count the whole hours up to `hour` in, from before what may still have changed."""
    quantities = sorted(row.quantity for row in newest)
    first = max(memory.settled_hour + 1, hour - (_MOST_H if memory.settled_hour else _FIRST_H))
    since, until = _at((first * HOUR_S) - HOUR_S), _at((hour + 1) * HOUR_S + HOUR_S // 2)
    rows = live.fetch_rows(conn, device_key, quantities, since, until)
    times = [int(row[0]) for row in rows]
    received = [int(row[1]) for row in rows]
    corrections = fetch_corrections(conn, [device_key]).get(device_key, {})
    near = _near(conn, memory, first, hour + 1)
    open_from = hour - _OPEN_H
    settled: dict[str, SensorMemory] = dict(memory.settled)
    sensors: dict[str, SensorMemory] = dict(memory.sensors)
    for place, name in enumerate(quantities):
        hours = _hours(name, times, [row[2 + place] for row in rows], corrections.get(name, ()), first, hour)
        rule, beside = rule_of(name), near.get(name)
        kept = memory.settled.get(name, SensorMemory())
        settled[name] = advance(kept, [one for one in hours if one.number <= open_from], rule, beside)
        sensors[name] = advance(settled[name], [one for one in hours if one.number > open_from], rule, beside)
    flows = [one for one in gather_flows(times, received) if hour - KEPT_FLOWS_H < one.number <= hour]
    # Over a silence it stays where it is: what comes after that, however late, is counted in.
    settled_hour = max((at // HOUR_S for at in times if at // HOUR_S <= open_from), default=0)
    settled_hour = max(memory.settled_hour, settled_hour)
    return replace(memory, hour=hour, settled_hour=settled_hour, settled=settled, sensors=sensors, flows=flows)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _hours(
    name: str,
    times: Sequence[int],
    values: Sequence[float | None],
    corrections: Sequence[Correction],
    first: int,
    last: int,
) -> list[Hour]:
    shown = correct_all(corrections, times, values)
    known = [(at, value) for at, value in zip(times, shown, strict=True) if value is not None]
    hours = gather_hours([at for at, _ in known], [value for _, value in known], rule_of(name))
    return [one for one in hours if first <= one.number <= last]


def _near(conn: Connection, memory: DeviceMemory, first: int, last: int) -> dict[str, dict[int, float | None]]:
    """By quantity and hour what the neighbours say that are well themselves."""
    keys = {key for ones in memory.near.values() for key in ones}
    if not keys:
        return {}
    states = store.fetch_states(conn, keys)
    hours = _shown_hours(conn, keys, sorted(memory.near), first, last)
    found: dict[str, dict[int, float | None]] = {}
    for name, ones in memory.near.items():
        well = {key: at for key, at in ones.items() if (state := states.get(key, {}).get(name)) and state.is_ok}
        found[name] = {
            number: near_value(
                hours[key, name][number] + offset
                for key, offset in well.items()
                if number in hours.get((key, name), {})
            )
            for number in range(first, last)
        }
    return found


def _shown_hours(
    conn: Connection, keys: set[int], quantities: Sequence[str], first: int, last: int
) -> dict[tuple[int, str], dict[int, float]]:
    """Hours as they are shown: a correction of every reading is one of their mean."""
    corrections = fetch_corrections(conn, keys)
    found: dict[tuple[int, str], dict[int, float]] = {}
    for (key, name), hours in live.fetch_hours(conn, keys, quantities, first, last).items():
        own = corrections.get(key, {}).get(name, ())
        found[key, name] = {}
        for number, (value, count) in hours.items():
            line = line_at(own, _at(number * HOUR_S))
            times = count if rule_of(name).by_total else 1
            found[key, name][number] = line.gain * value + line.shift * times
    return found


def _choose(
    conn: Connection,
    one: store.Watched,
    memory: DeviceMemory,
    hour: int,
    before: Mapping[str, Verdict],
    now: datetime,
) -> DeviceMemory:
    """With whom each sensor is compared: once a day it is looked whether enough of them still speak."""
    if memory.near_hour and hour - memory.near_hour < _NEAR_AGAIN_H:
        return memory
    wanted = [
        name
        for name in memory.sensors
        if rule_of(name).compares and (name not in before or before[name].is_ok) and not _are_there(conn, memory, name)
    ]
    memory = replace(memory, near_hour=hour)
    close = store.fetch_close(conn, one.device_key, one.lat, one.lon, wanted, now) if wanted else {}
    if not close:
        return memory
    keys = {one.device_key, *(key for ones in close.values() for key in ones)}
    hours = _shown_hours(conn, keys, sorted(close), hour - WEEK_H, hour + 1)
    near = dict(memory.near)
    for name, ones in close.items():
        others = {key: hours.get((key, name), {}) for key in ones}
        near[name] = choose_neighbours(hours.get((one.device_key, name), {}), others, rule_of(name))
    return replace(memory, near={name: ones for name, ones in near.items() if ones})


def _are_there(conn: Connection, memory: DeviceMemory, name: str) -> bool:
    states = store.fetch_states(conn, memory.near.get(name, {}))
    speak = [
        key for key in memory.near.get(name, {}) if (state := states.get(key, {}).get(name)) and state.state != "silent"
    ]
    return len(speak) >= FEWEST
