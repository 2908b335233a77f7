"""Surveys in every state, drones of a partner and of the town, zones with their sources, for looking at their pages."""

import math
from datetime import date, timedelta

from hub import clock
from hub.surveys import airspace
from hub.surveys.airspace import NewImport
from hub.surveys.asking import Asked
from hub.surveys.drones import change_drone
from hub.surveys.evidence import service as evidence
from hub.surveys.evidence.service import NewImage, NewPin
from hub.surveys.limits import Ground
from hub.surveys.releases import service as releases
from hub.surveys.store import EVERYTHING
from hub.surveys.values import DroneChange
from hub.surveys.zones import read_zones
from hub.traps.captures.images import read_photo
from hub.web import surveying
from hub.web.summaries import fetch_summary
from tests.flyer import Flyer
from tests.unit.captures.photos import TOKYO, picture, saved
from tests.website import Website

LAT, LON = 35.3760, 139.9300
PAGES_OF_SURVEYS = (
    *("surveys", "surveys, by a partner", "new survey", "a survey to approve", "a survey to approve, by its drawer"),
    *("a survey to launch", "a survey to launch, by a partner", "a survey in the air", "live", "live, by a partner"),
    *("a stop to confirm", "a survey that is over", "what has been seen", "another plan", "drones, by staff"),
    *("drones, by a partner", "a drone", "a drone, by staff", "airspace", "a survey's report"),
    *("photos of the cards", "photos of the cards, by a partner", "a photo", "a photo without a place"),
    *("releasing a summary", "releasing a summary for the first time", "open surveys", "an open survey"),
)


