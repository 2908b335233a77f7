"""What farmers do with warnings, and what the worker does with them.

Every function takes the caller's transaction first; none commits or reads a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.fields.plots import Plot, may_change
from hub.fields.plots.past import shown_since
from hub.fields.plots.service import fetch_plot
from hub.fields.thresholds import readers, store
from hub.fields.thresholds.deciding import Circumstances, Effect, State, decide, remember_wrong
from hub.fields.thresholds.measures import MEASURES
from hub.fields.thresholds.rehearsal import Rehearsal, rehearse
from hub.fields.thresholds.rules import check_rule, gap_for
from hub.fields.thresholds.samples import make_samples, moments_of, place_arrivals
from hub.fields.thresholds.sensors import AskSensors, SensorWord, no_sensors, worst_word
from hub.fields.thresholds.store import DueWarning, NewWarning, Preset, Warning  # noqa: A004  # the farmer's own word for it
from hub.registry.audit import record
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection, notify

__all__ = [
    "LONGEST_PAUSE", "MOST_WARNINGS", "Happened", "NewWarning", "Warnings", "change_warning", "create_warning",
    "fetch_presets", "fetch_warning", "fetch_warnings", "find_plot", "pause_warning", "remove_warning", "set_told",
]  # fmt: skip

MOST_WARNINGS = 30
LONGEST_PAUSE = timedelta(days=60)
_AT_ONCE = 200
_MONTH = timedelta(days=30)
_WEEK = timedelta(days=7)
# So far back a rule looks when it has seen nothing yet, beside its own window.
_BEGIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Happened:
    """What follows from a look: of which warning, and what."""

    warning: Warning
    effect: Effect


# --- what farmers do --------------------------------------------------------------------------------------------------


def find_plot(conn: Connection, actor: Actor, plot_id: str, *, to_change: bool = False) -> Plot:
    """A plot whose warnings the actor may read, or change. Raises NotFound, Forbidden (only its owner changes them).

    City staff do either where the owner has agreed that they look into the plot.
    """
    plot = fetch_plot(conn, actor, plot_id)
    if plot.id not in readers.fetch_read_plots(conn, actor):
        raise NotFound("There is no such plot.")
    if to_change and not may_change(plot, actor.person_id, is_staff=actor.is_staff):
        raise Forbidden("Only the owner of a plot changes its warnings.")
    return plot


def fetch_warnings(conn: Connection, actor: Actor, plot_id: str) -> list[Warning]:
    """The warnings of a plot. Raises NotFound."""
    return store.fetch_warnings(conn, find_plot(conn, actor, plot_id).id)


def fetch_warning(conn: Connection, actor: Actor, plot_id: str, warning_id: str) -> Warning:
    """One warning. Raises NotFound."""
    plot = find_plot(conn, actor, plot_id)
    found = store.fetch_warnings(conn, plot.id, warning_id) if is_id(warning_id) else []
    if not found:
        raise NotFound("There is no such warning.")
    return found[0]


def create_warning(conn: Connection, actor: Actor, plot_id: str, new: NewWarning, now: datetime) -> str:
    """Make a warning and return its id.

    Raises NotFound, Forbidden, Invalid (by field), Conflict (as many as a plot may have).
    """
    plot = find_plot(conn, actor, plot_id, to_change=True)
    if store.count_warnings(conn, plot.id) >= MOST_WARNINGS:
        raise Conflict(f"A plot has at most {MOST_WARNINGS} warnings.")
    warning_id = new_id("w")
    store.add_warning(conn, warning_id, plot.id, _fitting(conn, plot, new, now), actor.person_id, now)
    _tell(conn, actor, "create_warning", plot, warning_id, now)
    return warning_id


def change_warning(
    conn: Connection, actor: Actor, plot_id: str, warning_id: str, new: NewWarning, now: datetime
) -> Warning:
    """Give a warning another sentence; it begins anew. Returns it as it was. Raises as `create_warning`."""
    plot = find_plot(conn, actor, plot_id, to_change=True)
    before = fetch_warning(conn, actor, plot_id, warning_id)
    store.save_warning(conn, warning_id, plot.id, _fitting(conn, plot, new, now), now)
    _tell(conn, actor, "change_warning", plot, warning_id, now)
    return before


def remove_warning(conn: Connection, actor: Actor, plot_id: str, warning_id: str, now: datetime) -> Warning:
    """Take a warning away; returns it as it was. Raises NotFound, Forbidden."""
    plot = find_plot(conn, actor, plot_id, to_change=True)
    before = fetch_warning(conn, actor, plot_id, warning_id)
    store.remove_warning(conn, plot.id, warning_id)
    _tell(conn, actor, "remove_warning", plot, warning_id, now)
    return before


def pause_warning(
    conn: Connection, actor: Actor, plot_id: str, warning_id: str, until_at: datetime | None, now: datetime
) -> None:
    """Pause a warning until an instant (None: end its pause); what is so when it ends is told then.

    Raises NotFound, Forbidden, Conflict for an end that is not ahead, or further than 60 days.
    """
    plot = find_plot(conn, actor, plot_id, to_change=True)
    fetch_warning(conn, actor, plot_id, warning_id)
    if until_at is not None and not now < until_at <= now + LONGEST_PAUSE:
        raise Conflict(f"A pause ends within the next {LONGEST_PAUSE.days} days.")
    store.save_mute(conn, plot.id, warning_id, until_at)
    _tell(conn, actor, "pause_warning", plot, warning_id, now, until=until_at.isoformat() if until_at else None)


def set_told(conn: Connection, actor: Actor, plot_id: str, now: datetime, *, wanted: bool) -> None:
    """The actor wants to be told of a plot, or not. Raises NotFound; Forbidden for staff, whose plot it is not."""
    plot = find_plot(conn, actor, plot_id)
    if plot.owner_id != actor.person_id and actor.is_staff:
        raise Forbidden("Only a plot's farmers are told of it.")
    readers.save_told(conn, plot.id, actor.person_id, wanted=wanted)
    record(conn, actor, "set_told", f"plot/{plot.id}", now, wanted=wanted)


def fetch_presets(conn: Connection, plot: Plot) -> list[Preset]:
    """Proposals for a plot by its crop; of two that ask the same only the first, which is the crop's."""
    asked: dict[tuple[str, str, str, float], Preset] = {}
    for preset in store.fetch_presets(conn, plot.crop_id):
        rule = preset.rule
        asked.setdefault((rule.measure, rule.how, rule.side, rule.limit), preset)
    return list(asked.values())


