"""A look at one drone, for whoever sets it up: whether it is heard, and what it says."""

import itertools
import threading

from edge.config import FlightConfig
from edge.core.flying.ground import is_inside
from edge.errors import FlightError, SensorError
from edge.flight.autopilot import Autopilot

__all__ = ["look_at"]

_LOOKS, _LOOK_S = 50, 0.1


def look_at(config: FlightConfig) -> str:
    """What its autopilot says, in one line; raises SensorError when it says nothing."""
    looks = itertools.count()
    autopilot = Autopilot(
        config.connection, config.baud, on_heard=lambda _news: None, uptime_s=lambda: float(next(looks))
    )
    try:
        autopilot.open()
        autopilot.ask_streams()
        pause = threading.Event()
        for _ in range(_LOOKS):
            seen = autopilot.seen
            if None not in (seen.mode, seen.position_s, seen.fix, seen.battery_percent):
                break
            pause.wait(_LOOK_S)
        seen = autopilot.seen
    except FlightError as error:
        raise SensorError(error.detail) from error
    finally:
        autopilot.close()
    if seen.lat is None or seen.lon is None or (seen.fix or 0) < 3:
        where = "no position"
    else:
        inside = "inside" if is_inside((seen.lon, seen.lat), config.fence) else "OUTSIDE"
        where = f"{seen.lat:.6f}, {seen.lon:.6f} ({inside} the fence)"
    battery = "battery not told" if seen.battery_percent is None else f"battery {seen.battery_percent:.0f} %"
    return (
        f"{seen.mode}, {'armed' if seen.armed else 'disarmed'}, satellites: {seen.satellites or 0}, {where}, {battery}"
    )
