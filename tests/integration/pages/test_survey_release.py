"""What everybody may know of a survey is what a responder looked at: sent twice, changed meanwhile, taken back."""

import re
from uuid import uuid4

import pytest

from hub import clock
from hub.surveys.evidence import service as evidence
from hub.surveys.evidence.service import NewPin
from tests.browser.town_surveys import add_drones, draw, fly
from tests.website import Visitor, Website


@pytest.fixture
def flown(site: Website) -> str:
    """A survey that has flown."""
    flyers = add_drones(site)
    survey = draw(site, "訓練 一", *flyers)
    for drone, sortie in fly(site, flyers, survey, 1).items():
        flyers[drone].tell(sortie, "landed", lat=35.376, lon=139.93, height_m=0)
    return survey


def form_of(who: Visitor, survey: str, title: str = "太田山の周辺", key: str = "") -> dict[str, str]:
    """The form as somebody sees it now, filled in."""
    page = who.get(f"/surveys/{survey}/release").text
    [seen] = re.findall(r'name="seen" value="(\w+)"', page)
    return {"title": title, "looked": "yes", "seen": seen, "key": key or str(uuid4())}


def send(who: Visitor, survey: str, form: dict[str, str]) -> tuple[int, str]:
    answer = who.post(f"/surveys/{survey}/release", **form)
    return answer.status_code, answer.headers.get("location", answer.text)


def lines_of(site: Website, survey: str) -> list[str]:
    with site.database.transaction() as conn:
        found = conn.execute(
            "select what from survey_entry where survey_id = %s and what like 'release%%' order by at", (survey,)
        )
        return [what for (what,) in found.fetchall()]


def test_a_double_tap_releases_once_and_takes_back_once(site: Website, flown: str) -> None:
    ogawa, survey = site.client("ogawa"), flown
    form = form_of(ogawa, survey)
    first, second = send(ogawa, survey, form), send(ogawa, survey, form)
    assert first == second == (303, f"/surveys/{survey}/release?done=released")
    assert lines_of(site, survey) == ["released"]
    for _ in range(2):
        gone = ogawa.post(f"/surveys/{survey}/release/withdraw", page=f"/surveys/{survey}/release")
        assert gone.status_code == 303
    assert lines_of(site, survey) == ["released", "release_withdrawn"]


def test_what_changed_after_it_was_looked_at_is_looked_at_again(site: Website, flown: str) -> None:
    ogawa, sakuma, survey = site.client("ogawa"), site.client("sakuma"), flown
    form = form_of(ogawa, survey, title="沢の上")
    with site.database.transaction() as conn:
        evidence.add_pin(conn, site.actor("sakuma"), survey, NewPin("road", 35.377, 139.931, "倒木"), clock.now())
    status, text = send(ogawa, survey, form)
    assert (status, "内容が変わりました" in text, "沢の上" in text) == (409, True, True)
    assert lines_of(site, survey) == []
    # Looked at again; but somebody else is quicker, under another title.
    form = form_of(ogawa, survey, title="沢の上")
    assert send(sakuma, survey, form_of(sakuma, survey, title="沢の下"))[0] == 303
    assert send(ogawa, survey, form)[0] == 409
    assert "沢の下" in site.client().get(f"/opendata/surveys/{survey}").text
    assert send(ogawa, survey, form_of(ogawa, survey, title="沢の上"))[0] == 303
    assert "沢の上" in site.client().get(f"/opendata/surveys/{survey}").text


def test_before_the_flight_that_is_what_is_said(site: Website) -> None:
    survey = draw(site, "訓練", *add_drones(site))
    answer = site.client("ogawa").post(f"/surveys/{survey}/release", title="沢", looked="yes")
    assert answer.status_code == 409
    assert "飛行が終わってから" in answer.text


def test_the_day_has_its_year_in_the_words_of_each_language(site: Website, flown: str) -> None:
    ogawa, survey = site.client("ogawa"), flown
    assert send(ogawa, survey, form_of(ogawa, survey))[0] == 303
    shapes = {"ja": r"20\d\d年\d+月\d+日", "en": r"\d+ [A-Z][a-z]+ 20\d\d", "ja_Hira": r"20\d\d年\d+月\d+日"}
    for locale, shape in shapes.items():
        for path in ("/opendata/surveys", f"/opendata/surveys/{survey}"):
            text = site.client(wanamori_language=locale).get(path).text
            text = re.sub(r"<rt>[^<]*</rt>|<rp>[^<]*</rp>|</?ruby>", "", text)
            assert re.search(shape, text), (locale, path)
            assert not re.search(r">\s*20\d\d-\d\d-\d\d", text)
