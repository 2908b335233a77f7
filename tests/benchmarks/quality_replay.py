"""A year of a town's stations with faults put in, replayed through the same pure decision that the worker uses.

    .venv/bin/python -m tests.benchmarks.quality_replay --stations 200 --days 365 --seed 1

prints the confusion table: for each fault that was put in, the state that named it. A small slice of it is a test
(tests/unit/fields/quality/test_replay.py); docs/explanation/honest-sensors.md has the measured table of a whole year.
"""

import argparse
import math
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import numpy as np

from hub.fields.quality.advancing import SPIKE_HOLD_S, count_in, near_value
from hub.fields.quality.hours import HOUR_S, Flow, Hour, gather_flows, gather_hours
from hub.fields.quality.judging import KEPT_FLOWS_H, Heard, Refused, judge
from hub.fields.quality.memory import SensorMemory
from hub.fields.quality.neighbours import NEARBY_M, WEEK_H, choose_neighbours
from hub.fields.quality.rules import rule_of
from hub.fields.quality.states import Verdict
from tests.benchmarks.quality_faults import BEGIN_S, DAY_S, EXPECTED, Fault, Feed, deliver, plan_faults, settle_kind
from tests.benchmarks.quality_warnings import Outcome, judge_warnings, spans_of
from tests.benchmarks.quality_world import make_region, make_station

_LOOK_S = 600  # the fold looks at an hour ten minutes after its end
_CHUNK_H = 240
_SNAPSHOTS = 12
_CANDIDATES = 12
STATES = ["ok", "silent", "late", "stuck", "out_of_range", "drifting"]


@dataclass
class Told:
    """One change of a sensor's state as it was told."""

    at_s: int
    station: int
    quantity: str
    verdict: Verdict


@dataclass
class _Device:
    feed: Feed
    numbers: dict[str, dict[int, Hour]] = field(default_factory=dict)
    flows: dict[int, Flow] = field(default_factory=dict)
    memories: dict[str, SensorMemory] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    near: dict[str, dict[int, float]] = field(default_factory=dict)
    snapshots: list[tuple[int, dict[str, SensorMemory]]] = field(default_factory=list)
    # evaluation hour -> the oldest data hour for which rows came after that hour had been folded
    late_for: dict[int, int] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)


