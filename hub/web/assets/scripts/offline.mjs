// The badge of the reports that wait on this phone, and what makes them go out while a page is open.
import { onChange, readReports, sendReports } from "./outbox.mjs";
import { counted, words } from "./words.mjs";

// How long a page leaves what waits alone at least and at most.
const SHORTEST_MS = 5_000;
const LONGEST_MS = 60_000;

let timer;

/** Whose words may be shown here: one phone may serve two hunters. */
export function isMine(report) {
  return report.person === document.body.dataset.person;
}

async function showBadge() {
  const badge = document.getElementById("reports-wait");
  const mine = (await readReports()).filter(isMine);
  const refused = mine.filter((report) => report.state === "refused").length;
  badge.hidden = !mine.length;
  badge.classList.toggle("bad", refused > 0);
  const { wait, cameBack } = words();
  badge.querySelector("span").textContent = counted(refused ? cameBack : wait, refused || mine.length);
  return mine.length;
}

/** Send what waits; what could not go is tried again when its pause is over. */
async function send(options) {
  clearTimeout(timer);
  if (!(await showBadge())) return;
  await sendReports(options);
  await planNext();
}

async function planNext() {
  clearTimeout(timer);
  const waiting = (await readReports()).filter((report) => report.state === "waiting" && isMine(report) && !report.hold);
  if (!waiting.length) return;
  const dueMs = Math.min(...waiting.map((report) => (report.notBefore ?? 0) - Date.now()));
  timer = setTimeout(send, Math.min(LONGEST_MS, Math.max(SHORTEST_MS, dueMs)));
}

/** Show what waits and keep sending while the page is open. */
export async function start() {
  onChange(() => Promise.all([showBadge(), planNext()]));
  addEventListener("online", () => send({ now: true }));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send({ now: true }); });
  await send({ now: true });
}
