"""`wanamori-hub plan` as a person runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.surveys.conftest import ASKED, Town

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


def test_wind_and_drones_of_many_kinds_make_the_plan_that_the_api_makes(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town.api.services.planner, "_better_for_s", 600.0)
    town.drone("drone-1", endurance_s=400, speed_mps=6, change_s=120)
    town.drone("drone-2", endurance_s=500, home={"lat": 35.3705, "lon": 139.949})
    town.drone("drone-3", ready=False)
    wind = {"wind_mps": 4, "wind_from_deg": 300}
    asked, told = town.draw("drone-1", "drone-2", **wind), town.responder.get("/api/v1/drones")
    (tmp_path / "area.geojson").write_text(json.dumps(ASKED["area"]))
    (tmp_path / "drones.json").write_text(told.text)
    done = _plan(
        "--area", str(tmp_path / "area.geojson"), "--line-spacing", "60", "--height", "60", "--wind", "4,300",
        "--drones", str(tmp_path / "drones.json"), "--drill", "--effort", "4",
    )  # fmt: skip
    assert done.stderr == ""
    plan = json.loads(done.stdout)
    assert {key: asked["plan"][key] for key in plan if key != "checks"} == {
        key: value for key, value in plan.items() if key != "checks"
    }
    assert len(plan["sorties"]) > 2


def _fleet_file(folder: Path, *drones: object) -> str:
    file = folder / "drones.json"
    file.write_text(json.dumps(drones))
    return str(file)


def test_drones_of_a_file_have_their_own_batteries_speeds_and_homes(area: str, tmp_path: Path) -> None:
    weak = {"id": "weak", "endurance_s": 300, "speed_mps": 5, "home": {"lat": 33.5995, "lon": 133.0}, "change_s": 60}
    fleet = _fleet_file(tmp_path, weak, {"id": "strong", "home": {"lat": 33.604, "lon": 133.0}})
    plan = json.loads(_plan("--area", area, *FLIGHT, "--drones", fleet, "--battery", "30").stdout)
    sorties = {name: [one for one in plan["sorties"] if one["drone"] == name] for name in ("weak", "strong")}
    assert len(sorties["weak"]) > len(sorties["strong"]) == 1
    assert all(one["flight_s"] <= 300 * 0.75 for one in sorties["weak"])
    assert sorties["strong"][0]["battery_used"] == pytest.approx(sorties["strong"][0]["flight_s"] / 1800, abs=1e-3)
    starts = {one["drone"]: one["path"]["coordinates"][0][:2] for one in plan["sorties"]}
    assert starts == {"weak": [133.0, 33.5995], "strong": [133.0, 33.604]}


def _slope(folder: Path, *, east: str = "133.0") -> Path:
    """Ground from 0 m in the west to 100 m in the east."""
    file = folder / "slope.asc"
    rows = "0 50 100\n" * 3
    file.write_text(f"ncols 3\nnrows 3\nxllcenter {east}\nyllcenter 33.599\ncellsize 0.003\n{rows}")
    return file


def test_a_terrain_is_flown_at_one_height_above_it(area: str, tmp_path: Path) -> None:
    done = _plan("--area", area, *FLIGHT, "--home", "33.5995,133.0", "--terrain", str(_slope(tmp_path)))
    assert (done.returncode, done.stderr) == (0, "")
    plan = json.loads(done.stdout)
    (sortie,) = plan["sorties"]
    for (lon, _, height_m), above_sea_m in zip(
        sortie["path"]["coordinates"], sortie["terrain"]["path_above_sea_m"], strict=True
    ):
        assert height_m == above_sea_m == pytest.approx(60 + (lon - 133.0) / 0.006 * 100, abs=0.02)
    assert {check["name"] for check in plan["checks"]} >= {"height", "terrain"}


def test_a_terrain_that_ends_before_the_area_says_where(area: str, tmp_path: Path) -> None:
    done = _plan("--area", area, *FLIGHT, "--terrain", str(_slope(tmp_path, east="133.001")))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "the terrain ends before 33.60" in done.stderr


def test_wind_along_the_lines_takes_longer_than_none(area: str) -> None:
    still, windy = (json.loads(_plan("--area", area, *FLIGHT, *more).stdout) for more in ([], ["--wind", "6,0"]))
    assert windy["makespan_s"] > still["makespan_s"]


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
        (["--area", "AREA", "--line-spacing", "30"], "give the height with --height"),
        (["--area", "AREA", *FLIGHT, "--wind", "strong"], "--wind must be SPEED,FROM"),
        (["--area", "AREA", *FLIGHT, "--wind", "7,0"], "the wind is over 80% of a drone's speed"),
        (["--area", "AREA", *FLIGHT, "--battery", "0"], "--battery must be between 1 and 1440 minutes"),
        (["--area", "AREA", *FLIGHT, "--drones", "AREA"], "must be a list of drones"),
        (["--area", "AREA", *FLIGHT, "--terrain", "AREA"], "is no ESRI ASCII grid"),
        (["--area", "AREA", *FLIGHT, "--photo-every", "0"], "must be 0.5 m or more"),
        (["--area", "/dev/zero", *FLIGHT], "/dev/zero is larger than 20 MB"),
        (["--area", "AREA", *FLIGHT, "--terrain", "/dev/zero"], "/dev/zero is larger than 60 MB"),
    ],
)
def test_what_cannot_be_planned_ends_with_2_and_one_line(area: str, words: list[str], says: str) -> None:
    done = _plan(*(area if word == "AREA" else word for word in words))
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("wanamori-hub: ")


@pytest.mark.parametrize(
    ("drone", "says"),
    [
        ('{"id": "a", "speed_mps": 1' + "0" * 400 + "}", "drone 1: speed_mps is too large a number"),
        (r'{"id": "\ud800"}', "drone 1 needs an id"),
    ],
)
def test_drones_that_json_can_say_and_nobody_can_fly_end_with_one_line(
    area: str, tmp_path: Path, drone: str, says: str
) -> None:
    file = tmp_path / "drones.json"
    file.write_text(f"[{drone}]")
    done = _plan("--area", area, *FLIGHT, "--drones", str(file))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr


def test_a_plan_that_cannot_be_kept_is_a_failure(area: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hub", "plan", "--area", area, *FLIGHT],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "wanamori-hub: cannot write the plan: No space left on device\n"
