"""A hunter reports with animals and photos, staff look and decide: the pages without any script."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from pypdf import PdfReader

from hub import clock
from hub.traps.captures.store import ReportFilter
from tests.unit.captures.photos import picture, saved
from tests.website import Visitor, Website

BOAR = {
    "outcome": "captured", "animals": "1", "animals-0-species": "boar", "animals-0-sex": "male",
    "animals-0-age_national": "adult", "animals-0-weight_kg": "６２．５", "animals-0-disposal": "buried",
    "hunt_kind": "pest_control",
}  # fmt: skip


def token(visitor: Visitor, path: str) -> str:
    return visitor.get(path).text.split('name="csrf" value="')[1].split('"')[0]


def send(visitor: Visitor, path: str, files=(), **fields: str):
    """Send the report's form as a browser does: multipart, also without any file."""
    sent = [("photos", ("", b"", "application/octet-stream")), *files]
    data = {"csrf": token(visitor, path), "key": str(uuid4()), **fields}
    return visitor.http.post(path, data=data, files=sent)


def jpeg(seed: int, name: str = "photos", **words):
    return (name, (f"IMG_{seed}.jpg", saved(picture(seed), **words), "image/jpeg"))


def reports(site: Website):
    with site.database.transaction() as conn:
        return site.services.captures.fetch_all(conn, ReportFilter())


def test_a_report_with_an_animal_and_photos_settles_the_incident(site):
    incident = site.spring("trap-1")
    visitor, path = site.client("ishii"), f"/incidents/{incident}/report"
    assert path in visitor.get(f"/incidents/{incident}").text
    answer = send(visitor, path, [jpeg(1, "photos-whole_right"), jpeg(2)], **BOAR)
    assert answer.status_code == 303, answer.text
    page = visitor.get(answer.headers["location"]).text
    assert "報告を保存しました" in page or "ありがとうございます" in page
    (full,) = reports(site)
    assert full.animals[0].weight_kg == 62.5
    photos = re.findall(r'src="(/photos/[^"]+/small)"', page)
    assert len(photos) == 2
    small = visitor.get(photos[0])
    assert small.headers["content-type"] == "image/jpeg"
    assert small.headers["x-content-type-options"] == "nosniff"
    assert small.headers["cache-control"].startswith("private")
    assert "捕獲あり" in visitor.get(f"/incidents/{incident}").text
    assert visitor.get(path).status_code == 303


def test_animals_are_added_and_taken_out_without_scripts_and_photos_stay(site):
    visitor, path = site.client("ishii"), "/traps/trap-1/report"
    fields = BOAR | {"animals-0-sex": "female", "note": "沢のそば"}
    page = send(visitor, path, [jpeg(3)], **fields, act="add").text
    assert page.count("data-animal>") == 3  # two, and the blank one
    assert "沢のそば" in page
    drafts = re.findall(r'name="photo" value="([^"]+)"', page)
    assert len(drafts) == 1
    fields |= {"animals": "2", "animals-1-species": "deer", "photo": drafts[0]}
    out = send(visitor, path, **fields, act="out-0").text
    assert out.count("data-animal>") == 2
    assert re.search(r'name="animals-0-species".*?value="deer" selected', out, re.DOTALL)
    answer = send(visitor, path, **fields)
    assert answer.status_code == 303, answer.text
    (full,) = reports(site)
    assert [animal.species for animal in full.animals] == ["boar", "deer"]
    with site.database.transaction() as conn:
        assert [photo.id for photo in site.services.captures.photos.fetch_of(conn, [full.report.id])] == drafts


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a text that calls itself a photo", "写真ではありません"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100, "HEIC"),
        (saved(picture(4))[:5000], "壊れているか"),
    ],
)
def test_a_bad_photo_is_said_beside_its_field_and_nothing_is_lost(site, content, words):
    visitor, path = site.client("ishii"), "/traps/trap-1/report"
    bad = ("photos", ("IMG_9.HEIC", content, "image/jpeg"))
    answer = send(visitor, path, [bad, jpeg(5)], **BOAR)
    assert answer.status_code == 422
    assert words in answer.text
    assert "IMG_9.HEIC" in answer.text
    assert 'value="６２．５"' in answer.text
    assert len(re.findall(r'name="photo" value="([^"]+)"', answer.text)) == 1
    assert reports(site) == []


def test_faults_are_said_beside_their_fields(site):
    visitor = site.client("ishii")
    fields = BOAR | {"animals-0-species": "", "animals-0-pregnant": "yes", "animals-0-weight_kg": "heavy", "lat": "35"}
    answer = send(visitor, "/traps/trap-1/report", **fields)
    assert answer.status_code == 422
    for name in ("animals-0-species", "animals-0-weight_kg", "lon"):
        assert f'id="e-{name}"' in answer.text, name
    answer = send(visitor, "/traps/trap-1/report", outcome="captured", animals="0")
    assert answer.status_code == 422
    assert "どの" in answer.text or "個体" in answer.text


