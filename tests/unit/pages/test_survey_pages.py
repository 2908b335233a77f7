"""What surveys' pages read, draw and say: areas as people give them, ages of positions, words for what hubs refuse."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon
from shapely.geometry import shape

from hub import surveys
from hub.errors import Invalid
from hub.geo import BadArea, parse_polygons
from hub.surveys.asking import Asked, plan_request
from hub.surveys.launching import Standing, launch_faults
from hub.surveys.plan import plan_survey
from hub.surveys.values import Entry
from hub.texts import translator
from hub.web.pages import survey_words
from hub.web.pages.survey_area import decode_area, format_area, read_area, read_areas
from hub.web.pages.survey_link import LATE_S, LOST_S, last_order, link_of, order_view
from hub.web.pages.survey_picture import draw_picture
from hub.web.pages.survey_timeline import tell_survey

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
TEXT = "35.376, 139.930\n35.376, 139.933\n35.378, 139.933\n35.378, 139.930"
RING = [[139.93, 35.376], [139.933, 35.376], [139.933, 35.378], [139.93, 35.378], [139.93, 35.376]]
HOLE = [[139.931, 35.3765], [139.932, 35.3765], [139.932, 35.3775], [139.931, 35.3775], [139.931, 35.3765]]
KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>
<Polygon><outerBoundaryIs><LinearRing><coordinates>{outer}</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>{inner}</coordinates></LinearRing></innerBoundaryIs></Polygon>
</Placemark></Document></kml>"""


def size(document: object) -> float:
    return parse_polygons(document, "x").area


def kml_of(ring: list[list[float]]) -> str:
    return " ".join(f"{lon},{lat},0" for lon, lat in ring)


def test_the_same_area_is_read_as_corners_geojson_and_kml() -> None:
    whole = size({"type": "Polygon", "coordinates": [RING]})
    assert size(read_area(TEXT)) == pytest.approx(whole)
    assert size(read_area(json.dumps({"type": "Polygon", "coordinates": [RING]}))) == pytest.approx(whole)
    with_hole = size({"type": "Polygon", "coordinates": [RING, HOLE]})
    assert with_hole < whole
    kml = read_area("\ufeff" + KML.format(outer=kml_of(RING), inner=kml_of(HOLE)))
    assert size(kml) == pytest.approx(with_hole)
    assert size(read_area(format_area(kml))) == pytest.approx(with_hole)


def test_an_area_of_kml_keeps_its_corners_and_its_hole() -> None:
    found = shape(read_area(KML.format(outer=kml_of(RING), inner=kml_of(HOLE))))
    assert found.equals(Polygon(RING, [HOLE]))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("<kml", "format"),
        ("<Polygon/>", "corners"),
        ("<Polygon>1</Polygon>", "corners"),
        ("<kml>", "format"),
        ("<kml/>", "kind"),
        (json.dumps({"type": "LineString", "coordinates": RING}), "kind"),
        (json.dumps({"type": "Feature", "geometry": None}), "kind"),
        ('<!DOCTYPE kml [<!ENTITY a "b">]><kml>&a;</kml>', "format"),
        (KML.format(outer="a,b", inner=""), "position"),
        ("{", "format"),
        ("[" * 100_000, "format"),
        ("a road", "position"),
        ("139.93, 35.37\n139.94, 35.37\n139.94, 35.38", "order"),
        ("35.376, 139.930\n35.376, 139.933", "corners"),
        ("1" * 900_000, "points"),
    ],
)
def test_what_is_no_area_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadArea) as fault:
        read_area(text)
    assert fault.value.reason == reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp"])
