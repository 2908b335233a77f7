"""What matters on a plot now, out of what its stations measured. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hub.fields.agronomy.frost import DEFAULT_LIMIT_C, FrostRisk, frost_risk
from hub.fields.agronomy.humidity import deficit_g_m3, deficit_kpa, dew_point_c, wet_bulb_c
from hub.fields.agronomy.paddy import WaterLoss, water_loss
from hub.fields.agronomy.warmth import days_to_target, degree_days
from hub.fields.glance.battery import battery_word
from hub.fields.glance.values import LOUDNESS, MAIN_QUANTITIES, Air, Battery, Glance, Notice, Past, Season, Shown
from hub.fields.plots.values import Latest, Station, is_stale

__all__ = ["PlotFacts", "decide_frost", "decide_season", "main_value", "season_start", "sum_up"]

_NOT_OF_THE_FIELD = frozenset({"battery_voltage", "signal_strength", "rainfall"})
# Temperature and humidity are one measurement when they are no further apart.
_TOGETHER = timedelta(minutes=15)
# Who stands for more than a year (a vineyard, blueberries) has its seasons by the calendar.
_LONGEST_SEASON = timedelta(days=400)
_NO_DATA_AFTER = timedelta(hours=6)
_ANY = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PlotFacts:
    """What of a plot bears on what its measurements mean.

    `offsets_c` (K) are added to the air temperature of a station, by its key. `frost_limit_c`: °C of the air; None
    where the crop does not mind, with `knows_crop` False it is simply not known.
    """

    station_keys: Sequence[int]
    offsets_c: Mapping[int, float] = field(default_factory=dict[int, float])
    lat: float | None = None
    lon: float | None = None
    planted_on: date | None = None
    base_temperature_c: float | None = None
    target_degree_days: float | None = None
    frost_limit_c: float | None = None
    knows_crop: bool = False
    is_paddy: bool = False

    def offset_c(self, device_key: int) -> float:
        """What is added to a station's air temperature, K."""
        return self.offsets_c.get(device_key, 0.0)


def sum_up(facts: PlotFacts, stations: Sequence[Station], past: Past, now: datetime, today: date) -> Glance:
    """The plot at a glance; `stations` in the plot's own order, `today` on the town's calendar."""
    values = _choose(facts, stations, past, now)
    rains = [past.rain_today_mm[station.key] for station in stations if station.key in past.rain_today_mm]
    frost = decide_frost(facts, stations, past, now)
    season = decide_season(facts, past, today)
    batteries = _batteries(stations)
    newest_at = max((latest.measured_at for station in stations for latest in station.latest), default=None)
    notices = [*_notices(stations, newest_at, frost, season, batteries, now), *_troubles(stations, past)]
    return Glance(
        values,
        _air(facts, stations, past, now),
        # Two gauges on one plot measured the same rain: the one that caught more was not blocked.
        max(rains) if rains else None,
        _loss(stations, past),
        frost,
        season,
        batteries,
        newest_at,
        sorted(notices, key=lambda notice: -LOUDNESS[notice.kind]),
    )


def main_value(facts: PlotFacts, values: Mapping[str, Shown]) -> Shown | None:
    """Whose course a card draws; None where nothing is measured, or what is cannot be believed."""
    order = ("water_depth", *MAIN_QUANTITIES) if facts.is_paddy else MAIN_QUANTITIES
    return next((values[name] for name in order if name in values and not values[name].is_doubted), None)


def _choose(facts: PlotFacts, stations: Sequence[Station], past: Past, now: datetime) -> dict[str, Shown]:
    """For each quantity the first station that measures it now and can be believed, else the one that did last."""
    chosen: dict[str, Shown] = {}
    for station in stations:
        for latest in station.latest:
            name = latest.quantity.name
            if name in _NOT_OF_THE_FIELD:
                continue
            offset = facts.offset_c(station.key) if name == "air_temperature" else 0.0
            shown = Shown(
                latest.quantity,
                latest.value + offset,
                latest.measured_at,
                latest.trend,
                station.id,
                station.name,
                is_stale(latest.measured_at, now),
                past.doubts(station.key, name),
            )
            before = chosen.get(name)
            if before is None or _rank(shown) > _rank(before):
                chosen[name] = shown
    return chosen


def _rank(shown: Shown) -> tuple[bool, bool, datetime]:
    """Greater is better: believed before doubted, new before old, and of old ones the newest."""
    age = shown.measured_at if shown.is_old else _ANY
    return not shown.is_doubted, not shown.is_old, age


def _air(facts: PlotFacts, stations: Sequence[Station], past: Past, now: datetime) -> Air | None:
    """The air of the first station that measures both now."""
    for station in stations:
        latest: dict[str, Latest] = {one.quantity.name: one for one in station.latest}
        warm, moist = latest.get("air_temperature"), latest.get("relative_humidity")
        if any(past.doubts(station.key, name) for name in ("air_temperature", "relative_humidity")):
            continue
        if warm is None or moist is None or abs(warm.measured_at - moist.measured_at) > _TOGETHER:
            continue
        if is_stale(warm.measured_at, now) or is_stale(moist.measured_at, now):
            continue
        # The station's own moisture, in the plot's own air: the vapour is the same, the temperature is not.
        vapour_c = dew_point_c(warm.value, moist.value)
        air_c = warm.value + facts.offset_c(station.key)
        humidity = min(100.0, 100 * _ratio(vapour_c, air_c))
        return Air(
            air_c,
            humidity,
            min(vapour_c, air_c),
            wet_bulb_c(air_c, humidity),
            deficit_g_m3(air_c, humidity),
            deficit_kpa(air_c, humidity),
        )
    return None


