"""MAVSDK, which shares no code with the simulated copter, takes it for an ArduCopter and flies a mission on it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.vehicle.geodesy import Ground
from simulators.vehicle.options import Options, parse_place, specs
from simulators.vehicle.run import Vehicles

HOME = "35.376,139.921,12"
SCRIPT = Path(__file__).parent / "stations" / "mavsdk_flight.py"


def corners(*points):
    ground = Ground.about(parse_place(HOME))
    return [[round(degrees * 1e7) for degrees in ground.degrees(*point)] for point in points]


def test_mavsdk_uploads_and_flies_a_mission():
    way = corners((60, 0), (60, 40), (0, 40))
    fence = corners((-50, -50), (-50, 100), (120, 100), (120, -50))
    with Vehicles(specs(Options(["tcp:127.0.0.1:0"], [HOME])), speedup=20) as vehicles:
        argv = [sys.executable, str(SCRIPT), json.dumps([vehicles.endpoints[0].port, way, fence])]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=90)
        status = vehicles.status()
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["autopilot"] == "ARDUPILOT"
    assert told["same"], "what was read back is not what was sent"
    assert told["fence"] == fence
    assert told["progress"][-1] >= len(way)
    assert told["highest"] == pytest.approx(20, abs=1.5)
    assert not told["armed"]
    assert status["photos"] == pytest.approx(14, abs=1), "140 metres with a picture each ten"
    assert not status["aloft"]
    assert not status["broken"]
