// Waiting reports go out even when no page is open, where the browser wakes us (Background Sync: Chromium).
import { sendReports } from "./outbox.mjs";

addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  // A refusal here asks the browser to wake us again.
  event.waitUntil(sendReports({ now: true }).then((left) => { if (left) throw new Error(`${left} reports still wait`); }));
});
