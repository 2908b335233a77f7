"""Flies a mission with MAVSDK at the port that is given, and tells what it saw as a line of JSON. Run as a script."""

import json
import sys
import threading

from mavsdk import Autopilot, ComponentType, Configuration, Mavsdk
from mavsdk.plugins.action import Action
from mavsdk.plugins.mission_raw import MissionItem, MissionRaw
from mavsdk.plugins.telemetry import Telemetry

PAUSE = threading.Event()
HEIGHT_M = 20.0


def wait_until(condition, what):
    for _ in range(1200):
        if condition():
            return
        PAUSE.wait(0.05)
    raise SystemExit(f"not so: {what}")


def items(corners, kind=0):
    """A mission along the corners for kind 0, a fence about them for 1; degrees times 1e7."""
    if kind == 1:
        return [MissionItem(n, 0, 5001, 0, 1, len(corners), 0, 0, 0, *at, 0, kind) for n, at in enumerate(corners)]
    rows = [
        (16, 0, (0, 0), corners[0], 0.0),
        (22, 3, (0, 0), (0, 0), HEIGHT_M),
        (178, 3, (1, 8), (0, 0), 0.0),
        (206, 3, (10, 0), (0, 0), 0.0),
        *((16, 3, (0, 0), corner, HEIGHT_M) for corner in corners),
        (206, 3, (0, 0), (0, 0), 0.0),
        (20, 3, (0, 0), (0, 0), 0.0),
    ]
    return [
        MissionItem(n, frame, command, int(n == 0), 1, *params, 0, 0, *at, z, kind)
        for n, (command, frame, params, at, z) in enumerate(rows)
    ]


def words(item):
    return [item.frame, item.command, item.param1, item.param2, item.x, item.y, item.z]


def main(port, corners, fence):
    station = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
    station.add_any_connection(f"tcpout://127.0.0.1:{port}")
    system = station.first_autopilot(20.0)
    action, missions, telemetry = Action(system), MissionRaw(system), Telemetry(system)
    for set_rate in (telemetry.set_rate_health, telemetry.set_rate_position, telemetry.set_rate_gps_info):
        set_rate(5.0)
    wait_until(lambda: telemetry.health().is_armable and telemetry.health().is_global_position_ok, "ready to arm")
    sent = items(corners)
    missions.upload_mission(sent)
    came_back = missions.download_mission()
    missions.upload_geofence(items(fence, 1))
    fence_back = missions.download_geofence()
    progress = []
    missions.subscribe_mission_progress(lambda seen, *_: progress.append(seen.current))
    action.arm()
    missions.start_mission()
    highest = 0.0
    wait_until(telemetry.in_air, "in the air")
    for _ in range(1200):
        highest = max(highest, telemetry.position().relative_altitude_m)
        if not telemetry.armed():
            break
        PAUSE.wait(0.05)
    told = {
        "autopilot": Autopilot(system.autopilot_type()).name,
        "same": [words(item) for item in came_back[1:]] == [words(item) for item in sent[1:]],
        "fence": [[item.x, item.y] for item in fence_back],
        "progress": progress,
        "highest": highest,
        "armed": telemetry.armed(),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
