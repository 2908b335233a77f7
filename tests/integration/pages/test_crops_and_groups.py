"""What city staff keep by the pages for everybody: the table of crops, groups of farmers, teams and their names."""

from uuid import uuid4

import pytest

from hub.fields.plots import groups
from hub.fields.plots import service as plots
from hub.fields.plots.crops import fetch_crops
from tests.website import SYSTEM, Website

CORIANDER = {
    "name": "パクチー",
    "base_temperature_c": "４．５",
    "degree_day_target": "1100",
    "frost_limit_c": "-1",
    "source": "見本 2026年",
}


def crop_named(site: Website, name: str):
    with site.database.transaction() as conn:
        return next((crop for crop in fetch_crops(conn) if crop.name == name), None)


def test_staff_add_change_and_delete_a_crop(site: Website) -> None:
    office, key = site.client("office"), str(uuid4())
    for _ in range(2):
        assert office.post("/staff/crops", key=key, **CORIANDER).headers["location"] == "/staff/crops?done=saved"
    crop = crop_named(site, "パクチー")
    assert (crop.base_temperature_c, crop.degree_day_target, crop.frost_limit_c) == (4.5, 1100, -1)
    path = f"/staff/crops/{crop.id}"
    assert 'value="4.5"' in office.get(path).text
    assert office.post(path, **CORIANDER | {"frost_limit_c": ""}).status_code == 303
    assert crop_named(site, "パクチー").frost_limit_c is None
    assert office.post(f"{path}/delete", path).status_code == 422
    assert office.post(f"{path}/delete", path, sure="yes").headers["location"] == "/staff/crops?done=deleted"
    assert crop_named(site, "パクチー") is None
    assert office.get(path).status_code == 404


def test_a_crop_that_a_plot_has_stays(site: Website) -> None:
    office = site.client("office")
    office.post("/staff/crops", **CORIANDER)
    path = f"/staff/crops/{crop_named(site, 'パクチー').id}"
    site.client("takahashi").post("/plots/new", name="西の畑", crop_id=path.rpartition("/")[2])
    refused = office.post(f"{path}/delete", path, sure="yes")
    assert refused.status_code == 422
    assert "この作物を使っているほ場がある" in refused.text


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": ""}, "name"), ({"base_temperature_c": "寒い"}, "base_temperature_c"), ({"source": " "}, "source"),
     ({"degree_day_target": "-1"}, "degree_day_target"), ({"source": "あ" * 501}, "source"),
     ({"source": "x\x00"}, "source"), ({"frost_limit_c": "99"}, "frost_limit_c")],
)  # fmt: skip
def test_each_fault_of_a_crop_is_said_beside_its_field(site: Website, changed: dict[str, str], field: str) -> None:
    answer = site.client("office").post("/staff/crops", **CORIANDER | changed)
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text


def test_the_name_of_a_crop_is_taken_once(site: Website) -> None:
    office = site.client("office")
    assert office.post("/staff/crops", **CORIANDER).status_code == 303
    assert "同じ名前の作物があります" in office.post("/staff/crops", **CORIANDER).text


def test_only_staff_keep_crops(site: Website) -> None:
    assert site.client("takahashi").get("/staff/crops").status_code == 403


def test_a_group_is_renamed_and_deleted_and_its_members_look_no_longer(site: Website) -> None:
    office, friend = site.client("office"), site.add_person("tanaka", "farmer", "田中 友子")
    now, owner = site.services.now(), site.actor("takahashi")
    with site.database.transaction() as conn:
        one, other = (groups.create_group(conn, SYSTEM, name, now).id for name in ("水稲部会", "直売所の会"))
        for person in (owner.person_id, friend):
            groups.add_member(conn, SYSTEM, one, person, now)
        plot = plots.fetch_plots(conn, owner)[0].id
        plots.set_consent(conn, owner, plot, "group", now, wanted=True, group_id=one)
    tanaka = site.client("tanaka")
    assert tanaka.get(f"/plots/{plot}").status_code == 200
    page = "/staff/farmer-groups"
    taken = office.post(f"{page}/{one}/name", page, **{f"name-{one}": "直売所の会"})
    assert taken.status_code == 422
    assert f'id="e-name-{one}"' in taken.text
    assert f'id="e-name-{other}"' not in taken.text
    assert office.post(f"{page}/{one}/name", page, **{f"name-{one}": "水稲第一部会"}).status_code == 303
    asked = office.get(f"{page}/{one}/delete").text
    assert "水稲第一部会" in asked
    assert "田中 友子" in asked
    assert office.post(f"{page}/{one}/delete").headers["location"] == f"{page}?done=deleted"
    assert "水稲第一部会" not in office.get(page).text
    assert tanaka.get(f"/plots/{plot}").status_code == 404
    assert office.get(f"{page}/{one}/delete").status_code == 404


