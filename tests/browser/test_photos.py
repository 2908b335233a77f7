"""Photos on the phone: small when they go out, upright, with the time and place of the camera, in the order chosen."""

import io
import json
from datetime import UTC, datetime

import pytest
from fastapi import Request
from PIL import Image
from playwright.sync_api import Page, expect

from hub.web.bundles import STATIC
from tests.servers import wait_until
from tests.website import Website

ORIENTATION, DETAILS, PLACE, TAKEN_AT, WIDTH = 0x0112, 0x8769, 0x8825, 0x9003, 0xA002
FIELD = """<div class="field photo-field"><label for="f-photos">写真</label>
<input id="f-photos" name="photos" type="file" accept="image/jpeg,image/*" multiple data-photos>
<label class="button big" for="f-photos">写真を撮る・選ぶ</label><ol class="photos" data-photo-list></ol></div>"""


def jpeg(width: int, height: int, *, with_exif: bool, turned: int = 6) -> bytes:
    """A picture that is red at its left and blue at its right, as the sensor sees it."""
    image = Image.new("RGB", (width, height), "red")
    image.paste(Image.effect_noise((width // 2, height), 60).convert("RGB"), (width // 2, 0))
    image.paste("blue", (width - width // 8, 0, width, height))
    exif = Image.Exif()
    if with_exif:
        exif[ORIENTATION] = turned
        exif.get_ifd(DETAILS)[TAKEN_AT] = "2026:11:26 06:12:00"
        exif.get_ifd(DETAILS)[WIDTH] = width
        exif.get_ifd(PLACE).update({1: "N", 2: (35.0, 22.0, 53.0), 3: "E", 4: (139.0, 55.0, 29.0)})
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


@pytest.fixture
def uploads(site: Website) -> list[dict[str, object]]:
    """What the hub gets of a form with photos."""
    got: list[dict[str, object]] = []

    async def take(request: Request) -> dict[str, object]:
        async with request.form() as form:
            files = [(file.filename, await file.read()) for file in form.getlist("photos")]
            got.append({"files": files, "meta": json.loads(form["photo_meta"]), "key": form["key"]})
        return {"queued": request.headers["x-queued"], "to": "/traps"}

    site.server.config.app.add_api_route("/take", take, methods=["POST"])
    return got


def open_form(page: Page, site: Website) -> None:
    """A report's form with photos, and the modules that a page with such a form loads."""
    page.context.add_cookies(
        [{"name": "wanamori", "value": site.client("ishii").http.cookies["wanamori"], "url": site.url}]
    )
    page.goto(f"{site.url}/incidents/{site.spring('trap-1')}")
    (module,) = (path.name for path in (STATIC / "build").glob("photos-*.js"))
    (sender,) = (path.name for path in (STATIC / "build").glob("submit-*.js"))
    # What sends a form comes behind what the page shows; what is tested here begins when it is there.
    page.evaluate("async (sender) => { await import('/static/build/' + sender); }", sender)
    page.evaluate(
        """async ([field, module]) => {
            const form = document.querySelector('form[action$="/resolve"]');
            form.action = "/take";
            form.querySelector("button").insertAdjacentHTML("beforebegin", field);
            (await import("/static/build/" + module)).prepareChoosers(document); }""",
        [FIELD, module],
    )


def choose(page: Page, *photos: bytes) -> None:
    page.locator("input[data-photos]").set_input_files(
        [{"name": f"p{n}.jpg", "mimeType": "image/jpeg", "buffer": photo} for n, photo in enumerate(photos)]
    )
    expect(page.locator(".photos li")).to_have_count(len(photos), timeout=20_000)


def send(page: Page, uploads: list[dict[str, object]]) -> dict[str, object]:
    page.get_by_label("空はじき").check()
    page.get_by_role("button", name="記録して対応を終える").click()
    page.wait_for_url("**/traps")
    return uploads[0]


def test_a_photo_goes_out_small_and_upright_with_what_the_camera_wrote(page: Page, site: Website, uploads, faults):
    open_form(page, site)
    original = jpeg(4000, 3000, with_exif=True)
    choose(page, original)
    ((name, sent),) = send(page, uploads)["files"]
    assert name == "p0.jpg"
    assert len(sent) < len(original) / 4
    image = Image.open(io.BytesIO(sent))
    # Turned a quarter: what was the left edge is the upper one.
    assert image.size == (1200, 1600)
    red, _, blue = image.convert("RGB").getpixel((600, 20))
    assert red > 200 > 60 > blue
    exif = image.getexif()
    assert exif[ORIENTATION] == 1
    assert exif.get_ifd(DETAILS)[TAKEN_AT] == "2026:11:26 06:12:00"
    assert exif.get_ifd(DETAILS)[WIDTH] == 1200
    assert [float(part) for part in exif.get_ifd(PLACE)[2]] == [35.0, 22.0, 53.0]
    assert uploads[0]["meta"] == [{"taken_at": None, "lat": None, "lon": None, "accuracy_m": None}]


def test_a_photo_without_time_and_place_takes_the_phones(page: Page, site: Website, uploads, faults):
    page.context.grant_permissions(["geolocation"], origin=site.url)
    page.context.set_geolocation({"latitude": 35.3821, "longitude": 139.9251, "accuracy": 11.4})
    open_form(page, site)
    choose(page, jpeg(800, 600, with_exif=False))
    (meta,) = send(page, uploads)["meta"]
    assert (meta["lat"], meta["lon"], meta["accuracy_m"]) == (35.3821, 139.9251, 12)
    assert abs((datetime.fromisoformat(meta["taken_at"]) - datetime.now(UTC)).total_seconds()) < 60


def test_photos_are_put_in_order_and_taken_away_and_what_is_no_picture_goes_as_it_is(
    page: Page, site: Website, uploads, faults
):
    open_form(page, site)
    small = jpeg(400, 300, with_exif=True, turned=1)
    choose(page, small, jpeg(500, 300, with_exif=True, turned=1), b"no picture at all")
    items = page.locator(".photos li")
    expect(items.first.get_by_role("button")).to_have_count(2)
    items.nth(1).get_by_role("button", name="前へ").click()
    items.nth(1).get_by_role("button", name="外す").click()
    expect(items).to_have_count(2)
    files = send(page, uploads)["files"]
    assert [name for name, _ in files] == ["p1.jpg", "p2.jpg"]
    assert Image.open(io.BytesIO(files[0][1])).size == (500, 300)
    assert files[1][1] == b"no picture at all"
    assert len(uploads[0]["meta"]) == 2


def test_a_photo_that_is_still_made_small_goes_with_its_report(page: Page, site: Website, uploads, faults):
    open_form(page, site)
    page.evaluate(
        """() => {
            const really = createImageBitmap, gate = new Promise((open) => { window.openGate = open; });
            window.createImageBitmap = async (file) => { await gate; return really(file); }; }"""
    )
    photo = {"name": "slow.jpg", "mimeType": "image/jpeg", "buffer": jpeg(800, 600, with_exif=True, turned=1)}
    page.locator("input[data-photos]").set_input_files(photo)
    page.get_by_label("空はじき").check()
    page.get_by_role("button", name="記録して対応を終える").click()
    expect(page.get_by_text("写真を準備しています")).to_be_visible()
    assert uploads == []
    page.evaluate("openGate()")
    page.wait_for_url("**/traps")
    assert [name for name, _ in uploads[0]["files"]] == ["slow.jpg"]
    assert len(uploads[0]["meta"]) == 1


def keep_on_the_phone(page: Page) -> None:
    """Write the report where there is no signal. Somebody else sends just now: it waits until this page is closed."""
    page.evaluate("void navigator.locks.request('wanamori-outbox', () => new Promise(() => {}))")
    page.context.set_offline(offline=True)
    page.get_by_label("空はじき").check()
    page.get_by_role("button", name="記録して対応を終える").click()
    expect(page.get_by_text("この端末に保存しました。電波が届くと")).to_be_visible()
    page.context.set_offline(offline=False)


def test_what_waits_is_counted_in_the_words_of_one_and_of_many(page: Page, site: Website, uploads, faults):
    open_form(page, site)
    choose(page, jpeg(40, 30, with_exif=False), jpeg(40, 30, with_exif=False))
    keep_on_the_phone(page)
    page.context.add_cookies([{"name": "wanamori_language", "value": "en", "url": site.url}])
    waiting = page.context.new_page()
    waiting.goto(f"{site.url}/waiting")
    expect(waiting.locator("[data-photos-count]")).to_have_text("2 photos")
    expect(waiting.locator("#reports-wait")).to_contain_text("1 report waits")


def test_photos_wait_with_their_report_and_come_back_into_its_form(page: Page, site: Website, uploads, faults):
    open_form(page, site)
    choose(page, jpeg(800, 600, with_exif=True, turned=1))
    keep_on_the_phone(page)
    waiting = page.context.new_page()
    waiting.goto(f"{site.url}/waiting")
    expect(waiting.locator(".report")).to_contain_text("写真1枚")
    waiting.get_by_role("button", name="内容を見て直す").click()
    expect(waiting.locator(".photos img")).to_have_count(1)
    assert waiting.locator(".photos img").evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 800
    page.close()
    wait_until(lambda: waiting.evaluate("1") and uploads, "nothing arrived")
    assert Image.open(io.BytesIO(uploads[0]["files"][0][1])).size == (800, 600)
