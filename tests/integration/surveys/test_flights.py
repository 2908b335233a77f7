"""A survey from drawing to the last landing, through the API, with drones that live in the test."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import pytest

from edge.wire.orders import FlightData, Order
from hub import clock
from hub.ingest.store.events import Patience
from hub.ingest.storing import store_event
from hub.registry import service as registry
from tests.integration.surveys.conftest import ASKED, SQUARE, Box, Town
from tests.servers import wait_until


def test_from_drawing_to_the_last_landing(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.draw("drone-1")
    assert survey["state"] == "planned"
    assert survey["drill"] is True
    assert survey["plan"]["coverage"] > 0.99
    assert survey["plan"]["sorties"][0]["drone"] == "drone-1"
    assert {"height", "did", "airport", "emergency", "no_go"} <= {one["name"] for one in survey["plan"]["checks"]}
    assert town.act(survey, "approve", town.second)["state"] == "approved"
    assert town.act(survey, "launch")["state"] == "launching"

    prepare = box.read()[0]
    assert (prepare.action, prepare.drill, prepare.survey) == ("prepare", True, survey["id"])
    assert prepare.mission
    assert [list(place) for place in prepare.mission.path] == survey["plan"]["sorties"][0]["path"]["coordinates"]
    box.reply(prepare, checks=[{"name": "gps", "passed": True}])
    fly = box.read()[0]
    assert (fly.action, fly.sortie, fly.mission) == ("fly", prepare.sortie, None)
    assert fly.nonce != prepare.nonce
    box.reply(fly)
    box.fly(fly.sortie, "climbing", lat=35.3695, lon=139.9495, height_m=20.0, battery_percent=97.0)
    assert town.get(survey)["state"] == "flying"
    box.fly(fly.sortie, "surveying", lat=35.37, lon=139.95, height_m=60.0, battery_percent=90.0)
    seen = town.get(survey, "/flights")
    assert seen["drones"][0]["telemetry"]["height_m"] == 60.0
    assert len(seen["tracks"][0]["points"]) in (1, 2)
    box.fly(fly.sortie, "returning")
    box.fly(fly.sortie, "landed")
    after = town.get(survey)
    assert (after["state"], after["sorties"][0]["state"]) == ("done", "landed")
    told = [word for word in town.words(survey) if word not in ("checked", "ordered", "answered")]
    assert told == [
        "drawn", "planned", "approved", "own_drone", "launched", "prepared", "flying", "going_home", "landed", "ended",
    ]  # fmt: skip


def test_whoever_asked_does_not_approve(town: Town) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1")
    refused = town.responder.post(f"/api/v1/surveys/{survey['id']}/approve")
    assert refused.status_code == 409
    assert "second person" in refused.json()["detail"]
    assert town.responder.post(f"/api/v1/surveys/{survey['id']}/launch").status_code == 409
    # Who made the newest plan does not approve it either, whoever drew the first.
    assert town.second.post(f"/api/v1/surveys/{survey['id']}/plans", json={"speed_mps": 6}).status_code == 200
    assert town.second.post(f"/api/v1/surveys/{survey['id']}/approve").status_code == 409
    assert town.act(survey, "approve", town.staff)["state"] == "approved"


def test_staff_who_asked_need_a_second_person_too(town: Town) -> None:
    town.drone("drone-1")
    survey = town.staff.post("/api/v1/surveys", json=ASKED | {"drones": ["drone-1"]}).json()
    assert town.staff.post(f"/api/v1/surveys/{survey['id']}/approve").status_code == 409
    town.act(survey, "approve", town.responder)
    assert town.act(survey, "launch", town.staff)["state"] == "launching"


def test_a_partner_decides_for_their_own_drone_alone(town: Town) -> None:
    own, _ = town.drone("drone-1", partner=True), town.drone("drone-2")
    survey = town.draw("drone-1", "drone-2")
    path = f"/api/v1/surveys/{survey['id']}"
    assert town.partner.get(path).status_code == 404
    town.act(survey, "approve", town.second)
    seen = town.get(survey, who=town.partner)
    assert {one["drone"] for one in seen["sorties"]} == {"drone-1"}
    assert {one["drone"] for one in seen["plan"]["sorties"]} == {"drone-1"}
    assert town.responder.post(f"{path}/launch").status_code == 409
    offers = {one["drone"]: one for one in town.get(survey, "/offers")["items"]}
    assert offers["drone-2"]["state"] == "accepted"
    other = town.partner.post(f"{path}/offers/{offers['drone-2']['id']}/decline")
    assert other.status_code == 404
    assert town.responder.post(f"{path}/offers/{offers['drone-1']['id']}/accept").status_code == 403
    answer = town.partner.post(f"{path}/offers/{offers['drone-1']['id']}/accept")
    assert answer.status_code == 200, answer.text
    assert town.act(survey, "launch")["state"] == "launching"
    assert [one.action for one in own.read()] == ["prepare"]


def test_what_was_declined_does_not_fly(town: Town) -> None:
    own, other = town.drone("drone-1", partner=True), town.drone("drone-2")
    survey = town.draw("drone-1", "drone-2")
    town.act(survey, "approve", town.second)
    offer = next(one for one in town.get(survey, "/offers")["items"] if one["drone"] == "drone-1")
    town.partner.post(f"/api/v1/surveys/{survey['id']}/offers/{offer['id']}/decline", json={"reason": "風が強い"})
    town.act(survey, "launch")
    assert own.read() == []
    assert [one.action for one in other.read()] == ["prepare"]


def test_a_stop_holds_all_and_a_return_ends_it(town: Town) -> None:
    first, second = town.drone("drone-1"), town.drone("drone-2")
    survey = town.airborne("drone-1", "drone-2")
    assert survey["state"] == "flying"
    assert town.act(survey, "stop")["state"] == "held"
    held = [box.read()[0] for box in (first, second)]
    assert [one.action for one in held] == ["hold", "hold"]
    for box, order in zip((first, second), held, strict=True):
        box.reply(order)
        box.fly(order.sortie, "held")
    assert town.act(survey, "resume")["state"] == "flying"
    assert [box.read()[0].action for box in (first, second)] == ["resume", "resume"]
    assert town.act(survey, "stop", how="return")["state"] == "stopping"
    for box in (first, second):
        order = box.read()[0]
        assert order.action == "return"
        box.fly(order.sortie, "landed")
    assert town.get(survey)["state"] == "stopped"
    assert town.responder.post(f"/api/v1/surveys/{survey['id']}/stop").status_code == 409


def test_one_drone_is_stopped_alone(town: Town) -> None:
    first, second = town.drone("drone-1"), town.drone("drone-2", partner=True)
    survey = town.airborne("drone-1", "drone-2")
    path = f"/api/v1/surveys/{survey['id']}/stop"
    assert town.partner.post(path, json={"how": "land"}).status_code == 403
    assert town.partner.post(path, json={"how": "land", "drone": "drone-1"}).status_code == 404
    answer = town.partner.post(path, json={"how": "land", "drone": "drone-2"})
    assert answer.status_code == 200, answer.text
    assert [one.action for one in second.read()] == ["land"]
    assert first.read() == []
    assert town.get(survey)["state"] == "flying"


def test_late_words_move_nothing_back(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    sortie = survey["sorties"][0]["id"]
    box.fly(sortie, "landed", lat=35.3695, lon=139.9495, height_m=0.0)
    box.fly(sortie, "surveying", clock.now() - timedelta(seconds=30), lat=35.5, lon=139.5, height_m=60.0)
    after = town.get(survey)
    assert (after["state"], after["sorties"][0]["state"]) == ("done", "landed")
    assert town.get(survey, "/flights")["drones"][0]["telemetry"]["lat"] == 35.3695
    # The place on the way is kept all the same.
    assert any(point[1] == 35.5 for point in town.get(survey, "/flights")["tracks"][0]["points"])


def test_a_drone_says_nothing_of_anothers_sortie(town: Town) -> None:
    town.drone("drone-1")
    other = town.drone("drone-2")
    survey = town.launched("drone-1")
    other.fly(survey["sorties"][0]["id"], "landed", photos=[{"number": 1, "lat": 35.37, "lon": 139.95, "height_m": 60}])
    order = town.boxes["drone-1"].read()[0]
    other.reply(order)
    after = town.get(survey)
    assert (after["state"], after["sorties"][0]["state"]) == ("launching", "preparing")
    assert town.get(survey, "/photos")["items"] == []
    assert other.read() == []


def test_an_order_without_an_answer_fails_loudly(town: Town) -> None:
    town.drone("drone-1")
    survey = town.launched("drone-1")
    town.sweep(timedelta(seconds=60))
    assert town.get(survey)["sorties"][0]["state"] == "preparing"
    town.sweep(timedelta(seconds=181))
    after = town.get(survey)
    assert (after["state"], after["sorties"][0]["state"], after["sorties"][0]["reason"]) == (
        "stopped", "failed", "no_answer",
    )  # fmt: skip
    assert "unanswered" in town.words(survey)
    assert town.due() == []


def test_a_drone_that_refuses_fails_its_sortie_with_its_reason(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.launched("drone-1")
    box.reply(box.read()[0], "refused", reason="fence", detail="outside the owner's fence")
    assert town.get(survey)["sorties"][0]["reason"] == "fence"
    assert box.read() == []


def test_the_next_battery_waits_for_a_person(town: Town) -> None:
    box = town.drone("drone-1", endurance_s=400, change_s=120)
    survey = town.draw("drone-1")
    planned = survey["plan"]["sorties"]
    assert [one["number"] for one in planned] == list(range(1, len(planned) + 1))
    assert len(planned) >= 2
    assert all(one["battery_used"] <= 0.75 for one in planned)
    gap_s = planned[1]["starts_at_s"] - planned[0]["starts_at_s"] - planned[0]["flight_s"]
    assert gap_s >= 120
    town.act(survey, "approve", town.second)
    town.act(survey, "launch")
    first = box.read()[0]
    box.reply(first)
    box.read()
    box.fly(first.sortie, "surveying")
    waiting = town.get(survey)["sorties"][1]["id"]
    busy = town.responder.post(f"/api/v1/surveys/{survey['id']}/sorties/{waiting}/go")
    assert busy.status_code == 409
    box.fly(first.sortie, "landed")
    assert town.get(survey)["state"] == "flying"
    assert box.read() == []
    town.act(survey, f"sorties/{waiting}/go")
    second = box.read()[0]
    assert (second.action, second.sortie) == ("prepare", waiting)
    assert second.mission
    assert [list(place) for place in second.mission.path] == planned[1]["path"]["coordinates"]
    assert second.mission.starts_after_s == 0


def test_drones_fly_as_they_were_planned_whatever_is_said_of_them_since(town: Town) -> None:
    here, there = {"lat": 35.3695, "lon": 139.9495}, {"lat": 35.3732, "lon": 139.9536}
    town.drone("drone-1", home=here, speed_mps=6)
    box = town.drone("drone-2", home=there, speed_mps=12)
    survey = town.draw("drone-1", "drone-2")
    starts = {one["drone"]: one["path"]["coordinates"][0][:2] for one in survey["plan"]["sorties"]}
    assert starts == {"drone-1": [139.9495, 35.3695], "drone-2": [139.9536, 35.3732]}
    town.act(survey, "approve", town.second)
    changed = town.staff.put("/api/v1/drones/drone-2", json={"ready": True, "speed_mps": 3, "home": here})
    assert changed.status_code == 200
    town.act(survey, "launch")
    mission = box.read()[0].mission
    assert mission
    assert mission.speed_mps == 12
    assert mission.path[0][:2] == (139.9536, 35.3732)


def test_photos_show_what_has_been_seen_and_the_gaps_are_flown_again(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    sortie = survey["sorties"][0]["id"]
    assert town.get(survey, "/coverage")["coverage"] == 0
    path = survey["plan"]["sorties"][0]["path"]["coordinates"]
    places = _along(path, 20.0)
    half = places[: len(places) // 2]
    photos = [{"number": number, "lat": lat, "lon": lon, "height_m": 60.0} for number, (lon, lat) in enumerate(half, 1)]
    box.fly(sortie, "surveying", photos=photos)
    box.fly(sortie, "surveying", photos=photos[-3:])
    coverage = town.get(survey, "/coverage")
    assert coverage["photos"] == len(photos)
    assert 0.2 < coverage["coverage"] < 0.9
    assert coverage["gaps"]["type"] in ("Polygon", "MultiPolygon")
    assert len(town.get(survey, "/photos?limit=500")["items"]) == len(photos)
    box.fly(sortie, "landed")
    again = town.act(survey, "plans", gaps=True)
    assert (again["state"], again["version"]) == ("planned", 2)
    assert again["plan"]["lower_bound_m"] < survey["plan"]["lower_bound_m"] * 0.9
    assert town.responder.post(f"/api/v1/surveys/{survey['id']}/launch").status_code == 409


def _along(path: list[list[float]], step_m: float) -> list[tuple[float, float]]:
    """Places along a path of [lon, lat, height], so many metres apart (roughly)."""
    found = []
    for (lon, lat, _), (lon2, lat2, _) in pairwise(path):
        length = max(abs(lon2 - lon) * 90_000, abs(lat2 - lat) * 111_000)
        count = max(1, int(length // step_m))
        found += [(lon + (lon2 - lon) * i / count, lat + (lat2 - lat) * i / count) for i in range(count)]
    return found


def test_a_survey_cannot_be_planned_anew_while_it_flies(town: Town) -> None:
    town.drone("drone-1")
    survey = town.airborne("drone-1")
    refused = town.responder.post(f"/api/v1/surveys/{survey['id']}/plans", json={"area": SQUARE})
    assert refused.status_code == 409
    assert town.get(survey)["version"] == 1


def test_a_drone_flies_for_one_survey_at_a_time(town: Town) -> None:
    town.drone("drone-1")
    town.launched("drone-1")
    other = town.draw("drone-1")
    town.act(other, "approve", town.second)
    refused = town.responder.post(f"/api/v1/surveys/{other['id']}/launch")
    assert refused.status_code == 409
    assert "another survey" in refused.json()["detail"]


def test_a_drone_that_is_no_longer_ready_is_not_launched(town: Town) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1")
    town.act(survey, "approve", town.second)
    said = town.staff.put("/api/v1/drones/drone-1", json={"ready": False})
    assert said.status_code == 200
    refused = town.responder.post(f"/api/v1/surveys/{survey['id']}/launch")
    assert refused.status_code == 409
    assert "not ready" in refused.json()["detail"]
    assert town.boxes["drone-1"].read() == []


def test_a_drone_that_was_declined_keeps_no_other_from_flying(town: Town) -> None:
    town.drone("drone-1", partner=True), town.drone("drone-2")
    first = town.draw("drone-1")
    town.act(first, "approve", town.second)
    town.act(first, f"offers/{town.get(first, '/offers')['items'][0]['id']}/accept", town.partner)
    town.act(first, "launch")
    other = town.draw("drone-1", "drone-2")
    town.act(other, "approve", town.second)
    offers = {one["drone"]: one["id"] for one in town.get(other, "/offers")["items"]}
    town.act(other, f"offers/{offers['drone-1']}/decline", town.partner)
    assert town.act(other, "launch")["state"] == "launching"


def _with_two_batteries(town: Town) -> tuple[Box, dict, str]:
    """A survey whose first sortie has landed, and the sortie that waits for its battery."""
    box = town.drone("drone-1", endurance_s=400, change_s=120)
    survey = town.airborne("drone-1")
    first, second, *_ = (one["id"] for one in survey["sorties"])
    box.fly(first, "landed")
    return box, survey, second


def test_a_second_battery_goes_by_the_rules_of_a_launch(town: Town) -> None:
    box, survey, second = _with_two_batteries(town)
    path = f"/api/v1/surveys/{survey['id']}/sorties/{second}/go"
    with town.api.database.transaction() as conn:
        conn.execute("alter table survey_check disable trigger append_only")
        conn.execute("update survey_check set checked_at = checked_at - interval '2 hours'")
        conn.execute("alter table survey_check enable trigger append_only")
    refused = town.responder.post(path)
    assert (refused.status_code, "look again" in refused.json()["detail"]) == (409, True)
    town.act(survey, "check", vouched=True)
    town.staff.put("/api/v1/drones/drone-1", json={"ready": False})
    refused = town.responder.post(path)
    assert (refused.status_code, "not ready" in refused.json()["detail"]) == (409, True)
    town.staff.put("/api/v1/drones/drone-1", json={"ready": True})
    other = town.launched("drone-1")
    box.read()
    refused = town.responder.post(path)
    assert (refused.status_code, "another survey" in refused.json()["detail"]) == (409, True)
    assert box.read() == []
    box.reply(box.orders[-1], "refused", reason="fence")
    assert town.get(other)["state"] == "stopped"
    assert town.responder.post(path).status_code == 200
    assert [one.action for one in box.read()] == ["prepare"]


def _starting(town: Town) -> tuple[Box, dict, Order]:
    """A survey whose drone is ordered to take off, and has not heard of it."""
    box = town.drone("drone-1")
    survey = town.launched("drone-1")
    box.reply(box.read()[0])
    fly = box.read()[0]
    assert town.get(survey)["sorties"][0]["state"] == "starting"
    return box, survey, fly


def test_a_start_that_nobody_heard_of_ends_with_its_stop(town: Town) -> None:
    box, survey, _ = _starting(town)
    town.act(survey, "stop")
    box.reply(box.read()[0], "done", reason="not_flying")
    after = town.get(survey)
    assert (after["state"], after["sorties"][0]["state"]) == ("stopped", "failed")
    assert after["sorties"][0]["reason"] == "not_flying"


def test_a_start_and_a_stop_that_nobody_heard_of_end_too(town: Town) -> None:
    _, survey, _ = _starting(town)
    town.act(survey, "stop")
    town.sweep(timedelta(seconds=599))
    assert town.get(survey)["sorties"][0]["state"] == "starting"
    town.sweep(timedelta(seconds=601))
    after = town.get(survey)
    assert (after["state"], after["sorties"][0]["reason"]) == ("stopped", "no_answer")


@pytest.mark.parametrize("how", ["failed", "done", "expired", "ready"])
def test_what_comes_of_an_attempt_says_nothing_of_the_next(town: Town, how: str) -> None:
    box, survey, second = _with_two_batteries(town)
    town.act(survey, f"sorties/{second}/go")
    before, earlier = box.read()[0], clock.now()
    town.act(survey, "stop", drone="drone-1")
    town.act(survey, f"sorties/{second}/go")
    again = [one for one in box.read() if one.action == "prepare"]
    assert len(again) == 1
    if how == "expired":
        box.reply(before, "accepted")
        with town.api.database.transaction() as conn:
            conn.execute("update command set expires_at = now() where id = %s", (before.id,))
        town.sweep(timedelta(seconds=1))
    elif how == "ready":
        box.fly(second, "ready", earlier)
    else:
        box.reply(before, how, reason="superseded" if how == "failed" else None)
    assert town.get(survey)["sorties"][1]["state"] == "preparing"
    assert box.read() == []
    box.reply(again[0])
    assert [one.action for one in box.read()] == ["fly"]


def test_of_two_launches_of_one_drone_at_once_one_is_refused(town: Town) -> None:
    box = town.drone("drone-1")
    one, other = town.draw("drone-1"), town.draw("drone-1")
    for survey in (one, other):
        town.act(survey, "approve", town.second)
    with ThreadPoolExecutor(1) as pool:
        with town.api.database.transaction() as conn:
            actor = registry.fetch_actor(conn, town.responder_id)
            town.api.services.flying.launch(conn, actor, one["id"], clock.now())
            second = pool.submit(town.second.post, f"/api/v1/surveys/{other['id']}/launch")
            waits = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
            wait_until(lambda: second.done() or conn.execute(waits).fetchone()[0], "the other launch has not begun")
        refused = second.result(30)
    assert (refused.status_code, "another survey" in refused.json()["detail"]) == (409, True)
    assert [order.survey for order in box.read()] == [one["id"]]


def test_batches_that_lock_surveys_crosswise_are_both_taken(town: Town) -> None:
    """The database throws one of them out of the deadlock; ingest begins that one again, and nothing is lost."""
    sorties: dict[str, str] = {}
    for first, second in (("drone-1", "drone-2"), ("drone-3", "drone-4")):
        town.drone(first), town.drone(second)
        sorties |= {one["drone"]: one["id"] for one in town.launched(first, second)["sorties"]}
    meeting, began = Barrier(2, timeout=20), list[str]()

    def take(name: str, drones: tuple[str, str]) -> None:
        patience = Patience()
        events = [
            town.boxes[drone].event("flight", FlightData(sortie=sorties[drone], phase="surveying"), clock.now())
            for drone in drones
        ]

        def batch() -> None:
            began.append(name)
            with town.api.database.transaction() as conn:
                # Without a first statement a savepoint would be a transaction of its own.
                conn.execute("select 1")
                for place, event in enumerate(events):
                    with patience.savepoint(conn, event.id):
                        store_event(conn, event, town.handlers)
                    if place == 0 and began.count(name) == 1:
                        meeting.wait()

        patience.run(batch)

    with ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(take, "one", ("drone-1", "drone-3")), pool.submit(take, "two", ("drone-4", "drone-2"))]
        for one in taken:
            one.result(60)
    # More than two: they did meet. One that had been thrown out can meet the other again on a busy machine.
    assert len(began) > 2
    with town.api.database.transaction() as conn:
        rows = conn.execute("select state from sortie where id = any(%s)", (list(sorties.values()),)).fetchall()
    assert rows == [("flying",)] * 4
