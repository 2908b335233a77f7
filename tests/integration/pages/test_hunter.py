"""A hunter's way without any script: see the trap, go, report; and the signed link from a mail."""

import gzip
import re
from datetime import timedelta

import pytest

from hub import clock
from hub.alerts.links import make_link
from hub.registry import service as registry
from tests.website import SYSTEM

SECRET = "a secret of thirty-two characters and more"


def state_of(site, device_id: str) -> str:
    key = site.devices[device_id].key
    with site.database.transaction() as conn:
        return site.services.traps.fetch_traps(conn, [key])[key].state


def test_the_loudest_trap_comes_first_with_its_state_in_words(site):
    site.fall_silent("trap-2")
    incident = site.spring("trap-3")
    page = site.client("ishii").get("/traps").text
    order = [page.index(name) for name in ("真里谷 竹林", "矢那の谷 くくり罠 2", "矢那の谷 檻 1")]
    assert order == sorted(order)
    assert "作動" in page
    assert "応答なし" in page
    assert f"/incidents/{incident}" in page


def test_a_hunter_goes_and_reports_without_scripts(site):
    incident = site.spring("trap-1")
    visitor = site.client("ishii")
    path = f"/incidents/{incident}"
    assert "35.38140, 139.92480" in visitor.get(path).text
    answer = visitor.post(f"{path}/going", page=path, eta_minutes="60")
    assert answer.headers["location"] == f"{path}?done=going"
    assert "向かっていることが" in visitor.get(f"{path}?done=going").text
    assert "石井 健太さんが向かっています" in site.client("office").get(path).text
    answer = visitor.post(f"{path}/resolve", page=path, outcome="captured", note="オス\r\n60kg")
    assert answer.headers["location"] == f"{path}?done=resolved"
    page = visitor.get(path).text
    assert "捕獲あり" in page
    assert "60kg" in page
    assert 'action="/incidents' not in page
    assert state_of(site, "trap-1") == "armed"


def test_a_report_without_an_outcome_says_what_is_missing_and_keeps_the_note(site):
    incident = site.spring("trap-1")
    path = f"/incidents/{incident}"
    answer = site.client("ishii").post(f"{path}/resolve", page=path, note="足跡あり")
    assert answer.status_code == 422
    assert "一つ選んでください" in answer.text
    assert "足跡あり" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert state_of(site, "trap-1") == "sprung"


@pytest.mark.parametrize("eta", ["0", "1441", "soon", ""])
def test_an_impossible_arrival_is_refused(site, eta):
    path = f"/incidents/{site.spring('trap-1')}"
    assert site.client("ishii").post(f"{path}/going", page=path, eta_minutes=eta).status_code == 422


def test_the_second_report_is_told_that_somebody_was_faster_and_keeps_its_words(site):
    path = f"/incidents/{site.spring('trap-1')}"
    first, second = site.client("ishii"), site.client("office")
    token = second.get(path).text.split('name="csrf" value="')[1].split('"')[0]
    first.post(f"{path}/resolve", page=path, outcome="empty")
    answer = second.http.post(f"{path}/resolve", data={"csrf": token, "outcome": "captured", "note": "私の記録"})
    assert answer.status_code == 409
    assert "他の人が先に対応を終えました" in answer.text
    assert "私の記録" in answer.text


def test_a_trap_of_another_team_is_not_there(site):
    incident = site.spring("trap-1")
    with site.database.transaction() as conn:
        team = registry.create_team(conn, SYSTEM, "北の班", clock.now())
        conn.execute("update device set team_id = %s where id = 'trap-1'", (team.id,))
    visitor = site.client("ishii")
    assert "矢那の谷 檻 1" not in visitor.get("/traps").text
    assert visitor.get(f"/incidents/{incident}").status_code == 404
    assert visitor.get("/traps/trap-1").status_code == 404
    assert visitor.post(f"/incidents/{incident}/resolve", page="/traps", outcome="empty").status_code == 404
    assert incident not in visitor.get("/incidents?show=all").text
    assert incident in site.client("office").get("/incidents").text


def test_a_trap_is_taken_out_of_service_and_back(site):
    visitor = site.client("ishii")
    answer = visitor.post("/traps/trap-5/disarm", page="/traps/trap-5")
    assert "罠を解除しました" in visitor.get(answer.headers["location"]).text
    assert state_of(site, "trap-5") == "disarmed"
    visitor.post("/traps/trap-5/arm", page="/traps/trap-5")
    assert state_of(site, "trap-5") == "armed"


