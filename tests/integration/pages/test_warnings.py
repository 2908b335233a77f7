"""A farmer's warnings on the pages, without scripts: made from a form, tried, changed, paused, taken away."""

import io
import json
import re
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest

from hub import clock
from hub.alerts.views import NewIncident

FORM = {
    "station": "field-1",
    "measure": "soil_moisture",
    "how": "value",
    "side": "below",
    "limit": "20",
    "hold_min": "120",
    "act": "save",
}


@pytest.fixture
def plot(site) -> str:
    now = clock.now()
    for number in range(48):
        value = 19.0 if 10 <= number < 20 else 25.0
        site.measured("field-1", now - timedelta(minutes=30 * (48 - number)), soil_moisture=value)
    with site.database.transaction() as conn:
        found = conn.execute(
            "select plot_id from plot_station where device_key = %s", (site.devices["field-1"].key,)
        ).fetchone()
    return f"/plots/{found[0]}/warnings"


def test_a_sentence_is_built_tried_and_kept(site, plot):
    farmer = site.client("takahashi")
    tried = farmer.post(f"{plot}/new", **(FORM | {"act": "try"})).text
    assert "土壌水分が 20 % を下回ったまま 2時間 続いたら知らせる" in re.sub(r"\s+", " ", tried).replace(
        "2 時間", "2時間"
    )
    assert "1回お知らせしていました" in tried
    assert 'value="20"' in tried
    assert "まだお知らせの決めごとはありません" in farmer.get(plot).text
    assert farmer.post(f"{plot}/new", **FORM).status_code == 303
    listed = farmer.get(plot).text
    assert "20 % を下回ったまま" in listed
    assert "見張っています" in listed


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"limit": "たくさん"}, "limit"), ({"limit": "200"}, "limit"), ({"measure": "mood"}, "measure"),
     ({"how": "sum"}, "how"), ({"season_first": "13/1", "season_last": "4/1"}, "season_first"),
     ({"season_first": "4/1"}, "season_last"), ({"quiet_from": "25:00", "quiet_until": "5:00"}, "quiet_from"),
     ({"hold_min": "7"}, "hold_min"), ({"hysteresis": "-1"}, "hysteresis"), ({"measure": "x\x00"}, "measure")],
)  # fmt: skip
def test_each_fault_is_said_beside_its_field_and_what_was_typed_stays(site, plot, changed, field):
    answer = site.client("takahashi").post(f"{plot}/new", **(FORM | changed))
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text


def test_full_width_digits_and_japanese_days_are_read(site, plot):
    form = FORM | {
        "limit": "２０",
        "season_first": "4月20日",
        "season_last": "９／３０",
        "quiet_from": "21:00",
        "quiet_until": "05:00",
    }
    assert site.client("takahashi").post(f"{plot}/new", **form).status_code == 303
    assert "4/20 から 9/30 まで" in site.client("takahashi").get(plot).text


def test_a_warning_is_changed_paused_and_taken_away(site, plot):
    farmer = site.client("takahashi")
    farmer.post(f"{plot}/new", **FORM)
    path = re.search(rf"{plot}/w-[a-z0-9]+", farmer.get(plot).text)[0]
    assert 'value="20"' in farmer.get(path).text
    assert farmer.post(path, **(FORM | {"limit": "15"})).status_code == 303
    farmer.post(f"{path}/pause", plot, days="3")
    assert "まで休み" in farmer.get(plot).text
    farmer.post(f"{path}/pause", plot, days="")
    assert "まで休み" not in farmer.get(plot).text
    asked = farmer.get(f"{path}/remove").text
    assert "15 % を下回ったまま" in asked
    assert "しばらく休むだけにする" in asked
    assert "15 % を下回ったまま" in farmer.get(plot).text, "asking removes nothing"
    assert farmer.post(f"{path}/remove").status_code == 303
    assert "まだお知らせの決めごとはありません" in farmer.get(plot).text
    assert farmer.get(path).status_code == 404


def test_a_warning_that_is_sent_twice_is_one_warning(site, plot):
    farmer, twice = site.client("takahashi"), FORM | {"key": str(uuid4())}
    for _ in range(2):
        assert farmer.post(f"{plot}/new", **twice).status_code == 303
    assert len(set(re.findall(rf"{plot}/(w-[a-z0-9]+)", farmer.get(plot).text))) == 1