def test_a_report_sent_twice_is_one(site):
    visitor, path = site.client("ishii"), "/traps/trap-1/report"
    key = str(uuid4())
    first = send(visitor, path, **BOAR | {"key": key})
    again = send(visitor, path, **BOAR | {"key": key})
    assert first.headers["location"] == again.headers["location"]
    assert len(reports(site)) == 1


def test_who_comes_second_loses_nothing_and_can_still_file(site):
    incident = site.spring("trap-1")
    path = f"/incidents/{incident}/report"
    visitor = site.client("ishii")
    with site.database.transaction() as conn:
        site.services.alerts.resolve(conn, incident, site.people["office"], "empty", None, clock.now())
    data = {"csrf": token(visitor, "/traps/trap-2/report"), "key": str(uuid4()), **BOAR, "note": "二頭目"}
    answer = visitor.http.post(path, data=data, files=[jpeg(6)])
    assert answer.status_code == 409
    assert 'action="/traps/trap-1/report"' in answer.text
    assert "二頭目" in answer.text
    assert len(re.findall(r'name="photo" value="([^"]+)"', answer.text)) == 1


def test_a_report_of_a_phone_without_network_has_its_own_time(site):
    visitor, path = site.client("ishii"), "/traps/trap-1/report"
    written = clock.now() - timedelta(hours=5)
    fields = BOAR | {"written_at": written.isoformat(), "act": "add"}
    data = {"csrf": token(visitor, path), "key": (key := str(uuid4())), **fields}
    answer = visitor.http.post(path, data=data, files=[jpeg(7)], headers={"X-Queued": key})
    assert answer.status_code == 200, answer.text
    assert answer.json()["queued"] == key
    (full,) = reports(site)
    assert abs(full.report.found_at - written) < timedelta(seconds=1)


def test_a_correction_shows_what_was_and_keeps_it(site):
    visitor = site.client("ishii")
    where = send(visitor, "/traps/trap-1/report", **BOAR).headers["location"].split("?")[0]
    form = visitor.get(f"{where}/correct").text
    number = re.search(r'name="animals-0-id" value="([^"]+)"', form)
    assert number
    assert 'value="62.5"' in form
    fields = BOAR | {"animals-0-id": number[1], "animals-0-weight_kg": "64", "version": "1", "reason": "量り直し"}
    assert send(visitor, f"{where}/correct", [jpeg(8)], **fields).status_code == 303
    page = visitor.get(where).text
    assert "量り直し" in page
    assert number[1] in page
    late = send(visitor, f"{where}/correct", **fields)
    assert late.status_code == 409


def test_another_teams_reports_and_photos_do_not_exist(site):
    site.add_person("mori", "hunter", "森 一")
    visitor = site.client("ishii")
    where = send(visitor, "/traps/trap-1/report", [jpeg(9)], **BOAR).headers["location"].split("?")[0]
    photo = re.search(r'href="(/photos/[^"]+)"', visitor.get(where).text)
    assert photo
    with site.database.transaction() as conn:
        conn.execute("insert into team (id, name, created_at) values ('t-a', 'a', now())")
        conn.execute("insert into team_member values ('t-a', %s)", (site.people["ishii"],))
        conn.execute("update device set team_id = 't-a' where id = 'trap-1'")
    other = site.client("mori")
    for path in (where, f"{where}/correct", "/traps/trap-1/report", photo[1], f"{photo[1]}/small"):
        assert other.get(path).status_code == 404, path
        assert visitor.get(path).status_code == 200, path
    assert where not in other.get("/captures").text
    assert site.client().get(photo[1]).status_code == 303


def test_the_body_of_a_report_is_bounded_and_larger_than_others(site):
    visitor = site.client("ishii")
    big = ("photos", ("big.jpg", b"\xff\xd8" + b"\0" * 2_000_000, "image/jpeg"))
    assert send(visitor, "/traps/trap-1/report", [big], **BOAR).status_code == 422
    data = {"csrf": token(visitor, "/traps/trap-1"), "outcome": "visited", "note": "x" * 2_000_000}
    assert visitor.http.post("/traps/trap-1/disarm", data=data).status_code == 413
    huge = [("photos", (f"{n}.jpg", b"\xff\xd8" + b"\0" * 14_000_000, "image/jpeg")) for n in range(3)]
    assert send(visitor, "/traps/trap-1/report", huge, **BOAR).status_code == 413


# --- the office -------------------------------------------------------------------------------------------------------


