"""Which messages a ground station has asked for, and how often. Pure; seconds are of the wall clock."""

from __future__ import annotations

__all__ = ["GROUPS", "Schedule"]

GROUPS: dict[int, tuple[str, ...]] = {
    2: ("SYS_STATUS", "MISSION_CURRENT", "GPS_RAW_INT", "FENCE_STATUS"),
    3: ("RC_CHANNELS",),
    6: ("GLOBAL_POSITION_INT", "LOCAL_POSITION_NED"),
    10: ("ATTITUDE",),
    11: ("VFR_HUD",),
    12: ("SYSTEM_TIME", "WIND", "BATTERY_STATUS", "EKF_STATUS_REPORT", "VIBRATION"),
}
"""MAV_DATA_STREAM and what ArduCopter sends in it, as far as this copter has it; 0 stands for all."""

_FASTEST_S = 0.02


class Schedule:
    """What one link is sent. Without being asked, a copter sends its heartbeat only."""

    def __init__(self) -> None:
        self._every_s: dict[str, float] = {"HEARTBEAT": 1.0}
        self._due_s: dict[str, float] = {}

    def ask_group(self, group: int, rate_hz: int, start: bool) -> None:
        """REQUEST_DATA_STREAM: a group of messages at a rate, or none of them any more."""
        names = [name for names in GROUPS.values() for name in names] if group == 0 else GROUPS.get(group, ())
        for name in names:
            self.ask(name, 1.0 / rate_hz if start and rate_hz > 0 else None)

    def ask(self, name: str, every_s: float | None) -> None:
        """One message each so many seconds; None: no more."""
        if every_s is None:
            self._every_s.pop(name, None)
        else:
            self._every_s[name] = max(_FASTEST_S, every_s)
        self._due_s.pop(name, None)

    def due(self, now_s: float) -> list[str]:
        """What is due now. Moments that were missed are not made up for."""
        names: list[str] = []
        for name, every_s in self._every_s.items():
            due_s = self._due_s.get(name, now_s)
            if due_s <= now_s:
                names.append(name)
                self._due_s[name] = due_s + every_s if due_s + every_s > now_s else now_s + every_s
        return names
