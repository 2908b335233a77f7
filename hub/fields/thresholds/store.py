"""Warnings and what they remember in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from hub.fields.imports.history import fetch_imported
from hub.fields.store import fetch_rows
from hub.fields.thresholds.deciding import State
from hub.fields.thresholds.measures import MEASURES
from hub.fields.thresholds.rehearsal import WrongSpell
from hub.fields.thresholds.rules import How, Rule, Season, Side
from hub.fields.thresholds.samples import Reading, leave_out
from hub.fields.thresholds.sensors import COUNTS
from hub.store import Connection, Queries

__all__ = [
    "DueWarning",
    "NewWarning",
    "Preset",
    "Warning",
    "add_warning",
    "claim_due",
    "count_warnings",
    "fetch_interval",
    "fetch_live",
    "fetch_presets",
    "fetch_readings",
    "fetch_warnings",
    "forget_state",
    "is_told",
    "lock_look",
    "remove_warning",
    "save_look",
    "save_mute",
    "save_state",
    "save_warning",
    "season_columns",
    "season_of",
]  # fmt: skip

_queries = Queries.beside(__file__)
_QUANTITIES = json.dumps({name: list(measure.quantities) for name, measure in MEASURES.items()})
_MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class NewWarning:
    """A warning as it shall be: of which station of the plot, and what."""

    device_key: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001  # the farmer's own word for it
    """One warning of a plot. `told_at`: since when it is told; `since_at`: since when it is so without a pause."""

    id: str
    plot_id: str
    device_key: int
    rule: Rule
    muted_until: datetime | None
    changed_at: datetime
    told_at: datetime | None = None
    since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueWarning:
    """A warning to be looked at, locked. `latest_at` and `latest_received_at` are of its newest value."""

    warning: Warning
    state: State
    latest_at: datetime
    latest_received_at: datetime


@dataclass(frozen=True, slots=True)
class Preset:
    """A proposal for a crop, or (`crop_id` None) for any."""

    id: str
    crop_id: str | None
    title: str
    title_en: str | None
    rule: Rule
    source: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    plot_id: str
    device_key: int
    measure: str
    how: str
    window_h: int
    side: str
    limit_value: float
    hysteresis: float
    hold_min: int
    gap_min: int
    season_first: int | None
    season_last: int | None
    quiet_from_min: int | None
    quiet_until_min: int | None
    repeat_h: int | None
    muted_until: datetime | None
    changed_at: datetime
    told_at: datetime | None
    since_at: datetime | None

    def warning(self) -> Warning:
        rule = Rule(
            self.measure, cast("Side", self.side), self.limit_value, cast("How", self.how), self.window_h,
            self.hysteresis, self.hold_min, self.gap_min, season_of(self.season_first, self.season_last),
            _quiet(self.quiet_from_min, self.quiet_until_min), self.repeat_h,
        )  # fmt: skip
        return Warning(
            self.id, self.plot_id, self.device_key, rule, self.muted_until, self.changed_at, self.told_at, self.since_at
        )


@dataclass(frozen=True, slots=True)
class _DueRow(_Row):
    seen_at: datetime | None
    times: int
    back: int
    wrong_at: datetime | None
    latest_at: datetime
    latest_received_at: datetime


@dataclass(frozen=True, slots=True)
class _PresetRow:
    id: str
    crop_id: str | None
    title: str
    title_en: str | None
    measure: str
    how: str
    window_h: int
    side: str
    limit_value: float
    hysteresis: float
    hold_min: int
    season_first: int | None
    season_last: int | None
    quiet_from_min: int | None
    quiet_until_min: int | None
    source: str

    def preset(self) -> Preset:
        rule = Rule(
            self.measure, cast("Side", self.side), self.limit_value, cast("How", self.how), self.window_h,
            self.hysteresis, self.hold_min, season=season_of(self.season_first, self.season_last),
            quiet_min=_quiet(self.quiet_from_min, self.quiet_until_min),
        )  # fmt: skip
        return Preset(self.id, self.crop_id, self.title, self.title_en, rule, self.source)


@dataclass(frozen=True, slots=True)
class _Look:
    looked_at: datetime | None


def season_of(first: int | None, last: int | None) -> Season | None:
    """The season of two days that are kept as month * 100 + day."""
    return None if first is None or last is None else Season(divmod(first, 100), divmod(last, 100))


def season_columns(season: Season | None) -> dict[str, int | None]:
    """The season as it is kept."""
    if season is None:
        return {"season_first": None, "season_last": None}
    (m1, d1), (m2, d2) = season.first, season.last
    return {"season_first": m1 * 100 + d1, "season_last": m2 * 100 + d2}


def _quiet(from_min: int | None, until_min: int | None) -> tuple[int, int] | None:
    return None if from_min is None or until_min is None else (from_min, until_min)


def _columns(new: NewWarning) -> dict[str, object]:
    rule = new.rule
    quiet_from, quiet_until = rule.quiet_min or (None, None)
    return {
        "device_key": new.device_key, "measure": rule.measure, "how": rule.how, "window_h": rule.window_h,
        "side": rule.side,
        "limit_value": rule.limit, "hysteresis": rule.hysteresis, "hold_min": rule.hold_min, "gap_min": rule.gap_min,
        "quiet_from_min": quiet_from, "quiet_until_min": quiet_until, "repeat_h": rule.repeat_h,
        **season_columns(rule.season),
    }  # fmt: skip


def fetch_warnings(conn: Connection, plot_id: str, warning_id: str | None = None) -> list[Warning]:
    """A plot's warnings in the order in which they were made, or one of them."""
    return [row.warning() for row in _queries.all(conn, "fetch_warnings", _Row, plot_id=plot_id, id=warning_id)]


