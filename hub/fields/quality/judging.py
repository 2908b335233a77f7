"""From what is remembered of a sensor and how its device is heard: how it is to be judged. Pure.

The gravest finding is the one that is named: what does not come at all cannot be wrong otherwise, then what cannot be,
then what is old, then what does not move, then what slowly goes away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

from hub.fields.quality.advancing import SPIKE_HOLD_S
from hub.fields.quality.hours import HOUR_S, Flow
from hub.fields.quality.memory import SensorMemory
from hub.fields.quality.rules import Rule, rule_of
from hub.fields.quality.states import REASONS, Verdict

__all__ = ["KEPT_FLOWS_H", "Heard", "Refused", "judge", "usual_step_s"]

KEPT_FLOWS_H = 48
"""How far back the way of a device's rows is looked at."""
_QUIET_S = HOUR_S
# So many usual steps without a reading are silence, when that is longer.
_STEPS = 3
_BATCH_GAP_S = 1800
_LATE_BATCHES = 2
_TIMELY_HOURS = 3
_LONGEST_BATCH_S = 24 * HOUR_S
_SAME_WAY_S = 300


@dataclass(frozen=True, slots=True)
class Refused:
    """The newest reading of a sensor that ingest refused."""

    measured_s: int
    received_s: int
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a device at the moment of judging; instants in seconds since 1970.

    `newest`: by quantity, when its newest reading was measured. `heard_s`: when the device last said anything that
    could be read. `flows`: its last two days, in the order of their hours. `refused`: by quantity, "" for rows whose
    time cannot be. `watched_s`: since when the hub has been listening without a pause.
    """

    newest: Mapping[str, int]
    heard_s: int
    flows: Sequence[Flow] = ()
    refused: Mapping[str, Refused] = field(default_factory=dict[str, Refused])
    watched_s: int = 0


def usual_step_s(hours: Sequence[int], readings: Sequence[int]) -> float:
    """The usual seconds between two readings, from the last hours that had any; 0 when that is not known yet."""
    if len(hours) < 2:
        return 0.0
    gap = median(later - earlier for earlier, later in pairwise(hours))
    return gap * HOUR_S / median(readings)


def judge(
    memories: Mapping[str, SensorMemory], heard: Heard, previous: Mapping[str, Verdict], now: datetime
) -> dict[str, Verdict]:
    """How each sensor of a device is judged now. What it was before only lends its beginning to what is the same."""
    now_s = int(now.timestamp())
    limit_s = _quiet_s([flow.number for flow in heard.flows[-12:]], [flow.readings for flow in heard.flows[-12:]])
    newest_s = max(heard.newest.values(), default=0)
    is_old = now_s - max(newest_s, _excused_s(heard, previous)) > limit_s
    unheard = _unheard(heard, limit_s, newest_s, now_s) if is_old else None
    late = None if unheard else _late(heard, limit_s, newest_s, now_s, is_old=is_old)
    verdicts: dict[str, Verdict] = {}
    for quantity, memory in memories.items():
        found = (
            unheard
            or _by_its_own(quantity, memory, heard, newest_s, now_s)
            or late
            or _by_values(memory, rule_of(quantity), now_s)
        )
        verdicts[quantity] = _verdict(found, previous.get(quantity), heard.newest.get(quantity, now_s), now_s)
    return verdicts


@dataclass(frozen=True, slots=True)
class _Finding:
    reason: str
    since_s: int
    detail: Mapping[str, float] = field(default_factory=dict[str, float])


def _verdict(found: _Finding | None, before: Verdict | None, newest_s: int, now_s: int) -> Verdict:
    if found is None:
        if before is not None and before.is_ok:
            return before
        return Verdict("ok", None, datetime.fromtimestamp(newest_s if before is None else now_s, UTC))
    state = REASONS[found.reason]
    same = before is not None and before.state == state
    since_at = before.since_at if before is not None and same else datetime.fromtimestamp(found.since_s, UTC)
    return Verdict(state, found.reason, since_at, found.detail)


def _excused_s(heard: Heard, previous: Mapping[str, Verdict]) -> int:
    """While the hub did not listen, nobody could be heard; but who was silent before is so until it speaks."""
    return 0 if any(before.state in {"silent", "late"} for before in previous.values()) else heard.watched_s


def _unheard(heard: Heard, limit_s: float, newest_s: int, now_s: int) -> _Finding | None:
    """Nothing usable comes from the device: no word at all, or only words about a time that cannot be."""
    clock = heard.refused.get("")
    if clock is not None and now_s - clock.received_s <= limit_s:
        return _Finding("clock_wrong", newest_s, {"ahead_s": clock.measured_s - clock.received_s})
    quiet_s = now_s - heard.heard_s
    if quiet_s <= limit_s or (quiet_s <= _LONGEST_BATCH_S and _is_buffered(heard.flows, limit_s, now_s)):
        return None
    return _Finding("device_silent", newest_s)


def _quiet_s(hours: Sequence[int], readings: Sequence[int]) -> float:
    return max(_QUIET_S, _STEPS * usual_step_s(hours, readings))


def _by_its_own(quantity: str, memory: SensorMemory, heard: Heard, device_s: int, now_s: int) -> _Finding | None:
    """The device speaks: whether of this quantity too, and of values that can be."""
    own_s = heard.newest.get(quantity, 0)
    refused = heard.refused.get(quantity)
    if refused is not None:
        fresh = now_s - min(refused.measured_s, refused.received_s) <= SPIKE_HOLD_S
        if fresh or (refused.measured_s > own_s and refused.measured_s >= device_s - _QUIET_S):
            return _Finding("refused", refused.measured_s, {"value": refused.value})
    behind_s = device_s - own_s
    if behind_s > _QUIET_S and behind_s > _quiet_s(memory.hours, memory.readings):
        return _Finding("missing", own_s)
    return None


def _late(heard: Heard, limit_s: float, newest_s: int, now_s: int, *, is_old: bool) -> _Finding | None:
    if not is_old and not _is_buffered(heard.flows, limit_s, now_s):
        return None
    slow = [flow for flow in heard.flows if flow.slowest_s > limit_s][-2:]
    one_by_one = (
        len(slow) == 2
        and slow[1].received_s - slow[0].received_s > _BATCH_GAP_S
        and abs(slow[1].way_s - slow[0].way_s) < _SAME_WAY_S
    )
    way_s = max((flow.slowest_s for flow in slow), default=0)
    return _Finding("clock_behind" if one_by_one else "buffered", newest_s, {"way_s": way_s})


def _is_buffered(flows: Sequence[Flow], limit_s: float, now_s: int) -> bool:
    """Whether batches of old rows are a device's way: several of them, and none of its last hours came in time.

    The one batch after an outage is no habit.
    """
    if not any(flow.slowest_s > limit_s for flow in flows[-_TIMELY_HOURS:]):
        return False
    batches, last_s = 0, 0
    first = now_s // HOUR_S - KEPT_FLOWS_H
    for received_s in sorted(flow.received_s for flow in flows if flow.slowest_s > limit_s and flow.number >= first):
        if received_s - last_s > _BATCH_GAP_S:
            batches += 1
            last_s = received_s
    return batches >= _LATE_BATCHES


def _by_values(memory: SensorMemory, rule: Rule, now_s: int) -> _Finding | None:
    if memory.spikes and now_s - memory.spike_s <= SPIKE_HOLD_S:
        return _Finding("spikes", memory.spike_s, {"value": memory.spike, "times": memory.spikes})
    if memory.stuck:
        return _stuck(memory, rule)
    if memory.drifting and memory.base_is is not None:
        away = median(memory.day_diffs) - memory.base_is
        return _Finding("away", memory.drift_since_day * 24 * HOUR_S, {"away": round(away, 4)})
    return None


def _stuck(memory: SensorMemory, rule: Rule) -> _Finding:
    detail: dict[str, float] = {"value": memory.flat_high, "hours": memory.flat_hours}
    if rule.blocked_mm is not None and memory.near_total >= rule.blocked_mm:
        return _Finding("blocked", memory.flat_since_s, detail | {"near": round(memory.near_total, 1)})
    near_low, near_high = memory.near_low, memory.near_high
    if rule.moved is not None and near_low is not None and near_high is not None and near_high - near_low > rule.moved:
        return _Finding("flat_alone", memory.flat_since_s, detail | {"near": round(near_high - near_low, 1)})
    return _Finding("flat", memory.flat_since_s, detail)
