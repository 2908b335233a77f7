"""A survey's whole way with real parts alone: 2 km², three drones, changes of batteries, a hub out of reach, a lost
link, a battery that fails, a stop, the gaps flown again, and the report; one live page stays open all the while.

The service is `wanamori-hub local`, each drone's agent `wanamori-edge run`, the copters are simulated at the wire.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.acceptance.service import Ports, Service, running_service
from tests.browser.airfield import Copter, Pilot, airfield
from tests.faults.proxy import Proxy
from tests.servers import free_port, wait_until

PASSWORD = "a password for the river"
LAT, LON = 35.4200, 139.9300
WIDE_M, HIGH_M = 1_600.0, 1_250.0
# So fast fly the copters where nothing is looked at closely, and where a person acts.
SPEEDUP, SLOWLY = 20.0, 5.0


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """(lat, lon) so many metres from the area's south-western corner."""
    return round(LAT + north_m / 111_195, 6), round(LON + east_m / 111_195 / math.cos(math.radians(LAT)), 6)


CORNERS_M = ((0, 0), (WIDE_M, 0), (WIDE_M, HIGH_M), (0, HIGH_M))
BOUNDS = [(lon, lat) for lat, lon in (at(-500, -500), at(2_100, -500), at(2_100, 1_750), at(-500, 1_750))]
# Two with the usual battery, which does not last for a third of the area, and one with two of them.
COPTERS = (
    Copter("drone-a", "そら A", at(200, -60), 5_200, 760),
    Copter("drone-b", "そら B", at(800, -60), 5_200, 760),
    Copter("drone-c", "そら C", at(1_400, -60), 10_400, 1_500),
)


@pytest.fixture(scope="module")
def network() -> Iterator[Proxy]:
    """What lies between the drones' boxes and the town's broker."""
    between = Proxy(free_port())
    between.start()
    yield between
    between.stop()