def test_an_areas_file_is_read_in_the_encodings_that_programs_write(encoding: str) -> None:
    text = KML.format(outer=kml_of(RING), inner=kml_of(HOLE)).replace(
        "<Placemark>", "<name>小櫃川の堤</name><Placemark>"
    )
    for declared in ("UTF-8", "Shift_JIS"):
        decoded = decode_area(text.replace("UTF-8", declared).encode(encoding))
        assert decoded is not None
        assert shape(read_area(decoded)).equals(Polygon(RING, [HOLE]))


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"\0\0", b"PK\3\4\x90\xff", b"\xff\xd8\xff\xe0", "角".encode("cp932")]
)
def test_what_is_no_text_is_no_areas_file(content: bytes) -> None:
    assert decode_area(content) is None


@given(st.text(max_size=300))
def test_any_text_is_an_area_or_a_fault(text: str) -> None:
    try:
        found = read_area(text)
    except BadArea:
        return
    assert size(found) > 0


def test_keep_outs_are_areas_of_their_own() -> None:
    shifted = TEXT.replace("139.93", "139.94")
    assert read_areas(" \n") == []
    assert [size(one) for one in read_areas(f"{TEXT}\n\n{shifted}")] == pytest.approx([size(read_area(TEXT))] * 2)


@dataclass
class Said:
    at: datetime
    data: dict[str, object] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("age_s", "link_age_s", "expected", "state"),
    [
        (0, 0.0, True, "live"),
        (LATE_S - 1, 0.0, True, "live"),
        (LATE_S, 0.0, True, "late"),
        (1, LATE_S, True, "late"),
        (LOST_S, 0.0, True, "lost"),
        (0, LOST_S, True, "lost"),
        (3_600, 0.0, False, "rest"),
    ],
)
def test_a_position_is_as_old_as_its_words_and_their_link(
    age_s: int, link_age_s: float, expected: bool, state: str
) -> None:
    link = link_of(Said(NOW - timedelta(seconds=age_s), {"link_age_s": link_age_s}), NOW, expected=expected)
    assert (link.state, link.age_s) == (state, int(age_s + link_age_s))


def test_a_drone_that_never_spoke_has_no_age() -> None:
    assert link_of(None, NOW, expected=True).state == "none"
    assert link_of(None, NOW, expected=False).state == "rest"


@dataclass
class Ordered:
    id: str
    action: str
    issued_at: datetime
    outcome: str | None = None
    reply: dict[str, object] | None = None
    device_key: int = 1
    person_id: str = "p-1"

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + timedelta(seconds=600)


def test_the_last_order_is_shown_until_it_is_answered_and_when_nobody_does() -> None:
    orders = [Ordered("a", "fly", NOW, "done"), Ordered("b", "return", NOW + timedelta(seconds=1))]
    last = last_order(orders, 1)
    assert last is not None
    assert last_order(orders, 2) is None
    view = order_view(last, NOW + timedelta(seconds=5))
    assert (view.action, view.is_stop, view.answer) == ("return", True, "waiting")
    assert order_view(last, NOW + timedelta(seconds=700)).answer == "unanswered"
    refused = Ordered("c", "hold", NOW, "refused", {"reason": "no_flight", "detail": None})
    assert order_view(refused, NOW).reason == "no_flight"


def test_a_drawing_holds_all_of_it_within_its_box() -> None:
    area = {"type": "Polygon", "coordinates": [RING]}
    mark = ((35.370, 139.925), 1, "そら", "home")
    found = draw_picture(area, [], [(1, RING)], marks=[mark])
    [home] = found.marks
    assert 0 < home.x < found.width
    assert 0 < home.y < found.height
    numbers = [float(one) for one in found.area.replace("M", " ").replace("L", " ").replace("Z", "").split()]
    assert all(0 < x < found.width for x in numbers[::2])
    assert all(0 < y < found.height for y in numbers[1::2])
    assert home.y > max(numbers[1::2])  # what lies south is drawn below
    assert found.legs[0][1].startswith("M")
    metres_per_px = found.scale_m / found.scale_px
    assert (max(numbers[::2]) - min(numbers[::2])) * metres_per_px == pytest.approx(272, abs=3)