class Replay:
    """Hour by hour over all stations, each judged ten minutes after the hour, and each quarter while it is quiet."""

    def __init__(self, feeds: list[Feed]) -> None:
        self.devices = [_Device(feed) for feed in feeds]
        self.told: list[Told] = []
        self.near_told: dict[tuple[int, str], dict[int, float | None]] = defaultdict(dict)
        # hourly values of the last week, for choosing neighbours
        self.week: dict[tuple[int, str], dict[int, float]] = defaultdict(dict)
        self.close = [self._closest(device) for device in self.devices]
        self.sensor_hours = 0
        for device in self.devices:
            device.memories = {name: SensorMemory() for name in device.feed.columns}
            self._find_slow(device)

    def _closest(self, device: _Device) -> list[int]:
        here = device.feed.station
        away = [
            (math.hypot(one.feed.station.east_km - here.east_km, one.feed.station.north_km - here.north_km), number)
            for number, one in enumerate(self.devices)
            if one is not device
        ]
        return [number for distance, number in sorted(away) if distance * 1000 <= NEARBY_M]

    @staticmethod
    def _find_slow(device: _Device) -> None:
        feed = device.feed
        data_hour = feed.measured_s // HOUR_S
        seen_hour = np.maximum(-(-(feed.received_s - _LOOK_S) // HOUR_S) - 1, data_hour)
        for data, seen in zip(data_hour[seen_hour > data_hour], seen_hour[seen_hour > data_hour], strict=True):
            device.slow.add(int(data))
            device.late_for[int(seen)] = min(device.late_for.get(int(seen), int(data)), int(data))

    def run(self, first: int, last: int) -> None:
        """Judge the data hours [first, last)."""
        for hour in range(first, last):
            if (hour - first) % _CHUNK_H == 0:
                for device in self.devices:
                    self._gather(device, hour, min(hour + _CHUNK_H, last) + 1)
            if (hour - first) % WEEK_H == 0 and hour > first:
                self._choose(hour)
            now_s = (hour + 1) * HOUR_S + _LOOK_S
            self._fold(hour, now_s)
            for number, device in enumerate(self.devices):
                self._judge(number, device, hour, now_s)

    def _gather(self, device: _Device, first: int, last: int) -> None:
        """Hours that came whole and in time, for the days ahead (the same as gathering each when it is looked at)."""
        feed = device.feed
        begin, end = np.searchsorted(feed.measured_s, [first * HOUR_S - 1800, last * HOUR_S])
        times = feed.measured_s[begin:end].tolist()
        for name, column in feed.columns.items():
            self._merge(device, name, times, column[begin:end].tolist())
        for flow in gather_flows(times, feed.received_s[begin:end].tolist()):
            device.flows[flow.number] = flow
        device.flows = {n: f for n, f in device.flows.items() if n >= first - 24 * _SNAPSHOTS}

    @staticmethod
    def _merge(device: _Device, name: str, times: list[int], values: list[float]) -> None:
        known = [(at, value) for at, value in zip(times, values, strict=True) if value == value]
        hours = gather_hours([at for at, _ in known], [value for _, value in known], rule_of(name))
        kept = {n: one for n, one in device.numbers.get(name, {}).items() if hours and n >= hours[0].number - 300}
        device.numbers[name] = kept | {one.number: one for one in hours}

    @staticmethod
    def _visible(device: _Device, hour: int, now_s: int) -> dict[str, Hour]:
        """What of an hour has come by now."""
        if hour not in device.slow:
            return {name: hours[hour] for name, hours in device.numbers.items() if hour in hours}
        feed = device.feed
        begin, end = np.searchsorted(feed.measured_s, [hour * HOUR_S - 1800, (hour + 1) * HOUR_S + 1800])
        come = feed.received_s[begin:end] <= now_s
        times = feed.measured_s[begin:end][come].tolist()
        found: dict[str, Hour] = {}
        for name, column in feed.columns.items():
            known = [(at, v) for at, v in zip(times, column[begin:end][come].tolist(), strict=True) if v == v]
            for one in gather_hours([at for at, _ in known], [v for _, v in known], rule_of(name)):
                if one.number == hour:
                    found[name] = one
        return found

    def _fold(self, hour: int, now_s: int) -> None:
        fresh = [self._visible(device, hour, now_s) for device in self.devices]
        for number, found in enumerate(fresh):
            for name, one in found.items():
                if rule_of(name).compares:
                    self.week[number, name][hour] = one.total if rule_of(name).by_total else one.total / one.readings
        for number, device in enumerate(self.devices):
            for name, keys in device.near.items():
                self.near_told[number, name][hour] = self._near(name, keys, hour)
            if hour % 24 == 0:
                device.snapshots.append((hour - 1, {name: one.copy() for name, one in device.memories.items()}))
                del device.snapshots[:-_SNAPSHOTS]
            since = device.late_for.get(hour)
            if since is not None:
                self._fold_again(number, device, since, hour, now_s)
            else:
                self._count_in(number, device, fresh[number])

    def _near(self, name: str, keys: dict[int, float], hour: int) -> float | None:
        return near_value(
            self.week[key, name][hour] + offset
            for key, offset in keys.items()
            if hour in self.week[key, name] and self.devices[key].verdicts[name].state == "ok"
        )

    def _fold_again(self, number: int, device: _Device, since: int, hour: int, now_s: int) -> None:
        """Rows came for an hour that was counted in already: go back to before it, and count again."""
        back = next(((at, kept) for at, kept in reversed(device.snapshots) if at < since), None)
        if back is None:
            back = device.snapshots[0]
        device.memories = {name: one.copy() for name, one in back[1].items()}
        for again in range(back[0] + 1, hour + 1):
            self._count_in(number, device, self._visible(device, again, now_s))

    def _count_in(self, number: int, device: _Device, found: dict[str, Hour]) -> None:
        for name, one in found.items():
            near = self.near_told[number, name].get(one.number) if name in device.near else None
            memory = device.memories[name]
            if one.number > memory.hour:
                count_in(memory, one, rule_of(name), near)
        self.sensor_hours += len(found)

    def _choose(self, hour: int) -> None:
        """Once a week: whom each sensor is compared with; whoever has some keeps them as long as they speak."""
        for (number, name), values in self.week.items():
            self.week[number, name] = {h: v for h, v in values.items() if h >= hour - WEEK_H}
        for key, kept in self.near_told.items():
            self.near_told[key] = {h: v for h, v in kept.items() if h >= hour - 24 * _SNAPSHOTS}
        for number, device in enumerate(self.devices):
            for name in device.feed.columns:
                if not rule_of(name).compares or (device.verdicts and not device.verdicts[name].is_ok):
                    continue
                if sum(hour - 1 in self.week[key, name] for key in device.near.get(name, ())) >= 3:
                    continue
                close = [key for key in self.close[number] if (key, name) in self.week][:_CANDIDATES]
                own = self.week[number, name]
                others = {key: self.week[key, name] for key in close}
                device.near[name] = choose_neighbours(own, others, rule_of(name))

    def _judge(self, number: int, device: _Device, hour: int, now_s: int) -> None:
        feed = device.feed
        flows = self._flows(device, hour, now_s)
        newest = self._newest(device, hour, now_s)
        quiet = now_s - max(newest.values()) > HOUR_S - 900
        for look_s in range(now_s, now_s + HOUR_S, 900) if quiet else (now_s,):
            heard_at = int(np.searchsorted(feed.heard_s, look_s, side="right")) if quiet else 0
            heard_s = int(feed.heard_s[heard_at - 1]) if heard_at else now_s
            if look_s > now_s and heard_s > now_s:
                break  # something has come meanwhile: the next look
            heard = Heard(newest, heard_s, flows, self._refused(feed, look_s))
            verdicts = judge(device.memories, heard, device.verdicts, datetime.fromtimestamp(look_s, UTC))
            for name, verdict in verdicts.items():
                before = device.verdicts.get(name)
                if before is not verdict and (
                    before is None or (before.state, before.reason) != (verdict.state, verdict.reason)
                ):
                    self.told.append(Told(look_s, number, name, verdict))
            device.verdicts = verdicts

    @staticmethod
    def _newest(device: _Device, hour: int, now_s: int) -> dict[str, int]:
        """The newest reading of each sensor that has come by now; on a calm hour the fold knows it."""
        feed = device.feed
        calm = not device.slow or not any(at in device.slow for at in range(hour - 14, hour + 3))
        if calm and all(memory.hour == hour for memory in device.memories.values()):
            return {name: memory.last_s for name, memory in device.memories.items()}
        shown = int(np.searchsorted(feed.measured_s, now_s + 600))
        begin = max(0, shown - (14 if calm else 12 * 24 * 12))
        come = feed.received_s[begin:shown] <= now_s
        times = feed.measured_s[begin:shown]
        newest: dict[str, int] = {}
        for name, column in feed.columns.items():
            fine = np.flatnonzero(come & ~np.isnan(column[begin:shown]))
            newest[name] = int(times[fine[-1]]) if len(fine) else device.memories[name].last_s
        return newest

    def _flows(self, device: _Device, hour: int, now_s: int) -> list[Flow]:
        first = hour - KEPT_FLOWS_H
        if not device.slow or not any(at in device.slow for at in range(first, hour + 2)):
            return [device.flows[at] for at in range(hour - 11, hour + 1) if at in device.flows]
        found = (self._flow(device, at, now_s) for at in range(first, hour + 2))
        return [flow for flow in found if flow is not None]

    @staticmethod
    def _flow(device: _Device, hour: int, now_s: int) -> Flow | None:
        if hour not in device.slow and (hour + 1) * HOUR_S <= now_s:
            return device.flows.get(hour)
        feed = device.feed
        begin, end = np.searchsorted(feed.measured_s, [hour * HOUR_S, (hour + 1) * HOUR_S])
        come = feed.received_s[begin:end] <= now_s
        flows = gather_flows(feed.measured_s[begin:end][come].tolist(), feed.received_s[begin:end][come].tolist())
        return flows[0] if flows else None

    @staticmethod
    def _refused(feed: Feed, now_s: int) -> dict[str, Refused]:
        if not feed.refused:
            return {}
        until = bisect_right(feed.refused, (now_s, "~", 0, 0.0))
        since = bisect_right(feed.refused, (now_s - SPIKE_HOLD_S - 49 * HOUR_S, "", 0, 0.0))
        return {
            name: Refused(measured_s, came_s, value) for came_s, name, measured_s, value in feed.refused[since:until]
        }


@dataclass
class Score:
    """What was named how."""

    table: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    delays_s: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    false_alarms: list[Told] = field(default_factory=list)
    also: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def score(told: list[Told], faults: list[Fault], feeds: list[Feed]) -> Score:
    """Hold what was told against what was put in."""
    result = Score()
    spans = _spans(told)
    blamed: set[int] = set()
    for fault in faults:
        touched = [fault.quantity] if fault.quantity else list(feeds[fault.station].columns)
        named: Counter[str] = Counter()
        first: dict[str, int] = {}
        for place, begin_s, end_s, verdict in (span for name in touched for span in spans[fault.station, name]):
            if not verdict.is_ok and fault.begin_s <= begin_s < fault.until_s:
                blamed.add(place)
                named[verdict.state] += end_s - begin_s
                first[verdict.state] = min(first.get(verdict.state, begin_s), begin_s)
        _enter(result, fault, named, first)
    result.false_alarms = [one for place, one in enumerate(told) if not one.verdict.is_ok and place not in blamed]
    return result


def _enter(result: Score, fault: Fault, named: Counter[str], first: dict[str, int]) -> None:
    expected = EXPECTED[fault.kind]
    state = _name(named, expected)
    result.table[fault.kind][state] += 1
    result.also[fault.kind].update(other for other in named if other != state)
    if state in expected and state != "ok":
        result.delays_s[fault.kind].append(first[state] - fault.begin_s)
    if state not in expected:
        begin = datetime.fromtimestamp(fault.begin_s, UTC)
        lasts = f"from {begin:%m-%d %H:%M} for {(fault.end_s - fault.begin_s) / HOUR_S:.0f} h"
        result.wrong.append(f"{fault.kind} of {fault.quantity} at {fault.station} {lasts}: {state} {dict(named)}")


def _name(named: Counter[str], expected: set[str]) -> str:
    """The state in which most of the fault was told; the right one where it was told at all before a wrong one was."""
    if not named:
        return "ok"
    return max(named, key=lambda state: (named[state], state in expected))


def _spans(told: list[Told]) -> dict[tuple[int, str], list[tuple[int, int, int, Verdict]]]:
    """By sensor: number of the telling, from when, until when, what."""
    by_sensor: dict[tuple[int, str], list[tuple[int, Told]]] = defaultdict(list)
    for place, one in enumerate(told):
        by_sensor[one.station, one.quantity].append((place, one))
    far = 1 << 40
    return defaultdict(list) | {
        key: [
            (place, one.at_s, following[1].at_s if following else far, one.verdict)
            for (place, one), following in zip(ones, [*ones[1:], None], strict=True)
        ]
        for key, ones in by_sensor.items()
    }


def replay(stations: int, days: int, seed: int, first_day: int = 25) -> tuple[Replay, list[Fault], list[Feed], Score]:
    """The whole of it, from the seed."""
    region = make_region(seed, days)
    feeds: list[Feed] = []
    faults: list[Fault] = []
    for number in range(stations):
        station = make_station(region, seed, number)
        roll = np.random.default_rng((seed, 7, number))
        own = plan_faults(station, days, roll, first_day)
        feed = deliver(station, own, roll)
        own = [settle_kind(fault, station, feed) for fault in own]
        feeds.append(feed)
        station.columns.clear()
        faults += own
    run = Replay(feeds)
    run.run(BEGIN_S // HOUR_S, BEGIN_S // HOUR_S + days * 24 - 1)
    return run, faults, feeds, score(run.told, faults, feeds)


def replay_warnings(run: Replay, faults: list[Fault], feeds: list[Feed], seed: int, days: int) -> Outcome:
    """The warnings of all stations, which are made anew one by one: kept, they would fill the memory."""
    region = make_region(seed, days)
    spans = spans_of([(one.at_s, one.station, one.quantity, one.verdict) for one in run.told])
    outcome = Outcome()
    for number, feed in enumerate(feeds):
        judge_warnings(spans, faults, feed, make_station(region, seed, number), outcome)
    return outcome


def describe_warnings(outcome: Outcome) -> str:
    """What was told around each kind of fault, as text."""
    lines = [
        "| fault put in | told, and it was so | not told, though it was so | told, and it was not so |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {kind} | {outcome.told[kind]:,} | {outcome.withheld[kind]:,} | {outcome.false[kind] or '·'} |"
        for kind in EXPECTED
    ]
    return "\n".join(lines)


def describe(run: Replay, faults: list[Fault], feeds: list[Feed], result: Score, days: int) -> str:
    """The confusion table as text."""
    sensors = sum(len(feed.columns) for feed in feeds)
    lines = [
        "| fault put in | " + " | ".join(STATES) + " | delay to naming: median / 9 of 10 | also told meanwhile |",
        "|---" * (len(STATES) + 3) + "|",
    ]
    for kind in EXPECTED:
        row = result.table.get(kind, Counter())
        delays = sorted(result.delays_s.get(kind, ()))
        delay = f"{_span(median(delays))} / {_span(delays[int(0.9 * (len(delays) - 1))])}" if delays else "–"
        also = ", ".join(f"{state} {count}" for state, count in result.also.get(kind, Counter()).items()) or "–"
        lines.append(f"| {kind} | " + " | ".join(str(row[state] or "·") for state in STATES) + f" | {delay} | {also} |")
    rows = sum(feed.delivered for feed in feeds)
    named = sum(result.table[kind][state] for kind in result.table for state in EXPECTED[kind])
    years = sensors * days / 365
    lines.append("")
    size = f"{len(feeds)} stations, {sensors} sensors, {days} days"
    lines.append(f"{size}, {rows:,} rows delivered, {run.sensor_hours:,} hours judged.")
    alarms = f"{len(result.false_alarms)} false alarms in {years:.0f} sensor-years"
    lines.append(f"{named} of {len(faults)} faults named rightly; {alarms}.")
    return "\n".join(lines)


def _span(seconds: float) -> str:
    return (
        f"{seconds / 60:.0f} min"
        if seconds < 2 * HOUR_S
        else f"{seconds / HOUR_S:.1f} h"
        if seconds < 2 * DAY_S
        else f"{seconds / DAY_S:.1f} d"
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin = time.process_time()
    run, faults, feeds, result = replay(options.stations, options.days, options.seed)
    print(describe(run, faults, feeds, result, options.days))
    print(f"{time.process_time() - begin:.0f} s of one core.")
    for text in result.wrong[:60]:
        print("WRONG", text)
    begin = time.process_time()
    outcome = replay_warnings(run, faults, feeds, options.seed, options.days)
    print(describe_warnings(outcome))
    print(f"{time.process_time() - begin:.0f} s of one core.")
    for text in outcome.which[:200]:
        print("FALSELY TOLD", text)
    for one in result.false_alarms[:60]:
        at = datetime.fromtimestamp(one.at_s, UTC)
        print(
            "FALSE",
            f"{at:%Y-%m-%d %H:%M}",
            one.station,
            one.quantity,
            one.verdict.state,
            one.verdict.reason,
            dict(one.verdict.detail),
        )


if __name__ == "__main__":
    main()
