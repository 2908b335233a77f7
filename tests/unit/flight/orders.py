"""Orders, missions and limits for the tests of the flight agent."""

import datetime as dt

from edge.core.clock import Moment
from edge.core.flying.orders import Memory, Situation
from edge.core.flying.preflight import Limits
from edge.wire.orders import Mission, Order

NOW = dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC)
LON, LAT = 139.95, 35.37
_DEG = 1 / 111_320


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """A place so many metres from the middle (east is a little short, which does not matter here)."""
    return round(LON + east_m * _DEG, 7), round(LAT + north_m * _DEG, 7)


def square(half_m: float) -> tuple[tuple[float, float], ...]:
    return place(-half_m, -half_m), place(half_m, -half_m), place(half_m, half_m), place(-half_m, half_m)


LIMITS = Limits(
    fence=square(300), highest_m=120, least_battery_percent=50, most_wind_mps=8, least_satellites=8, most_hdop=1.5,
    least_disk_mb=50,
)  # fmt: skip


def moment(after_s: float = 0.0, clock: str = "set") -> Moment:
    return Moment(NOW + dt.timedelta(seconds=after_s), clock, "boot", 1000.0 + after_s)


def mission(**changes) -> Mission:
    fields = {
        "path": [(*place(-100, -100), 60.0), (*place(100, -100), 60.0), (*place(100, 0), 60.0)],
        "speed_mps": 8.0, "photo_every_m": 20.0, "fence": list(square(200)), "highest_m": 80.0, "return_height_m": 60.0,
    }  # fmt: skip
    return Mission(**(fields | changes))


def order(action: str = "fly", given_s: float = 0.0, **changes) -> Order:
    fields = {
        "id": f"{action}-{given_s:g}", "agent": "ag-1", "device": "drone-1", "action": action, "survey": "sv-1",
        "sortie": "st-1", "person": "p-1", "role": "responder", "drill": True, "nonce": f"n-{action}-{given_s:g}",
        "issued_at": NOW + dt.timedelta(seconds=given_s), "expires_at": NOW + dt.timedelta(seconds=given_s + 60),
        "mission": mission() if action == "prepare" else None,
    }  # fmt: skip
    return Order(**(fields | changes))


def memory(**changes) -> Memory:
    return Memory(**({"since": NOW - dt.timedelta(hours=1)} | changes))


def situation(**changes) -> Situation:
    fields = {
        "agent": "ag-1", "device": "drone-1", "phase": "ready", "busy": False, "prepared": ("sv-1", "st-1"),
        "may_fly": False,
    }  # fmt: skip
    return Situation(**(fields | changes))