def test_what_stands_against_a_launch_is_told_in_the_readers_language() -> None:
    standing = Standing(False, 1, "p-1", "p-1", (), (), (), (), False)
    tell = translator("ja")
    for fault in launch_faults(standing, NOW, timedelta(hours=1), needs_second=True):
        assert survey_words.tell_fault(fault, tell) != fault
    said = "Somebody must look again and say so (check): did, emergency."
    assert "人口集中地区、緊急用務空域" in survey_words.tell_fault(said, tell)
    assert survey_words.tell_fault("Who knows.", tell) == "Who knows."


def square(side_m: float) -> dict[str, object]:
    side = side_m / 111_195
    return {
        "type": "Polygon",
        "coordinates": [[[139, 35], [139 + side, 35], [139 + side, 35 + side], [139, 35 + side]]],
    }


REFUSED = (
    ({"area": square(26_000)}, "20 km"),
    ({"area": square(13_000), "line_spacing_m": 2}, "線が"),
    ({"keep_out": [square(2_000)]}, "区域に届きません"),
    ({"line_spacing_m": 1}, "線の間隔は 2～500 m"),
    ({"height_m": 0.5}, "高度は 1～2000 m"),
    ({"home": (36.0, 139.93)}, "離陸地点が区域から 20 km"),
)


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_what_the_planner_refuses_is_told_in_the_readers_language(change: dict[str, Any], words: str) -> None:
    asked = Asked(**{"area": square(500), "drill": True, "line_spacing_m": 60, "height_m": 60} | change)
    with pytest.raises(Invalid) as refusal:
        plan_survey(plan_request(asked, ()), 0)
    assert words in survey_words.tell_fault(str(refusal.value), translator("ja"))