def _fitting(conn: Connection, plot: Plot, new: NewWarning, now: datetime) -> NewWarning:
    if new.device_key not in plot.station_keys:
        raise Invalid("station: it does not stand on this plot.")
    gap_min = gap_for(store.fetch_interval(conn, new.device_key, now - _WEEK))
    return NewWarning(new.device_key, replace(check_rule(new.rule), gap_min=gap_min))


def _tell(
    conn: Connection, actor: Actor, act: str, plot: Plot, warning_id: str, now: datetime, **detail: object
) -> None:
    # The log outlives the plot: that a warning was made stands in it, not what the farmer waits for.
    record(conn, actor, act, f"plot/{plot.id}", now, warning=warning_id, **detail)
    notify(conn, "live", {"what": "plot", "id": plot.id})


# --- what the worker does ---------------------------------------------------------------------------------------------


class Warnings:
    """The town's warnings: looked at by the worker, rehearsed before they are kept.

    `late_after_s`: a reading that comes so many seconds after it was measured is history. `sensors` says how sensors
    are.
    """

    def __init__(self, *, zone: ZoneInfo, late_after_s: float, sensors: AskSensors = no_sensors) -> None:
        self.zone = zone
        self._late_after = timedelta(seconds=late_after_s)
        self._sensors = sensors

    def look(self, conn: Connection, now: datetime, limit: int = _AT_ONCE) -> list[Happened]:
        """Decide upon what has come since the last look, of at most so many warnings. One worker at a time looks."""
        mine, looked_at = store.lock_look(conn)
        if not mine:
            return []
        due = store.claim_due(conn, limit)
        sensors = self._sensors(conn, {one.warning.device_key for one in due})
        happened: list[Happened] = []
        for one in due:
            state, effects = self._decide(conn, one, sensors, looked_at, now)
            store.save_state(conn, one, state)
            happened.extend(Happened(one.warning, effect) for effect in effects)
        if len(due) < limit:
            store.save_look(conn, now)
        return happened

    def rehearse(self, conn: Connection, plot: Plot, new: NewWarning, now: datetime) -> Rehearsal:
        """What a warning would have told within the last 30 days. Raises Invalid for one that cannot be."""
        new = _fitting(conn, plot, new, now)
        since = shown_since(conn, new.device_key, now - _MONTH)
        readings = store.fetch_readings(conn, new.device_key, new.rule.measure, since, now)
        wrong = store.fetch_wrong_spells(conn, new.device_key, new.rule.measure, since, now)
        return rehearse(new.rule, readings, self.zone, self._late_after, wrong)

    def _decide(
        self,
        conn: Connection,
        due: DueWarning,
        sensors: Mapping[tuple[int, str], SensorWord],
        looked_at: datetime | None,
        now: datetime,
    ) -> tuple[State, list[Effect]]:
        warning, rule = due.warning, due.warning.rule
        begin = now - _BEGIN - rule.hold
        if due.state.seen_at is not None:
            begin = min(max(begin, due.state.seen_at), now)
        since = begin - rule.window - rule.gap
        readings = store.fetch_readings(conn, warning.device_key, rule.measure, since, now + timedelta(minutes=5))
        placed = place_arrivals(readings, due.state.seen_at, looked_at, now)
        samples = make_samples(rule, placed, self._late_after)
        word = worst_word([sensors.get((warning.device_key, name)) for name in MEASURES[rule.measure].quantities])
        circumstances = Circumstances(word.says, word.since_at, warning.muted_until, self._late_after)
        state, effects = decide(rule, due.state, samples, now, self.zone, circumstances)
        return remember_wrong(state, moments_of(rule, placed, self._late_after), circumstances), effects
