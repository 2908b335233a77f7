"""`wanamori-hub plan` as a person runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SQUARE = [[133.0, 33.6], [133.0043, 33.6], [133.0043, 33.6036], [133.0, 33.6036], [133.0, 33.6]]
FLIGHT = ["--line-spacing", "30", "--height", "60", "--speed", "8", "--accel", "1", "--effort", "1"]


@pytest.fixture
def area(tmp_path: Path) -> str:
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [SQUARE]}))
    return str(file)


def _plan(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", "plan", *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_it_prints_the_plan_of_the_contract(area: str, tmp_path: Path) -> None:
    keep_out = tmp_path / "school.geojson"
    school = [[133.001, 33.601], [133.0015, 33.601], [133.0015, 33.6014], [133.001, 33.601]]
    keep_out.write_text(json.dumps({"type": "Polygon", "coordinates": [school]}))
    done = _plan("--area", area, *FLIGHT, "--count", "2", "--home", "33.5995,133.0", "--keep-out", str(keep_out))
    assert (done.returncode, done.stderr) == (0, "")
    plan: dict[str, Any] = json.loads(done.stdout)
    assert set(plan) >= {"id", "coverage", "lower_bound_m", "makespan_s", "sorties", "checks"}
    assert plan["coverage"] >= 0.995
    assert [sortie["drone"] for sortie in plan["sorties"]] == ["drone-1", "drone-2"]
    for sortie in plan["sorties"]:
        assert set(sortie) >= {"drone", "path", "length_m", "duration_s"}
        assert sortie["path"]["type"] == "LineString"
        assert sortie["path"]["coordinates"][0] == sortie["path"]["coordinates"][-1] == [133.0, 33.5995, 60.0]
    assert all(set(check) == {"name", "passed", "detail", "source"} for check in plan["checks"])


def test_a_camera_and_a_resolution_stand_for_the_spacing(area: str) -> None:
    done = _plan("--area", area, "--height", "60", "--camera", "dji-mavic-3e", "--gsd-cm", "2", "--effort", "0")
    assert done.returncode == 0
    assert json.loads(done.stdout)["lower_bound_m"] == pytest.approx(159_300 / (0.02 * 5280 * 0.3), rel=0.01)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--area", "nowhere.geojson", *FLIGHT], "cannot read nowhere.geojson"),
        (["--area", __file__, *FLIGHT], "is not JSON"),
        (["--area", "AREA", *FLIGHT, "--home", "here"], "--home must be LAT,LON"),
        (["--area", "AREA", *FLIGHT, "--count", "0"], "--count must be 1 or more"),
        (["--area", "AREA", *FLIGHT, "--count", "1000000000"], "1 to 20 drones"),
        (["--area", "AREA", "--line-spacing", "nan", "--height", "60"], "the line spacing must be"),
        (["--area", "AREA", "--line-spacing", "30", "--height", "high"], "--height"),
        (["--area", "AREA", "--height", "60"], "give either --line-spacing, or --camera with --gsd-cm"),
        (["--area", "AREA", "--height", "60", "--camera", "x", "--gsd-cm", "2"], "there are dji-mavic-3e"),
        (["--height", "60"], "--area"),
    ],
)
def test_what_cannot_be_planned_ends_with_2_and_one_line(area: str, words: list[str], says: str) -> None:
    done = _plan(*(area if word == "AREA" else word for word in words))
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("wanamori-hub: ")
