"""Sheets of paper: what is printed can be read again, nothing is fetched, the same sheet is the same bytes."""

import re
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from hub.texts import Texts
from hub.texts.sheets import SheetFault, print_sheet, qr_svg

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "sheet.html").write_text(
        '<html lang="{{ lang }}"><title>{{ title }}</title><h1>{{ title }}</h1><p>{{ body }}</p>'
        '{% if image %}<img src="{{ image }}">{% endif %}{{ code | safe }}</html>'
    )
    made = Texts(zone=ZoneInfo("Asia/Tokyo"), town="木更津市")
    made.add_folder("web", tmp_path)
    return made


def sheet(texts: Texts, body: str = "イノシシ 成獣 60 kg <b>", image: str = "", code: str = "") -> bytes:
    return print_sheet(texts, "web/sheet.html", "ja", title="捕獲個体の記録", body=body, image=image, code=code)


def test_what_is_printed_can_be_read_again_in_japanese(texts):
    reader = PdfReader(BytesIO(sheet(texts, image=PIXEL, code=qr_svg("2026-0001"))))
    text = re.sub(r"\s+", " ", reader.pages[0].extract_text())
    assert "捕獲個体の記録" in text
    assert "イノシシ 成獣 60 kg <b>" in text
    width, height = reader.pages[0].mediabox[2:]
    assert (round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) == (210, 297)
    assert reader.metadata is not None
    assert reader.metadata.title == "捕獲個体の記録"


def test_the_same_sheet_is_the_same_bytes(texts):
    assert sheet(texts, image=PIXEL) == sheet(texts, image=PIXEL)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/photo.jpg", "https://example.jp/a.png", "file:///etc/hostname", "photo.jpg"]
)
def test_nothing_is_fetched(texts, address):
    with pytest.raises(SheetFault):
        sheet(texts, image=address)


def test_a_qr_code_is_one_element_that_scales():
    code = qr_svg("https://wanamori.example.jp/animals/2026-0001")
    assert code.startswith("<svg")
    assert "viewBox" in code
    assert "width=" not in code.split(">")[0]
    assert code != qr_svg("https://wanamori.example.jp/animals/2026-0002")


def test_what_no_code_can_hold_is_refused():
    with pytest.raises(ValueError, match="Data too large"):
        qr_svg("猪" * 2000)
