// Live pages: the server says what changed, the page fetches itself again and changes the parts that are different.
import { patience } from "./patience.mjs";

const QUIET_MS = 400;
const LOST_AFTER_MS = 6_000;
const POLL_MS = 60_000;
const PATIENCE_MS = 30_000;
const RETRY_MS = [5_000, 10_000, 30_000];
const nextPause = (failures) => RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];

/** Whether somebody is in the middle of filling in a form below `region`. */
function isBusy(region) {
  if (region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return true;
  return [...region.querySelectorAll("input, textarea")].some((field) =>
    field.type === "radio" || field.type === "checkbox" ? field.checked !== field.defaultChecked : field.type !== "hidden" && field.value !== field.defaultValue,
  );
}

/** What the server last sent for each region: the page itself may have been changed since (an opened detail, a newer age). */
const sent = new Map([...document.querySelectorAll("[data-region]")].map((region) => [region.id, contentOf(region)]));

/** A region's HTML but for the form's token and key, which look different each time. */
function contentOf(region) {
  return region.outerHTML.replace(/name="(csrf|key)" value="[^"]*"/g, "");
}

function replaceRegions(fresh) {
  for (const region of document.querySelectorAll("[data-region]")) {
    const other = fresh.getElementById(region.id);
    const html = other && contentOf(other);
    if (!other || html === sent.get(region.id)) continue;
    // What is final (an incident that was settled meanwhile) takes even a half-filled form away.
    if (isBusy(region) && other.dataset.region !== "final") continue;
    for (const detail of region.querySelectorAll("details[id][open]")) other.querySelector(`#${detail.id}`)?.setAttribute("open", "");
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    region.replaceWith(document.adoptNode(other));
    sent.set(other.id, html);
    if (focused) document.getElementById(focused)?.focus();
  }
  const news = fresh.getElementById("news");
  const spoken = document.getElementById("news");
  if (news && spoken && news.textContent !== spoken.textContent) spoken.textContent = news.textContent;
}

/** Listen while the page is open. `settings.live` names what to listen for, `settings.since` when the page was made. */
export function followLive(settings, afterChange) {
  // "reading:field-1 plot": readings of one device, any plot.
  const wanted = [...settings.live.split(" "), "everything"].map((one) => one.split(":"));
  const pause = Number(settings.liveGap ?? 1_000);
  let refreshedAt = 0;
  const lost = document.getElementById("connection-lost");
  const keptCopy = document.getElementById("kept-copy");
  // A copy that the phone kept comes up to date as soon as there is a network.
  let source, timer, lostTimer, againTimer, failures = 0, misses = 0, stale = Boolean(keptCopy && !keptCopy.hidden), fetching = false;

  // What came in answer to a form stands at the form's address, where there is nothing to read.
  const again = () => (settings.liveAt ? location.assign(settings.liveAt) : location.reload());

  async function refresh() {
    if (document.hidden || fetching) { stale = true; return; }
    let unreached = false;
    stale = false;
    fetching = true;
    refreshedAt = Date.now();
    try {
      const answer = await fetch(settings.liveAt ?? location.href, { headers: { Accept: "text/html", "X-Part": "live" }, cache: "no-store", signal: patience(PATIENCE_MS) });
      // The session has ended: the sign-in page comes, unless somebody is writing.
      if (answer.redirected || answer.status === 401) return isBusy(document.body) ? undefined : again();
      if (answer.status >= 500) throw new Error(`no page: ${answer.status}`);
      misses = 0;
      if (answer.ok) {
        replaceRegions(new DOMParser().parseFromString(await answer.text(), "text/html"));
        if (keptCopy) keptCopy.hidden = true;
        afterChange();
        document.dispatchEvent(new CustomEvent("live:changed"));
      }
    } catch {
      stale = unreached = true; // no network: the stream says when it is back; where that goes on, nobody does
    } finally {
      fetching = false;
      if (unreached) againTimer ??= setTimeout(() => { againTimer = undefined; if (stale) later(); }, nextPause(misses++));
      else if (stale && !document.hidden) later();
    }
  }
  // What comes while a refresh is due is part of it. It is never put off: three drones speak without a pause.
  function later() {
    timer ??= setTimeout(() => { timer = undefined; refresh(); }, Math.max(QUIET_MS, refreshedAt + pause - Date.now()));
  }
  function heard(id, event) {
    if (!id || JSON.parse(event.data).id === id) later();
  }
  function showLost() { if (lost && (!keptCopy || keptCopy.hidden)) lost.hidden = false; }
  function connected() {
    failures = 0;
    clearTimeout(lostTimer);
    lostTimer = undefined;
    if (lost) lost.hidden = true;
    if (stale) later();
  }
  function failed() {
    lostTimer ??= setTimeout(showLost, LOST_AFTER_MS);
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    source.close();
    // Perhaps nobody is signed in any more: then the page itself says what is to be done.
    later();
    setTimeout(connect, nextPause(failures++));
  }
  function connect() {
    source = new EventSource(`/live?since=${settings.since}`);
    source.onopen = connected;
    source.onerror = failed;
    for (const [what, id] of wanted) source.addEventListener(what, (event) => heard(id, event));
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden && stale) later(); });
  addEventListener("online", later);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) { connect(); later(); } });
  if ("EventSource" in window) connect();
  // Where streams do not pass (some proxies), the page still comes up to date each minute.
  setInterval(() => { if (lostTimer || !source) later(); }, POLL_MS);
}