@pytest.fixture(scope="module")
def service(network: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    ports = Ports(free_port(), network.target)
    told = {"WANAMORI_AGENT_MQTT_PORT": str(network.port)}
    with running_service(tmp_path_factory.mktemp("survey"), ports=ports, environment=told) as running:
        yield running


@pytest.fixture
def second(browser: Browser) -> Iterator[Page]:
    """Another person at another desk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP")
    yield context.new_page()
    context.close()


def add_person(service: Service, username: str, role: str) -> str:
    form = {"name": username, "roles": [role], "email": f"{username}@example.jp", "language": "ja"}
    form["sign_in"] = {"username": username, "password": PASSWORD}
    return service.api.post("/api/v1/people", json=form).raise_for_status().json()["id"]


def sign_in(page: Page, service: Service, username: str) -> None:
    # a live page that finds itself signed out leads to the sign-in by itself, whatever else is being opened
    page.goto("about:blank")
    page.context.clear_cookies()
    page.goto(service.http)
    page.get_by_label("ユーザー名").fill(username)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    page.wait_for_url(lambda url: url.rstrip("/") != service.http)


def draw_area(page: Page) -> None:
    """Press on the map at each corner: where that is, the take-off places of the first and the last drone tell."""
    page.get_by_role("button", name="地図に描く").click()
    canvas = page.locator(".map-canvas")
    homes = canvas.locator(".leaflet-overlay-pane svg path")
    expect(homes).to_have_count(len(COPTERS))
    canvas.scroll_into_view_if_needed()

    def middle(place: int) -> tuple[float, float]:
        box = homes.nth(place).bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def metre_px() -> float:
        return (middle(2)[0] - middle(0)[0]) / 1_200

    before = metre_px()
    canvas.get_by_role("button", name="縮小").click()
    # The zoom is an animation: it is over when its class is gone.
    wait_until(lambda: abs(metre_px() / before - 0.5) < 0.01, "the map does not zoom out")
    expect(canvas.locator(".leaflet-zoom-anim")).to_have_count(0)
    (x, y), scale = middle(0), metre_px()
    for east_m, north_m in CORNERS_M:
        page.mouse.click(x + (east_m - 200) * scale, y - (north_m + 60) * scale)
    page.get_by_role("button", name="形を閉じる").click()
    expect(page.locator("[data-draw-told]")).to_contain_text(re.compile(r"(19[5-9]|20[0-5])\.\d ha"))


def draw(page: Page) -> str:
    """Draw the area on the map, and ask for a plan with all drones; returns the survey's path."""
    page.goto(page.url.split("/surveys")[0] + "/surveys/new")
    draw_area(page)
    page.get_by_label("線の間隔で決める").check()
    page.get_by_label("線の間隔（m）").fill("100")
    page.get_by_label("離陸地点からの高度").fill("80")
    page.get_by_label("速度（m/s）").fill("15")
    page.locator("input[name=drill][value=yes]").check()
    page.get_by_label("調査の名前").fill("訓練 畑沢の浜")
    page.get_by_role("button", name="計画を作る").click()
    expect(page.locator("#next")).to_contain_text("もう一人の承認が必要です")
    return re.sub(r"https?://[^/]+|\?.*", "", page.url)


def approve_and_accept(second: Page, service: Service, path: str) -> int:
    """A second responder approves, the partner accepts each flight; returns how many."""
    sign_in(second, service, "sakuma")
    second.goto(service.http + path)
    second.get_by_label("計画と確認結果を見ました").check()
    second.get_by_role("button", name="承認する").click()
    expect(second.locator("#next")).to_contain_text("まだ回答していない協力会社があります")
    sign_in(second, service, "sora")
    second.goto(f"{service.http}/drones")
    offers = second.get_by_role("button", name="引き受ける")
    count = offers.count()
    for left in range(count, 0, -1):
        expect(offers).to_have_count(left)
        offers.first.click()
    expect(offers).to_have_count(0)
    return count


def hold(page: Page, button: Locator) -> None:
    expect(page.locator(".live.holds")).to_be_attached()
    button.scroll_into_view_if_needed()
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(1_400)
    page.mouse.up()


class Watch:
    """The live page of one person, and the partner's beside it, where batteries are changed."""

    def __init__(self, live: Page, partner: Page, pilot: Pilot) -> None:
        self.live, self.partner, self.pilot = live, partner, pilot
        self.numbers = {copter.id: number for number, copter in enumerate(COPTERS, 1)}
        self.went_on: list[str] = []

    def facts(self, drone: str) -> Locator:
        return self.live.locator(f"#drone-{self.numbers[drone]}-facts")

    def says(self, drone: str, words: str) -> bool:
        return words in self.facts(drone).inner_text()

    def photos(self) -> int:
        return int(re.sub(r"\D", "", self.live.locator("[data-photos]").inner_text()) or 0)

    def taken(self) -> int:
        """Photos that the cameras really took."""
        return sum(self.pilot.status(drone)["photos"] for drone in self.numbers)

    def until(self, condition: Callable[[], object], what: str, looks: int = 900) -> None:
        """Look until it is so; meanwhile whoever has a fresh battery, and waits for a word, goes on."""

        def look() -> bool:
            self._let_go_on()
            return bool(condition())

        wait_until(look, what, looks, 0.1)

    def _let_go_on(self) -> None:
        for drone, number in self.numbers.items():
            button = self.partner.locator(f"#drone-{number}-facts").get_by_role("button", name="電池を交換した")
            if self.pilot.changed.count(drone) > self.went_on.count(drone) and button.is_visible():
                button.click()
                expect(button).to_have_count(0)
                self.went_on.append(drone)


@pytest.mark.takes(120)
@pytest.mark.timeout(500)
def test_two_square_kilometres_from_the_drawing_to_the_report(
    page: Page, second: Page, service: Service, network: Proxy, tmp_path: Path, faults: list[str]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    for username in ("ogawa", "sakuma"):
        add_person(service, username, "responder")
    partner = add_person(service, "sora", "partner")
    with airfield(service, partner, COPTERS, BOUNDS, tmp_path, speedup=SPEEDUP) as pilot:
        sign_in(page, service, "ogawa")
        path = draw(page)
        assert approve_and_accept(second, service, path) == 5, "two drones fly twice"
        watch = launch(page, second, pilot)
        lose_hub(watch, network)
        lose_battery(watch, "drone-b")
        lose_link(watch, "drone-c")
        watch.until(lambda: sorted(watch.went_on) == ["drone-a", "drone-b"], "two batteries are not changed")
        stop(watch, "drone-a")
        left = coverage(service, path)
        assert 0.15 < left["coverage"] < 0.9
        page.get_by_role("link", name="撮影結果").click()
        page.get_by_role("button", name="写っていない所を飛ぶ").click()
        expect(page.locator("#next")).to_contain_text("もう一人の承認が必要です")
        approve_and_accept(second, service, path)
        watch = launch(page, second, pilot)
        # a plan's wait on the ground is by the clock, however fast the copters are
        looks = 900 + round(longest_wait_s(service, path) / 0.1)
        watch.until(lambda: "完了" in page.locator("#survey-state").inner_text(), "the gaps are not flown", looks)
    assert coverage(service, path)["coverage"] > 0.93
    read_report(page, path, service)


def longest_wait_s(service: Service, path: str) -> float:
    """How long one of a plan's drones waits before its first sortie, until another is out of its way."""
    plan = service.api.get(f"/api/v1{path}").raise_for_status().json()["plan"]
    return max(one["starts_at_s"] for one in plan["sorties"] if one["number"] == 1)


def launch(page: Page, second: Page, pilot: Pilot) -> Watch:
    """Launch from the survey's page, which has heard that all is in order; returns when all are in the air."""
    expect(page.locator("#next")).to_contain_text("すべてそろいました")
    page.get_by_role("button", name="訓練を開始する").click()
    page.wait_for_url(re.compile(r"/live$"))
    second.goto(page.url)
    watch = Watch(page, second, pilot)
    before = watch.photos()
    watch.until(lambda: any(watch.says(drone, "飛行中") for drone in watch.numbers), "nothing flies")
    watch.until(lambda: watch.photos() > before + 5, "no photos come")
    return watch


def lose_hub(watch: Watch, network: Proxy) -> None:
    """The hub is out of the drones' reach: each position is seen to grow old, all fly on, and no photo is lost."""
    drones = list(watch.numbers)
    watch.until(lambda: all(watch.pilot.status(drone)["mode"] == "AUTO" for drone in drones), "not all fly")
    watch.pilot.vehicles.speedup = SLOWLY
    network.cut()
    links = {"late", "lost"}
    watch.until(
        lambda: {watch.facts(drone).get_attribute("data-link") for drone in drones} <= links, "nobody sees the silence"
    )
    known, taken = watch.photos(), watch.taken()
    watch.until(lambda: watch.taken() > taken + 3, "nothing is photographed unseen")
    assert [watch.pilot.status(drone)["mode"] for drone in drones] == ["AUTO"] * 3
    taken = watch.taken()
    assert watch.photos() == known < taken
    network.heal()
    watch.until(lambda: watch.photos() >= taken, "what was photographed meanwhile does not come")
    watch.until(
        lambda: {watch.facts(drone).get_attribute("data-link") for drone in drones} == {"live"}, "they are not heard"
    )
    watch.pilot.vehicles.speedup = SPEEDUP


def lose_battery(watch: Watch, drone: str) -> None:
    """A battery fails in the air: the drone comes home by itself, and everybody sees why."""
    watch.until(lambda: watch.pilot.status(drone)["mode"] == "AUTO", f"{drone} does not fly")
    watch.pilot.vehicles.speedup = SLOWLY
    watch.pilot.order(drone, "battery 19")
    watch.until(lambda: watch.says(drone, "帰還中"), f"{drone} is not seen coming back")
    expect(watch.facts(drone).locator("dd.low")).to_have_text(re.compile(r"1\d %"))
    expect(watch.live.locator("#live-lines")).to_contain_text("Battery 1 is low")
    watch.pilot.vehicles.speedup = SPEEDUP


def lose_link(watch: Watch, drone: str) -> None:
    """The radio falls silent: the page says how old its position is; the drone comes home by itself, and is heard."""
    watch.until(lambda: watch.facts(drone).get_attribute("data-link") == "live", f"{drone} is not heard")
    watch.pilot.order(drone, "link cut")
    watch.until(lambda: watch.facts(drone).get_attribute("data-link") == "late", "nobody sees that it is silent")
    expect(watch.facts(drone).locator("[data-age]")).to_have_text(re.compile(r"\d+ 秒前の位置"))
    watch.until(lambda: watch.pilot.status(drone)["mode"] == "RTL", "it does not come home by itself")
    watch.pilot.order(drone, "link restore")
    watch.until(lambda: watch.facts(drone).get_attribute("data-link") in ("live", "rest"), "it is not heard again")
    watch.until(lambda: watch.says(drone, "帰還中") or watch.says(drone, "着陸"), "it is not seen coming back")


def stop(watch: Watch, drone: str) -> None:
    """All that are in the air are held in their places, and then called back."""
    watch.until(lambda: watch.says(drone, "飛行中"), f"{drone} does not fly on")
    watch.pilot.vehicles.speedup = SLOWLY
    bar = watch.live.locator(".stop-bar")
    hold(watch.live, bar.get_by_role("button", name="待機"))
    watch.until(lambda: watch.says(drone, "その場で待機中"), f"{drone} is not held")
    assert watch.pilot.status(drone)["mode"] == "BRAKE"
    hold(watch.live, bar.get_by_role("button", name="帰還"))
    expect(watch.live.locator("[data-hold-told]")).to_contain_text("全機 帰還")
    watch.until(lambda: watch.says(drone, "帰還中"), f"{drone} is not called back")
    assert watch.pilot.status(drone)["mode"] == "RTL"
    watch.pilot.vehicles.speedup = SPEEDUP
    watch.until(lambda: "中止しました" in watch.live.locator("#survey-state").inner_text(), "it is not over")
    assert not any(watch.pilot.status(drone)["armed"] for drone in watch.numbers)


def read_report(page: Page, path: str, service: Service) -> None:
    """What is left when all is over: the report with all that happened, and files for other programs."""
    page.get_by_role("link", name="撮影結果").click()
    with page.expect_download() as file:
        page.locator("a[href$='plan.geojson']").click()
    kept = json.loads(file.value.path().read_text(encoding="utf-8"))
    assert [one["properties"]["what"] for one in kept["features"]].count("flight") >= 1
    assert page.request.get(f"{service.http}{path}/notice.pdf").body().startswith(b"%PDF")
    page.goto(f"{service.http}{path}/report")
    expect(page.locator("h1")).to_contain_text("訓練 畑沢の浜")
    for words in ("Battery 1 is low", "待機", "帰還", "電池"):
        expect(page.locator("main")).to_contain_text(words)


def coverage(service: Service, path: str) -> dict:
    return service.api.get(f"/api/v1{path}/coverage").raise_for_status().json()
