"""What a drone's owner allows is told by its agent, and stands in the way of a plan before anybody approves it."""

from datetime import timedelta

from hub import clock
from tests.integration.surveys.conftest import Town

WIDE = [(139.94, 35.36), (139.97, 35.36), (139.97, 35.39), (139.94, 35.39)]
NARROW = [(139.94, 35.36), (139.9515, 35.36), (139.9515, 35.39), (139.94, 35.39)]


def _found(survey: dict) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["outcome"], one["detail"]) for one in survey["plan"]["checks"] if "outcome" in one}


def test_a_plan_that_the_owner_does_not_allow_is_not_approved(town: Town) -> None:
    box = town.drone("drone-1")
    box.allow(NARROW, 50)
    survey = town.draw("drone-1")
    assert _found(survey)["owner_height"] == (
        "failed", "60 m above the take-off place, its owner allows 50 m: drone-1"
    )  # fmt: skip
    assert _found(survey)["owner_fence"] == ("failed", "outside its owner's fence: drone-1")
    refused = town.second.post(f"/api/v1/surveys/{survey['id']}/approve")
    assert refused.status_code == 409
    assert refused.json()["detail"].count("owner_") == 2
    # The owner changes what is theirs, the agent says so, and the same plan may be approved.
    box.allow(WIDE, 60)
    assert town.act(survey, "approve", town.second)["state"] == "approved"
    assert {_found(town.get(survey))[name][0] for name in ("owner_height", "owner_fence")} == {"passed"}


def test_bounds_that_come_after_the_approval_stop_the_launch_only_where_they_are_in_the_way(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.draw("drone-1")
    assert "owner_height" not in _found(survey)
    town.act(survey, "approve", town.second)
    box.allow(WIDE, 55)
    refused = town.responder.post(f"/api/v1/surveys/{survey['id']}/launch")
    assert refused.status_code == 409
    assert "owner_height" in refused.json()["detail"]
    assert "changed" not in refused.json()["detail"]
    # What was told before, and comes late, changes nothing.
    box.allow(WIDE, 120, clock.now() - timedelta(hours=1))
    assert town.responder.post(f"/api/v1/surveys/{survey['id']}/launch").status_code == 409
    box.allow(WIDE, 120)
    assert town.responder.post(f"/api/v1/surveys/{survey['id']}/launch").status_code in (200, 202)