def test_a_team_is_renamed_and_deleted_once_it_has_no_trap(site: Website) -> None:
    office = site.client("office")
    team = office.post("/staff/teams", name="富来田班").headers["location"]
    assert "同じ名前の班があります" in office.post("/staff/teams", name="富来田班").text
    office.post("/staff/teams", name="鎌足班")
    assert office.post(f"{team}/name", team, name="鎌足班").status_code == 422
    assert office.post(f"{team}/name", team, name="富来田東班").status_code == 303
    assert "富来田東班" in office.get("/staff/teams").text
    ishii = site.people["ishii"]
    office.post(f"{team}/members", team, person=ishii)
    office.post(f"{team}/week", team, weekday_0=[ishii])
    site.client("ishii").post("/me/mutes", "/me", team=team.rpartition("/")[2], hours="8", reason="会議")
    with site.database.transaction() as conn:
        conn.execute("update device set team_id = %s where id = 'trap-1'", (team.rpartition("/")[2],))
    kept = office.post(f"{team}/delete", team)
    assert kept.status_code == 422
    assert site.devices["trap-1"].name in kept.text
    assert office.get(team).status_code == 200, "nothing of it has gone"
    with site.database.transaction() as conn:
        assert conn.execute("select count(*) from duty_week").fetchone() == (1,)
        conn.execute("update device set team_id = null")
    assert office.post(f"{team}/delete").headers["location"] == "/staff/teams?done=deleted"
    assert "富来田東班" not in office.get("/staff/teams").text
    assert office.get(team).status_code == 404
    assert site.client("ishii").get("/me").status_code == 200


def test_a_team_that_is_sent_twice_is_made_once(site: Website) -> None:
    office, key = site.client("office"), str(uuid4())
    first = office.post("/staff/teams", name="富来田班", key=key)
    second = office.post("/staff/teams", name="富来田班", key=key)
    assert (second.status_code, second.headers.get("location")) == (303, first.headers["location"])
    refused = office.post("/staff/teams", name="富来田班", key=str(uuid4()))
    assert (refused.status_code, "同じ名前の班があります" in refused.text) == (422, True)


def test_a_form_that_was_used_elsewhere_says_nothing_of_names(site: Website) -> None:
    office, key = site.client("office"), str(uuid4())
    office.post("/staff/teams", name="富来田班", key=key)
    refused = office.post("/staff/crops", **CORIANDER, key=key)
    assert (refused.status_code, "同じ名前" in refused.text) == (409, False)


def test_a_hunter_changes_no_team(site: Website) -> None:
    team = site.client("office").post("/staff/teams", name="富来田班").headers["location"]
    for act in ("name", "delete"):
        assert site.client("ishii").post(f"{team}/{act}", "/me", name="私の班").status_code == 403


def test_two_boxes_of_one_name_are_not_made_by_a_slip(site: Website) -> None:
    office = site.client("office")
    assert office.post("/staff/agents", name="谷の箱 7").status_code == 200
    again = office.post("/staff/agents", name="谷の箱 7")
    assert again.status_code == 422
    assert "同じ名前の現地端末があります" in again.text
    with site.database.transaction() as conn:
        assert conn.execute("select count(*) from agent where name = '谷の箱 7'").fetchone() == (1,)