def square(side_m: float, east_m: float = 0.0, north_m: float = 0.0) -> dict[str, object]:
    """A square with its south-west corner so far from the town's survey ground."""
    lat = LAT + north_m / 111_195
    lon = LON + east_m / 111_195 / math.cos(math.radians(LAT))
    high, wide = side_m / 111_195, side_m / 111_195 / math.cos(math.radians(LAT))
    ring = [[lon, lat], [lon + wide, lat], [lon + wide, lat + high], [lon, lat + high], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def add_drones(site: Website) -> dict[str, Flyer]:
    """People for surveys, and two drones: a partner's and the town's own."""
    site.services.planner._better_for_s = 0.0
    site.add_person("sakuma", "responder", "佐久間 恵")
    site.add_person("sora", "partner", "そらサーベイ")
    flyers: dict[str, Flyer] = {}
    for number, (name, partner) in enumerate((("そら 1号", "sora"), ("市の 1号", None)), 1):
        device = site.add_device(site.add_agent(f"{name}の箱"), f"drone-{number}", "drone", name)
        change = DroneChange(
            site.people[partner] if partner else None, True, 88.0, 1_500.0, 240.0, None, "dji-mavic-3e",
            (LAT - 0.0006, LON - 0.0005 * number), "操縦者 1 名",
        )  # fmt: skip
        with site.database.transaction() as conn:
            change_drone(conn, site.actor("office"), EVERYTHING, device.id, change, clock.now())
        flyers[device.id] = Flyer(site, device)
    return flyers


def add_zones(site: Website) -> None:
    feature = {"type": "Feature", "geometry": square(80, 500, 500), "properties": {"name": "変電所"}}
    with site.database.transaction() as conn:
        for kind, features in (("did", []), ("airport", []), ("no_go", [feature])):
            new = NewImport(kind, "見本（実在しません）", None, date(2026, 4, 1), True)
            zones = read_zones({"type": "FeatureCollection", "features": features})
            airspace.import_zones(conn, site.actor("office"), new, zones, clock.now())


def draw(site: Website, name: str, *drones: str, drill: bool = True, **more: object) -> str:
    """A survey of ogawa's; returns its id."""
    asked = Asked(square(260), drill, 50.0, None, None, 60.0, drones=list(drones), **more)
    return surveying.draw(site.services, site.actor("ogawa"), name, asked)


def approve(site: Website, survey_id: str) -> None:
    with site.database.transaction() as conn:
        site.services.surveys.approve(conn, site.actor("sakuma"), survey_id, "よし", clock.now())


def accept_all(site: Website, survey_id: str) -> None:
    with site.database.transaction() as conn:
        for (sortie,) in conn.execute(
            "select id from sortie where survey_id = %s and state = 'offered'", (survey_id,)
        ).fetchall():
            site.services.surveys.answer_offer(conn, site.actor("sora"), survey_id, sortie, clock.now(), accepts=True)


def launch(site: Website, survey_id: str) -> None:
    with site.database.transaction() as conn:
        site.services.flying.launch(conn, site.actor("ogawa"), survey_id, clock.now())


def way(rows: int) -> list[tuple[float, float]]:
    """Places of photos in rows from south to north, as far as the survey's ground reaches."""
    (south_west, _, north_east, *_) = square(260)["coordinates"][0]
    step = (north_east[1] - south_west[1]) / 30
    return [
        (south_west[0] + (row + 0.5) * 50 / 111_195 / math.cos(math.radians(LAT)), south_west[1] + step * place)
        for row in range(rows)
        for place in (range(31) if row % 2 == 0 else range(30, -1, -1))
    ]


def fly(site: Website, flyers: dict[str, Flyer], survey_id: str, rows: int) -> dict[str, str]:
    """The drones take off, and the first one photographs some rows; returns the sorties by drone."""
    approve(site, survey_id)
    accept_all(site, survey_id)
    launch(site, survey_id)
    sorties = {name: flyer.launch() for name, flyer in flyers.items()}
    first = next(iter(flyers))
    flyers[first].photos(sorties[first], way(rows))
    return sorties


def photographed(site: Website) -> str:
    """A survey of which the partner's drone has photographed a part, and landed; returns its id."""
    flyers = add_drones(site)
    survey_id = draw(site, "訓練", "drone-1")
    sorties = fly(site, {"drone-1": flyers["drone-1"]}, survey_id, 1)
    flyers["drone-1"].tell(sorties["drone-1"], "landed", lat=35.376, lon=139.93, height_m=0)
    return survey_id


def card_photo(number: int, east_m: float = 0.0) -> bytes:
    """The file of the photo that was taken at a place of `way`, or so far beside it."""
    lon, lat = way(4)[number - 1]
    shift = east_m / 111_195 / math.cos(math.radians(LAT))
    return saved(picture(number, (320, 240)), place=(lat, lon + shift))


def send_photo(site: Website, survey_id: str, number: int, east_m: float = 0.0) -> evidence.Image:
    """The partner's photo arrives."""
    content = card_photo(number, east_m)
    read = read_photo(content, TOKYO)
    new = NewImage(f"DJI_{number:04}.JPG", content, 320, 240, read.taken_at, read.place, read.thumbnail)
    with site.database.transaction() as conn:
        return evidence.add_image(conn, site.actor("sora"), survey_id, new, clock.now())


def _send_photos(site: Website, survey_id: str) -> tuple[str, str]:
    """Photos of a survey: some in their places, two without; the ids of one of each."""
    placed = [send_photo(site, survey_id, number) for number in range(1, 40, 3)]
    unplaced = [send_photo(site, survey_id, 50, 4_000.0), send_photo(site, survey_id, 51, 900.0)]
    assert [one.number for one in (*placed, *unplaced)] == [*range(1, 40, 3), None, None]
    return placed[0].id, unplaced[0].id


def fill_surveys(site: Website) -> dict[str, tuple[str | None, str]]:
    """The pages by name."""
    flyers = add_drones(site)
    add_zones(site)
    ground = Ground(
        "art_132_92", "木更津市長", "土砂崩れの不明者の捜索", "災対第12号", (), None, None, None, clock.now(),
        site.people["ogawa"],
    )  # fmt: skip
    flown = draw(site, "訓練 太田山", *flyers)
    sorties = fly(site, flyers, flown, 4)
    for name, sortie in sorties.items():
        flyers[name].tell(sortie, "landed", lat=LAT, lon=LON, height_m=0)
    photos = _send_photos(site, flown)
    live = _fly_live(site, flyers)
    pin = NewPin("road", LAT + 0.001, LON + 0.001, "倒木。片側は通れる")
    with site.database.transaction() as conn:
        evidence.add_pin(conn, site.actor("ogawa"), flown, pin, clock.now())
    waiting = draw(site, "小櫃川の堤", *flyers, drill=False)
    ready = draw(site, "訓練 真舟", *flyers)
    approve(site, ready)
    with site.database.transaction() as conn:
        site.services.surveys.record_ground(conn, site.actor("ogawa"), waiting, ground, clock.now())
    with site.database.transaction() as conn:
        summary = fetch_summary(conn, site.actor("ogawa"), flown, TOKYO)
        releases.release(conn, site.actor("ogawa"), flown, summary, clock.now(), title="訓練 太田山の周辺")
    return _pages(waiting, ready, live, flown) | _pages_after(waiting, flown, *photos)


def _fly_live(site: Website, flyers: dict[str, Flyer]) -> str:
    """A survey in the air, one of whose drones was heard long ago and is called back."""
    live = draw(site, "訓練 矢那川", *flyers, keep_out=[square(60, 100, 100)])
    sorties = fly(site, flyers, live, 3)
    late = clock.now() - timedelta(seconds=42)
    with site.database.transaction() as conn:
        conn.execute("delete from flight_latest where device_key = %s", (flyers["drone-2"].device.key,))
    flyers["drone-2"].tell(
        sorties["drone-2"], "surveying", late, lat=LAT + 0.001, lon=LON + 0.002, height_m=61, speed_mps=8.0,
        battery_percent=24.0, wind_mps=6.1,
    )  # fmt: skip
    with site.database.transaction() as conn:
        site.services.flying.stop(conn, site.actor("ogawa"), live, "return", clock.now(), "drone-2")
    return live


def _pages(waiting: str, ready: str, live: str, flown: str) -> dict[str, tuple[str | None, str]]:
    return {
        "surveys": ("ogawa", "/surveys"),
        "surveys, by a partner": ("sora", "/surveys"),
        "new survey": ("ogawa", "/surveys/new"),
        "a survey to approve": ("sakuma", f"/surveys/{waiting}"),
        "a survey to approve, by its drawer": ("ogawa", f"/surveys/{waiting}"),
        "a survey to launch": ("ogawa", f"/surveys/{ready}"),
        "a survey to launch, by a partner": ("sora", f"/surveys/{ready}"),
        "a survey in the air": ("office", f"/surveys/{live}"),
        "live": ("ogawa", f"/surveys/{live}/live"),
        "live, by a partner": ("sora", f"/surveys/{live}/live"),
        "a stop to confirm": ("ogawa", f"/surveys/{live}/stop?how=land&drone=drone-1"),
        "a survey that is over": ("ogawa", f"/surveys/{flown}"),
        "what has been seen": ("ogawa", f"/surveys/{flown}/after"),
        "a survey's report": ("ogawa", f"/surveys/{flown}/report"),
        "another plan": ("ogawa", f"/surveys/{waiting}/change"),
        "drones, by staff": ("office", "/drones"),
        "drones, by a partner": ("sora", "/drones"),
        "a drone": ("sora", "/drones/drone-1"),
        "a drone, by staff": ("office", "/drones/drone-2"),
        "airspace": ("office", "/staff/airspace"),
    }


def _pages_after(waiting: str, flown: str, placed: str, unplaced: str) -> dict[str, tuple[str | None, str]]:
    return {
        "photos of the cards": ("ogawa", f"/surveys/{flown}/photos"),
        "photos of the cards, by a partner": ("sora", f"/surveys/{flown}/photos"),
        "releasing a summary": ("ogawa", f"/surveys/{flown}/release"),
        "releasing a summary for the first time": ("office", f"/surveys/{waiting}/release"),
        "open surveys": (None, "/opendata/surveys"),
        "an open survey": (None, f"/opendata/surveys/{flown}"),
        "a photo": ("sora", f"/surveys/{flown}/photos/{placed}"),
        "a photo without a place": ("ogawa", f"/surveys/{flown}/photos/{unplaced}"),
    }
