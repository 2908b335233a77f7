"""Surveys of a town that knows its ground: over a hill nothing is launched too low, and its heights are ordered."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.config import Settings
from hub.errors import SetupError
from hub.geo import LocalFrame
from hub.wiring.surveys import read_ground
from tests.integration.api.conftest import Api, running_api
from tests.integration.surveys.conftest import ASKED, Town
from tests.servers import DatabaseServer

# The middle of the surveys' square; the hill's top is 80 m above the plain.
FRAME = LocalFrame(lat=35.37135, lon=139.95165)
CELL = 0.0002


def _hill(x: float, y: float) -> float:
    return 10 + 80 * math.exp(-(x**2 + y**2) / (2 * 90**2))


def _grid() -> str:
    count = 61
    west, south = FRAME.lon - CELL * 30, FRAME.lat - CELL * 30
    rows = [
        " ".join(
            f"{_hill(*FRAME.local_point(south + row * CELL, west + column * CELL)):.2f}" for column in range(count)
        )
        for row in reversed(range(count))
    ]
    head = f"ncols {count}\nnrows {count}\nxllcenter {west}\nyllcenter {south}\ncellsize {CELL}\n"
    return head + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def served(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A hub that knows the ground."""
    terrain = tmp_path_factory.mktemp("ground") / "kisarazu.asc"
    terrain.write_text(_grid())
    url = database_server.migrated()
    with running_api(url, survey_terrain=terrain) as api:
        # The first valid plan does.
        api.services.planner._better_for_s = 0.0
        yield api
    database_server.drop(url)


def test_one_height_over_a_hill_is_not_launched(town: Town) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1")
    low = next(one for one in survey["plan"]["checks"] if one["name"] == "terrain")
    assert (low["passed"], low["source"]) == (False, "kisarazu.asc")
    refused = town.second.post(f"/api/v1/surveys/{survey['id']}/approve")
    assert refused.status_code == 409
    assert "terrain: never under" in refused.json()["detail"]
    higher = town.act(survey, "plans", height_m=110)
    assert next(one for one in higher["plan"]["checks"] if one["name"] == "terrain")["passed"]
    assert town.act(survey, "approve", town.second)["state"] == "approved"


def test_a_survey_that_follows_the_ground_is_ordered_with_its_heights_and_its_way_home(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.launched("drone-1", follow_ground=True)
    (order,) = box.read()
    mission = order.mission
    assert mission is not None
    takeoff_m = _hill(*FRAME.local_point(35.3695, 139.9495))
    above = [z + takeoff_m - _hill(*FRAME.local_point(lat, lon)) for lon, lat, z in mission.path]
    assert 54 <= min(above) <= max(above) <= 66
    assert max(z for _, _, z in mission.path) > 60 + 50
    assert mission.return_height_m >= _hill(0, 0) - takeoff_m + 29
    assert mission.highest_m > max(z for _, _, z in mission.path)
    assert mission.takeoff == (139.9495, 35.3695)
    height = next(one for one in town.get(survey)["plan"]["checks"] if one["name"] == "height" and "outcome" in one)
    assert "m above the ground below" in height["detail"]
    notice = town.get(survey, "/notice")
    assert notice["highest_ground_m"] == pytest.approx(65, abs=5.1)
    assert notice["highest_sea_m"] == pytest.approx(90 + 60, abs=3)


def test_planning_again_keeps_following_the_ground_until_that_is_changed(town: Town) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1", follow_ground=True)
    assert survey["request"]["follow_ground"]
    slower = town.act(survey, "plans", speed_mps=6)
    assert slower["plan"]["sorties"][0]["terrain"]["follows_ground"]
    level = town.act(survey, "plans", follow_ground=False, height_m=110)
    assert not level["plan"]["sorties"][0]["terrain"]["follows_ground"]


def test_where_the_ground_is_not_known_following_it_is_refused_and_one_height_is_not(town: Town) -> None:
    ring = [[lon + 0.02, lat] for lon, lat in ASKED["area"]["coordinates"][0]]
    away = {**ASKED, "area": {"type": "Polygon", "coordinates": [ring]}}
    refused = town.responder.post("/api/v1/surveys", json={**away, "follow_ground": True})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("the terrain ends before 35.3")
    answer = town.responder.post("/api/v1/surveys", json=away)
    assert answer.status_code == 201
    told = next(one for one in answer.json()["plan"]["checks"] if one["name"] == "ground")
    assert (told["passed"], told["source"]) == (False, "kisarazu.asc")


def test_a_terrain_that_is_none_stops_the_start_in_one_line(tmp_path: Path) -> None:
    def settings(path: Path | None) -> Settings:
        return Settings(database_url="postgresql://", secret="x" * 32, survey_terrain=path)

    assert read_ground(settings(None)) is None
    with pytest.raises(SetupError, match=r"^WANAMORI_SURVEY_TERRAIN: cannot read .*: No such file"):
        read_ground(settings(tmp_path / "none.asc"))
    (tmp_path / "odd.asc").write_text("nothing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SetupError, match=r"^WANAMORI_SURVEY_TERRAIN: .*pipe is a pipe; give a file$"):
        read_ground(settings(tmp_path / "pipe"))
    with pytest.raises(SetupError, match=r"^WANAMORI_SURVEY_TERRAIN: .*odd.asc is no ESRI ASCII grid"):
        read_ground(settings(tmp_path / "odd.asc"))