def claim_path(site, visitor, *files, **fields) -> str:
    send(visitor, "/traps/trap-1/report", files, **BOAR | fields)
    with site.database.transaction() as conn:
        claim = conn.execute("select id from claim order by filed_at desc limit 1").fetchone()
    assert claim
    return f"/staff/claims/{claim[0]}"


def test_staff_see_all_evidence_of_a_claim_on_one_page(site):
    hunter, office = site.client("ishii"), site.client("office")
    claim_path(site, hunter, jpeg(10))
    far = clock.now() - timedelta(days=9)
    path = claim_path(
        site, hunter, jpeg(10, "photos-whole_right", taken=far, place=(35.0, 139.0)), **{"animals-0-weight_kg": "400"}
    )
    page = office.get(path).text
    for words in (
        "別の報告の写真",
        "400 kg",
        "写真がありません",
        "時間前に撮影",
        "m の場所で撮影",
        "国の上限額",
        "7,000円",
    ):
        assert words in page, words
    assert path in office.get("/staff/claims").text
    assert hunter.get(path).status_code == 403


def test_asked_the_hunter_has_a_task_and_answers(site):
    hunter, office = site.client("ishii"), site.client("office")
    path = claim_path(site, hunter)
    missing = office.post(path, act="ask", words_ask="")
    assert missing.status_code == 422
    assert office.post(path, act="ask", words_ask="しっぽの写真をください").status_code == 303
    assert "しっぽの写真をください" in hunter.get("/captures").text
    (full,) = reports(site)
    where = f"/captures/{full.report.id}"
    claim = path.rsplit("/", 1)[1]
    answer = hunter.post(f"{where}/answer", page=where, claim=claim, words="追加しました")
    assert answer.status_code == 303
    assert "追加しました" in office.get(path).text
    assert office.post(path, act="approve").status_code == 303
    assert (
        office.http.post(
            path, data={"csrf": token(office, "/staff/claims/"[:-1] + "?show=all"), "act": "approve"}
        ).status_code
        == 409
    )


def test_the_town_enters_its_amount_and_ends_it(site):
    office, hunter = site.client("office"), site.client("ishii")
    fields = {
        "programme": "pest_control",
        "species": "boar",
        "age": "adult",
        "amount_yen": "１２０００",
        "source": "=要綱",
    }
    assert office.post("/staff/rules/rates", page="/staff/rules", valid_from="2020-04-01", **fields).status_code == 303
    path = claim_path(site, hunter)
    assert "12,000円" in office.get(path).text
    office.post(path, act="approve")
    month = clock.now().astimezone(site.services.texts.zone).strftime("%Y-%m")
    answer = office.get(f"/staff/claims/claims.csv?month={month}&show=approved")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert len(lines) == 3
    assert ",12000,7000," in lines[1]
    assert "承認済み" in lines[1]


def test_no_cell_of_the_csv_is_a_formula(site):
    hunter, office = site.client("ishii"), site.client("office")
    claim_path(
        site, hunter, **{"municipality": "=HYPERLINK(1)", "animals-0-processor": "+1", "animals-0-tube_number": "@x"}
    )
    text = office.get("/staff/claims/claims.csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert re.search(r"(^|,)[=+@-]", text, re.MULTILINE) is None


def test_a_claim_is_printed_with_its_photos(site):
    hunter, office = site.client("ishii"), site.client("office")
    path = claim_path(site, hunter, jpeg(11), jpeg(12))
    for address in (f"{path}/claim.pdf", "/staff/claims/claims.pdf"):
        answer = office.get(address)
        assert answer.headers["content-type"] == "application/pdf"
        reader = PdfReader(io.BytesIO(answer.content))
        text = re.sub(r"\s+", "", "".join(sheet.extract_text() for sheet in reader.pages))
        assert "イノシシ" in text
        assert "石井健太" in text
        assert sum(len(sheet.images) for sheet in reader.pages) >= 2


def test_photos_that_are_asked_for_are_data(site):
    office, hunter = site.client("office"), site.client("ishii")
    fields = {"programme": "pest_control", "words_ja": "耳の写真", "source": "要領 3条", "required": "yes"}
    assert office.post("/staff/rules/photos", page="/staff/rules", **fields).status_code == 303
    form = hunter.get("/traps/trap-1/report").text
    assert "耳の写真" in form
    assert hunter.get("/staff/rules").status_code == 403
    assert (
        office.post("/staff/rules/four-eyes", page="/staff/rules", programme="pest_control", needed="yes").status_code
        == 303
    )
    path = claim_path(site, hunter)
    office.post(path, act="approve")
    again = office.post(path, act="approve")
    assert again.status_code == 403
    assert "もう一人" in again.text
