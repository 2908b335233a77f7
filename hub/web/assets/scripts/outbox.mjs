// Reports that wait on the phone: kept in IndexedDB, sent one after the other under a lock, dropped when the server's
// receipt names their key. Used by pages and by the service worker alike.
import { openDB } from "idb";
import { patience } from "./patience.mjs";

const STORE = "reports";
const LOCK = "wanamori-outbox";
const SEND_PATIENCE_MS = 180_000;
const TOKEN_PATIENCE_MS = 20_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
// Answers of whatever stands between us and the server; whoever gives them five times means the report.
const STRANGE_ANSWERS = 5;
const LATER = new Set([408, 425, 429]);

let opened;
function open() {
  opened ??= openDB("wanamori", 1, {
    upgrade: (db) => db.createObjectStore(STORE, { keyPath: "key" }),
    terminated: () => { opened = undefined; },
  });
  opened.catch(() => { opened = undefined; });
  return opened;
}

const news = "BroadcastChannel" in self ? new BroadcastChannel("wanamori-outbox") : null;
const listeners = new Set();
function tell(told) {
  news?.postMessage(told);
  for (const listener of listeners) listener(told);
}

/** Call `listener` with {key, done, to} or {key} whenever a report changes, here or in another page. */
export function onChange(listener) {
  listeners.add(listener);
  news?.addEventListener("message", (event) => listener(event.data));
}

/** Keep a report, durably, before anything is sent; raises where the phone refuses (full, private window). */
export async function keepReport(report) {
  const db = await open();
  const transaction = db.transaction(STORE, "readwrite", { durability: "strict" });
  await Promise.all([transaction.store.put(report), transaction.done]);
  tell({ key: report.key });
  try {
    await (await self.navigator.serviceWorker?.getRegistration())?.sync?.register("outbox");
  } catch { /* no background sync here: pages send */ }
}

export async function readReports() {
  const reports = await (await open()).getAll(STORE);
  return reports.sort((one, other) => one.writtenAt.localeCompare(other.writtenAt));
}

export async function readReport(key) {
  return (await open()).get(STORE, key);
}

export async function dropReport(key, told = {}) {
  await (await open()).delete(STORE, key);
  tell({ key, ...told });
}

async function update(report, changes) {
  Object.assign(report, changes);
  const db = await open();
  // Thrown away by its writer while it was under way: it stays away.
  const transaction = db.transaction(STORE, "readwrite");
  if (await transaction.store.get(report.key)) await transaction.store.put(report);
  await transaction.done;
  tell({ key: report.key });
}

/** Send what waits. With `now` even what was tried a moment ago. Resolves to how many of the present person's reports still wait. */
export function sendReports({ now = false } = {}) {
  const work = () => sendAll(now);
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

async function sendAll(now) {
  const due = (await readReports()).filter((report) => report.state === "waiting" && (now || (report.notBefore ?? 0) <= Date.now()));
  if (!due.length) return 0;
  let left = due.length;
  const token = await fetchToken();
  if (!token) return left;
  for (const report of due) {
    // Whoever is signed in now does not send another's words under their own name.
    const hold = !token.person ? "sign-in" : token.person !== report.person ? "person" : "";
    if (hold) {
      if (report.hold !== hold) await update(report, { hold });
      continue;
    }
    const outcome = await sendOne(report, token);
    if (outcome === "stop") break;
    if (outcome !== "later") left -= 1;
  }
  return left;
}

/** Who is signed in, with the token for forms; {person: null} for nobody; undefined without the server. */
export async function fetchToken() {
  try {
    const answer = await fetch("/form-token", { cache: "no-store", redirect: "manual", signal: patience(TOKEN_PATIENCE_MS) });
    if (answer.status !== 200 && answer.status !== 401) return undefined;
    const token = await answer.json();
    return "person" in token ? token : undefined;
  } catch {
    return undefined;
  }
}

/** The request that brings a report, also for a report that could not be kept. */
export function post(report, csrf) {
  const body = new FormData();
  for (const [name, value] of report.fields) body.append(name, value);
  for (const { name, file, filename } of report.files) body.append(name, file, filename);
  body.set("key", report.key);
  body.set("written_at", report.writtenAt);
  body.set("csrf", csrf);
  return fetch(report.action, { method: "POST", body, redirect: "manual", headers: { "X-Queued": report.key }, signal: patience(SEND_PATIENCE_MS) });
}

async function sendOne(report, token) {
  if (report.hold) await update(report, { hold: "" });
  let answer, receipt;
  try {
    answer = await post(report, token.csrf);
    receipt = await answer.json().catch(() => null);
  } catch {
    await pause(report);
    return "stop"; // no network: the next would fare no better
  }
  const isOurs = receipt?.queued === report.key;
  if (answer.ok && isOurs) {
    await dropReport(report.key, { done: true, to: receipt.to });
    return "done";
  }
  if (answer.status === 401) {
    await update(report, { hold: "sign-in" });
    return "stop";
  }
  if (answer.status === 413 || (isOurs && isFinal(answer.status)) || (report.strange ?? 0) + 1 >= STRANGE_ANSWERS) {
    await update(report, { state: "refused", refusal: { status: answer.status, words: receipt?.words ?? [], fields: receipt?.fields ?? {} } });
    return "refused";
  }
  const isStrange = !isOurs && isFinal(answer.status);
  await pause(report, { strange: (report.strange ?? 0) + (isStrange ? 1 : 0) });
  return "later";
}

function isFinal(status) {
  return status >= 400 && status < 500 && !LATER.has(status);
}

/** Twice as long from try to try. */
function pause(report, changes = {}) {
  const tries = (report.tries ?? 0) + 1;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
  return update(report, { tries, notBefore: Date.now() + pauseMs, ...changes });
}
