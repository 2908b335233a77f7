"""dronekit's own live suite, which a real ArduCopter passes but for one test, passes against the simulated copter.

It is mostly waiting, so its parts run side by side, each against a copter of its own. In one piece, as its authors
run it, it takes two minutes: `wanamori-sim vehicle` with the suite's home, then
`DRONEKIT_TEST_CONNECTION=tcp:127.0.0.1:5761 pytest --pyargs dronekit.test.sitl` (it wants port 5760 for itself).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.vehicle.options import Options, specs
from simulators.vehicle.run import Vehicles
from tests.servers import free_port

SUITE = "dronekit.test.sitl"
PARTS = [
    ["test_timeout.py::test_timeout"],
    ["test_timeout.py::test_timeout_empty"],
    ["test_waypoints.py"],
    ["test_110.py", "test_115.py", "test_capability_and_version.py", "test_12.py"],
    [
        *("test_channels.py", "test_earlyattrs.py", "test_errprinter.py", "test_goto.py", "test_locations.py"),
        *("test_mavlink.py", "test_mode_settings.py", "test_modeavailable.py", "test_parameters.py", "test_reboot.py"),
        *("test_simpledemo.py", "test_state.py", "test_vehicleclass.py", "test_zz_sensor_calibration.py"),
    ],
]
PASSES = [
    "test_110.py::test_110",
    "test_115.py::test_115",
    "test_12.py::test_timeout",
    "test_capability_and_version.py::test_115",
    "test_channels.py::test_timeout",
    "test_earlyattrs.py::test_battery_none",
    "test_errprinter.py::test_115",
    "test_goto.py::test_goto",
    "test_locations.py::test_location_notify",
    "test_locations.py::test_timeout",
    "test_mavlink.py::test_mavlink",
    "test_mode_settings.py::test_modes_set",
    "test_modeavailable.py::test_timeout",
    "test_parameters.py::test_iterating",
    "test_parameters.py::test_parameters",
    "test_parameters.py::test_setting",
    "test_reboot.py::test_reboot",
    "test_simpledemo.py::test_mode",
    "test_simpledemo.py::test_parameter",
    "test_state.py::test_state",
    "test_timeout.py::test_timeout",
    "test_timeout.py::test_timeout_empty",
    "test_vehicleclass.py::test_timeout",
    "test_waypoints.py::test_227",
    "test_waypoints.py::test_empty_clear",
    "test_waypoints.py::test_parameter",
    "test_waypoints.py::test_set_home",
    "test_zz_sensor_calibration.py::test_accelerometer_calibration",
    "test_zz_sensor_calibration.py::test_barometer_calibration",
    "test_zz_sensor_calibration.py::test_board_level_calibration",
    "test_zz_sensor_calibration.py::test_gyro_calibration",
    "test_zz_sensor_calibration.py::test_magnetometer_calibration",
    "test_zz_sensor_calibration.py::test_simple_accelerometer_calibration",
]


def _start(part: list[str], url: str, folder: Path) -> subprocess.Popen[str]:
    """One part of the suite, in a process with a pytest of its own: its warnings are its authors' matter."""
    where = Path(__import__(SUITE, fromlist=["sitl"]).__file__).parent
    argv = [sys.executable, "-m", "pytest", *(f"{where / name}" for name in part)]
    plugins = ["-p", "tests.integration.simulators.stations.fixed_ports", "-p", "no:cacheprovider"]
    return subprocess.Popen(
        [*argv, *plugins, "-v", "--rootdir", f"{where}", "-c", os.devnull, "-W", "default"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": f"{Path(__file__).parents[3]}",
            "MAVLINK20": "1",
            "DRONEKIT_TEST_CONNECTION": url,
            "FIXED_PORTS": f"5760:{free_port()},15668:{free_port()}",
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "COLUMNS": "200",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.takes(25)
@pytest.mark.timeout(180)
def test_the_suite_of_dronekit_passes(tmp_path):
    listen = ["tcp:127.0.0.1:0"] * len(PARTS)
    with Vehicles(specs(Options(listen)), speedup=10) as vehicles:
        running = [_start(part, url, tmp_path) for part, url in zip(PARTS, vehicles.urls, strict=True)]
        try:
            told = [process.communicate(timeout=150)[0] for process in running]
        finally:
            for process in running:
                process.kill()
                process.wait()
    found = re.findall(r"(test_\w+\.py::test_\w+) (PASSED|FAILED|ERROR|SKIPPED)", "\n".join(told))
    assert sorted(name for name, result in found if result == "PASSED") == PASSES, "\n".join(told)
    assert {result for _, result in found} == {"PASSED"}
