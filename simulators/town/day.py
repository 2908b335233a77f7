"""What happens in the town between two instants of the world, and how its people answer. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from simulators.town.places import BOXES, trap_path
from simulators.world.animals import Cause, Visit, outcome_of, visits_of
from simulators.world.noise import dice, unit
from simulators.world.sun import KISARAZU, daylight
from simulators.world.weather import rains_of

__all__ = ["Answer", "Happening", "Kind", "decide_answer", "plan_day"]

Kind = Literal[
    "sunrise", "sunset", "rain_begins", "rain_ends", "passes", "springs", "thermometer_fails", "thermometer_works",
    "bus_fails", "bus_works", "power_off", "power_on", "patrol",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens at an instant of the world to a trap or a box (`subject`), or to everybody ("")."""

    at: datetime
    kind: Kind
    subject: str = ""
    cause: Cause | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A hunter's answer to a sprung trap, in the world's time: says so, arrives, has set the trap again."""

    goes_at: datetime
    eta_minutes: int
    arrives_at: datetime
    set_again_at: datetime


def plan_day(seed: int, begins_at: datetime, ends_at: datetime) -> list[Happening]:
    """All that happens in [begins_at, ends_at), in order."""
    found: list[Happening] = []
    day, last = KISARAZU.day(begins_at) - timedelta(days=2), KISARAZU.day(ends_at)
    while day <= last:
        sunrise, sunset = daylight(KISARAZU, day)
        found += [Happening(KISARAZU.at(day, sunrise), "sunrise"), Happening(KISARAZU.at(day, sunset), "sunset")]
        for rain in rains_of(seed, KISARAZU, day):
            found += [Happening(rain.begins_at, "rain_begins"), Happening(rain.ends_at, "rain_ends")]
        found += [_met(seed, visit) for visit in visits_of(seed, KISARAZU, day, trap_path())]
        found += _troubles(seed, day.toordinal(), KISARAZU.at(day, 0))
        found += _patrols(seed, day.toordinal(), KISARAZU.at(day, sunrise))
        day += timedelta(days=1)
    inside = [happening for happening in found if begins_at <= happening.at < ends_at]
    return sorted(inside, key=lambda happening: (happening.at, happening.subject))


def _met(seed: int, visit: Visit) -> Happening:
    if not visit.springs:
        return Happening(visit.at, "passes", visit.trap, visit.cause)
    return Happening(visit.at, "springs", visit.trap, visit.cause, outcome_of(seed, visit))


def _troubles(seed: int, day: int, midnight: datetime) -> list[Happening]:
    """Each day a thermometer's cable is wet, a bus is silent, and a box is without power, each for an hour or two."""
    roll = dice(seed, "troubles", day)
    fields = [box.name for box in BOXES if box.stations]
    pairs: tuple[tuple[Kind, Kind], ...] = (
        ("thermometer_fails", "thermometer_works"), ("bus_fails", "bus_works"), ("power_off", "power_on"),
    )  # fmt: skip
    found: list[Happening] = []
    for fails, works in pairs:
        begins_at = midnight + timedelta(hours=roll.uniform(8, 20))
        lasts = timedelta(hours=roll.uniform(1, 2))
        box = roll.choice(fields)
        found += [Happening(begins_at, fails, box), Happening(begins_at + lasts, works, box)]
    return found


def _patrols(seed: int, day: int, sunrise: datetime) -> list[Happening]:
    """Each morning somebody goes round the traps of each box; on one day in eight a box is forgotten."""
    found: list[Happening] = []
    for box in (box for box in BOXES if box.traps):
        roll = dice(seed, "patrol", day, box.name)
        if roll.random() >= 1 / 8:
            found.append(Happening(sunrise + timedelta(minutes=roll.uniform(20, 150)), "patrol", box.name))
    return found


def decide_answer(seed: int, trap: str, sprung_at: datetime) -> Answer | None:
    """When a hunter goes, or None: one firing in four is left to whoever watches the demonstration.

    Shooting is not allowed from sunset to sunrise: by night every other hunter waits for first light.
    """
    if unit(seed, "left alone", trap, sprung_at.isoformat()) < 0.25:
        return None
    roll = dice(seed, "answer", trap, sprung_at.isoformat())
    goes_at = sprung_at + timedelta(minutes=roll.uniform(15, 45))
    day, hour = KISARAZU.day(goes_at), KISARAZU.hour(goes_at)
    sunrise, sunset = daylight(KISARAZU, day)
    waits = roll.random() < 0.5
    if waits and hour > sunset - 1:
        day, hour = day + timedelta(days=1), 0.0
        sunrise, _ = daylight(KISARAZU, day)
    if waits and hour < sunrise:
        goes_at = KISARAZU.at(day, sunrise) + timedelta(minutes=roll.uniform(0, 40))
    eta_minutes = roll.choice((20, 30, 40))
    arrives_at = goes_at + timedelta(minutes=eta_minutes + roll.uniform(-5, 10))
    return Answer(goes_at, eta_minutes, arrives_at, arrives_at + timedelta(minutes=roll.uniform(20, 40)))