def count_warnings(conn: Connection, plot_id: str) -> int:
    """How many warnings a plot has."""
    count: int = _queries.value(conn, "count_warnings", plot_id=plot_id)
    return count


def add_warning(conn: Connection, warning_id: str, plot_id: str, new: NewWarning, by: str, now: datetime) -> None:
    """A new warning."""
    _queries.run(conn, "add_warning", id=warning_id, plot_id=plot_id, by=by, now=now, **_columns(new))


def save_warning(conn: Connection, warning_id: str, plot_id: str, new: NewWarning, now: datetime) -> None:
    """A warning as it is from now on; it remembers nothing of before."""
    _queries.run(conn, "save_warning", id=warning_id, plot_id=plot_id, now=now, **_columns(new))
    forget_state(conn, warning_id)


def forget_state(conn: Connection, warning_id: str) -> None:
    """A warning begins anew."""
    _queries.run(conn, "forget_state", id=warning_id)


def remove_warning(conn: Connection, plot_id: str, warning_id: str) -> None:
    """A warning goes."""
    _queries.run(conn, "remove_warning", id=warning_id, plot_id=plot_id)


def save_mute(conn: Connection, plot_id: str, warning_id: str, until_at: datetime | None) -> None:
    """Pause a warning, or end its pause."""
    _queries.run(conn, "save_mute", id=warning_id, plot_id=plot_id, until_at=until_at)


def lock_look(conn: Connection) -> tuple[bool, datetime | None]:
    """Whether this worker may look now, and when all was last looked at."""
    look = _queries.one(conn, "lock_look", _Look)
    return look is not None, look.looked_at if look else None


def save_look(conn: Connection, now: datetime) -> None:
    """All was looked at."""
    _queries.run(conn, "save_look", now=now)


def claim_due(conn: Connection, limit: int) -> list[DueWarning]:
    """Warnings that have something to look at, locked; other workers' are left to them."""
    _queries.run(conn, "add_states")
    rows = _queries.all(conn, "claim_due", _DueRow, quantities=_QUANTITIES, limit=limit)
    return [
        DueWarning(
            row.warning(),
            State(row.seen_at, row.since_at, row.times, row.told_at, row.back, row.wrong_at),
            row.latest_at,
            row.latest_received_at,
        )
        for row in rows
    ]


def save_state(conn: Connection, due: DueWarning, state: State) -> None:
    """What a warning remembers from now on."""
    _queries.run(
        conn, "save_state", id=due.warning.id, seen_at=state.seen_at, since_at=state.since_at, times=state.times,
        told_at=state.told_at, back=state.back, wrong_at=state.wrong_at, latest_at=due.latest_at,
        latest_received_at=due.latest_received_at,
    )  # fmt: skip


def fetch_readings(conn: Connection, device_key: int, measure: str, since: datetime, until: datetime) -> list[Reading]:
    """What a station measured of a measure's quantities over [since, until), as it is shown, oldest first.

    Values that came with a file are left out.
    """
    return fetch_live(conn, device_key, MEASURES[measure].quantities, since, until)


def fetch_live(
    conn: Connection, device_key: int, quantities: Sequence[str], since: datetime, until: datetime
) -> list[Reading]:
    """The same of any quantities, in their order."""
    rows = fetch_rows(conn, device_key, quantities, since, until, after=None, limit=_MOST_ROWS)
    readings = [Reading(row.measured_at, row.received_at, row.values) for row in rows]
    return leave_out(readings, quantities, fetch_imported(conn, device_key, since, until))


def fetch_wrong_spells(
    conn: Connection, device_key: int, measure: str, since: datetime, until: datetime
) -> list[WrongSpell]:
    """When a measure's sensors measured what does not count, within [since, until), the oldest first."""
    quantities = list(MEASURES[measure].quantities)
    return _queries.all(
        conn, "fetch_wrong_spells", WrongSpell, device_key=device_key, quantities=quantities, counts=sorted(COUNTS),
        since=since, until=until,
    )  # fmt: skip


def fetch_interval(conn: Connection, device_key: int, since: datetime) -> timedelta | None:
    """How long a station usually waits between two readings; None when it has none."""
    seconds = _queries.value(conn, "fetch_interval", device_key=device_key, since=since)
    return None if seconds is None else timedelta(seconds=float(seconds))


def fetch_presets(conn: Connection, crop_id: str | None) -> list[Preset]:
    """Proposals for a crop and for any, those of the crop first."""
    rows = _queries.all(conn, "fetch_presets", _PresetRow, crop_id=crop_id)
    return [row.preset() for row in rows]


def is_told(conn: Connection, plot_id: str, person_id: str) -> bool:
    """Whether a person is told of a plot."""
    return bool(_queries.value(conn, "is_told", plot_id=plot_id, person_id=person_id))
