"""The office's pages without scripts."""

import re
from pathlib import Path

from hub.registry import service as registry
from hub.web.pages.staff_quarantine import REASONS
from tests.website import PASSWORD


def test_a_code_is_shown_once_and_enrols(site):
    visitor = site.client("office")
    answer = visitor.post("/staff/agents", name="新しい箱")
    assert answer.status_code == 200
    code = re.search(r'class="secret">([0-9A-Z-]{14})<', answer.text)[1]
    assert f"wanamori-edge enrol --hub {site.url} --code {code}" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert code not in visitor.get("/staff/agents").text
    with site.database.transaction() as conn:
        assert registry.enrol(conn, code, site.services.now()).agent_id.startswith("ag-")


def test_another_code_replaces_the_first(site):
    visitor = site.client("office")
    agent = site.devices["trap-1"].agent_id
    codes = []
    for _ in range(2):
        text = visitor.post(f"/staff/agents/{agent}/code", page="/staff/agents").text
        codes.append(re.search(r'class="secret">([0-9A-Z-]{14})<', text)[1])
    with site.database.transaction() as conn:
        assert registry.enrol(conn, codes[1], site.services.now()).agent_id == agent


def test_an_agents_health_is_told(site):
    agent = site.devices["trap-1"].agent_id
    with site.database.transaction() as conn:
        conn.execute(
            "update agent set online = true, enrolled_at = now(), online_changed_at = now(), health = %s::jsonb"
            " where id = %s",
            ('{"battery_v": 12.61, "backlog": 3, "faults": ["modbus <1>"]}', agent),
        )
    page = site.client("office").get("/staff/agents").text
    assert "接続中" in page
    assert "12.61 V" in page
    assert "modbus &lt;1&gt;" in page


def test_a_device_is_registered_and_watched(site):
    agent = site.devices["trap-1"].agent_id
    form = {"agent": agent, "kind": "trap", "id": "boar-9", "name": "北の沢", "lat": "３５．４", "lon": "139.9"}
    answer = site.client("office").post("/staff/devices", **form)
    assert answer.headers["location"] == "/staff/devices?done=saved"
    assert "北の沢" in site.client("ishii").get("/traps").text
    again = site.client("office").post("/staff/devices", **form)
    assert again.status_code == 422
    assert "すでに別の機器が使っています" in again.text
    assert 'value="北の沢"' in again.text


def test_a_wrong_device_form_names_each_fault(site):
    answer = site.client("office").post("/staff/devices", agent="x", kind="cat", id="Böar", name="", lat="99", lon="")
    assert answer.status_code == 422
    assert answer.text.count('class="error"') == 5


def test_devices_by_kind(site):
    page = site.client("office").get("/staff/devices?kind=station").text
    assert "ハウスの観測機" in page
    assert "真里谷 竹林" not in page


def test_a_person_is_added_with_a_password_that_is_shown_once(site):
    visitor = site.client("office")
    form = {
        "name": "新人 太郎",
        "roles": ["hunter", "farmer"],
        "email": "taro@example.jp",
        "language": "ja",
        "username": "Taro",
    }
    answer = visitor.post("/staff/people", **form)
    assert answer.status_code == 200
    username, password = re.findall(r'class="secret">([^<]+)<', answer.text)
    token = re.search(r'class="secret long">(wm_[^<]+)<', answer.text)[1]
    assert username == "taro"
    assert password not in visitor.get("/staff/people").text
    signed_in = site.client().http.post("/sign-in", data={"username": "taro", "password": password})
    assert signed_in.headers["location"] == "/traps"
    with site.database.transaction() as conn:
        actor = registry.actor_of_token(conn, token, site.services.now())
    assert actor is not None
    assert actor.name == "新人 太郎"