def said_in(path: Path) -> Iterator[str]:
    """The sentences in a module's code, with a limit's name in each blank; what is not found or not fit is apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    apart = [node for call in calls if call.func.id in ("NotFound", "Invalid") for node in ast.walk(call)]
    apart += [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    apart += [part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values]
    for node in ast.walk(tree):
        if any(node is one for one in apart) or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant)
            else "did: 3" if "words" in ast.unparse(part) else "did"
            for part in parts
        )  # fmt: skip
        if re.match("[A-Z].* .*[.]$|did.*[.]$", text):
            yield text


def test_each_sentence_with_which_surveys_refuse_is_told_in_the_readers_language() -> None:
    rooms = Path(surveys.__file__).parent
    names = (
        "drones.py", "flying.py", "launching.py", "planning.py", "service.py", "states.py", "evidence/service.py",
        "../web/surveying.py",
    )  # fmt: skip
    said = [text for name in names for text in said_in(rooms / name)]
    assert len(said) > 30
    for locale in ("ja", "ja_Hira"):
        tell = translator(locale)
        assert [text for text in said if survey_words.tell_fault(text, tell) == text] == []


def test_all_that_stands_against_a_launch_is_told_line_by_line() -> None:
    tell = translator("ja")
    one, other = "No sortie was accepted.", "drone-1 is not ready, as its partner says."
    told = survey_words.tell_fault(f"{one}\n{other}", tell)
    assert told.split("\n") == [survey_words.tell_fault(one, tell), survey_words.tell_fault(other, tell)]
    assert "drone-1" in told
    assert "ready" not in told
    many = survey_words.tell_fault("Not ready, as their partners say: drone-1, drone-2.", tell, {"drone-1": "一番機"})
    assert "一番機、drone-2" in many


def test_a_limit_that_counts_has_the_form_that_fits() -> None:
    tell = translator("en")
    assert survey_words.tell_detail("0 m in 1 keep-outs", tell) == "0 m of the way in 1 keep-out"
    assert survey_words.tell_detail("12 m in 2 keep-outs", tell) == "12 m of the way in 2 keep-outs"
    for said in ("1 sorties go", "1 sortie goes"):
        detail = f"at most 81% of a battery is planned with; {said} into the reserve"
        assert survey_words.tell_detail(detail, tell) == "Flights take 81 % of a battery at most; into the reserve: 1"


def test_who_is_in_the_way_of_a_drone_that_holds_is_told_and_of_another_party_no_name() -> None:
    tell = translator("ja")
    do = "would come near: wait until it has landed, or let drone-1 return or land."
    assert survey_words.tell_fault(f"drone-2 is in the air where drone-1 {do}", tell) == (
        "drone-2 が飛行中で、drone-1 の残りの経路と近づきます。"
        "その着陸を待つか、drone-1 を帰還または着陸させてください。"
    )
    assert survey_words.tell_fault(f"Another drone is in the air where drone-1 {do}", tell).startswith("ほかの機体が")
    entries = [
        Entry(1, "sv-1", NOW, NOW, "system", what, "so-1", {"drone": "drone-1"} | other)
        for what in ("waits", "stays")
        for other in ({"other": "drone-2"}, {})
    ]
    said = [line.text for line in tell_survey(entries, {}, {"drone-1": "一番機", "drone-2": "二番機"}, tell)]
    assert [("一番機" in text, "二番機" in text, "ほかの機体" in text) for text in reversed(said)] == [
        (True, True, False), (True, False, True),
    ] * 2  # fmt: skip


def test_a_drone_that_is_gone_is_told_in_the_readers_language() -> None:
    told = survey_words.tell_fault("no drone is called drone-1, drone-7", translator("ja"), {"drone-1": "一番機"})
    assert told == "登録されていない機体です：一番機、drone-7。選び直してください。"


def test_what_the_box_says_is_told_in_the_readers_language_and_the_autopilots_words_stay() -> None:
    texts = ("link to the vehicle lost", "link to the vehicle is there", "Battery 1 is low")
    entries = [
        Entry(number, "sv-1", NOW, NOW, "a-1", "message", "so-1", {"drone": "drone-1", "text": text})
        for number, text in enumerate(texts)
    ]
    said = [line.text for line in tell_survey(entries, {}, {"drone-1": "一番機"}, translator("ja"))]
    assert said == ["一番機：Battery 1 is low", "一番機：機体の応答が戻りました", "一番機：機体の応答が途絶えました"]


def test_details_of_checks_are_told_in_the_readers_language() -> None:
    tell = translator("ja")
    said = "96.97 % within half a line spacing of a path; 99.50 % wanted"
    assert survey_words.tell_detail(said, tell) == "区域の 96.97 % が写る（必要 99.50 %）"
    assert survey_words.tell_detail("meets 変電所; its owner allows no flight", tell) == "該当：変電所"
    allowed = "134 m above the take-off place, its owner allows 120 m: sora-1, sora-2"
    told = survey_words.tell_detail(allowed, tell, {"sora-1": "そら 1号"})
    assert told == "離陸地点から 134 m。所有者が認めるのは 120 m まで：そら 1号、sora-2"
    assert survey_words.tell_source("planner", tell) == "計画の計算"


def test_a_timeline_is_told_newest_first_with_what_came_late() -> None:
    at = NOW - timedelta(minutes=5)
    entries = [
        Entry(1, "sv-1", NOW, NOW, "p-1", "stopped", None, {"how": "return", "drone": None}),
        Entry(2, "sv-1", at, NOW, "system", "landed", "so-1", {"drone": "drone-1", "reason": None}),
        Entry(3, "sv-1", NOW, NOW, "ag-1", "answered", "so-1", {
            "drone": "drone-1", "action": "return", "outcome": "refused", "reason": "no_flight", "said": None,
        }),
        Entry(4, "sv-1", NOW, NOW, "p-1", "something_new", None, {}),
    ]  # fmt: skip
    lines = tell_survey(entries, {"p-1": "小川"}, {"drone-1": "そら"}, translator("ja"))
    assert [line.text for line in lines] == [
        "something_new",
        "そら：拒否しました（帰還）：no_flight",
        "そら：着陸しました。",
        "小川さんが全機に指示：帰還。",
    ]
    assert [line.late_s for line in lines] == [None, None, 300, None]
    assert lines[1].loud