def test_where_nothing_came_in_time_the_trial_says_how_it_would_have_been(site, plot):
    with site.database.transaction() as conn:
        conn.execute("update reading set received_at = %s", (clock.now(),))
    tried = site.client("takahashi").post(f"{plot}/new", **(FORM | {"act": "try"})).text
    assert "1回お知らせしていました" in tried
    assert "遅れて届いたので、実際には知らせられませんでした" in tried


def test_frost_is_asked_for_with_how_sure_it_must_be(site, plot):
    farmer = site.client("takahashi")
    assert farmer.post(f"{plot}/frost", plot, certainty="likely", limit_c="-1.5").status_code == 303
    page = farmer.get(plot).text
    assert re.search(r'value="likely" checked', page)
    assert 'value="-1.5"' in page
    assert farmer.post(f"{plot}/frost", plot, certainty="likely", limit_c="warm").status_code == 422
    assert farmer.post(f"{plot}/frost", plot, certainty="never").status_code == 303
    assert re.search(r'value="never" checked', farmer.get(plot).text)


def test_others_find_nothing_and_staff_only_with_consent(site, plot):
    site.client("takahashi").post(f"{plot}/new", **FORM)
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    for path in (plot, f"{plot}/new"):
        assert site.client("suzuki").get(path).status_code == 404
    with site.database.transaction() as conn:
        conn.execute("update plot_consent set withdrawn_at = now(), withdrawn_by = 'owner' where withdrawn_at is null")
    assert site.client("office").get(plot).status_code == 404


def told_of(site, plot: str) -> str:
    """The plot's one warning is told; returns its incident's id."""
    plot_id = plot.split("/")[2]
    with site.database.transaction() as conn:
        (warning,) = conn.execute("select id from warning where plot_id = %s", (plot_id,)).fetchone()
        site.rooms.field_warnings.sweep(conn, clock.now())
        words = {"ja": "土壌水分が 20 % を下回っています"}
        new = NewIncident("field_threshold", None, None, clock.now(), plot_id=plot_id, matter=warning, words=words)
        return site.services.alerts.open_incident(conn, new, clock.now())


def test_a_plot_that_is_deleted_takes_its_warnings_along_and_what_they_told(site, plot):
    farmer = site.client("takahashi")
    farmer.post(f"{plot}/new", **FORM)
    farmer.post(f"{plot}/frost", plot, certainty="likely", limit_c="-1.5")
    farmer.post(f"{plot}/told", plot, wanted="yes")
    incident = told_of(site, plot)
    archive = zipfile.ZipFile(io.BytesIO(farmer.get("/plots/mine.zip").content))
    taken = json.loads(archive.read("warnings.json"))[plot.split("/")[2]]
    assert (taken["warnings"][0]["limit"], taken["frost"]["limit_c"]) == (20, -1.5)
    assert "土壌水分が 20 % を下回" in taken["warnings"][0]["words"]
    assert [one["id"] for one in taken["told"]] == [incident]

    leaving = plot.replace("/warnings", "/delete")
    seal = re.search(r'name="seal" value="(\w+)"', farmer.get(leaving).text)[1]
    assert farmer.post(leaving, seal=seal, read="yes").status_code == 303
    with site.database.transaction() as conn:
        for table in ("warning", "warning_state", "frost_watch", "frost_evening", "plot_told"):
            assert conn.execute(f"select count(*) from {table}").fetchone() == (0,), table
        page = site.services.alerts.fetch_incident(conn, incident)
        site.rooms.field_warnings.sweep(conn, clock.now())
        site.rooms.field_warnings.sweep_frost(conn, clock.now())
    assert (page.incident.state, page.incident.plot_id, page.incident.detail) == ("resolved", None, {})
    assert "土壌水分" not in str(page)
    assert farmer.get(plot).status_code == 404


def test_a_proposal_is_made_once_and_for_any_crop_where_the_crop_has_none(site, plot):
    with site.database.transaction() as conn:
        conn.execute("update plot set crop_id = 'blueberry' where id = %s", (plot.split("/")[2],))
    listed = site.client("takahashi").get(plot).text
    assert re.findall(r"preset=([\w-]+-(?:dry|rain))", listed) == ["blueberry-dry", "any-rain"]
    assert "雨量の合計" in listed
