"""A logger's file by the pages, without scripts: chosen, looked at, put right, stored, taken back."""

import re

import httpx

from tests.website import Website

FILE = "日時,温度計,湿度\n2026/11/20 5:00,8.1,80\n2026/11/20 5:10,8.2,81\nきのう,9,82\n2026/11/20 5:30,99,83\n"
START = "/stations/field-1/import"


def send(farmer, content: bytes, name: str = "記録.csv") -> httpx.Response:
    token = farmer.get(START).text.split('name="csrf" value="')[1].split('"')[0]
    return farmer.http.post(START, data={"csrf": token}, files={"file": (name, content, "text/csv")})


def test_a_file_from_choosing_to_taking_back(site: Website):
    farmer = site.client("takahashi")
    answer = send(farmer, FILE.encode("cp932"))
    assert answer.status_code == 303
    draft = answer.headers["location"]
    page = farmer.get(draft).text
    assert "記録.csv" in page
    assert re.search(r"新しい</dt><dd>3 行", page)
    assert re.search(r"読み取れない</dt><dd>2 行", page)
    assert "4 行目" in page
    assert "きのう" in page
    refused = farmer.get(f"{draft}/refused.csv")
    assert refused.content.decode("utf-8-sig").splitlines()[1].startswith("4,日付と時刻が読み取れません。")
    # another meaning is shown before it is stored
    changed = farmer.post(draft, act="store", c1="soil_temperature|°C", c2="relative_humidity|%", day_order="ymd")
    assert changed.headers["location"] == f"{draft}?done=looked"
    assert "地温" in farmer.get(draft).text
    stored = farmer.post(draft, act="store", c1="soil_temperature|°C", c2="relative_humidity|%", day_order="ymd")
    assert stored.headers["location"] == f"{START}?done=stored"
    assert "地温" in farmer.get("/stations/field-1").text
    page = farmer.get(START).text
    assert re.search(r"新しい行</dt><dd>3<", page)
    kept = re.search(r'href="(/stations/field-1/import/done/[^"]+/refused.csv)"', page)[1]
    assert "きのう" in farmer.get(kept).text
    undo = kept.replace("refused.csv", "undo")
    assert farmer.post(undo, page=START).headers["location"] == f"{START}?done=undone"
    assert "取り消し済み" in farmer.get(START).text
    assert "地温" not in farmer.get("/stations/field-1/readings.csv?first=2026-11-20&last=2026-11-20").text
    assert farmer.get(draft).status_code == 404


def test_the_same_file_again_says_so(site: Website):
    farmer = site.client("takahashi")
    for expected in (3, 0):
        draft = send(farmer, FILE.encode()).headers["location"]
        page = farmer.get(draft).text
        assert re.search(rf"新しい</dt><dd>{expected} 行", page)
        assert ('value="store"' in page) is bool(expected)
        answer = farmer.post(draft, act="store", day_order="ymd")
        assert answer.headers["location"].endswith("done=stored" if expected else "done=nothing")


def test_what_cannot_be_looked_at_is_said_beside_the_field(site: Website):
    farmer = site.client("takahashi")
    for content, words in (
        (b"\x89PNG\x00\xff", "文字のファイルではありません"),
        ("名前,数\nりんご,3\n".encode(), "日付と時刻を読み取れる行がありません"),
        (b"1" * 6_000_001, "ファイルが大きすぎます"),
    ):
        answer = send(farmer, content)
        assert answer.status_code == 422
        assert words in answer.text
    token = farmer.get(START).text.split('name="csrf" value="')[1].split('"')[0]
    answer = farmer.http.post(START, data={"csrf": token})
    assert (answer.status_code, "ファイルを選んでください" in answer.text) == (422, True)


def test_columns_that_cannot_be_are_said_beside_them(site: Website):
    farmer = site.client("takahashi")
    draft = send(farmer, FILE.encode()).headers["location"]
    for columns, words in (
        ({"c1": "relative_humidity|%", "c2": "relative_humidity|%"}, "ほかの列がすでに"),
        ({"c1": "beauty|%", "c2": ""}, "選んでください"),
        ({"c1": "", "c2": ""}, "少なくとも一つの列"),
        ({"c1": "air_temperature|°C", "c2": "", "day_order": "xyz"}, "選んでください"),
    ):
        answer = farmer.post(draft, **{"act": "look", "day_order": "ymd"} | columns)
        assert answer.status_code == 422
        assert words in answer.text
    assert farmer.post(draft, act="drop").headers["location"] == f"{START}?done=dropped"
    assert farmer.get(draft).status_code == 404


def test_others_see_none_of_it(site: Website):
    draft = send(site.client("takahashi"), FILE.encode()).headers["location"]
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    stranger = site.client("suzuki")
    assert {stranger.get(path).status_code for path in (START, draft)} == {404}
    assert site.client("office").get(draft).status_code == 404
    assert site.client("office").get(START).status_code == 200
    assert site.client("ishii").get(START).status_code == 403
