// The hunter's pages where no network is: each page that the server marks is kept as it came, for the person who is
// signed in, and shown with its age when the network does not answer in time.
/* global SHELL_NAME */
const PREFIX = "pages-";
const PATIENCE_MS = 4_000;
const AHEAD_PATIENCE_MS = 15_000;
const AHEAD_FRESH_MS = 10 * 60_000;
const MOST_AHEAD = 40;
const MOST_KEPT = 100;
const OFFLINE = "/offline";
const LEAVING = "leaving";
const NOT_PAGES = /^\/(api|static|live|metrics|healthz|sw\.js|form-token)\b/;
// Whose a page is: nobody is signed in; or an error page, which was made without asking.
const NOBODY = "-";
const UNKNOWN = "?";

// Raised when the kept pages change hands: an answer that was asked for before is not kept after.
let epoch = 0;

addEventListener("install", (event) => event.waitUntil(keepOfflinePage()));
addEventListener("activate", (event) => event.waitUntil(self.registration.navigationPreload?.enable()));
addEventListener("message", (event) => {
  if (Array.isArray(event.data?.keep)) event.waitUntil(keepAhead(event.data.keep));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.mode !== "navigate" || url.origin !== location.origin || NOT_PAGES.test(url.pathname)) return;
  if (request.method === "GET") event.respondWith(open(event, url));
  else if (url.pathname === "/sign-out") event.respondWith(signOut(request));
  // Whoever signs in ends the session that was there.
  else if (url.pathname === "/sign-in") event.waitUntil(caches.delete(LEAVING));
});

async function keepOfflinePage() {
  const answer = await fetch(OFFLINE, { cache: "no-store" });
  if (answer.ok && answer.headers.has("Wanamori-Person")) await (await caches.open(`shell-${SHELL_NAME}`)).put(OFFLINE, answer);
}

/** Where a page is kept; undefined for one with a question of its own. What only thanks (`?done=`) is its page. */
function placeOf(url) {
  return url.search === "" || /^\?done=\w+$/.test(url.search) ? url.pathname : undefined;
}

async function open(event, url) {
  const place = placeOf(url);
  const network = askNetwork(event, url);
  event.waitUntil(network.then(({ kept }) => kept, () => {}));
  const kept = place && (await findKept(place));
  if (!kept) return network.then(({ answer }) => answer, () => showOffline());
  const answer = await Promise.race([network.then((asked) => asked.answer, () => undefined), after(PATIENCE_MS)]);
  return answer && answer.status < 500 ? answer : showKept(kept);
}

/** The answer, and the promise that it is kept where it may be. */
async function askNetwork(event, url) {
  const began = epoch;
  // What was fetched before us was fetched as somebody who has left.
  const answer = (await finishLeaving()) ? await fetch(event.request) : ((await event.preloadResponse) ?? (await fetch(event.request)));
  return { answer, kept: consider(url, answer.clone(), began) };
}

function after(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

async function findKept(place) {
  const [name] = (await caches.keys()).filter((one) => one.startsWith(PREFIX));
  if (!name) return undefined;
  const cache = await caches.open(name);
  // The first page leads on to the hunter's own.
  return (await cache.match(place)) ?? (place === "/" ? cache.match("/traps") : undefined);
}

/** A kept page says so, scripts or not: its notice stands in it, hidden. */
async function showKept(kept) {
  const html = (await kept.text()).replace('id="kept-copy" hidden', 'id="kept-copy"');
  const headers = new Headers(kept.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(html, { headers });
}

async function showOffline() {
  return (await caches.match(OFFLINE)) ?? Response.error();
}

/** Keep an answer, or draw from it what it says about what is kept. */
async function consider(url, answer, began) {
  const person = answer.headers.get("Wanamori-Person");
  if (!person || began !== epoch) return undefined;
  if (person === NOBODY) return clear();
  const place = placeOf(url);
  if ([403, 404, 410].includes(answer.status)) return forget(url.pathname);
  if (person === UNKNOWN) return undefined;
  await belongTo(person);
  if (!place || !answer.ok || answer.headers.get("Wanamori-Keep") !== "yes") return undefined;
  // Something was done: the page without its thanks is what to keep.
  if (url.search) return keepAhead([place], { fresh: false });
  return put(person, place, answer);
}

async function put(person, place, answer) {
  const headers = new Headers(answer.headers);
  headers.set("Wanamori-Kept-At", String(Date.now()));
  const copy = new Response(await answer.blob(), { headers });
  const cache = await caches.open(PREFIX + person);
  await cache.delete(place);
  await cache.put(place, copy);
  const places = await cache.keys();
  await Promise.all(places.slice(0, Math.max(0, places.length - MOST_KEPT)).map((one) => cache.delete(one)));
}

/** One person's pages at a time. */
async function belongTo(person) {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + person);
  if (others.length) epoch += 1;
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function clear() {
  await belongTo("");
}

async function forget(place) {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX)) await (await caches.open(name)).delete(place);
}

/** The pages go when their person says so, also where the server cannot be told; it is told before anything else then. */
async function signOut(request) {
  try {
    return await fetch(request);
  } catch {
    await caches.open(LEAVING);
    return showOffline();
  } finally {
    epoch += 1;
    await clear();
  }
}

/** End the session of somebody who signed out where no network was. Raises as long as there is none. */
async function finishLeaving() {
  if (!(await caches.has(LEAVING))) return false;
  const token = await fetch("/form-token", { cache: "no-store" });
  if (token.ok) await fetch("/sign-out", { method: "POST", redirect: "manual", headers: { "X-CSRF-Token": (await token.json()).csrf } });
  if (token.ok || token.status === 401) await caches.delete(LEAVING);
  return true;
}

/** Fetch pages before anybody asks, and those that they name (`<a data-keep>`), for the valley; stop at the first failure. */
async function keepAhead(paths, { fresh = true } = {}) {
  const began = epoch;
  const places = [...new Set(paths)];
  for (let n = 0; n < Math.min(places.length, MOST_AHEAD); n += 1) {
    const url = new URL(places[n], location.origin);
    if (url.origin !== location.origin || placeOf(url) !== url.pathname || NOT_PAGES.test(url.pathname)) continue;
    if (fresh && (await isFresh(url.pathname))) continue;
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), AHEAD_PATIENCE_MS);
    try {
      const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal: control.signal });
      if (answer.type === "opaqueredirect" || answer.status >= 500 || began !== epoch) return;
      const html = await answer.clone().text();
      await consider(url, answer, began);
      const named = [...html.matchAll(/<a data-keep href="(\/[^"?#]*)"/g)].map(([, path]) => path);
      // Next, since the first are the loudest: a sprung trap's report comes before a quiet trap.
      places.splice(n + 1, 0, ...named.filter((path) => !places.includes(path)));
    } catch {
      return;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function isFresh(place) {
  const kept = await findKept(place);
  return kept !== undefined && Date.now() - Number(kept.headers.get("Wanamori-Kept-At")) < AHEAD_FRESH_MS;
}
