"""A hunter's patrol on a phone: the nearest trap first, a press a trap, one for the rest, and a row put right."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from hub import clock
from tests.browser.test_live import enter
from tests.website import Website


def test_a_patrol_from_the_nearest_trap_to_the_whole_valley(page: Page, site: Website, faults: list[str]) -> None:
    with site.database.transaction() as conn:
        conn.execute(
            "insert into trap_service (device_key, at, in_service) select device_key, %s, true from trap",
            (clock.now() - timedelta(days=9),),
        )
        conn.execute("update device set lat = 35.40 where id = 'trap-4'")
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 35.4001, "longitude": 139.9248})
    enter(page.context, site, "ishii")
    page.goto(f"{site.url}/traps")
    page.get_by_role("link", name="見回り", exact=True).click()
    expect(page.locator("main")).to_contain_text("見回りがまだの罠：5")
    page.get_by_role("button", name="近い順に並べる").click()
    nearest = page.locator(".stop").first
    expect(nearest).to_contain_text("茅野 林道わき")
    expect(nearest).to_contain_text("ここから10 m")
    nearest.locator("summary").click()
    nearest.get_by_label("メモ").fill("異常なし")
    nearest.get_by_role("button", name="見回りました").click()
    expect(page.locator("main")).to_contain_text("見回りがまだの罠：4")
    page.get_by_role("button", name="ここの4基をすべて見回りました").click()
    expect(page.locator("main")).to_contain_text("今日の見回りは済みました")
    with site.database.transaction() as conn:
        rows = conn.execute("select lat, note from visit where note is not null").fetchall()
    assert rows == [(35.4001, "異常なし")]
    page.get_by_role("link", name="訂正する：").or_(page.locator("a.correct")).first.click()
    page.get_by_label("だれも行っていない（この記録は間違い）").check()
    page.get_by_role("button", name="訂正を記録する").click()
    expect(page.locator("main")).to_contain_text("見回りなし（取り消し）")
