"""All that one copter is and remembers. Pure: clocks and chance are given to it, messages are left in `out`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulators.vehicle.battery import Battery
from simulators.vehicle.geodesy import Ground
from simulators.vehicle.gps import Gps, GpsQuality
from simulators.vehicle.items import Item, home_item
from simulators.vehicle.mav import Mode, Severity, Store
from simulators.vehicle.motion import Motion
from simulators.vehicle.parameters import Parameters
from simulators.vehicle.streams import Schedule
from simulators.vehicle.transfers import Upload
from simulators.vehicle.values import Message, Outgoing, Place
from simulators.vehicle.wind import Air, Wind

__all__ = ["BOOT_S", "Camera", "Config", "Copter", "Failures", "Flight", "Leg", "Run"]

BOOT_S = 1.5
"""From power-on to the first heartbeat."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a copter is made of: its MAVLink number, where it stands, its battery, its sky and its chance."""

    system_id: int = 1
    place: Place = field(default_factory=lambda: Place(-35.363261, 149.165230, 584.0, 353.0))
    seed: int = 1
    battery_mah: float = 5200.0
    wind: Wind = field(default_factory=Wind)
    gps: GpsQuality = field(default_factory=GpsQuality)


@dataclass(frozen=True, slots=True)
class Leg:
    """The straight that it flies: from here (metres north, east) to there (north, east, up)."""

    start: tuple[float, float]
    target: tuple[float, float, float]


@dataclass(slots=True)
class Flight:
    """What the present mode remembers: where it flies, in which phase it is, since when."""

    leg: Leg | None = None
    hold: tuple[float, float] | None = None
    up_m: float | None = None
    phase: str = ""
    since_s: float = 0.0
    velocity: tuple[float, float, float] | None = None
    velocity_s: float = 0.0
    speed_mps: float | None = None
    heading_deg: float | None = None
    taking_off: bool = False


@dataclass(slots=True)
class Run:
    """How far the mission is: the item that it is at, whether it runs, and how often each jump was taken."""

    index: int = 0
    running: bool = False
    complete: bool = False
    reached_s: float | None = None
    wait_until_s: float | None = None
    jumps: dict[int, int] = field(default_factory=dict[int, int])


@dataclass(slots=True)
class Camera:
    """A camera that is fired each so many metres; 0 is never."""

    every_m: float = 0.0
    count: int = 0
    last: tuple[float, float] | None = None


@dataclass(slots=True)
class Failures:
    """Which failsafes have fired and are not over, and since when (seconds) their causes have been there."""

    ground_station: bool = False
    battery_low: bool = False
    battery_critical: bool = False
    position: bool = False
    fence: bool = False
    low_since_s: float | None = None
    critical_since_s: float | None = None
    lost_since_s: float | None = None
    fence_count: int = 0
    fence_kind: int = 0
    fence_at_s: float = 0.0


