"""The libraries as they must be for this agent: imported here and from here, so that nothing of it is forgotten.

MAVLink 2 is chosen before the first import; otherwise the first byte of a newer vehicle replaces the connection's
encoder, and dronekit's hooks in it are gone. A TCP peer that has died is an error, as on any other connection: the
library would read "end of file" for ever, and print it, at half a core. A connection is tried once: when it is tried
again is decided elsewhere.
"""

import errno
import logging
import os
import socket
from typing import Any, NoReturn

os.environ["MAVLINK20"] = "1"

import dronekit
from pymavlink import mavutil

__all__ = ["MODES", "MODE_NUMBERS", "Vehicle", "connect", "dialect"]

_CONNECT_S = 5.0

_mavutil: Any = mavutil
if _mavutil.mavlink.WIRE_PROTOCOL_VERSION != "2.0":
    # Somebody else in this process had imported it before.
    _mavutil.set_dialect("ardupilotmega")

dialect: Any = _mavutil.mavlink
Vehicle: Any = dronekit.Vehicle
connect: Any = dronekit.connect
MODES: dict[int, str] = dict(mavutil.mode_mapping_acm)
MODE_NUMBERS: dict[str, int] = {name: number for number, name in MODES.items()}


def _gone(_self: object) -> NoReturn:
    raise OSError(errno.ECONNABORTED, "the vehicle has closed the connection")


def _connect_once(self: Any) -> None:
    self.port = socket.create_connection(self.destination_addr, timeout=_CONNECT_S)
    self.port.setblocking(False)
    self.port.setsockopt(socket.SOL_TCP, socket.TCP_NODELAY, 1)


_mavutil.mavtcp.handle_eof = _gone
_mavutil.mavtcp.handle_disconnect = _gone
_mavutil.mavtcp.do_connect = _connect_once
# What they log is said by us where it matters; a lost link would fill the log with tracebacks.
for _name in ("dronekit", "autopilot"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