def test_a_wrong_person_form_names_each_fault(site):
    answer = site.client("office").post("/staff/people", name="", email="x", language="tlh", username="日本")
    assert answer.status_code == 422
    assert answer.text.count('class="error"') == 5
    taken = site.client("office").post("/staff/people", name="x", roles="hunter", language="ja", username="ishii")
    assert "すでに使われています" in taken.text


def test_a_person_is_changed_and_shut_out(site):
    visitor, hunter = site.client("office"), site.client("ishii")
    path = f"/staff/people/{site.people['ishii']}"
    form = {"name": "石井 健", "roles": "hunter", "language": "ja", "username": "ishii"}
    assert visitor.post(path, active="active", **form).status_code == 303
    assert hunter.get("/traps").status_code == 200
    visitor.post(path, **form)
    assert hunter.get("/traps").status_code == 303
    assert site.client().http.post("/sign-in", data={"username": "ishii", "password": PASSWORD}).status_code == 401


def test_staff_do_not_shut_themselves_out(site):
    path = f"/staff/people/{site.people['office']}"
    form = {"name": "市川", "roles": "hunter", "language": "ja", "username": "office", "active": "active"}
    answer = site.client("office").post(path, **form)
    assert answer.status_code == 422
    assert "自分の権限は外せません" in answer.text
    assert site.actor("office").is_staff


def test_a_new_password_is_shown_once_and_ends_the_old(site):
    path = f"/staff/people/{site.people['ishii']}"
    answer = site.client("office").post(f"{path}/password", page=path)
    password = re.findall(r'class="secret">([^<]+)<', answer.text)[1]
    data = {"username": "ishii", "password": password}
    assert site.client().http.post("/sign-in", data=data).status_code == 303
    assert site.client().http.post("/sign-in", data=data | {"password": PASSWORD}).status_code == 401


def test_quarantine_tells_reasons_in_words_and_shows_what_was_sent(site):
    site.quarantine("malformed", b'{"a": <script>')
    site.quarantine("unknown_device", b"\xff\x00\x01")
    page = site.client("office").get("/staff/quarantine").text
    assert "内容をまったく読み取れません" in page
    assert "{&#34;a&#34;: &lt;script&gt;" in page
    assert "ff 00 01" in page
    assert "機器を登録してから、再処理してください" in page


def test_quarantine_is_discarded_and_replayed(site):
    site.quarantine("malformed", b"rubbish")
    visitor = site.client("office")
    number = re.search(r"/staff/quarantine/(\d+)/replay", visitor.get("/staff/quarantine").text)[1]
    again = visitor.post(f"/staff/quarantine/{number}/replay", page="/staff/quarantine")
    assert again.status_code == 200
    assert "今回も受け取れませんでした" in again.text
    answer = visitor.post(f"/staff/quarantine/{number}/discard", page="/staff/quarantine")
    assert "通知を破棄しました" in visitor.get(answer.headers["location"]).text
    assert "確認待ちはありません" in visitor.get("/staff/quarantine").text
    assert "破棄済み" in visitor.get("/staff/quarantine?show=all").text
    twice = visitor.post(f"/staff/quarantine/{number}/discard", page="/traps")
    assert twice.status_code == 409


def test_every_reason_of_ingest_has_words():
    """What ingest can write as a reason is told in words; the list is read from its sources and its documentation."""
    guide = Path(__file__).parents[3] / "docs" / "how-to" / "quarantine.md"
    named = set(re.findall(r"^\|\s*`([a-z_]+)`", guide.read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= set(REASONS)


def test_staff_see_incidents_of_agents(site):
    incident = site.open_incident("agent_down", agent_id=site.devices["trap-1"].agent_id)
    visitor = site.client("office")
    assert "現地端末が応答しません" in visitor.get("/incidents").text
    path = f"/incidents/{incident}"
    assert visitor.get(path).status_code == 200
    assert site.client("ishii").get(path).status_code == 404
    assert visitor.post(f"{path}/resolve", page=path, outcome="visited", note="電池を替えた").status_code == 303
