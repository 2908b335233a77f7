// The pages of one survey: the map in place of the drawing; and live, ages that count on, ways that grow, stops that are held.
import { prepareHolds } from "./hold.mjs";
import { patience } from "./patience.mjs";
import { counted } from "./words.mjs";

const TICK_MS = 1_000;
const WHOLE_MS = 30_000;
const SEEN_MS = 15_000;
const POLL_MS = 5_000;
const PATIENCE_MS = 10_000;
const planOf = () => JSON.parse(document.getElementById("survey-plan").textContent);

export async function prepareSurveyMap(place) {
  const live = document.querySelector("[data-survey-live]");
  const start = place.querySelector("[data-survey-map-start]");
  const isWide = matchMedia("(min-width: 62em)").matches;
  let view = null;
  const show = async () => {
    start.remove();
    const { showSurvey } = await import("./survey-map.mjs");
    view = await showSurvey(place, planOf());
  };
  start.hidden = false;
  start.addEventListener("click", async () => {
    await show();
    // The button is gone: whoever pressed it stands on what it brought, and not at the beginning of the page.
    if (document.activeElement === document.body) place.querySelector(".map-canvas").focus();
    refresh?.(true);
  }, { once: true });
  const refresh = live ? followSurvey(live, () => view, place.dataset.liveUrl) : async () => {
    if (!view || !place.dataset.liveUrl) return;
    const found = await (await fetch(place.dataset.liveUrl)).json();
    view.addSeen(found.seen);
    view.addTracks(found.tracks);
  };
  if (live || isWide) { await show(); refresh(true); }
}

/** Keeps a live screen right, with or without a map. Returns how to ask for news. */
function followSurvey(live, viewOf, url) {
  const words = JSON.parse(live.dataset.words);
  const late = Number(live.dataset.late), lost = Number(live.dataset.lost);
  // By the hub's clock: a phone's own may be wrong.
  let ahead = Number(live.dataset.now) - Date.now();
  let drones = [], heardUntil = 0, wholeAt = 0, asking = false, again = false;
  const now = () => Date.now() + ahead;

  function ageOf(at, isExpected) {
    if (!at) return { state: isExpected ? "none" : "rest", text: "", short: "" };
    const seconds = Math.max(0, Math.floor((now() - at) / 1_000));
    const say = (form) => (seconds < 120 ? words[form].replace("{n}", seconds) : words[`${form}_min`].replace("{n}", Math.floor(seconds / 60)));
    return { state: !isExpected ? "rest" : seconds < late ? "live" : seconds < lost ? "late" : "lost", text: say("ago"), short: say("short") };
  }
  function tick() {
    for (const line of live.querySelectorAll("[data-age-at]")) {
      const { state, text } = ageOf(Number(line.dataset.ageAt), "expected" in line.dataset);
      if (text) line.querySelector("[data-age]").textContent = text;
      line.closest("[data-link]").dataset.link = state;
    }
    for (const count of live.querySelectorAll("[data-count-from]")) {
      const seconds = Math.max(0, Math.floor((now() - Number(count.dataset.countFrom)) / 1_000));
      count.textContent = count.textContent.replace(/\d+/, seconds);
    }
    viewOf()?.moveDrones(drones, (drone) => ageOf(drone.at, drone.expected));
  }
  async function ask(isWhole) {
    if (asking) { again = true; return; }
    asking = true;
    const whole = isWhole || Date.now() - wholeAt > WHOLE_MS;
    try {
      const answer = await fetch(`${url}?after=${whole ? 0 : heardUntil}`, { cache: "no-store", signal: patience(PATIENCE_MS) });
      if (answer.ok && !answer.redirected) {
        const found = await answer.json();
        if (String(found.version) !== live.dataset.version) return location.assign(`/surveys/${live.dataset.survey}/live`);
        ahead = found.now - Date.now();
        heardUntil = found.now;
        if (whole && viewOf()) wholeAt = Date.now();
        drones = found.drones;
        const view = viewOf();
        if (view) { view.addSeen(found.seen); view.addTracks(found.tracks); }
        const photos = document.querySelector("[data-photos]");
        photos.textContent = counted(JSON.parse(photos.dataset.photos), found.photos);
      }
    } catch { /* the ages go on counting: that is what tells */ } finally {
      asking = false;
    }
    tick();
    if (again) { again = false; setTimeout(ask, 500); }
  }
  async function askSeen() {
    try {
      const answer = await fetch(url.replace("live.json", "seen.json"), { cache: "no-store", signal: patience(PATIENCE_MS) });
      if (answer.ok && !answer.redirected) document.querySelector("[data-seen]").textContent = `${(await answer.json()).percent.toFixed(1)} %`;
    } catch { /* the next time */ }
  }

  document.addEventListener("live:changed", () => { tick(); ask(); });
  setInterval(tick, TICK_MS);
  setInterval(() => { if (!document.hidden) ask(); }, POLL_MS);
  setInterval(() => { if (!document.hidden) askSeen(); }, SEEN_MS);
  const told = document.querySelector("[data-hold-told]");
  prepareHolds(live, {
    words, csrf: live.dataset.csrf, url: `/surveys/${live.dataset.survey}/stop`,
    say: (text) => { told.textContent = text; },
    afterwards: () => ask(),
  });
  tick();
  return ask;
}
