"""A plot's warnings by the API: made, tried, changed, paused, taken away by their farmer, each with its line."""

from hub import clock
from tests.integration.api.conftest import Api

FORM = {"station": "station-1", "measure": "soil_moisture", "side": "below", "limit": 20, "hold_minutes": 120}


def test_a_farmer_makes_changes_and_removes_warnings_and_each_act_leaves_its_line(api: Api) -> None:
    owner, token = api.person("farmer")
    api.device("station-1", "station")
    plot = {"name": "a plot", "owner": owner, "stations": ["station-1"]}
    base = f"/api/v1/plots/{api.client().post('/api/v1/plots', json=plot).json()['id']}"
    farmer, stranger = api.client(token), api.client(api.person("farmer")[1])
    made = farmer.post(f"{base}/warnings", json=FORM)
    assert made.status_code == 201, made.text
    path = f"{base}/warnings/{made.json()['id']}"
    for other in (base + "/warnings", path, base + "/frost"):
        assert stranger.get(other).status_code == 404
    assert farmer.post(f"{base}/warnings/rehearse", json=FORM).json()["times"] == 0
    assert farmer.put(path, json=FORM | {"limit": 15}).json()["limit"] == 15
    assert farmer.post(f"{path}/pause", json={"until": clock.now().isoformat()}).status_code == 409
    assert farmer.post(f"{path}/pause", json={"until": None}).status_code == 200
    assert farmer.post(f"{base}/warnings", json=FORM | {"limit": 200}).status_code == 422
    assert farmer.post(f"{base}/warnings", json=FORM | {"station": "station-2"}).status_code == 422
    assert farmer.put(f"{base}/frost", json={"certainty": "likely"}).json()["certainty"] == "likely"
    assert farmer.put(f"{base}/told", json={"wanted": False}).status_code == 204
    assert farmer.delete(f"{base}/frost").status_code == farmer.delete(path).status_code == 204
    with api.database.transaction() as conn:
        acts = conn.execute("select act from audit_entry where actor = %s order by id", (owner,)).fetchall()
    assert [act for (act,) in acts] == [
        "create_warning", "change_warning", "pause_warning", "set_frost_watch", "set_told", "set_frost_watch",
        "remove_warning",
    ]  # fmt: skip
