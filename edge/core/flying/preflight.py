"""The list that is gone through before a flight. Pure.

Each line is a code with what was found. What nobody measures is said and does not stop a flight, with the exception of
what flying cannot do without: link, position, attitude, battery, fence, clock.
"""

from dataclasses import dataclass

from edge.core.flying.ground import Place, apart_m, first_outside
from edge.core.flying.seen import Seen
from edge.core.flying.watch import LOST_AFTER_S
from edge.wire.orders import CheckResult, Mission

__all__ = ["CHECKS", "Facts", "Limits", "check_flight"]

CHECKS = ("link", "clock", "gps", "ekf", "battery", "prearm", "storage", "wind", "place", "fence", "mission")

# EKF_STATUS_REPORT: attitude, horizontal velocity, absolute horizontal position; constant position is a bad sign.
_EKF_NEEDED = 1 | 2 | 16
_EKF_CONSTANT = 128
_FIX_3D = 3
# on a slope the height from which all others are measured changes within a few steps
_MOST_ASIDE_M = 25.0
_PREARM = {None: "not told", True: "good", False: "the autopilot is not ready"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the drone's owner has set."""

    fence: tuple[Place, ...]
    highest_m: float
    least_battery_percent: float
    most_wind_mps: float
    least_satellites: int
    most_hdop: float
    least_disk_mb: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What else is known at that moment. `station_wind_mps` is a field station's; `uploaded` whether the mission
    and its fence have been read back as they were sent.

    """

    now_s: float
    clock_is_set: bool
    disk_free_mb: float | None
    disk_fault: str | None
    station_wind_mps: float | None
    uploaded: bool


def check_flight(seen: Seen, facts: Facts, mission: Mission, limits: Limits) -> list[CheckResult]:
    """The whole list, in a fixed order; a flight needs every line passed."""
    age_s = None if seen.heartbeat_s is None else facts.now_s - seen.heartbeat_s
    ekf = seen.ekf_flags
    battery = seen.battery_percent
    return [
        _line("link", age_s is not None and age_s <= LOST_AFTER_S, _told(age_s, "last heartbeat {:.1f} s ago")),
        _line("clock", facts.clock_is_set, "set" if facts.clock_is_set else "not set"),
        _gps(seen, limits),
        _line(
            "ekf",
            ekf is not None and ekf & _EKF_NEEDED == _EKF_NEEDED and not ekf & _EKF_CONSTANT,
            "not told" if ekf is None else f"flags {ekf}",
        ),
        _line(
            "battery",
            battery is not None and battery >= limits.least_battery_percent,
            _told(battery, "{:.0f} %") + f" of at least {limits.least_battery_percent:g} %",
        ),
        _line("prearm", seen.prearm_ok is not False, _PREARM[seen.prearm_ok]),
        _storage(facts, limits),
        _wind(seen, facts, limits),
        _place(seen, mission, limits),
        _line("fence", facts.uploaded, "set and read back" if facts.uploaded else "not set"),
        _line("mission", facts.uploaded, f"places: {len(mission.path)}" if facts.uploaded else "not read back"),
    ]  # fmt: skip


def _gps(seen: Seen, limits: Limits) -> CheckResult:
    passed = (
        (seen.fix or 0) >= _FIX_3D
        and (seen.satellites or 0) >= limits.least_satellites
        and seen.hdop is not None
        and seen.hdop <= limits.most_hdop
    )
    hdop = _told(seen.hdop, "HDOP {:.1f}")
    return _line("gps", passed, f"fix {seen.fix or 0}, satellites: {seen.satellites or 0}, {hdop}")


def _storage(facts: Facts, limits: Limits) -> CheckResult:
    free_mb = facts.disk_free_mb
    if facts.disk_fault is not None:
        return _line("storage", passed=False, detail=facts.disk_fault)
    return _line("storage", free_mb is None or free_mb >= limits.least_disk_mb, _told(free_mb, "{:.0f} MB free"))


def _wind(seen: Seen, facts: Facts, limits: Limits) -> CheckResult:
    """The stronger of what the autopilot and the station say; on the ground an autopilot mostly knows nothing of it."""
    known = [wind for wind in (seen.wind_mps, facts.station_wind_mps) if wind is not None]
    strongest = max(known, default=None)
    return _line("wind", strongest is None or strongest <= limits.most_wind_mps, _told(strongest, "{:.1f} m/s"))


def _place(seen: Seen, mission: Mission, limits: Limits) -> CheckResult:
    """The ways from where it stands to the first place, and from the last one home, are within both fences; where the
    mission's heights were measured from a take-off place, it stands there.
    """
    if seen.lat is None or seen.lon is None:
        return _line("place", passed=False, detail="not told")
    home = (seen.lon, seen.lat)
    aside_m = 0.0 if mission.takeoff is None else apart_m(home, mission.takeoff)
    if aside_m > _MOST_ASIDE_M:
        return _line("place", passed=False, detail=f"{aside_m:.0f} m from the take-off place of the plan's heights")
    for fence, whose in ((limits.fence, "the owner's fence"), (mission.fence, "the mission's fence")):
        for end in (mission.path[0], mission.path[-1]):
            if first_outside([home, (end[0], end[1])], fence) is not None:
                return _line("place", passed=False, detail=f"the way between here and the mission leaves {whose}")
    return _line("place", passed=True, detail=f"{seen.lat:.6f}, {seen.lon:.6f}")


def _line(name: str, passed: bool, detail: str) -> CheckResult:
    return CheckResult(name=name, passed=passed, detail=detail[:400])


def _told(value: float | None, form: str) -> str:
    return "not told" if value is None else form.format(value)
