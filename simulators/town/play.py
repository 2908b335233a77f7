"""The town's loop: happenings at their hour, hunters' answers, and a line for each."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from simulators import clock
from simulators.clock import WorldClock
from simulators.enrolment import NewDevice, enrolled_agents, registered_devices
from simulators.errors import HubRefused, NotReady
from simulators.hub_api import HubApi
from simulators.town.boxes import RunningBox
from simulators.town.day import Happening, decide_answer, plan_day
from simulators.town.drones import BOX, DRONES, LABEL, SPEEDUP, RunningDrones, stand_ready
from simulators.town.findings import decide_animals
from simulators.town.people import Finding, Hunter, Townspeople, meet_people
from simulators.town.photos import draw_photo
from simulators.town.places import BOXES, Box, Trap, box_of, trap_names
from simulators.words import numbered
from simulators.world.sun import KISARAZU

__all__ = ["Town", "TownOptions", "town_devices"]

_DAY = timedelta(days=1)
_TICK_S = 0.25
_LOOK_S = 2.0
_UP_S = 30.0
_RETRY = timedelta(seconds=5)
# Stations measure each ten minutes of the world, but no faster than a bus can be asked and a page can show.
_WORLD_INTERVAL = timedelta(minutes=10)
_EVERY_S = (2.0, 60.0)
_CAUSES = {"boar": "boar", "raccoon_dog": "raccoon dog", "muntjac": "muntjac", "wind": "storm"}
_PHOTOS = ("whole_right", "with_hunter")


@dataclass(frozen=True, slots=True)
class TownOptions:
    """How the town is played: a day in `minutes`, again and again with `repeat`; `past_days` are sent at first.

    Of the `season_days` before those, some readings a day are sent too.
    """

    data: Path
    minutes: float
    repeat: bool
    seed: int
    past_days: float
    season_days: float = 0


def town_devices() -> list[NewDevice]:
    """All traps and stations, as they are registered."""
    traps = [
        NewDevice(one.id, box.name, "trap", one.name, one.lat, one.lon, box.team) for box in BOXES for one in box.traps
    ]
    stations = [
        NewDevice(one.id, box.name, "station", one.name, one.lat, one.lon) for box in BOXES for one in box.stations
    ]
    return traps + stations


def _drones() -> list[NewDevice]:
    return [NewDevice(one.id, BOX, "drone", one.name, one.lat, one.lon) for one in DRONES]


@dataclass
class Town:
    """Plays the town until `stop`. `say` prints a line."""

    api: HubApi
    options: TownOptions
    say: Callable[[str], None]
    _boxes: dict[str, RunningBox] = field(default_factory=dict[str, RunningBox])
    _drones: RunningDrones | None = None
    _due: list[tuple[datetime, int, Callable[[], None]]] = field(
        default_factory=list[tuple[datetime, int, Callable[[], None]]]
    )
    _order: itertools.count[int] = field(default_factory=itertools.count)
    # Traps that a hunter of ours will set again; all others are watched for a visitor's record.
    _answered: set[str] = field(default_factory=set[str])
    _sprung_at_hub: set[str] = field(default_factory=set[str])

    def run(self, stop: Event) -> None:
        """Move in, play, move out. Raises NotReady or HubRefused when the hub will not have us."""
        self._stop = stop
        try:
            self._move_in()
            self._await_boxes()
            self._play()
        finally:
            self._move_out()

    # -- moving in and out

    def _move_in(self) -> None:
        folder = self.options.data
        self._speed = _DAY.total_seconds() / (self.options.minutes * 60)
        self._clock = WorldClock(clock.now(), 1.0)  # the day has not begun yet
        labels = {box.name: box.label for box in BOXES} | {BOX: LABEL}
        agents = enrolled_agents(self.api, folder / "agents", list(labels), labels)
        registered_devices(self.api, agents, town_devices() + _drones())
        self._people: Townspeople = meet_people(self.api, folder, KISARAZU.day(self._clock.began_at))
        every_s = min(_EVERY_S[1], max(_EVERY_S[0], _WORLD_INTERVAL.total_seconds() / self._speed))
        for box in BOXES:
            self._boxes[box.name] = RunningBox(
                box, agents[box.name], folder / "boxes" / box.name,
                seed=self.options.seed, world_now=self._world, every_s=every_s, world_interval=_WORLD_INTERVAL,
            )  # fmt: skip
        self._drones = RunningDrones(agents[BOX], folder / "boxes" / BOX)
        stand_ready(self.api)
        days = self.options.past_days
        season_days = self.options.season_days
        now = self._clock.began_at
        rows = sum(box.remember_days(days, now, season_days=season_days) for box in self._boxes.values())
        if rows:
            past = numbered(days + season_days, "day")
            self.say(f"the stations were out of reach: they will send {past}, {numbered(rows, 'row')}")
        states = self._people.trap_states()
        for running in self._boxes.values():
            # traps stand as the hub believes: one that nobody has seen to since it sprang stays open
            for trap in running.box.traps:
                if not _is_sprung(states.get(trap.id)):
                    running.set_trap(trap.pin)
            running.start_hardware()
            running.power_on()
        self._drones.power_on()

    def _await_boxes(self) -> None:
        """Let the day begin when the hub has heard of every trap: before that, no agent watches it."""
        powered_at, end_s = clock.now(), clock.monotonic() + _UP_S
        waiting = set(trap_names())
        while waiting and clock.monotonic() < end_s and not clock.wait(self._stop, _TICK_S):
            heard = {device["id"]: device["last_heard_at"] for device in self.api.items("/devices")}
            waiting -= {trap for trap in waiting if _is_since(heard.get(trap), self._clock.began_at)}
        missing = f", {numbered(len(waiting), 'trap')} not heard yet" if waiting else ""
        traps, devices, took_s = len(trap_names()), len(town_devices()), (clock.now() - powered_at).total_seconds()
        self.say(
            f"{numbered(len(BOXES), 'box', 'boxes')} with {numbered(traps, 'trap')} and "
            f"{numbered(devices - traps, 'station')}, up after {took_s:.1f} s{missing}; "
            f"a day passes in {self.options.minutes:g} min: the hours below are the play's, the pages show your own"
        )
        self.say(f"drones that stand ready for drills: {len(DRONES)}, {SPEEDUP:g} times as fast as the clock")
        self._clock = WorldClock(clock.now(), self._speed, repeat=self.options.repeat)
        for trap, state in self._people.trap_states().items():
            if trap in trap_names() and _is_sprung(state):
                self._answer(self._clock.began_at, Finding(self._trap(trap)[1], "empty"))

    def _move_out(self) -> None:
        for running in (*self._boxes.values(), *([self._drones] if self._drones else [])):
            running.ask_power_off()
        for running in self._boxes.values():
            running.power_off()
            running.stop_hardware()
        if self._drones is not None:
            self._drones.power_off()

    # -- the loop

    def _world(self) -> datetime:
        return self._clock.world_at(clock.now())

    def _at(self, world: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (world, next(self._order), act))

    def _play(self) -> None:
        planned_until = self._clock.began_at
        look_at_s = refresh_at_s = 0.0
        while not self._stop.is_set():
            if self._world() + timedelta(hours=1) > planned_until:
                self._plan(planned_until)
                planned_until += _DAY
            while self._due and self._due[0][0] <= self._world():
                act = heapq.heappop(self._due)[2]
                if not self._try(act):
                    self._at(self._clock.world_at(clock.now() + _RETRY), act)
            now_s = clock.monotonic()
            if now_s >= refresh_at_s:
                refresh_at_s = now_s + 1.0
                for running in self._boxes.values():
                    running.check()
                    running.refresh()
                self._tend_drones()
            if now_s >= look_at_s:
                look_at_s = now_s + _LOOK_S
                self._try(self._follow_visitors)
            self._nap()

    def _tend_drones(self) -> None:
        if self._drones is not None:
            self._drones.check()
            for name in self._drones.tend():
                self._tell(f"{name} is back: the pilot puts a fresh battery in")

    def _plan(self, begins_at: datetime) -> None:
        happenings = plan_day(self.options.seed, begins_at, begins_at + _DAY)
        for happening in happenings:
            self._at(happening.at, lambda happening=happening: self._happen(happening))
        first = next((happening.at for happening in happenings if happening.kind == "springs"), None)
        if first is not None and begins_at == self._clock.began_at:
            seconds = (self._clock.real_at(first) - begins_at).total_seconds()
            self._tell(f"the day begins; the first trap springs in about {seconds:.0f} s", begins_at)

    def _nap(self) -> None:
        next_s = _TICK_S
        if self._due:
            next_s = (self._clock.real_at(self._due[0][0]) - clock.now()).total_seconds()
        clock.wait(self._stop, min(_TICK_S, next_s))

    def _try(self, act: Callable[[], None]) -> bool:
        """Act; says whether the hub answered. One that is away, or of another opinion, ends no day in the town."""
        try:
            act()
        except HubRefused as error:
            self._tell(f"(the hub refused: {error})")
        except NotReady:
            self._tell("(the hub does not answer)")
            return False
        return True

    def _tell(self, what: str, at: datetime | None = None) -> None:
        minutes = int(KISARAZU.hour(at or self._world()) * 60)
        self.say(f"{minutes // 60:02d}:{minutes % 60:02d} {what}")

    # -- what happens

    def _happen(self, happening: Happening) -> None:
        if happening.kind in ("passes", "springs"):
            self._meet_trap(happening)
            return
        if happening.kind == "patrol":
            self._patrol(next(box for box in BOXES if box.name == happening.subject), happening.at)
            return
        running = self._boxes.get(happening.subject)
        label = running.box.label if running else ""
        lines = {
            "sunrise": "the sun rises",
            "sunset": "the sun sets; no shooting until it rises",
            "rain_begins": "rain begins",
            "rain_ends": "the rain has passed",
            "thermometer_fails": f"{label}: a wet cable, the soil thermometer's checksum fails",
            "thermometer_works": f"{label}: the cable is dry again",
            "bus_fails": f"{label}: nobody answers on the sensor bus",
            "bus_works": f"{label}: the bus answers again",
            "power_off": f"{label}: the box is without power",
            "power_on": f"{label}: the box is back",
        }
        self._tell(lines[happening.kind], happening.at)
        if running is None:
            return
        if happening.kind.startswith("thermometer"):
            running.fail_thermometers(wet=happening.kind == "thermometer_fails")
        elif happening.kind.startswith("bus"):
            running.fail_bus(silent=happening.kind == "bus_fails")
        elif happening.kind == "power_off":
            running.power_off()
        else:
            running.power_on()

    def _meet_trap(self, happening: Happening) -> None:
        running, trap = self._trap(happening.subject)
        who, name = _CAUSES[happening.cause or "wind"], trap_names()[trap.id]
        if running.is_sprung(trap.pin) or happening.kind == "passes":
            if not running.is_sprung(trap.pin):
                self._tell(f"{who} passes {name}", happening.at)
            return
        self._tell(f"{who} at {name}: trap sprung", happening.at)
        rough = "torn" if happening.cause == "boar" else "reed"
        running.spring(trap.pin, rough, self._stop)
        outcome = happening.outcome or "empty"
        animals = decide_animals(self.options.seed, trap.id, happening.at, happening.cause, outcome)
        self._answer(happening.at, Finding(trap, outcome, animals))

    def _answer(self, sprung_at: datetime, finding: Finding) -> None:
        """Let a hunter go in time, or leave it to a visitor."""
        trap = finding.trap
        answer = decide_answer(self.options.seed, trap.id, sprung_at)
        if answer is None:
            self._tell(f"{trap_names()[trap.id]}: nobody of ours goes; answer it yourself", sprung_at)
            return
        self._answered.add(trap.id)
        hunter = self._people.next_hunter()
        self._at(answer.goes_at, lambda: self._go(hunter, trap, answer.eta_minutes))
        self._at(answer.arrives_at, lambda: self._find(hunter, finding))
        self._at(answer.set_again_at, lambda: self._set_again(trap))

    def _go(self, hunter: Hunter, trap: Trap, eta_minutes: int) -> None:
        incident = self._people.open_incident(trap.id)
        if incident is not None and incident["state"] == "open":
            self._tell(f"{hunter.name} goes to {trap_names()[trap.id]}, there in {eta_minutes} min")
            self._people.say_going(hunter, incident["id"], eta_minutes)

    def _find(self, hunter: Hunter, finding: Finding) -> None:
        trap = finding.trap
        if self._people.open_incident(trap.id) is None:
            return  # a visitor of the demonstration was there first
        self._people.say_found(hunter, replace(finding, photos=self._photos(finding)))
        self._tell(f"{hunter.name} at {trap_names()[trap.id]}: {finding.outcome.replace('_', ' ')}")

    def _photos(self, finding: Finding) -> list[tuple[str, bytes]]:
        """Those that the checklist requires, of what was captured; taken now, at the trap."""
        if finding.outcome != "captured" or not finding.animals:
            return []
        species, place = str(finding.animals[0]["species"]), (finding.trap.lat, finding.trap.lon)
        return [(item, draw_photo(self.options.seed, species, clock.now(), place, item)) for item in _PHOTOS]

    def _patrol(self, box: Box, at: datetime) -> None:
        """Somebody goes round the traps of a box; at a sprung one the report is the visit."""
        running = self._boxes[box.name]
        traps = [trap for trap in box.traps if not running.is_sprung(trap.pin)]
        if traps:
            hunter = self._people.next_hunter()
            self._people.say_visited(hunter, traps, KISARAZU.day(clock.now()), at.toordinal())
            self._tell(f"{hunter.name} goes round the traps of {box.label}", at)

    def _set_again(self, trap: Trap) -> None:
        running, _ = self._trap(trap.id)
        running.set_trap(trap.pin)
        self._answered.discard(trap.id)
        self._tell(f"{trap_names()[trap.id]}: set again")

    def _follow_visitors(self) -> None:
        """A trap that nobody of ours goes to is set again once a visitor has recorded what was found."""
        states = self._people.trap_states()
        for running in self._boxes.values():
            for trap in running.box.traps:
                waits = running.is_sprung(trap.pin) and trap.id not in self._answered
                # Before the hub has heard of the firing, `armed` is merely old news.
                if waits and states.get(trap.id) == "armed" and trap.id in self._sprung_at_hub:
                    self._set_again(trap)
        self._sprung_at_hub = {trap for trap, state in states.items() if _is_sprung(state)}

    def _trap(self, trap_id: str) -> tuple[RunningBox, Trap]:
        running = self._boxes[box_of(trap_id).name]
        return running, next(trap for trap in running.box.traps if trap.id == trap_id)


def _is_sprung(state: str | None) -> bool:
    return state in ("sprung", "sprung_silent")


def _is_since(heard_at: str | None, began_at: datetime) -> bool:
    return heard_at is not None and datetime.fromisoformat(heard_at) >= began_at