class Copter:
    """One copter. `out` holds what it has to say since it was last emptied."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.parameters = Parameters()
        self.parameters.set("SYSID_THISMAV", config.system_id)
        self.parameters.set("BATT_CAPACITY", config.battery_mah)
        self.parameters.set("BATT_LOW_MAH", config.battery_mah * 0.2)
        self.parameters.set("BATT_CRT_MAH", config.battery_mah * 0.1)
        self.ground = Ground.about(config.place)
        self.chance = Random(config.seed * 7919 + config.system_id)
        self.out: list[Outgoing] = []
        # the world about it
        self.wind, self.air = config.wind, Air()
        self.gps_quality = config.gps
        self.motion = Motion(heading_deg=config.place.heading_deg)
        self.battery = Battery(config.battery_mah)
        self.broken = False
        # what survives a reboot: the lists
        self.lists: dict[Store, tuple[Item, ...]] = {Store.MISSION: (), Store.FENCE: (), Store.RALLY: ()}
        # wall seconds, and the true time as seconds since 1970; both are told with each step
        self.now_s = 0.0
        self.unix_s = 0.0
        self.elapsed_s = 0.0
        self.links: dict[int, Schedule] = {}
        self.power_on()

    def power_on(self) -> None:
        """As after power-on or a reboot: lists and parameters stay, all else begins anew."""
        self.boot_s = 0.0
        self.armed = False
        self.mode = Mode.STABILIZE
        self.flight = Flight()
        self.run = Run()
        self.camera = Camera(every_m=self.parameters["CAM_TRIGG_DIST"])
        self.failures = Failures()
        self.gps = Gps()
        self.home: Place | None = None
        self.home_locked = False
        self.estimate = self.motion
        self.uploads: dict[Store, Upload | None] = dict.fromkeys(self.lists)
        self.station_s: float | None = None
        self.landed_s = 0.0  # by its own clock, and by the wall's
        self.ground_s = self.now_s
        self.overrides: dict[int, int] = {}
        self.overridden_s = 0.0
        for link in self.links:
            self.links[link] = Schedule()

    @property
    def booted(self) -> bool:
        """Whether the autopilot runs."""
        return self.boot_s >= BOOT_S

    @property
    def aloft(self) -> bool:
        """Whether it has left the ground."""
        return self.motion.up_m > 0

    @property
    def has_position(self) -> bool:
        """Whether the autopilot knows where it is."""
        return self.gps.is_trusted

    @property
    def home_up_m(self) -> float:
        """How high home lies above the ground where it started."""
        return 0.0 if self.home is None else self.home.height_m - self.config.place.height_m

    @property
    def relative_m(self) -> float:
        """Its height above home, as it believes."""
        return self.estimate.up_m - self.home_up_m

    def place(self) -> Place:
        """Where it believes to be."""
        lat, lon = self.ground.degrees(self.estimate.north_m, self.estimate.east_m)
        return Place(lat, lon, self.estimate.up_m + self.config.place.height_m, self.estimate.heading_deg)

    def true_place(self) -> Place:
        """Where it is."""
        lat, lon = self.ground.degrees(self.motion.north_m, self.motion.east_m)
        return Place(lat, lon, self.motion.up_m + self.config.place.height_m, self.motion.heading_deg)

    def mission(self) -> tuple[Item, ...]:
        """The mission as it is read back: item 0 is home, once that is known."""
        items = self.lists[Store.MISSION]
        if self.home is None:
            return items
        return (home_item(self.home.lat, self.home.lon, self.home.height_m), *items[1:])

    def send(self, name: str, link: int | None = None, **fields: Any) -> None:
        """Leave a message, to one link or to all."""
        self.out.append(Outgoing(Message(name, fields), link))

    def say(self, severity: Severity, text: str) -> None:
        """Tell all ground stations in words (STATUSTEXT): 50 plain letters at most."""
        self.send("STATUSTEXT", severity=int(severity), text=text.encode("ascii", "replace")[:50].decode())

    def channel(self, number: int) -> int:
        """What the pilot's stick gives, microseconds; with no pilot there the throttle is low."""
        value = self.overrides.get(number, 0)
        return value or (1000 if number == 3 else 1500)

    def set_home(self, place: Place, *, locked: bool) -> None:
        """Home is there from now on; everybody is told."""
        self.home, self.home_locked = place, locked
        self.send("HOME_POSITION", **self.home_fields())

    def home_fields(self) -> dict[str, Any]:
        """HOME_POSITION's fields."""
        home = self.home or self.config.place
        north, east = self.ground.metres(home.lat, home.lon)
        return {
            "latitude": round(home.lat * 1e7),
            "longitude": round(home.lon * 1e7),
            "altitude": round(home.height_m * 1000),
            "x": north,
            "y": east,
            "z": self.config.place.height_m - home.height_m,
            "q": [math.cos(math.radians(home.heading_deg) / 2), 0.0, 0.0, math.sin(math.radians(home.heading_deg) / 2)],
            "approach_x": 0.0,
            "approach_y": 0.0,
            "approach_z": 0.0,
            "time_usec": round(self.boot_s * 1e6),
        }
