"""Web push end to end in a real Firefox: subscribe on the page, spring a trap, answer from within the notification."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import clock
from hub.alerts.dispatch import Dispatch
from hub.alerts.worker import Worker
from hub.registry.town_key import push_key
from hub.wiring.channels import make_channels
from hub.wiring.rooms import make_sending
from tests.fakes.autopush import Autopush
from tests.fakes.firefox import Firefox, running_firefox
from tests.servers import wait_until
from tests.website import Website, fill_town, running_website

SECRET = "a secret of thirty-two characters and more"
# Firefox shows a notification as a small window of its own where no desktop does.
SHOWN = """
  return [...Services.wm.getEnumerator("alert:alert")]
    .map((one) => one.document)
    .filter((one) => one.readyState === "complete")
    .map((one) => [one.getElementById("alertTitleLabel").value, one.getElementById("alertTextLabel").textContent])
    .filter(([title]) => title);
"""
CLICK = """
  for (const one of Services.wm.getEnumerator("alert:alert")) one.onAlertClick();
"""
TABS = """
  return [...Services.wm.getEnumerator("navigator:browser")]
    .flatMap((one) => one.gBrowser.browsers.map((tab) => tab.currentURI.spec));
"""
# A desktop that shows buttons: it keeps what Firefox hands it, and tells of a press.
DESKTOP = """
  const desktop = {
    shown: [],
    QueryInterface: ChromeUtils.generateQI(["nsIAlertsService"]),
    showAlert(alert, listener) {
      this.shown.push({ alert, listener });
      listener?.observe(null, "alertshow", alert.cookie);
    },
    closeAlert() {},
    teardown() {},
    pbmTeardown() {},
  };
  window.wanamoriDesktop = desktop;
  const factory = {
    QueryInterface: ChromeUtils.generateQI(["nsIFactory"]),
    createInstance: (iid) => desktop.QueryInterface(iid),
  };
  Components.manager
    .QueryInterface(Ci.nsIComponentRegistrar)
    .registerFactory(Services.uuid.generateUUID(), "", "@mozilla.org/alerts-service;1", factory);
"""
ON_DESKTOP = """
  const buttons = (alert) => [...alert.actions].map((one) => [one.action, one.title]);
  return window.wanamoriDesktop.shown.map(({ alert }) => [alert.title, alert.text, buttons(alert)]);
"""
PRESS = """
  const { alert, listener } = window.wanamoriDesktop.shown.at(-1);
  const action = [...alert.actions].find((one) => one.action === arguments[0]);
  listener.observe(action, "alertclickcallback", alert.cookie);
"""


@pytest.fixture
def push() -> Iterator[Autopush]:
    service = Autopush(push_key(SECRET).public)
    yield service
    service.close()


@pytest.fixture
def site(database_url: str, push: Autopush) -> Iterator[Website]:
    with running_website(database_url, push_contact="mailto:traps@town.example", push_services=push.origin) as running:
        fill_town(running)
        yield running


@pytest.fixture
def firefox(tmp_path: Path, push: Autopush) -> Iterator[Firefox]:
    prefs = {"dom.push.serverURL": push.socket_url, "dom.webnotifications.actions.enabled": True}
    with running_firefox(tmp_path, prefs) as running:
        yield running


@pytest.fixture
def worker(site: Website) -> Iterator[None]:
    settings, stop = site.services.settings, threading.Event()
    channels = make_channels(settings, site.services.texts)
    worker = Worker(site.database, Dispatch(site.rooms.alerts), make_sending(settings), channels, clock.now)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(30)


def test_a_notification_answers_the_alarm(site: Website, push: Autopush, firefox: Firefox, worker: None):
    firefox.open(f"{site.url}/sign-in")
    firefox.add_cookie("wanamori", site.client("ishii").http.cookies["wanamori"])
    firefox.open(f"{site.url}/me/channels")
    wait_until(lambda: firefox.run("return !document.querySelector('form[data-push]').hidden"), "no form")
    firefox.click("form[data-push] button")
    wait_until(lambda: "done=added" in firefox.url(), "not subscribed")
    first = site.spring("trap-1")
    wait_until(lambda: firefox.run_inside(SHOWN), "no notification")
    [[title, text]] = firefox.run_inside(SHOWN)
    assert title == "罠が作動：矢那の谷 檻 1"
    assert text.startswith("作動: 今日")
    firefox.run_inside(CLICK)
    wait_until(lambda: f"{site.url}/incidents/{first}" in firefox.run_inside(TABS), "the page does not open")

    firefox.run_inside(DESKTOP)
    second = site.spring("trap-3")
    wait_until(lambda: firefox.run_inside(ON_DESKTOP), "no notification")
    [[title, _, actions]] = firefox.run_inside(ON_DESKTOP)
    assert title == "罠が作動：真里谷 竹林"
    assert actions == [["going-30", "30分で行く"], ["going-60", "60分で行く"]]
    firefox.run_inside(PRESS, "going-30")
    wait_until(lambda: state_of(site, second) == "going", "no answer")
    wait_until(lambda: len(firefox.run_inside(ON_DESKTOP)) == 2, "no thanks")
    assert firefox.run_inside(ON_DESKTOP)[1] == ["ありがとうございます。返事が届きました。", title, []]
    wait_until(lambda: push.acknowledged == [pushed.device for pushed in push.pushed], "not all is acknowledged")
    assert state_of(site, first) == "open"


def state_of(site: Website, incident: str) -> str:
    with site.database.transaction() as conn:
        return site.services.alerts.fetch_view(conn, incident).state
