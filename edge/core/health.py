"""What an agent says about itself. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from edge.core.trap import Line
from edge.wire.messages import StatusData

__all__ = ["Health", "agent_status", "device_status", "parse_wireless_dbm"]

# Bounds of the wire's model, so that a house full of faults still gets its heartbeat through.
_MAX_FAULTS = 50
_MAX_FAULT = 200

State = Literal["online", "running", "offline"]


@dataclass(frozen=True, slots=True)
class Health:
    """The facts of one moment; None where the agent does not know."""

    software: str
    battery_v: float | None
    signal_dbm: float | None
    disk_free_mb: float | None
    backlog: int
    dropped_readings: int
    faults: Mapping[str, tuple[str, ...]]


def agent_status(state: State, session: str, health: Health) -> StatusData:
    """The status of the agent itself; the faults of its devices are named with their device."""
    return StatusData(
        state=state,
        session=session,
        software=health.software[:64],
        battery_v=_rounded(health.battery_v, 3),
        signal_dbm=_rounded(health.signal_dbm, 1),
        disk_free_mb=_rounded(health.disk_free_mb, 1),
        backlog=health.backlog,
        dropped_readings=health.dropped_readings,
        faults=_bounded(
            f"{device}: {fault}" if device else fault for device, faults in health.faults.items() for fault in faults
        ),
    )


def device_status(state: State, session: str, line: Line | None, faults: Iterable[str]) -> StatusData:
    """The status of one device; `line` is what a trap's wire says (None for a station, or while it is not known)."""
    return StatusData(state=state, session=session, line=line, faults=_bounded(faults))


def parse_wireless_dbm(text: str) -> float | None:
    """The signal level of the first wireless interface in the kernel's /proc/net/wireless, in dBm; None without one."""
    for row in text.splitlines():
        name, colon, rest = row.partition(":")
        fields = rest.split()
        if not colon or not name.strip() or len(fields) < 3:
            continue
        try:
            level = float(fields[2].rstrip("."))
        except ValueError:
            continue
        # Some drivers report the level as an unsigned byte.
        return level - 256.0 if level > 63 else level
    return None


def _bounded(faults: Iterable[str]) -> list[str]:
    return [fault[:_MAX_FAULT] for fault, _ in zip(faults, range(_MAX_FAULTS), strict=False)]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