def _ratio(dew_c: float, air_c: float) -> float:
    from_dew, from_air = (deficit_kpa(celsius, 0) for celsius in (dew_c, air_c))
    return from_dew / from_air


def _loss(stations: Sequence[Station], past: Past) -> WaterLoss | None:
    for station in stations:
        found = water_loss(past.depths.get(station.key, ()))
        if found is not None:
            return found
    return None


def decide_frost(facts: PlotFacts, stations: Sequence[Station], past: Past, now: datetime) -> FrostRisk | None:
    """Tonight's frost on the plot; None for a crop that does not mind, and where no station measures the air.

    Of several stations the coldest statement counts: a plot freezes where it is coldest.
    """
    if facts.knows_crop and facts.frost_limit_c is None:
        return None
    limit_c = DEFAULT_LIMIT_C if facts.frost_limit_c is None else facts.frost_limit_c
    measuring = [
        station for station in stations if any(one.quantity.name == "air_temperature" for one in station.latest)
    ]
    believed = [station for station in measuring if not past.doubts(station.key, "air_temperature")]
    if measuring and not believed:
        return FrostRisk("no_statement", ("sensor_trouble",), limit_c, None)
    risks = [
        frost_risk(
            past.evening.get(station.key, ()),
            station.lat if facts.lat is None else facts.lat,
            station.lon if facts.lon is None else facts.lon,
            now,
            limit_c=limit_c,
            offset_c=facts.offset_c(station.key),
        )
        for station in believed
    ]
    return max(risks, key=lambda risk: -1.0 if risk.chance is None else risk.chance, default=None)


def season_start(planted_on: date, today: date) -> tuple[date, bool]:
    """From which day degree days are summed, and whether that is the planting day."""
    if today - planted_on <= _LONGEST_SEASON:
        return planted_on, True
    return date(today.year, 1, 1), False


def decide_season(facts: PlotFacts, past: Past, today: date) -> Season | None:
    """The crop's degree days up to yesterday; None without a planting day or base temperature, or before planting."""
    if facts.planted_on is None or facts.base_temperature_c is None or facts.planted_on > today:
        return None
    since, is_planting = season_start(facts.planted_on, today)
    base_c = facts.base_temperature_c
    means_c = _plot_means_c(facts, past)
    so_far = degree_days(means_c, since, today - timedelta(days=1), base_c=base_c)
    left = None
    if facts.target_degree_days:
        coming = {day: max(0.0, mean - base_c) for day, mean in means_c.items() if (today - day).days < 364}
        left = days_to_target(so_far, facts.target_degree_days, today, coming)
    return Season(since, is_planting, base_c, so_far, facts.target_degree_days, left)


def _plot_means_c(facts: PlotFacts, past: Past) -> dict[date, float]:
    """Each day's mean by the first station that has one, with that station's offset."""
    means_c: dict[date, float] = {}
    for key in facts.station_keys:
        for day, mean_c in past.daily_means_c.get(key, {}).items():
            means_c.setdefault(day, mean_c + facts.offset_c(key))
    return means_c


def _batteries(stations: Sequence[Station]) -> list[Battery]:
    found: list[Battery] = []
    for station in stations:
        for latest in station.latest:
            word = battery_word(latest.value) if latest.quantity.name == "battery_voltage" else None
            if word is not None:
                found.append(Battery(station.id, station.name, latest.value, word))
    return found


def _notices(
    stations: Sequence[Station],
    newest_at: datetime | None,
    frost: FrostRisk | None,
    season: Season | None,
    batteries: Sequence[Battery],
    now: datetime,
) -> list[Notice]:
    notices: list[Notice] = []
    if frost is not None and frost.level in ("likely", "possible"):
        notices.append(Notice("frost_likely" if frost.level == "likely" else "frost_possible"))
    if newest_at is not None and now - newest_at > _NO_DATA_AFTER:
        notices.append(Notice("no_data"))
    elif newest_at is not None:
        for station in stations:
            newest = max((latest.measured_at for latest in station.latest), default=None)
            if newest is None or is_stale(newest, now):
                notices.append(Notice("old_data", station.name))
    for battery in batteries:
        if battery.word in ("low", "empty"):
            notices.append(Notice("battery_empty" if battery.word == "empty" else "battery_low", battery.station_name))
    if season is not None and season.left is not None and season.left.days == 0:
        notices.append(Notice("target_reached"))
    return notices


def _troubles(stations: Sequence[Station], past: Past) -> list[Notice]:
    """Sensors that measure and cannot be believed; silence has its own notice."""
    found: list[Notice] = []
    for station in stations:
        for latest in station.latest:
            trouble = past.troubles.get(station.key, {}).get(latest.quantity.name)
            if trouble in ("stuck", "out_of_range", "drifting"):
                found.append(Notice(trouble, station.name, latest.quantity.label))
    return found