def test_a_sprung_trap_cannot_be_taken_out_of_service(site):
    site.spring("trap-1")
    visitor = site.client("ishii")
    assert visitor.post("/traps/trap-1/disarm", page="/traps/trap-1").status_code == 409
    assert state_of(site, "trap-1") == "sprung"


# --- the signed link of a mail ------------------------------------------------------------------------------------


def link(site, incident: str, person: str = "ishii", at=None) -> str:
    return make_link(SECRET, "", site.people[person], incident, "going", at or clock.now())


def test_opening_a_link_changes_nothing_and_its_button_acts(site):
    incident = site.spring("trap-1")
    path = link(site, incident)
    visitor = site.client()
    for _ in range(3):
        page = visitor.get(path)
        assert page.status_code == 200
        assert "石井 健太さん、向かいますか" in page.text
    assert visitor.http.head(path).status_code in (200, 405)
    assert "まだ誰も向かっていません" in visitor.get(path).text
    answer = visitor.http.post(path, data={"eta_minutes": "120"})
    assert answer.status_code == 200
    assert "ありがとうございます" in answer.text
    assert "石井 健太さんが向かっています" in site.client("office").get(f"/incidents/{incident}").text


def test_the_links_page_speaks_the_persons_language(site):
    site.add_person("john", "hunter", "John", "en")
    assert "John, are you going?" in site.client().get(link(site, site.spring("trap-1"), "john")).text


def test_a_link_of_something_settled_says_so_kindly(site):
    incident = site.spring("trap-1")
    path = link(site, incident)
    with site.database.transaction() as conn:
        site.services.alerts.resolve(conn, incident, site.people["office"], "empty", None, clock.now())
    assert "向かう必要はありません" in site.client().get(path).text
    answer = site.client().http.post(path, data={})
    assert answer.status_code == 409
    assert "向かう必要はありません" in answer.text


def test_old_forged_and_strangers_links_do_not_work(site):
    incident = site.spring("trap-1")
    old = link(site, incident, at=clock.now() - timedelta(days=8))
    good = link(site, incident)
    # In its middle: of the last character some bits stand for nothing.
    forged = good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:]
    for path in (old, forged, "/a/" + "x" * 50):
        for answer in (site.client().get(path), site.client().http.post(path)):
            assert answer.status_code == 410
            assert "このリンクは使えません" in answer.text
    with site.database.transaction() as conn:
        conn.execute("update person set active = false where id = %s", (site.people["ishii"],))
    assert site.client().http.post(good).status_code == 410


# --- light enough for a valley ------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["/traps", "incident"])
@pytest.mark.parametrize("locale", ["ja", "en", "ja_Hira"])
def test_the_alert_page_is_useful_in_under_30_kilobytes(site, which, locale):
    """What is transferred before the page is complete: its HTML with its styles, and every script it names."""
    incident = site.spring("trap-1")
    path = which if which != "incident" else f"/incidents/{incident}"
    visitor = site.client("ishii", wanamori_language=locale)
    with visitor.http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    html = gzip.decompress(raw).decode()
    loaded = set(
        re.findall(r'<(?:script[^>]*src|link rel="(?:stylesheet|modulepreload)"[^>]*href|img[^>]*src)="([^"]+)"', html)
    )
    total = len(raw)
    for source in loaded:
        with visitor.http.stream("GET", source, headers={"Accept-Encoding": "gzip"}) as answer:
            total += len(b"".join(answer.iter_raw()))
    assert loaded, "the page's script is missing: bundle the assets first"
    assert total < 30_000, f"{total} bytes"


def test_hashed_files_are_kept_for_ever_and_pages_never(site):
    visitor = site.client("ishii")
    page = visitor.get("/traps")
    assert page.headers["cache-control"] == "no-store"
    (script,) = re.findall(r'src="(/static/build/page-[^"]+)"', page.text)
    assert "immutable" in visitor.get(script).headers["cache-control"]


def test_no_page_allows_inline_code(site):
    page = site.client("ishii").get("/traps")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]+\son[a-z]+=", page.text)
    assert not re.search(r'<[^>]+\sstyle="', page.text)
